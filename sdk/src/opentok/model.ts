/** The vendor's Connection and Stream objects: one for each of the core's, the same in every event, updated in place. */
import * as core from "../core/index";
import type { Dimensions } from "./types/opentok-api";

export class Connection {
  readonly id: string;
  readonly connectionId: string;
  readonly creationTime: number;
  /** `null` when the token had none, against the declared type: so does the vendor. */
  readonly data: string;
  readonly permissions: Record<string, number>;
  readonly capabilities: Record<string, number>;

  constructor(from: core.Connection) {
    this.id = this.connectionId = from.id;
    this.creationTime = from.createdAt;
    this.data = from.data as string;
    this.permissions = this.capabilities = numericCapabilities(from.capabilities);
  }
}

interface Channel {
  id: string;
  type: "audio" | "video";
  active: boolean;
  orientation?: string;
  width?: number;
  height?: number;
  source?: string;
  fitMode?: string;
}

export class Stream {
  readonly id: string;
  readonly streamId: string;
  readonly connection: Connection;
  readonly creationTime: number;
  readonly name: string;
  readonly initials: string;
  readonly frameRate: number;
  hasAudio!: boolean;
  hasVideo!: boolean;
  hasCaptions!: boolean;
  /** Not the vendor's: the publisher's uplink is too weak for a picture. */
  videoSuspended!: boolean;
  videoDimensions!: Dimensions;
  videoType!: "camera" | "screen" | "custom" | undefined;
  channel!: Channel[];

  constructor(from: core.Stream) {
    this.id = this.streamId = from.id;
    this.connection = connectionOf(from.connection);
    this.creationTime = from.createdAt;
    this.name = from.name;
    this.initials = from.initials ?? "";
    this.frameRate = from.frameRate as number;
    update(this, from);
  }
}

export function update(stream: Stream, from: core.Stream): void {
  const { width, height } = from;
  stream.hasAudio = from.hasAudio;
  stream.hasVideo = from.hasVideo;
  stream.hasCaptions = from.hasCaptions;
  stream.videoSuspended = from.videoSuspended;
  stream.videoDimensions = { width, height };
  stream.videoType = from.videoTrack ? (from.videoSource ?? "camera") : undefined;
  stream.channel = [
    ...(from.audioTrack ? [{ id: "audio1", type: "audio" as const, active: from.hasAudio }] : []),
    ...(from.videoTrack
      ? [{ id: "video1", type: "video" as const, active: from.hasVideo, orientation: "VideoOrientationRotatedNormal", width, height, source: stream.videoType ?? "camera", fitMode: stream.videoType === "screen" ? "contain" : "cover" }]
      : []),
  ];
}

const connections = new WeakMap<core.Connection, Connection>();
const streams = new WeakMap<core.Stream, Stream>();

export function connectionOf(from: core.Connection): Connection {
  let connection = connections.get(from);
  if (!connection) connections.set(from, (connection = new Connection(from)));
  return connection;
}

export function streamOf(from: core.Stream): Stream {
  let stream = streams.get(from);
  if (!stream) streams.set(from, (stream = new Stream(from)));
  return stream;
}

export function numericCapabilities(from: core.Capabilities) {
  const { publish, subscribe, forceUnpublish, forceDisconnect, forceMute } = from;
  return { publish: +publish, subscribe: +subscribe, forceUnpublish: +forceUnpublish, forceDisconnect: +forceDisconnect, forceMute: +forceMute };
}
