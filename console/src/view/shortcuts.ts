// Single-key shortcuts of the call. They rest while somebody types, and can be turned off altogether.

import { useEffect, useRef } from "preact/hooks";
import { preferences } from "../model/preferences";

export const SHORTCUTS: readonly { key: string; does: string }[] = [
  { key: "m", does: "Microphone on or off" },
  { key: "v", does: "Camera on or off" },
  { key: "s", does: "Share the screen, or stop sharing" },
  { key: "c", does: "Chat" },
  { key: "p", does: "People" },
  { key: "l", does: "Link to the room" },
  { key: "i", does: "Statistics of every stream" },
  { key: "?", does: "This list" },
  { key: "Esc", does: "Close what is open" },
];

type Actions = Record<string, () => void>;

export function useShortcuts(actions: Actions): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (event.key !== "Escape" && (!preferences.shortcuts.value || isTyping(event.target))) return;
      const action = latest.current[event.key === "Escape" ? "Escape" : event.key.toLowerCase()];
      if (!action) return;
      event.preventDefault();
      action();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input:not([type=checkbox], [type=radio]), textarea, select");
}
