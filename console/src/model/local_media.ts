// Camera and microphone: asking for them, choosing among them, and what is wrong with them. Each of the two has its own
// state, so that a missing camera never costs anybody the microphone.

import { computed, signal } from "@preact/signals";
import type { MediaKind } from "../call/call";
import { type Problem, problemOf } from "../call/problem";
import { acquireTrack } from "../call/devices";
import { preferences } from "./preferences";

export interface Input {
  kind: MediaKind;
  state: "off" | "asking" | "on";
  track: MediaStreamTrack | null;
  problem: Problem | null;
}

export class LocalMedia {
  readonly camera = signal<Input>({ kind: "video", state: "off", track: null, problem: null });
  readonly microphone = signal<Input>({ kind: "audio", state: "off", track: null, problem: null });
  readonly devices = signal<readonly MediaDeviceInfo[]>([]);
  /** What there is to show and to send; a new object whenever a track comes or goes. */
  readonly stream = computed(() => {
    const tracks = [this.microphone.value.track, this.camera.value.track].filter((track) => track !== null);
    return new MediaStream(tracks);
  });

  /** Told when a track takes the place of another while a call is on. */
  onReplaced: (track: MediaStreamTrack) => void = () => {};

  readonly #released = new Set<MediaKind>();

  constructor() {
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.#listDevices());
  }

  async start(): Promise<void> {
    await Promise.all([this.open("audio"), this.open("video")]);
  }

  async open(kind: MediaKind): Promise<void> {
    const input = this.#input(kind);
    const previous = input.peek().track;
    input.value = { ...input.peek(), state: "asking", problem: null };
    try {
      const track = await acquireTrack(kind, this.#chosen(kind).peek());
      track.addEventListener("ended", () => void this.#ended(kind, track));
      if (previous) previous.stop();
      input.value = { kind, state: "on", track, problem: null };
      this.onReplaced(track);
    } catch (error) {
      input.value = { kind, state: "off", track: null, problem: problemOf(error) };
    }
    await this.#listDevices();
  }

  /** Muting keeps the device, so that unmuting is instant. */
  setEnabled(kind: MediaKind, enabled: boolean): void {
    const input = this.#input(kind);
    const { track } = input.peek();
    if (!track) {
      if (enabled) void this.open(kind);
      return;
    }
    track.enabled = enabled;
    input.value = { ...input.peek(), state: enabled ? "on" : "off" };
  }

  async choose(kind: MediaKind, deviceId: string): Promise<void> {
    this.#chosen(kind).value = deviceId;
    const wasOff = this.#input(kind).peek().track !== null && this.#input(kind).peek().state === "off";
    await this.open(kind);
    if (wasOff) this.setEnabled(kind, false);
  }

  /** Gives the devices back; their lights go out. */
  release(): void {
    for (const kind of ["audio", "video"] as const) {
      const input = this.#input(kind);
      if (input.peek().state === "on") this.#released.add(kind);
      input.peek().track?.stop();
      input.value = { kind, state: "off", track: null, problem: null };
    }
  }

  /** Takes again what `release` gave back. */
  async resume(): Promise<void> {
    const kinds = [...this.#released];
    this.#released.clear();
    await Promise.all(kinds.map((kind) => this.open(kind)));
  }

  /** Unplugged, or taken away by the system: ask again, which finds another device or says what is wrong. */
  async #ended(kind: MediaKind, track: MediaStreamTrack): Promise<void> {
    if (this.#input(kind).peek().track === track) await this.open(kind);
  }

  async #listDevices(): Promise<void> {
    this.devices.value = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  }

  #input(kind: MediaKind) {
    return kind === "audio" ? this.microphone : this.camera;
  }

  #chosen(kind: MediaKind) {
    return kind === "audio" ? preferences.microphoneId : preferences.cameraId;
  }
}
