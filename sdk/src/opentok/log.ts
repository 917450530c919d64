/** `OT.setLogLevel` and `OT.log`. */

export const LEVELS = { NONE: 0, ERROR: 1, WARN: 2, INFO: 3, LOG: 4, DEBUG: 5 } as const;

let level: number = LEVELS.WARN;

export function setLogLevel(wanted: number): void {
  level = wanted;
}

export function log(message: string): void {
  if (level >= LEVELS.LOG) console.log(message);
}

export function warn(message: string): void {
  if (level >= LEVELS.WARN) console.warn(message);
}
