// Asking the browser for camera, microphone and screen.

import type { MediaKind } from "./call";

export async function acquireTrack(kind: MediaKind, deviceId: string): Promise<MediaStreamTrack> {
  // An ideal, not an exact, device: one that is gone today must not keep anybody out.
  const device = deviceId ? { deviceId: { ideal: deviceId } } : {};
  const constraints: MediaStreamConstraints =
    kind === "audio"
      ? { audio: { ...device, echoCancellation: true, noiseSuppression: true, autoGainControl: true } }
      : { video: { ...device, width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } } };
  const media = await navigator.mediaDevices.getUserMedia(constraints);
  return media.getTracks()[0]!;
}

/** `null` when the person closed the browser's picker. */
export async function acquireScreen(): Promise<MediaStream | null> {
  try {
    return await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 15 } }, audio: false });
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotAllowedError") return null;
    throw error;
  }
}
