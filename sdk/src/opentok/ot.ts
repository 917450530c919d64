/** `OT`: a plain object; every member is its own, may be replaced, and needs no `this`. */
import { fault } from "../core/error";
import { capture, captureScreen, isOffline, listDevices, screenShareSupported, SDK_VERSION } from "../core/index";
import { widgetArguments } from "./arguments";
import { mediaRequest } from "./capture_options";
import { complete, withPromise, type Callback } from "./completion";
import { exceptions, OTError } from "./error";
import { eventing, OTEventEmitter, SessionOTEventEmitter } from "./eventing";
import { uuid } from "./insertion";
import { LEVELS, log, setLogLevel } from "./log";
import { Connection, Stream } from "./model";
import { Publisher } from "./publisher";
import { currentSinkId, publishers, subscribers, useSink } from "./registry";
import { serverUrl, setProxyUrl } from "./server_address";
import { Session } from "./session";
import { showUnsupportedBrowser } from "./stylesheet";
import { Subscriber } from "./subscriber";
import type * as Api from "./types/opentok-api";

type CodecName = "H264" | "VP8" | "VP9";

/** Target of the exceptions that belong to no other object. */
const self = {};
const sessions = new Set<WeakRef<Session>>();
let requirementsChecked = false;

function initSession(apiKeyOrApplicationId: string, sessionId: string, options: Api.InitSessionOptions = {}): Session {
  if (typeof sessionId !== "string" || sessionId === "") {
    throw new OTError("OT_INVALID_PARAMETER", "OT.initSession needs the id of a project and the id of a session", 1011);
  }
  if (checkSupport() === 0 && !requirementsChecked) upgradeSystemRequirements();
  const session = new Session(String(apiKeyOrApplicationId), sessionId, { ...options });
  sessions.add(new WeakRef(session));
  return session;
}

const initPublisher = withPromise(
  (...args: unknown[]): Publisher => {
    const { target, properties, callback } = widgetArguments<Api.PublisherProperties>(args);
    return new Publisher(target, properties, callback);
  },
  (...args: unknown[]): Promise<Publisher> => {
    const { target, properties } = widgetArguments<Api.PublisherProperties>(args);
    return new Publisher(target, properties, undefined).whenReady();
  },
);

function getUserMedia(properties: Api.GetUserMediaProperties = {}): Promise<MediaStream> {
  const obtain = async () => {
    const { audio, video, audioConstraints, videoConstraints, screen } = mediaRequest(properties);
    if (video.kind === "screen") return captureScreen(screen);
    const wanted = (source: typeof audio, constraints: MediaTrackConstraints | undefined) =>
      source.kind === "device" && { ...constraints, ...(source.deviceId !== undefined && { deviceId: { exact: source.deviceId } }) };
    const constraints = { audio: wanted(audio, audioConstraints), video: wanted(video, videoConstraints) };
    const tracks = [audio, video].flatMap((source) => (source.kind === "track" ? [source.track] : []));
    if (tracks.length === 0) return capture(constraints);
    const captured = constraints.audio || constraints.video ? (await capture(constraints)).getTracks() : [];
    return new MediaStream([...captured, ...tracks]);
  };
  return complete(self, "capture", obtain());
}

function getDevices(callback?: Callback<Api.Device[]>): Promise<Api.Device[]> {
  const list = async () =>
    (await listDevices()).flatMap(({ kind, id, label }) => (kind === "audioOutput" ? [] : [{ kind, deviceId: id, label }]));
  return complete(self, "capture", list(), callback);
}

function getAudioOutputDevices(): Promise<Api.AudioOutputDevice[]> {
  const list = async () => (await listDevices()).filter(({ kind }) => kind === "audioOutput").map(({ id, label }) => ({ deviceId: id, label }));
  return complete(self, "capture", list());
}

async function getActiveAudioOutputDevice(): Promise<Api.AudioOutputDevice> {
  const devices = await getAudioOutputDevices();
  const wanted = currentSinkId() ?? "default";
  return devices.find(({ deviceId }) => deviceId === wanted) ?? devices[0] ?? { deviceId: null, label: null };
}

function setAudioOutputDevice(deviceId: string): Promise<void> {
  const change = async () => {
    const devices = (await listDevices()).filter(({ kind }) => kind === "audioOutput");
    if (!devices.some(({ id }) => id === deviceId)) throw fault("DEVICE_NOT_FOUND", { devices: "audio output" });
    await useSink(deviceId);
  };
  return complete(self, "capture", change());
}

function checkSupport(): 0 | 1 {
  return typeof RTCPeerConnection !== "undefined" && typeof WebSocket !== "undefined" ? 1 : 0;
}

function checkSystemRequirements(): number {
  requirementsChecked = true;
  return checkSupport();
}

function upgradeSystemRequirements(): void {
  if (typeof document !== "undefined") showUnsupportedBrowser(document);
}

async function checkScreenSharingCapability(callback?: (response: Api.ScreenSharingCapabilityResponse) => void): Promise<Api.ScreenSharingCapabilityResponse> {
  const supported = screenShareSupported();
  // The fields about extensions stay undefined: no browser needs one.
  const response = { supported, supportedSources: { application: supported, screen: supported, window: supported } };
  await Promise.resolve();
  callback?.(response);
  return response;
}

async function getSupportedCodecs() {
  const names = (capabilities: RTCRtpCapabilities | null | undefined) =>
    (["H264", "VP8", "VP9"] as CodecName[]).filter((name) => capabilities?.codecs.some(({ mimeType }) => mimeType.toUpperCase() === `VIDEO/${name}`));
  if (checkSupport() === 0) return { videoEncoders: [], videoDecoders: [] };
  return { videoEncoders: names(RTCRtpSender.getCapabilities("video")), videoDecoders: names(RTCRtpReceiver.getCapabilities("video")) };
}

/** Filters do not exist yet, and pages ask this before they offer them. */
const hasMediaProcessorSupport = withPromise(
  (_mediaType?: "audio" | "video" | "both"): boolean => false,
  async (_mediaType?: "audio" | "video" | "both"): Promise<boolean> => false,
);

function hasEndToEndEncryptionSupport(): boolean {
  return false;
}

function reportIssue(callback?: Callback<string>): Promise<string> {
  const send = async () => {
    const room = [...sessions].map((session) => session.deref()?.room).find((room) => room !== undefined);
    if (!room || isOffline()) throw fault("REPORT_FAILED");
    const issueId = uuid();
    await room.reportIssue(issueId);
    return issueId;
  };
  return complete(self, "report", send(), callback);
}

function unblockAudio(): Promise<undefined> {
  const unblock = async (): Promise<undefined> => {
    await Promise.all(subscribers.map((subscriber) => subscriber.unblockAudio()));
  };
  return complete(self, "play", unblock());
}

export const OT = {
  ...LEVELS,
  initSession,
  initPublisher,
  getUserMedia,
  getDevices,
  getAudioOutputDevices,
  setAudioOutputDevice,
  getActiveAudioOutputDevice,
  checkSystemRequirements,
  upgradeSystemRequirements,
  checkScreenSharingCapability,
  registerScreenSharingExtension(_kind: string, _id: string, _version: number): void {},
  getSupportedCodecs,
  hasMediaProcessorSupport,
  hasEndToEndEncryptionSupport,
  setProxyUrl,
  reportIssue,
  unblockAudio,
  setLogLevel,
  log,
  on(names: string | object, handler?: ((event: any) => void) | object, context?: object) {
    exceptions.on(names, handler, context);
    return OT;
  },
  once(names: string | object, handler?: ((event: any) => void) | object, context?: object) {
    exceptions.once(names, handler, context);
    return OT;
  },
  off(names?: string | object, handler?: ((event: any) => void) | object, context?: object) {
    exceptions.off(names, handler, context);
    return OT;
  },
  publishers,
  subscribers,
  properties: {
    version: SDK_VERSION,
    buildHash: "",
    debug: false,
    websiteURL: "",
    get loggingURL() {
      return serverUrl();
    },
    get apiURL() {
      return serverUrl();
    },
    supportSSL: true,
    minimumVersion: { firefox: 100, chrome: 100 },
    enableErrorReporting: false,
    sentryDSN: "",
  },
  $: { eventing },
  Error: OTError,
  Connection,
  Stream,
  OTEventEmitter,
  SessionOTEventEmitter,
  Publisher,
  Session,
  Subscriber,
};
