/** Connections and streams of a session as this client sees them. One object for one thing, updated in place while it lives. */
import type * as wire from "../generated/wire";

export type EndReason = wire.EndReason;
export type VideoSource = wire.VideoSource;

/** What ended: the thing itself, the stream it belonged to, or the whole session. */
export type EndScope = "self" | "stream" | "session";

export interface Capabilities {
  publish: boolean;
  subscribe: boolean;
  signal: boolean;
  forceUnpublish: boolean;
  forceDisconnect: boolean;
  forceMute: boolean;
}

export class Connection {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** From the token; `null` when it had none. */
  readonly data: string | null;
  readonly capabilities: Readonly<Capabilities>;

  constructor(from: wire.Connection) {
    this.id = from.connection_id;
    this.createdAt = from.created_at;
    this.data = from.data ?? null;
    this.capabilities = {
      publish: from.capabilities.publish,
      subscribe: from.capabilities.subscribe,
      signal: from.capabilities.signal,
      forceUnpublish: from.capabilities.force_unpublish,
      forceDisconnect: from.capabilities.force_disconnect,
      forceMute: from.capabilities.force_mute,
    };
  }
}

/** The properties of a stream that can change while it lives. */
export interface StreamState {
  hasAudio: boolean;
  hasVideo: boolean;
  hasCaptions: boolean;
  /** The publisher's uplink is too weak for a picture: audio only, until it recovers. `hasVideo` stays what the user wants. */
  videoSuspended: boolean;
  width: number;
  height: number;
  videoSource: VideoSource | undefined;
}

export interface StreamChange<Name extends keyof StreamState = keyof StreamState> {
  property: Name;
  oldValue: StreamState[Name];
  newValue: StreamState[Name];
}

export class Stream implements StreamState {
  readonly id: string;
  readonly connection: Connection;
  readonly createdAt: number;
  readonly name: string;
  readonly initials: string | undefined;
  /** There is an audio (video) track at all, muted or not. */
  readonly audioTrack: boolean;
  readonly videoTrack: boolean;
  readonly frameRate: number | undefined;
  hasAudio: boolean;
  hasVideo: boolean;
  hasCaptions: boolean;
  videoSuspended: boolean;
  width: number;
  height: number;
  videoSource: VideoSource | undefined;

  constructor(from: wire.Stream, connection: Connection) {
    this.id = from.stream_id;
    this.connection = connection;
    this.createdAt = from.created_at;
    this.name = from.name;
    this.initials = from.initials;
    this.audioTrack = from.audio_track;
    this.videoTrack = from.video_track;
    this.frameRate = from.frame_rate;
    this.hasAudio = from.has_audio;
    this.hasVideo = from.has_video;
    this.hasCaptions = from.has_captions;
    this.videoSuspended = from.video_suspended;
    this.width = from.width;
    this.height = from.height;
    this.videoSource = from.video_source;
  }

  /** Applies what the server said, and returns what really changed. */
  update(changes: wire.StreamChanges): StreamChange[] {
    const next: Partial<StreamState> = {
      hasAudio: changes.has_audio,
      hasVideo: changes.has_video,
      hasCaptions: changes.has_captions,
      videoSuspended: changes.video_suspended,
      width: changes.width,
      height: changes.height,
      videoSource: changes.video_source,
    };
    const state = this as Record<keyof StreamState, unknown>;
    return (Object.keys(next) as (keyof StreamState)[]).flatMap((property) => {
      const newValue = next[property];
      const oldValue = this[property];
      if (newValue === undefined || newValue === oldValue) return [];
      state[property] = newValue;
      return [{ property, oldValue, newValue }];
    });
  }
}
