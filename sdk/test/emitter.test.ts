import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { dispatch, dispatchNow, eventing, makeEvent, OTEventEmitter } from "../src/opentok/eventing";
import { later } from "../src/opentok/turn";

let emitter: OTEventEmitter;
beforeEach(() => (emitter = new OTEventEmitter()));
afterEach(() => vi.unstubAllGlobals());

const fire = (name: string, fields = {}) => dispatchNow(emitter, makeEvent(name, emitter, fields));
const turn = () => new Promise<void>((resolve) => later(resolve));

test("several names in one string, and a map of handlers with a context", () => {
  const heard: string[] = [];
  const context = { name: "context" };
  emitter.on("a b", (event) => heard.push(event.type));
  emitter.on({ c(this: typeof context) { heard.push(`c of ${this.name}`); } }, context);
  for (const name of ["a", "b", "c", "unknown"]) fire(name);
  expect(heard).toEqual(["a", "b", "c of context"]);
});

test("handlers run as the emitter, or as the given context", () => {
  const seen: unknown[] = [];
  const context = {};
  emitter.on("a", function (this: unknown) { seen.push(this); });
  emitter.on("a", function (this: unknown) { seen.push(this); }, context);
  fire("a");
  expect(seen[0]).toBe(emitter);
  expect(seen[1]).toBe(context);
});

test("once runs once, also in the map form", () => {
  const handler = vi.fn();
  emitter.once("a", handler);
  emitter.once({ b: handler });
  for (const name of ["a", "a", "b", "b"]) fire(name);
  expect(handler).toHaveBeenCalledTimes(2);
});

test.each([
  ["everything", (handler: () => void) => emitter.off(), 0],
  ["one name", (handler: () => void) => emitter.off("a"), 1],
  ["one handler", (handler: () => void) => emitter.off("a b", handler), 0],
  ["one handler of another context", (handler: () => void) => emitter.off("a", handler, {}), 2],
  ["a map", (handler: () => void) => emitter.off({ a: handler }), 1],
])("off removes %s", (_name, remove, left) => {
  const handler = vi.fn();
  emitter.on("a", handler).on("b", handler);
  expect(remove(handler)).toBe(emitter);
  fire("a");
  fire("b");
  expect(handler).toHaveBeenCalledTimes(left);
});

test("a handler that throws stops neither the others nor the default action", () => {
  vi.stubGlobal("reportError", vi.fn());
  const after = vi.fn();
  const defaultAction = vi.fn();
  emitter.on("a", () => { throw new Error("the page's own"); }).on("a", after);
  dispatchNow(emitter, makeEvent("a", emitter, {}, true), { defaultAction });
  expect(after).toHaveBeenCalledOnce();
  expect(defaultAction).toHaveBeenCalledOnce();
  expect(globalThis.reportError).toHaveBeenCalledOnce();
});

test("the default action runs after all handlers, unless one prevents it", () => {
  const order: string[] = [];
  const event = () => makeEvent("a", emitter, {}, true);
  emitter.on("a", () => order.push("handler"));
  dispatchNow(emitter, event(), { defaultAction: () => order.push("default") });
  emitter.on("a", (each) => each.preventDefault());
  const prevented = event();
  dispatchNow(emitter, prevented, { defaultAction: () => order.push("never") });
  expect(order).toEqual(["handler", "default", "handler"]);
  expect(prevented.isDefaultPrevented()).toBe(true);
});

test("preventDefault has no effect on an event that is not cancelable", () => {
  const event = makeEvent("a", emitter);
  event.preventDefault();
  expect([event.cancelable, event.isDefaultPrevented(), event.target]).toEqual([false, false, emitter]);
});

test("a handler added in the same task as the cause misses nothing", async () => {
  const heard = vi.fn();
  dispatch(emitter, "a", { answer: 42 });
  emitter.on("a", heard);
  expect(heard).not.toHaveBeenCalled();
  await turn();
  expect(heard.mock.calls[0]![0]).toMatchObject({ type: "a", answer: 42 });
});

test("OT.$.eventing gives the methods to any object", () => {
  const thing: Record<string, any> = {};
  eventing(thing);
  const heard = vi.fn();
  thing["on"]("ping", heard);
  thing["trigger"]("ping", { n: 1 });
  expect(heard.mock.calls[0]![0]).toMatchObject({ type: "ping", n: 1 });
});
