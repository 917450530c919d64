/** What the vendor calls the changes of a received picture. */
import type { Explanation, VideoQuality, VideoStats } from "../core/index";
import type { VideoQualityReason } from "./types/opentok-api";

/** `undecodable`: the publisher has changed to a codec that was not agreed on. */
export type PictureState = VideoQuality | "undecodable";

/** Why a picture is gone, and why it is back. */
const REASONS: { [State in PictureState]?: { gone: string; back: string } } = {
  suspended: { gone: "quality", back: "quality" },
  undecodable: { gone: "codecNotSupported", back: "codecChanged" },
};

/** What a page is told of a change. A picture that is gone for another reason than before is gone once more. */
export function pictureEvents(before: PictureState, now: PictureState): { type: string; fields?: { reason: string } }[] {
  if (before === now) return [];
  const [past, present] = [REASONS[before], REASONS[now]];
  if (present) return [{ type: "videoDisabled", fields: { reason: present.gone } }];
  return [
    ...(past ? [{ type: "videoEnabled", fields: { reason: past.back } }] : []),
    ...(now === "endangered" ? [{ type: "videoDisableWarning" }] : []),
    ...(before === "endangered" ? [{ type: "videoDisableWarningLifted" }] : []),
  ];
}

/** Why the picture is no longer what it was. */
export function changeReason(before: Explanation | undefined, now: Explanation): VideoQualityReason {
  if (now.limitedBy === "bandwidth" || now.limitedBy === "policy") return "bandwidth";
  if (now.limitedBy === "codec") return "codecChange";
  if (now.limitedBy === undefined && before?.limitedBy !== undefined) return "none";
  return before?.sent?.height === now.sent?.height ? "other" : "resolutionChange";
}

/** What became different about the picture that is sent, where anything did. */
export function sentChange(before: VideoStats, now: VideoStats): VideoQualityReason | undefined {
  if (now.limitedBy !== before.limitedBy) return (now.limitedBy ?? "none") as VideoQualityReason;
  if (now.codec !== before.codec) return "codecChange";
  return now.height === before.height ? undefined : "resolutionChange";
}
