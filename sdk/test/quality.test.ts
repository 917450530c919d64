import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connect, type Explanation, type Room } from "../src/core/index";
import type * as wire from "../src/generated/wire";
import { FakeServer, aJoined, aConnection, aStream } from "./fake_server";
import { FakePeerConnection, installPage } from "./page";

let server: FakeServer;
let room: Room;

beforeEach(async () => {
  installPage();
  server = await FakeServer.start();
  server.on("join", () => aJoined({ connections: [aConnection("ann")], streams: [aStream("cam", "ann")] }));
  server.on("publish", () => ({ stream_id: "own" }));
  server.on("subscribe", () => ({ subscription_id: "sub", stream: aStream("cam", "ann") }));
  server.on("negotiate", ({ sections }) => {
    for (const { stream_id, subscription_id } of sections) {
      if (stream_id) server.eventAfterwards({ event: "stream_created", data: { stream: aStream(stream_id, "me") } });
      if (subscription_id) server.eventAfterwards({ event: "subscription_started", data: { subscription_id } });
    }
    return { answer: "answer" };
  });
  room = await connect({ url: server.url, sessionId: "s", token: "t" });
});
afterEach(async () => {
  await room.leave();
  await server.stop();
  vi.unstubAllGlobals();
});

const narrow: wire.Explanation = {
  quality: "good", limited_by: "bandwidth", sent: { width: 320, height: 180, frame_rate: 30, bitrate_bps: 150_000 },
  best: { frame_rate: 30, bitrate_bps: 1_500_000 }, wanted: { video: true, width_max: 640, priority: 100 },
  next_bps: 500_000, estimate_bps: 300_000, delivered_bps: 160_000, loss: 0.02,
};
const explained: Explanation = {
  quality: "good", limitedBy: "bandwidth", sent: { width: 320, height: 180, frameRate: 30, bitrate: 150_000 },
  best: { width: undefined, height: undefined, frameRate: 30, bitrate: 1_500_000 }, wanted: { video: true, width: 640, priority: 100 },
  nextBitrate: 500_000, estimatedBitrate: 300_000, deliveredBitrate: 160_000, lossPercent: 2,
};

test("a subscription explains its picture when asked, and tells when it changes", async () => {
  server.on("explain", () => narrow);
  const subscription = await room.subscribe("cam");
  expect(await subscription.explain()).toEqual(explained);
  expect(server.all("explain")).toEqual([{ subscription_id: "sub" }]);

  const told = new Promise((resolve) => subscription.on("qualityChanged", resolve));
  server.event({ event: "quality_changed", data: { subscription_id: "sub", explanation: { ...narrow, quality: "suspended" } } });
  expect(await told).toEqual({ ...explained, quality: "suspended" });
  expect(FakePeerConnection.all).toHaveLength(1);
});
