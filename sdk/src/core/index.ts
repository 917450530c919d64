/** The public API of the core. */
export { ExedraError } from "./error";
export { isOffline } from "./link";
export { connect, Room, SDK_VERSION } from "./room";
export type { ConnectOptions, RoomEvents, RoomState, SignalMessage } from "./room";
export { Connection, Stream } from "./model";
export type { Capabilities, EndReason, EndScope, StreamChange, StreamState, VideoSource } from "./model";
export { Publication } from "./publication";
export type { PublicationEvents, PublishOptions } from "./publication";
export { Subscription } from "./subscription";
export type { SubscriptionEvents, SubscriptionPreferences } from "./subscription";
export { capture, captureScreen, listDevices, screenShareSupported, willAsk } from "./devices";
export { LocalMedia } from "./local_media";
export type { LocalMediaEvents, MediaRequest, Source, TrackProcessor } from "./local_media";
export type { Device, DeviceKind } from "./devices";
export { AudioMeter } from "./audio_meter";
export type { LayerStats, StreamStats, TrackStats, TransportStats, VideoStats } from "./stats";
export type { Cause, Evidence, Problem, ProblemClass } from "../generated/problem";
