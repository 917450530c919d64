// Problems reach the page as RFC 9457 objects with Exedra's members: from the SDK inside a typed error, from the
// server's HTTP endpoints as a body. What is neither is a defect, and is shown as one instead of being hidden.

export type RetryHow = "never" | "same" | "after" | "reconnect" | "new_token" | "user_gesture";
export interface Evidence { who: string; fact: string }
export interface Problem {
  type: string; title: string; status: number; detail: string; instance?: string; code: string; class: string;
  args?: Record<string, unknown>;
  retry?: { how: RetryHow; after_ms?: number };
  effect?: string;
  cause?: { id: string; stage: string; confidence: number; evidence: Evidence[]; ruled_out: string[] };
  actions?: { user: string; developer: string; operator: string };
}

export function problemOf(error: unknown): Problem {
  if (isProblem(error)) return error;
  if (typeof error === "object" && error !== null && "problem" in error && isProblem(error.problem)) return error.problem;
  console.error(error);
  return {
    type: "about:blank",
    title: "The page has a defect",
    status: 500,
    detail: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    code: "INTERNAL",
    class: "INTERNAL",
    retry: { how: "reconnect" },
    actions: {
      user: "Reload the page and join again.",
      developer: "The browser's console has the stack of this error.",
      operator: "Nothing on the server needs attention.",
    },
  };
}

function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && "code" in value && "title" in value && "detail" in value;
}
