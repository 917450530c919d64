// The call: stage, dock, and at most one panel beside them.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { CallModel } from "../model/call_model";
import { AppPanel } from "./app_panel";
import { ChatPanel } from "./chat_panel";
import { DevicesPanel } from "./devices_panel";
import { Dock } from "./dock";
import { EmptyRoom } from "./empty_room";
import { InvitePanel } from "./invite_panel";
import { Notices } from "./notices";
import { PeoplePanel } from "./people_panel";
import { ProblemCard } from "./problem_card";
import { ShortcutsPanel } from "./shortcuts_panel";
import { Stage } from "./stage";
import { TopBar } from "./top_bar";
import { useShortcuts } from "./shortcuts";
import { startBlockedSound } from "./video";
import { Icon } from "./icon";

export type PanelName = "chat" | "people" | "invite" | "app" | "devices" | "shortcuts";

export function CallScreen({ call }: { call: CallModel }) {
  const panel = useSignal<PanelName | null>(null);
  const toggle = (name: PanelName) => (panel.value = panel.value === name ? null : name);
  const close = () => (panel.value = null);

  useShortcuts({
    m: () => call.toggle("audio"),
    v: () => call.toggle("video"),
    s: () => void call.toggleScreen(),
    c: () => toggle("chat"),
    p: () => toggle("people"),
    l: () => toggle("invite"),
    i: () => (call.statsShown.value = !call.statsShown.value),
    "?": () => toggle("shortcuts"),
    Escape: close,
  });

  useEffect(() => {
    call.chatShown = panel.value === "chat";
    if (call.chatShown) call.unread.value = 0;
  }, [panel.value]);

  const alone = call.phase.value === "live" && call.others.value.length === 0;
  return (
    <div class="call" data-panel={panel.value ?? undefined} data-alone={alone || undefined}>
      <TopBar call={call} panel={panel.value} onPanel={toggle} />
      <main class="call-main">
        <Banners call={call} />
        <Stage call={call} />
        {alone && <EmptyRoom room={call.room} />}
        <Notices notices={call.notices.value} />
      </main>
      <Dock call={call} panel={panel.value} onPanel={toggle} />
      {panel.value === "chat" && <ChatPanel call={call} onClose={close} />}
      {panel.value === "people" && <PeoplePanel call={call} onClose={close} />}
      {panel.value === "invite" && <InvitePanel room={call.room} onClose={close} />}
      {panel.value === "app" && <AppPanel call={call} onClose={close} />}
      {panel.value === "devices" && <DevicesPanel call={call} onClose={close} />}
      {panel.value === "shortcuts" && <ShortcutsPanel onClose={close} />}
    </div>
  );
}

function Banners({ call }: { call: CallModel }) {
  const failure = call.problem.value;
  const dismiss = () => (call.problem.value = null);
  const retry = failure?.retry;
  return (
    <div class="banners">
      {call.phase.value === "joining" && <p class="banner" role="status"><i class="spinner" />Joining {call.room}</p>}
      {call.phase.value === "reconnecting" && (
        <p class="banner banner-warning" role="status"><i class="spinner" />The connection was lost. Reconnecting; nobody has to do anything.</p>
      )}
      {call.soundBlocked.value && (
        <p class="banner" role="status">
          Your browser waits for a click before it plays sound.
          <button
            class="button button-primary" type="button"
            onClick={() => void startBlockedSound().then(() => (call.soundBlocked.value = false))}
          >
            <Icon name="speaker" />
            Hear the room
          </button>
        </p>
      )}
      {failure && <ProblemCard problem={failure.problem} onDismiss={dismiss} onRetry={retry ? () => (dismiss(), retry()) : undefined} />}
    </div>
  );
}
