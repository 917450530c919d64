/**
 * One queue for everything the facade tells a page: events and completion handlers, in the order in which they were decided,
 * each after the task that caused it. So handlers added right after a call miss nothing.
 */
import { reportUncaught } from "../core/emitter";

const queue: (() => void)[] = [];
let wake: (() => void) | undefined;

export function later(action: () => void): void {
  queue.push(action);
  if (queue.length === 1) (wake ??= makeWake())();
}

function drain(): void {
  // What is queued meanwhile runs in the same turn, so that an action and its consequences stay together.
  while (queue.length > 0) {
    try {
      queue[0]!();
    } catch (error) {
      reportUncaught(error);
    }
    queue.shift();
  }
}

/** A message channel is not slowed down in background tabs, as timers are. */
function makeWake(): () => void {
  if (typeof window === "undefined" || typeof MessageChannel === "undefined") return () => void setTimeout(drain);
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = drain;
  return () => port2.postMessage(undefined);
}
