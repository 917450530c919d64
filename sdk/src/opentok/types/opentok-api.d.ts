/**
 * Public declarations of the OpenTok facade. Members marked "undocumented" exist because published pages use them.
 */

// Events

export interface OTError {
  name: string;
  message: string;
  /** Deprecated by the vendor, always set here. */
  code?: number;
}

/** What the facade adds to an error: the platform's own code, with cause, evidence and advice. */
export interface ExedraDetails {
  code: string;
  class: string;
  problem: unknown;
}

export interface Event<Type, Target> {
  type: Type;
  cancelable: boolean;
  target: Target;
  isDefaultPrevented(): boolean;
  preventDefault(): void;
}

export type ExceptionEvent = Event<"exception", {}> & { code: number; message: string; title: string };

export type VideoDimensionsChangedEvent<Target> = Event<"videoDimensionsChanged", Target> & { oldValue: Dimensions; newValue: Dimensions };

type Handler = (event: any) => void;
type HandlerOf<Events, Name> = Name extends keyof Events ? (event: Events[Name]) => void : Handler;

export class OTEventEmitter<Events> {
  on<Name extends keyof Events>(eventName: Name, callback: (event: Events[Name]) => void, context?: object): this;
  on(eventName: string, callback: Handler, context?: object): this;
  on(eventMap: object, context?: object): this;
  once<Name extends keyof Events>(eventName: Name, callback: (event: Events[Name]) => void, context?: object): this;
  once(eventName: string, callback: Handler, context?: object): this;
  once(eventMap: object, context?: object): this;
  off<Name extends keyof Events>(eventName?: Name, callback?: (event: Events[Name]) => void, context?: object): this;
  off(eventName?: string, callback?: Handler, context?: object): this;
  off(eventMap?: object, context?: object): this;
  /** Deprecated aliases. */
  addEventListener(eventName: string, callback: Handler, context?: object): this;
  removeEventListener(eventName: string, callback: Handler, context?: object): this;
}

export class SessionOTEventEmitter<Events> extends OTEventEmitter<Events> {
  on<Name extends keyof Events>(eventName: Name, callback: (event: Events[Name]) => void, context?: object): this;
  on(eventName: `signal:${string}`, callback: (event: Event<`signal:${string}`, Session> & SignalData) => void, context?: object): this;
  on(eventName: string, callback: Handler, context?: object): this;
  on(eventMap: object, context?: object): this;
  once<Name extends keyof Events>(eventName: Name, callback: (event: Events[Name]) => void, context?: object): this;
  once(eventName: `signal:${string}`, callback: (event: Event<`signal:${string}`, Session> & SignalData) => void, context?: object): this;
  once(eventName: string, callback: Handler, context?: object): this;
  once(eventMap: object, context?: object): this;
  off<Name extends keyof Events>(eventName?: Name, callback?: (event: Events[Name]) => void, context?: object): this;
  off(eventName?: `signal:${string}`, callback?: (event: Event<`signal:${string}`, Session> & SignalData) => void, context?: object): this;
  off(eventName?: string, callback?: Handler, context?: object): this;
  off(eventMap?: object, context?: object): this;
}

interface SignalData {
  type?: string;
  data?: string;
  from: Connection | null;
}

// Values

export interface Dimensions { width: number; height: number }
export interface Device { kind: "audioInput" | "videoInput"; deviceId: string; label: string }
export interface AudioOutputDevice { deviceId: string | null | undefined; label: string | null }
export interface AudioInputDevice { deviceId: string | null | undefined; label: string | null }

export interface ScreenSharingCapabilityResponse {
  supported: boolean;
  supportedSources: { application?: boolean; screen?: boolean; window?: boolean };
  extensionRequired?: string;
  extensionRegistered?: boolean;
  extensionInstalled?: boolean;
}

export interface IceConfig {
  includeServers: "all" | "custom";
  transportPolicy: "all" | "relay";
  customServers: { urls: string | string[]; username?: string; credential?: string }[];
}

export type VideoContentHint = "" | "motion" | "detail" | "text";
export type ScalabilityMode = "L1T1" | "L1T2" | "L1T3" | "L2T1" | "L2T2" | "L2T3" | "L3T1" | "L3T2" | "L3T3";
export type CpuPerformanceState = "nominal" | "fair" | "serious" | "critical";
export type VideoCodec = "vp8" | "vp9" | "h264";
export type PreferredVideoCodecs = "automatic" | [VideoCodec, ...VideoCodec[]];
export type VideoBitratePresetInput = "default" | "bw_saver" | "extra_bw_saver";
export type VideoBitratePreset = VideoBitratePresetInput | "custom";
export type CaptionsLanguageCode =
  | "af-ZA" | "ar-AE" | "ar-SA" | "eu-ES" | "ca-ES" | "zh-HK" | "zh-CN" | "zh-TW" | "hr-HR" | "cs-CZ" | "da-DK" | "nl-NL" | "en-AU"
  | "en-GB" | "en-IN" | "en-IE" | "en-NZ" | "en-AB" | "en-ZA" | "en-US" | "en-WL" | "fa-IR" | "fi-FI" | "fr-FR" | "fr-CA" | "gl-ES"
  | "de-DE" | "de-CH" | "el-GR" | "he-IL" | "hi-IN" | "id-ID" | "it-IT" | "ja-JP" | "ko-KR" | "lv-LV" | "ms-MY" | "no-NO" | "pl-PL"
  | "pt-PT" | "pt-BR" | "ro-RO" | "ru-RU" | "sr-RS" | "sk-SK" | "so-SO" | "es-ES" | "es-US" | "sv-SE" | "tl-PH" | "th-TH" | "uk-UA"
  | "vi-VN" | "zu-ZA";

export type BackgroundBlurFilter = { type: "backgroundBlur"; blurStrength?: "low" | "high" };
export type BackgroundReplacementFilter = { type: "backgroundReplacement"; backgroundImgUrl: string };
export type AdvancedNoiseSuppressionFilter = { type: "advancedNoiseSuppression" };
export type VideoFilter = BackgroundBlurFilter | BackgroundReplacementFilter;
export type AudioFilter = AdvancedNoiseSuppressionFilter;

export interface QualityScore { audioQualityScore?: number; videoQualityScore?: number }
export type VideoQualityReason = "none" | "bandwidth" | "cpu" | "other" | "resolutionChange" | "codecChange" | "videoInterruption";
export type NetworkConditionReason = "none" | "unknown" | "bandwidth" | "packetLoss";
export type NetworkCondition = "unknown" | "critical" | "warning" | "fair" | "good" | "excellent";
export type NetworkDegradationSource = "none" | "bothOrUnclear" | "local" | "remote";

export interface MediaProcessorConnector {
  setTrack(track: MediaStreamTrack): Promise<MediaStreamTrack>;
  destroy(): Promise<void>;
}

export class Connection {
  connectionId: string;
  creationTime: number;
  data: string;
  /** Undocumented: equals `connectionId`. */
  id?: string;
  /** Undocumented. */
  permissions?: Record<string, number>;
  /** Undocumented. */
  capabilities?: Record<string, number>;
}

export class Stream {
  streamId: string;
  connection: Connection;
  creationTime: number;
  name: string;
  initials: string;
  hasAudio: boolean;
  hasVideo: boolean;
  hasCaptions: boolean;
  videoDimensions: Dimensions;
  videoType: "camera" | "screen" | "custom" | undefined;
  /** `undefined` at run time when the publisher set none. */
  frameRate: number;
  /** Undocumented: equals `streamId`. */
  id?: string;
  /** Undocumented. */
  channel?: StreamChannel[];
}

export interface StreamChannel {
  id: string;
  type: "audio" | "video";
  active: boolean;
  orientation?: string;
  width?: number;
  height?: number;
  source?: string;
  fitMode?: string;
}

/** Undocumented: what `session.streams`, `session.connections`, `OT.publishers` and `OT.subscribers` are. */
export interface Collection<Item> extends Iterable<Item> {
  length(): number;
  find(test: (item: Item) => boolean): Item | undefined;
  where(properties: Partial<Item> | ((item: Item) => boolean)): Item[];
  get(id: string): Item | undefined;
  forEach(visit: (item: Item) => void): void;
  map<Result>(convert: (item: Item) => Result): Result[];
}

// Widgets

export interface WidgetStyle {
  audioLevelDisplayMode: "auto" | "off" | "on";
  backgroundImageURI: string;
  buttonDisplayMode: "auto" | "off" | "on";
  nameDisplayMode: "auto" | "off" | "on";
  videoDisabledDisplayMode: "auto" | "off" | "on";
}
export interface PublisherStyle extends WidgetStyle { archiveStatusDisplayMode: "auto" | "off" }
export interface SubscriberStyle extends WidgetStyle { audioBlockedDisplayMode: "auto" | "off" | "on" }

export interface WidgetProperties {
  fitMode?: "cover" | "contain";
  insertDefaultUI?: boolean;
  insertMode?: "replace" | "after" | "before" | "append";
  showControls?: boolean;
  width?: string | number;
  height?: string | number;
}

export interface LegacyMediaTrackConstraints {
  mandatory?: Record<string, string | number | boolean>;
  optional?: Record<string, string | number | boolean>[];
}
export interface LegacyMediaStreamConstraints {
  audio?: boolean | MediaTrackConstraints | LegacyMediaTrackConstraints;
  video?: boolean | MediaTrackConstraints | LegacyMediaTrackConstraints;
}

export interface GetUserMediaProperties {
  audioSource?: string | null | boolean | MediaStreamTrack;
  disableAudioProcessing?: boolean;
  facingMode?: "user" | "environment" | "left" | "right";
  frameRate?: 30 | 15 | 7 | 1;
  maxResolution?: Dimensions;
  resolution?: "1920x1080" | "1280x960" | "1280x720" | "640x480" | "640x360" | "320x240" | "320x180";
  videoSource?: string | null | boolean | MediaStreamTrack;
  echoCancellation?: boolean;
  noiseSuppression?: boolean;
  autoGainControl?: boolean;
}

export interface PublisherProperties extends WidgetProperties, GetUserMediaProperties {
  audioBitrate?: number;
  audioFallback?: { publisher?: boolean; subscriber?: boolean };
  audioFallbackEnabled?: boolean;
  audioFilter?: AudioFilter;
  constraints?: MediaStreamConstraints | LegacyMediaStreamConstraints;
  disableAudioInputDeviceManagement?: boolean;
  enableDtx?: boolean;
  enableStereo?: boolean;
  initials?: string;
  mirror?: boolean;
  name?: string;
  preferredVideoCodecs?: PreferredVideoCodecs;
  publishAudio?: boolean;
  publishCaptions?: boolean;
  publishSenderStats?: boolean;
  publishVideo?: boolean;
  scalableScreenshare?: boolean;
  scalableVideo?: boolean;
  style?: Partial<PublisherStyle>;
  usePreviousDeviceSelection?: boolean;
  videoContentHint?: VideoContentHint;
  videoFilter?: VideoFilter;
}

export interface SubscriberProperties extends WidgetProperties {
  audioVolume?: number;
  captionsTranslationLanguage?: CaptionsLanguageCode;
  preferredFrameRate?: number;
  preferredResolution?: Dimensions | "auto";
  style?: Partial<SubscriberStyle>;
  subscribeToAudio?: boolean;
  subscribeToCaptions?: boolean;
  subscribeToVideo?: boolean;
  testNetwork?: boolean;
}

// Statistics

export interface IncomingTrackStats { bytesReceived: number; packetsLost: number; packetsReceived: number }
export interface OutgoingTrackStats { bytesSent: number; packetsLost: number; packetsSent: number }

export interface TransportStats {
  connectionEstimatedBandwidth: number;
  networkCondition: NetworkCondition;
  networkConditionReason: NetworkConditionReason;
}

export interface SenderStats { connectionMaxAllocatedBitrate: number; connectionEstimatedBandwidth: number }

export interface SubscriberVideoStats extends IncomingTrackStats {
  frameRate: number;
  decodedFrameRate: number;
  codec: string;
  width: number;
  height: number;
  bitrate: number;
  totalBitrate: number;
  pauseCount?: number;
  totalPausesDuration?: number;
  freezeCount?: number;
  totalFreezesDuration?: number;
}

export interface SubscriberMediaLink {
  transport: TransportStats;
  remotePublisherTransport: TransportStats;
  networkDegradationSource: NetworkDegradationSource;
}

export interface SubscriberStats {
  timestamp: number;
  audio: IncomingTrackStats;
  video: SubscriberVideoStats;
  mediaLink: SubscriberMediaLink;
  senderStats?: SenderStats;
}

export interface VideoLayerStats {
  codec: string;
  width: number;
  height: number;
  encodedFrameRate: number;
  bitrate: number;
  totalBitrate: number;
  scalabilityMode?: string;
  qualityLimitationReason?: VideoQualityReason;
}

export interface PublisherVideoStats extends OutgoingTrackStats { frameRate: number; layers?: VideoLayerStats[] }
export interface PublisherMediaLink { transport: TransportStats }

export interface PublisherStats {
  timestamp: number;
  audio: OutgoingTrackStats;
  video: PublisherVideoStats;
  mediaLink: PublisherMediaLink;
  transportStats: TransportStats;
}

export interface PublisherStatContainer { subscriberId?: string; connectionId?: string; stats: PublisherStats }
export type PublisherStatsArr = PublisherStatContainer[];
export interface PublisherRtcStatsReportContainer { subscriberId?: string; connectionId?: string; rtcStatsReport: RTCStatsReport }
export type PublisherRtcStatsReportArr = PublisherRtcStatsReportContainer[];

// Publisher

type StreamEndReason = "clientDisconnected" | "forceDisconnected" | "forceUnpublished" | "mediaStopped" | "networkDisconnected";

export interface PublisherEvents {
  accessAllowed: Event<"accessAllowed", Publisher>;
  accessDenied: Event<"accessDenied", Publisher>;
  accessDialogOpened: Event<"accessDialogOpened", Publisher>;
  accessDialogClosed: Event<"accessDialogClosed", Publisher>;
  audioInputDeviceChanged: Event<"audioInputDeviceChanged", Publisher> & { device: AudioInputDevice };
  audioLevelUpdated: Event<"audioLevelUpdated", Publisher> & { audioLevel: number };
  destroyed: Event<"destroyed", Publisher>;
  mediaStopped: Event<"mediaStopped", Publisher> & { track: MediaStreamTrack | undefined };
  mediaStreamAvailable: Event<"mediaStreamAvailable", Publisher> & { mediaStream: MediaStream };
  muteForced: Event<"muteForced", Publisher>;
  networkConditionChanged: Event<"networkConditionChanged", Publisher> & { reason: "networkConditionChanged"; statsContainer: PublisherStatContainer };
  streamCreated: Event<"streamCreated", Publisher> & { stream: Stream };
  streamDestroyed: Event<"streamDestroyed", Publisher> & { stream: Stream; reason: string };
  videoDimensionsChanged: VideoDimensionsChangedEvent<Publisher>;
  videoDisabled: Event<"videoDisabled", Publisher> & { reason: string };
  videoDisableWarning: Event<"videoDisableWarning", Publisher>;
  videoDisableWarningLifted: Event<"videoDisableWarningLifted", Publisher>;
  videoElementCreated: Event<"videoElementCreated", Publisher> & { element: HTMLVideoElement };
  videoEnabled: Event<"videoEnabled", Publisher> & { reason: string };
  videoQualityChanged: Event<"videoQualityChanged", Publisher> & { reason: VideoQualityReason; statsContainer: PublisherStatContainer };
}

export class Publisher extends OTEventEmitter<PublisherEvents> {
  accessAllowed: boolean;
  element?: HTMLElement | undefined;
  id?: string | undefined;
  stream?: Stream | undefined;
  session?: Session | undefined;

  destroy: { (): Publisher; promise(): Promise<void> };
  publishAudio: { (value: boolean): Publisher; promise(value: boolean): Promise<void> };
  publishVideo: { (value: boolean, callback?: (error?: OTError) => void): Publisher; promise(value: boolean): Promise<void> };
  publishCaptions(value: boolean): Promise<void>;
  cycleVideo(): Promise<{ deviceId: string }>;
  setVideoSource(videoSourceId: string): Promise<undefined>;
  getVideoSource(): { deviceId: string | null; type: string | null; track: MediaStreamTrack | null };
  setAudioSource(audioSource: string | MediaStreamTrack): Promise<undefined>;
  getAudioSource(): MediaStreamTrack;
  getImgData(): string | null;
  getStats(callback?: (error?: OTError, stats?: PublisherStatsArr) => void): Promise<PublisherStatsArr>;
  getRtcStatsReport(): Promise<PublisherRtcStatsReportArr>;
  getStyle(): PublisherStyle;
  setStyle<Name extends keyof PublisherStyle>(style: Name, value: PublisherStyle[Name]): this;
  setStyle(style: Partial<PublisherStyle>): this;
  videoWidth(): number | undefined;
  videoHeight(): number | undefined;
  applyVideoFilter(filter: VideoFilter): Promise<void>;
  getVideoFilter(): VideoFilter | null;
  clearVideoFilter(): Promise<void>;
  applyAudioFilter(filter: AudioFilter): Promise<void>;
  getAudioFilter(): AudioFilter | null;
  clearAudioFilter(): Promise<void>;
  setVideoMediaProcessorConnector(connector: MediaProcessorConnector | null): Promise<void>;
  setAudioMediaProcessorConnector(connector: MediaProcessorConnector | null): Promise<void>;
  getVideoContentHint(): VideoContentHint;
  setVideoContentHint(hint: VideoContentHint): Promise<void>;
  getTargetScalabilityMode(): ScalabilityMode | undefined;
  setTargetScalabilityMode(mode: ScalabilityMode): void;
  setPreferredFrameRate(frameRate: number): Promise<void>;
  setPreferredResolution(resolution: Dimensions): Promise<void>;
  setMaxVideoBitrate(bitrateBps: number): Promise<void>;
  getMaxVideoBitrate(): number;
  setVideoBitratePreset(preset: VideoBitratePresetInput): Promise<void>;
  getVideoBitratePreset(): VideoBitratePreset;
}

// Subscriber

export interface SubscriberEvents {
  audioBlocked: Event<"audioBlocked", Subscriber>;
  audioLevelUpdated: Event<"audioLevelUpdated", Subscriber> & { audioLevel: number };
  audioUnblocked: Event<"audioUnblocked", Subscriber>;
  captionReceived: Event<"captionReceived", Subscriber> & { streamId: string; caption: string; isFinal: boolean };
  connected: Event<"connected", Subscriber>;
  destroyed: Event<"destroyed", Subscriber> & { reason: string };
  disconnected: Event<"disconnected", Subscriber>;
  encryptionSecretMatch: Event<"encryptionSecretMatch", Subscriber>;
  encryptionSecretMismatch: Event<"encryptionSecretMismatch", Subscriber>;
  mediaStreamAvailable: Event<"mediaStreamAvailable", Subscriber> & { mediaStream: MediaStream };
  networkConditionChanged: Event<"networkConditionChanged", Subscriber> & { reason: "networkConditionChanged"; stats: SubscriberStats };
  qualityScoreChanged: Event<"qualityScoreChanged", Subscriber> & { qualityScore: QualityScore };
  videoDimensionsChanged: VideoDimensionsChangedEvent<Subscriber>;
  videoDisabled: Event<"videoDisabled", Subscriber> & { reason: string };
  videoDisableWarning: Event<"videoDisableWarning", Subscriber>;
  videoDisableWarningLifted: Event<"videoDisableWarningLifted", Subscriber>;
  videoElementCreated: Event<"videoElementCreated", Subscriber> & { element: HTMLVideoElement };
  videoEnabled: Event<"videoEnabled", Subscriber> & { reason: string };
  videoQualityChanged: Event<"videoQualityChanged", Subscriber> & { reason: VideoQualityReason; stats: SubscriberStats };
}

export class Subscriber extends OTEventEmitter<SubscriberEvents> {
  element?: HTMLElement | undefined;
  id?: string | undefined;
  stream?: Stream | undefined;

  subscribeToAudio: { (value: boolean): Subscriber; promise(value: boolean, reason?: string): Promise<void> };
  subscribeToVideo: { (value: boolean): Subscriber; promise(value: boolean, reason?: string): Promise<void> };
  setAudioVolume: { (volume: number): Subscriber; promise(volume: number): Promise<void> };
  restrictFrameRate: { (value: boolean): Subscriber; promise(value: boolean): Promise<void> };
  subscribeToCaptions(value: boolean): Promise<void>;
  isSubscribedToCaptions(): boolean;
  getAudioVolume(): number;
  isAudioBlocked(): boolean;
  setPreferredFrameRate(frameRate: number): Promise<void>;
  setPreferredResolution(resolution: Dimensions): Promise<void>;
  getStats(callback?: (error?: OTError, stats?: SubscriberStats) => void): Promise<SubscriberStats>;
  getRtcStatsReport(): Promise<Map<string, any>>;
  getImgData(): string | null;
  getStyle(): SubscriberStyle;
  setStyle<Name extends keyof SubscriberStyle>(style: Name, value: SubscriberStyle[Name]): this;
  setStyle(style: Partial<SubscriberStyle>): this;
  videoWidth(): number | undefined;
  videoHeight(): number | undefined;
  setCaptionsTranslationLanguage(language: CaptionsLanguageCode | null): Promise<void>;
  getCaptionsTranslationLanguage(): CaptionsLanguageCode | null;
  setAudioMediaProcessorConnector(connector: MediaProcessorConnector | null): Promise<void>;
  setVideoMediaProcessorConnector(connector: MediaProcessorConnector | null): Promise<void>;
  /** Undocumented: as `session.unsubscribe(subscriber)`. */
  destroy(): void;
}

// Session

export interface InitSessionOptions {
  connectionEventsSuppressed?: boolean;
  iceConfig?: IceConfig;
  ipWhitelist?: boolean;
  encryptionSecret?: string;
  singlePeerConnection?: boolean;
  sessionMigration?: boolean;
  /** Undocumented. */
  proxyUrl?: string;
}

export interface SessionEvents {
  archiveStarted: Event<"archiveStarted", Session> & { id: string; name: string };
  archiveStopped: Event<"archiveStopped", Session> & { id: string; name: string };
  connectionCreated: Event<"connectionCreated", Session> & { connection: Connection };
  connectionDestroyed: Event<"connectionDestroyed", Session> & { connection: Connection; reason: string };
  cpuPerformanceChanged: Event<"cpuPerformanceChanged", Session> & { cpuPerformanceState: CpuPerformanceState };
  muteForced: Event<"muteForced", Session> & { active: boolean };
  sessionConnected: Event<"sessionConnected", Session>;
  sessionDisconnected: Event<"sessionDisconnected", Session> & { reason: string };
  sessionReconnected: Event<"sessionReconnected", Session>;
  sessionReconnecting: Event<"sessionReconnecting", Session>;
  signal: Event<"signal", Session> & SignalData;
  streamCreated: Event<"streamCreated", Session> & { stream: Stream };
  streamDestroyed: Event<"streamDestroyed", Session> & { stream: Stream; reason: string };
  streamPropertyChanged: Event<"streamPropertyChanged", Session> & StreamPropertyChange;
}

type StreamPropertyChange =
  | { stream: Stream; changedProperty: "hasAudio" | "hasVideo" | "hasCaptions"; oldValue: boolean; newValue: boolean }
  | { stream: Stream; changedProperty: "videoDimensions"; oldValue: Dimensions; newValue: Dimensions }
  | { stream: Stream; changedProperty: "videoType"; oldValue: Stream["videoType"]; newValue: Stream["videoType"] };

export class Session extends SessionOTEventEmitter<SessionEvents> {
  sessionId: string;
  connection?: Connection | undefined;
  capabilities: { forceDisconnect: number; forceMute: number; forceUnpublish: number; publish: number; subscribe: number };

  /** Undocumented. */
  id: string;
  /** Undocumented. */
  apiKey: string;
  /** Undocumented. */
  connections: Collection<Connection>;
  /** Undocumented. */
  streams: Collection<Stream>;
  /** Undocumented. */
  isConnected(): boolean;
  /** Undocumented. */
  is(state: string): boolean;

  connect: { (token: string, callback?: (error?: OTError) => void): Session; promise(token: string): Promise<Session> };
  disconnect(): Promise<void>;
  publish: {
    (publisher: Publisher, callback?: (error?: OTError) => void): Publisher;
    (targetElement: string | HTMLElement, properties?: PublisherProperties, callback?: (error?: OTError) => void): Publisher;
    promise(publisher: Publisher): Promise<Publisher>;
    promise(targetElement: string | HTMLElement, properties?: PublisherProperties): Promise<Publisher>;
  };
  unpublish(publisher: Publisher): void;
  subscribe: {
    (stream: Stream, targetElement?: HTMLElement | string | null, properties?: SubscriberProperties, callback?: (error?: OTError) => void): Subscriber;
    (stream: Stream, targetElement: HTMLElement | string | null | undefined, callback: (error?: OTError) => void): Subscriber;
    (stream: Stream, properties: SubscriberProperties, callback?: (error?: OTError) => void): Subscriber;
    (stream: Stream, callback: (error?: OTError) => void): Subscriber;
    promise(stream: Stream, targetElement?: HTMLElement | string, properties?: SubscriberProperties): Promise<Subscriber>;
  };
  unsubscribe(subscriber: Subscriber): void;
  signal(signal: { type?: string; data?: string; to?: Connection; retryAfterReconnect?: boolean }, callback?: (error?: OTError) => void): Promise<void>;
  forceDisconnect(connection: Connection, callback?: (error?: OTError) => void): Promise<void>;
  forceUnpublish(stream: Stream, callback?: (error?: OTError) => void): Promise<void>;
  forceMuteStream(stream: Stream): Promise<void>;
  forceMuteAll(excludedStreams?: Stream[]): Promise<void>;
  disableForceMute(): Promise<void>;
  getPublisherForStream(stream: Stream): Publisher | undefined;
  /** Any number of elements; the vendor's declaration says one. */
  getSubscribersForStream(stream: Stream): [Subscriber];
  setEncryptionSecret(secret: string): Promise<void>;
  setIceConfig(iceConfig: IceConfig): Promise<void>;
}

// OT

export const initPublisher: {
  (targetElement?: HTMLElement | string | null, properties?: PublisherProperties | null, callback?: (error?: OTError) => void): Publisher;
  (targetElement: HTMLElement | string | null | undefined, callback: (error?: OTError) => void): Publisher;
  (properties: PublisherProperties, callback?: (error?: OTError) => void): Publisher;
  (callback: (error?: OTError) => void): Publisher;
  promise(targetElement?: HTMLElement | string, properties?: PublisherProperties): Promise<Publisher>;
};
export function initSession(apiKeyOrApplicationId: string, sessionId: string, options?: InitSessionOptions): Session;
export function checkScreenSharingCapability(callback?: (response: ScreenSharingCapabilityResponse) => void): Promise<ScreenSharingCapabilityResponse>;
export function checkSystemRequirements(): number;
export function getActiveAudioOutputDevice(): Promise<AudioOutputDevice>;
export function getAudioOutputDevices(): Promise<AudioOutputDevice[]>;
export function getDevices(callback?: (error?: OTError, devices?: Device[]) => void): Promise<Device[]>;
export function getSupportedCodecs(): Promise<{ videoEncoders: ("H264" | "VP8" | "VP9")[]; videoDecoders: ("H264" | "VP8" | "VP9")[] }>;
export function getUserMedia(properties?: GetUserMediaProperties): Promise<MediaStream>;
export function hasEndToEndEncryptionSupport(): boolean;
export const hasMediaProcessorSupport: {
  (mediaType?: "audio" | "video" | "both"): boolean;
  promise(mediaType?: "audio" | "video" | "both"): Promise<boolean>;
};
export function log(message: string): void;
export function off(eventName?: "exception" | string | object, callback?: (event: ExceptionEvent) => void, context?: object): any;
export function on(eventName: "exception", callback: (event: ExceptionEvent) => void, context?: object): any;
export function on(eventName: string | object, callback?: Handler | object, context?: object): any;
export function once(eventName: "exception", callback: (event: ExceptionEvent) => void, context?: object): any;
export function once(eventName: string | object, callback?: Handler | object, context?: object): any;
export function registerScreenSharingExtension(kind: string, id: string, version: number): void;
export function reportIssue(callback?: (error?: OTError, issueId?: string) => void): Promise<string>;
export function setAudioOutputDevice(deviceId: string): Promise<void>;
export function setLogLevel(level: number): void;
export function setProxyUrl(proxyUrl: string): void;
export function unblockAudio(): Promise<undefined>;
export function upgradeSystemRequirements(): void;

export const NONE: number;
export const ERROR: number;
export const WARN: number;
export const INFO: number;
export const LOG: number;
export const DEBUG: number;

/** Undocumented. */
export const publishers: Collection<Publisher>;
/** Undocumented. */
export const subscribers: Collection<Subscriber>;
/** Undocumented. */
export const properties: { version: string; buildHash: string; debug: boolean; websiteURL: string; loggingURL: string; apiURL: string; [name: string]: unknown };
/** Undocumented: only `eventing` is used by pages. */
export const $: { eventing(target: object): void };
