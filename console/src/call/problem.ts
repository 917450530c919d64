// Problems reach the page as RFC 9457 objects with Exedra's members: from the SDK inside its typed error, from the
// server's HTTP endpoints as a body.

import type { Problem } from "../../../sdk/src/core";
import { asExedraError } from "../../../sdk/src/core/error";

export type { Problem };

/** What was thrown, as something to show. An exception of another type is a defect: the console gets its stack. */
export function problemOf(error: unknown): Problem {
  const typed = asExedraError(error);
  if (typed !== error) console.error(error);
  return typed.problem;
}
