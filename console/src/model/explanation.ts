// Why a picture is as it is, in a sentence for the person who looks at it.

import type { Explanation } from "../../../sdk/src/core";
import type { RoomStream } from "../call/call";

export type Absence = "camera off" | "picture paused";

/** Why a publisher sends no picture; `null`: it sends one. */
export function absenceOf({ hasVideo, videoSuspended }: Pick<RoomStream, "hasVideo" | "videoSuspended">): Absence | null {
  if (!hasVideo) return "camera off";
  return videoSuspended ? "picture paused" : null;
}

/** Worth a mark on the tile, before anybody asks. */
export function isTrouble({ quality, limitedBy }: Explanation, absence: Absence | null): boolean {
  return quality !== "good" || limitedBy === "bandwidth" || absence === "picture paused";
}

export function sentence(explanation: Explanation, name: string, absence: Absence | null): string {
  const { limitedBy, sent, best, wanted, nextBitrate, estimatedBitrate } = explanation;
  switch (limitedBy) {
    case undefined:
      return `This is the best that ${name} sends.`;
    case "starting":
      return "The picture is just starting.";
    case "subscription":
      return "You chose not to receive this picture.";
    case "muted":
      return absence === "picture paused" ? `${name}’s connection is too slow for a picture now. You still hear ${name}.` : `${name}’s camera is off.`;
    case "element_size": {
      const shown = size(wanted.width, wanted.height);
      return `It is shown small here${shown ? ` (${shown})` : ""}, so no larger picture is sent. Enlarge it to see more.`;
    }
    case "bandwidth": {
      const lacks = `Your connection is too slow for ${sent ? "a better" : "any"} picture.`;
      const carries = estimatedBitrate === undefined ? null : `It carries about ${megabits(estimatedBitrate)} now.`;
      const needs = nextBitrate === undefined ? null : `${sent ? "The next better one" : "The smallest"} takes ${megabits(nextBitrate)}.`;
      return [lacks, carries, needs, sent ? null : "You still hear everybody."].filter(Boolean).join(" ");
    }
    case "publisher":
      return best ? `${name} sends no better picture at the moment, for want of bandwidth or computing power.` : `No picture arrives from ${name}.`;
    case "codec":
      return `${name} has changed to a video format that this call was not set up for. Leave and join again to see the picture.`;
    case "policy":
      return "Your connection has recovered. The picture comes back in a few seconds.";
  }
}

/** What is sent, such as `640 × 360, 30 frames a second, 0.52 Mbit/s`. */
export function figures({ sent }: Explanation): string | null {
  if (!sent) return null;
  return [size(sent.width, sent.height), `${sent.frameRate} frames a second`, megabits(sent.bitrate)].filter(Boolean).join(", ");
}

function size(width: number | undefined, height: number | undefined): string | null {
  return width && height ? `${width} × ${height}` : null;
}

function megabits(bitsPerSecond: number): string {
  const megabits = bitsPerSecond / 1_000_000;
  return `${megabits < 1 ? megabits.toFixed(2) : megabits.toFixed(1)} Mbit/s`;
}
