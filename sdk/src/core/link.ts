/**
 * One WebSocket that speaks `exedra.v1`: requests with ids, events, a heartbeat. It lives until the socket closes and knows
 * nothing about joining or reconnecting.
 */
import { PROTOCOL, SIGNALING_PATH } from "../generated/wire";
import type * as wire from "../generated/wire";
import { Facts } from "./cause";
import { ExedraError, errorFromServer, fault, faultBecause } from "./error";

export type MethodName = wire.Method["method"];
export type Params<M extends MethodName> = Extract<wire.Method, { method: M }>["params"];

interface Results {
  join: wire.Joined;
  publish: wire.Published;
  subscribe: wire.Subscribed;
  negotiate: wire.Negotiated;
  explain: wire.Explanation;
  stats: wire.ConnectionStats;
}
export type Result<M extends MethodName> = M extends keyof Results ? Results[M] : Record<string, never>;

const OPEN_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;

interface Pending {
  method: MethodName;
  resolve(result: unknown): void;
  reject(error: ExedraError): void;
  timer: ReturnType<typeof setTimeout>;
}

export interface LinkHandlers {
  event(event: wire.Event): void;
  /** Called once: the socket closed, or said what is no message of the protocol. */
  closed(error: ExedraError): void;
}

export class Link {
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, Pending>();
  readonly #early: wire.Event[] = [];
  #nextId = 1;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #handlers: LinkHandlers | undefined;
  #closed: ExedraError | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = (message) => this.#receive(message.data);
    socket.onclose = (event) => this.#end(fault("SIGNALING_LOST", { close_code: event.code }));
  }

  static open(url: string, signal?: AbortSignal): Promise<Link> {
    return new Promise((resolve, reject) => {
      let socket: WebSocket;
      try {
        socket = new WebSocket(url, PROTOCOL);
      } catch (error) {
        // The constructor throws for a malformed address and for ws: on an https: page.
        reject(faultBecause(error, "SERVER_UNREACHABLE", { url: withoutQuery(url) }));
        return;
      }
      const settle = (error?: ExedraError) => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        socket.onopen = socket.onclose = socket.onerror = null;
        if (!error) return resolve(new Link(socket));
        socket.close();
        reject(error);
      };
      const fail = (otherwise: ExedraError) => settle(unanswered().explain(isOffline() ? fault("CLIENT_OFFLINE") : otherwise));
      const unreachable = () => fail(fault("SERVER_UNREACHABLE", { url: withoutQuery(url) }));
      const abort = () => settle(fault("CONNECT_CANCELLED"));
      const timer = setTimeout(() => fail(fault("CONNECT_TIMEOUT", { waited_ms: OPEN_TIMEOUT_MS })), OPEN_TIMEOUT_MS);
      signal?.addEventListener("abort", abort);
      socket.onopen = () => settle();
      socket.onclose = socket.onerror = unreachable;
      if (signal?.aborted) abort();
    });
  }

  /** Events that arrived before are delivered now. */
  set handlers(handlers: LinkHandlers) {
    this.#handlers = handlers;
    for (const event of this.#early.splice(0)) handlers.event(event);
    if (this.#closed) handlers.closed(this.#closed);
  }

  get isOpen(): boolean {
    return this.#closed === undefined;
  }

  request<M extends MethodName>(method: M, params: Params<M>, timeoutMs = REQUEST_TIMEOUT_MS): Promise<Result<M>> {
    if (this.#closed) return Promise.reject(this.#closed);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        const late = method === "join" ? fault("CONNECT_TIMEOUT", { waited_ms: timeoutMs }) : fault("SIGNALING_TIMEOUT", { method, timeout_ms: timeoutMs });
        reject(unanswered().explain(late));
      }, timeoutMs);
      this.#pending.set(id, { method, resolve: resolve as (result: unknown) => void, reject, timer });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  /** A frame nobody waits for: the last words of a page that is going away. */
  post<M extends MethodName>(method: M, params: Params<M>): void {
    if (!this.#closed) this.#socket.send(JSON.stringify({ id: this.#nextId++, method, params }));
  }

  /** Pings every period; an unanswered ping means that the socket is dead, however open it looks. */
  startHeartbeat(periodMs: number): void {
    this.#heartbeat = setInterval(() => void this.check(periodMs), periodMs);
  }

  /** Resolves with whether the server answers in time; else the socket is given up. */
  check(timeoutMs: number): Promise<boolean> {
    const answered = this.request("ping", {}, timeoutMs).then(() => true);
    return answered.catch((error: ExedraError) => {
      if (error.code === "SIGNALING_TIMEOUT") this.close();
      return false;
    });
  }

  close(): void {
    this.#socket.close();
    this.#end(fault("SIGNALING_LOST", { close_code: 1000 }));
  }

  #receive(data: unknown): void {
    const frame = frameOf(data);
    if (!frame) {
      // Whose answer or which event it was is not known: a new socket brings what was missed.
      this.#socket.close();
      return this.#end(fault("SERVER_RESPONSE_INVALID", { reason: "the frame is not JSON" }));
    }
    if (typeof frame["event"] === "string") {
      if (this.#handlers) this.#handlers.event(frame as wire.Event);
      else this.#early.push(frame as wire.Event);
      return;
    }
    const pending = typeof frame["id"] === "number" ? this.#pending.get(frame["id"]) : undefined;
    if (!pending) {
      if (frame["error"]) console.warn("exedra: the server refused a frame", frame["error"]);
      return;
    }
    this.#pending.delete(frame["id"] as number);
    clearTimeout(pending.timer);
    if (frame["error"]) pending.reject(errorFromServer(frame["error"]));
    else if (frame["result"]) pending.resolve(frame["result"]);
    else pending.reject(fault("SERVER_RESPONSE_INVALID", { reason: `empty answer to ${pending.method}` }));
  }

  #end(error: ExedraError): void {
    if (this.#closed) return;
    this.#closed = error;
    clearInterval(this.#heartbeat);
    for (const pending of this.#pending.values()) {
      clearTimeout(pending.timer);
      // Whether the server saw it is not known, and without a session nothing comes back by itself.
      pending.reject(pending.method === "join" && error.code === "SIGNALING_LOST" ? fault("JOIN_INTERRUPTED") : error);
    }
    this.#pending.clear();
    this.#handlers?.closed(error);
  }
}

function frameOf(data: unknown): Record<string, unknown> | undefined {
  try {
    const frame: unknown = JSON.parse(String(data));
    return typeof frame === "object" && frame !== null ? (frame as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** `https://host/prefix` → `wss://host/prefix/v1/signaling`. */
export function signalingUrl(server: string): string {
  const url = new URL(server, typeof location === "undefined" ? undefined : location.href);
  url.protocol = url.protocol.replace(/^http/, "ws");
  url.pathname = `${url.pathname.replace(/\/$/, "")}${SIGNALING_PATH}`;
  url.search = url.hash = "";
  return url.href;
}

export function isOffline(): boolean {
  return typeof navigator !== "undefined" && navigator.onLine === false;
}

function unanswered(): Facts {
  return new Facts().observe("page_online", !isOffline()).observe("signaling_alive", false);
}

function withoutQuery(url: string): string {
  return url.split("?")[0] ?? url;
}
