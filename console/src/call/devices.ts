// Asking the browser for camera, microphone and screen.

import { capture, captureScreen } from "../../../sdk/src/core";
import type { MediaKind } from "./call";

/** Device ids by kind; an empty id leaves the choice to the browser. */
export type Wanted = Partial<Record<MediaKind, string>>;

export async function acquire(wanted: Wanted): Promise<MediaStreamTrack[]> {
  const constraints: MediaStreamConstraints = {};
  if (wanted.audio !== undefined) {
    constraints.audio = { ...device(wanted.audio), echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  }
  if (wanted.video !== undefined) {
    constraints.video = { ...device(wanted.video), width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
  }
  return (await capture(constraints)).getTracks();
}

export function acquireScreen(): Promise<MediaStream> {
  return captureScreen({ video: { frameRate: { ideal: 15 } }, audio: false });
}

/** An ideal, not an exact, device: one that is gone today must not keep anybody out. */
function device(id: string): MediaTrackConstraints {
  return id ? { deviceId: { ideal: id } } : {};
}
