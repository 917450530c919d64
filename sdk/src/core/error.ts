/**
 * The one error type of the SDK. Each carries the problem object (RFC 9457) that the server sent, or that the SDK built
 * from the same catalogue for what only a browser can notice.
 */
import { sdkProblem, type SdkCode } from "../generated/errors";
import type { ArgsByCode, Problem, ProblemClass } from "../generated/problem";

export class ExedraError extends Error {
  override readonly name: string = "ExedraError";
  readonly code: string;
  readonly class: ProblemClass;
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.detail || problem.title, options);
    this.code = problem.code;
    this.class = problem.class;
    this.problem = problem;
  }
}

type Args<C extends SdkCode> = Record<never, never> extends ArgsByCode[C] ? [args?: ArgsByCode[C], source?: unknown] : [args: ArgsByCode[C], source?: unknown];

/** Builds an error that this browser raises itself. `source` is the browser's own exception, kept as `error.cause`. */
export function fault<C extends SdkCode>(code: C, ...[args, source]: Args<C>): ExedraError {
  const problem = sdkProblem(code, args ?? ({} as ArgsByCode[C]));
  return new ExedraError(problem, source === undefined ? undefined : { cause: source });
}

/** What the server sent as `error`, made safe: a server of another version may leave out what this one expects. */
export function errorFromServer(problem: Partial<Problem> | null | undefined): ExedraError {
  if (!problem || typeof problem.code !== "string") return fault("SERVER_RESPONSE_INVALID", { reason: "error without a code" });
  return new ExedraError({
    ...problem,
    type: problem.type ?? `/errors/${problem.code}`,
    title: problem.title ?? problem.code,
    status: problem.status ?? 500,
    detail: problem.detail ?? problem.title ?? problem.code,
    code: problem.code,
    class: problem.class ?? "INTERNAL",
    args: problem.args ?? {},
    retry: problem.retry ?? { how: "reconnect" },
    effect: problem.effect ?? "operation_fails",
    actions: problem.actions ?? { user: "", developer: "", operator: "" },
  });
}

export function asExedraError(error: unknown): ExedraError {
  return error instanceof ExedraError ? error : fault("SDK_INTERNAL", { reason: error instanceof Error ? error.message : String(error) }, error);
}
