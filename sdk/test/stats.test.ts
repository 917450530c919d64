import { expect, test } from "vitest";
import { StatsSampler } from "../src/core/stats";

const layer = (rid: string, frameWidth: number, frameHeight: number, framesPerSecond?: number) => ({
  id: rid, type: "outbound-rtp", kind: "video", rid, timestamp: 1000, frameWidth, frameHeight, framesPerSecond, framesEncoded: 90, bytesSent: 1000, packetsSent: 10,
});

const summary = (...layers: ReturnType<typeof layer>[]) =>
  new StatsSampler().summarize(new Map(layers.map((entry) => [entry.id, entry])), ["video"]).video!;

test("the figures of a camera in layers are those of the largest that is being sent", () => {
  const { width, height, frameRate, layers } = summary(layer("q", 320, 180, 30), layer("h", 640, 360, 29), layer("f", 1280, 720));
  expect({ width, height, frameRate }).toEqual({ width: 640, height: 360, frameRate: 29 });
  expect(layers.map(({ rid }) => rid)).toEqual(["q", "h", "f"]);
});

test("where none is being sent the largest speaks", () => {
  expect(summary(layer("q", 320, 180), layer("f", 1280, 720, 0)).height).toBe(720);
});
