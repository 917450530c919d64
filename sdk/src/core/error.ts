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

type Args<C extends SdkCode> = keyof ArgsByCode[C] extends never ? [args?: ArgsByCode[C]] : [args: ArgsByCode[C]];

/** Builds an error that this browser raises itself. */
export function fault<C extends SdkCode>(code: C, ...[args]: Args<C>): ExedraError {
  return new ExedraError(sdkProblem(code, (args ?? {}) as ArgsByCode[C]) as Problem);
}

/** As `fault`, keeping the browser's own exception as `error.cause`. */
export function faultBecause<C extends SdkCode>(source: unknown, code: C, ...[args]: Args<C>): ExedraError {
  return new ExedraError(sdkProblem(code, (args ?? {}) as ArgsByCode[C]) as Problem, { cause: source });
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
    retry: problem.retry ?? { how: "never" },
    effect: problem.effect ?? "operation_fails",
    actions: problem.actions ?? { user: "", developer: "", operator: "" },
  });
}

export function asExedraError(error: unknown): ExedraError {
  return error instanceof ExedraError ? error : faultBecause(error, "SDK_INTERNAL", { reason: messageOf(error) });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
