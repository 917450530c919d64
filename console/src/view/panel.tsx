// The frame of everything that opens beside the stage (below it on a phone). Focus goes in when it opens and back to
// where it was when it closes.

import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "./icon";

interface PanelProps {
  title: string;
  name: string;
  onClose(): void;
  children: ComponentChildren;
}

export function Panel({ title, name, onClose, children }: PanelProps) {
  const element = useRef<HTMLElement>(null);
  const heading = useId();
  // Before anything else can be typed: a key that opens the chat is followed by a message, not by shortcuts.
  useLayoutEffect(() => {
    const before = document.activeElement;
    const first = element.current!.querySelector<HTMLElement>("[data-autofocus]") ?? element.current!;
    first.focus({ preventScroll: true });
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    <aside class={`panel panel-${name}`} ref={element} tabIndex={-1} aria-labelledby={heading}>
      <header class="panel-head">
        <h2 id={heading}>{title}</h2>
        <button class="quiet" type="button" aria-label={`Close ${title}`} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {children}
    </aside>
  );
}
