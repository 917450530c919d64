// The playground's call over the SDK: a development token from the server, then everything the room offers.

import { connect, type Connection, type Explanation, type Publication, type Room, type Stream, type Subscription } from "../../../sdk/src/core";
import { errorFromServer, faultBecause } from "../../../sdk/src/core/error";
import type { Call, CallObserver, Invitation, Join, MediaKind, Participant, RoomStream, StreamSource, StreamStats } from "./call";
import { problemOf } from "./problem";

const CHAT = "chat";
/** Windows are resized in many small steps; the server hears of the last one. */
const FIT_DELAY_MS = 200;

interface Admission {
  project_id: string;
  session_id: string;
  token: string;
}

export const joinRoom: Join = async (invitation, observer) => {
  const admission = await admit(invitation);
  const room = await connect({
    audioLevels: true,
    url: location.origin, sessionId: admission.session_id, token: admission.token, projectId: admission.project_id, sdk: "exedra-playground",
  });
  return new ExedraCall(room, admission, invitation, observer);
};

async function admit(invitation: Invitation): Promise<Admission> {
  const response = await fetch("/dev/join", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(invitation),
  }).catch((error: unknown) => {
    throw faultBecause(error, "SERVER_UNREACHABLE", { url: location.origin });
  });
  const body = await response.json().catch(() => null);
  if (!response.ok) throw errorFromServer(body);
  return body as Admission;
}

class ExedraCall implements Call {
  readonly selfId: string;
  readonly projectId: string;
  readonly sessionId: string;
  readonly #room: Room;
  readonly #name: string;
  readonly #observer: CallObserver;
  readonly #publications = new Map<string, Publication>();
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #fits = new Map<string, { width: number; height: number; timer: number }>();

  constructor(room: Room, admission: Admission, invitation: Invitation, observer: CallObserver) {
    this.selfId = room.connection.id;
    this.projectId = admission.project_id;
    this.sessionId = admission.session_id;
    this.#room = room;
    this.#name = invitation.name;
    this.#observer = observer;

    observer.participantJoined(participant(room.connection, invitation.name));
    for (const connection of room.connections.values()) observer.participantJoined(participant(connection));
    for (const stream of room.streams.values()) this.#streamCreated(stream);

    room.on("connectionCreated", ({ connection }) => observer.participantJoined(participant(connection)));
    room.on("connectionDestroyed", ({ connection }) => observer.participantLeft(connection.id));
    room.on("streamCreated", ({ stream }) => this.#streamCreated(stream));
    room.on("streamUpdated", ({ stream }) => observer.streamChanged(stream.id, sentBy(stream)));
    room.on("streamDestroyed", ({ stream }) => this.#streamDestroyed(stream));
    room.on("signal", ({ type, data, from }) => {
      if (type === CHAT && data) observer.messageReceived(from?.id ?? null, data);
    });
    room.on("reconnecting", () => observer.reconnecting());
    room.on("reconnected", () => observer.reconnected());
    room.on("disconnected", ({ reason, error }) => observer.ended(error?.problem ?? null, reason));
    room.on("audioLevels", ({ levels }) => observer.audioLevels(new Map(levels.map(({ stream, level }) => [stream.id, level]))));
  }

  async publish(media: MediaStream, source: StreamSource): Promise<string> {
    const publication = await this.#room.publish(media, {
      name: this.#name,
      videoSource: source,
      ...(source === "screen" && { contentHint: "detail" }),
    });
    this.#publications.set(publication.id, publication);
    publication.on("muteForced", () => this.#observer.muteForced(publication.id));
    publication.on("ended", ({ error }) => {
      this.#publications.delete(publication.id);
      this.#observer.ownStreamEnded(publication.id);
      if (error) this.#observer.failed(error.problem);
    });
    return publication.id;
  }

  async unpublish(streamId: string): Promise<void> {
    await this.#publications.get(streamId)?.unpublish();
  }

  async setEnabled(streamId: string, kind: MediaKind, enabled: boolean): Promise<void> {
    const publication = this.#publications.get(streamId);
    await (kind === "audio" ? publication?.setAudio(enabled) : publication?.setVideo(enabled));
  }

  async replaceTrack(streamId: string, track: MediaStreamTrack): Promise<boolean> {
    const publication = this.#publications.get(streamId);
    const kind = track.kind as MediaKind;
    if (!publication?.transceivers.has(kind)) return false;
    await publication.replaceTrack(kind, track);
    return true;
  }

  async send(text: string): Promise<void> {
    await this.#room.signal({ type: CHAT, data: text });
  }

  async stats(streamId: string): Promise<StreamStats | null> {
    const source = this.#subscriptions.get(streamId) ?? this.#publications.get(streamId);
    if (!source) return null;
    const { audio, video, transport } = await source.stats();
    const lead = video ?? audio;
    return {
      width: video?.width || null,
      height: video?.height || null,
      framesPerSecond: video?.frameRate ?? null,
      bitsPerSecond: (video?.bitrate ?? 0) + (audio?.bitrate ?? 0),
      loss: lead ? lead.lossPercent / 100 : null,
      roundTripMs: transport.rttMs ?? null,
      jitterMs: lead?.jitterMs ?? null,
      videoCodec: video?.codec ?? null,
      audioCodec: audio?.codec ?? null,
    };
  }

  async explain(streamId: string): Promise<Explanation | null> {
    return (await this.#subscriptions.get(streamId)?.explain()) ?? null;
  }

  fit(streamId: string, width: number, height: number): void {
    clearTimeout(this.#fits.get(streamId)?.timer);
    const timer = window.setTimeout(() => void this.#applyFit(streamId), FIT_DELAY_MS);
    this.#fits.set(streamId, { width, height, timer });
  }

  async leave(): Promise<void> {
    await this.#room.leave();
  }

  #streamCreated(stream: Stream): void {
    const described = describe(stream);
    if (!nameOf(stream.connection) && stream.name) this.#observer.participantJoined(participant(stream.connection, stream.name));
    this.#observer.streamAdded(described);
    void this.#subscribe(stream);
  }

  async #subscribe(stream: Stream): Promise<void> {
    try {
      const subscription = await this.#room.subscribe(stream);
      this.#subscriptions.set(stream.id, subscription);
      this.#observer.streamChanged(stream.id, { media: subscription.mediaStream });
      subscription.on("qualityChanged", (explanation) => this.#observer.qualityChanged(stream.id, explanation));
      subscription.on("ended", ({ error }) => {
        this.#subscriptions.delete(stream.id);
        this.#observer.streamChanged(stream.id, { media: null });
        if (error && this.#room.state !== "disconnected") this.#observer.failed(error.problem);
      });
      await this.#applyFit(stream.id);
    } catch (error) {
      // A stream may end while one is still subscribing to it: that is nobody's problem.
      if (this.#room.streams.has(stream.id)) this.#observer.failed(problemOf(error), () => void this.#subscribe(stream));
    }
  }

  #streamDestroyed(stream: Stream): void {
    clearTimeout(this.#fits.get(stream.id)?.timer);
    this.#fits.delete(stream.id);
    this.#observer.streamRemoved(stream.id);
  }

  async #applyFit(streamId: string): Promise<void> {
    const fit = this.#fits.get(streamId);
    const subscription = this.#subscriptions.get(streamId);
    if (!fit || !subscription) return;
    const { width, height } = fit;
    const inSight = width > 0 && height > 0;
    try {
      await subscription.update(inSight ? { video: true, width, height } : { video: false });
    } catch (error) {
      if (!subscription.ended) this.#observer.failed(problemOf(error));
    }
  }
}

function describe(stream: Stream): RoomStream {
  return {
    id: stream.id,
    participantId: stream.connection.id,
    name: stream.name || nameOf(stream.connection) || "Guest",
    source: stream.videoSource === "screen" ? "screen" : "camera",
    ...sentBy(stream),
    media: null,
  };
}

/** What can change while a stream lives. */
function sentBy({ hasAudio, hasVideo, videoSuspended }: Stream): Pick<RoomStream, "hasAudio" | "hasVideo" | "videoSuspended"> {
  return { hasAudio, hasVideo, videoSuspended };
}

function participant(connection: Connection, knownName?: string): Participant {
  return { id: connection.id, name: knownName ?? (nameOf(connection) || "Guest"), joinedAt: connection.createdAt };
}

/** Development tokens carry the name as JSON; tokens of other apps carry whatever these put there. */
function nameOf(connection: Connection): string {
  try {
    const data: unknown = JSON.parse(connection.data ?? "");
    return typeof data === "object" && data !== null && "name" in data && typeof data.name === "string" ? data.name : "";
  } catch {
    return "";
  }
}
