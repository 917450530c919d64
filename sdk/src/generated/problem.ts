/** How a failed operation may be tried again. */
export type RetryHow = "never" | "same" | "after" | "reconnect" | "new_token" | "user_gesture";

export type ProblemClass =
  | "INVALID" | "UNAUTHENTICATED" | "PERMISSION" | "NOT_FOUND" | "CONFLICT" | "EXHAUSTED" | "UNSUPPORTED"
  | "DEVICE" | "NETWORK" | "TIMEOUT" | "CANCELLED" | "UNAVAILABLE" | "INTERNAL";

export interface Evidence { who: string; fact: string }

export interface Cause {
  id: string;
  stage: string;
  confidence: number;
  evidence: Evidence[];
  ruled_out: string[];
}

/** RFC 9457 problem details, with Exedra's members. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance?: string;
  code: string;
  class: ProblemClass;
  args?: Record<string, unknown>;
  retry?: { how: RetryHow; after_ms?: number };
  effect?: string;
  cause?: Cause;
  actions?: { user: string; developer: string; operator: string };
}
