// Which camera, microphone and speaker; used in the lobby and in the call's device panel.

import type { Signal } from "@preact/signals";
import type { LocalMedia } from "../model/local_media";
import { preferences } from "../model/preferences";
import { LevelMeter } from "./level_meter";

export function DeviceFields({ local }: { local: LocalMedia }) {
  // Before permission is given, browsers list devices without ids: there is nothing to choose.
  const devices = local.devices.value.filter(({ deviceId }) => deviceId !== "");
  if (devices.length === 0) return null;
  // Chromium and Firefox can send sound to a chosen output; where it isn't possible, the system's setting holds.
  const canChooseSpeaker = "setSinkId" in HTMLMediaElement.prototype;
  return (
    <div class="devices">
      <DeviceField
        label="Camera" kind="videoinput" devices={devices} chosen={preferences.cameraId} current={local.camera.value.track}
        onChoose={(id) => void local.choose("video", id)}
      />
      <DeviceField
        label="Microphone" kind="audioinput" devices={devices} chosen={preferences.microphoneId} current={local.microphone.value.track}
        onChoose={(id) => void local.choose("audio", id)}
      />
      {canChooseSpeaker && devices.some(({ kind }) => kind === "audiooutput") && (
        <DeviceField
          label="Speaker" kind="audiooutput" devices={devices} chosen={preferences.speakerId} current={null}
          onChoose={(id) => (preferences.speakerId.value = id)}
        />
      )}
      <LevelMeter track={local.microphone.value.state === "on" ? local.microphone.value.track : null} />
    </div>
  );
}

interface DeviceFieldProps {
  label: string;
  kind: MediaDeviceKind;
  devices: readonly MediaDeviceInfo[];
  chosen: Signal<string>;
  current: MediaStreamTrack | null;
  onChoose(deviceId: string): void;
}

function DeviceField({ label, kind, devices, chosen, current, onChoose }: DeviceFieldProps) {
  const options = devices.filter((device) => device.kind === kind);
  const selected = current?.getSettings().deviceId ?? (options.some(({ deviceId }) => deviceId === chosen.value) ? chosen.value : "");
  return (
    <label class="field field-small">
      <span>{label}</span>
      <select value={selected} disabled={options.length === 0} onChange={(event) => onChoose(event.currentTarget.value)}>
        {options.length === 0 && <option value="">None available</option>}
        {options.length > 0 && selected === "" && <option value="">As the system</option>}
        {options.map((device, index) => (
          <option key={device.deviceId} value={device.deviceId}>
            {device.label || `${label} ${index + 1}`}
          </option>
        ))}
      </select>
    </label>
  );
}
