import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { connect, ExedraError, type Room } from "../src/core/index";
import { FakeServer, aConnection, aJoined, aProblem, aStream } from "./fake_server";

let server: FakeServer;
let rooms: Room[];

beforeEach(async () => {
  vi.stubGlobal("WebSocket", WebSocket);
  server = await FakeServer.start();
  rooms = [];
});

afterEach(async () => {
  for (const room of rooms) await room.leave();
  await server.stop();
  vi.unstubAllGlobals();
});

async function join(): Promise<Room> {
  const room = await connect({ url: server.url, sessionId: "s", token: "t", projectId: "123" });
  rooms.push(room);
  return room;
}

function next<T>(room: Room, name: Parameters<Room["on"]>[0]): Promise<T> {
  return new Promise((resolve) => room.once(name, resolve as (event: unknown) => void));
}

test("joining sends the token and yields who and what is there", async () => {
  server.on("join", () => aJoined({ connections: [aConnection("ann")], streams: [aStream("cam", "ann")] }));
  const room = await join();
  expect(server.all("join")[0]).toMatchObject({ session_id: "s", token: "t", project_id: "123", connection_events: true, audio_levels: false });
  expect(room.connection.data).toBe("name=me");
  expect(room.streams.get("cam")?.connection).toBe(room.connections.get("ann"));
});

test("a refused token rejects with the server's problem", async () => {
  const cause = { id: "token_expired", stage: "token", confidence: 1, evidence: [], ruled_out: [] };
  server.on("join", () => ({ error: aProblem("TOKEN_EXPIRED", "UNAUTHENTICATED", { cause }) }));
  const error = await join().catch((error: unknown) => error as ExedraError);
  expect(error).toBeInstanceOf(ExedraError);
  expect(error).toMatchObject({ code: "TOKEN_EXPIRED", class: "UNAUTHENTICATED", message: "detail of TOKEN_EXPIRED", problem: { cause } });
});

test("a server that is gone is told as such", async () => {
  const { url } = server;
  await server.stop();
  await expect(connect({ url, sessionId: "s", token: "t" })).rejects.toMatchObject({ code: "SERVER_UNREACHABLE", class: "NETWORK" });
});

test("connecting can be cancelled while the server thinks", async () => {
  server.on("join", () => "silence");
  const cancel = new AbortController();
  const joining = connect({ url: server.url, sessionId: "s", token: "t", signal: cancel.signal });
  await server.until(() => server.links.length > 0 && server.all("join").length === 1);
  cancel.abort();
  await expect(joining).rejects.toMatchObject({ code: "CONNECT_CANCELLED" });
});

test("events update the model in order and tell what changed", async () => {
  const room = await join();
  const seen: string[] = [];
  for (const name of ["connectionCreated", "streamCreated", "streamDestroyed"] as const) room.on(name, () => seen.push(name));
  room.on("streamUpdated", ({ stream, changes }) => {
    expect(stream).toBe(room.streams.get("cam"));
    expect(changes).toEqual([{ property: "hasVideo", oldValue: true, newValue: false }]);
    seen.push("streamUpdated");
  });
  const destroyed = next<{ reason: string }>(room, "streamDestroyed");
  server.event({ event: "connection_created", data: { connection: aConnection("ann") } });
  server.event({ event: "stream_created", data: { stream: aStream("cam", "ann") } });
  server.event({ event: "stream_updated", data: { stream_id: "cam", changes: { has_video: false, width: 640 } } });
  server.event({ event: "stream_destroyed", data: { stream_id: "cam", reason: "forceUnpublished" } });
  expect((await destroyed).reason).toBe("forceUnpublished");
  expect(seen).toEqual(["connectionCreated", "streamCreated", "streamUpdated", "streamDestroyed"]);
  expect([room.connections.size, room.streams.size]).toEqual([1, 0]);
});

test("an event in one burst with the answer to join is not lost", async () => {
  server.on("join", () => {
    queueMicrotask(() => server.event({ event: "stream_created", data: { stream: aStream("cam", "ann") } }));
    return aJoined();
  });
  const room = await join();
  if (room.streams.size === 0) await next(room, "streamCreated");
  expect(room.streams.has("cam")).toBe(true);
});

test("a lost socket is resumed with the same connection, and no event is lost or repeated", async () => {
  const room = await join();
  const signals: string[] = [];
  room.on("signal", ({ data }) => signals.push(data ?? ""));
  server.event({ event: "signal", data: { data: "one", from: "me" } });
  await next(room, "signal");
  server.on("join", (params: { resume?: { connection_id: string; secret: string; last_seq: number } }) => {
    expect(params.resume).toEqual({ connection_id: "me", secret: "secret", last_seq: 1 });
    queueMicrotask(() => {
      server.event({ event: "signal", data: { data: "one", from: "me" } }, 1);
      server.event({ event: "signal", data: { data: "two", from: "me" } }, 2);
    });
    return aJoined();
  });
  const two = next<{ data: string; from: unknown }>(room, "signal");
  server.cutSockets();
  expect((await two).from).toBe(room.connection);
  expect(signals).toEqual(["one", "two"]);
  expect(room.state).toBe("connected");
});

test("a resume brings the snapshot and the missed events, and only the events count", async () => {
  const before = { connections: [aConnection("ann")], streams: [aStream("cam", "ann")] };
  server.on("join", () => aJoined(before));
  const room = await join();
  const told: string[] = [];
  room.on("connectionCreated", ({ connection }) => told.push(`+${connection.id}`));
  room.on("connectionDestroyed", ({ connection }) => told.push(`-${connection.id}`));
  room.on("streamCreated", ({ stream }) => told.push(`+${stream.id}`));
  room.on("streamDestroyed", ({ stream }) => told.push(`-${stream.id}`));
  const [cam] = room.streams.values();
  server.on("join", () => {
    queueMicrotask(() => {
      server.event({ event: "connection_created", data: { connection: aConnection("bob") } });
      server.event({ event: "stream_created", data: { stream: aStream("desk", "bob") } });
      server.event({ event: "stream_updated", data: { stream_id: "cam", changes: { has_audio: false } } });
      server.event({ event: "signal", data: { data: "last", from: "bob" } });
    });
    return aJoined({ connections: [aConnection("ann"), aConnection("bob")], streams: [aStream("cam", "ann", { has_audio: false }), aStream("desk", "bob")] });
  });
  const updated = next<{ changes: unknown[] }>(room, "streamUpdated");
  const last = next(room, "signal");
  server.cutSockets();
  expect((await updated).changes).toEqual([{ property: "hasAudio", oldValue: true, newValue: false }]);
  await last;
  expect(told).toEqual(["+bob", "+desk"]);
  expect([...room.streams.keys()]).toEqual(["cam", "desk"]);
  expect(room.streams.get("cam")).toBe(cam);
});

test("signals sent while the socket is away wait for it, in order; unless the app refuses to wait", async () => {
  const room = await join();
  let back!: () => void;
  const gate = new Promise<void>((resolve) => (back = resolve));
  server.on("join", (_, link) => {
    void gate.then(() => link.socket.send(JSON.stringify({ id: 1, result: aJoined() })));
    return "silence";
  });
  server.cutSockets();
  await server.until(() => server.all("join").length === 2);
  const sent = [room.signal({ data: "a" }), room.signal({ data: "b" })];
  await expect(room.signal({ data: "c" }, { retryAfterReconnect: false })).rejects.toMatchObject({ code: "NOT_CONNECTED" });
  back();
  await Promise.all(sent);
  expect(server.all("signal").map((signal: { data: string }) => signal.data)).toEqual(["a", "b"]);
});

test("a connection that the server no longer knows ends the room", async () => {
  const room = await join();
  server.on("join", () => ({ error: aProblem("RESUME_REFUSED", "NOT_FOUND") }));
  const ended = next<{ reason: string; error: ExedraError }>(room, "disconnected");
  server.cutSockets();
  expect(await ended).toMatchObject({ reason: "networkDisconnected", error: { code: "RESUME_REFUSED" } });
  await expect(room.signal({})).rejects.toMatchObject({ code: "NOT_CONNECTED" });
});

test("a moderator's disconnect ends the room with its reason, without reconnecting", async () => {
  const room = await join();
  const ended = next<{ reason: string }>(room, "disconnected");
  server.event({ event: "session_disconnected", data: { reason: "forceDisconnected", error: null } });
  expect((await ended).reason).toBe("forceDisconnected");
  expect(room.state).toBe("disconnected");
  expect(server.links).toHaveLength(1);
});

test("a silent server is noticed by the heartbeat and the client reconnects", async () => {
  server.on("join", () => aJoined({ heartbeat_ms: 50 }));
  server.on("ping", () => "silence");
  await join();
  await server.until(() => server.all("join").length === 2);
  expect(server.all("join")[1].resume.connection_id).toBe("me");
});

test("leaving tells the server and ends with clientDisconnected", async () => {
  const room = await join();
  const ended = next<{ reason: string }>(room, "disconnected");
  await room.leave();
  expect((await ended).reason).toBe("clientDisconnected");
  expect(server.all("leave")).toHaveLength(1);
});
