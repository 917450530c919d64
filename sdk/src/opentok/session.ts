/** The vendor's Session: names and events over a core room. */
import { fault, faultBecause } from "../core/error";
import { connect, watchCpu, type Connection as CoreConnection, type Room, type Stream as CoreStream, type StreamChange } from "../core/index";
import { widgetArguments, type Target } from "./arguments";
import { Collection } from "./collection";
import { complete, withPromise, type Callback } from "./completion";
import { otError, type OTError } from "./error";
import { dispatch, SessionOTEventEmitter } from "./eventing";
import { connectionOf, numericCapabilities, streamOf, update, type Connection, type Stream } from "./model";
import { Publisher } from "./publisher";
import { publishers } from "./registry";
import { serverUrl } from "./server_address";
import { Subscriber } from "./subscriber";
import { later } from "./turn";
import type * as Api from "./types/opentok-api";

type Capabilities = ReturnType<typeof numericCapabilities>;
type State = "disconnected" | "connecting" | "connected" | "reconnecting";

export class Session extends SessionOTEventEmitter {
  readonly id: string;
  readonly sessionId: string;
  readonly apiKey: string;
  readonly connections = new Collection<Connection>();
  readonly streams = new Collection<Stream>();
  connection: Connection | undefined;
  capabilities: Capabilities = noCapabilities();
  readonly #options: Api.InitSessionOptions;
  readonly #subscribers = new Set<Subscriber>();
  #state: State = "disconnected";
  #unwatchCpu: (() => void) | undefined;
  #connecting: { promise: Promise<Room>; cancel: AbortController } | undefined;

  /** For publishers: what they publish to, while connected. */
  room: Room | undefined;
  readonly publishersOf = new Set<Publisher>();
  /** The page prevented the default action of the last `sessionDisconnected`. */
  keepsWidgets = false;

  readonly connect = withPromise(
    (token: string, callback?: Callback): this => {
      complete(this, "connect", this.#connect(token), callback ?? (() => undefined)).catch(() => undefined);
      return this;
    },
    (token: string): Promise<this> => complete(this, "connect", this.#connect(token)).then(() => this),
  );

  readonly publish = withPromise(
    (first: Publisher | Target, ...rest: unknown[]): Publisher => {
      const { publisher, published, callback } = this.#publish(first, rest);
      complete(publisher, "publish", published, callback ?? (() => undefined)).catch(() => undefined);
      return publisher;
    },
    (first: Publisher | Target, ...rest: unknown[]): Promise<Publisher> => {
      const { publisher, published } = this.#publish(first, rest);
      return complete(publisher, "publish", published).then(() => publisher);
    },
  );

  readonly subscribe = withPromise(
    (stream: Stream, ...rest: unknown[]): Subscriber => {
      const { subscriber, subscribed, callback } = this.#subscribe(stream, rest);
      complete(subscriber, "subscribe", subscribed, callback ?? (() => undefined)).catch(() => undefined);
      return subscriber;
    },
    (stream: Stream, ...rest: unknown[]): Promise<Subscriber> => {
      const { subscriber, subscribed } = this.#subscribe(stream, rest);
      return complete(subscriber, "subscribe", subscribed).then(() => subscriber);
    },
  );

  constructor(apiKey: string, sessionId: string, options: Api.InitSessionOptions) {
    super();
    this.apiKey = apiKey;
    this.id = this.sessionId = sessionId;
    this.#options = options;
  }

  isConnected(): boolean {
    return this.#state === "connected" || this.#state === "reconnecting";
  }

  is(state: string): boolean {
    return this.#state === state || (state === "connected" && this.isConnected());
  }

  async disconnect(): Promise<void> {
    this.#connecting?.cancel.abort();
    await this.#connecting?.promise.catch(() => undefined);
    await this.room?.leave();
    await new Promise<void>((resolve) => later(resolve));
  }

  unpublish(publisher: Publisher): void {
    if (publisher instanceof Publisher) publisher.unpublish();
    else this.#refuse("unpublish", "publisher");
  }

  unsubscribe(subscriber: Subscriber): void {
    if (subscriber instanceof Subscriber) subscriber.destroyWith("clientDisconnected");
    else this.#refuse("unsubscribe", "subscriber");
  }

  signal(signal: { type?: string; data?: string; to?: Connection | string; retryAfterReconnect?: boolean }, callback?: Callback): Promise<void> {
    const send = async () => {
      const room = this.#connected("signal");
      const { type, data, to, retryAfterReconnect } = signal ?? {};
      if (type !== undefined && typeof type !== "string") throw fault("ARGUMENT_INVALID", { name: "type", reason: "it is not a string" });
      const recipient = to === undefined || to === null ? undefined : idOf(to, "connectionId");
      if (recipient === "") throw fault("ARGUMENT_INVALID", { name: "to", reason: "it is not a connection" });
      await room.signal(
        {
          ...(type !== undefined && { type }),
          ...(data !== undefined && data !== null && { data: typeof data === "string" ? data : signalText(data) }),
          ...(recipient !== undefined && { to: recipient }),
        },
        retryAfterReconnect === undefined ? {} : { retryAfterReconnect },
      );
    };
    const withSignal = (error: unknown): never => {
      const form = otError(error, "signal");
      form.signal = signal;
      throw form;
    };
    return complete(this, "signal", send().catch(withSignal), callback);
  }

  forceDisconnect(connection: Connection | string, callback?: Callback): Promise<void> {
    const force = async () => this.#connected("force_disconnect").forceDisconnect(required(connection, "connectionId", "connection"));
    return complete(this, "force_disconnect", force(), callback);
  }

  forceUnpublish(stream: Stream | string, callback?: Callback): Promise<void> {
    const force = async () => this.#connected("force_unpublish").forceUnpublish(required(stream, "streamId", "stream"));
    return complete(this, "force_unpublish", force(), callback);
  }

  forceMuteStream(stream: Stream): Promise<void> {
    const force = async () => this.#connected("force_mute").forceMuteStream(required(stream, "streamId", "stream"));
    return complete(this, "force_mute", force());
  }

  forceMuteAll(excludedStreams: Stream[] = []): Promise<void> {
    const force = async () => this.#connected("force_mute").forceMuteAll(excludedStreams.map((stream) => required(stream, "streamId", "excludedStreams")));
    return complete(this, "force_mute", force());
  }

  disableForceMute(): Promise<void> {
    return complete(this, "force_mute", (async () => this.#connected("force_mute").disableForceMute())());
  }

  getPublisherForStream(stream: Stream): Publisher | undefined {
    return publishers.find((publisher) => publisher.session === this && publisher.stream !== undefined && publisher.stream === stream);
  }

  getSubscribersForStream(stream: Stream): Subscriber[] {
    return [...this.#subscribers].filter((subscriber) => !subscriber.isDestroyed && subscriber.stream === stream);
  }

  setEncryptionSecret(_secret: string): Promise<void> {
    return complete(this, "encrypt", Promise.reject(fault("FEATURE_UNSUPPORTED", { feature: "end-to-end encryption" })));
  }

  async setIceConfig(iceConfig: Api.IceConfig): Promise<void> {
    this.#options.iceConfig = iceConfig;
    const own = iceConfig.includeServers === "custom" ? [] : (this.room?.serverIceServers ?? []);
    this.room?.setIceServers([...own, ...iceConfig.customServers], iceConfig.transportPolicy);
  }

  async #connect(token: string): Promise<void> {
    if (typeof token !== "string" || token === "") throw fault("ARGUMENT_INVALID", { name: "token", reason: "a token is a non-empty string" });
    // Never unencrypted when the page asked for encryption.
    if (this.#options.encryptionSecret !== undefined) throw fault("FEATURE_UNSUPPORTED", { feature: "end-to-end encryption" });
    if (this.isConnected()) return;
    if (!this.#connecting) {
      const cancel = new AbortController();
      this.#state = "connecting";
      const promise = connect({ ...this.#connectOptions(token), signal: cancel.signal });
      this.#connecting = { promise, cancel };
      const done = () => (this.#connecting = undefined);
      promise.then(done, done);
      promise.then(
        (room) => this.#joined(room),
        () => (this.#state = "disconnected"),
      );
    }
    await this.#connecting.promise;
  }

  #connectOptions(token: string) {
    const { iceConfig, connectionEventsSuppressed, proxyUrl } = this.#options;
    return {
      url: serverUrl(proxyUrl),
      sessionId: this.sessionId,
      token,
      projectId: this.apiKey,
      sdk: "opentok",
      connectionEvents: connectionEventsSuppressed !== true,
      ...(iceConfig && {
        iceServers: iceConfig.customServers,
        iceServersOnly: iceConfig.includeServers === "custom",
        iceTransportPolicy: iceConfig.transportPolicy ?? "all",
      }),
    };
  }

  /** Events in this order: connections, `sessionConnected`, the completion handler, then the streams that exist. */
  #joined(room: Room): void {
    this.room = room;
    this.#state = "connected";
    this.keepsWidgets = false;
    this.connection = connectionOf(room.connection);
    this.capabilities = numericCapabilities(room.capabilities);
    for (const each of [room.connection, ...room.connections.values()]) this.#connectionCreated(each);
    dispatch(this, "sessionConnected", { connections: [], streams: [] });
    this.#listen(room);
    this.#unwatchCpu = watchCpu(room, (cpuPerformanceState) => dispatch(this, "cpuPerformanceChanged", { cpuPerformanceState }));
    // Runs before the completion handler, which is queued next; what it dispatches comes after it.
    const present = [...room.streams.values()];
    later(() => present.forEach((stream) => room.streams.has(stream.id) && this.#streamCreated(stream)));
  }

  #listen(room: Room): void {
    room.on("connectionCreated", ({ connection }) => this.#connectionCreated(connection));
    room.on("connectionDestroyed", ({ connection, reason }) => {
      this.connections.remove(connection.id);
      dispatch(this, "connectionDestroyed", { connection: connectionOf(connection), reason });
    });
    room.on("streamCreated", ({ stream }) => this.#streamCreated(stream));
    room.on("streamUpdated", ({ stream, changes }) => this.#streamUpdated(stream, changes));
    room.on("streamDestroyed", ({ stream, reason }) => this.#streamDestroyed(streamOf(stream), reason));
    room.on("signal", ({ type, data, from }) => this.#signalReceived(type, data, from));
    room.on("muteForced", ({ active }) => dispatch(this, "muteForced", { active }));
    room.on("reconnecting", () => {
      this.#state = "reconnecting";
      dispatch(this, "sessionReconnecting");
    });
    room.on("reconnected", () => {
      this.#state = "connected";
      dispatch(this, "sessionReconnected");
    });
    room.on("disconnected", ({ reason }) => this.#disconnected(reason));
  }

  #connectionCreated(from: CoreConnection): void {
    const connection = connectionOf(from);
    this.connections.put(connection.connectionId, connection);
    dispatch(this, "connectionCreated", { connection });
  }

  #streamCreated(from: CoreStream): void {
    const stream = streamOf(from);
    this.streams.put(stream.streamId, stream);
    dispatch(this, "streamCreated", { stream });
  }

  #streamUpdated(from: CoreStream, changes: StreamChange[]): void {
    const stream = streamOf(from);
    const { videoDimensions, videoType } = stream;
    update(stream, from);
    const of = new Map<string, { oldValue: unknown; newValue: unknown }>();
    for (const { property, oldValue, newValue } of changes) {
      if (property === "width" || property === "height") of.set("videoDimensions", { oldValue: videoDimensions, newValue: stream.videoDimensions });
      else if (property === "videoSuspended") continue; // The vendor tells it on the Subscribers alone.
      else if (property === "videoSource") of.set("videoType", { oldValue: videoType, newValue: stream.videoType });
      else of.set(property, { oldValue, newValue });
    }
    for (const [changedProperty, { oldValue, newValue }] of of) {
      dispatch(this, "streamPropertyChanged", { stream, changedProperty, oldValue, newValue });
      for (const subscriber of this.getSubscribersForStream(stream)) subscriber.streamChanged(changedProperty, newValue);
    }
    for (const subscriber of this.getSubscribersForStream(stream)) subscriber.followQuality();
  }

  #streamDestroyed(stream: Stream, reason: string): void {
    this.streams.remove(stream.streamId);
    const defaultAction = () => {
      for (const subscriber of this.getSubscribersForStream(stream)) subscriber.destroyWith(reason);
    };
    dispatch(this, "streamDestroyed", { stream, reason }, { defaultAction });
  }

  #signalReceived(type: string | undefined, data: string | undefined, sender: CoreConnection | undefined): void {
    const from = sender ? connectionOf(sender) : null;
    const name = type ? `signal:${type}` : "signal";
    dispatch(this, name, { data, from }, name === "signal" ? {} : { alsoAs: "signal" });
  }

  #disconnected(reason: string): void {
    this.room = undefined;
    this.#unwatchCpu?.();
    this.#state = "disconnected";
    // A page decides with this event; publishers ask `keepsWidgets` in their own event right after it.
    this.keepsWidgets = true;
    const defaultAction = () => {
      this.keepsWidgets = false;
      for (const subscriber of [...this.#subscribers]) subscriber.destroyWith(reason);
      this.#subscribers.clear();
    };
    const before = () => {
      this.connection = undefined;
      this.capabilities = noCapabilities();
      this.connections.clear();
      this.streams.clear();
    };
    dispatch(this, "sessionDisconnected", { reason }, { defaultAction, before });
    const publishing = [...this.publishersOf];
    later(() => {
      if (!this.keepsWidgets) for (const publisher of publishing) publisher.destroyWith();
    });
  }

  #publish(first: Publisher | Target, rest: unknown[]) {
    const { target, properties, callback } = widgetArguments<Api.PublisherProperties>([first instanceof Publisher ? null : first, ...rest]);
    const publisher = first instanceof Publisher ? first : new Publisher(target, properties, undefined);
    return { publisher, callback, published: publisher.publishTo(this) };
  }

  #subscribe(stream: Stream, rest: unknown[]) {
    const { target, properties, callback } = widgetArguments<Api.SubscriberProperties>(rest);
    const subscriber = new Subscriber(stream, target, properties);
    const subscribe = async () => {
      try {
        const room = this.#connected("subscribe");
        required(stream, "streamId", "stream");
        this.#subscribers.add(subscriber);
        subscriber.on("destroyed", () => this.#subscribers.delete(subscriber));
        await subscriber.subscribeIn(room);
      } catch (error) {
        subscriber.fail(error);
        throw error;
      }
    };
    return { subscriber, callback, subscribed: subscribe() };
  }

  #connected(operation: string): Room {
    if (!this.room) throw fault("NOT_CONNECTED", { operation });
    return this.room;
  }

  #refuse(operation: "unpublish" | "unsubscribe", name: string): void {
    const refusal: Promise<void> = Promise.reject(fault("ARGUMENT_INVALID", { name, reason: `it is not a ${name}` }));
    complete(this, operation, refusal, (_error?: OTError) => undefined).catch(() => undefined);
  }
}

function noCapabilities(): Capabilities {
  return { publish: undefined, subscribe: undefined, forceUnpublish: undefined, forceDisconnect: undefined, forceMute: undefined } as unknown as Capabilities;
}

/** The id of an object, or the id itself. */
function idOf(thing: unknown, property: "connectionId" | "streamId"): string {
  if (typeof thing === "string") return thing;
  const id = (thing as Record<string, unknown> | null | undefined)?.[property];
  return typeof id === "string" ? id : "";
}

function required(thing: unknown, property: "connectionId" | "streamId", name: string): string {
  const id = idOf(thing, property);
  if (id === "") throw fault("ARGUMENT_INVALID", { name, reason: `it has no ${property}` });
  return id;
}

/** Pages pass objects now and then; what cannot be text is refused. */
function signalText(data: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(data);
  } catch (error) {
    throw faultBecause(error, "SIGNAL_DATA_INVALID", { reason: "the object contains itself" });
  }
  if (text === undefined) throw fault("SIGNAL_DATA_INVALID", { reason: `a ${typeof data} is no JSON` });
  return text;
}
