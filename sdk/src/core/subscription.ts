/** A stream that this client receives. */
import type * as wire from "../generated/wire";
import { Emitter } from "./emitter";
import { watchSize } from "./element_size";
import type { ExedraError } from "./error";
import { explanationFrom, type Explanation } from "./explanation";
import type { EndReason, EndScope, Stream } from "./model";
import type { Kind } from "./negotiator";
import { preferencesOnWire, type SubscriptionPreferences } from "./preferences";
import { gather, StatsSampler, type StreamStats } from "./stats";

export interface SubscriptionEvents {
  /** The server sent the first media. */
  started: void;
  /** The network broke, for media or for signaling; it is being restored. */
  interrupted: void;
  restored: void;
  ended: { reason: EndReason; scope: EndScope; error: ExedraError | undefined };
  /** 0 to 1; only while the stream is among the loudest, and only with the option `audioLevels` of `connect`. */
  audioLevel: { level: number };
  /** The picture, or what limits it, changed for longer than a moment; trouble and its end are told at once. */
  qualityChanged: Explanation;
}

export interface SubscriptionHost {
  updateSubscription(id: string, preferences: wire.SubscriptionPreferences): Promise<void>;
  requestKeyFrame(id: string): Promise<void>;
  explain(id: string): Promise<wire.Explanation>;
  unsubscribe(subscription: Subscription): Promise<void>;
}

export class Subscription extends Emitter<SubscriptionEvents> {
  readonly id: string;
  readonly stream: Stream;
  /** Holds the receiving tracks for as long as the subscription lives; give it to a media element. */
  readonly mediaStream: MediaStream;
  readonly #host: SubscriptionHost;
  readonly transceivers: ReadonlyMap<Kind, RTCRtpTransceiver>;
  readonly #sampler = new StatsSampler();
  #ended = false;
  #interrupted = false;
  /** The app chose a size by itself. */
  #sizeChosen: boolean;
  #detach: (() => void) | undefined;

  constructor(id: string, stream: Stream, host: SubscriptionHost, receivers: ReadonlyMap<Kind, RTCRtpTransceiver>, preferences: SubscriptionPreferences = {}) {
    super();
    this.#sizeChosen = choosesSize(preferences);
    this.id = id;
    this.stream = stream;
    this.#host = host;
    this.transceivers = receivers;
    this.mediaStream = new MediaStream([...receivers.values()].map(({ receiver }) => receiver.track));
  }

  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Plays in this element, and follows its size on the page so that no larger picture is sent than is shown; unless the app
   * chooses width or height itself. A subscription follows one element: the last one.
   */
  attach(element: HTMLMediaElement): void {
    this.#detach?.();
    element.srcObject = this.mediaStream;
    this.#detach = watchSize(element, (size) => {
      if (size && !this.#sizeChosen) this.#host.updateSubscription(this.id, preferencesOnWire(size)).catch(() => undefined);
    });
  }

  update(preferences: SubscriptionPreferences): Promise<void> {
    this.#sizeChosen ||= choosesSize(preferences);
    return this.#host.updateSubscription(this.id, preferencesOnWire(preferences));
  }

  requestKeyFrame(): Promise<void> {
    return this.#host.requestKeyFrame(this.id);
  }

  /** Why the picture is as it is now: what is sent, what was wanted, what limits it. */
  async explain(): Promise<Explanation> {
    return explanationFrom(await this.#host.explain(this.id));
  }

  async stats(): Promise<StreamStats> {
    return this.#sampler.summarize(await this.rawStats(), this.transceivers.keys());
  }

  /** Every entry of `getStats` about this stream and its path, by id. */
  rawStats(): Promise<Map<string, any>> {
    return gather([...this.transceivers.values()].map(({ receiver }) => receiver));
  }

  unsubscribe(): Promise<void> {
    return this.#host.unsubscribe(this);
  }

  /** Loudness of what arrives now, 0 to 1. */
  audioLevel(): number {
    return this.transceivers.get("audio")?.receiver.getSynchronizationSources()[0]?.audioLevel ?? 0;
  }

  /** For the room. */
  setInterrupted(interrupted: boolean): void {
    if (this.#interrupted === interrupted || this.#ended) return;
    this.#interrupted = interrupted;
    this.emit(interrupted ? "interrupted" : "restored", undefined);
  }

  /** For the room. */
  end(reason: EndReason, scope: EndScope, error?: ExedraError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#detach?.();
    this.emit("ended", { reason, scope, error });
  }
}

function choosesSize({ width, height }: SubscriptionPreferences): boolean {
  return width !== undefined || height !== undefined;
}
