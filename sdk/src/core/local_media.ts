/**
 * What a publisher sends: at most one audio and one video track, where each comes from, and how it is switched, muted and
 * processed while it may or may not be published. A camera that is off is released.
 */
import { capture, captureScreen, listDevices, lossOf } from "./devices";
import { Emitter } from "./emitter";
import { fault, type ExedraError } from "./error";
import type { VideoSource } from "./model";
import type { Kind } from "./negotiator";
import type { Publication, PublishOptions } from "./publication";
import type { Room } from "./room";

export type Source = { kind: "none" } | { kind: "device"; deviceId: string | undefined } | { kind: "track"; track: MediaStreamTrack } | { kind: "screen" };

export interface MediaRequest {
  audio: Source;
  video: Source;
  audioConstraints?: MediaTrackConstraints;
  videoConstraints?: MediaTrackConstraints;
  screen?: DisplayMediaStreamOptions;
}

/** Puts something between capture and sending, such as a blurred background. */
export interface TrackProcessor {
  setTrack(track: MediaStreamTrack): Promise<MediaStreamTrack>;
  destroy(): Promise<void>;
}

export interface LocalMediaEvents {
  /** `stream` has another track of this kind, or none. */
  changed: { kind: Kind; track: MediaStreamTrack | undefined };
  /** A track ended by itself; `last` when none is left. `error`: its device is gone; without, the user ended a screen or the app its own track. */
  ended: { track: MediaStreamTrack; last: boolean; error: ExedraError | undefined };
  /** The microphone went away and the default one took its place. */
  audioDeviceChanged: { deviceId: string | undefined; label: string };
}

export class LocalMedia extends Emitter<LocalMediaEvents> {
  /** What is sent, for a preview. */
  readonly stream = new MediaStream();
  readonly videoSource: VideoSource | undefined;
  /** Replace a lost microphone by the default one. */
  followAudioDevice = true;
  readonly #request: MediaRequest;
  readonly #captured = new Map<Kind, MediaStreamTrack>();
  readonly #sent = new Map<Kind, MediaStreamTrack>();
  readonly #processors = new Map<Kind, TrackProcessor>();
  readonly #on: Record<Kind, boolean>;
  #publication: Publication | undefined;
  #videoDeviceId: string | undefined;
  #serial: Promise<unknown> = Promise.resolve();
  #stopped = false;

  private constructor(request: MediaRequest, on: Record<Kind, boolean>) {
    super();
    this.#request = request;
    this.#on = on;
    const { kind } = request.video;
    this.videoSource = kind === "none" ? undefined : kind === "device" ? "camera" : kind === "screen" ? "screen" : "custom";
  }

  /** Asks the user where needed. `on` is the state of each kind at the start; a camera that is off is released again at once. */
  static async acquire(request: MediaRequest, on: Record<Kind, boolean> = { audio: true, video: true }): Promise<LocalMedia> {
    if (request.audio.kind === "none" && request.video.kind === "none") throw fault("NO_MEDIA_REQUESTED");
    const media = new LocalMedia(request, { ...on });
    try {
      for (const track of await obtain(request)) await media.#take(track.kind as Kind, track);
    } catch (error) {
      media.stop();
      throw error;
    }
    if (!on.video && media.videoSource === "camera") await media.#drop("video");
    return media;
  }

  has(kind: Kind): boolean {
    return this.#request[kind].kind !== "none";
  }

  isOn(kind: Kind): boolean {
    return this.#on[kind];
  }

  /** The captured track, before any processor. */
  track(kind: Kind): MediaStreamTrack | undefined {
    return this.#captured.get(kind);
  }

  get videoDeviceId(): string | undefined {
    return this.#videoDeviceId;
  }

  async publish(room: Room, options: PublishOptions): Promise<Publication> {
    const publication = await room.publish([...this.#sent.values()], {
      ...options,
      ...(this.videoSource && { videoSource: this.videoSource }),
      audioTrack: this.has("audio"),
      videoTrack: this.has("video"),
      audio: this.#on.audio,
      video: this.#on.video,
    });
    this.#publication = publication;
    // What was switched while publishing was under way did not reach the publication.
    if (publication.stream.hasAudio && !this.#on.audio) await publication.setAudio(false);
    if (publication.stream.videoTrack && publication.stream.hasVideo !== this.#on.video) await publication.setVideo(this.#on.video);
    publication.on("muteForced", () => (this.#on.audio = false));
    publication.on("ended", () => {
      if (this.#publication === publication) this.#publication = undefined;
    });
    return publication;
  }

  setAudio(on: boolean): Promise<void> {
    this.#on.audio = on;
    this.#enable("audio");
    return this.#inTurn(async () => this.#publication?.setAudio(on));
  }

  /** Off releases a camera; on acquires it again, which can fail. */
  setVideo(on: boolean): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.has("video")) return;
      if (this.videoSource === "camera") {
        if (!on) await this.#drop("video");
        else if (!this.#captured.has("video")) await this.#take("video", await this.#camera(this.#videoDeviceId));
      }
      this.#on.video = on;
      this.#enable("video");
      await this.#publication?.setVideo(on);
    });
  }

  /** Another camera. When video is off, it is the one that the next `setVideo(true)` opens. */
  setVideoDevice(deviceId: string): Promise<void> {
    return this.#inTurn(async () => {
      if (this.videoSource !== "camera") throw fault("VIDEO_SOURCE_FIXED");
      const cameras = (await listDevices()).filter((device) => device.kind === "videoInput");
      if (!cameras.some(({ id }) => id === deviceId)) throw fault("VIDEO_SOURCE_INVALID", { source: deviceId });
      if (this.#on.video) {
        // Many phones open one camera at a time.
        this.#captured.get("video")?.stop();
        await this.#take("video", await this.#camera(deviceId));
      }
      this.#videoDeviceId = deviceId;
    });
  }

  /** The camera after the one in use. */
  async cycleVideoDevice(): Promise<string> {
    if (this.videoSource !== "camera") throw fault("VIDEO_SOURCE_FIXED");
    const cameras = (await listDevices()).filter((device) => device.kind === "videoInput");
    if (cameras.length === 0) throw fault("DEVICE_NOT_FOUND", { devices: "camera" });
    const at = cameras.findIndex(({ id }) => id === this.#videoDeviceId);
    const next = cameras[(at + 1) % cameras.length]!.id;
    await this.setVideoDevice(next);
    return next;
  }

  /** Another microphone or any audio track. */
  setAudioSource(source: string | MediaStreamTrack): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.has("audio")) throw fault("TRACK_KIND_NOT_PUBLISHED", { kind: "audio" });
      await this.#take("audio", typeof source === "string" ? await this.#microphone(source) : source);
    });
  }

  setProcessor(kind: Kind, processor: TrackProcessor | null): Promise<void> {
    return this.#inTurn(async () => {
      const before = this.#processors.get(kind);
      if (processor) this.#processors.set(kind, processor);
      else this.#processors.delete(kind);
      const track = this.#captured.get(kind);
      if (track) await this.#send(kind, await this.#process(kind, track));
      await before?.destroy();
    });
  }

  /** Ends capture for good. Tracks that the app brought are left alone. */
  stop(): void {
    this.#stopped = true;
    for (const [kind, track] of this.#captured) this.#end(kind, track);
    for (const processor of this.#processors.values()) processor.destroy().catch(() => undefined);
    for (const track of this.stream.getTracks()) this.stream.removeTrack(track);
  }

  #end(kind: Kind, track: MediaStreamTrack): void {
    track.onended = null;
    const source = this.#request[kind];
    if (source.kind !== "track" || source.track !== track) track.stop();
  }

  async #take(kind: Kind, track: MediaStreamTrack): Promise<void> {
    const before = this.#captured.get(kind);
    if (before && before !== track) this.#end(kind, before);
    if (this.#stopped) return this.#end(kind, track);
    this.#captured.set(kind, track);
    if (kind === "video") this.#videoDeviceId = track.getSettings().deviceId ?? this.#videoDeviceId;
    track.onended = () => void this.#lost(kind, track);
    await this.#send(kind, await this.#process(kind, track));
  }

  async #drop(kind: Kind): Promise<void> {
    const track = this.#captured.get(kind);
    if (!track) return;
    this.#captured.delete(kind);
    await this.#send(kind, undefined);
    this.#end(kind, track);
  }

  async #send(kind: Kind, track: MediaStreamTrack | undefined): Promise<void> {
    const before = this.#sent.get(kind);
    if (before === track) return;
    if (before) this.stream.removeTrack(before);
    if (track) {
      this.#sent.set(kind, track);
      this.stream.addTrack(track);
      this.#enable(kind);
    } else {
      this.#sent.delete(kind);
    }
    await this.#publication?.replaceTrack(kind, track ?? null);
    this.emit("changed", { kind, track });
  }

  #process(kind: Kind, track: MediaStreamTrack): Promise<MediaStreamTrack> {
    return this.#processors.get(kind)?.setTrack(track) ?? Promise.resolve(track);
  }

  #enable(kind: Kind): void {
    for (const track of [this.#captured.get(kind), this.#sent.get(kind)]) if (track) track.enabled = this.#on[kind];
  }

  async #lost(kind: Kind, track: MediaStreamTrack): Promise<void> {
    if (this.#captured.get(kind) !== track || this.#stopped) return;
    if (kind === "audio" && this.followAudioDevice && this.#request.audio.kind === "device") {
      const replacement = await this.#microphone(undefined).catch(() => undefined);
      if (replacement) {
        await this.#take("audio", replacement);
        return this.emit("audioDeviceChanged", { deviceId: replacement.getSettings().deviceId, label: replacement.label });
      }
    }
    await this.#drop(kind);
    const error = this.#request[kind].kind === "device" ? await lossOf(track) : undefined;
    this.emit("ended", { track, last: this.#captured.size === 0, error });
  }

  async #camera(deviceId: string | undefined): Promise<MediaStreamTrack> {
    const stream = await capture({ video: withDevice(this.#request.videoConstraints, deviceId) });
    return stream.getVideoTracks()[0]!;
  }

  async #microphone(deviceId: string | undefined): Promise<MediaStreamTrack> {
    const stream = await capture({ audio: withDevice(this.#request.audioConstraints, deviceId) });
    return stream.getAudioTracks()[0]!;
  }

  /** Changes of one publisher never overlap. */
  #inTurn<Value>(change: () => Promise<Value>): Promise<void> {
    const turn = this.#serial.then(change);
    this.#serial = turn.catch(() => undefined);
    return turn.then(() => undefined);
  }
}

/** All tracks of a request, with one question to the user for camera and microphone together. */
async function obtain({ audio, video, audioConstraints, videoConstraints, screen }: MediaRequest): Promise<MediaStreamTrack[]> {
  const tracks: MediaStreamTrack[] = [];
  try {
    // First: a browser allows it only right after a click.
    if (video.kind === "screen") tracks.push(...(await captureScreen(screen)).getVideoTracks());
    const devices: MediaStreamConstraints = {
      ...(audio.kind === "device" && { audio: withDevice(audioConstraints, audio.deviceId) }),
      ...(video.kind === "device" && { video: withDevice(videoConstraints, video.deviceId) }),
    };
    if (devices.audio || devices.video) tracks.push(...(await capture(devices)).getTracks());
  } catch (error) {
    for (const track of tracks) track.stop();
    throw error;
  }
  for (const source of [audio, video]) if (source.kind === "track") tracks.push(source.track);
  return tracks;
}

function withDevice(constraints: MediaTrackConstraints | undefined, deviceId: string | undefined): MediaTrackConstraints | true {
  if (deviceId === undefined) return constraints ?? true;
  const { facingMode: _, ...rest } = constraints ?? {};
  return { ...rest, deviceId: { exact: deviceId } };
}
