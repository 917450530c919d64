// What the playground remembers between visits, in this browser only. Storage may be forbidden or full; then a choice
// lasts as long as the page.

import { effect, signal, type Signal } from "@preact/signals";

export type Theme = "auto" | "light" | "dark";

function remembered<T>(key: string, initial: T, valid: (value: unknown) => value is T): Signal<T> {
  const value = signal(read(key, initial, valid));
  effect(() => write(key, value.value));
  return value;
}

function read<T>(key: string, initial: T, valid: (value: unknown) => value is T): T {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(`exedra.${key}`) ?? "null");
    return valid(stored) ? stored : initial;
  } catch {
    return initial;
  }
}

function write(key: string, value: unknown): void {
  try {
    localStorage.setItem(`exedra.${key}`, JSON.stringify(value));
  } catch {
    // Private windows and full disks: nothing to remember with.
  }
}

const isString = (value: unknown): value is string => typeof value === "string";
const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";
const isTheme = (value: unknown): value is Theme => value === "auto" || value === "light" || value === "dark";

export const preferences = {
  name: remembered("name", "", isString),
  theme: remembered<Theme>("theme", "auto", isTheme),
  cameraId: remembered("camera", "", isString),
  microphoneId: remembered("microphone", "", isString),
  speakerId: remembered("speaker", "", isString),
  /** Single-key shortcuts can get in the way of speech input and screen readers. */
  shortcuts: remembered("shortcuts", true, isBoolean),
};
