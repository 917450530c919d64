/** How well a stream is received, as the vendor counts: 5 is as good as it gets, 1 is of no use. */
import type { Explanation, StreamStats, TrackStats, VideoStats } from "../core/index";
import type { QualityScore } from "./types/opentok-api";

/** Percent of packets that may be lost for this score, best first; Opus repairs the most of a few. */
const LOSS_PERCENT = [1, 3, 8, 15];
/** Percent of the time that the picture may stand still for this score. */
const FROZEN_PERCENT = [0, 3, 8, 20];

/** `expected`: what the publisher sends and the subscriber wants; the rest has no score. */
export function qualityScore(now: StreamStats, before: StreamStats, expected: { audio: boolean; video: boolean }, explanation: Explanation | undefined): QualityScore {
  const elapsedMs = now.timestamp - before.timestamp;
  return {
    ...(now.audio && expected.audio && { audioQualityScore: audioScore(now.audio) }),
    ...(now.video && before.video && expected.video && { videoQualityScore: videoScore(now.video, before.video, elapsedMs, explanation) }),
  };
}

function audioScore({ lossPercent }: TrackStats): number {
  return scoreWithin(LOSS_PERCENT, lossPercent);
}

/** Loss is repaired, or it freezes the picture: only that is seen. */
function videoScore(now: VideoStats, before: VideoStats, elapsedMs: number, explanation: Explanation | undefined): number {
  // What the decoder still had does not count.
  if (now.frames <= before.frames || explanation?.quality === "suspended") return 1;
  const smooth = scoreWithin(FROZEN_PERCENT, (100 * (now.freezeDurationMs - before.freezeDurationMs)) / elapsedMs);
  if (explanation?.limitedBy !== "bandwidth") return smooth;
  const { sent, best } = explanation;
  const isSmall = sent?.height !== undefined && best?.height !== undefined && sent.height * 2 < best.height;
  return Math.min(smooth, isSmall ? 3 : 4);
}

function scoreWithin(limits: number[], value: number): number {
  const at = limits.findIndex((limit) => value <= limit);
  return at < 0 ? 1 : 5 - at;
}
