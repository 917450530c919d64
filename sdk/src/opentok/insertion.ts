/** Where a widget goes in the page. */
import type { Target } from "./arguments";
import { warn } from "./log";
import type { WidgetProperties } from "./types/opentok-api";

/** Returns the element that is the widget from now on, already in its place. */
export function insertWidget(target: Target | undefined, mode: WidgetProperties["insertMode"]): HTMLElement {
  const place = typeof target === "string" ? document.getElementById(target) : target;
  if (typeof target === "string" && !place) warn(`OT: no element has the id "${target}"; the widget is appended to the body`);
  if (place && (mode ?? "replace") === "replace") {
    place.replaceChildren();
    return place;
  }
  const element = document.createElement("div");
  element.id = `OT_${uuid()}`;
  if (!place) document.body.append(element);
  else if (mode === "before") place.before(element);
  else if (mode === "after") place.after(element);
  else place.append(element);
  return element;
}

/** `crypto.randomUUID` exists only on secure pages; widgets also on others. */
export function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
