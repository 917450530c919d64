/**
 * A joined session that survives the loss of its socket: rejoins with the same connection id, and has each event processed
 * exactly once and in order. Owns when to give up.
 */
import type * as wire from "../generated/wire";
import { ExedraError, errorFromServer, fault, faultBecause } from "./error";
import { Link, isOffline, type MethodName, type Params, type Result } from "./link";
import { explainUnreachable } from "./reachability";

/** The server keeps a lost connection this long; trying longer is useless. */
const GIVE_UP_AFTER_MS = 60_000;
/** A loss that heals within this time is not worth telling. */
const ANNOUNCE_AFTER_MS = 1_000;
const BACKOFF_FIRST_MS = 250;
const BACKOFF_MAX_MS = 5_000;
const LEAVE_TIMEOUT_MS = 2_000;
/** Requests that wait for the socket to come back. */
const WAITING_MAX = 256;

export interface SignalingHandlers {
  event(event: wire.EventBody): void;
  interrupted(): void;
  resumed(announced: boolean): void;
  ended(reason: wire.EndReason, error: ExedraError | undefined): void;
}

export interface RequestPolicy {
  /** Without a socket: wait for it (default), or fail with `NOT_CONNECTED`. */
  whenInterrupted?: "wait" | "fail";
  /** The socket closed before the answer: fail with `SIGNALING_LOST` (default), or send it again, which may repeat its effect. */
  whenLost?: "fail" | "resend";
}

type State = "open" | "interrupted" | "ended";

export class Signaling {
  readonly joined: wire.Joined;
  readonly #url: string;
  readonly #join: wire.Join;
  #link: Link;
  #state: State = "open";
  #handlers: SignalingHandlers | undefined;
  #lastSeq = 0;
  #secret: string;
  #back: Promise<void> = Promise.resolve();
  #waiting = 0;

  private constructor(url: string, join: wire.Join, link: Link, joined: wire.Joined) {
    this.#url = url;
    this.#join = join;
    this.joined = joined;
    this.#secret = joined.resume_secret;
    this.#link = link;
  }

  static async join(url: string, join: wire.Join, signal?: AbortSignal): Promise<Signaling> {
    const link = await Link.open(url, signal).catch(async (error: ExedraError) => {
      throw error.code === "SERVER_UNREACHABLE" ? await explainUnreachable(error, url) : error;
    });
    const abort = () => link.close();
    signal?.addEventListener("abort", abort);
    try {
      const joined = await link.request("join", join);
      return new Signaling(url, join, link, joined);
    } catch (error) {
      link.close();
      throw signal?.aborted ? fault("CONNECT_CANCELLED") : error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  start(handlers: SignalingHandlers): void {
    this.#handlers = handlers;
    this.#adopt(this.#link);
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  async request<M extends MethodName>(method: M, params: Params<M>, policy: RequestPolicy = {}): Promise<Result<M>> {
    for (;;) {
      if (this.#state === "interrupted" && policy.whenInterrupted !== "fail") await this.#waitForSocket();
      if (this.#state !== "open") throw fault("NOT_CONNECTED", { operation: method });
      const link = this.#link;
      try {
        return await link.request(method, params);
      } catch (error) {
        const lost = error instanceof ExedraError && error.code === "SIGNALING_LOST";
        if (!lost || policy.whenLost !== "resend") throw error;
        // The link that closed has by now started the reconnection that the next turn waits for, or has ended it all.
      }
    }
  }

  async leave(): Promise<void> {
    if (this.#state === "ended") return;
    if (this.#state === "open") await this.#link.request("leave", {}, LEAVE_TIMEOUT_MS).catch(() => undefined);
    this.#end("clientDisconnected", undefined);
  }

  /** For a page that is being unloaded: no time for an answer. */
  leaveNow(): void {
    this.#link.post("leave", {});
  }

  /** The browser says that the network changed: find out now, not at the next heartbeat. */
  checkNow(): void {
    void this.isAlive(3_000);
  }

  /** Whether the server answers now. A socket that does not is given up. */
  async isAlive(timeoutMs: number): Promise<boolean> {
    return this.#state === "open" && this.#link.check(timeoutMs);
  }

  #adopt(link: Link): void {
    this.#link = link;
    link.handlers = {
      event: (event) => this.#receive(event),
      closed: () => {
        if (this.#state === "open") this.#back = this.#reconnect();
      },
    };
    link.startHeartbeat(this.joined.heartbeat_ms || 10_000);
  }

  #receive(event: wire.Event): void {
    if (event.seq <= this.#lastSeq || this.#state === "ended") return;
    this.#lastSeq = event.seq;
    if (event.event === "session_disconnected") {
      this.#end(event.data.reason, event.data.error ? errorFromServer(event.data.error) : undefined);
    } else {
      this.#handlers?.event(event);
    }
  }

  async #waitForSocket(): Promise<void> {
    if (this.#waiting >= WAITING_MAX) throw fault("REQUEST_QUEUE_FULL", { limit: WAITING_MAX });
    this.#waiting++;
    await this.#back;
    this.#waiting--;
  }

  async #reconnect(): Promise<void> {
    this.#state = "interrupted";
    const givenUpAt = Date.now() + GIVE_UP_AFTER_MS;
    let announced = false;
    const announce = setTimeout(() => {
      announced = true;
      this.#handlers?.interrupted();
    }, ANNOUNCE_AFTER_MS);
    try {
      for (let attempt = 0; this.#state === "interrupted"; attempt++) {
        try {
          await this.#resume();
          clearTimeout(announce);
          this.#handlers?.resumed(announced);
          return;
        } catch (error) {
          if (isFinal(error)) return this.#end("networkDisconnected", error as ExedraError);
          if (Date.now() >= givenUpAt) return this.#end("networkDisconnected", faultBecause(error, "RECONNECT_GIVEN_UP", { attempts: attempt + 1 }));
        }
        await nextAttempt(attempt);
      }
    } finally {
      clearTimeout(announce);
    }
  }

  async #resume(): Promise<void> {
    const link = await Link.open(this.#url);
    const resume = { connection_id: this.joined.connection.connection_id, secret: this.#secret, last_seq: this.#lastSeq };
    try {
      const joined = await link.request("join", { ...this.#join, resume });
      if ((this.#state as State) === "ended") {
        link.post("leave", {});
        return link.close();
      }
      this.#secret = joined.resume_secret;
      this.#state = "open";
      this.#adopt(link);
    } catch (error) {
      link.close();
      throw error;
    }
  }

  #end(reason: wire.EndReason, error: ExedraError | undefined): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#link.close();
    this.#handlers?.ended(reason, error);
  }
}

/** The server answered and will not change its mind: the connection is gone there. */
function isFinal(error: unknown): boolean {
  if (!(error instanceof ExedraError)) return true;
  return !["NETWORK", "TIMEOUT", "UNAVAILABLE", "EXHAUSTED"].includes(error.class);
}

/** Waits with exponential backoff and jitter, or until the browser is back online. */
function nextAttempt(attempt: number): Promise<void> {
  const longest = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** attempt);
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      globalThis.removeEventListener?.("online", done);
      resolve();
    };
    const timer = setTimeout(done, longest * (0.5 + Math.random() / 2));
    if (isOffline()) globalThis.addEventListener?.("online", done);
  });
}
