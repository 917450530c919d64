// The state of one call as the page shows it: fed by the adapter's observations, read by the views through signals.
// It decides nothing about the room; it decides what is said aloud, who is marked as speaking, and what needs attention.

import { batch, computed, effect, signal } from "@preact/signals";
import type { Call, CallObserver, Join, MediaKind, Participant, RoomStream, StreamStats } from "../call/call";
import type { EndReason, Explanation } from "../../../sdk/src/core";
import { type Problem, problemOf } from "../call/problem";
import { acquireScreen } from "../call/devices";
import { ActiveSpeaker } from "./active_speaker";
import type { LocalMedia } from "./local_media";

export type Phase = "joining" | "live" | "reconnecting" | "ended";

export interface Message {
  key: number;
  fromId: string | null;
  name: string;
  own: boolean;
  text: string;
  /** Milliseconds since the epoch. */
  at: number;
}

/** A line that appears for a moment and is read aloud. */
export interface Notice {
  key: number;
  text: string;
}

export interface Failure {
  problem: Problem;
  retry: (() => void) | null;
}

const MESSAGES_MAX = 500;
const NOTICES_MAX = 3;
const NOTICE_MS = 5_000;
const STATS_PERIOD_MS = 1_000;
/** Levels come this often while anybody is heard, and not at all in silence. */
const SILENCE_MS = 500;

export class CallModel implements CallObserver {
  readonly phase = signal<Phase>("joining");
  readonly participants = signal<ReadonlyMap<string, Participant>>(new Map());
  readonly streams = signal<ReadonlyMap<string, RoomStream>>(new Map());
  readonly messages = signal<readonly Message[]>([]);
  readonly unread = signal(0);
  readonly notices = signal<readonly Notice[]>([]);
  readonly speaker = signal<string | null>(null);
  readonly stats = signal<ReadonlyMap<string, StreamStats>>(new Map());
  readonly statsShown = signal(false);
  /** The newest that was told of a picture. */
  readonly explanations = signal<ReadonlyMap<string, Explanation>>(new Map());
  /** What ended the call. */
  readonly endedBy = signal<{ problem: Problem | null; reason: EndReason } | null>(null);
  /** What failed while the call goes on. */
  readonly problem = signal<Failure | null>(null);
  readonly ownCameraStream = signal<string | null>(null);
  readonly ownScreenStream = signal<string | null>(null);
  readonly ownScreen = signal<MediaStream | null>(null);
  readonly soundBlocked = signal(false);
  readonly connectedAt = signal(0);
  readonly call = signal<Call | null>(null);

  readonly others = computed(() => [...this.participants.value.values()].filter(({ id }) => id !== this.call.value?.selfId));

  chatShown = false;
  #nextKey = 1;
  /** What was on when the own stream was published, which may have changed until it was there. */
  #publishedEnabled: ReadonlySet<MediaKind> = new Set();
  #publishing: Promise<void> = Promise.resolve();
  #activeSpeaker = new ActiveSpeaker();
  #silence: ReturnType<typeof setTimeout> | undefined;
  #stopping: (() => void)[] = [];

  constructor(
    readonly room: string,
    readonly name: string,
    readonly local: LocalMedia,
  ) {}

  async join(join: Join): Promise<void> {
    try {
      await this.local.resume();
      const call = await join({ room: this.room, name: this.name }, this);
      if (this.phase.peek() === "ended") return void call.leave();
      batch(() => {
        this.call.value = call;
        this.phase.value = "live";
        this.connectedAt.value = Date.now();
      });
      this.local.onTrack = (track) => void this.#inTurn(() => this.#adoptTrack(call, track));
      this.#tellMutes(call);
      this.#pollStats(call);
      await this.#inTurn(() => this.#publishCamera(call));
    } catch (error) {
      this.ended(problemOf(error), "networkDisconnected");
    }
  }

  async leave(): Promise<void> {
    const call = this.call.peek();
    this.ended(null, "clientDisconnected");
    await call?.leave();
  }

  async setEnabled(kind: MediaKind, enabled: boolean): Promise<void> {
    await this.local.setEnabled(kind, enabled);
    const { state, problem } = this.local.of(kind).peek();
    if (problem) return this.failed(problem, () => void this.setEnabled(kind, enabled));
    this.announce(`${kind === "audio" ? "Microphone" : "Camera"} ${state === "on" ? "on" : "off"}`);
  }

  toggle(kind: MediaKind): void {
    void this.setEnabled(kind, this.local.of(kind).peek().state !== "on");
  }

  async toggleScreen(): Promise<void> {
    const call = this.call.peek();
    if (!call) return;
    if (this.ownScreen.peek()) return this.#stopScreen();
    try {
      const media = await acquireScreen();
      media.getVideoTracks()[0]?.addEventListener("ended", () => void this.#stopScreen());
      this.ownScreen.value = media;
      this.ownScreenStream.value = await call.publish(media, "screen");
      this.announce("You are sharing your screen");
    } catch (error) {
      await this.#stopScreen();
      const problem = problemOf(error);
      // Closing the browser's picker looks like a refusal, and is none.
      if (problem.code !== "SCREEN_SHARE_DENIED") this.failed(problem);
    }
  }

  async send(text: string): Promise<boolean> {
    try {
      await this.call.peek()?.send(text);
      return true;
    } catch (error) {
      this.failed(problemOf(error));
      return false;
    }
  }

  /** Looks again why a picture is as it is. */
  async explain(streamId: string): Promise<void> {
    try {
      const explanation = await this.call.peek()?.explain(streamId);
      if (explanation) this.qualityChanged(streamId, explanation);
    } catch (error) {
      this.failed(problemOf(error));
    }
  }

  announce(text: string): void {
    const notice = { key: this.#nextKey++, text };
    this.notices.value = [...this.notices.value, notice].slice(-NOTICES_MAX);
    setTimeout(() => {
      this.notices.value = this.notices.value.filter(({ key }) => key !== notice.key);
    }, NOTICE_MS);
  }

  // What the adapter observes.

  participantJoined(participant: Participant): void {
    const known = this.participants.peek().has(participant.id);
    this.participants.value = new Map(this.participants.peek()).set(participant.id, participant);
    if (!known && this.phase.peek() === "live" && participant.id !== this.call.peek()?.selfId) {
      this.announce(`${participant.name} joined`);
    }
  }

  participantLeft(participantId: string): void {
    const name = this.participants.peek().get(participantId)?.name;
    const rest = new Map(this.participants.peek());
    if (!rest.delete(participantId)) return;
    this.participants.value = rest;
    if (name) this.announce(`${name} left`);
  }

  streamAdded(stream: RoomStream): void {
    this.streams.value = new Map(this.streams.peek()).set(stream.id, stream);
    if (stream.source === "screen") this.announce(`${stream.name} is sharing the screen`);
  }

  streamChanged(streamId: string, changes: Partial<RoomStream>): void {
    const stream = this.streams.peek().get(streamId);
    if (!stream) return;
    this.streams.value = new Map(this.streams.peek()).set(streamId, { ...stream, ...changes });
  }

  streamRemoved(streamId: string): void {
    const rest = new Map(this.streams.peek());
    const stream = rest.get(streamId);
    if (!rest.delete(streamId)) return;
    this.streams.value = rest;
    const explanations = new Map(this.explanations.peek());
    if (explanations.delete(streamId)) this.explanations.value = explanations;
    if (stream?.source === "screen") this.announce(`${stream.name} stopped sharing`);
  }

  messageReceived(fromId: string | null, text: string): void {
    const own = fromId !== null && fromId === this.call.peek()?.selfId;
    const name = fromId === null ? "Server" : (this.participants.peek().get(fromId)?.name ?? "Somebody");
    const message = { key: this.#nextKey++, fromId, name, own, text, at: Date.now() };
    this.messages.value = [...this.messages.value, message].slice(-MESSAGES_MAX);
    if (own || this.chatShown) return;
    this.unread.value += 1;
    this.announce(`${name}: ${text}`);
  }

  audioLevels(levels: ReadonlyMap<string, number>): void {
    this.speaker.value = this.#activeSpeaker.update(levels, performance.now());
    clearTimeout(this.#silence);
    if (this.speaker.value !== null) this.#silence = setTimeout(() => this.audioLevels(new Map()), SILENCE_MS);
  }

  qualityChanged(streamId: string, explanation: Explanation): void {
    this.explanations.value = new Map(this.explanations.peek()).set(streamId, explanation);
  }

  muteForced(streamId: string): void {
    if (streamId !== this.ownCameraStream.peek()) return;
    void this.local.setEnabled("audio", false);
    this.announce("A moderator muted your microphone");
  }

  ownStreamEnded(streamId: string): void {
    if (streamId === this.ownScreenStream.peek()) void this.#stopScreen();
    if (streamId === this.ownCameraStream.peek()) this.ownCameraStream.value = null;
  }

  reconnecting(): void {
    this.phase.value = "reconnecting";
  }

  reconnected(): void {
    this.phase.value = "live";
    this.announce("Connection restored");
  }

  failed(problem: Problem, retry?: () => void): void {
    this.problem.value = { problem, retry: retry ?? null };
  }

  ended(problem: Problem | null, reason: EndReason): void {
    if (this.phase.peek() === "ended") return;
    for (const stop of this.#stopping.splice(0)) stop();
    clearTimeout(this.#silence);
    this.ownScreen.peek()?.getTracks().forEach((track) => track.stop());
    this.local.onTrack = () => {};
    this.local.release();
    batch(() => {
      this.phase.value = "ended";
      this.endedBy.value = { problem, reason };
      this.participants.value = new Map();
      this.streams.value = new Map();
      this.ownScreen.value = null;
      this.ownScreenStream.value = null;
      this.ownCameraStream.value = null;
    });
  }

  /** Tracks come one by one while a publication takes its time: each waits for what was begun before it. */
  #inTurn(task: () => Promise<void>): Promise<void> {
    this.#publishing = this.#publishing.then(task).catch((error: unknown) => this.failed(problemOf(error)));
    return this.#publishing;
  }

  async #publishCamera(call: Call): Promise<void> {
    const media = this.local.stream.peek();
    if (media.getTracks().length === 0) return;
    this.#publishedEnabled = new Set(media.getTracks().filter(({ enabled }) => enabled).map(({ kind }) => kind as MediaKind));
    try {
      this.ownCameraStream.value = await call.publish(media, "camera");
    } catch (error) {
      this.failed(problemOf(error), () => void this.#inTurn(() => this.#publishCamera(call)));
    }
  }

  async #adoptTrack(call: Call, track: MediaStreamTrack): Promise<void> {
    const streamId = this.ownCameraStream.peek();
    if (streamId && (await call.replaceTrack(streamId, track))) return;
    if (streamId) await call.unpublish(streamId);
    await this.#publishCamera(call);
  }

  /** What others are told of the own stream follows the devices, whatever changed these. */
  #tellMutes(call: Call): void {
    let streamId: string | null = null;
    const told = new Map<MediaKind, boolean>();
    const stop = effect(() => {
      const published = this.ownCameraStream.value;
      const isNew = published !== streamId;
      streamId = published;
      for (const kind of ["audio", "video"] as const) {
        const { state, track } = this.local.of(kind).value;
        if (!published || state === "asking") continue;
        const enabled = state === "on";
        const known = isNew ? this.#publishedEnabled.has(kind) : told.get(kind);
        told.set(kind, enabled);
        if (known !== enabled && (track || known)) call.setEnabled(published, kind, enabled).catch((error: unknown) => this.failed(problemOf(error)));
      }
    });
    this.#stopping.push(stop);
  }

  async #stopScreen(): Promise<void> {
    const streamId = this.ownScreenStream.peek();
    this.ownScreen.peek()?.getTracks().forEach((track) => track.stop());
    batch(() => {
      this.ownScreen.value = null;
      this.ownScreenStream.value = null;
    });
    if (!streamId) return;
    this.announce("You stopped sharing");
    await this.call.peek()?.unpublish(streamId);
  }

  #pollStats(call: Call): void {
    const stop = effect(() => {
      if (!this.statsShown.value) return;
      const poll = async () => {
        const ids = [...this.streams.peek().keys(), this.ownCameraStream.peek(), this.ownScreenStream.peek()];
        const figures = await Promise.all(
          ids.filter((id) => id !== null).map(async (id) => [id, await call.stats(id)] as const),
        );
        this.stats.value = new Map(figures.filter((entry): entry is [string, StreamStats] => entry[1] !== null));
      };
      void poll();
      const timer = setInterval(() => void poll(), STATS_PERIOD_MS);
      return () => clearInterval(timer);
    });
    this.#stopping.push(stop);
  }
}
