/** From the vendor's media options to what is captured. */
import type { MediaRequest, Source } from "../core/index";
import type { GetUserMediaProperties, PublisherProperties } from "./types/opentok-api";

export const SCREEN_SOURCES: readonly unknown[] = ["screen", "window", "application"];

export function mediaRequest(properties: PublisherProperties): MediaRequest {
  const constraints = properties.constraints as MediaStreamConstraints | undefined;
  const screen = SCREEN_SOURCES.includes(properties.videoSource);
  // A shared screen comes without the microphone, unless the page asks for it.
  const silent = constraints?.audio === false || (screen && properties.audioSource === undefined && properties.publishAudio !== true);
  return {
    audio: silent ? { kind: "none" } : source(properties.audioSource),
    video: screen ? { kind: "screen" } : constraints?.video === false ? { kind: "none" } : source(properties.videoSource),
    audioConstraints: { ...audioConstraints(properties), ...standard(constraints?.audio) },
    videoConstraints: { ...videoConstraints(properties), ...standard(constraints?.video) },
    screen: {
      audio: false,
      video: {
        width: { max: properties.maxResolution?.width ?? 1920 },
        height: { max: properties.maxResolution?.height ?? 1920 },
        ...(properties.frameRate && { frameRate: properties.frameRate }),
      },
    },
  };
}

/** Device ids, `{deviceId}` objects, tracks; `null` and `false` mean none; anything else the default device. */
function source(given: unknown): Source {
  if (given === null || given === false) return { kind: "none" };
  if (isTrack(given)) return { kind: "track", track: given };
  if (typeof given === "string" && given !== "") return { kind: "device", deviceId: given };
  const deviceId = typeof given === "object" ? (given as { deviceId?: unknown }).deviceId : undefined;
  return { kind: "device", deviceId: typeof deviceId === "string" && deviceId !== "" ? deviceId : undefined };
}

export function isTrack(value: unknown): value is MediaStreamTrack {
  return typeof value === "object" && value !== null && typeof (value as MediaStreamTrack).stop === "function" && "kind" in value;
}

function audioConstraints(properties: GetUserMediaProperties & Pick<PublisherProperties, "enableStereo">): MediaTrackConstraints {
  const processing = !properties.disableAudioProcessing;
  return {
    echoCancellation: processing && properties.echoCancellation !== false,
    noiseSuppression: processing && properties.noiseSuppression !== false,
    autoGainControl: processing && properties.autoGainControl !== false,
    ...(properties.enableStereo && { channelCount: { ideal: 2 } }),
  };
}

function videoConstraints(properties: GetUserMediaProperties): MediaTrackConstraints {
  const [width, height] = (properties.resolution ?? "640x480").split("x").map(Number) as [number, number];
  return {
    width: { ideal: width, ...(properties.maxResolution && { max: properties.maxResolution.width }) },
    height: { ideal: height, ...(properties.maxResolution && { max: properties.maxResolution.height }) },
    frameRate: { ideal: properties.frameRate ?? 30 },
    ...(properties.facingMode && { facingMode: properties.facingMode }),
  };
}

/** The legacy `{mandatory, optional}` form becomes the standard one. */
function standard(constraints: unknown): MediaTrackConstraints {
  if (typeof constraints !== "object" || constraints === null) return {};
  const { mandatory, optional, ...rest } = constraints as { mandatory?: Record<string, unknown>; optional?: Record<string, unknown>[] };
  const legacy: Record<string, Record<string, unknown>> = {};
  const put = (name: string, value: unknown, strength: string) => {
    const limit = /^(min|max)([A-Z]\w*)$/.exec(name);
    const property = limit ? limit[2]!.charAt(0).toLowerCase() + limit[2]!.slice(1) : name === "sourceId" ? "deviceId" : name;
    (legacy[property] ??= {})[limit && strength === "exact" ? limit[1]! : limit ? "ideal" : strength] = value;
  };
  for (const [name, value] of Object.entries(mandatory ?? {})) put(name, value, "exact");
  for (const each of optional ?? []) for (const [name, value] of Object.entries(each)) put(name, value, "ideal");
  return { ...legacy, ...rest };
}
