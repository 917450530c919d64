import { expect, test } from "vitest";
import type { StreamStats, TrackStats, VideoStats } from "../src/core/stats";
import { UplinkWatch } from "../src/core/uplink";

const track = { bitrate: 32_000, lossPercent: 0 } as TrackStats;
const figures = (availableOutgoingBitrate: number | undefined, video: Partial<VideoStats> = {}): StreamStats => ({
  timestamp: 0, audio: track, video: { ...track, ...video } as VideoStats, transport: { rttMs: 20, availableOutgoingBitrate, protocol: "udp" },
});
const wide = figures(1_000_000);
const narrow = figures(60_000);

/** What is judged of the same figures, each second of so many. */
function judged(watch: UplinkWatch, stats: StreamStats, fromS: number, seconds: number): string[] {
  return Array.from({ length: seconds }, (_, index) => watch.observe(stats, (fromS + index) * 1_000));
}

test("a narrow uplink is warned of, then carries no picture until a try some seconds later", () => {
  const watch = new UplinkWatch();
  expect(judged(watch, wide, 0, 2)).toEqual(["good", "good"]);
  expect(judged(watch, narrow, 2, 4)).toEqual(["endangered", "endangered", "endangered", "suspended"]);
  // Without a picture the estimate cannot grow: it says nothing about the path.
  expect(judged(watch, narrow, 6, 5)).toEqual(["suspended", "suspended", "suspended", "suspended", "good"]);
});

test("a warning ends when the uplink recovers in time", () => {
  const watch = new UplinkWatch();
  expect([...judged(watch, narrow, 0, 2), ...judged(watch, wide, 2, 1)]).toEqual(["endangered", "endangered", "good"]);
});

test("tries that fail come less and less often, and a picture that lasted makes them frequent again", () => {
  const watch = new UplinkWatch();
  const secondsWithout = (fromS: number) => {
    judged(watch, narrow, fromS, 4);
    let seconds = 0;
    while (watch.observe(narrow, (fromS + 4 + seconds) * 1_000) === "suspended") seconds++;
    return seconds + 1;
  };
  let now = 0;
  const waits = [5, 10, 20, 40, 60, 60];
  for (const wait of waits) {
    expect(secondsWithout(now)).toBe(wait);
    now += 4 + wait;
  }
  judged(watch, wide, now, 15);
  expect(secondsWithout(now + 15)).toBe(5);
});

test("loss is weakness as well, and while it lasts no try is made", () => {
  const watch = new UplinkWatch();
  const lossy = figures(1_000_000, { lossPercent: 30 });
  expect(judged(watch, lossy, 0, 20).slice(-1)).toEqual(["suspended"]);
  expect(judged(watch, wide, 20, 1)).toEqual(["good"]);
});

test("a browser without an estimate tells by what limits its picture", () => {
  expect(judged(new UplinkWatch(), figures(undefined, { limitedBy: "bandwidth", bitrate: 20_000 }), 0, 1)).toEqual(["endangered"]);
  expect(judged(new UplinkWatch(), figures(undefined, { limitedBy: "cpu", bitrate: 20_000 }), 0, 1)).toEqual(["good"]);
  expect(judged(new UplinkWatch(), figures(undefined, { limitedBy: "bandwidth", bitrate: 200_000 }), 0, 1)).toEqual(["good"]);
});
