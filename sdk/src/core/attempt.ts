/**
 * A publish or subscribe that was accepted and now waits for its media: it ends in success, in the server's verdict, in this
 * side's own verdict after the time limit, or with the session. Never in silence.
 */
import { ExedraError, fault } from "./error";
import { stageReached, type Observed } from "./transport_facts";

/** The server decides first, because it knows more; this is how much later the client decides without it. */
const SERVER_FIRST_MS = 2_000;
const LIMIT_MAX_MS = 14_000;
/** The client's half of the evidence reaches the server this long before the server decides. */
const REPORT_AHEAD_MS = 1_500;

export class Attempt {
  readonly operation: "publish" | "subscribe";
  readonly subjectId: string;
  readonly finished: Promise<void>;
  #succeed!: () => void;
  #fail!: (error: ExedraError) => void;
  readonly #report: ReturnType<typeof setTimeout>;
  readonly #limit: ReturnType<typeof setTimeout>;

  /** `observe` tells the server what this browser sees; `conclude` also finds out what can still be seen at the end. */
  constructor(operation: "publish" | "subscribe", subjectId: string, timeoutMs: number, observe: () => unknown, conclude: () => Promise<Observed>) {
    this.operation = operation;
    this.subjectId = subjectId;
    this.finished = new Promise((resolve, reject) => {
      this.#succeed = resolve;
      this.#fail = reject;
    });
    this.finished.catch(() => undefined);
    const limitMs = Math.min(LIMIT_MAX_MS, timeoutMs + SERVER_FIRST_MS);
    this.#report = setTimeout(observe, timeoutMs - REPORT_AHEAD_MS);
    this.#limit = setTimeout(async () => this.fail(verdict(operation, limitMs, await conclude())), limitMs);
  }

  succeed(): void {
    this.#stop();
    this.#succeed();
  }

  fail(error: ExedraError): void {
    this.#stop();
    this.#fail(error);
  }

  #stop(): void {
    clearTimeout(this.#report);
    clearTimeout(this.#limit);
  }
}

function verdict(operation: string, limitMs: number, observed: Observed): ExedraError {
  const code = ({ ice: "ICE_FAILED", dtls: "DTLS_FAILED", media: "MEDIA_TIMEOUT" } as const)[stageReached(observed)];
  return observed.facts.explain(fault(code, { operation, timeout_ms: limitMs }));
}
