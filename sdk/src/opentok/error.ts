/** What a page sees of a failure: the vendor's name, code and message, the `exception` event, the console line. */
import { asExedraError, type ExedraError } from "../core/error";
import { opentokError } from "../generated/opentok_errors";
import type { Operation, Problem } from "../generated/problem";
import { dispatchNow, makeEvent, OTEventEmitter } from "./eventing";
import { later } from "./turn";

/** `OT.Error`. Deprecated as a class, but pages still test `instanceof`. */
export class OTError extends Error {
  override name: string;
  code: number;
  /** Ours: the platform's own code, with cause, evidence and advice. */
  declare problem: Problem;
  /** Of `session.signal()` only: what was passed. */
  declare signal?: object;

  constructor(name: string | undefined, message: string, code: number) {
    super(message);
    // The vendor leaves the name of an unexpected error undefined.
    this.name = name as string;
    this.code = code;
  }

  isDefaultPrevented(): boolean {
    return false;
  }

  preventDefault(): void {}
}

const TITLES: Record<number, string> = {
  1004: "Authentication error",
  1005: "Invalid Session ID",
  1006: "Connect Failed",
  1007: "Connect Rejected",
  1008: "Connect Time-out",
  1009: "Security Error",
  1010: "Not Connected",
  1011: "Invalid Parameter",
  1013: "Connection Failed",
  1014: "API Response Failure",
  1026: "Terms of Service Violation: Export Compliance",
  1500: "Unable to Publish",
  1520: "Unable to Force Disconnect",
  1530: "Unable to Force Unpublish",
  1535: "Force Unpublish on Invalid Stream",
  2000: "Internal Error",
  2010: "Report Issue Failure",
  2011: "Report Issue Failure",
};

/** `OT.on('exception', …)` listens here. */
export const exceptions = new OTEventEmitter();

const translated = new WeakMap<ExedraError, Map<Operation, OTError>>();
const announced = new WeakSet<object>();

/** One failure of one operation is one object, however many handlers get it. */
export function otError(error: unknown, operation: Operation): OTError {
  if (error instanceof OTError) return error;
  const source = asExedraError(error);
  const forms = translated.get(source) ?? new Map<Operation, OTError>();
  translated.set(source, forms);
  const known = forms.get(operation);
  if (known) return known;
  const { name, message, code } = opentokError(source.problem, operation);
  const form = new OTError(name, message, code);
  Object.defineProperty(form, "problem", { value: source.problem });
  Object.defineProperty(form, "cause", { value: source });
  forms.set(operation, form);
  return form;
}

/** Dispatches the `exception` event and writes the console line, once for each failure, also when two operations tell of it. */
export function announce(error: OTError, target: object): void {
  const failure = error.cause instanceof Error ? error.cause : error;
  if (announced.has(failure)) return;
  announced.add(failure);
  const title = TITLES[error.code] ?? error.name ?? "Internal Error";
  console.error(`OT.exception :: title: ${title} (${error.code}) msg: ${error.message}`);
  // `problem` is ours: the platform's own code, with cause, evidence and advice.
  const fields = { code: error.code, message: error.message, title, problem: error.problem };
  later(() => dispatchNow(exceptions, makeEvent("exception", target, fields)));
}
