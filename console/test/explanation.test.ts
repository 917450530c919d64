import { expect, test } from "vitest";
import type { Explanation } from "../../sdk/src/core";
import { absenceOf, figures, isTrouble, sentence } from "../src/model/explanation";

const best: Explanation = {
  quality: "good", limitedBy: undefined, sent: { width: 1280, height: 720, frameRate: 30, bitrate: 1_540_000 },
  best: { width: 1280, height: 720, frameRate: 30, bitrate: 1_540_000 }, wanted: {}, nextBitrate: undefined,
  estimatedBitrate: undefined, deliveredBitrate: 1_600_000, lossPercent: 0,
};

test("each limit has a sentence that names who can do something about it", () => {
  expect(sentence(best, "Ada", null)).toBe("This is the best that Ada sends.");
  expect(sentence({ ...best, limitedBy: "element_size", wanted: { width: 320, height: 180 } }, "Ada", null)).toBe(
    "It is shown small here (320 × 180), so no larger picture is sent. Enlarge it to see more.",
  );
  expect(sentence({ ...best, limitedBy: "bandwidth", estimatedBitrate: 620_000, nextBitrate: 1_540_000 }, "Ada", null)).toBe(
    "Your connection is too slow for a better picture. It carries about 0.62 Mbit/s now. The next better one takes 1.5 Mbit/s.",
  );
  expect(sentence({ ...best, sent: undefined, limitedBy: "bandwidth", nextBitrate: 150_000 }, "Ada", null)).toBe(
    "Your connection is too slow for any picture. The smallest takes 0.15 Mbit/s. You still hear everybody.",
  );
  expect(sentence({ ...best, limitedBy: "publisher" }, "Ada", null)).toContain("Ada sends no better picture");
  expect(sentence({ ...best, limitedBy: "publisher", best: undefined }, "Ada", null)).toBe("No picture arrives from Ada.");
});

test("what is sent is told in figures, and only a want of bandwidth is trouble", () => {
  expect(figures(best)).toBe("1280 × 720, 30 frames a second, 1.5 Mbit/s");
  expect(figures({ ...best, sent: undefined })).toBeNull();
  const limits = [undefined, "element_size", "publisher", "bandwidth"] as const;
  expect(limits.map((limitedBy) => isTrouble({ ...best, limitedBy }, null))).toEqual([false, false, false, true]);
  expect(isTrouble({ ...best, quality: "suspended", limitedBy: "policy" }, null)).toBe(true);
});

test("a camera that is off is told apart from a picture that its publisher's uplink does not carry", () => {
  const streams = [{ hasVideo: true, videoSuspended: false }, { hasVideo: true, videoSuspended: true }, { hasVideo: false, videoSuspended: true }];
  expect(streams.map(absenceOf)).toEqual([null, "picture paused", "camera off"]);
  const muted: Explanation = { ...best, sent: undefined, limitedBy: "muted" };
  expect(sentence(muted, "Ada", "camera off")).toBe("Ada’s camera is off.");
  expect(sentence(muted, "Ada", "picture paused")).toBe("Ada’s connection is too slow for a picture now. You still hear Ada.");
  expect([isTrouble(muted, "camera off"), isTrouble(muted, "picture paused")]).toEqual([false, true]);
});
