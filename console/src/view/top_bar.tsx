import { useEffect, useState } from "preact/hooks";
import type { CallModel } from "../model/call_model";
import type { PanelName } from "./call_screen";
import { Icon } from "./icon";
import { Wordmark } from "./mark";
import { ThemeButton } from "./theme_button";

interface TopBarProps {
  call: CallModel;
  panel: PanelName | null;
  onPanel(name: PanelName): void;
}

export function TopBar({ call, panel, onPanel }: TopBarProps) {
  return (
    <header class="top">
      <Wordmark />
      <h1 class="top-room">{call.room}</h1>
      {call.connectedAt.value > 0 && <Duration since={call.connectedAt.value} />}
      <span class="top-space" />
      <button class="quiet quiet-wide top-app" type="button" aria-expanded={panel === "app"} onClick={() => onPanel("app")}>
        <Icon name="code" />
        <span>Use it in your app</span>
      </button>
      <button class="quiet" type="button" aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)" aria-expanded={panel === "shortcuts"} onClick={() => onPanel("shortcuts")}>
        <Icon name="help" />
      </button>
      <ThemeButton />
      <button class="button top-invite" type="button" aria-expanded={panel === "invite"} onClick={() => onPanel("invite")}>
        <Icon name="link" />
        <span>Invite</span>
      </button>
    </header>
  );
}

function Duration({ since }: { since: number }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return <time class="top-time">{formatDuration(now - since)}</time>;
}

export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}
