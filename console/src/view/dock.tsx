// What one can do in a call, in reach of thumb and keyboard.

import type { CallModel } from "../model/call_model";
import type { PanelName } from "./call_screen";
import { Icon, type IconName } from "./icon";

interface DockProps {
  call: CallModel;
  panel: PanelName | null;
  onPanel(name: PanelName): void;
}

export function Dock({ call, panel, onPanel }: DockProps) {
  const microphone = call.local.microphone.value;
  const camera = call.local.camera.value;
  const sharing = call.ownScreen.value !== null;
  const canShare = "getDisplayMedia" in (navigator.mediaDevices ?? {});
  return (
    <nav class="dock" aria-label="Call">
      <div class="dock-group">
        <DockSwitch
          on={microphone.state === "on"} icon={microphone.state === "on" ? "microphone" : "microphone-off"} label="Microphone" hint="m"
          troubled={microphone.problem !== null} onClick={() => call.toggle("audio")}
        />
        <DockSwitch
          on={camera.state === "on"} icon={camera.state === "on" ? "camera" : "camera-off"} label="Camera" hint="v"
          troubled={camera.problem !== null} onClick={() => call.toggle("video")}
        />
        {canShare && (
          <button class="dock-button" type="button" aria-pressed={sharing} title="Share the screen (s)" onClick={() => void call.toggleScreen()}>
            <Icon name={sharing ? "screen-off" : "screen"} />
            <span>{sharing ? "Stop sharing" : "Share"}</span>
          </button>
        )}
      </div>
      <div class="dock-group">
        <DockPanelButton name="chat" icon="chat" label="Chat" hint="c" panel={panel} onPanel={onPanel} badge={call.unread.value} />
        <DockPanelButton name="people" icon="people" label="People" hint="p" panel={panel} onPanel={onPanel} count={call.participants.value.size} />
        <button
          class="dock-button" type="button" aria-pressed={call.statsShown.value} title="Statistics (i)"
          onClick={() => (call.statsShown.value = !call.statsShown.value)}
        >
          <Icon name="statistics" />
          <span>Statistics</span>
        </button>
        <DockPanelButton name="devices" icon="sliders" label="Devices" panel={panel} onPanel={onPanel} />
      </div>
      <div class="dock-group">
        <button class="dock-button dock-leave" type="button" onClick={() => void call.leave()}>
          <Icon name="leave" />
          <span>Leave</span>
        </button>
      </div>
    </nav>
  );
}

interface DockSwitchProps {
  on: boolean;
  icon: IconName;
  label: string;
  hint: string;
  troubled: boolean;
  onClick(): void;
}

function DockSwitch({ on, icon, label, hint, troubled, onClick }: DockSwitchProps) {
  return (
    <button class="dock-button dock-switch" type="button" role="switch" aria-checked={on} aria-label={troubled ? `${label}, has a problem` : label} title={`${label} (${hint})`} onClick={onClick}>
      <Icon name={icon} />
      <span aria-hidden="true">{label}</span>
      {troubled && <i class="dock-trouble" />}
    </button>
  );
}

interface DockPanelButtonProps {
  name: PanelName;
  icon: IconName;
  label: string;
  hint?: string;
  panel: PanelName | null;
  onPanel(name: PanelName): void;
  badge?: number;
  count?: number;
}

function DockPanelButton({ name, icon, label, hint, panel, onPanel, badge = 0, count }: DockPanelButtonProps) {
  const spoken = badge > 0 ? `${label}, ${badge} unread` : count === undefined ? label : `${label}, ${count}`;
  return (
    <button
      class={`dock-button dock-${name}`} type="button" aria-expanded={panel === name} aria-label={spoken} title={hint ? `${label} (${hint})` : label}
      onClick={() => onPanel(name)}
    >
      <Icon name={icon} />
      <span aria-hidden="true">{label}</span>
      {badge > 0 && <b class="badge" aria-hidden="true">{badge > 99 ? "99+" : badge}</b>}
      {count !== undefined && <b class="badge badge-plain" aria-hidden="true">{count}</b>}
    </button>
  );
}
