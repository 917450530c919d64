// The own picture in the lobby, with the two switches one wants to check before others can see and hear.

import type { LocalMedia } from "../model/local_media";
import { Avatar } from "./avatar";
import { Icon } from "./icon";
import { Video } from "./video";

export function Preview({ local, name }: { local: LocalMedia; name: string }) {
  const camera = local.camera.value;
  const microphone = local.microphone.value;
  const asking = camera.state === "asking" || microphone.state === "asking";
  return (
    <div class="preview" data-state={camera.state}>
      {camera.state === "on" ? (
        <Video media={local.stream.value} mirrored muted label="Your camera" />
      ) : (
        <div class="preview-empty">
          {asking ? <p>Your browser asks whether this page may use camera and microphone.</p> : <Avatar name={name} />}
        </div>
      )}
      <div class="preview-switches">
        <Switch on={microphone.state === "on"} icon="microphone" label="Microphone" onToggle={(on) => void local.setEnabled("audio", on)} />
        <Switch on={camera.state === "on"} icon="camera" label="Camera" onToggle={(on) => void local.setEnabled("video", on)} />
      </div>
    </div>
  );
}

interface SwitchProps {
  on: boolean;
  icon: "microphone" | "camera";
  label: string;
  onToggle(on: boolean): void;
}

function Switch({ on, icon, label, onToggle }: SwitchProps) {
  return (
    <button class="round" type="button" role="switch" aria-checked={on} aria-label={label} onClick={() => onToggle(!on)}>
      <Icon name={on ? icon : `${icon}-off`} />
    </button>
  );
}
