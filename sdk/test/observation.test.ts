import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { watchCpu, type Explanation, type Publication, type StreamStats, type TrackStats, type VideoStats } from "../src/core/index";
import { Silence, Steady } from "../src/opentok/observation";
import { changeReason, pictureEvents, sentChange, type PictureState } from "../src/opentok/quality";
import { qualityScore } from "../src/opentok/score";
import { subscriberStats } from "../src/opentok/stats";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const received = (audio: Partial<TrackStats>, video: Partial<VideoStats>, timestamp = 2_000): StreamStats => ({
  timestamp, audio: { lossPercent: 0, ...audio } as TrackStats, video: { frames: 60, freezeDurationMs: 0, ...video } as VideoStats,
  transport: { rttMs: 20, availableOutgoingBitrate: undefined, protocol: "udp" },
});
const before = received({}, { frames: 0 }, 0);
const both = { audio: true, video: true };
const limited = (limitedBy: Explanation["limitedBy"], sent: number, best: number) =>
  ({ quality: "good", limitedBy, sent: { height: sent }, best: { height: best } }) as Explanation;

test("a score falls with what is heard and seen: loss of sound, a picture that stands still or is smaller than it could be", () => {
  const score = (now: StreamStats, explanation?: Explanation) => Object.values(qualityScore(now, before, both, explanation));
  expect(score(received({}, {}))).toEqual([5, 5]);
  expect([0.5, 2, 5, 12, 40].map((lossPercent) => score(received({ lossPercent }, { lossPercent }))[0])).toEqual([5, 4, 3, 2, 1]);
  expect([0, 40, 120, 300, 900].map((freezeDurationMs) => score(received({}, { freezeDurationMs }))[1])).toEqual([5, 4, 3, 2, 1]);
  expect(score(received({}, { frames: 0 }))).toEqual([5, 1]);
  expect(score(received({}, {}), limited("bandwidth", 360, 720))).toEqual([5, 4]);
  expect(score(received({}, {}), limited("bandwidth", 180, 720))).toEqual([5, 3]);
  expect(score(received({}, {}), limited("element_size", 180, 720))).toEqual([5, 5]);
  expect(score(received({}, {}), { ...limited("bandwidth", 180, 720), quality: "suspended" })).toEqual([5, 1]);
  expect(qualityScore(received({}, { frames: 0 }), before, { audio: true, video: false }, undefined)).toEqual({ audioQualityScore: 5 });
});

test("the condition of a path is that of its worst sign", () => {
  const condition = (lossPercent: number, explanation?: Explanation) => {
    const { networkCondition, networkConditionReason } = subscriberStats(received({ lossPercent }, {}), explanation).mediaLink.transport;
    return [networkCondition, networkConditionReason];
  };
  expect([0, 1, 3, 7, 20].map((loss) => condition(loss)[0])).toEqual(["excellent", "good", "fair", "warning", "critical"]);
  expect(condition(3)).toEqual(["fair", "packetLoss"]);
  expect(condition(0, limited("bandwidth", 180, 720))).toEqual(["fair", "bandwidth"]);
  expect(condition(0, { ...limited("bandwidth", 180, 720), quality: "suspended" })).toEqual(["critical", "bandwidth"]);
  expect(condition(20, limited("bandwidth", 180, 720))).toEqual(["critical", "bandwidth"]);
});

test("sound that stops arriving while it is expected is as bad as it gets, and muted sound is not", () => {
  const silence = new Silence();
  const judged = (packets: number, timestamp: number, isExpected = true) => {
    const stats = silence.judge(received({ packets }, {}, timestamp), isExpected);
    const { networkCondition, networkConditionReason } = subscriberStats(stats).mediaLink.transport;
    return [qualityScore(stats, before, both, undefined).audioQualityScore, networkCondition, networkConditionReason];
  };
  const [fine, silent] = [[5, "excellent", "none"], [1, "critical", "packetLoss"]];
  expect([judged(0, 0), judged(100, 2_000), judged(100, 2_020), judged(100, 4_000)]).toEqual([fine, fine, fine, silent]);
  expect(judged(150, 6_000)).toEqual(fine);
  expect([judged(150, 8_000, false), judged(150, 10_000, false), judged(150, 10_500)]).toEqual([fine, fine, fine]);
  expect(judged(150, 12_500)).toEqual(silent);
});

test("news is what was seen twice and not told before", () => {
  const steady = new Steady("good");
  expect(["good", "good", "bad", "good", "bad", "bad", "bad", "good", "good"].map((seen) => steady.isNews(seen))).toEqual(
    [false, false, false, false, false, true, false, false, true],
  );
});

test("a change of the picture that is sent has the reason that the encoder gives", () => {
  const sent = (more: Partial<VideoStats>) => ({ limitedBy: "none", codec: "VP8", height: 720, ...more }) as VideoStats;
  const changes = [sent({}), sent({ limitedBy: "cpu", height: 360 }), sent({ codec: "VP9" }), sent({ height: 360 })];
  expect(changes.map((now) => sentChange(sent({}), now))).toEqual([undefined, "cpu", "codecChange", "resolutionChange"]);
});

test("a change to a codec that was not agreed on is told as one", () => {
  expect(changeReason(undefined, limited("codec", 0, 720))).toBe("codecChange");
});

test("what a page is told of a picture begins with its return, and ends with the last reason why it is gone", () => {
  const told = (before: PictureState, now: PictureState) => pictureEvents(before, now).map(({ type, fields }) => [type, fields?.reason].filter(Boolean).join(" "));
  expect(told("suspended", "endangered")).toEqual(["videoEnabled quality", "videoDisableWarning"]);
  expect(told("endangered", "undecodable")).toEqual(["videoDisabled codecNotSupported"]);
  expect(told("undecodable", "endangered")).toEqual(["videoEnabled codecChanged", "videoDisableWarning"]);
  expect(told("undecodable", "suspended")).toEqual(["videoDisabled quality"]);
  expect(told("good", "good")).toEqual([]);
});

const encoding = { limit: "none" };
const room = {
  publications: new Map([["cam", { rawStats: async () => new Map([["out", { qualityLimitationReason: encoding.limit }]]) } as unknown as Publication]]),
};

test.each([
  ["the browser tells nothing of", undefined],
  ["the page may not observe", class {
    observe = () => Promise.reject(new Error("NotAllowedError"));
    disconnect() {}
  }],
])("a machine that %s is as busy as its encoders say", async (_what, PressureObserver) => {
  vi.stubGlobal("PressureObserver", PressureObserver);
  const told: string[] = [];
  const stop = watchCpu(room, (pressure) => told.push(pressure));
  for (const limit of ["none", "cpu", "cpu", "bandwidth"]) {
    encoding.limit = limit;
    await vi.advanceTimersByTimeAsync(2_000);
  }
  expect(told).toEqual(["serious", "nominal"]);
  stop();
  encoding.limit = "cpu";
  await vi.advanceTimersByTimeAsync(2_000);
  expect(told).toHaveLength(2);
});
