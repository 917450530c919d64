import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Connection, Stream } from "../src/core/model";
import { Publication } from "../src/core/publication";
import { aConnection, aStream } from "./fake_server";
import { FakePeerConnection, FakeTrack } from "./page";

let publication: Publication;
let camera: FakeTrack;
let told: unknown[];
let qualities: string[];
/** Whether what the others are to be told reaches them. */
let isHeard: boolean;
let uplinkBps: number;

beforeEach(() => {
  vi.useFakeTimers();
  [told, qualities, isHeard, uplinkBps] = [[], [], true, 1_000_000];
  const stream = new Stream(aStream("own", "me"), new Connection(aConnection("me")));
  const host = {
    async update(_id: string, changes: object) {
      told.push(changes);
      if (!isHeard) throw new Error("SIGNALING_LOST");
      stream.update(changes);
    },
    async unpublish() {},
  };
  camera = new FakeTrack("video");
  const transceiver = new FakePeerConnection().addTransceiver(camera, { direction: "sendonly" });
  transceiver.sender.getStats = async () => new Map([["pair", { type: "candidate-pair", nominated: true, availableOutgoingBitrate: uplinkBps }]]);
  publication = new Publication(stream, host, new Map([["video", transceiver as unknown as RTCRtpTransceiver]]), [camera as unknown as MediaStreamTrack], {});
  publication.on("qualityChanged", ({ quality }) => qualities.push(quality));
  publication.fallBackToAudio();
});
afterEach(() => {
  publication.end("clientDisconnected", "self");
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const sent = () => publication.transceivers.get("video")!.sender.track;
const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1_000);

test("an uplink too weak for a picture carries none until it recovers, and the others are told", async () => {
  await seconds(2);
  expect([sent(), told]).toEqual([camera, []]);
  uplinkBps = 20_000;
  await seconds(4);
  expect([sent(), told]).toEqual([null, [{ video_suspended: true }]]);
  uplinkBps = 1_000_000;
  await seconds(5);
  expect([sent(), told]).toEqual([camera, [{ video_suspended: true }, { video_suspended: false }]]);
  expect(qualities).toEqual(["endangered", "suspended", "good"]);
});

test("a camera that is turned off is no longer suspended", async () => {
  uplinkBps = 20_000;
  await seconds(4);
  await publication.setVideo(false);
  await seconds(1);
  expect(qualities).toEqual(["endangered", "suspended", "good"]);
  expect(publication.stream.videoSuspended).toBe(false);
});

test("what did not reach the others is told again at each look, until it does", async () => {
  isHeard = false;
  uplinkBps = 20_000;
  await seconds(6);
  expect(told).toEqual([1, 2, 3].map(() => ({ video_suspended: true })));
  isHeard = true;
  await seconds(2);
  expect(told).toHaveLength(4);
  expect([sent(), publication.stream.videoSuspended]).toEqual([null, true]);
});
