/** A WebSocket that does not open says nothing about why. A plain request to the same server often does. */
import { faultBecause, type ExedraError } from "./error";

const PROBE_TIMEOUT_MS = 3_000;

/** The finer cause, or `error` itself where the probe finds none. `socketUrl` is where the socket was tried. */
export async function explainUnreachable(error: ExedraError, socketUrl: string): Promise<ExedraError> {
  const url = socketUrl.replace(/^ws/, "http").replace(/\/v1\/signaling$/, "/healthz");
  const forbidden = watchPolicy();
  try {
    const answer = await fetch(url, { cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    if (!answer.ok) return faultBecause(error, "SERVER_STATUS_UNEXPECTED", { status: answer.status });
    return (await answer.text()) === "" ? faultBecause(error, "SERVER_RESPONSE_EMPTY") : error;
  } catch {
    return (await forbidden()) ? faultBecause(error, "CROSS_ORIGIN_REFUSED", { origin: globalThis.location?.origin ?? "" }) : error;
  }
}

/** Tells whether the page's content security policy has stopped a connection since. */
function watchPolicy(): () => Promise<boolean> {
  const page = globalThis.document as Document | undefined;
  let stopped = false;
  const note = ({ effectiveDirective }: SecurityPolicyViolationEvent) => (stopped ||= effectiveDirective === "connect-src");
  page?.addEventListener("securitypolicyviolation", note);
  return async () => {
    // The event comes in a task of its own, after the request was refused.
    await new Promise((resolve) => setTimeout(resolve));
    page?.removeEventListener("securitypolicyviolation", note);
    return stopped;
  };
}
