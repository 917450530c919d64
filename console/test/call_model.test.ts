import { signal } from "@preact/signals";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { errorFromServer } from "../../sdk/src/core/error";
import type { Call, CallObserver, MediaKind, RoomStream } from "../src/call/call";
import { CallModel } from "../src/model/call_model";
import type { Input, LocalMedia } from "../src/model/local_media";

class FakeTrack {
  enabled = true;
  constructor(readonly kind: MediaKind) {}
  stop() {}
}

/** Devices that are all there and on. */
function devices() {
  const input = (kind: MediaKind) => signal<Input>({ kind, state: "on", track: new FakeTrack(kind) as unknown as MediaStreamTrack, problem: null });
  const microphone = input("audio");
  const camera = input("video");
  const of = (kind: MediaKind) => (kind === "audio" ? microphone : camera);
  const tracks = () => [microphone.value.track!, camera.value.track!];
  const released = vi.fn();
  const local = {
    microphone, camera, of, released,
    stream: { peek: () => ({ getTracks: tracks }), get value() { return { getTracks: tracks }; } },
    onTrack: (_: MediaStreamTrack) => {},
    setEnabled(kind: MediaKind, enabled: boolean): void {
      of(kind).value = { ...of(kind).peek(), state: enabled ? "on" : "off" };
    },
    release: released,
    async resume() {},
  };
  return local;
}

function fakeCall(overrides: Pick<Partial<Call>, "publish" | "replaceTrack" | "send"> = {}) {
  return {
    selfId: "me", projectId: "1", sessionId: "s",
    publish: vi.fn<Call["publish"]>(overrides.publish ?? (async () => "own-stream")),
    unpublish: vi.fn<Call["unpublish"]>(async () => {}),
    setEnabled: vi.fn<Call["setEnabled"]>(async () => {}),
    replaceTrack: vi.fn<Call["replaceTrack"]>(overrides.replaceTrack ?? (async () => true)),
    send: vi.fn<Call["send"]>(overrides.send ?? (async () => {})),
    stats: vi.fn<Call["stats"]>(async () => null),
    explain: vi.fn<Call["explain"]>(async () => null),
    fit: vi.fn<Call["fit"]>(),
    leave: vi.fn<Call["leave"]>(async () => {}),
  } satisfies Call;
}

async function joined(overrides: Parameters<typeof fakeCall>[0] = {}) {
  const local = devices();
  const call = fakeCall(overrides);
  const model = new CallModel("blue-room", "Me", local as unknown as LocalMedia);
  await model.join(async (_, observer: CallObserver) => {
    observer.participantJoined({ id: "me", name: "Me", joinedAt: 1 });
    return call;
  });
  return { model, call, local };
}

const problem = (code: string) => errorFromServer({ code });
const stream = (id: string, participantId: string, changes: Partial<RoomStream> = {}): RoomStream => ({
  id, participantId, name: participantId, source: "camera", hasAudio: true, hasVideo: true, videoSuspended: false, media: null, ...changes,
});
const said = (model: CallModel) => model.notices.value.map(({ text }) => text);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("joining publishes the camera and goes live", async () => {
  const { model, call } = await joined();
  expect(model.phase.value).toBe("live");
  expect(call.publish).toHaveBeenCalledOnce();
  expect(model.ownCameraStream.value).toBe("own-stream");
});

test("a refused join ends with the problem", async () => {
  const model = new CallModel("blue-room", "Me", devices() as unknown as LocalMedia);
  await model.join(async () => {
    throw problem("TOKEN_EXPIRED");
  });
  expect(model.phase.value).toBe("ended");
  expect(model.endedBy.value?.problem?.code).toBe("TOKEN_EXPIRED");
});

test("who cannot publish stays in the call and learns why", async () => {
  const { model } = await joined({ publish: async () => Promise.reject(problem("ICE_FAILED")) });
  expect(model.phase.value).toBe("live");
  expect(model.problem.value?.problem.code).toBe("ICE_FAILED");
});

test("trying again after a failed publication publishes", async () => {
  const outcomes = [() => Promise.reject(problem("ICE_FAILED")), () => Promise.resolve("own-stream")];
  const { model, call } = await joined({ publish: () => outcomes.shift()!() });
  model.problem.value!.retry!();
  await vi.waitFor(() => expect(model.ownCameraStream.value).toBe("own-stream"));
  expect(call.publish).toHaveBeenCalledTimes(2);
});

test("leaving while joining leaves as soon as the call is there", async () => {
  const call = fakeCall();
  const model = new CallModel("blue-room", "Me", devices() as unknown as LocalMedia);
  let admit!: () => void;
  const join = model.join(() => new Promise((resolve) => (admit = () => resolve(call))));
  await vi.waitFor(() => expect(admit).toBeDefined());
  await model.leave();
  admit();
  await join;
  expect(call.leave).toHaveBeenCalledOnce();
  expect(call.publish).not.toHaveBeenCalled();
});

test("comings and goings are announced, and the announcement goes away", async () => {
  const { model } = await joined();
  model.participantJoined({ id: "ann", name: "Ann", joinedAt: 2 });
  model.participantLeft("ann");
  expect(said(model)).toEqual(["Ann joined", "Ann left"]);
  vi.advanceTimersByTime(6_000);
  expect(said(model)).toEqual([]);
});

test("a mute reaches the others once", async () => {
  const { model, call } = await joined();
  expect(call.setEnabled).not.toHaveBeenCalled();
  model.toggle("audio");
  expect(call.setEnabled.mock.calls).toEqual([["own-stream", "audio", false]]);
  model.toggle("audio");
  expect(call.setEnabled.mock.lastCall).toEqual(["own-stream", "audio", true]);
});

test("a camera turned off while publishing is off for the others too", async () => {
  const local = devices();
  let published!: (id: string) => void;
  const call = fakeCall({ publish: () => new Promise<string>((resolve) => (published = resolve)) });
  const model = new CallModel("blue-room", "Me", local as unknown as LocalMedia);
  const join = model.join(async () => call);
  await vi.waitFor(() => expect(published).toBeDefined());
  model.toggle("video");
  published("own-stream");
  await join;
  expect(call.setEnabled.mock.calls).toEqual([["own-stream", "video", false]]);
});

test("a camera that cannot be turned on says why, and can be tried again", async () => {
  const { model, local } = await joined();
  local.setEnabled = (kind: MediaKind) => {
    local.of(kind).value = { kind, state: "off", track: null, problem: problem("DEVICE_IN_USE").problem };
  };
  local.setEnabled("video", false);
  model.toggle("video");
  await vi.waitFor(() => expect(model.problem.value?.problem.code).toBe("DEVICE_IN_USE"));
  expect(model.problem.value?.retry).not.toBeNull();
  expect(said(model)).not.toContain("Camera on");
});

test("a moderator's mute turns the microphone off", async () => {
  const { model, local } = await joined();
  model.muteForced("own-stream");
  expect(local.microphone.value.state).toBe("off");
  expect(said(model)).toContain("A moderator muted your microphone");
});

test("messages are counted as unread unless the chat is open", async () => {
  const { model } = await joined();
  model.participantJoined({ id: "ann", name: "Ann", joinedAt: 2 });
  model.messageReceived("ann", "hello");
  model.messageReceived("me", "hi");
  expect(model.unread.value).toBe(1);
  expect(model.messages.value.map(({ name, own, text }) => [name, own, text])).toEqual([["Ann", false, "hello"], ["Me", true, "hi"]]);
  model.chatShown = true;
  model.messageReceived("ann", "still there?");
  expect(model.unread.value).toBe(1);
});

test("a message that could not be sent is not lost silently", async () => {
  const { model } = await joined({ send: async () => Promise.reject(problem("SIGNAL_TOO_LARGE")) });
  expect(await model.send("x")).toBe(false);
  expect(model.problem.value?.problem.code).toBe("SIGNAL_TOO_LARGE");
});

test("a new device for a kind that was not published publishes again", async () => {
  const { model, call, local } = await joined({ replaceTrack: async () => false });
  local.onTrack(new FakeTrack("video") as unknown as MediaStreamTrack);
  await vi.waitFor(() => expect(call.publish).toHaveBeenCalledTimes(2));
  expect(call.unpublish).toHaveBeenCalledWith("own-stream");
  expect(model.problem.value).toBeNull();
});

test("devices that come while joining are published as one stream", async () => {
  const { call, local } = await joined();
  call.publish.mockClear();
  await Promise.all(["audio", "video"].map((kind) => local.onTrack(new FakeTrack(kind as MediaKind) as unknown as MediaStreamTrack)));
  await vi.waitFor(() => expect(call.replaceTrack).toHaveBeenCalledTimes(2));
  expect(call.publish).not.toHaveBeenCalled();
});

test("nothing is left over after the call", async () => {
  const { model, call, local } = await joined();
  model.participantJoined({ id: "ann", name: "Ann", joinedAt: 2 });
  model.streamAdded(stream("s1", "ann"));
  model.statsShown.value = true;
  await model.leave();
  expect(call.leave).toHaveBeenCalledOnce();
  expect(local.released).toHaveBeenCalledOnce();
  expect(model.participants.value.size + model.streams.value.size).toBe(0);
  vi.advanceTimersByTime(10_000);
  expect(vi.getTimerCount()).toBe(0);
});

test("messages are bounded", async () => {
  const { model } = await joined();
  for (let index = 0; index < 501; index++) model.messageReceived(null, String(index));
  expect(model.messages.value).toHaveLength(500);
  expect(model.messages.value[0]?.text).toBe("1");
});

test("the mark of the speaker goes when no levels come any more", async () => {
  const { model } = await joined();
  for (let sample = 0; sample < 4; sample++) {
    model.audioLevels(new Map([["s1", 0.2]]));
    vi.advanceTimersByTime(250);
  }
  expect(model.speaker.value).toBe("s1");
  vi.advanceTimersByTime(3_000);
  expect(model.speaker.value).toBeNull();
});
