/** The many shapes of `(target?, properties?, callback?)`. */
import type { Callback } from "./completion";

export type Target = HTMLElement | string;

export interface WidgetArguments<Properties> {
  target: Target | undefined;
  properties: Properties;
  callback: Callback | undefined;
}

/** Anything may be left out, or be `null`; what is not an element, a string or a function is the properties. */
export function widgetArguments<Properties extends object>(args: readonly unknown[]): WidgetArguments<Properties> {
  const found: WidgetArguments<Properties> = { target: undefined, properties: {} as Properties, callback: undefined };
  for (const argument of args) {
    if (typeof argument === "function") found.callback = argument as Callback;
    else if (typeof argument === "string" || isElement(argument)) found.target = argument;
    else if (typeof argument === "object" && argument !== null) found.properties = argument as Properties;
  }
  return found;
}

/** Also elements of another window, which are not instances of this window's class. */
function isElement(value: unknown): value is HTMLElement {
  return typeof value === "object" && value !== null && (value as Node).nodeType === 1 && "ownerDocument" in value;
}
