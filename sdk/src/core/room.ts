/**
 * A session as one client sees it: who is there, what they publish, what this client publishes and receives. The spine of the
 * SDK: requests go out here, events come in here.
 */
import type { Cause } from "../generated/problem";
import type * as wire from "../generated/wire";
import { Attempt } from "./attempt";
import { Facts } from "./cause";
import { Emitter } from "./emitter";
import { ExedraError, asExedraError, errorFromServer, fault } from "./error";
import { explanationFrom } from "./explanation";
import { isOffline, signalingUrl } from "./link";
import { Connection, Stream, type Capabilities, type EndReason, type EndScope, type StreamChange } from "./model";
import { Negotiator, type Kind } from "./negotiator";
import { preferencesOnWire, type SubscriptionPreferences } from "./preferences";
import { Publication, limitSender, sendOptions, type PublicationHost, type PublishOptions } from "./publication";
import { serverStatsFrom, type ServerStats } from "./server_stats";
import { Signaling } from "./signaling";
import type { StreamStats } from "./stats";
import { Subscription, type SubscriptionHost } from "./subscription";
import { observeLiveness, observeReception, observeTransport, type Observed } from "./transport_facts";

export const SDK_VERSION = "0.1.0";

export interface ConnectOptions {
  /** Origin of the server, such as `https://video.example.com`; a path in it is kept. Default: the origin of the page. */
  url?: string;
  sessionId: string;
  token: string;
  /** The project the app believes in; the server refuses a token of another one. */
  projectId?: string;
  /** `false`: no events about other connections (large audiences). */
  connectionEvents?: boolean;
  /** `true`: `audioLevels` events. They cost the server four messages a second for each listener. */
  audioLevels?: boolean;
  /** Used in addition to the server's; `iceServersOnly` leaves these alone. */
  iceServers?: RTCIceServer[];
  iceServersOnly?: boolean;
  iceTransportPolicy?: RTCIceTransportPolicy;
  /** Name of the API in front of the core, for the server's logs. */
  sdk?: string;
  /** Gives up connecting. */
  signal?: AbortSignal;
}

/** Signaling that does not answer in this time is taken for dead. */
const ANSWER_MS_MAX = 4_000;

export type RoomState = "connected" | "reconnecting" | "disconnected";

export interface SignalMessage {
  type: string | undefined;
  data: string | undefined;
  /** `undefined`: the server sent it, asked by REST. */
  from: Connection | undefined;
}

export interface RoomStats {
  /** Milliseconds since the epoch. */
  timestamp: number;
  server: ServerStats;
  /** As the browser counts, by id. */
  publications: Map<string, StreamStats>;
  subscriptions: Map<string, StreamStats>;
}

export interface RoomEvents {
  connectionCreated: { connection: Connection };
  connectionDestroyed: { connection: Connection; reason: EndReason };
  /** A stream of somebody else. Those that exist at the start are in `room.streams`. */
  streamCreated: { stream: Stream };
  streamUpdated: { stream: Stream; changes: StreamChange[] };
  streamDestroyed: { stream: Stream; reason: EndReason };
  signal: SignalMessage;
  muteForced: { active: boolean };
  /** Levels of the loudest subscribed streams, 0 to 1; with the option `audioLevels`. */
  audioLevels: { levels: { stream: Stream; level: number }[] };
  reconnecting: void;
  reconnected: void;
  /** Why signaling or media broke, some seconds later, when this is known. */
  interrupted: { cause: Cause };
  disconnected: { reason: EndReason; error: ExedraError | undefined };
}

export async function connect(options: ConnectOptions): Promise<Room> {
  const join: wire.Join = {
    session_id: options.sessionId,
    token: options.token,
    ...(options.projectId !== undefined && { project_id: options.projectId }),
    client: { sdk: options.sdk ?? "exedra-js", version: SDK_VERSION, user_agent: globalThis.navigator?.userAgent ?? "" },
    connection_events: options.connectionEvents ?? true,
    audio_levels: options.audioLevels ?? false,
  };
  const signaling = await Signaling.join(signalingUrl(options.url ?? "/"), join, options.signal);
  return new Room(signaling, options);
}

export class Room extends Emitter<RoomEvents> implements PublicationHost, SubscriptionHost {
  readonly sessionId: string;
  readonly mediaMode: wire.MediaMode;
  readonly connection: Connection;
  readonly capabilities: Readonly<Capabilities>;
  /** Everybody else, by id. */
  readonly connections = new Map<string, Connection>();
  /** Every visible stream of others, by id. */
  readonly streams = new Map<string, Stream>();
  readonly publications = new Map<string, Publication>();
  readonly subscriptions = new Map<string, Subscription>();
  /** A moderator muted everybody: a new stream starts muted. */
  forceMuted: boolean;
  #state: RoomState = "connected";
  readonly #signaling: Signaling;
  readonly #negotiator: Negotiator;
  readonly #attemptTimeoutMs: number;
  readonly #attempts = new Map<string, Attempt>();
  readonly #own = new Map<string, Stream>();
  readonly #mutedEarly = new Set<string>();
  #isDiagnosing = false;
  #interruption: Cause | undefined;
  readonly #onPageHide = (event: Event) => {
    if (!(event as PageTransitionEvent).persisted) this.#signaling.leaveNow();
  };
  readonly #onNetworkChange = () => this.#signaling.checkNow();

  /** Use `connect`. */
  constructor(signaling: Signaling, options: ConnectOptions) {
    super();
    const { joined } = signaling;
    this.#signaling = signaling;
    this.sessionId = joined.session.session_id;
    this.mediaMode = joined.session.media_mode;
    this.forceMuted = joined.session.force_muted;
    this.connection = new Connection(joined.connection);
    this.capabilities = this.connection.capabilities;
    this.#attemptTimeoutMs = joined.attempt_timeout_ms;
    for (const connection of joined.connections) this.connections.set(connection.connection_id, new Connection(connection));
    for (const stream of joined.streams) this.streams.set(stream.stream_id, this.#streamFrom(stream));

    this.#negotiator = new Negotiator(
      {
        iceServers: [...(options.iceServersOnly ? [] : joined.ice_servers), ...(options.iceServers ?? [])],
        iceTransportPolicy: options.iceTransportPolicy ?? "all",
        bundlePolicy: "max-bundle",
      },
      (offer) => signaling.request("negotiate", offer, { whenLost: "resend" }),
    );
    this.#negotiator.on("down", () => {
      this.#followMedia();
      void this.#diagnose();
    });
    this.#negotiator.on("up", () => this.#followMedia());

    signaling.start({
      event: (event) => this.#receive(event),
      interrupted: () => this.#interrupted(),
      resumed: (announced) => this.#resumed(announced),
      ended: (reason, error) => this.#ended(reason, error),
    });
    globalThis.addEventListener?.("pagehide", this.#onPageHide);
    globalThis.addEventListener?.("online", this.#onNetworkChange);
    globalThis.addEventListener?.("offline", this.#onNetworkChange);
  }

  get state(): RoomState {
    return this.#state;
  }

  /** Resolves when the stream is visible to others. The tracks stay the app's: `unpublish` does not stop them. */
  async publish(media: MediaStream | MediaStreamTrack[], options: PublishOptions = {}): Promise<Publication> {
    const tracks = Array.isArray(media) ? media : media.getTracks();
    const of = (kind: Kind) => tracks.find((track) => track.kind === kind);
    const properties = describe(of("audio"), of("video"), options);
    if (!properties.audio_track && !properties.video_track) throw fault("NO_MEDIA_REQUESTED");
    if (options.signal?.aborted) throw fault("PUBLISH_CANCELLED");
    const { stream_id: id } = await this.#signaling.request("publish", { properties });
    const attempt = this.#attempt("publish", id);
    const senders = new Map<Kind, RTCRtpTransceiver>();
    const abort = () => attempt.fail(fault("PUBLISH_CANCELLED"));
    options.signal?.addEventListener("abort", abort);
    try {
      if (options.signal?.aborted) abort();
      for (const kind of ["audio", "video"] as const) {
        if (properties[`${kind}_track`]) senders.set(kind, this.#negotiator.send(id, of(kind) ?? kind, sendOptions(options, kind, properties)));
      }
      await Promise.race([this.#negotiator.negotiate(), attempt.finished]);
      const video = senders.get("video");
      if (video && options.videoBitrate !== undefined) await limitSender(video.sender, { bitrate: options.videoBitrate });
      await attempt.finished;
      const publication = new Publication(this.#own.get(id)!, this, senders, tracks, options);
      this.publications.set(id, publication);
      if (options.audioFallback && video) publication.fallBackToAudio();
      // Muted while it was being published: told once the caller holds the publication.
      if (this.#mutedEarly.delete(id)) setTimeout(() => publication.forceMute());
      return publication;
    } catch (error) {
      this.#forget(senders);
      this.#negotiator.distrust();
      this.#own.delete(id);
      this.#mutedEarly.delete(id);
      this.#signaling.request("unpublish", { stream_id: id, media_stopped: false }, { whenInterrupted: "fail" }).catch(() => undefined);
      this.#renegotiate();
      throw asExedraError(error);
    } finally {
      options.signal?.removeEventListener("abort", abort);
      this.#attempts.delete(id);
    }
  }

  /** With `mediaStopped` when capture ended by itself: others see that reason. */
  async unpublish(publication: Publication, reason: "clientDisconnected" | "mediaStopped" = "clientDisconnected"): Promise<void> {
    if (!this.publications.has(publication.id)) return;
    this.#endPublication(publication, reason, "self");
    await this.#signaling.request("unpublish", { stream_id: publication.id, media_stopped: reason === "mediaStopped" });
  }

  /** Resolves when media flows, or at once after negotiation when the stream has nothing to show or to hear now. */
  async subscribe(wanted: Stream | string, preferences: SubscriptionPreferences = {}, signal?: AbortSignal): Promise<Subscription> {
    const streamId = typeof wanted === "string" ? wanted : wanted.id;
    const subscribed = await this.#signaling.request("subscribe", { stream_id: streamId, ...preferencesOnWire(preferences) });
    const { subscription_id: id } = subscribed;
    const stream = this.streams.get(streamId) ?? this.#own.get(streamId) ?? this.#streamFrom(subscribed.stream);
    const attempt = this.#attempt("subscribe", id);
    const receivers = new Map<Kind, RTCRtpTransceiver>();
    const abort = () => attempt.fail(fault("SUBSCRIBE_CANCELLED"));
    signal?.addEventListener("abort", abort);
    try {
      if (signal?.aborted) abort();
      for (const kind of ["audio", "video"] as const) {
        if (stream[`${kind}Track`]) receivers.set(kind, this.#negotiator.receive(id, kind));
      }
      const subscription = new Subscription(id, stream, this, receivers, preferences);
      this.subscriptions.set(id, subscription);
      await Promise.race([this.#negotiator.negotiate(), attempt.finished]);
      const expectsMedia = (stream.hasAudio && preferences.audio !== false) || (stream.hasVideo && preferences.video !== false);
      if (!expectsMedia) attempt.succeed();
      await attempt.finished;
      return subscription;
    } catch (error) {
      this.subscriptions.delete(id);
      this.#forget(receivers);
      this.#negotiator.distrust();
      this.#signaling.request("unsubscribe", { subscription_id: id }, { whenInterrupted: "fail" }).catch(() => undefined);
      this.#renegotiate();
      throw asExedraError(error);
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#attempts.delete(id);
    }
  }

  async unsubscribe(subscription: Subscription): Promise<void> {
    if (!this.subscriptions.has(subscription.id)) return;
    this.#endSubscription(subscription, "clientDisconnected", "self");
    await this.#signaling.request("unsubscribe", { subscription_id: subscription.id });
  }

  /**
   * To one connection or to everybody, the sender included. Without a socket it waits for reconnection and is then sent at
   * least once; with `retryAfterReconnect: false` it fails instead.
   */
  async signal(message: { type?: string; data?: string; to?: Connection | string }, options: { retryAfterReconnect?: boolean } = {}): Promise<void> {
    const { type, data, to } = message;
    const retry = options.retryAfterReconnect !== false;
    await this.#signaling.request(
      "signal",
      {
        ...(type !== undefined && { type }),
        ...(data !== undefined && { data }),
        ...(to !== undefined && { to: typeof to === "string" ? to : to.id }),
      },
      retry ? { whenLost: "resend" } : { whenInterrupted: "fail" },
    );
  }

  async forceDisconnect(connection: Connection | string): Promise<void> {
    await this.#signaling.request("force_disconnect", { connection_id: typeof connection === "string" ? connection : connection.id });
  }

  async forceUnpublish(stream: Stream | string): Promise<void> {
    await this.#signaling.request("force_unpublish", { stream_id: typeof stream === "string" ? stream : stream.id });
  }

  async forceMuteStream(stream: Stream | string): Promise<void> {
    await this.#signaling.request("force_mute_stream", { stream_id: typeof stream === "string" ? stream : stream.id });
  }

  /** Mutes the audio of all current and future streams but the excluded ones, until `disableForceMute`. */
  async forceMuteAll(excluded: (Stream | string)[] = []): Promise<void> {
    await this.#signaling.request("force_mute_all", { excluded_stream_ids: excluded.map((stream) => (typeof stream === "string" ? stream : stream.id)) });
  }

  async disableForceMute(): Promise<void> {
    await this.#signaling.request("disable_force_mute", {});
  }

  /** Ends everything; `disconnected` is emitted with reason `clientDisconnected`. */
  leave(): Promise<void> {
    return this.#signaling.leave();
  }

  /** Replaces the ICE servers of a running session; media goes on, over the new ones. */
  setIceServers(servers: RTCIceServer[], transportPolicy: RTCIceTransportPolicy = "all"): void {
    this.#negotiator.reconfigure({ iceServers: servers, iceTransportPolicy: transportPolicy });
  }

  /** What the server itself offers. */
  get serverIceServers(): RTCIceServer[] {
    return this.#signaling.joined.ice_servers;
  }

  /** Everything that is counted of this client's media: by the browser for each stream, and by the server. */
  async stats(): Promise<RoomStats> {
    const each = async (sources: Map<string, Publication | Subscription>) =>
      new Map(await Promise.all([...sources].map(async ([id, source]) => [id, await source.stats()] as const)));
    const [server, publications, subscriptions] = await Promise.all([
      this.#signaling.request("stats", {}, { whenLost: "resend" }),
      each(this.publications),
      each(this.subscriptions),
    ]);
    return { timestamp: Date.now(), server: serverStatsFrom(server), publications, subscriptions };
  }

  /** Sends what this browser knows of its media path to the server's log, under an id that the user can quote. */
  async reportIssue(issueId: string): Promise<void> {
    const { figures, facts } = await observeTransport(this.peerConnection, this.#negotiator.relays);
    const reported = { issue_id: issueId, ...figures, observed: facts };
    await this.#signaling.request("report", { operation: "issue", facts: reported }, { whenInterrupted: "fail" });
  }

  /** The underlying peer connection, once there is one, for statistics beyond `stats()`. */
  get peerConnection(): RTCPeerConnection | undefined {
    return this.#negotiator.peerConnection;
  }

  // PublicationHost and SubscriptionHost

  async update(streamId: string, changes: wire.StreamChanges): Promise<void> {
    await this.#signaling.request("update_stream", { stream_id: streamId, changes }, { whenLost: "resend" });
    this.#streamUpdated(streamId, changes);
  }

  async updateSubscription(id: string, preferences: wire.SubscriptionPreferences): Promise<void> {
    await this.#signaling.request("update_subscription", { subscription_id: id, ...preferences }, { whenLost: "resend" });
  }

  async requestKeyFrame(id: string): Promise<void> {
    await this.#signaling.request("request_key_frame", { subscription_id: id });
  }

  explain(id: string): Promise<wire.Explanation> {
    return this.#signaling.request("explain", { subscription_id: id }, { whenLost: "resend" });
  }

  #receive(event: wire.EventBody): void {
    switch (event.event) {
      case "connection_created": {
        const connection = new Connection(event.data.connection);
        if (connection.id === this.connection.id) return;
        this.connections.set(connection.id, connection);
        return this.emit("connectionCreated", { connection });
      }
      case "connection_destroyed": {
        const connection = this.connections.get(event.data.connection_id);
        if (!connection) return;
        this.connections.delete(connection.id);
        return this.emit("connectionDestroyed", { connection, reason: event.data.reason });
      }
      case "stream_created":
        return this.#streamCreated(event.data.stream);
      case "stream_updated":
        return this.#streamUpdated(event.data.stream_id, event.data.changes);
      case "stream_destroyed":
        return this.#streamDestroyed(event.data.stream_id, event.data.reason);
      case "signal": {
        const { type, data, from } = event.data;
        return this.emit("signal", { type, data, from: from ? this.#connectionOf(from) : undefined });
      }
      case "stream_mute_forced":
        return this.#muteForced(event.data.stream_id);
      case "mute_forced":
        this.forceMuted = event.data.active;
        return this.emit("muteForced", { active: event.data.active });
      case "subscription_started":
        this.#attempts.get(event.data.subscription_id)?.succeed();
        return this.subscriptions.get(event.data.subscription_id)?.emit("started", undefined);
      case "subscription_ended": {
        const subscription = this.subscriptions.get(event.data.subscription_id);
        this.#attempts.get(event.data.subscription_id)?.fail(fault("SUBSCRIPTION_ENDED", { reason: event.data.reason }));
        if (subscription) this.#endSubscription(subscription, event.data.reason, "self");
        return;
      }
      case "encodings_needed":
        return this.publications.get(event.data.stream_id)?.needEncodings(event.data.encodings);
      case "quality_changed":
        return this.subscriptions.get(event.data.subscription_id)?.emit("qualityChanged", explanationFrom(event.data.explanation));
      case "operation_failed":
        return this.#operationFailed(event.data.subject_id, event.data.operation, errorFromServer(event.data.error));
      case "audio_levels":
        return this.#audioLevels(event.data.levels);
    }
  }

  #streamCreated(from: wire.Stream): void {
    const stream = this.#streamFrom(from);
    if (from.connection_id === this.connection.id) {
      this.#own.set(stream.id, stream);
      this.#attempts.get(stream.id)?.succeed();
    } else {
      this.streams.set(stream.id, stream);
      this.emit("streamCreated", { stream });
    }
  }

  #streamUpdated(id: string, changes: wire.StreamChanges): void {
    const stream = this.streams.get(id) ?? this.#own.get(id);
    const changed = stream?.update(changes) ?? [];
    if (!stream || changed.length === 0) return;
    this.publications.get(id)?.emit("updated", { changes: changed });
    this.emit("streamUpdated", { stream, changes: changed });
  }

  #streamDestroyed(id: string, reason: EndReason): void {
    const publication = this.publications.get(id);
    if (publication) return this.#endPublication(publication, reason, "self");
    this.#attempts.get(id)?.fail(fault("STREAM_ENDED", { stream_id: id, reason }));
    const stream = this.streams.get(id);
    if (!stream) return;
    this.streams.delete(id);
    const subscriptions = [...this.subscriptions.values()].filter((subscription) => subscription.stream === stream);
    for (const subscription of subscriptions) {
      this.#attempts.get(subscription.id)?.fail(fault("STREAM_ENDED", { stream_id: id, reason }));
    }
    this.emit("streamDestroyed", { stream, reason });
    for (const subscription of subscriptions) this.#endSubscription(subscription, reason, "stream");
  }

  #operationFailed(id: string, operation: string, error: ExedraError): void {
    void this.#observe(operation, id);
    const attempt = this.#attempts.get(id);
    if (attempt) return attempt.fail(error);
    const publication = this.publications.get(id);
    const subscription = this.subscriptions.get(id);
    if (publication) this.#endPublication(publication, "networkDisconnected", "self", error);
    else if (subscription) this.#endSubscription(subscription, "networkDisconnected", "self", error);
  }

  #muteForced(id: string): void {
    const publication = this.publications.get(id);
    if (publication) publication.forceMute();
    else if (this.#attempts.has(id)) this.#mutedEarly.add(id);
  }

  #audioLevels(levels: wire.AudioLevel[]): void {
    const known = levels.flatMap(({ stream_id, level }) => {
      const stream = this.streams.get(stream_id) ?? this.#own.get(stream_id);
      return stream ? [{ stream, level }] : [];
    });
    for (const { stream, level } of known) {
      this.#eachSubscription((subscription) => subscription.stream === stream && subscription.emit("audioLevel", { level }));
    }
    this.emit("audioLevels", { levels: known });
  }

  #interrupted(): void {
    this.#state = "reconnecting";
    this.emit("reconnecting", undefined);
    this.#followMedia();
    void this.#diagnose();
  }

  #resumed(announced: boolean): void {
    this.#state = "connected";
    this.#interruption = undefined;
    if (!this.#negotiator.isUp) this.#negotiator.restartIce();
    if (announced) this.emit("reconnected", undefined);
    this.#followMedia();
  }

  #followMedia(): void {
    const interrupted = this.#state !== "connected" || !this.#negotiator.isUp;
    this.#eachSubscription((subscription) => this.#attempts.has(subscription.id) || subscription.setInterrupted(interrupted));
  }

  #ended(reason: EndReason, error: ExedraError | undefined): void {
    this.#state = "disconnected";
    if (error && this.#interruption) error.problem.cause = this.#interruption;
    globalThis.removeEventListener?.("pagehide", this.#onPageHide);
    globalThis.removeEventListener?.("online", this.#onNetworkChange);
    globalThis.removeEventListener?.("offline", this.#onNetworkChange);
    for (const attempt of this.#attempts.values()) attempt.fail(error ?? fault("NOT_CONNECTED", { operation: attempt.operation }));
    this.#negotiator.close();
    this.emit("disconnected", { reason, error });
    for (const publication of [...this.publications.values()]) this.#endPublication(publication, reason, "session", error);
    for (const subscription of [...this.subscriptions.values()]) this.#endSubscription(subscription, reason, "session", error);
  }

  #endPublication(publication: Publication, reason: EndReason, scope: EndScope, error?: ExedraError): void {
    this.publications.delete(publication.id);
    this.#own.delete(publication.id);
    this.#forget(publication.transceivers);
    this.#renegotiate();
    publication.end(reason, scope, error);
  }

  #endSubscription(subscription: Subscription, reason: EndReason, scope: EndScope, error?: ExedraError): void {
    this.subscriptions.delete(subscription.id);
    this.#forget(subscription.transceivers);
    this.#renegotiate();
    subscription.end(reason, scope, error);
  }

  #attempt(operation: "publish" | "subscribe", subjectId: string): Attempt {
    const [observe, conclude] = [() => this.#observe(operation, subjectId), () => this.#conclude(operation, subjectId)];
    const attempt = new Attempt(operation, subjectId, this.#attemptTimeoutMs, observe, conclude);
    this.#attempts.set(subjectId, attempt);
    return attempt;
  }

  /** Tells the server what this browser sees of an attempt. */
  async #observe(operation: string, subjectId: string): Promise<Observed> {
    const observed = await observeTransport(this.peerConnection, this.#negotiator.relays);
    const stats = await this.subscriptions.get(subjectId)?.rawStats();
    if (stats) observeReception(stats, observed.facts);
    this.#report(operation, subjectId, observed);
    return observed;
  }

  /** What can be seen of an attempt when the server has said nothing about it. */
  async #conclude(operation: string, subjectId: string): Promise<Observed> {
    const [observed, signalingAlive] = await Promise.all([this.#observe(operation, subjectId), this.#signaling.isAlive(ANSWER_MS_MAX)]);
    observed.facts.observe("signaling_alive", signalingAlive).observe("media_was_up", this.#negotiator.wasUp);
    return observed;
  }

  /** Finds out which half of a running call broke, tells the app, and the server's log when it can be reached again. */
  async #diagnose(): Promise<void> {
    if (this.#isDiagnosing) return;
    this.#isDiagnosing = true;
    const facts = new Facts().observe("media_was_up", this.#negotiator.wasUp);
    const [signalingAlive] = await Promise.all([this.#signaling.isAlive(ANSWER_MS_MAX), observeLiveness(this.peerConnection, facts)]);
    this.#isDiagnosing = false;
    const cause = facts.observe("signaling_alive", signalingAlive).observe("page_online", !isOffline()).decide();
    if (!cause || (this.#state as RoomState) === "disconnected") return;
    this.#interruption = cause;
    this.emit("interrupted", { cause });
    this.#report("call", undefined, { figures: { cause: cause.id }, facts });
  }

  #report(operation: string, subjectId: string | undefined, { figures, facts }: Observed): void {
    const report = { operation, ...(subjectId !== undefined && { subject_id: subjectId }), facts: { ...figures, observed: facts } };
    this.#signaling.request("report", report).catch(() => undefined);
  }

  #forget(transceivers: ReadonlyMap<Kind, RTCRtpTransceiver>): void {
    for (const transceiver of transceivers.values()) this.#negotiator.release(transceiver);
  }

  /** Sections that are no longer used become inactive; nobody waits for it. */
  #renegotiate(): void {
    if (this.#state !== "disconnected") this.#negotiator.negotiate().catch(() => undefined);
  }

  #eachSubscription(visit: (subscription: Subscription) => unknown): void {
    for (const subscription of [...this.subscriptions.values()]) visit(subscription);
  }

  #streamFrom(from: wire.Stream): Stream {
    if (from.connection && !this.connections.has(from.connection_id) && from.connection_id !== this.connection.id) {
      this.connections.set(from.connection_id, new Connection(from.connection));
    }
    return new Stream(from, this.#connectionOf(from.connection_id, from.created_at));
  }

  /** With connection events off, somebody else is first heard of through a stream or a signal. */
  #connectionOf(id: string, createdAt = Date.now()): Connection {
    if (id === this.connection.id) return this.connection;
    let connection = this.connections.get(id);
    if (!connection) {
      const none = { publish: false, subscribe: false, signal: false, force_unpublish: false, force_disconnect: false, force_mute: false };
      connection = new Connection({ connection_id: id, created_at: createdAt, data: null, capabilities: none });
      this.connections.set(id, connection);
    }
    return connection;
  }
}

function describe(audio: MediaStreamTrack | undefined, video: MediaStreamTrack | undefined, options: PublishOptions): wire.StreamProperties {
  const size = video?.getSettings?.() ?? {};
  const audioTrack = options.audioTrack ?? audio !== undefined;
  const videoTrack = options.videoTrack ?? video !== undefined;
  if (audio && options.audio !== undefined) audio.enabled = options.audio;
  if (video && options.video !== undefined) video.enabled = options.video;
  if (video && options.contentHint !== undefined) video.contentHint = options.contentHint;
  return {
    name: options.name ?? "",
    ...(options.initials !== undefined && { initials: options.initials }),
    audio_track: audioTrack,
    video_track: videoTrack,
    has_audio: audioTrack && (audio ? audio.enabled : false),
    has_video: videoTrack && (video ? video.enabled : false),
    ...(videoTrack && { video_source: options.videoSource ?? "camera" }),
    width: size.width ?? 0,
    height: size.height ?? 0,
    ...(options.frameRate !== undefined && { frame_rate: options.frameRate }),
    has_captions: options.captions ?? false,
    video_suspended: false,
    audio_fallback_off: !(options.subscriberAudioFallback ?? true),
  };
}
