/** The vendor's Subscriber: names and events over a core subscription and a widget. */
import { fault } from "../core/error";
import { playRefusal } from "../core/playback";
import type { Explanation, Room, StreamStats, Subscription, TrackProcessor } from "../core/index";
import type { Target } from "./arguments";
import { complete, completeQuietly, withPromise, type Callback } from "./completion";
import { otError } from "./error";
import { dispatch, hasHandlers } from "./eventing";
import { MediaView } from "./media_view";
import type { Stream } from "./model";
import { observe, Silence, Steady } from "./observation";
import { changeReason, pictureEvents, type PictureState } from "./quality";
import { currentSinkId, subscribers } from "./registry";
import { qualityScore } from "./score";
import { subscriberStats } from "./stats";
import type * as Api from "./types/opentok-api";
import { pictureOf } from "./widget";

const METER_PERIOD_MS = 50;
const RESIZE_SETTLES_MS = 300;
/** A wish without effect: more than any publisher sends. */
const FRAME_RATE_UNLIMITED = 120;

export class Subscriber extends MediaView {
  stream: Stream | undefined;
  readonly #properties: Api.SubscriberProperties;
  readonly #cancelled = new AbortController();
  #subscription: Subscription | undefined;
  #metering: ReturnType<typeof setInterval> | undefined;
  #unobserve: (() => void) | undefined;
  #resizing: ReturnType<typeof setTimeout> | undefined;
  #audioOn: boolean;
  #videoOn: boolean;
  #captionsOn: boolean;
  #captionsLanguage: Api.CaptionsLanguageCode | null;
  #volume: number;
  #mutedByClick = false;
  #sizeChosen: boolean;
  #explanation: Explanation | undefined;
  readonly #silence = new Silence();
  /** As the page knows it. */
  #picture: PictureState = "good";
  #audioBlocked = false;
  #destroyed = false;

  readonly subscribeToAudio = withPromise(
    (value: boolean): this => {
      completeQuietly(this, "update_subscription", this.#setAudio(value));
      return this;
    },
    (value: boolean, _reason?: string): Promise<void> => complete(this, "update_subscription", this.#setAudio(value)),
  );

  readonly subscribeToVideo = withPromise(
    (value: boolean): this => {
      completeQuietly(this, "update_subscription", this.#setVideo(value));
      return this;
    },
    (value: boolean, reason?: string): Promise<void> => complete(this, "update_subscription", this.#setVideo(value, reason)),
  );

  readonly setAudioVolume = withPromise(
    (volume: number): this => {
      this.#setVolume(volume);
      return this;
    },
    async (volume: number): Promise<void> => this.#setVolume(volume),
  );

  readonly restrictFrameRate = withPromise(
    (value: boolean): this => {
      completeQuietly(this, "update_subscription", this.setPreferredFrameRate(value ? 1 : FRAME_RATE_UNLIMITED));
      return this;
    },
    (value: boolean): Promise<void> => this.setPreferredFrameRate(value ? 1 : FRAME_RATE_UNLIMITED),
  );

  constructor(stream: Stream | undefined, target: Target | undefined, properties: Api.SubscriberProperties) {
    super(target, {
      kind: "subscriber",
      properties,
      style: properties.style ?? {},
      name: stream?.name ?? "",
      initials: stream?.initials ?? "",
      mirror: false,
      fitMode: properties.fitMode ?? (stream?.videoType === "screen" ? "contain" : "cover"),
    });
    this.stream = stream;
    this.#properties = properties;
    this.#sizeChosen = typeof properties.preferredResolution === "object";
    this.#audioOn = properties.subscribeToAudio ?? true;
    this.#videoOn = properties.subscribeToVideo ?? true;
    this.#captionsOn = properties.subscribeToCaptions ?? false;
    this.#captionsLanguage = properties.captionsTranslationLanguage ?? null;
    this.#volume = clampVolume(properties.audioVolume ?? 100);
    this.showMedia();
    this.#setVolume(this.#volume);
    subscribers.put(this.key, this);
  }

  /** For the session: resolves when media flows. */
  async subscribeIn(room: Room): Promise<void> {
    try {
      const { preferredFrameRate, preferredResolution } = this.#properties;
      const size = typeof preferredResolution === "object" ? preferredResolution : this.#automaticSize();
      const preferences = {
        audio: this.#audioOn,
        video: this.#videoOn,
        ...size,
        ...(preferredFrameRate !== undefined && { frameRate: preferredFrameRate }),
      };
      const subscription = await room.subscribe(this.stream!.streamId, preferences, this.#cancelled.signal);
      await this.#follow(subscription, preferences);
    } catch (error) {
      if (!this.#destroyed) this.widget?.showError(otError(error, "subscribe").message);
      throw error;
    }
  }

  /** Also for argument and connection errors found before anything was sent. */
  fail(error: unknown): void {
    this.widget?.showError(otError(error, "subscribe").message);
  }

  destroy(): void {
    this.destroyWith("clientDisconnected");
  }

  /** For the session: unsubscribes, removes the widget and tells why. */
  destroyWith(reason: string): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#cancelled.abort();
    this.#subscription?.unsubscribe().catch(() => undefined);
    clearInterval(this.#metering);
    this.#unobserve?.();
    this.widget?.remove();
    this.video.srcObject = null;
    subscribers.remove(this.key);
    dispatch(this, "destroyed", { reason }, { before: () => (this.element = undefined) });
  }

  get isDestroyed(): boolean {
    return this.#destroyed;
  }

  async subscribeToCaptions(value: boolean): Promise<void> {
    this.#captionsOn = value;
  }

  isSubscribedToCaptions(): boolean {
    return this.#captionsOn;
  }

  getAudioVolume(): number {
    return this.#volume;
  }

  isAudioBlocked(): boolean {
    return this.#audioBlocked;
  }

  /** For `OT.unblockAudio` and the widget's button: must run in a click. */
  async unblockAudio(): Promise<void> {
    if (!this.#audioBlocked) return;
    this.video.muted = false;
    try {
      await this.video.play();
    } catch (error) {
      this.video.muted = true;
      throw playRefusal(error);
    }
    this.#audioBlocked = false;
    if (this.widget) this.widget.audioBlocked = false;
    dispatch(this, "audioUnblocked");
  }

  async followSink(): Promise<void> {
    const sinkId = currentSinkId();
    if (sinkId !== undefined && "setSinkId" in this.video) await this.video.setSinkId(sinkId);
  }

  setPreferredFrameRate(frameRate: number): Promise<void> {
    return complete(this, "update_subscription", this.#update({ frameRate }));
  }

  setPreferredResolution({ width, height }: Api.Dimensions): Promise<void> {
    this.#sizeChosen = true;
    return complete(this, "update_subscription", this.#update({ width, height }));
  }

  getStats(callback?: Callback<Api.SubscriberStats>): Promise<Api.SubscriberStats> {
    const gather = async () => {
      const subscription = this.#subscribed("stats");
      return subscriberStats(this.#judged(await subscription.stats()), await subscription.explain().catch(() => undefined));
    };
    return complete(this, "stats", gather(), callback);
  }

  getRtcStatsReport(): Promise<Map<string, any>> {
    const gather = async () => this.#subscribed("stats").rawStats();
    return complete(this, "stats", gather());
  }

  getImgData(): string | null {
    return pictureOf(this.video);
  }

  getStyle(): Api.SubscriberStyle {
    const { archiveStatusDisplayMode: _, ...style } = this.widget?.style ?? ({} as never);
    return style as Api.SubscriberStyle;
  }

  setCaptionsTranslationLanguage(_language: Api.CaptionsLanguageCode | null): Promise<void> {
    return complete(this, "update_subscription", Promise.reject(fault("FEATURE_UNSUPPORTED", { feature: "translation of captions" })));
  }

  getCaptionsTranslationLanguage(): Api.CaptionsLanguageCode | null {
    return this.#captionsLanguage;
  }

  setAudioMediaProcessorConnector(_connector: TrackProcessor | null): Promise<void> {
    return complete(this, "update_subscription", Promise.reject(fault("FEATURE_UNSUPPORTED", { feature: "media processors of subscribers" })));
  }

  setVideoMediaProcessorConnector(_connector: TrackProcessor | null): Promise<void> {
    return complete(this, "update_subscription", Promise.reject(fault("FEATURE_UNSUPPORTED", { feature: "media processors of subscribers" })));
  }

  /** For the session: the stream changed. */
  streamChanged(property: string, newValue: unknown): void {
    this.showMedia();
    if (property === "hasVideo" && this.#videoOn) {
      dispatch(this, newValue ? "videoEnabled" : "videoDisabled", { reason: "publishVideo" });
    }
  }

  /** The picture is as endangered as the weaker of the two paths makes it: from the publisher, or to here. One that is off has no quality. */
  followQuality(): void {
    if (!this.#subscription || !this.stream) return;
    const isOn = this.#videoOn && this.stream.hasVideo;
    const path = this.#explanation?.limitedBy === "codec" ? "undecodable" : (this.#explanation?.quality ?? "good");
    const now = this.stream.videoSuspended ? "suspended" : path;
    const events = isOn ? pictureEvents(this.#picture, now) : [];
    this.#picture = isOn ? now : "good";
    this.showMedia();
    for (const { type, fields } of events) dispatch(this, type, fields);
  }

  showMedia(): void {
    if (!this.widget || !this.stream) return;
    const isGone = this.#picture === "suspended" || this.#picture === "undecodable";
    const hasPicture = this.stream.hasVideo && this.stream.videoType !== undefined && this.#videoOn && !isGone;
    this.widget.videoDisabledShown = this.#picture === "suspended";
    this.widget.audioOnly = !hasPicture;
    if (!hasPicture && this.#subscription) this.widget.loading = false;
  }

  async #follow(subscription: Subscription, sent: { audio: boolean; video: boolean }): Promise<void> {
    this.#subscription = subscription;
    await this.#endIfDestroyed(subscription);
    subscription.on("interrupted", () => dispatch(this, "disconnected"));
    subscription.on("qualityChanged", (explanation) => this.#qualityChanged(subscription, explanation));
    subscription.on("restored", () => dispatch(this, "connected"));
    // The end of the stream or of the session is told there, with a default action that can be prevented.
    subscription.on("ended", ({ reason, scope }) => scope === "self" && this.destroyWith(reason));
    if (sent.audio !== this.#audioOn || sent.video !== this.#videoOn) await subscription.update({ audio: this.#audioOn, video: this.#videoOn });
    await this.followSink().catch(() => undefined);
    await this.#endIfDestroyed(subscription);
    this.video.srcObject = subscription.mediaStream;
    this.#play();
    this.followQuality();
    this.#startMeter(subscription);
    this.#observe(subscription);
    dispatch(this, "mediaStreamAvailable", { mediaStream: subscription.mediaStream });
    dispatch(this, "videoElementCreated", { element: this.video });
    dispatch(this, "connected");
  }

  /** What is started after this would never be stopped. */
  async #endIfDestroyed(subscription: Subscription): Promise<void> {
    if (!this.#destroyed) return;
    await subscription.unsubscribe();
    throw fault("SUBSCRIBE_CANCELLED");
  }

  #qualityChanged(subscription: Subscription, explanation: Explanation): void {
    const before = this.#explanation;
    this.#explanation = explanation;
    this.followQuality();
    if (!hasHandlers(this, "videoQualityChanged")) return;
    const reason = changeReason(before, explanation);
    subscription.stats().then((stats) => dispatch(this, "videoQualityChanged", { reason, stats: subscriberStats(this.#judged(stats), explanation) }), () => undefined);
  }

  #play(): void {
    this.video.play().catch((error: unknown) => {
      if (!(error instanceof Error) || error.name !== "NotAllowedError" || this.#destroyed) return;
      // A browser that blocks sound still shows a muted picture.
      this.video.muted = true;
      this.video.play().catch(() => undefined);
      this.#audioBlocked = true;
      if (this.widget) this.widget.audioBlocked = true;
      dispatch(this, "audioBlocked");
    });
  }

  async #setAudio(on: boolean): Promise<void> {
    this.#audioOn = on;
    await this.#update({ audio: on });
  }

  async #setVideo(on: boolean, reason = "subscribeToVideo"): Promise<void> {
    if (this.#videoOn === on) return;
    this.#videoOn = on;
    this.showMedia();
    if (this.#subscription && this.stream?.hasVideo) dispatch(this, on ? "videoEnabled" : "videoDisabled", { reason });
    // Wanted again, it may be suspended meanwhile.
    this.followQuality();
    await this.#update({ video: on });
  }

  #automaticSize(): Api.Dimensions | undefined {
    const size = this.#sizeChosen ? undefined : this.widget?.pictureSize;
    return size && size.width > 0 && size.height > 0 ? size : undefined;
  }

  /** Unless the page chose a resolution the router learns how large the picture is, when it has stopped changing. */
  #followSize(): void {
    clearTimeout(this.#resizing);
    this.#resizing = setTimeout(() => {
      const size = this.#automaticSize();
      if (size && !this.#destroyed) this.#update(size).catch(() => undefined);
    }, RESIZE_SETTLES_MS);
  }

  #setVolume(volume: number): void {
    this.#volume = clampVolume(volume);
    this.video.volume = this.#mutedByClick ? 0 : this.#volume / 100;
  }

  protected override unblockClicked(): void {
    this.unblockAudio().catch(() => undefined);
  }

  protected override widgetResized(): void {
    this.#followSize();
  }

  /** The mute button acts on local playback only. */
  protected muteClicked(): void {
    this.#mutedByClick = !this.#mutedByClick;
    if (this.widget) this.widget.muted = this.#mutedByClick;
    this.#setVolume(this.#volume);
  }

  async #update(preferences: Parameters<Subscription["update"]>[0]): Promise<void> {
    await this.#subscription?.update(preferences);
  }

  #subscribed(operation: string): Subscription {
    if (!this.#subscription || this.#subscription.ended) throw fault("NOT_CONNECTED", { operation });
    return this.#subscription;
  }

  #observe(subscription: Subscription): void {
    const condition = new Steady<Api.NetworkCondition>("unknown");
    const score = new Steady<Api.QualityScore>({});
    let before: StreamStats | undefined;
    this.#unobserve = observe(this, ["networkConditionChanged", "qualityScoreChanged"], subscription, (seen) => {
      const now = this.#judged(seen);
      const stats = subscriberStats(now, this.#explanation);
      if (condition.isNews(stats.mediaLink.transport.networkCondition)) dispatch(this, "networkConditionChanged", { reason: "networkConditionChanged", stats });
      const scored = before && qualityScore(now, before, this.#expected, this.#explanation);
      if (scored && score.isNews(scored)) dispatch(this, "qualityScoreChanged", { qualityScore: scored });
      before = now;
    });
  }

  /** What the publisher sends and the page wants. */
  get #expected(): { audio: boolean; video: boolean } {
    return { audio: this.#audioOn && this.stream!.hasAudio, video: this.#videoOn && this.stream!.hasVideo };
  }

  #judged(stats: StreamStats): StreamStats {
    return this.#silence.judge(stats, this.#expected.audio);
  }

  #startMeter(subscription: Subscription): void {
    this.#metering = setInterval(() => {
      const listened = hasHandlers(this, "audioLevelUpdated");
      if (!listened && !this.widget?.meterShown) return;
      const audioLevel = subscription.audioLevel();
      if (this.widget?.meterShown) this.widget.audioLevel = audioLevel;
      if (listened) dispatch(this, "audioLevelUpdated", { audioLevel });
    }, METER_PERIOD_MS);
  }
}

function clampVolume(volume: number): number {
  return Math.min(100, Math.max(0, Number(volume) || 0));
}
