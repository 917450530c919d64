import type { Problem } from "./problem";

export type Method =
  | { method: "join"; params: Join }
  | { method: "leave"; params: Record<string, never> }
  | { method: "publish"; params: Publish }
  | { method: "unpublish"; params: { stream_id: string } }
  | { method: "update_stream"; params: UpdateStream }
  | { method: "subscribe"; params: Subscribe }
  | { method: "unsubscribe"; params: { subscription_id: string } }
  | { method: "update_subscription"; params: UpdateSubscription }
  | { method: "negotiate"; params: Negotiate }
  | { method: "signal"; params: Signal }
  | { method: "force_disconnect"; params: { connection_id: string } }
  | { method: "force_unpublish"; params: { stream_id: string } }
  | { method: "force_mute_stream"; params: { stream_id: string } }
  | { method: "force_mute_all"; params: { excluded_stream_ids: Array<string> } }
  | { method: "disable_force_mute"; params: Record<string, never> }
  | { method: "request_key_frame"; params: { subscription_id: string } }
  | { method: "report"; params: Report }
  | { method: "ping"; params: Record<string, never> };

export type Request = { id: number } & Method;
export type Join = {
  session_id: string; token: string; project_id?: string; client: ClientInfo; connection_events: boolean; resume?: Resume;
};
export type Resume = { connection_id: string; secret: string; last_seq: number };
export type ClientInfo = { sdk: string; version: string; user_agent: string };
export type Joined = {
  connection: Connection; capabilities: Capabilities; session: SessionInfo; connections: Array<Connection>;
  streams: Array<Stream>; ice_servers: Array<IceServer>; resume_secret: string; heartbeat_ms: number; attempt_timeout_ms: number;
};
export type SessionInfo = { session_id: string; media_mode: MediaMode; force_muted: boolean };
export type MediaMode = "routed" | "relayed";
export type Connection = { connection_id: string; created_at: number; data: string | null; capabilities: Capabilities };
export type Capabilities = {
  publish: boolean; subscribe: boolean; signal: boolean; force_unpublish: boolean; force_disconnect: boolean; force_mute: boolean;
};
export type Stream = { stream_id: string; connection_id: string; created_at: number } & StreamProperties;
export type StreamProperties = {
  name: string; initials?: string; audio_track: boolean; video_track: boolean; has_audio: boolean; has_video: boolean;
  video_source?: VideoSource; width: number; height: number; frame_rate?: number; has_captions: boolean;
};
export type VideoSource = "camera" | "screen" | "custom";
export type Publish = { properties: StreamProperties };
export type Published = { stream_id: string };
export type UpdateStream = { stream_id: string; changes: StreamChanges };
export type StreamChanges = {
  has_audio?: boolean; has_video?: boolean; has_captions?: boolean; width?: number; height?: number; video_source?: VideoSource;
};
export type Subscribe = { stream_id: string } & SubscriptionPreferences;
export type Subscribed = { subscription_id: string; stream: Stream };
export type UpdateSubscription = { subscription_id: string } & SubscriptionPreferences;
export type SubscriptionPreferences = {
  audio?: boolean; video?: boolean; width_max?: number; height_max?: number; frame_rate_max?: number; priority?: number;
};
export type Negotiate = { offer: string; sections: Array<Section> };
export type Section = { mid: string } & SectionTarget;
export type SectionTarget = { stream_id: string } | { subscription_id: string };
export type Negotiated = { answer: string };
export type Signal = { type?: string; data?: string; to?: string };
export type Report = { operation: string; subject_id?: string; facts: Record<string, unknown> };
export type IceServer = { urls: Array<string>; username?: string; credential?: string };
export type ServerFrame = Response | Event;
export type Response = { id: number; result: unknown } | { id: number | null; error: Problem };
export type Event = { seq: number } & EventBody;
export type EventBody =
  | { event: "connection_created"; data: { connection: Connection } }
  | { event: "connection_destroyed"; data: { connection_id: string; reason: EndReason } }
  | { event: "stream_created"; data: { stream: Stream } }
  | { event: "stream_updated"; data: { stream_id: string; changes: StreamChanges } }
  | { event: "stream_destroyed"; data: { stream_id: string; reason: EndReason } }
  | { event: "signal"; data: Signal & { from: string | null } }
  | { event: "stream_mute_forced"; data: { stream_id: string } }
  | { event: "mute_forced"; data: { active: boolean } }
  | { event: "subscription_started"; data: { subscription_id: string } }
  | { event: "subscription_ended"; data: { subscription_id: string; reason: EndReason } }
  | { event: "operation_failed"; data: { operation: string; subject_id: string; error: Problem } }
  | { event: "audio_levels"; data: { levels: Array<AudioLevel> } }
  | { event: "session_disconnected"; data: { reason: EndReason; error: Problem | null } };
export type AudioLevel = { stream_id: string; level: number };
export type EndReason =
  | "clientDisconnected" | "forceDisconnected" | "forceUnpublished" | "mediaStopped" | "networkDisconnected" | "mediaIdle"
  | "serverRotation";
