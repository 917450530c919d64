/** Capture of cameras, microphones and screens; a refusal of the browser becomes the typed error that names its cause. */
import { Facts } from "./cause";
import { fault, faultBecause, messageOf, type ExedraError } from "./error";

export type DeviceKind = "audioInput" | "videoInput" | "audioOutput";

export interface Device {
  kind: DeviceKind;
  id: string;
  /** Empty until the user granted access. */
  label: string;
}

const KINDS: Record<MediaDeviceKind, DeviceKind> = { audioinput: "audioInput", videoinput: "videoInput", audiooutput: "audioOutput" };

export async function listDevices(): Promise<Device[]> {
  const devices = await mediaDevices().enumerateDevices().catch((error: unknown) => {
    throw faultBecause(error, "DEVICE_LIST_FAILED", { reason: messageOf(error) });
  });
  return devices.map(({ kind, deviceId, label }) => ({ kind: KINDS[kind], id: deviceId, label }));
}

/** As `getUserMedia`, with typed errors. */
export async function capture(constraints: MediaStreamConstraints): Promise<MediaStream> {
  if (!constraints.audio && !constraints.video) throw fault("NO_MEDIA_REQUESTED");
  const devices = mediaDevices();
  try {
    return await devices.getUserMedia(constraints);
  } catch (error) {
    throw await captureFault(error, constraints);
  }
}

/** As `getDisplayMedia`, with typed errors. Must run in a click. */
export async function captureScreen(options: DisplayMediaStreamOptions = {}): Promise<MediaStream> {
  const devices = mediaDevices();
  if (typeof devices.getDisplayMedia !== "function") throw fault("SCREEN_SHARE_UNSUPPORTED");
  try {
    return await devices.getDisplayMedia(options);
  } catch (error) {
    throw screenFault(error);
  }
}

export function screenShareSupported(): boolean {
  return typeof globalThis.navigator?.mediaDevices?.getDisplayMedia === "function";
}

/** Is the browser about to ask the user? `false` when the answer is known already. */
export async function willAsk(constraints: MediaStreamConstraints): Promise<boolean> {
  const names = [...(constraints.video ? ["camera"] : []), ...(constraints.audio ? ["microphone"] : [])];
  const states = await Promise.all(names.map(permissionState));
  return states.some((state) => state === "prompt");
}

function mediaDevices(): MediaDevices {
  const devices = globalThis.navigator?.mediaDevices;
  if (devices) return devices;
  if (globalThis.isSecureContext !== false) throw fault("CAPTURE_UNSUPPORTED");
  throw new Facts().observe("page_secure", false).explain(fault("PAGE_INSECURE", { origin: globalThis.location?.origin ?? "" }));
}

async function permissionState(name: string): Promise<PermissionState | "unknown"> {
  try {
    return (await navigator.permissions.query({ name: name as PermissionName })).state;
  } catch {
    return "unknown"; // Firefox before 132 does not know these names.
  }
}

async function captureFault(error: unknown, constraints: MediaStreamConstraints): Promise<ExedraError> {
  const devices = constraints.audio && constraints.video ? "camera and microphone" : constraints.video ? "camera" : "microphone";
  const reason = messageOf(error);
  const facts = new Facts().observe("page_secure", true);
  const policy = allowedByPolicy(constraints);
  if (policy !== undefined) facts.observe("policy_allows", policy);
  switch (nameOf(error)) {
    case "NotAllowedError":
    case "PermissionDeniedError":
      if (policy === false) return facts.explain(faultBecause(error, "CAPTURE_BLOCKED_BY_POLICY", { devices }));
      if (/system/i.test(reason)) return facts.observe("system_allows", false).explain(faultBecause(error, "CAPTURE_DENIED_BY_SYSTEM", { devices }));
      return facts.observe("user_allows", false).explain(refusal(error, await refused(constraints, devices)));
    case "SecurityError":
      return facts.observe("policy_allows", false).explain(faultBecause(error, "CAPTURE_BLOCKED_BY_POLICY", { devices }));
    case "NotFoundError":
    case "DevicesNotFoundError":
      facts.observe("device_present", false).observe("device_was_live", false);
      return facts.explain(faultBecause(error, "DEVICE_NOT_FOUND", { devices: await missing(constraints, devices) }));
    case "NotReadableError":
    case "TrackStartError":
    case "AbortError":
      facts.observe("user_allows", true).observe("device_present", true).observe("device_opens", false);
      return facts.explain(faultBecause(error, "DEVICE_IN_USE", { devices, reason }));
    case "OverconstrainedError":
    case "ConstraintNotSatisfiedError": {
      const constraint = String((error as { constraint?: string }).constraint ?? "");
      // A device id that names no device is a missing device, not a wish that is too high.
      if (constraint !== "deviceId") return faultBecause(error, "CONSTRAINTS_NOT_SATISFIED", { constraint });
      return facts.observe("device_present", false).observe("device_was_live", false).explain(faultBecause(error, "DEVICE_NOT_FOUND", { devices }));
    }
    case "TypeError":
    case "NotSupportedError":
      return faultBecause(error, "CAPTURE_UNSUPPORTED");
    default:
      return faultBecause(error, "CAPTURE_FAILED", { devices, reason });
  }
}

/** Why a device's track that was live ended without the page ending it. */
export async function lossOf(track: MediaStreamTrack): Promise<ExedraError> {
  const devices = track.kind === "video" ? "camera" : "microphone";
  const facts = new Facts().observe("page_secure", true).observe("device_was_live", true);
  const { deviceId } = track.getSettings();
  const listed = await listDevices().catch(() => undefined);
  if (listed && deviceId) facts.observe("device_present", listed.some(({ id }) => id === deviceId));
  const permission = await permissionState(devices);
  if (permission !== "unknown") facts.observe("user_allows", permission !== "denied");
  return facts.explain(fault("DEVICE_GONE", { devices }));
}

function screenFault(error: unknown): ExedraError {
  switch (nameOf(error)) {
    case "NotAllowedError":
      return faultBecause(error, "SCREEN_SHARE_DENIED");
    case "NotReadableError":
    case "AbortError":
      return faultBecause(error, "SCREEN_CAPTURE_FAILED", { reason: messageOf(error) });
    case "NotSupportedError":
      return faultBecause(error, "SCREEN_SHARE_UNSUPPORTED");
    case "InvalidStateError":
      return faultBecause(error, "USER_GESTURE_REQUIRED", { operation: "screen sharing" });
    default:
      return faultBecause(error, "SCREEN_CAPTURE_FAILED", { reason: messageOf(error) });
  }
}

function refusal(error: unknown, devices: string): ExedraError {
  return devices === "microphone" ? faultBecause(error, "MICROPHONE_DENIED") : faultBecause(error, "CAPTURE_DENIED", { devices });
}

/** Which of the two the user refused, as far as the browser tells. */
async function refused(constraints: MediaStreamConstraints, otherwise: string): Promise<string> {
  const camera = constraints.video ? await permissionState("camera") : "granted";
  const microphone = constraints.audio ? await permissionState("microphone") : "granted";
  if (camera === "denied" && microphone !== "denied") return "camera";
  if (microphone === "denied" && camera !== "denied") return "microphone";
  return otherwise;
}

async function missing(constraints: MediaStreamConstraints, otherwise: string): Promise<string> {
  const devices = await listDevices().catch(() => []);
  const has = (kind: DeviceKind) => devices.some((device) => device.kind === kind);
  if (constraints.video && !has("videoInput") && has("audioInput")) return "camera";
  if (constraints.audio && !has("audioInput") && has("videoInput")) return "microphone";
  return otherwise;
}

interface FeaturePolicy { allowsFeature(name: string): boolean }

/** `undefined`: this browser does not tell. */
function allowedByPolicy(constraints: MediaStreamConstraints): boolean | undefined {
  const { featurePolicy, permissionsPolicy } = document as Document & { featurePolicy?: FeaturePolicy; permissionsPolicy?: FeaturePolicy };
  const policy = permissionsPolicy ?? featurePolicy;
  if (!policy) return undefined;
  return (!constraints.video || policy.allowsFeature("camera")) && (!constraints.audio || policy.allowsFeature("microphone"));
}

function nameOf(error: unknown): string {
  return error instanceof Error || error instanceof DOMException ? error.name : "";
}
