import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { OT } from "../src/opentok/ot";
import { FakePeerConnection, FakeTrack, installPage, type Devices } from "./page";
import { FakeServer, aConnection, aJoined, aProblem, aStream } from "./fake_server";

const KEY = "12345678";
let server: FakeServer;
let devices: Devices;
let open: InstanceType<typeof OT.Session>[];

beforeEach(async () => {
  devices = installPage();
  server = await FakeServer.start();
  vi.stubGlobal("EXEDRA", { serverUrl: server.url });
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  open = [];
});
afterEach(async () => {
  vi.useRealTimers();
  for (const session of open) await session.disconnect();
  OT.publishers.forEach((publisher) => publisher.destroy());
  OT.subscribers.forEach((subscriber) => subscriber.destroy());
  OT.off();
  await server.stop();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

function newSession() {
  const session = OT.initSession(KEY, "the-session");
  open.push(session);
  return session;
}
async function connected() {
  const session = newSession();
  await session.connect.promise("token");
  return session;
}
const once = (emitter: { once(name: string, handler: (event: any) => void): unknown }, name: string) => new Promise<any>((resolve) => emitter.once(name, resolve));

/** Lets publishing and subscribing succeed the way the real server lets them. */
function serveMedia() {
  let published = 0;
  server.on("publish", () => ({ stream_id: `own-${++published}` }));
  server.on("subscribe", ({ stream_id }) => ({ subscription_id: `sub-${stream_id}`, stream: aStream(stream_id, "ann") }));
  server.on("negotiate", ({ sections }) => {
    for (const { stream_id, subscription_id } of sections) {
      const [publish] = server.all("publish").slice(-1);
      if (stream_id) server.eventAfterwards({ event: "stream_created", data: { stream: aStream(stream_id, "me", publish.properties) } });
      if (subscription_id) server.eventAfterwards({ event: "subscription_started", data: { subscription_id } });
    }
    return { answer: "answer" };
  });
}

describe("OT", () => {
  test("is a plain object whose members are own, writable and free of `this`", () => {
    const copy = { ...OT };
    expect(Object.keys(copy)).toEqual(expect.arrayContaining(["initSession", "initPublisher", "setProxyUrl", "Session", "OTEventEmitter"]));
    expect(Object.prototype.hasOwnProperty.call(OT, "setProxyUrl")).toBe(true);
    const { initSession, checkSystemRequirements } = OT;
    expect(initSession(KEY, "s").sessionId).toBe("s");
    expect(checkSystemRequirements()).toBe(1);
    expect([OT.NONE, OT.ERROR, OT.WARN, OT.INFO, OT.LOG, OT.DEBUG]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test("initSession takes the key as a number, and throws without a session id", () => {
    expect(OT.initSession(12345678 as unknown as string, "s").apiKey).toBe("12345678");
    expect(() => OT.initSession(KEY, undefined as unknown as string)).toThrow(expect.objectContaining({ name: "OT_INVALID_PARAMETER", code: 1011 }));
  });

  test("getDevices tells inputs to handler and promise", async () => {
    const handler = vi.fn();
    const list = await OT.getDevices(handler);
    expect(list).toContainEqual({ kind: "videoInput", deviceId: "video-1", label: "video-1" });
    expect(list.some(({ kind }) => (kind as string) === "audioOutput")).toBe(false);
    expect(handler).toHaveBeenCalledExactlyOnceWith(undefined, list);
  });

  test("a browser that needs no extension says nothing about one", async () => {
    const response = await OT.checkScreenSharingCapability();
    expect(response.supported).toBe(true);
    expect(response).not.toHaveProperty("extensionRegistered", false);
  });

  test("reportIssue fails with 2011 when nobody can take the report", async () => {
    await expect(OT.reportIssue()).rejects.toMatchObject({ name: "OT_REPORT_ISSUE_FAILED", code: 2011 });
  });
});

describe("Session", () => {
  test("connecting tells connections, sessionConnected, the handler, then streams", async () => {
    server.on("join", () => aJoined({ connections: [aConnection("ann")], streams: [aStream("cam", "ann")] }));
    const session = newSession();
    const order: string[] = [];
    session.on("connectionCreated", ({ connection }) => order.push(`connection ${connection.connectionId}`));
    session.on("sessionConnected", () => order.push("connected"));
    session.on("streamCreated", ({ stream }) => order.push(`stream ${stream.name}`));
    const streamCreated = once(session, "streamCreated");
    expect(session.capabilities.publish).toBeUndefined();
    expect(session.connect("token", (error) => order.push(`handler ${error}`))).toBe(session);
    const { stream } = await streamCreated;
    expect(order).toEqual(["connection me", "connection ann", "connected", "handler undefined", "stream cam"]);
    expect(session.capabilities).toEqual({ publish: 1, subscribe: 1, forceUnpublish: 0, forceDisconnect: 0, forceMute: 0 });
    expect(stream.connection).toBe(session.connections.find(({ data }) => data === "name=ann"));
    expect((session.streams as unknown as Record<string, unknown>)["cam"]).toBe(stream);
    expect([session.isConnected(), session.is("connected"), session.connections.length()]).toEqual([true, true, 2]);
  });

  test.each([
    ["TOKEN_EXPIRED", "UNAUTHENTICATED", "OT_AUTHENTICATION_ERROR", 1004],
    ["SESSION_ID_INVALID", "INVALID", "OT_INVALID_SESSION_ID", 1005],
    ["SERVER_OVERLOADED", "UNAVAILABLE", "OT_CONNECT_FAILED", 1006],
    ["SESSION_FULL", "EXHAUSTED", "OT_CONNECTION_LIMIT_EXCEEDED", 1027],
  ])("a refusal with %s reaches handler, exception event and console", async (ours, problemClass, name, code) => {
    server.on("join", () => ({ error: aProblem(ours, problemClass) }));
    const session = newSession();
    const exception = once(OT, "exception");
    const error = await new Promise<any>((resolve) => session.connect("token", resolve));
    expect(error).toMatchObject({ name, code, problem: { code: ours } });
    expect(error).toBeInstanceOf(OT.Error);
    expect(error).toBeInstanceOf(Error);
    expect(await exception).toMatchObject({ type: "exception", code, target: session });
    expect(vi.mocked(console.error).mock.calls[0]![0]).toMatch(new RegExp(`^OT\\.exception :: title: .* \\(${code}\\) msg: `));
    await expect(session.connect.promise("token")).rejects.toMatchObject({ name, code });
  });

  test("connect without a token is an invalid parameter", async () => {
    await expect(newSession().connect.promise(undefined as unknown as string)).rejects.toMatchObject({ name: "OT_INVALID_PARAMETER", code: 1011 });
  });

  test("disconnecting while connecting ends the attempt in its handler", async () => {
    server.on("join", () => "silence");
    const session = newSession();
    const handler = new Promise<any>((resolve) => session.connect("token", resolve));
    await server.until(() => server.all("join").length === 1);
    await session.disconnect();
    expect(await handler).toBeInstanceOf(OT.Error);
    expect(session.isConnected()).toBe(false);
  });

  test("encryption is refused, never silently left out", async () => {
    const session = OT.initSession(KEY, "s", { encryptionSecret: "a long secret" });
    await expect(session.connect.promise("token")).rejects.toMatchObject({ name: "OT_NOT_SUPPORTED" });
    expect(server.links).toHaveLength(0);
  });

  test("a typed signal reaches typed and generic listeners with the typed name and the sender's object", async () => {
    const session = await connected();
    const heard: any[] = [];
    session.on("signal", (event) => heard.push(event));
    session.on("signal:chat", (event) => heard.push(event));
    const bare = once(session, "signal");
    server.event({ event: "signal", data: { type: "chat", data: "hi", from: "me" } });
    await bare;
    expect(heard.map(({ type, data }) => [type, data])).toEqual([["signal:chat", "hi"], ["signal:chat", "hi"]]);
    expect(heard[0].from).toBe(session.connection);
    const fromServer = once(session, "signal");
    server.event({ event: "signal", data: { data: "news", from: null } });
    expect(await fromServer).toMatchObject({ type: "signal", data: "news", from: null });
  });

  test.each([
    ["not connected", false, {}, 500, "OT_NOT_CONNECTED"],
    ["a type that is no text", true, { type: 5 }, 400, "OT_INVALID_PARAMETER"],
    ["a recipient that is no connection", true, { to: {} }, 400, "OT_INVALID_PARAMETER"],
  ])("signal, %s", async (_name, connect, signal, code, name) => {
    const session = connect ? await connected() : newSession();
    const handler = vi.fn();
    await expect(session.signal(signal as object, handler)).rejects.toMatchObject({ name, code, signal });
    expect(handler).toHaveBeenCalledOnce();
  });

  test.each([
    ["forceDisconnect", "force_disconnect", 1520],
    ["forceUnpublish", "force_unpublish", 1530],
    ["forceMuteStream", "force_mute_stream", 1540],
  ] as const)("%s without the role, without connection and without target", async (method, wireMethod, code) => {
    const target = { connectionId: "ann", streamId: "cam" } as never;
    await expect(newSession()[method](target)).rejects.toMatchObject({ name: "OT_NOT_CONNECTED", code: 1010 });
    const session = await connected();
    server.on(wireMethod, () => ({ error: aProblem("PERMISSION_DENIED", "PERMISSION") }));
    await expect(session[method](target)).rejects.toMatchObject({ name: "OT_PERMISSION_DENIED", code });
    await expect(session[method](undefined as never)).rejects.toMatchObject({ name: "OT_INVALID_PARAMETER", code: 1011 });
  });

  test("a changed stream is updated before it is told", async () => {
    server.on("join", () => aJoined({ connections: [aConnection("ann")], streams: [aStream("cam", "ann")] }));
    const session = await connected();
    if (session.streams.length() === 0) await once(session, "streamCreated");
    const changes: any[] = [];
    session.on("streamPropertyChanged", (event) => changes.push([event.changedProperty, event.oldValue, event.newValue, event.stream.hasVideo]));
    server.event({ event: "stream_updated", data: { stream_id: "cam", changes: { has_video: false, width: 320, height: 240 } } });
    await vi.waitUntil(() => changes.length === 2);
    expect(changes).toEqual([["hasVideo", true, false, false], ["videoDimensions", { width: 640, height: 480 }, { width: 320, height: 240 }, false]]);
  });
});

describe("Publisher", () => {
  test.each([
    ["nothing", () => OT.initPublisher(), "body"],
    ["a target", () => OT.initPublisher("place"), "place"],
    ["target, properties and handler", (handler: any) => OT.initPublisher("place", { name: "Ann" }, handler), "place"],
    ["target and handler", (handler: any) => OT.initPublisher(document.getElementById("place"), handler), "place"],
    ["properties", () => OT.initPublisher({ name: "Ann" }), "body"],
    ["properties and handler", (handler: any) => OT.initPublisher({ name: "Ann" }, handler), "body"],
    ["a handler", (handler: any) => OT.initPublisher(handler), "body"],
    ["null and undefined", (handler: any) => OT.initPublisher(null, undefined, handler), "body"],
    ["an id that does not exist", () => OT.initPublisher("nowhere"), "body"],
  ])("initPublisher takes %s", async (_name, init, where) => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    document.body.innerHTML = '<div id="place">old</div>';
    const handler = vi.fn();
    const publisher = init(handler);
    const element = publisher.element!;
    if (where === "body") expect([element.parentElement, element.id]).toEqual([document.body, expect.stringMatching(/^OT_[0-9a-f-]{36}$/)]);
    else expect([element.id, element.textContent?.includes("old")]).toEqual(["place", false]);
    expect([element.style.width, element.style.height, element.style.overflow]).toEqual(["264px", "198px", "hidden"]);
    await once(publisher, "accessAllowed");
    if (init.length > 0) await vi.waitUntil(() => handler.mock.calls.length > 0);
    expect(handler.mock.calls).toEqual(init.length > 0 ? [[undefined, undefined]] : []);
  });

  test.each(["append", "before", "after"] as const)("insertMode %s", (insertMode) => {
    document.body.innerHTML = '<main><div id="place"><i></i></div></main>';
    const place = document.getElementById("place")!;
    const { element } = OT.initPublisher("place", { insertMode, width: "100%", height: 90 });
    const expected = { append: place.lastElementChild, before: place.previousElementSibling, after: place.nextElementSibling }[insertMode];
    expect(element).toBe(expected);
    expect([element!.style.width, element!.style.height]).toEqual(["100%", "90px"]);
  });

  test("the widget has the structure and classes that pages style", async () => {
    const publisher = OT.initPublisher(undefined, { name: "Ann", fitMode: "contain", publishAudio: false });
    const element = publisher.element!;
    for (const name of ["OT_root", "OT_publisher", "OT_fit-mode-contain", "OT_mirrored", "OT_loading"]) expect(element.classList.contains(name)).toBe(true);
    for (const selector of [
      ".OT_widget-container > .OT_video-poster", ".OT_widget-container > video.OT_video-element", ".OT_widget-container > .OT_video-loading",
      ":scope > .OT_bar.OT_edge-bar-item", ":scope > h1.OT_name.OT_edge-bar-item", ":scope > button.OT_mute.OT_active", ":scope > h1.OT_archiving.OT_archiving-off .OT_archiving-light",
      ":scope > .OT_audio-level-meter > .OT_audio-level-meter__value",
    ]) expect(element.querySelector(selector.replace(":scope > ", "")), selector).not.toBeNull();
    expect(element.querySelector(".OT_name")!.textContent).toBe("Ann");
    expect(document.head.querySelectorAll("style#OT_stylesheet")).toHaveLength(1);
    await once(publisher, "accessAllowed");
    expect(publisher.getAudioSource().enabled).toBe(false);
    element.querySelector<HTMLElement>(".OT_mute")!.click();
    expect([publisher.getAudioSource().enabled, element.querySelector(".OT_mute.OT_active")]).toEqual([true, null]);
  });

  test("styles: known values are taken, others ignored, in both call forms", () => {
    const publisher = OT.initPublisher({ style: { nameDisplayMode: "off" } });
    publisher.setStyle("buttonDisplayMode", "on").setStyle({ archiveStatusDisplayMode: "sometimes", wallpaper: "x" } as never);
    expect(publisher.getStyle()).toMatchObject({ nameDisplayMode: "off", buttonDisplayMode: "on", archiveStatusDisplayMode: "auto" });
    expect(publisher.element!.querySelector(".OT_mute.OT_mode-on")).not.toBeNull();
    expect(publisher.element!.querySelector(".OT_name.OT_mode-off")).not.toBeNull();
  });

  test("without default UI there is no element, and the video comes with an event", async () => {
    const publisher = OT.initPublisher(undefined, { insertDefaultUI: false });
    const { element } = await once(publisher, "videoElementCreated");
    expect([publisher.element, element.tagName, element.muted]).toEqual([undefined, "VIDEO", true]);
  });

  test.each([
    ["NotAllowedError", "OT_USER_MEDIA_ACCESS_DENIED", /^Publisher Access Denied:/],
    ["NotFoundError", "OT_NO_DEVICES_FOUND", /./],
    ["NotReadableError", "OT_HARDWARE_UNAVAILABLE", /./],
    ["OverconstrainedError", "OT_CONSTRAINTS_NOT_SATISFIED", /./],
  ])("the browser's %s becomes %s", async (browserName, name, message) => {
    devices.refuse = { name: browserName, constraint: "width" };
    const denied = vi.fn();
    const error = await new Promise<any>((resolve) => OT.initPublisher(undefined, {}, resolve).on("accessDenied", denied));
    expect(error).toMatchObject({ name, code: 1500, message: expect.stringMatching(message) });
    expect(denied).toHaveBeenCalledTimes(name === "OT_USER_MEDIA_ACCESS_DENIED" ? 1 : 0);
  });

  test("both handlers hear of one refusal, the exception event once", async () => {
    devices.refuse = { name: "NotAllowedError" };
    const session = await connected();
    const exceptions: number[] = [];
    OT.on("exception", ({ code }) => exceptions.push(code));
    const errors = await new Promise<any[]>((resolve) => {
      const heard: any[] = [];
      const hear = (error: any) => heard.push(error) === 2 && resolve(heard);
      session.publish(OT.initPublisher(undefined, {}, hear), hear);
    });
    expect(errors.map(({ name }) => name)).toEqual(["OT_USER_MEDIA_ACCESS_DENIED", "OT_USER_MEDIA_ACCESS_DENIED"]);
    expect(exceptions).toEqual([1500]);
  });

  test("a denial shows its text in the widget, unless the page prevents it", async () => {
    devices.refuse = { name: "NotAllowedError" };
    const shown = OT.initPublisher();
    const hidden = OT.initPublisher().on("accessDenied", (event) => event.preventDefault());
    await once(hidden, "accessDenied");
    await new Promise((resolve) => setTimeout(resolve));
    expect(shown.element!.querySelector(".OT_error-text")).not.toBeNull();
    expect(hidden.element!.querySelector(".OT_error-text")).toBeNull();
    expect(() => hidden.destroy()).not.toThrow();
  });

  test("the dialog events come only when the user is asked", async () => {
    const silent = vi.fn();
    const first = OT.initPublisher().on("accessDialogOpened accessDialogClosed", silent);
    await once(first, "accessAllowed");
    devices.permission = "prompt";
    const order: string[] = [];
    const second = OT.initPublisher();
    second.on("accessDialogOpened accessAllowed accessDialogClosed", ({ type }) => order.push(type));
    await once(second, "accessDialogClosed");
    expect(silent).not.toHaveBeenCalled();
    expect(order).toEqual(["accessDialogOpened", "accessAllowed", "accessDialogClosed"]);
  });

  test("neither audio nor video is refused", async () => {
    await expect(OT.initPublisher.promise(undefined as never, { audioSource: null, videoSource: false })).rejects.toMatchObject({ name: "OT_NO_VALID_CONSTRAINTS", code: 1500 });
  });

  test("publishing sets the stream, marks the widget, and calls back after streamCreated", async () => {
    serveMedia();
    const session = await connected();
    const order: string[] = [];
    const publisher = OT.initPublisher(undefined, { name: "Ann" });
    publisher.on("streamCreated", ({ stream }) => order.push(`event ${stream === publisher.stream}`));
    await new Promise<void>((resolve) => session.publish(publisher, (error) => (order.push(`handler ${error}`), resolve())));
    expect(order).toEqual(["event true", "handler undefined"]);
    expect([publisher.stream!.name, publisher.stream!.connection, publisher.session]).toEqual(["Ann", session.connection, session]);
    expect(publisher.element!.dataset["streamCreated"]).toBe("true");
    expect(session.getPublisherForStream(publisher.stream!)).toBe(publisher);
    expect(server.all("negotiate").at(-1)).toEqual({ offer: "0:audio:sendonly 1:video:sendonly", sections: [{ mid: "0", stream_id: "own-1" }, { mid: "1", stream_id: "own-1" }] });
  });

  test("turning video off releases the camera and tells the others; on takes it again", async () => {
    serveMedia();
    const session = await connected();
    const publisher = await session.publish.promise(OT.initPublisher());
    const camera = publisher.getVideoSource().track as unknown as FakeTrack;
    await publisher.publishVideo.promise(false);
    expect([camera.readyState, publisher.getVideoSource().track, publisher.element!.classList.contains("OT_audio-only")]).toEqual(["ended", null, true]);
    expect(server.all("update_stream").at(-1)).toMatchObject({ changes: { has_video: false } });
    await publisher.publishVideo.promise(true);
    expect(publisher.getVideoSource().deviceId).toBe("video-1");
    expect(server.all("update_stream").at(-1)).toMatchObject({ changes: { has_video: true } });
    expect(FakePeerConnection.all[0]!.transceivers[1]!.sender.track).toBe(publisher.getVideoSource().track);
  });

  test("cycleVideo and setVideoSource change the camera, and refuse what is none", async () => {
    const publisher = await OT.initPublisher.promise();
    expect(await publisher.cycleVideo()).toEqual({ deviceId: "video-2" });
    await publisher.setVideoSource("video-1");
    expect(publisher.getVideoSource()).toMatchObject({ deviceId: "video-1", type: "camera" });
    await expect(publisher.setVideoSource("nothing")).rejects.toMatchObject({ name: "OT_INVALID_VIDEO_SOURCE" });
    await expect(publisher.setVideoSource(5 as never)).rejects.toMatchObject({ name: "OT_INVALID_VIDEO_SOURCE" });
    const custom = await OT.initPublisher.promise(undefined as never, { videoSource: new FakeTrack("video") as never });
    expect([custom.getVideoSource().type, custom.element!.classList.contains("OT_mirrored")]).toEqual(["custom", false]);
    await expect(custom.cycleVideo()).rejects.toMatchObject({ name: "OT_SET_VIDEO_SOURCE_FAILURE" });
  });

  test("a filter that cannot run is refused before anything is sent", async () => {
    await expect(OT.initPublisher.promise(undefined as never, { videoFilter: { type: "backgroundBlur" } })).rejects.toMatchObject({ name: "OT_NOT_SUPPORTED" });
    expect(devices.asked).toHaveLength(0);
  });

  test("unpublish ends with streamDestroyed, whose default destroys the publisher", async () => {
    serveMedia();
    const session = await connected();
    const publisher = await session.publish.promise(OT.initPublisher());
    const ended = once(publisher, "streamDestroyed");
    const destroyed = once(publisher, "destroyed");
    session.unpublish(publisher);
    expect((await ended).reason).toBe("clientDisconnected");
    await destroyed;
    expect(document.querySelectorAll(".OT_publisher")).toHaveLength(0);
    expect(devices.given.every(({ readyState }) => readyState === "ended")).toBe(true);
  });

  test("a publisher that the page keeps can be published again", async () => {
    serveMedia();
    const session = await connected();
    const publisher = await session.publish.promise(OT.initPublisher());
    publisher.on("streamDestroyed", (event) => event.preventDefault());
    const ended = once(publisher, "streamDestroyed");
    session.unpublish(publisher);
    await ended;
    await session.publish.promise(publisher);
    expect(publisher.stream!.streamId).toBe("own-2");
    expect(FakePeerConnection.all[0]!.transceivers).toHaveLength(2);
  });

  test("a publisher's own fallback warns, gives the picture up and brings it back; turning the camera off ends it too", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
    serveMedia();
    const session = await connected();
    const publisher = await session.publish.promise(OT.initPublisher(undefined, { audioFallback: { publisher: true } }));
    const seen: string[] = [];
    publisher.on("videoDisabled videoEnabled videoDisableWarning videoDisableWarningLifted", ({ type, reason }: any) => seen.push(`${type} ${reason}`));
    let uplinkBps = 20_000;
    for (const { sender } of FakePeerConnection.all[0]!.transceivers) {
      sender.getStats = async () => new Map([["pair", { type: "candidate-pair", nominated: true, availableOutgoingBitrate: uplinkBps }]]);
    }
    const until = async (events: number) => {
      while (seen.length < events) {
        await vi.advanceTimersByTimeAsync(1_000);
        await new Promise((resolve) => setTimeout(resolve));
      }
    };
    await until(1);
    uplinkBps = 1_000_000;
    await until(2);
    uplinkBps = 20_000;
    await until(4);
    uplinkBps = 1_000_000;
    await until(5);
    uplinkBps = 20_000;
    await until(7);
    await publisher.publishVideo.promise(false);
    await until(8);
    const lost = ["videoDisableWarning quality", "videoDisabled quality", "videoEnabled quality"];
    expect(seen).toEqual(["videoDisableWarning quality", "videoDisableWarningLifted quality", ...lost, ...lost]);
  });

  test("a moderator's mute switches the microphone off", async () => {
    serveMedia();
    const session = await connected();
    const publisher = await session.publish.promise(OT.initPublisher());
    const forced = once(publisher, "muteForced");
    server.event({ event: "stream_mute_forced", data: { stream_id: "own-1" } });
    await forced;
    expect([publisher.getAudioSource().enabled, publisher.element!.querySelector(".OT_mute.OT_active") !== null]).toEqual([false, true]);
    await server.until(() => server.all("update_stream").some(({ changes }) => changes.has_audio === false));
  });

  test("when the user ends a shared screen, mediaStopped comes first and its default ends the stream", async () => {
    serveMedia();
    const session = await connected();
    const publisher = await session.publish.promise(OT.initPublisher(undefined, { videoSource: "screen" }));
    const order: string[] = [];
    publisher.on("mediaStopped streamDestroyed destroyed", ({ type, reason }) => order.push(reason ? `${type} ${reason}` : type));
    const destroyed = once(publisher, "destroyed");
    expect([publisher.stream!.videoType, publisher.element!.classList.contains("OT_fit-mode-contain")]).toEqual(["screen", true]);
    devices.given.at(-1)!.onended!();
    await destroyed;
    expect(order).toEqual(["mediaStopped", "streamDestroyed mediaStopped", "destroyed"]);
  });

  test.each([
    [aProblem("ICE_FAILED", "NETWORK"), 1553, "OT_ICE_WORKFLOW_FAILED", /ICEWorkflow/],
    [aProblem("PERMISSION_DENIED", "PERMISSION"), 1500, "OT_PERMISSION_DENIED", /./],
  ])("a stream that never comes ends in its error: $code", async (problem, code, name, message) => {
    server.on("publish", () => ({ stream_id: "own-1" }));
    server.on("negotiate", () => {
      server.eventAfterwards({ event: "operation_failed", data: { operation: "publish", subject_id: "own-1", error: problem as never } });
      return { answer: "answer" };
    });
    const session = await connected();
    const exception = once(OT, "exception");
    const publisher = OT.initPublisher();
    const error = await new Promise<any>((resolve) => session.publish(publisher, resolve));
    expect(error).toMatchObject({ code, name, message: expect.stringMatching(message) });
    expect((await exception).target).toBe(publisher);
    expect(() => publisher.destroy()).not.toThrow();
  });

  test.each([
    ["no path", "new", "OT_ICE_WORKFLOW_FAILED", 1553, "ICE_FAILED", "client_sends_no_checks", /^ICEWorkflow/],
    ["a path but no stream", "connected", "OT_TIMEOUT", 1500, "MEDIA_TIMEOUT", "media_stalled", /^Session.publish :: Could not publish in a reasonable amount of time$/],
  ])("a server that never decides: %s ends in the client's own verdict, with the facts reported", async (_name, state, name, code, ours, cause, message) => {
    server.on("join", () => aJoined({ attempt_timeout_ms: -1_950 }));
    server.on("publish", () => ({ stream_id: "own-1" }));
    server.on("negotiate", () => {
      FakePeerConnection.all[0]!.become(state);
      return { answer: "answer" };
    });
    const session = await connected();
    const error = await new Promise<any>((resolve) => session.publish(OT.initPublisher(), resolve));
    expect(error).toMatchObject({ name, code, message: expect.stringMatching(message), problem: { code: ours } });
    expect(error.problem.cause.id).toBe(cause);
    expect(error.problem.cause.evidence).toContainEqual({ who: "client", fact: expect.stringMatching(/pair/) });
    await server.until(() => server.all("report").length > 1);
    expect(server.all("report").at(-1)).toMatchObject({ operation: "publish", subject_id: "own-1", facts: { connection_state: state, observed: { page_online: true } } });
  });

  test("publishing twice is one stream, and unpublishing meanwhile cancels", async () => {
    serveMedia();
    const session = await connected();
    const publisher = OT.initPublisher();
    await Promise.all([session.publish.promise(publisher), session.publish.promise(publisher)]);
    expect(server.all("publish")).toHaveLength(1);
    server.on("negotiate", () => ({ answer: "answer" }));
    const second = OT.initPublisher();
    const cancelled = session.publish.promise(second);
    await server.until(() => server.all("publish").length === 2);
    session.unpublish(second);
    await expect(cancelled).rejects.toMatchObject({ problem: { code: "PUBLISH_CANCELLED" } });
    await server.until(() => server.all("unpublish").length === 1);
  });

  test("a publisher that is destroyed at the last moment leaves no stream behind", async () => {
    serveMedia();
    const session = await connected();
    const publisher = await OT.initPublisher.promise();
    const published = session.publish.promise(publisher);
    await server.until(() => server.all("publish").length === 1);
    // Switched while publishing, it is told when the stream is there.
    server.on("update_stream", () => void publisher.destroy());
    publisher.publishVideo(false);
    await expect(published).rejects.toMatchObject({ problem: { code: "PUBLISH_CANCELLED" } });
    expect(server.all("unpublish")).toEqual([{ stream_id: "own-1", media_stopped: false }]);
  });

  test("what the page wants of the picture before or while it is published is asked for, also beside what the browser refuses", async () => {
    serveMedia();
    const session = await connected();
    const negotiate = server.handlers.get("negotiate")!;
    const sender = () => FakePeerConnection.all[0]!.transceivers[1]!.sender;
    server.on("negotiate", (params, link) => {
      sender().refuses = (encodings) => encodings.some((encoding: { scalabilityMode?: string }) => encoding.scalabilityMode);
      return negotiate(params, link);
    });
    const publisher = await OT.initPublisher.promise();
    Object.defineProperties(publisher.element!.querySelector("video")!, { videoWidth: { value: 640 }, videoHeight: { value: 480 } });
    publisher.setTargetScalabilityMode("L3T3");
    await publisher.setVideoBitratePreset("default");
    await publisher.setPreferredResolution({ width: 320, height: 240 });
    const published = session.publish.promise(publisher);
    await server.until(() => server.all("publish").length === 1);
    await publisher.setPreferredFrameRate(15);
    await published;
    const asked = () => sender().encodings.map(({ scaleResolutionDownBy, maxFramerate, maxBitrate }) => [scaleResolutionDownBy, maxFramerate, maxBitrate]);
    await vi.waitFor(() => expect(asked()).toEqual([[4, 15, 190_000], [2, 15, 650_000]]));
    await publisher.setMaxVideoBitrate(420_000);
    expect(asked()).toEqual([[4, 15, 95_000], [2, 15, 325_000]]);
    expect(publisher.getTargetScalabilityMode()).toBe("L3T3");
  });

  test("after a failure of the network the widget shows the spinner", async () => {
    server.on("publish", () => ({ error: aProblem("TRANSPORT_LOST", "NETWORK") }));
    const session = await connected();
    const publisher = await OT.initPublisher.promise();
    publisher.element!.classList.remove("OT_loading");
    await expect(session.publish.promise(publisher)).rejects.toBeInstanceOf(OT.Error);
    expect(publisher.element!.classList.contains("OT_loading")).toBe(true);
  });

  test("publishing without a session is told, and the publisher returned", async () => {
    document.body.innerHTML = '<div id="place"></div>';
    const publisher = newSession().publish("place", {}, undefined);
    expect(publisher).toBeInstanceOf(OT.Publisher);
    await expect(newSession().publish.promise(publisher)).rejects.toMatchObject({ name: "OT_NOT_CONNECTED", code: 1010 });
  });

  test("an answer that the browser refuses is told as such", async () => {
    server.on("publish", () => ({ stream_id: "own-1" }));
    server.on("negotiate", () => ({ answer: "nonsense" }));
    const session = await connected();
    await expect(session.publish.promise(OT.initPublisher())).rejects.toMatchObject({ name: "OT_SET_REMOTE_DESCRIPTION_FAILED", code: 1601 });
  });
});

describe("Subscriber", () => {
  async function withStream(more = {}) {
    serveMedia();
    server.on("join", () => aJoined({ connections: [aConnection("ann")], streams: [aStream("cam", "ann", more)] }));
    const session = newSession();
    const created = once(session, "streamCreated");
    session.connect("token");
    return { session, stream: (await created).stream };
  }

  test("subscribing returns at once with its element in the page, and calls back when media flows", async () => {
    const { session, stream } = await withStream();
    document.body.innerHTML = '<div id="others"></div>';
    const subscriber = session.subscribe(stream, "others", { insertMode: "append", subscribeToAudio: false }, undefined);
    expect(document.querySelector("#others > div.OT_subscriber.OT_loading")).toBe(subscriber.element);
    await once(subscriber, "connected");
    expect(server.all("subscribe")).toEqual([{ stream_id: "cam", audio: false, video: true }]);
    expect(session.getSubscribersForStream(stream)).toEqual([subscriber]);
    expect(FakePeerConnection.all[0]!.transceivers.map(({ direction }) => direction)).toEqual(["recvonly", "recvonly"]);
  });

  test.each([
    ["(stream)", (session: any, stream: any, handler: any) => session.subscribe(stream)],
    ["(stream, handler)", (session: any, stream: any, handler: any) => session.subscribe(stream, handler)],
    ["(stream, properties, handler)", (session: any, stream: any, handler: any) => session.subscribe(stream, { audioVolume: 30 }, handler)],
    ["(stream, null, properties)", (session: any, stream: any) => session.subscribe(stream, null, { audioVolume: 30 })],
    ["(stream, target, handler)", (session: any, stream: any, handler: any) => session.subscribe(stream, document.createElement("div"), handler)],
  ])("takes %s", async (_name, subscribe) => {
    const { session, stream } = await withStream();
    const subscriber = subscribe(session, stream, () => undefined);
    await once(subscriber, "connected");
    expect(subscriber.element).toBeDefined();
  });

  test("not connected: a Subscriber with an error text, never undefined", async () => {
    const session = newSession();
    const error = await new Promise<any>((resolve) => {
      const subscriber = session.subscribe({ streamId: "cam" } as never, null, {}, resolve);
      expect(subscriber).toBeInstanceOf(OT.Subscriber);
    });
    expect(error).toMatchObject({ name: "OT_DISCONNECTED", code: 1010 });
    expect(document.querySelector(".OT_subscriber .OT_error-text")).not.toBeNull();
  });

  test.each([
    ["a stream that is gone", () => ({ error: aProblem("STREAM_NOT_FOUND", "NOT_FOUND") }), "OT_STREAM_NOT_FOUND", 1604],
    ["too many viewers", () => ({ error: aProblem("SUBSCRIPTION_LIMIT_EXCEEDED", "EXHAUSTED") }), "OT_STREAM_LIMIT_EXCEEDED", 1605],
  ])("%s", async (_name, answer, name, code) => {
    const { session, stream } = await withStream();
    server.on("subscribe", answer);
    await expect(session.subscribe.promise(stream)).rejects.toMatchObject({ name, code });
  });

  test("a stream that ends meanwhile ends the attempt as destroyed", async () => {
    const { session, stream } = await withStream();
    server.on("negotiate", () => {
      server.eventAfterwards({ event: "stream_destroyed", data: { stream_id: "cam", reason: "clientDisconnected" } });
      return { answer: "answer" };
    });
    await expect(session.subscribe.promise(stream)).rejects.toMatchObject({ name: "OT_STREAM_DESTROYED", code: 1604 });
  });

  test("a path too narrow for a picture is warned of, then the picture goes and comes back", async () => {
    const { session, stream } = await withStream();
    const subscriber = await session.subscribe.promise(stream);
    const seen: string[] = [];
    subscriber.on("videoDisabled videoEnabled videoDisableWarning videoDisableWarningLifted", ({ type, reason }: any) => seen.push([type, reason].filter(Boolean).join(" ")));
    const changed: any[] = [];
    subscriber.on("videoQualityChanged", ({ reason, stats }: any) => changed.push([reason, stats.mediaLink.transport.connectionEstimatedBandwidth]));
    const tell = (quality: "good" | "endangered" | "suspended", limited_by?: "bandwidth") => {
      const explanation = { quality, wanted: {}, delivered_bps: 0, loss: 0, ...(limited_by && { limited_by, estimate_bps: 70_000 }) };
      server.event({ event: "quality_changed", data: { subscription_id: "sub-cam", explanation } });
    };
    tell("endangered", "bandwidth");
    tell("good");
    tell("endangered", "bandwidth");
    tell("suspended", "bandwidth");
    await vi.waitFor(() => expect(seen).toHaveLength(4));
    expect(subscriber.element!.classList.contains("OT_audio-only")).toBe(true);
    tell("good");
    await vi.waitFor(() => expect(changed).toHaveLength(5));
    expect(seen).toEqual(["videoDisableWarning", "videoDisableWarningLifted", "videoDisableWarning", "videoDisabled quality", "videoEnabled quality"]);
    expect(subscriber.element!.classList.contains("OT_audio-only")).toBe(false);
    expect(changed).toEqual([["bandwidth", 70_000], ["none", 0], ["bandwidth", 70_000], ["bandwidth", 70_000], ["none", 0]]);
  });

  test.each([
    [{}, true],
    [{ audioFallback: { publisher: true } }, true],
    [{ audioFallback: { subscriber: false } }, false],
    [{ audioFallbackEnabled: false }, false],
    [{ audioFallback: { subscriber: true }, audioFallbackEnabled: false }, true],
    [{ videoSource: "screen" }, false],
    [{ videoSource: "screen", audioFallback: { publisher: true } }, false],
    [{ videoSource: "screen", audioFallback: { subscriber: true } }, true],
    [{ videoSource: "screen", audioFallbackEnabled: true }, true],
  ] as const)("with %j, the audio fallback of subscribers is on: %s", async (properties, on) => {
    serveMedia();
    const session = await connected();
    await session.publish.promise(OT.initPublisher(undefined, properties));
    expect(server.all("publish").at(-1).properties.audio_fallback_off).toBe(!on);
  });

  test("a publisher whose uplink was too weak takes its picture away, and it comes back; a mute meanwhile is a mute", async () => {
    const { session, stream } = await withStream();
    const subscriber = await session.subscribe.promise(stream);
    const seen: string[] = [];
    subscriber.on("videoDisabled videoEnabled", ({ type, reason }: any) => seen.push(`${type} ${reason}`));
    session.on("streamPropertyChanged", ({ changedProperty }: any) => seen.push(changedProperty));
    const change = (changes: object) => server.event({ event: "stream_updated", data: { stream_id: "cam", changes } });
    change({ video_suspended: true });
    change({ video_suspended: false });
    change({ video_suspended: true });
    change({ has_video: false });
    change({ video_suspended: false });
    change({ has_video: true });
    await vi.waitFor(() => expect(seen).toHaveLength(7));
    const muted = ["hasVideo", "videoDisabled publishVideo", "hasVideo", "videoEnabled publishVideo"];
    expect(seen).toEqual(["videoDisabled quality", "videoEnabled quality", "videoDisabled quality", ...muted]);
  });

  /** A Subscriber with what the page hears of its picture, and what the server tells of it. */
  async function watched() {
    const { session, stream } = await withStream();
    const seen: string[] = [];
    const subscriber = session.subscribe(stream).on("videoDisabled videoEnabled videoDisableWarning videoDisableWarningLifted", ({ type, reason }: any) => {
      seen.push([type, reason].filter(Boolean).join(" "));
    });
    const change = (changes: object) => server.event({ event: "stream_updated", data: { stream_id: "cam", changes } });
    const tell = (quality: "good" | "endangered" | "suspended", limited_by?: "bandwidth" | "codec") => {
      const explanation = { quality, wanted: {}, delivered_bps: 0, loss: 0, ...(limited_by && { limited_by }) };
      server.event({ event: "quality_changed", data: { subscription_id: "sub-cam", explanation } });
    };
    return { session, subscriber, seen, change, tell };
  }

  test("a picture that is suspended while one still subscribes is told of when media flows", async () => {
    const { subscriber, seen, change } = await watched();
    server.on("negotiate", () => {
      server.eventAfterwards({ event: "stream_updated", data: { stream_id: "cam", changes: { video_suspended: true } } });
      server.eventAfterwards({ event: "subscription_started", data: { subscription_id: "sub-cam" } });
      return { answer: "answer" };
    });
    await once(subscriber, "connected");
    expect(seen).toEqual(["videoDisabled quality"]);
    expect(subscriber.element!.classList.contains("OT_audio-only")).toBe(true);
    change({ video_suspended: false });
    await vi.waitFor(() => expect(seen).toEqual(["videoDisabled quality", "videoEnabled quality"]));
  });

  test("of a picture that the page does not want it hears nothing; wanted again in a weak spell, it is suspended at once", async () => {
    const { session, subscriber, seen, change, tell } = await watched();
    await once(subscriber, "connected");
    await subscriber.subscribeToVideo.promise(false);
    change({ video_suspended: true });
    change({ video_suspended: false });
    tell("suspended", "bandwidth");
    tell("good");
    change({ video_suspended: true, width: 320 });
    await once(session, "streamPropertyChanged");
    expect(seen.splice(0)).toEqual(["videoDisabled subscribeToVideo"]);
    await subscriber.subscribeToVideo.promise(true);
    expect(seen.splice(0)).toEqual(["videoEnabled subscribeToVideo", "videoDisabled quality"]);
    expect(subscriber.element!.classList.contains("OT_audio-only")).toBe(true);
    change({ video_suspended: false });
    await vi.waitFor(() => expect(seen).toEqual(["videoEnabled quality"]));
    expect(subscriber.element!.classList.contains("OT_audio-only")).toBe(false);
  });

  test("a codec that cannot be decoded here takes the picture away, and the next one brings it back", async () => {
    const { subscriber, seen, tell } = await watched();
    await once(subscriber, "connected");
    const isAudioOnly = () => subscriber.element!.classList.contains("OT_audio-only");
    tell("good", "codec");
    await vi.waitFor(() => expect(seen).toEqual(["videoDisabled codecNotSupported"]));
    expect(isAudioOnly()).toBe(true);
    tell("good");
    await vi.waitFor(() => expect(seen).toEqual(["videoDisabled codecNotSupported", "videoEnabled codecChanged"]));
    expect(isAudioOnly()).toBe(false);
  });

  test("a path on which nothing is heard is critical, unless the publisher is muted", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date"] });
    const { session, stream } = await withStream();
    const subscriber = await session.subscribe.promise(stream);
    const report = new Map([["pair", { type: "candidate-pair", nominated: true, currentRoundTripTime: 0.02 }]]);
    for (const { receiver } of FakePeerConnection.all[0]!.transceivers) receiver.getStats = async () => report;
    const scores: unknown[] = [];
    const conditions: string[] = [];
    subscriber.on("qualityScoreChanged", ({ qualityScore }: any) => scores.push(qualityScore.audioQualityScore));
    subscriber.on("networkConditionChanged", ({ stats }: any) => conditions.push(stats.mediaLink.transport.networkCondition));
    const look = async () => {
      await vi.advanceTimersByTimeAsync(10_000);
      await new Promise((resolve) => setTimeout(resolve));
    };
    await look();
    const muted = once(session, "streamPropertyChanged");
    server.event({ event: "stream_updated", data: { stream_id: "cam", changes: { has_audio: false } } });
    await muted;
    await look();
    expect(scores).toEqual([1, undefined]);
    expect(conditions).toEqual(["critical", "excellent"]);
    expect((await subscriber.getStats()).mediaLink.transport.networkCondition).toBe("excellent");
  });

  test("a page that unsubscribes at the last moment leaves nothing running", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const { session, stream } = await withStream();
    const others = vi.getTimerCount();
    const subscriber = session.subscribe(stream).on("connected", () => expect.unreachable());
    await server.until(() => server.all("subscribe").length === 1);
    server.on("update_subscription", () => void session.unsubscribe(subscriber));
    subscriber.subscribeToAudio(false);
    await once(subscriber, "destroyed");
    await server.until(() => server.all("unsubscribe").length === 1);
    await new Promise((resolve) => setTimeout(resolve));
    expect(vi.getTimerCount()).toBe(others);
  });

  test("the end of a stream removes its subscribers by default, and leaves them when prevented", async () => {
    for (const prevented of [false, true]) {
      const { session, stream } = await withStream();
      const subscriber = await session.subscribe.promise(stream);
      if (prevented) session.on("streamDestroyed", (event) => event.preventDefault());
      const reasons: string[] = [];
      subscriber.on("destroyed", ({ reason }) => reasons.push(reason));
      const ended = once(session, "streamDestroyed");
      server.event({ event: "stream_destroyed", data: { stream_id: "cam", reason: "forceUnpublished" } });
      expect(await ended).toMatchObject({ stream, reason: "forceUnpublished", cancelable: true });
      await new Promise((resolve) => setTimeout(resolve));
      expect(reasons).toEqual(prevented ? [] : ["forceUnpublished"]);
      expect(subscriber.element?.isConnected ?? false).toBe(prevented);
      subscriber.destroy();
      await session.disconnect();
    }
  });

  test("two streams subscribed together share one offer, and freed sections are used again", async () => {
    const { session, stream } = await withStream();
    const created = once(session, "streamCreated");
    server.event({ event: "stream_created", data: { stream: aStream("screen", "ann", { audio_track: false, has_audio: false, video_source: "screen" }) } });
    const [first, second] = await Promise.all([session.subscribe.promise(stream), created.then(({ stream }) => session.subscribe.promise(stream))]);
    expect(second.element!.classList.contains("OT_fit-mode-contain")).toBe(true);
    expect(server.all("negotiate").length).toBeLessThanOrEqual(2);
    session.unsubscribe(first);
    await server.until(() => server.all("unsubscribe").length === 1);
    await session.subscribe.promise(stream);
    expect(FakePeerConnection.all[0]!.transceivers).toHaveLength(3);
  });

  test("video of the other off and on: the widget and the events follow", async () => {
    const { session, stream } = await withStream();
    const subscriber = await session.subscribe.promise(stream);
    const disabled = once(subscriber, "videoDisabled");
    server.event({ event: "stream_updated", data: { stream_id: "cam", changes: { has_video: false } } });
    expect((await disabled).reason).toBe("publishVideo");
    expect(subscriber.element!.classList.contains("OT_audio-only")).toBe(true);
    const enabled = once(subscriber, "videoEnabled");
    server.event({ event: "stream_updated", data: { stream_id: "cam", changes: { has_video: true } } });
    await enabled;
    expect(subscriber.element!.classList.contains("OT_audio-only")).toBe(false);
    await subscriber.subscribeToVideo.promise(false);
    expect(server.all("update_subscription").at(-1)).toMatchObject({ video: false });
  });

  test("blocked sound is told, and a click brings it back", async () => {
    const { session, stream } = await withStream();
    const proto = (window as unknown as { HTMLVideoElement: { prototype: { play(): Promise<void>; muted: boolean } } }).HTMLVideoElement.prototype;
    let clicked = false;
    proto.play = async function (this: HTMLVideoElement) {
      if (!this.muted && !clicked) throw Object.assign(new Error("not allowed"), { name: "NotAllowedError" });
    };
    const subscriber = session.subscribe(stream);
    await once(subscriber, "audioBlocked");
    expect([subscriber.isAudioBlocked(), subscriber.element!.querySelector(".OT_audio-blocked.OT_mode-on") !== null]).toEqual([true, true]);
    clicked = true;
    const unblocked = once(subscriber, "audioUnblocked");
    await OT.unblockAudio();
    await unblocked;
    expect(subscriber.isAudioBlocked()).toBe(false);
  });
});

describe("the end of a session", () => {
  test("removes all widgets by default, with the reason", async () => {
    serveMedia();
    server.on("join", () => aJoined({ connections: [aConnection("ann")], streams: [aStream("cam", "ann")] }));
    const session = newSession();
    const created = once(session, "streamCreated");
    await session.connect.promise("token");
    const subscriber = await session.subscribe.promise((await created).stream);
    const publisher = await session.publish.promise(OT.initPublisher());
    const order: string[] = [];
    session.on("sessionDisconnected", ({ reason }) => order.push(`session ${reason}`));
    subscriber.on("destroyed", ({ reason }) => order.push(`subscriber ${reason}`));
    publisher.on("streamDestroyed", ({ reason }) => order.push(`stream ${reason}`));
    const destroyed = once(publisher, "destroyed");
    server.event({ event: "session_disconnected", data: { reason: "forceDisconnected", error: null } });
    await destroyed;
    expect(order).toEqual(["session forceDisconnected", "stream forceDisconnected", "subscriber forceDisconnected"]);
    expect(document.querySelectorAll(".OT_root")).toHaveLength(0);
    expect([session.connection, session.capabilities.publish, session.isConnected()]).toEqual([undefined, undefined, false]);
  });

  test("leaves the widgets when the page prevents it", async () => {
    serveMedia();
    const session = await connected();
    const publisher = await session.publish.promise(OT.initPublisher());
    session.on("sessionDisconnected", (event) => event.preventDefault());
    const ended = once(publisher, "streamDestroyed");
    await session.disconnect();
    expect((await ended).reason).toBe("clientDisconnected");
    expect(publisher.element!.isConnected).toBe(true);
  });

  test("disconnect resolves also when there is nothing to leave", async () => {
    await expect(newSession().disconnect()).resolves.toBeUndefined();
  });
});
