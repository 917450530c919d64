/** The vendor's Publisher: names and events over `LocalMedia` and a widget. */
import { AudioMeter, ExedraError, LocalMedia, willAsk, type EndScope, type Publication, type SendLimits, type TrackProcessor, type VideoQuality, type VideoStats } from "../core/index";
import { fault } from "../core/error";
import type { Target } from "./arguments";
import { isTrack, mediaRequest, SCREEN_SOURCES } from "./capture_options";
import { complete, completeQuietly, withPromise, type Callback } from "./completion";
import { announce, otError } from "./error";
import { dispatch, hasHandlers } from "./eventing";
import { MediaView } from "./media_view";
import { streamOf, type Stream } from "./model";
import { observe, Steady } from "./observation";
import { pictureEvents, sentChange } from "./quality";
import { publishers } from "./registry";
import type { Session } from "./session";
import { publisherStats } from "./stats";
import type * as Api from "./types/opentok-api";
import { pictureOf } from "./widget";

const METER_PERIOD_MS = 50;
const BITRATE_PRESETS = { default: undefined, bw_saver: 500_000, extra_bw_saver: 200_000 } as const;
const CODEC_NAMES: Record<string, string> = { vp8: "VP8", vp9: "VP9", h264: "H264" };

export class Publisher extends MediaView {
  accessAllowed = false;
  stream: Stream | undefined;
  session: Session | undefined;
  readonly #properties: Api.PublisherProperties;
  readonly #isScreen: boolean;
  readonly #acquiring: Promise<LocalMedia>;
  #attempt: { done: Promise<void>; cancel: AbortController } | undefined;
  #media: LocalMedia | undefined;
  #publication: Publication | undefined;
  #meter: AudioMeter | undefined;
  #metering: ReturnType<typeof setInterval> | undefined;
  #unobserve: (() => void) | undefined;
  #quality: VideoQuality = "good";
  #audioOn: boolean;
  #videoOn: boolean;
  #captionsOn: boolean;
  #destroyed = false;
  #videoFilter: Api.VideoFilter | null = null;
  #audioFilter: Api.AudioFilter | null = null;
  #contentHint: Api.VideoContentHint;
  #scalabilityMode: Api.ScalabilityMode | undefined;
  #bitratePreset: Api.VideoBitratePreset = "default";
  #maxBitrate = 0;
  /** What the page wants of the picture that is sent, published or not. What it comes to may depend on the size that is captured. */
  readonly #wishes = new Map<keyof SendLimits, () => SendLimits[keyof SendLimits]>();

  readonly destroy = withPromise(
    (): this => {
      this.#destroy();
      return this;
    },
    async (): Promise<void> => this.#destroy(),
  );

  readonly publishAudio = withPromise(
    (value: boolean): this => {
      completeQuietly(this, "publish", this.#setAudio(value));
      return this;
    },
    (value: boolean): Promise<void> => complete(this, "publish", this.#setAudio(value)),
  );

  readonly publishVideo = withPromise(
    (value: boolean, callback?: Callback): this => {
      complete(this, "publish", this.#setVideo(value), callback ?? (() => undefined)).catch(() => undefined);
      return this;
    },
    (value: boolean): Promise<void> => complete(this, "publish", this.#setVideo(value)),
  );

  constructor(target: Target | undefined, properties: Api.PublisherProperties, callback: Callback | undefined) {
    const { videoSource } = properties;
    const isScreen = SCREEN_SOURCES.includes(videoSource);
    super(target, {
      kind: "publisher",
      properties,
      style: properties.style ?? {},
      name: properties.name ?? "",
      initials: properties.initials ?? "",
      mirror: properties.mirror ?? (!isScreen && !isTrack(videoSource)),
      fitMode: properties.fitMode ?? (isScreen ? "contain" : "cover"),
    });
    this.#properties = properties;
    this.#isScreen = isScreen;
    this.#audioOn = properties.publishAudio ?? true;
    this.#videoOn = properties.publishVideo ?? true;
    this.#captionsOn = properties.publishCaptions ?? false;
    this.#contentHint = properties.videoContentHint ?? "";
    if (this.widget) this.widget.muted = !this.#audioOn;
    this.video.addEventListener("loadeddata", () => dispatch(this, "loaded"), { once: true });
    publishers.put(this.key, this);
    this.#acquiring = this.#acquire();
    const outcome = complete(this, "capture", this.#acquiring.then(() => undefined), callback ?? (() => undefined));
    this.#ready = outcome;
    outcome.catch(() => undefined);
  }

  readonly #ready: Promise<void>;

  /** For `OT.initPublisher.promise`. */
  whenReady(): Promise<this> {
    return this.#ready.then(() => this);
  }

  /** For the session: resolves when the stream is there. Asked again meanwhile or afterwards, it is the same stream. */
  publishTo(session: Session): Promise<void> {
    if (this.#publication && this.session === session) return Promise.resolve();
    if (this.#attempt && this.session === session) return this.#attempt.done;
    const cancel = new AbortController();
    const done = this.#publishTo(session, cancel.signal).finally(() => (this.#attempt = undefined));
    this.#attempt = { done, cancel };
    return done;
  }

  /** For the session. */
  unpublish(): void {
    this.#attempt?.cancel.abort();
    this.#publication?.unpublish().catch(() => undefined);
  }

  /** For the session: the default action when it ended. */
  destroyWith(): void {
    this.#destroy();
  }

  async publishCaptions(value: boolean): Promise<void> {
    this.#captionsOn = value;
    return complete(this, "publish", this.#publication?.setCaptions(value) ?? Promise.resolve());
  }

  cycleVideo(): Promise<{ deviceId: string }> {
    return complete(this, "set_video_source", this.#acquiring.then(async (media) => ({ deviceId: await media.cycleVideoDevice() })));
  }

  setVideoSource(videoSourceId: string): Promise<undefined> {
    const change = async (): Promise<undefined> => {
      if (typeof videoSourceId !== "string") throw fault("VIDEO_SOURCE_INVALID", { source: String(videoSourceId) });
      await (await this.#acquiring).setVideoDevice(videoSourceId);
    };
    return complete(this, "set_video_source", change());
  }

  getVideoSource(): { deviceId: string | null; type: string | null; track: MediaStreamTrack | null } {
    const media = this.#media;
    if (!media?.videoSource) return { deviceId: null, type: null, track: null };
    const deviceId = media.videoSource === "camera" ? (media.videoDeviceId ?? null) : null;
    return { deviceId, type: media.videoSource, track: media.track("video") ?? null };
  }

  setAudioSource(audioSource: string | MediaStreamTrack): Promise<undefined> {
    const change = async (): Promise<undefined> => {
      await (await this.#acquiring).setAudioSource(audioSource);
    };
    return complete(this, "capture", change());
  }

  getAudioSource(): MediaStreamTrack {
    return this.#media?.track("audio") as MediaStreamTrack;
  }

  getImgData(): string | null {
    return this.#videoOn ? pictureOf(this.video) : null;
  }

  getStats(callback?: Callback<Api.PublisherStatsArr>): Promise<Api.PublisherStatsArr> {
    const gather = async () => [{ stats: publisherStats(await this.#published("stats").stats(), this.#quality) }];
    return complete(this, "stats", gather(), callback);
  }

  getRtcStatsReport(): Promise<Api.PublisherRtcStatsReportArr> {
    const gather = async () => [{ rtcStatsReport: (await this.#published("stats").rawStats()) as unknown as RTCStatsReport }];
    return complete(this, "stats", gather());
  }

  getStyle(): Api.PublisherStyle {
    const { audioBlockedDisplayMode: _, ...style } = this.widget?.style ?? ({} as never);
    return style as Api.PublisherStyle;
  }

  applyVideoFilter(_filter: Api.VideoFilter): Promise<void> {
    return complete(this, "publish", Promise.reject(fault("FEATURE_UNSUPPORTED", { feature: "video filters" })));
  }

  getVideoFilter(): Api.VideoFilter | null {
    return this.#videoFilter;
  }

  clearVideoFilter(): Promise<void> {
    return Promise.resolve();
  }

  applyAudioFilter(_filter: Api.AudioFilter): Promise<void> {
    return complete(this, "publish", Promise.reject(fault("FEATURE_UNSUPPORTED", { feature: "audio filters" })));
  }

  getAudioFilter(): Api.AudioFilter | null {
    return this.#audioFilter;
  }

  clearAudioFilter(): Promise<void> {
    return Promise.resolve();
  }

  setVideoMediaProcessorConnector(connector: TrackProcessor | null): Promise<void> {
    return complete(this, "publish", this.#acquiring.then((media) => media.setProcessor("video", connector)));
  }

  setAudioMediaProcessorConnector(connector: TrackProcessor | null): Promise<void> {
    return complete(this, "publish", this.#acquiring.then((media) => media.setProcessor("audio", connector)));
  }

  getVideoContentHint(): Api.VideoContentHint {
    return this.#contentHint;
  }

  async setVideoContentHint(hint: Api.VideoContentHint): Promise<void> {
    this.#contentHint = hint;
    for (const track of this.#media?.stream.getVideoTracks() ?? []) track.contentHint = hint;
  }

  getTargetScalabilityMode(): Api.ScalabilityMode | undefined {
    return this.#scalabilityMode;
  }

  setTargetScalabilityMode(mode: Api.ScalabilityMode): void {
    this.#scalabilityMode = mode;
    this.#wish("scalabilityMode", () => mode).catch(() => undefined);
  }

  setPreferredFrameRate(frameRate: number): Promise<void> {
    return complete(this, "publish", this.#wish("frameRate", () => frameRate));
  }

  setPreferredResolution(resolution: Api.Dimensions): Promise<void> {
    return complete(this, "publish", this.#wish("scaleDownBy", () => this.#scale(resolution)));
  }

  setMaxVideoBitrate(bitrateBps: number): Promise<void> {
    this.#bitratePreset = "custom";
    this.#maxBitrate = bitrateBps;
    return complete(this, "publish", this.#wish("bitrate", () => bitrateBps));
  }

  getMaxVideoBitrate(): number {
    return this.#maxBitrate;
  }

  setVideoBitratePreset(preset: Api.VideoBitratePresetInput): Promise<void> {
    this.#bitratePreset = preset;
    const bitrate = BITRATE_PRESETS[preset];
    this.#maxBitrate = bitrate ?? 0;
    return complete(this, "publish", this.#wish("bitrate", () => bitrate));
  }

  getVideoBitratePreset(): Api.VideoBitratePreset {
    return this.#bitratePreset;
  }

  async #publishTo(session: Session, signal: AbortSignal): Promise<void> {
    if (this.#destroyed) throw fault("PUBLISH_CANCELLED");
    if (!session.room) throw fault("NOT_CONNECTED", { operation: "publish" });
    this.session = session;
    session.publishersOf.add(this);
    try {
      const media = await this.#acquiring;
      const { room } = session;
      if (!room) throw fault("NOT_CONNECTED", { operation: "publish" });
      if (signal.aborted) throw fault("PUBLISH_CANCELLED");
      const publication = await media.publish(room, { ...this.#publishOptions(), signal });
      if (signal.aborted) {
        await publication.unpublish();
        throw fault("PUBLISH_CANCELLED");
      }
      this.#follow(publication);
    } catch (error) {
      session.publishersOf.delete(this);
      this.session = undefined;
      // Documented: after a failure of the network the widget shows the spinner.
      if (this.widget && error instanceof ExedraError && ["NETWORK", "TIMEOUT"].includes(error.class)) this.widget.loading = true;
      throw error;
    }
  }

  async #acquire(): Promise<LocalMedia> {
    const properties = this.#properties;
    if (properties.videoFilter) throw fault("FEATURE_UNSUPPORTED", { feature: "video filters" });
    if (properties.audioFilter) throw fault("FEATURE_UNSUPPORTED", { feature: "audio filters" });
    const request = mediaRequest(properties);
    const asks = this.#isScreen || (await willAsk({ audio: request.audio.kind === "device", video: request.video.kind === "device" }));
    if (asks) dispatch(this, "accessDialogOpened");
    try {
      const media = await LocalMedia.acquire(request, { audio: this.#audioOn, video: this.#videoOn });
      if (this.#destroyed) {
        media.stop();
        throw fault("PUBLISH_CANCELLED");
      }
      this.#adopt(media);
      return media;
    } catch (error) {
      this.#refused(error);
      throw error;
    } finally {
      if (asks) dispatch(this, "accessDialogClosed");
    }
  }

  #adopt(media: LocalMedia): void {
    this.#media = media;
    media.followAudioDevice = this.#properties.disableAudioInputDeviceManagement !== true;
    // Switched while the user was being asked.
    if (media.isOn("audio") !== this.#audioOn) media.setAudio(this.#audioOn).catch(() => undefined);
    if (media.isOn("video") !== this.#videoOn) media.setVideo(this.#videoOn).catch(() => undefined);
    for (const track of media.stream.getVideoTracks()) track.contentHint = this.#contentHint;
    media.on("changed", ({ kind }) => {
      if (kind === "video") this.#showMedia();
    });
    media.on("ended", ({ track, last, error }) => {
      if (error) announce(otError(error, "publish"), this);
      this.#mediaEnded(last ? undefined : track);
    });
    media.on("audioDeviceChanged", (device) => dispatch(this, "audioInputDeviceChanged", { device }));
    this.accessAllowed = true;
    this.video.srcObject = media.stream;
    this.video.play().catch(() => undefined);
    this.#showMedia();
    this.#startMeter(media);
    dispatch(this, "accessAllowed");
    dispatch(this, "mediaStreamAvailable", { mediaStream: media.stream });
    dispatch(this, "videoElementCreated", { element: this.video });
  }

  #refused(error: unknown): void {
    const form = otError(error, "capture");
    if (this.#destroyed || form.name !== "OT_USER_MEDIA_ACCESS_DENIED") return;
    const details = form.message.replace(/^Publisher Access Denied: /, "");
    const { code, args } = error instanceof ExedraError ? error.problem : { code: "", args: {} as Record<string, unknown> };
    const device = this.#isScreen ? "Screen" : code === "MICROPHONE_DENIED" || args["devices"] === "microphone" ? "Microphone" : "Camera";
    dispatch(this, "accessDenied", { message: `${device} access denied: ${details}` }, { defaultAction: () => this.widget?.showError(details) });
  }

  #follow(publication: Publication): void {
    this.#publication = publication;
    const stream = (this.stream = streamOf(publication.stream));
    publication.on("muteForced", () => {
      this.#audioOn = false;
      if (this.widget) this.widget.muted = true;
      dispatch(this, "muteForced");
    });
    this.#quality = "good";
    publication.on("qualityChanged", ({ quality }) => {
      for (const { type } of pictureEvents(this.#quality, quality)) dispatch(this, type, { reason: "quality" });
      this.#quality = quality;
    });
    publication.on("ended", ({ reason, scope }) => this.#ended(publication, stream, reason, scope));
    this.#observe(publication);
    // One by one: the browser may refuse some. A new publication has no limit to be lifted.
    for (const [name, wish] of this.#wishes) if (wish() !== undefined) this.#ask(name).catch(() => undefined);
    this.#describeDimensions();
    dispatch(this, "streamCreated", { stream }, { before: () => this.element?.setAttribute("data-stream-created", "true") });
  }

  #observe(publication: Publication): void {
    const condition = new Steady<Api.NetworkCondition>("unknown");
    let before: VideoStats | undefined;
    this.#unobserve = observe(this, ["networkConditionChanged", "videoQualityChanged"], publication, (seen) => {
      const statsContainer = { stats: publisherStats(seen, this.#quality) };
      const { networkCondition } = statsContainer.stats.mediaLink.transport;
      if (condition.isNews(networkCondition)) dispatch(this, "networkConditionChanged", { reason: "networkConditionChanged", statsContainer });
      const reason = before && seen.video && sentChange(before, seen.video);
      if (reason) dispatch(this, "videoQualityChanged", { reason, statsContainer });
      before = seen.video;
    });
  }

  #ended(publication: Publication, stream: Stream, reason: string, scope: EndScope): void {
    if (this.#publication !== publication) return;
    const { session } = this;
    this.#publication = undefined;
    this.#unobserve?.();
    session?.publishersOf.delete(this);
    this.element?.removeAttribute("data-stream-created");
    const defaultAction = () => {
      // A page that prevented the default of `sessionDisconnected` removes its widgets itself.
      if (scope !== "session" || !session?.keepsWidgets) this.#destroy();
    };
    dispatch(this, "streamDestroyed", { stream, reason }, { defaultAction, before: () => this.#publication || (this.stream = undefined) });
  }

  #mediaEnded(track: MediaStreamTrack | undefined): void {
    dispatch(this, "mediaStopped", { track }, { defaultAction: () => this.#destroy("mediaStopped") });
  }

  #destroy(reason?: "mediaStopped"): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#attempt?.cancel.abort();
    this.#publication?.unpublish(reason).catch(() => undefined);
    clearInterval(this.#metering);
    this.#meter?.close();
    this.#media?.stop();
    this.widget?.remove();
    this.video.srcObject = null;
    this.session?.publishersOf.delete(this);
    publishers.remove(this.key);
    dispatch(this, "destroyed", {}, { before: () => (this.element = undefined) });
  }

  async #setAudio(on: boolean): Promise<void> {
    this.#audioOn = on;
    if (this.widget) this.widget.muted = !on;
    await this.#media?.setAudio(on);
  }

  async #setVideo(on: boolean): Promise<void> {
    this.#videoOn = on;
    if (!this.#media) return;
    try {
      await this.#media.setVideo(on);
    } catch (error) {
      this.#videoOn = false;
      throw error;
    } finally {
      this.#showMedia();
    }
  }

  #publishOptions() {
    const { name, initials, frameRate, audioBitrate, enableStereo, enableDtx, preferredVideoCodecs, scalableVideo, scalableScreenshare, audioFallback, audioFallbackEnabled } = this.#properties;
    const simulcast = this.#isScreen ? scalableScreenshare : scalableVideo;
    const bitrateFits = audioBitrate !== undefined && audioBitrate >= 6_000 && audioBitrate <= 510_000;
    return {
      ...(name !== undefined && { name }),
      ...(initials !== undefined && { initials }),
      ...(frameRate !== undefined && { frameRate }),
      ...(bitrateFits && { audioBitrate }),
      ...(enableStereo && { stereo: true }),
      ...(enableDtx && { dtx: true }),
      ...(Array.isArray(preferredVideoCodecs) && { videoCodecs: preferredVideoCodecs.map((codec) => CODEC_NAMES[codec.toLowerCase()] ?? codec) }),
      ...(this.#maxBitrate > 0 && { videoBitrate: this.#maxBitrate }),
      ...(simulcast !== undefined && { simulcast }),
      audioFallback: audioFallback?.publisher ?? false,
      subscriberAudioFallback: audioFallback?.subscriber ?? audioFallbackEnabled ?? !this.#isScreen,
      captions: this.#captionsOn,
      contentHint: this.#contentHint,
    };
  }

  #published(operation: string): Publication {
    if (!this.#publication) throw fault("NOT_CONNECTED", { operation });
    return this.#publication;
  }

  #scale({ width, height }: Api.Dimensions): number {
    const { videoWidth, videoHeight } = this.video;
    return videoWidth && videoHeight ? Math.max(1, videoWidth / width, videoHeight / height) : 1;
  }

  #wish(name: keyof SendLimits, wish: () => SendLimits[keyof SendLimits]): Promise<void> {
    this.#wishes.set(name, wish);
    return this.#ask(name);
  }

  async #ask(name: keyof SendLimits): Promise<void> {
    const wish = this.#wishes.get(name);
    if (wish) await this.#publication?.limit("video", { [name]: wish() });
  }

  protected muteClicked(): void {
    this.publishAudio(!this.#audioOn);
  }

  protected override pictureResized(): void {
    this.#ask("scaleDownBy").catch(() => undefined);
    this.#describeDimensions();
  }

  #describeDimensions(): void {
    const { width, height } = this.dimensions;
    const stream = this.#publication?.stream;
    if (!stream || !width || (stream.width === width && stream.height === height)) return;
    this.#publication?.describeVideo({ width, height }).catch(() => undefined);
  }

  #showMedia(): void {
    if (!this.widget || !this.#media) return;
    const hasPicture = this.#media.has("video") && this.#media.isOn("video");
    this.widget.audioOnly = !hasPicture;
    if (!hasPicture) this.widget.loading = false;
  }

  /** The level is taken only for those who look. */
  #startMeter(media: LocalMedia): void {
    this.#metering = setInterval(() => {
      const listened = hasHandlers(this, "audioLevelUpdated");
      const [track] = media.stream.getAudioTracks();
      if (!track || (!listened && !this.widget?.meterShown)) return;
      this.#meter ??= new AudioMeter(track);
      const audioLevel = this.#audioOn ? this.#meter.level() : 0;
      if (this.widget?.meterShown) this.widget.audioLevel = audioLevel;
      if (listened) dispatch(this, "audioLevelUpdated", { audioLevel });
    }, METER_PERIOD_MS);
    media.on("changed", ({ kind }) => {
      if (kind !== "audio") return;
      this.#meter?.close();
      this.#meter = undefined;
    });
  }
}
