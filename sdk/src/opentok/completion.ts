/** How an asynchronous method ends: completion handler and promise tell the same outcome, once, in the queue of events. */
import type { Operation } from "../generated/problem";
import { announce, otError, type OTError } from "./error";
import { later } from "./turn";

export type Callback<Value = void> = (error?: OTError, value?: Value) => void;

/** `target` is the object that an `exception` event names. */
export function complete<Value>(target: object, operation: Operation, work: Promise<Value>, callback?: Callback<Value> | null): Promise<Value> {
  const outcome = new Promise<Value>((resolve, reject) => {
    work.then(
      (value) =>
        later(() => {
          resolve(value);
          callback?.(undefined, value);
        }),
      (reason: unknown) => {
        const error = otError(reason, operation);
        announce(error, target);
        later(() => {
          reject(error);
          callback?.(error);
        });
      },
    );
  });
  // With a handler the page knows; its ignoring the promise is no unhandled rejection.
  if (callback) outcome.catch(() => undefined);
  return outcome;
}

/** For methods whose result nobody has to look at, and whose failure is told by the `exception` event alone. */
export function completeQuietly(target: object, operation: Operation, work: Promise<unknown>): void {
  complete(target, operation, work, () => undefined).catch(() => undefined);
}

/** A method that also exists as `method.promise`. */
export function withPromise<Call extends (...args: any[]) => unknown, Promised extends (...args: any[]) => Promise<unknown>>(
  call: Call,
  promise: Promised,
): Call & { promise: Promised } {
  return Object.assign(call, { promise });
}
