// What the playground needs of a call. The views and the model know only this file; `exedra_call.ts` fulfils it with
// the SDK, `rehearsal.ts` with painted participants for developing and testing the interface without a server.

import type { EndReason, Explanation } from "../../../sdk/src/core";
import type { Problem } from "./problem";

export type MediaKind = "audio" | "video";
export type StreamSource = "camera" | "screen";

export interface Participant {
  /** The connection id. */
  id: string;
  name: string;
  /** Milliseconds since the epoch. */
  joinedAt: number;
}

/** A published stream, as a subscriber sees it. */
export interface RoomStream {
  id: string;
  participantId: string;
  name: string;
  source: StreamSource;
  /** The publisher has the track and has not muted it. */
  hasAudio: boolean;
  hasVideo: boolean;
  /** The publisher's uplink is too weak for a picture now, whatever `hasVideo` says. */
  videoSuspended: boolean;
  /** `null` until media arrives. */
  media: MediaStream | null;
}

/** A moment of one stream's media. A figure that is not known (yet) is `null`. */
export interface StreamStats {
  width: number | null;
  height: number | null;
  framesPerSecond: number | null;
  bitsPerSecond: number | null;
  /** Share of packets lost in the last interval, 0 to 1. */
  loss: number | null;
  roundTripMs: number | null;
  jitterMs: number | null;
  videoCodec: string | null;
  audioCodec: string | null;
}

export interface CallObserver {
  participantJoined(participant: Participant): void;
  participantLeft(participantId: string): void;
  streamAdded(stream: RoomStream): void;
  streamChanged(streamId: string, changes: Partial<RoomStream>): void;
  streamRemoved(streamId: string): void;
  /** Also for own messages: the room decides the order in which everybody reads them. */
  messageReceived(fromId: string | null, text: string): void;
  /** Why the picture of a stream is as it is has changed. */
  qualityChanged(streamId: string, explanation: Explanation): void;
  /** Linear levels (0 to 1) of the streams that can be heard; nothing comes while none can. */
  audioLevels(levels: ReadonlyMap<string, number>): void;
  /** Somebody with the right to do so muted this own stream. */
  muteForced(streamId: string): void;
  /** An own stream ended without being asked to: screen sharing stopped from the browser's bar, or a moderator. */
  ownStreamEnded(streamId: string): void;
  reconnecting(): void;
  reconnected(): void;
  /** Something failed, the call goes on. `retry` tries the same again. */
  failed(problem: Problem, retry?: () => void): void;
  /** The call is over; no problem when it ended as somebody wanted. */
  ended(problem: Problem | null, reason: EndReason): void;
}

export interface Call {
  readonly selfId: string;
  readonly projectId: string;
  readonly sessionId: string;
  /** Resolves with the stream id as soon as the others can see the stream. */
  publish(media: MediaStream, source: StreamSource): Promise<string>;
  unpublish(streamId: string): Promise<void>;
  setEnabled(streamId: string, kind: MediaKind, enabled: boolean): Promise<void>;
  /** `false` when the stream was published without a track of this kind. */
  replaceTrack(streamId: string, track: MediaStreamTrack): Promise<boolean>;
  send(text: string): Promise<void>;
  stats(streamId: string): Promise<StreamStats | null>;
  /** Why the picture of a stream is as it is; `null` for one that is not received. */
  explain(streamId: string): Promise<Explanation | null>;
  /** The picture's size on the page in device pixels, so that no larger one is sent; 0 × 0 when it is out of sight. */
  fit(streamId: string, width: number, height: number): void;
  leave(): Promise<void>;
}

export interface Invitation {
  room: string;
  name: string;
}

export type Join = (invitation: Invitation, observer: CallObserver) => Promise<Call>;
