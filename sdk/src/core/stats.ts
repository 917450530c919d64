/** Condenses `getStats` into the figures people ask for. Rates are over the time since the previous call on the same object. */

export interface TrackStats {
  codec: string | undefined;
  bytes: number;
  packets: number;
  packetsLost: number;
  /** Bits per second. */
  bitrate: number;
  /** Of the packets of the last interval, 0 to 100. */
  lossPercent: number;
  jitterMs: number | undefined;
}

export interface VideoStats extends TrackStats {
  width: number;
  height: number;
  frameRate: number;
  frames: number;
  framesDropped: number;
  freezeCount: number;
  freezeDurationMs: number;
  pauseCount: number;
  pauseDurationMs: number;
  /** Sender only: `none`, `cpu`, `bandwidth`, `other`. */
  limitedBy: string | undefined;
  scalabilityMode: string | undefined;
  /** Sender only: each encoding by itself. */
  layers: LayerStats[];
}

export interface LayerStats {
  rid: string | undefined;
  codec: string | undefined;
  width: number;
  height: number;
  frameRate: number;
  bitrate: number;
  limitedBy: string | undefined;
  scalabilityMode: string | undefined;
}

export interface TransportStats {
  /** Round trip to the server. */
  rttMs: number | undefined;
  /** Bits per second, as estimated by the browser. */
  availableOutgoingBitrate: number | undefined;
  protocol: string | undefined;
}

export interface StreamStats {
  /** Milliseconds since the epoch. */
  timestamp: number;
  audio?: TrackStats;
  video?: VideoStats;
  transport: TransportStats;
}

type Entry = Record<string, any>;
interface Sample { at: number; bytes: number; packets: number; lost: number; frames: number }

/** The reports of several senders or receivers as one. */
export async function gather(sources: { getStats(): Promise<RTCStatsReport> }[]): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  for (const report of await Promise.all(sources.map((source) => source.getStats()))) {
    report.forEach((entry: Entry, id: string) => entries.set(id, entry));
  }
  return entries;
}

/** Takes samples of one stream; keeps the previous one of each track to compute rates. */
export class StatsSampler {
  readonly #previous = new Map<string, Sample>();

  /** `kinds` are those that the stream has: one without a packet so far counts zeros. */
  summarize(entries: Map<string, Entry>, kinds: Iterable<"audio" | "video">): StreamStats {
    const stats: StreamStats = { timestamp: Date.now(), transport: transportStats(entries) };
    for (const kind of kinds) {
      const { common, layers, frameRate } = this.#track(entries, kind);
      if (kind === "audio") stats.audio = common;
      else stats.video = { ...common, ...videoStats(layers, frameRate), layers: this.#layers(entries, layers) };
    }
    return stats;
  }

  #layers(entries: Map<string, Entry>, layers: Entry[]): LayerStats[] {
    return layers
      .filter((layer) => layer.type === "outbound-rtp")
      .map((layer) => {
        const before = this.#previous.get(layer.id);
        const sample: Sample = { at: layer.timestamp, bytes: layer.bytesSent ?? 0, packets: 0, lost: 0, frames: 0 };
        this.#previous.set(layer.id, sample);
        const seconds = before ? (sample.at - before.at) / 1000 : 0;
        return {
          rid: layer.rid,
          codec: codecOf(entries, layer),
          width: layer.frameWidth ?? 0,
          height: layer.frameHeight ?? 0,
          frameRate: layer.framesPerSecond ?? 0,
          bitrate: before && seconds > 0 ? Math.round((Math.max(0, sample.bytes - before.bytes) * 8) / seconds) : 0,
          limitedBy: layer.qualityLimitationReason,
          scalabilityMode: layer.scalabilityMode,
        };
      });
  }

  #track(entries: Map<string, Entry>, kind: "audio" | "video") {
    const all = [...entries.values()];
    const layers = all.filter((entry) => (entry.type === "inbound-rtp" || entry.type === "outbound-rtp") && entry.kind === kind);
    const remote = all.filter((entry) => entry.type === "remote-inbound-rtp" && entry.kind === kind);
    const inbound = layers[0]?.type === "inbound-rtp";
    const sample: Sample = {
      at: layers[0]?.timestamp ?? 0,
      bytes: sum(layers, inbound ? "bytesReceived" : "bytesSent"),
      packets: sum(layers, inbound ? "packetsReceived" : "packetsSent"),
      lost: sum(inbound ? layers : remote, "packetsLost"),
      frames: sum(layers, inbound ? "framesDecoded" : "framesEncoded"),
    };
    const before = this.#previous.get(kind);
    if (layers.length > 0) this.#previous.set(kind, sample);
    const seconds = before ? (sample.at - before.at) / 1000 : 0;
    const rate = (name: "bytes" | "frames") => (before && seconds > 0 ? Math.max(0, sample[name] - before[name]) / seconds : 0);
    const lost = Math.max(0, sample.lost - (before?.lost ?? 0));
    const expected = Math.max(0, sample.packets - (before?.packets ?? 0)) + (inbound ? lost : 0);
    const common: TrackStats = {
      codec: codecOf(entries, layers[0]),
      bytes: sample.bytes,
      packets: sample.packets,
      packetsLost: sample.lost,
      bitrate: Math.round(rate("bytes") * 8),
      lossPercent: expected > 0 ? Math.min(100, (100 * lost) / expected) : 0,
      jitterMs: milliseconds((inbound ? layers[0] : remote[0])?.jitter),
    };
    return { common, layers, frameRate: rate("frames") };
  }
}

/** Of the largest layer that is being sent: one that nobody needs rests, and keeps the size that it had. */
function videoStats(all: Entry[], frameRate: number): Omit<VideoStats, keyof TrackStats | "layers"> {
  const running = all.filter((layer) => layer.framesPerSecond > 0);
  const layers = running.length > 0 ? running : all;
  const largest = layers.reduce((best, layer) => ((layer.frameHeight ?? 0) > (best.frameHeight ?? 0) ? layer : best), layers[0] ?? {});
  return {
    width: largest.frameWidth ?? 0,
    height: largest.frameHeight ?? 0,
    frameRate: Math.round((largest.framesPerSecond ?? frameRate) * 10) / 10,
    frames: largest.framesDecoded ?? largest.framesEncoded ?? 0,
    framesDropped: largest.framesDropped ?? 0,
    freezeCount: largest.freezeCount ?? 0,
    freezeDurationMs: milliseconds(largest.totalFreezesDuration) ?? 0,
    pauseCount: largest.pauseCount ?? 0,
    pauseDurationMs: milliseconds(largest.totalPausesDuration) ?? 0,
    limitedBy: largest.qualityLimitationReason,
    scalabilityMode: largest.scalabilityMode,
  };
}

function transportStats(entries: Map<string, Entry>): TransportStats {
  const all = [...entries.values()];
  const selected = all.find((entry) => entry.type === "transport")?.selectedCandidatePairId;
  const pair = entries.get(selected) ?? all.find((entry) => entry.type === "candidate-pair" && entry.nominated);
  return {
    rttMs: milliseconds(pair?.currentRoundTripTime),
    availableOutgoingBitrate: pair?.availableOutgoingBitrate,
    protocol: entries.get(pair?.localCandidateId)?.protocol,
  };
}

function codecOf(entries: Map<string, Entry>, rtp: Entry | undefined): string | undefined {
  return (entries.get(rtp?.codecId)?.mimeType as string | undefined)?.split("/")[1];
}

function sum(entries: Entry[], field: string): number {
  return entries.reduce((total, entry) => total + Number(entry[field] ?? 0), 0);
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds * 1000);
}
