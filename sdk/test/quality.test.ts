import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connect, type Explanation, type Room } from "../src/core/index";
import type * as wire from "../src/generated/wire";
import { FakeServer, aJoined, aConnection, aStream } from "./fake_server";
import { FakePeerConnection, FakeTrack, installPage } from "./page";

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
});

function camera(width: number, height: number): MediaStreamTrack[] {
  const track = new FakeTrack("video");
  track.getSettings = () => ({ deviceId: "video-1", width, height });
  return [track as unknown as MediaStreamTrack];
}
const transceivers = () => FakePeerConnection.all[0]!.transceivers;
const layers = () => transceivers().at(-1)!.sender.encodings.map(({ rid, scaleResolutionDownBy, maxBitrate }) => [rid, scaleResolutionDownBy, maxBitrate]);

test("a camera is sent in as many sizes as are worth it, a screen in one, and an app may choose", async () => {
  const publish = async (width: number, height: number, options = {}) => {
    await room.publish(camera(width, height), options);
    return layers();
  };
  expect(await publish(1280, 720)).toEqual([["q", 4, 150_000], ["h", 2, 510_000], ["f", 1, 1_700_000]]);
  expect(await publish(640, 480)).toEqual([["h", 2, 190_000], ["f", 1, 650_000]]);
  const one = [[undefined, undefined, undefined]];
  expect(await publish(320, 240)).toEqual(one);
  expect(await publish(1280, 720, { videoSource: "screen" })).toEqual(one);
  expect(await publish(1280, 720, { simulcast: false })).toEqual(one);
  expect(await publish(1280, 720, { videoCodecs: ["VP9", "VP8"] })).toEqual(one);
  expect(await publish(1280, 720, { encodings: [{ maxBitrate: 5 }] })).toEqual([[undefined, undefined, 5]]);
});

test("layers that nobody needs are stopped until somebody does; what the app switched off stays off", async () => {
  const publication = await room.publish(camera(1280, 720));
  const { sender } = transceivers()[0]!;
  const active = () => sender.encodings.map((encoding) => encoding.active);
  const need = (...needed: boolean[]) => {
    const encodings = ["q", "h", "f"].map((rid, index) => ({ rid, needed: needed[index]! }));
    server.event({ event: "encodings_needed", data: { stream_id: "own", encodings } });
  };
  need(true, false, false);
  await vi.waitFor(() => expect(active()).toEqual([true, false, false]));
  await publication.limit("video", { bitrate: 236_000, scaleDownBy: 2 });
  expect(sender.encodings.map((encoding) => encoding.scaleResolutionDownBy)).toEqual([8, 4, 2]);
  expect(active()).toEqual([true, false, false]);
  need(true, true, false);
  await vi.waitFor(() => expect(active()).toEqual([true, true, false]));

  sender.encodings[1]!.active = false;
  need(true, false, true);
  await vi.waitFor(() => expect(active()).toEqual([true, false, true]));
  need(true, true, true);
  need(true, true, false);
  await vi.waitFor(() => expect(active()).toEqual([true, false, false]));
});

test("a section with layers serves the next camera, with all of them on", async () => {
  const publication = await room.publish(camera(1280, 720));
  server.event({ event: "encodings_needed", data: { stream_id: "own", encodings: [{ rid: "f", needed: false }] } });
  await vi.waitFor(() => expect(transceivers()[0]!.sender.encodings[2]!.active).toBe(false));
  await publication.unpublish();
  await room.publish(camera(1920, 1080));
  expect(transceivers()).toHaveLength(1);
  await vi.waitFor(() => expect(transceivers()[0]!.sender.encodings.map(({ active, maxBitrate }) => [active, maxBitrate])).toEqual([[true, 310_000], [true, 1_030_000], [true, 3_460_000]]));
});

test("another camera is sent in the sizes that it is worth, within what the app allows", async () => {
  const publication = await room.publish(camera(1280, 720));
  const { sender } = transceivers()[0]!;
  const sent = () => sender.encodings.map(({ active, scaleResolutionDownBy, maxBitrate }) => [active, scaleResolutionDownBy, maxBitrate]);
  const switchTo = (width: number, height: number) => publication.replaceTrack("video", camera(width, height)[0]!);
  const need = (rid: string, needed: boolean) => server.event({ event: "encodings_needed", data: { stream_id: "own", encodings: [{ rid, needed }] } });
  need("f", false);
  await vi.waitFor(() => expect(sent()[2]).toEqual([false, 1, 1_700_000]));
  await switchTo(320, 240);
  expect(sent()).toEqual([[true, 1, 190_000], [false, 1, undefined], [false, 1, undefined]]);
  await switchTo(640, 480);
  expect(sent()).toEqual([[true, 2, 190_000], [true, 1, 650_000], [false, 1, undefined]]);
  await switchTo(1920, 1080);
  expect(sent()).toEqual([[true, 4, 310_000], [true, 2, 1_030_000], [false, 1, 3_460_000]]);
  need("f", true);
  await vi.waitFor(() => expect(sent()[2]).toEqual([true, 1, 3_460_000]));

  await publication.limit("video", { bitrate: 420_000, scaleDownBy: 2 });
  await switchTo(640, 480);
  expect(sent()).toEqual([[true, 4, 95_000], [true, 2, 325_000], [false, 2, undefined]]);
});

test("a limit that the browser refuses is told to who asked, and stands in the way of no camera after it", async () => {
  const publication = await room.publish(camera(1280, 720));
  const { sender } = transceivers()[0]!;
  sender.refuses = (encodings) => encodings.some((encoding: { scalabilityMode?: string }) => encoding.scalabilityMode === "L3T3");
  await expect(publication.limit("video", { scalabilityMode: "L3T3" })).rejects.toThrow();
  await publication.limit("video", { scaleDownBy: 2 });
  const [next] = camera(640, 480);
  await publication.replaceTrack("video", next!);
  expect(sender.track).toBe(next);
  expect(sender.encodings.map(({ scaleResolutionDownBy }) => scaleResolutionDownBy)).toEqual([4, 2, 2]);
});

test("a browser that takes no sizes for another camera sends it nevertheless, and others learn how large it is", async () => {
  const publication = await room.publish(camera(1280, 720));
  const { sender } = transceivers()[0]!;
  sender.refuses = () => true;
  const [next] = camera(640, 480);
  await publication.replaceTrack("video", next!);
  expect(sender.track).toBe(next);
  await publication.describeVideo({ width: 640, height: 480 });
  expect(server.all("update_stream").at(-1)).toMatchObject({ changes: { width: 640, height: 480 } });
});

test("layers of the app's own choice are left to it", async () => {
  const encodings = [{ rid: "a", maxBitrate: 1 }, { rid: "b", maxBitrate: 2 }];
  const publication = await room.publish(camera(1280, 720), { encodings });
  await publication.replaceTrack("video", camera(160, 120)[0]!);
  expect(transceivers()[0]!.sender.encodings).toEqual(encodings.map((encoding) => ({ active: true, ...encoding })));
});

test("a subscription follows the size of the element it plays in, unless the app chooses one", async () => {
  const told = () => server.all("update_subscription").map(({ width_max, height_max }) => [width_max, height_max]);
  let resized = () => {};
  const disconnect = vi.fn();
  vi.stubGlobal("devicePixelRatio", 2);
  vi.stubGlobal("ResizeObserver", class {
    constructor(callback: () => void) {
      resized = callback;
    }
    observe() {}
    disconnect = disconnect;
  });
  let shown = { width: 160, height: 90 };
  const element = { srcObject: null, getBoundingClientRect: () => shown } as unknown as HTMLVideoElement;
  const subscription = await room.subscribe("cam");
  subscription.attach(element);
  expect(element.srcObject).toBe(subscription.mediaStream);
  await server.until(() => told().length === 1);
  shown = { width: 0, height: 0 };
  resized();
  shown = { width: 640, height: 360 };
  resized();
  await server.until(() => told().length === 2);
  expect(told()).toEqual([[320, 180], [1280, 720]]);

  await subscription.update({ width: 100 });
  shown = { width: 50, height: 50 };
  resized();
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(told()).toEqual([[320, 180], [1280, 720], [100, undefined]]);
  await subscription.unsubscribe();
  expect(disconnect).toHaveBeenCalled();
});

test("statistics are the browser's and the server's together", async () => {
  server.on("stats", () => ({
    transport: { packets_sent: 7, estimate_bps: 900_000 },
    subscribed: [{ subscription_id: "sub", kind: "video", round_trip_ms: 12.5 }],
    published: [],
  }));
  const subscription = await room.subscribe("cam");
  const stats = await room.stats();
  expect(stats.server).toEqual({
    transport: { packetsSent: 7, estimateBps: 900_000 }, subscribed: [{ subscriptionId: "sub", kind: "video", roundTripMs: 12.5 }], published: [],
  });
  expect([...stats.subscriptions.keys()]).toEqual([subscription.id]);
  expect(stats.subscriptions.get("sub")!.video!.packets).toBe(0);
  expect(stats.publications.size).toBe(0);
});
