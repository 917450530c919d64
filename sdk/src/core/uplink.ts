/**
 * Audio fallback of a publisher: when the own uplink is too weak for a picture, and when it is worth another try. Knows figures and
 * time, not where they come from or what is done about it.
 */
import type { VideoQuality } from "./explanation";
import type { StreamStats } from "./stats";

/** Bits per second beside the sound, below which no picture is worth sending. */
const VIDEO_BPS_MIN = 60_000;
/** Of the packets. Opus with its redundancy still sounds well at this loss; a picture stands still. */
const LOSS_PERCENT_MAX = 20;
/** How long a weak uplink is only warned of. */
const SUSPEND_AFTER_MS = 3_000;
/** Without a picture nothing shows what the path carries: it is tried, at first so soon, then less and less often. */
const RETRY_AFTER_MS = 5_000;
const RETRY_AFTER_MS_MAX = 60_000;
/** A picture that came back and lasted so long was no failed try. */
const RETRY_PROVEN_MS = 10_000;

export class UplinkWatch {
  #quality: VideoQuality = "good";
  #sinceMs = 0;
  #retryAfterMs = RETRY_AFTER_MS;

  get quality(): VideoQuality {
    return this.#quality;
  }

  /** Takes the figures of the last second or so. */
  observe(stats: StreamStats, nowMs: number): VideoQuality {
    const lastedMs = nowMs - this.#sinceMs;
    const isWeak = this.#quality === "suspended" ? loses(stats) : isTooNarrow(stats) || loses(stats);
    if (this.#quality === "good" && isWeak) {
      if (lastedMs >= RETRY_PROVEN_MS) this.#retryAfterMs = RETRY_AFTER_MS;
      this.#become("endangered", nowMs);
    } else if (this.#quality === "endangered" && !isWeak) {
      this.#become("good", nowMs);
    } else if (this.#quality === "endangered" && lastedMs >= SUSPEND_AFTER_MS) {
      this.#become("suspended", nowMs);
    } else if (this.#quality === "suspended" && !isWeak && lastedMs >= this.#retryAfterMs) {
      this.#retryAfterMs = Math.min(RETRY_AFTER_MS_MAX, this.#retryAfterMs * 2);
      this.#become("good", nowMs);
    }
    return this.#quality;
  }

  /** The picture is off: it cannot be in danger. */
  forget(): VideoQuality {
    return (this.#quality = "good");
  }

  #become(quality: VideoQuality, nowMs: number): void {
    this.#quality = quality;
    this.#sinceMs = nowMs;
  }
}

function isTooNarrow({ audio, video, transport }: StreamStats): boolean {
  const needed = (audio?.bitrate ?? 0) + VIDEO_BPS_MIN;
  if (transport.availableOutgoingBitrate !== undefined) return transport.availableOutgoingBitrate < needed;
  // Where the browser does not tell what the path carries, it may tell why it sends so little.
  return video?.limitedBy === "bandwidth" && video.bitrate < VIDEO_BPS_MIN;
}

function loses({ audio, video }: StreamStats): boolean {
  return Math.max(audio?.lossPercent ?? 0, video?.lossPercent ?? 0) > LOSS_PERCENT_MAX;
}
