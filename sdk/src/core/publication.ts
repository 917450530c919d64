/** A stream that this client sends: its tracks, their sections, and what others are told about them. */
import type * as wire from "../generated/wire";
import { Emitter } from "./emitter";
import { ExedraError, fault } from "./error";
import type { VideoQuality } from "./explanation";
import type { EndReason, EndScope, Stream, StreamChange, VideoSource } from "./model";
import type { Kind, SendOptions } from "./negotiator";
import { layersAmong, layersOf } from "./simulcast";
import { gather, StatsSampler, type StreamStats } from "./stats";
import { UplinkWatch } from "./uplink";

const UPLINK_LOOK_MS = 1_000;

export interface PublishOptions {
  name?: string;
  initials?: string;
  /** What the video shows; default `camera` when there is a video track. */
  videoSource?: VideoSource;
  /** Frames per second, told to others when the app chose a number. */
  frameRate?: number;
  /** Start muted. Default: as the tracks are enabled. */
  audio?: boolean;
  video?: boolean;
  captions?: boolean;
  /** Reserve a section for a track that comes later with `replaceTrack`. */
  audioTrack?: boolean;
  videoTrack?: boolean;
  /** In order of preference, such as `["VP9", "VP8"]`. */
  videoCodecs?: string[];
  audioBitrate?: number;
  /** Bits per second, for all layers together. */
  videoBitrate?: number;
  stereo?: boolean;
  dtx?: boolean;
  /** Send the picture in several sizes at once, so that each receiver gets the one that fits. Default: of a camera. */
  simulcast?: boolean;
  /** Layers of your own choice instead, as for `RTCRtpTransceiverInit.sendEncodings`. */
  encodings?: RTCRtpEncodingParameters[];
  contentHint?: "" | "motion" | "detail" | "text";
  /** Stop sending the picture, not the sound, while the own uplink is too weak for both. Default: false. */
  audioFallback?: boolean;
  /** The same for each subscriber, by its own path. Without it, the smallest picture stays beside the sound. Default: true. */
  subscriberAudioFallback?: boolean;
  /** Gives up publishing. */
  signal?: AbortSignal;
}

/** A name that is present with `undefined` lifts the limit. */
export interface SendLimits {
  /** Bits per second, all layers together. */
  bitrate?: number | undefined;
  frameRate?: number | undefined;
  scaleDownBy?: number | undefined;
  /** As in the WebRTC SVC extension, such as `L1T3`. */
  scalabilityMode?: string | undefined;
}

export interface PublicationEvents {
  /** The stream is no longer in the session. The tracks are the app's and go on. */
  ended: { reason: EndReason; scope: EndScope; error: ExedraError | undefined };
  /** A moderator muted the audio. */
  muteForced: void;
  updated: { changes: StreamChange[] };
  /** With `audioFallback`: the picture is in danger, was suspended, or is well again or off. Others see `videoSuspended` of the stream. */
  qualityChanged: { quality: VideoQuality };
}

/** What a publication needs of its room. */
export interface PublicationHost {
  update(streamId: string, changes: wire.StreamChanges): Promise<void>;
  unpublish(publication: Publication, reason?: "clientDisconnected" | "mediaStopped"): Promise<void>;
}

export class Publication extends Emitter<PublicationEvents> {
  readonly stream: Stream;
  readonly #host: PublicationHost;
  readonly transceivers: ReadonlyMap<Kind, RTCRtpTransceiver>;
  readonly #tracks = new Map<Kind, MediaStreamTrack>();
  readonly #sampler = new StatsSampler();
  readonly #held = new HeldBack();
  /** The layers are of our own choice, and follow the size of the picture. */
  readonly #choosesLayers: boolean;
  #limits: SendLimits;
  #watching: ReturnType<typeof setInterval> | undefined;
  /** The picture is not sent, for want of uplink. */
  #suspended = false;
  /** That it is suspended, or no longer: a lost connection makes it wait. */
  #isTelling = false;
  #changing: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(stream: Stream, host: PublicationHost, senders: ReadonlyMap<Kind, RTCRtpTransceiver>, tracks: Iterable<MediaStreamTrack>, options: PublishOptions) {
    super();
    this.stream = stream;
    this.#host = host;
    this.transceivers = senders;
    this.#choosesLayers = options.encodings === undefined;
    this.#limits = options.videoBitrate === undefined ? {} : { bitrate: options.videoBitrate };
    for (const track of tracks) this.#tracks.set(track.kind as Kind, track);
  }

  /** For the room: gives the picture up while the uplink does not carry it. */
  fallBackToAudio(): void {
    const sampler = new StatsSampler();
    const watch = new UplinkWatch();
    const look = async () => {
      const stats = sampler.summarize(await this.rawStats(), this.transceivers.keys());
      if (this.#ended) return;
      const before = watch.quality;
      const quality = this.stream.hasVideo ? watch.observe(stats, performance.now()) : watch.forget();
      if (quality !== before) this.emit("qualityChanged", { quality });
      await this.#suspendVideo(quality === "suspended");
    };
    this.#watching = setInterval(() => look().catch(() => undefined), UPLINK_LOOK_MS);
  }

  /** What the stream says is what the others were told: while that is something else, each look tells them. */
  async #suspendVideo(suspended: boolean): Promise<void> {
    if (this.#suspended !== suspended) {
      this.#suspended = suspended;
      await this.#sendTrack("video");
    }
    if (this.stream.videoSuspended === suspended || this.#isTelling) return;
    this.#isTelling = true;
    await this.#host.update(this.id, { video_suspended: suspended }).finally(() => (this.#isTelling = false));
  }

  get id(): string {
    return this.stream.id;
  }

  get ended(): boolean {
    return this.#ended;
  }

  track(kind: Kind): MediaStreamTrack | undefined {
    return this.#tracks.get(kind);
  }

  /** Mutes or unmutes; others are told. */
  async setAudio(enabled: boolean): Promise<void> {
    await this.#mute("audio", enabled, { has_audio: enabled });
  }

  async setVideo(enabled: boolean): Promise<void> {
    await this.#mute("video", enabled, { has_video: enabled });
  }

  async setCaptions(enabled: boolean): Promise<void> {
    await this.#host.update(this.id, { has_captions: enabled });
  }

  /** The picture has another size or comes from another source. */
  async describeVideo(video: { width?: number; height?: number; source?: VideoSource }): Promise<void> {
    const { width, height, source } = video;
    if (width && height) await this.#fitLayers(width, height);
    await this.#host.update(this.id, {
      ...(width !== undefined && { width: Math.round(width) }),
      ...(height !== undefined && { height: Math.round(height) }),
      ...(source !== undefined && { video_source: source }),
    });
  }

  /** Sends another track of the same kind from now on, without negotiation; `null` sends nothing. Does not change the mute. */
  async replaceTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    if (!this.transceivers.has(kind)) throw fault("TRACK_KIND_NOT_PUBLISHED", { kind });
    if (track) {
      track.enabled = kind === "audio" ? this.stream.hasAudio : this.stream.hasVideo;
      this.#tracks.set(kind, track);
    } else {
      this.#tracks.delete(kind);
    }
    const { width, height } = track?.getSettings?.() ?? {};
    if (kind === "video" && width && height) await this.#fitLayers(width, height);
    await this.#sendTrack(kind);
  }

  /**
   * What was agreed on for one camera would be absurd for another: small pictures are left out, and bits fit what is left. Where
   * the browser refuses, the picture goes on as it is.
   */
  async #fitLayers(width: number, height: number): Promise<void> {
    const sender = this.transceivers.get("video")?.sender;
    if (!sender || !this.#choosesLayers) return;
    const fit = this.#inTurn(async () => {
      if (await fitLayers(sender, width, height, this.#held)) await limitSender(sender, this.#limits);
    });
    await fit.catch(() => undefined);
  }

  async #sendTrack(kind: Kind): Promise<void> {
    const track = kind === "video" && this.#suspended ? undefined : this.#tracks.get(kind);
    await this.transceivers.get(kind)?.sender.replaceTrack(track ?? null);
  }

  async limit(kind: Kind, limits: SendLimits): Promise<void> {
    const sender = this.transceivers.get(kind)?.sender;
    if (!sender) throw fault("TRACK_KIND_NOT_PUBLISHED", { kind });
    await this.#inTurn(async () => {
      await limitSender(sender, limits);
      // What the browser has refused it would refuse with every camera to come.
      if (kind === "video") this.#limits = { ...this.#limits, ...limits };
    });
  }

  async stats(): Promise<StreamStats> {
    return this.#sampler.summarize(await this.rawStats(), this.transceivers.keys());
  }

  /** Every entry of `getStats` about this stream and its path, by id. */
  rawStats(): Promise<Map<string, any>> {
    return gather([...this.transceivers.values()].map(({ sender }) => sender));
  }

  unpublish(reason?: "clientDisconnected" | "mediaStopped"): Promise<void> {
    return this.#host.unpublish(this, reason);
  }

  async #mute(kind: Kind, enabled: boolean, changes: wire.StreamChanges): Promise<void> {
    const track = this.#tracks.get(kind);
    if (track) track.enabled = enabled;
    await this.#host.update(this.id, changes);
  }

  /** For the room: sends the encodings that somebody needs, and not the others. */
  needEncodings(encodings: wire.NeededEncoding[]): void {
    const sender = this.transceivers.get("video")?.sender;
    if (sender) this.#inTurn(() => sendNeeded(sender, encodings, this.#held)).catch(() => undefined);
  }

  /** A sender's parameters are read and written back: one change at a time. */
  #inTurn(change: () => Promise<void>): Promise<void> {
    const turn = this.#changing.then(change);
    this.#changing = turn.catch(() => undefined);
    return turn;
  }

  /** For the room: the moderator's wish is obeyed before anybody is asked. */
  forceMute(): void {
    this.setAudio(false).catch(() => undefined);
    this.emit("muteForced", undefined);
  }

  /** For the room. */
  end(reason: EndReason, scope: EndScope, error?: ExedraError): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#watching);
    this.emit("ended", { reason, scope, error });
  }
}

export async function limitSender(
  sender: RTCRtpSender,
  limits: SendLimits,
): Promise<void> {
  const parameters = sender.getParameters();
  // Firefox before its first negotiation reports none.
  if (!parameters.encodings?.length) return;
  const total = parameters.encodings.reduce((sum, encoding) => sum + (encoding.maxBitrate ?? 0), 0);
  for (const encoding of parameters.encodings) {
    // One without a rate of its own beside others with one is not sent.
    if ("bitrate" in limits && (total === 0 || encoding.maxBitrate !== undefined)) {
      const share = parameters.encodings.length > 1 && total > 0 ? (encoding.maxBitrate ?? 0) / total : 1 / parameters.encodings.length;
      assign(encoding, "maxBitrate", limits.bitrate === undefined ? undefined : Math.round(limits.bitrate * share));
    }
    if ("frameRate" in limits) assign(encoding, "maxFramerate", limits.frameRate);
    if ("scaleDownBy" in limits) encoding.scaleResolutionDownBy = scaleOf(sender, encoding) * (limits.scaleDownBy ?? 1);
    if ("scalabilityMode" in limits) assign(encoding, "scalabilityMode", limits.scalabilityMode);
  }
  await sender.setParameters(parameters);
}

const scales = new WeakMap<RTCRtpSender, Map<string, number>>();

/** What an encoding was scaled by before anybody limited it: layers keep their distance. */
function scaleOf(sender: RTCRtpSender, { rid = "", scaleResolutionDownBy = 1 }: RTCRtpEncodingParameters): number {
  const known = scales.get(sender) ?? new Map<string, number>();
  scales.set(sender, known);
  if (!known.has(rid)) known.set(rid, scaleResolutionDownBy);
  return known.get(rid)!;
}

/** Encodings that are not sent, and why: each is sent again when no reason is left. What the app itself has switched off stays off. */
class HeldBack {
  readonly #reasons = new Map<string, Set<"unneeded" | "small">>();

  hold(encoding: RTCRtpEncodingParameters, reason: "unneeded" | "small", isHeld: boolean): void {
    const reasons = this.#reasons.get(encoding.rid ?? "") ?? new Set();
    this.#reasons.set(encoding.rid ?? "", reasons);
    if (isHeld && (encoding.active || reasons.size > 0)) {
      reasons.add(reason);
      encoding.active = false;
    } else if (!isHeld && reasons.delete(reason) && reasons.size === 0) {
      encoding.active = true;
    }
  }
}

async function sendNeeded(sender: RTCRtpSender, needed: wire.NeededEncoding[], held: HeldBack): Promise<void> {
  const parameters = sender.getParameters();
  for (const encoding of parameters.encodings) {
    const wish = needed.find((each) => each.rid === encoding.rid)?.needed;
    if (encoding.rid !== undefined && wish !== undefined) held.hold(encoding, "unneeded", !wish);
  }
  await sender.setParameters(parameters);
}

/** Whether there are layers; limits of the app are to be laid on them again. */
async function fitLayers(sender: RTCRtpSender, width: number, height: number, held: HeldBack): Promise<boolean> {
  const parameters = sender.getParameters();
  const rids = parameters.encodings.flatMap(({ rid }) => rid ?? []);
  if (rids.length < 2) return false;
  const layers = layersAmong(rids, width, height);
  for (const encoding of parameters.encodings) {
    const layer = layers.find(({ rid }) => rid === encoding.rid);
    held.hold(encoding, "small", !layer);
    assign(encoding, "maxBitrate", layer?.maxBitrate);
    encoding.scaleResolutionDownBy = layer?.scaleResolutionDownBy ?? 1;
  }
  scales.delete(sender);
  await sender.setParameters(parameters);
  return true;
}

type Encoding = RTCRtpEncodingParameters & { scalabilityMode?: string };

function assign<Name extends keyof Encoding>(encoding: Encoding, name: Name, value: Encoding[Name] | undefined): void {
  if (value === undefined) delete encoding[name];
  else encoding[name] = value;
}

export function sendOptions(options: PublishOptions, kind: Kind, { width, height, video_source: source }: wire.StreamProperties): SendOptions {
  if (kind === "video") {
    const { videoCodecs: codecs, simulcast = source === "camera" } = options;
    // VP9 and AV1 have layers of their own, and browsers differ in whether they send several encodings of them.
    const suits = ["VP8", "H264", undefined].includes(codecs?.[0]?.toUpperCase());
    const encodings = options.encodings ?? (simulcast && suits ? layersOf(width, height) : undefined);
    return { ...(encodings && { encodings }), ...(codecs && { codecs }) };
  }
  const { stereo, dtx, audioBitrate } = options;
  return { opus: { ...(stereo && { stereo }), ...(dtx && { dtx }), ...(audioBitrate && { bitrate: audioBitrate }) } };
}
