// Camera and microphone: asking for them, choosing among them, and what is wrong with them. Each of the two has its own
// state, so that a missing camera never costs anybody the microphone.

import { batch, computed, signal, type Signal } from "@preact/signals";
import type { MediaKind } from "../call/call";
import { acquire } from "../call/devices";
import { type Problem, problemOf } from "../call/problem";
import { preferences } from "./preferences";

export interface Input {
  kind: MediaKind;
  state: "off" | "asking" | "on";
  /** Kept while muted, so that unmuting is instant. */
  track: MediaStreamTrack | null;
  problem: Problem | null;
}

/** What can be wrong with one device while the other works; everything else is about both. */
const ONE_DEVICE = new Set(["DEVICE_NOT_FOUND", "DEVICE_IN_USE", "CAPTURE_FAILED"]);
const KINDS = ["audio", "video"] as const;

export class LocalMedia {
  readonly camera = signal<Input>({ kind: "video", state: "off", track: null, problem: null });
  readonly microphone = signal<Input>({ kind: "audio", state: "off", track: null, problem: null });
  readonly devices = signal<readonly MediaDeviceInfo[]>([]);
  /** What there is to show and to send; a new object whenever a track comes or goes. */
  readonly #tracks = computed(() => [this.microphone.value.track, this.camera.value.track]);
  readonly stream = computed(() => new MediaStream(this.#tracks.value.filter((track) => track !== null)));

  /** Told when a track comes or takes the place of another. */
  onTrack: (track: MediaStreamTrack) => void = () => {};

  readonly #released = new Set<MediaKind>();

  constructor() {
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.#listDevices());
  }

  /** Both at once, which is one question to the person; each alone when one of them keeps the other from starting. */
  async start(): Promise<void> {
    batch(() => KINDS.forEach((kind) => this.#set(kind, { state: "asking", problem: null })));
    try {
      const tracks = await acquire({ audio: preferences.microphoneId.peek(), video: preferences.cameraId.peek() });
      batch(() => tracks.forEach((track) => this.#adopt(track)));
    } catch (error) {
      const problem = problemOf(error);
      if (!ONE_DEVICE.has(problem.code)) batch(() => KINDS.forEach((kind) => this.#set(kind, { state: "off", problem })));
      else await Promise.all(KINDS.map((kind) => this.open(kind)));
    }
    await this.#listDevices();
  }

  async open(kind: MediaKind): Promise<void> {
    this.#set(kind, { state: "asking", problem: null });
    try {
      const tracks = await acquire({ [kind]: this.#chosen(kind).peek() });
      tracks.forEach((track) => this.#adopt(track));
    } catch (error) {
      this.of(kind).peek().track?.stop();
      this.#set(kind, { state: "off", track: null, problem: problemOf(error) });
    }
    await this.#listDevices();
  }

  /** Opens the device first where there is none yet; what is then wrong with it is in its `problem`. */
  async setEnabled(kind: MediaKind, enabled: boolean): Promise<void> {
    const { track } = this.of(kind).peek();
    if (!track) return enabled ? this.open(kind) : undefined;
    track.enabled = enabled;
    this.#set(kind, { state: enabled ? "on" : "off" });
  }

  async choose(kind: MediaKind, deviceId: string): Promise<void> {
    this.#chosen(kind).value = deviceId;
    const { track, state } = this.of(kind).peek();
    const muted = track !== null && state === "off";
    await this.open(kind);
    if (muted) await this.setEnabled(kind, false);
  }

  /** Gives the devices back; their lights go out. */
  release(): void {
    for (const kind of KINDS) {
      const { track, state } = this.of(kind).peek();
      if (state === "on") this.#released.add(kind);
      track?.stop();
      this.#set(kind, { state: "off", track: null, problem: null });
    }
  }

  /** Takes again what `release` gave back. */
  async resume(): Promise<void> {
    const kinds = [...this.#released];
    this.#released.clear();
    await Promise.all(kinds.map((kind) => this.open(kind)));
  }

  of(kind: MediaKind): Signal<Input> {
    return kind === "audio" ? this.microphone : this.camera;
  }

  #adopt(track: MediaStreamTrack): void {
    const kind = track.kind as MediaKind;
    this.of(kind).peek().track?.stop();
    // Unplugged, or taken away by the system: asking again finds another device or says what is wrong.
    track.addEventListener("ended", () => {
      if (this.of(kind).peek().track === track) void this.open(kind);
    });
    this.#set(kind, { state: "on", track, problem: null });
    this.onTrack(track);
  }

  #set(kind: MediaKind, changes: Partial<Input>): void {
    const input = this.of(kind);
    input.value = { ...input.peek(), ...changes };
  }

  async #listDevices(): Promise<void> {
    this.devices.value = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  }

  #chosen(kind: MediaKind): Signal<string> {
    return kind === "audio" ? preferences.microphoneId : preferences.cameraId;
  }
}
