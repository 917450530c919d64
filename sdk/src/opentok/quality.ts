/** What the vendor calls the changes of a received picture. */
import type { Explanation, VideoQuality, VideoStats } from "../core/index";
import type { VideoQualityReason } from "./types/opentok-api";

type FallbackEvent = { type: "videoDisableWarning" | "videoDisableWarningLifted"; fields?: undefined } | { type: "videoDisabled" | "videoEnabled"; fields: { reason: "quality" } };

/** The event of the router's audio fallback, where there is one. */
export function fallbackEvent(before: VideoQuality, now: VideoQuality): FallbackEvent | undefined {
  if (before === now) return undefined;
  if (now === "endangered") return { type: "videoDisableWarning" };
  if (now === "suspended") return { type: "videoDisabled", fields: { reason: "quality" } };
  return before === "suspended" ? { type: "videoEnabled", fields: { reason: "quality" } } : { type: "videoDisableWarningLifted" };
}

/** Why the picture is no longer what it was. */
export function changeReason(before: Explanation | undefined, now: Explanation): VideoQualityReason {
  if (now.limitedBy === "bandwidth" || now.limitedBy === "policy") return "bandwidth";
  if (now.limitedBy === undefined && before?.limitedBy !== undefined) return "none";
  return before?.sent?.height === now.sent?.height ? "other" : "resolutionChange";
}

/** What became different about the picture that is sent, where anything did. */
export function sentChange(before: VideoStats, now: VideoStats): VideoQualityReason | undefined {
  if (now.limitedBy !== before.limitedBy) return (now.limitedBy ?? "none") as VideoQualityReason;
  if (now.codec !== before.codec) return "codecChange";
  return now.height === before.height ? undefined : "resolutionChange";
}
