import { afterEach, expect, test, vi } from "vitest";
import type { Room } from "../../sdk/src/core";
import type { CallObserver } from "../src/call/call";
import { joinRoom } from "../src/call/exedra_call";

const { connect } = vi.hoisted(() => ({ connect: vi.fn() }));
vi.mock("../../sdk/src/core", () => ({ connect }));

afterEach(() => vi.unstubAllGlobals());

const ann = { id: "ann", createdAt: 1, data: null };
const camera = { id: "cam", connection: ann, name: "Ann", videoSource: "camera", hasAudio: true, hasVideo: true, videoSuspended: true };

/** A room with one stream in it; what it emits reaches the listeners of the call. */
function roomWith(stream: typeof camera) {
  const listeners = new Map<string, (event: unknown) => void>();
  const room = {
    connection: { id: "me", createdAt: 1, data: null },
    connections: new Map([[ann.id, ann]]),
    streams: new Map([[stream.id, stream]]),
    on: (name: string, listener: (event: unknown) => void) => void listeners.set(name, listener),
    subscribe: () => new Promise(() => undefined),
  };
  return { room: room as unknown as Room, emit: (name: string, event: unknown) => listeners.get(name)!(event) };
}

test("a picture that its publisher's uplink does not carry is known from the start, and when it changes", async () => {
  const { room, emit } = roomWith(camera);
  connect.mockResolvedValue(room);
  vi.stubGlobal("location", { origin: "http://localhost" });
  vi.stubGlobal("fetch", async () => Response.json({ project_id: "1", session_id: "s", token: "t" }));
  const observer = { participantJoined: vi.fn(), streamAdded: vi.fn(), streamChanged: vi.fn() };
  await joinRoom({ room: "blue-room", name: "Me" }, observer as unknown as CallObserver);
  expect(observer.streamAdded).toHaveBeenCalledWith(expect.objectContaining({ id: "cam", hasVideo: true, videoSuspended: true }));
  emit("streamUpdated", { stream: { ...camera, videoSuspended: false } });
  expect(observer.streamChanged.mock.calls).toEqual([["cam", { hasAudio: true, hasVideo: true, videoSuspended: false }]]);
});
