/** The public API of the core. */
export { ExedraError } from "./error";
export { connect, Room, SDK_VERSION } from "./room";
export type { ConnectOptions, RoomEvents, RoomState, SignalMessage } from "./room";
export { Connection, Stream } from "./model";
export type { Capabilities, EndReason, StreamChange, StreamState, VideoSource } from "./model";
export { Publication } from "./publication";
export type { PublicationEvents, PublishOptions } from "./publication";
export { Subscription } from "./subscription";
export type { SubscriptionEvents, SubscriptionPreferences } from "./subscription";
export { capture, captureScreen, listDevices, screenShareSupported, willAsk } from "./devices";
export type { Device, DeviceKind } from "./devices";
export type { StreamStats, TrackStats, TransportStats, VideoStats } from "./stats";
export type { Cause, Evidence, Problem, ProblemClass } from "../generated/problem";
