/** A browser, as far as the facade needs one: a DOM, fake capture, and a fake of WebRTC that never leaves the process. */
import { Window } from "happy-dom";
import { vi } from "vitest";
import { WebSocket } from "ws";

export class FakeTrack extends EventTarget {
  enabled = true;
  readyState = "live";
  contentHint = "";
  onended: (() => void) | null = null;
  readonly id = Math.random().toString(36).slice(2);
  constructor(readonly kind: string, readonly label = `fake ${kind}`, readonly deviceId = `${kind}-1`) {
    super();
  }
  stop() {
    this.readyState = "ended";
  }
  getSettings() {
    return { deviceId: this.deviceId, width: 640, height: 480 };
  }
}

export class FakeStream {
  #tracks: FakeTrack[];
  constructor(tracks: FakeTrack[] = []) {
    this.#tracks = [...tracks];
  }
  getTracks() {
    return [...this.#tracks];
  }
  getAudioTracks() {
    return this.#tracks.filter(({ kind }) => kind === "audio");
  }
  getVideoTracks() {
    return this.#tracks.filter(({ kind }) => kind === "video");
  }
  addTrack(track: FakeTrack) {
    this.#tracks.push(track);
  }
  removeTrack(track: FakeTrack) {
    this.#tracks = this.#tracks.filter((other) => other !== track);
  }
}

class FakeTransceiver {
  mid: string | null = null;
  direction: string;
  currentDirection: string | null = null;
  readonly sender = {
    track: null as FakeTrack | null,
    encodings: [{}] as RTCRtpEncodingParameters[],
    /** Browsers refuse, for instance, a scalability mode that the codec does not have. */
    refuses: (_encodings: RTCRtpEncodingParameters[]) => false,
    replaceTrack: async (track: FakeTrack | null) => void (this.sender.track = track),
    getParameters: () => ({ encodings: structuredClone(this.sender.encodings) }),
    setParameters: async ({ encodings }: { encodings: RTCRtpEncodingParameters[] }) => {
      if (this.sender.refuses(encodings)) throw Object.assign(new Error("Unsupported parameters"), { name: "OperationError" });
      this.sender.encodings = encodings;
    },
    getStats: async () => new Map<string, unknown>(),
  };
  readonly receiver: { track: FakeTrack; getStats(): Promise<Map<string, unknown>>; getSynchronizationSources(): unknown[] };
  constructor(kind: string, track: FakeTrack | null, direction: string) {
    this.direction = direction;
    this.sender.track = track;
    this.receiver = { track: new FakeTrack(kind), getStats: async () => new Map(), getSynchronizationSources: () => [] };
  }
  setCodecPreferences() {}
}

/** Offers name every section as `mid:kind:direction`, so that tests read what was negotiated. */
export class FakePeerConnection {
  static all: FakePeerConnection[] = [];
  connectionState = "new";
  iceConnectionState = "new";
  iceGatheringState = "complete";
  signalingState = "stable";
  localDescription: { sdp: string } | null = null;
  onconnectionstatechange: (() => void) | null = null;
  readonly transceivers: FakeTransceiver[] = [];
  restarts = 0;
  constructor() {
    FakePeerConnection.all.push(this);
  }
  addTransceiver(trackOrKind: FakeTrack | string, { direction, sendEncodings = [{}] }: { direction: string; sendEncodings?: RTCRtpEncodingParameters[] }) {
    const track = typeof trackOrKind === "string" ? null : trackOrKind;
    const transceiver = new FakeTransceiver(track?.kind ?? (trackOrKind as string), track, direction);
    transceiver.sender.encodings = sendEncodings.map((encoding) => ({ active: true, ...encoding }));
    this.transceivers.push(transceiver);
    return transceiver;
  }
  getTransceivers() {
    return this.transceivers;
  }
  async createOffer({ iceRestart = false } = {}) {
    if (iceRestart) this.restarts++;
    return { type: "offer", sdp: this.transceivers.map(({ receiver, direction }, at) => `${at}:${receiver.track.kind}:${direction}`).join(" ") };
  }
  async setLocalDescription(description: { type: string; sdp: string }) {
    if (description.type === "rollback") return void (this.signalingState = "stable");
    this.signalingState = "have-local-offer";
    this.localDescription = description;
    this.transceivers.forEach((transceiver, at) => (transceiver.mid = String(at)));
  }
  async setRemoteDescription({ sdp }: { sdp: string }) {
    if (sdp === "nonsense") throw new Error("Failed to parse SessionDescription");
    this.signalingState = "stable";
  }
  become(state: string) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
  async getStats() {
    const answers = this.connectionState === "connected" ? [{ type: "candidate-pair", state: "succeeded", responsesReceived: 3 }] : [];
    return new Map(answers.map((entry, at) => [`pair-${at}`, entry]));
  }
  setConfiguration() {}
  close() {
    this.connectionState = "closed";
  }
}

/** A widget without a picture shows how loud the microphone is: here, silent. */
class FakeAudioContext {
  createAnalyser() {
    return { fftSize: 0, getFloatTimeDomainData() {} };
  }
  createMediaStreamSource() {
    return { connect() {}, disconnect() {} };
  }
  async close() {}
}

export interface Devices {
  /** What the next `getUserMedia` does: resolves by default. */
  refuse: { name: string; message?: string; constraint?: string } | undefined;
  asked: MediaStreamConstraints[];
  given: FakeTrack[];
  cameras: string[];
  permission: string;
}

/** Installs the globals; `vi.unstubAllGlobals()` removes them. */
export function installPage(): Devices {
  const window = new Window({ url: "https://customer.example/page" });
  const devices: Devices = { refuse: undefined, asked: [], given: [], cameras: ["video-1", "video-2"], permission: "granted" };
  const fail = ({ name, message = name, constraint }: NonNullable<Devices["refuse"]>) => Object.assign(new Error(message), { name, constraint });
  const give = (tracks: FakeTrack[]) => {
    devices.given.push(...tracks);
    return new FakeStream(tracks);
  };
  const wanted = (constraints: unknown, fallback: string) => (constraints as { deviceId?: { exact?: string } } | undefined)?.deviceId?.exact ?? fallback;
  const mediaDevices = {
    async getUserMedia(constraints: MediaStreamConstraints) {
      devices.asked.push(constraints);
      if (devices.refuse) throw fail(devices.refuse);
      return give([
        ...(constraints.audio ? [new FakeTrack("audio", "fake audio", wanted(constraints.audio, "audio-1"))] : []),
        ...(constraints.video ? [new FakeTrack("video", "fake video", wanted(constraints.video, "video-1"))] : []),
      ]);
    },
    async getDisplayMedia() {
      if (devices.refuse) throw fail(devices.refuse);
      return give([new FakeTrack("video", "screen", "")]);
    },
    async enumerateDevices() {
      return [
        { kind: "audioinput", deviceId: "audio-1", label: "Microphone" },
        ...devices.cameras.map((deviceId) => ({ kind: "videoinput", deviceId, label: deviceId })),
        { kind: "audiooutput", deviceId: "default", label: "Speaker" },
      ];
    },
  };
  FakePeerConnection.all = [];
  const video = window.HTMLVideoElement.prototype as unknown as Record<string, unknown>;
  video["play"] = async () => undefined;
  Object.defineProperty(video, "srcObject", { value: null, writable: true, configurable: true });
  const globals: Record<string, unknown> = {
    window, document: window.document, location: window.location, HTMLElement: window.HTMLElement, isSecureContext: true, WebSocket,
    RTCPeerConnection: FakePeerConnection, RTCRtpReceiver: { getCapabilities: () => ({ codecs: [] }) }, RTCRtpSender: { getCapabilities: () => ({ codecs: [] }) },
    MediaStream: FakeStream, AudioContext: FakeAudioContext, ResizeObserver: undefined, devicePixelRatio: 1,
    navigator: { onLine: true, userAgent: "test", mediaDevices, permissions: { query: async () => ({ state: devices.permission }) } },
  };
  for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
  return devices;
}
