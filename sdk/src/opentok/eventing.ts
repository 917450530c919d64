/** The emitter contract of `OT`, Session, Publisher and Subscriber: argument forms, event objects, default actions. */
import { reportUncaught } from "../core/emitter";
import { later } from "./turn";

type Handler = (event: any) => void;

interface Registration {
  name: string;
  handler: Handler;
  context: object | undefined;
  once: boolean;
}

const registrations = new WeakMap<object, Registration[]>();

export interface EventObject {
  type: string;
  cancelable: boolean;
  target: unknown;
  isDefaultPrevented(): boolean;
  preventDefault(): void;
}

export function makeEvent<Fields extends object>(type: string, target: unknown, fields?: Fields, cancelable = false): EventObject & Fields {
  let prevented = false;
  return {
    type,
    cancelable,
    target,
    isDefaultPrevented: () => prevented,
    preventDefault: () => {
      if (cancelable) prevented = true;
    },
    ...(fields as Fields),
  };
}

interface DispatchOptions {
  /** Runs after the handlers, unless one of them prevented it. */
  defaultAction?: () => void;
  cancelable?: boolean;
  /** Listeners of further names get the same event object. */
  alsoAs?: string;
}

/** Queues an event. `before` runs in its turn, ahead of the handlers: where the object takes on the state the event tells of. */
export function dispatch(target: object, type: string, fields: object = {}, options: DispatchOptions & { before?: () => void } = {}): void {
  later(() => {
    options.before?.();
    dispatchNow(target, makeEvent(type, target, fields, options.cancelable ?? options.defaultAction !== undefined), options);
  });
}

export function dispatchNow(emitter: object, event: EventObject, { defaultAction, alsoAs }: DispatchOptions = {}): void {
  run(emitter, event.type, event);
  if (alsoAs !== undefined) run(emitter, alsoAs, event);
  if (!event.isDefaultPrevented()) defaultAction?.();
}

export function hasHandlers(emitter: object, name: string): boolean {
  return registrations.get(emitter)?.some((registration) => registration.name === name) ?? false;
}

function run(emitter: object, name: string, event: EventObject): void {
  for (const registration of [...(registrations.get(emitter) ?? [])]) {
    if (registration.name !== name) continue;
    if (registration.once) remove(emitter, (other) => other === registration);
    try {
      registration.handler.call(registration.context ?? emitter, event);
    } catch (error) {
      reportUncaught(error);
    }
  }
}

function add(emitter: object, once: boolean, names: string | object, handler?: Handler | object, context?: object): void {
  const own = registrations.get(emitter) ?? [];
  registrations.set(emitter, own);
  for (const [name, each] of pairs(names, handler)) {
    if (typeof each !== "function") throw new TypeError(`The handler of "${name}" is not a function`);
    own.push({ name, handler: each, context: typeof names === "string" ? context : (handler as object | undefined), once });
  }
}

function removeMatching(emitter: object, names?: string | object, handler?: Handler | object, context?: object): void {
  if (names === undefined || names === null) return void registrations.delete(emitter);
  const wantedContext = typeof names === "string" ? context : (handler as object | undefined);
  for (const [name, each] of pairs(names, handler)) {
    remove(
      emitter,
      (registration) =>
        registration.name === name &&
        (typeof each !== "function" || registration.handler === each) &&
        (wantedContext === undefined || registration.context === wantedContext),
    );
  }
}

function remove(emitter: object, matches: (registration: Registration) => boolean): void {
  const rest = registrations.get(emitter)?.filter((registration) => !matches(registration));
  if (rest) registrations.set(emitter, rest);
}

/** `"a b", handler` and `{a: handler, b: handler}` as pairs of name and handler. */
function pairs(names: string | object, handler?: Handler | object): [string, Handler][] {
  if (typeof names === "string") return names.split(/\s+/).filter(Boolean).map((name) => [name, handler as Handler]);
  return Object.entries(names) as [string, Handler][];
}

export class OTEventEmitter {
  on(names: string | object, handler?: Handler | object, context?: object): this {
    add(this, false, names, handler, context);
    return this;
  }

  once(names: string | object, handler?: Handler | object, context?: object): this {
    add(this, true, names, handler, context);
    return this;
  }

  off(names?: string | object, handler?: Handler | object, context?: object): this {
    removeMatching(this, names, handler, context);
    return this;
  }

  addEventListener(name: string, handler: Handler, context?: object): this {
    return this.on(name, handler, context);
  }

  removeEventListener(name: string, handler: Handler, context?: object): this {
    return this.off(name, handler, context);
  }
}

/** Any string is an event name here, `signal:<type>` among them; the class exists because its name is public. */
export class SessionOTEventEmitter extends OTEventEmitter {}

/** Legacy `OT.$.eventing(object)`: gives any object the emitter's methods. */
export function eventing(target: object): void {
  const { on, once, off, addEventListener, removeEventListener } = OTEventEmitter.prototype;
  const dispatchEvent = (event: EventObject) => dispatchNow(target, event);
  const trigger = (name: string, ...rest: unknown[]) => dispatchNow(target, makeEvent(name, target, rest[0] as object));
  Object.assign(target, { on, once, off, addEventListener, removeEventListener, dispatchEvent, trigger });
}
