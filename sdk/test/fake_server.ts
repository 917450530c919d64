/** A server that speaks real `exedra.v1` frames over real sockets, and does what the test tells it. */
import type { AddressInfo } from "node:net";
import { WebSocketServer, type WebSocket as Socket } from "ws";
import type * as wire from "../src/generated/wire";

type Answer = { result: unknown } | { error: unknown } | "silence";
type Handler = (params: any, link: FakeLink) => Answer | unknown;

export class FakeLink {
  readonly received: wire.Request[] = [];
  constructor(readonly socket: Socket) {}
}

const capabilities = { publish: true, subscribe: true, signal: true, force_unpublish: false, force_disconnect: false, force_mute: false };
export const aConnection = (id: string): wire.Connection => ({ connection_id: id, created_at: 1_700_000_000_000, data: `name=${id}`, capabilities });
export const aStream = (id: string, connection: string, more: Partial<wire.Stream> = {}): wire.Stream => ({
  stream_id: id,
  connection_id: connection,
  created_at: 1_700_000_000_000,
  name: id,
  audio_track: true,
  video_track: true,
  has_audio: true,
  has_video: true,
  video_source: "camera",
  width: 640,
  height: 480,
  has_captions: false,
  video_suspended: false,
  audio_fallback_off: false,
  ...more,
});
export const aJoined = (more: Partial<wire.Joined> = {}): wire.Joined => ({
  connection: aConnection("me"),
  capabilities,
  session: { session_id: "s", media_mode: "routed", force_muted: false },
  connections: [],
  streams: [],
  ice_servers: [],
  resume_secret: "secret",
  heartbeat_ms: 10_000,
  attempt_timeout_ms: 10_000,
  ...more,
});
export const aProblem = (code: string, problemClass: string, more: object = {}) => ({
  type: `/errors/${code}`, title: code, status: 400, detail: `detail of ${code}`, code, class: problemClass, retry: { how: "never" }, ...more,
});

export class FakeServer {
  readonly handlers = new Map<string, Handler>([
    ["join", () => aJoined()],
    ["ping", () => ({})],
    ["leave", () => ({})],
  ]);
  readonly links: FakeLink[] = [];
  #seq = 0;
  readonly #arrivals: (() => void)[] = [];
  private constructor(readonly sockets: WebSocketServer) {
    sockets.on("connection", (socket) => {
      const link = new FakeLink(socket);
      this.links.push(link);
      socket.on("message", (data) => this.#receive(link, JSON.parse(String(data)) as wire.Request));
    });
  }

  static async start(port = 0): Promise<FakeServer> {
    const sockets = new WebSocketServer({ host: "127.0.0.1", port, handleProtocols: (offered) => (offered.has("exedra.v1") ? "exedra.v1" : false) });
    await new Promise((resolve) => sockets.once("listening", resolve));
    return new FakeServer(sockets);
  }

  get port(): number {
    return (this.sockets.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  on(method: wire.Method["method"], handler: Handler): void {
    this.handlers.set(method, handler);
  }

  get link(): FakeLink {
    return this.links.at(-1)!;
  }

  /** Everything that arrived, over all sockets. */
  all(method: string): any[] {
    return this.links.flatMap((link) => link.received).filter((request) => request.method === method).map((request) => request.params);
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#arrivals.push(resolve));
  }

  event(body: wire.EventBody, seq = ++this.#seq): void {
    this.#seq = Math.max(this.#seq, seq);
    this.link.socket.send(JSON.stringify({ seq, ...body }));
  }

  /** After the answer that is being given now. */
  eventAfterwards(body: wire.EventBody): void {
    setTimeout(() => this.event(body));
  }

  cutSockets(): void {
    for (const { socket } of this.links) socket.terminate();
  }

  async stop(): Promise<void> {
    this.cutSockets();
    await new Promise((resolve) => this.sockets.close(resolve));
  }

  #receive(link: FakeLink, request: wire.Request): void {
    link.received.push(request);
    const answer = this.handlers.get(request.method)?.(request.params, link) ?? {};
    if (answer !== "silence") {
      const isError = typeof answer === "object" && answer !== null && "error" in answer;
      link.socket.send(JSON.stringify({ id: request.id, ...(isError ? (answer as object) : { result: answer }) }));
    }
    for (const resolve of this.#arrivals.splice(0)) resolve();
  }
}
