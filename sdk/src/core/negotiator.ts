/**
 * The one RTCPeerConnection of a connection. The client always offers, one negotiation at a time; what changes while one is
 * under way goes together into the next. Knows sections and their meaning on the wire, not what streams are.
 */
import type * as wire from "../generated/wire";
import { Emitter } from "./emitter";
import { ExedraError, fault, faultBecause, messageOf } from "./error";
import { tuneOpus, type OpusTuning } from "./opus";
import type { Relays } from "./transport_facts";

export type Kind = "audio" | "video";

export interface SendOptions {
  encodings?: RTCRtpEncodingParameters[];
  /** MIME subtypes in order of preference, such as `["VP9", "VP8"]`; others stay as fallback. */
  codecs?: string[];
  opus?: OpusTuning;
}

type Way = "send" | "receive";

interface Use {
  target: wire.SectionTarget;
  opus: OpusTuning | undefined;
}

export interface NegotiatorEvents {
  /** Media may flow: ICE and DTLS are up. */
  up: void;
  /** Media was interrupted; the negotiator is already trying to restore it. */
  down: void;
}

const DISCONNECTED_PATIENCE_MS = 3_000;
const RESTART_AGAIN_MS = 5_000;
/** Kept as evidence. */
const RELAY_ERRORS_MAX = 16;

export class Negotiator extends Emitter<NegotiatorEvents> {
  #config: RTCConfiguration;
  readonly #exchange: (offer: wire.Negotiate) => Promise<wire.Negotiated>;
  readonly #uses = new Map<RTCRtpTransceiver, Use>();
  /** A section keeps its way for good, so that a free receiver is never taken for a sender. */
  readonly #ways = new Map<RTCRtpTransceiver, Way>();
  #pc: RTCPeerConnection | undefined;
  #queue: Promise<void> = Promise.resolve();
  #nextRound: Promise<void> | undefined;
  #restart = false;
  #patience: ReturnType<typeof setTimeout> | undefined;
  #wasUp = false;
  readonly #relayErrors: number[] = [];
  #closed = false;

  constructor(config: RTCConfiguration, exchange: (offer: wire.Negotiate) => Promise<wire.Negotiated>) {
    super();
    this.#config = config;
    this.#exchange = exchange;
  }

  get peerConnection(): RTCPeerConnection | undefined {
    return this.#pc;
  }

  get isUp(): boolean {
    return this.#pc?.connectionState === "connected";
  }

  /** Media flowed before, be it interrupted now or not. */
  get wasUp(): boolean {
    return this.#wasUp;
  }

  get relays(): Relays {
    const urls = (this.#config.iceServers ?? []).flatMap((server) => server.urls);
    return { offered: urls.some(isRelay), only: this.#config.iceTransportPolicy === "relay", errors: this.#relayErrors };
  }

  /** Adds a track to send; it takes effect with the next `negotiate`. */
  send(streamId: string, track: MediaStreamTrack | Kind, options: SendOptions = {}): RTCRtpTransceiver {
    const kind = (typeof track === "string" ? track : track.kind) as Kind;
    const media = typeof track === "string" ? null : track;
    const idle = this.#idle(kind, "send", options.encodings);
    const transceiver =
      idle ??
      this.#open().addTransceiver(media ?? kind, {
        direction: "sendonly",
        ...(options.encodings && { sendEncodings: options.encodings }),
      });
    if (idle) {
      idle.direction = "sendonly";
      idle.sender.replaceTrack(media).catch(() => undefined);
      if (options.encodings) renew(idle.sender, options.encodings);
    }
    if (idle || options.codecs) preferCodecs(transceiver, kind, options.codecs ?? []);
    this.#ways.set(transceiver, "send");
    this.#uses.set(transceiver, { target: { stream_id: streamId }, opus: kind === "audio" ? options.opus : undefined });
    return transceiver;
  }

  receive(subscriptionId: string, kind: Kind): RTCRtpTransceiver {
    const idle = this.#idle(kind, "receive");
    if (idle) idle.direction = "recvonly";
    const transceiver = idle ?? this.#open().addTransceiver(kind, { direction: "recvonly" });
    offerDescriptors(transceiver);
    this.#ways.set(transceiver, "receive");
    this.#uses.set(transceiver, { target: { subscription_id: subscriptionId }, opus: undefined });
    return transceiver;
  }

  /** Frees the section for a later use. */
  release(transceiver: RTCRtpTransceiver): void {
    if (!this.#uses.delete(transceiver) || this.#closed) return;
    if (transceiver.direction === "stopped") return; // The server refused the section for good.
    transceiver.direction = "inactive";
    transceiver.sender.replaceTrack(null).catch(() => undefined);
  }

  /** Resolves when everything that was changed before the call is in effect on both sides. */
  negotiate(): Promise<void> {
    this.#nextRound ??= this.#queue = this.#queue
      .catch(() => undefined)
      .then(() => {
        this.#nextRound = undefined;
        return this.#round();
      });
    return this.#nextRound;
  }

  reconfigure(changes: RTCConfiguration): void {
    this.#config = { ...this.#config, ...changes };
    this.#pc?.setConfiguration(this.#config);
    this.restartIce();
  }

  restartIce(): void {
    if (!this.#pc || this.#closed) return;
    this.#restart = true;
    this.negotiate().catch(() => this.#restartLater(RESTART_AGAIN_MS));
  }

  /** An attempt was given up before media ever flowed: the next negotiation starts ICE afresh. */
  distrust(): void {
    if (!this.isUp) this.#restart = this.#pc !== undefined;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#patience);
    this.#pc?.close();
  }

  async #round(): Promise<void> {
    const pc = this.#pc;
    if (!pc || this.#closed) return;
    const iceRestart = this.#restart;
    this.#restart = false;
    try {
      await pc.setLocalDescription(await pc.createOffer({ iceRestart }));
      const { answer } = await this.#exchange({ offer: pc.localDescription!.sdp, sections: this.#sections(pc) });
      await setAnswer(pc, tuneOpus(answer, this.#opusByMid()));
    } catch (error) {
      this.#restart ||= iceRestart;
      if ((pc.signalingState as RTCSignalingState) === "have-local-offer") await pc.setLocalDescription({ type: "rollback" }).catch(() => undefined);
      if (error instanceof ExedraError) throw error;
      throw this.#closed ? fault("NOT_CONNECTED", { operation: "negotiate" }) : faultBecause(error, "OFFER_FAILED", { reason: messageOf(error) });
    }
  }

  #sections(pc: RTCPeerConnection): wire.Section[] {
    return pc.getTransceivers().flatMap((transceiver) => {
      const use = this.#uses.get(transceiver);
      return use && transceiver.mid !== null ? [{ mid: transceiver.mid, ...use.target }] : [];
    });
  }

  #opusByMid(): Map<string, OpusTuning> {
    const tunings = new Map<string, OpusTuning>();
    for (const [{ mid }, { opus }] of this.#uses) if (mid !== null && opus) tunings.set(mid, opus);
    return tunings;
  }

  /** The layers of a section are fixed, their parameters are not. */
  #idle(kind: Kind, way: Way, encodings: RTCRtpEncodingParameters[] = [{}]): RTCRtpTransceiver | undefined {
    const rids = ridsOf(encodings);
    for (const [transceiver, itsWay] of this.#ways) {
      if (itsWay !== way || transceiver.receiver.track.kind !== kind || this.#uses.has(transceiver) || transceiver.direction === "stopped") continue;
      if (way === "receive" || ridsOf(transceiver.sender.getParameters().encodings ?? [{}]) === rids) return transceiver;
    }
    return undefined;
  }

  #open(): RTCPeerConnection {
    if (this.#pc) return this.#pc;
    if (typeof RTCPeerConnection === "undefined") throw fault("WEBRTC_UNSUPPORTED");
    let pc: RTCPeerConnection;
    try {
      pc = new RTCPeerConnection(this.#config);
    } catch (error) {
      throw faultBecause(error, "PEER_CONNECTION_FAILED", { reason: messageOf(error) });
    }
    pc.onconnectionstatechange = () => this.#follow(pc.connectionState);
    pc.onicecandidateerror = ({ url, errorCode }) => {
      if (isRelay(url) && this.#relayErrors.length < RELAY_ERRORS_MAX) this.#relayErrors.push(errorCode);
    };
    return (this.#pc = pc);
  }

  #follow(state: RTCPeerConnectionState): void {
    if (state === "connected") {
      clearTimeout(this.#patience);
      this.#patience = undefined;
      this.#wasUp = true;
      this.emit("up", undefined);
    } else if (state === "disconnected") {
      this.#restartLater(DISCONNECTED_PATIENCE_MS);
    } else if (state === "failed" && this.#wasUp) {
      this.emit("down", undefined);
      this.restartIce();
      this.#restartLater(RESTART_AGAIN_MS);
    }
  }

  /** One restart, unless media is back by then; as long as it is not, another one each time. */
  #restartLater(delayMs: number): void {
    if (this.#patience !== undefined || this.#closed) return;
    this.#patience = setTimeout(() => {
      this.#patience = undefined;
      if (this.#closed || this.isUp) return;
      this.emit("down", undefined);
      this.restartIce();
      this.#restartLater(RESTART_AGAIN_MS);
    }, delayMs);
  }
}

function isRelay(url: string | null): boolean {
  return /^turns?:/.test(url ?? "");
}

async function setAnswer(pc: RTCPeerConnection, sdp: string): Promise<void> {
  try {
    await pc.setRemoteDescription({ type: "answer", sdp });
  } catch (error) {
    throw faultBecause(error, "REMOTE_DESCRIPTION_REFUSED", { reason: messageOf(error) });
  }
}

function ridsOf(encodings: RTCRtpEncodingParameters[]): string {
  return encodings.map(({ rid }) => rid ?? "").join();
}

/**
 * Layers inside of one encoding are told apart by dependency descriptors, which browsers know but do not offer to receive. Where
 * the browser lets nobody choose, AV1 is received as it was offered: without spatial layers.
 */
function offerDescriptors(transceiver: RTCRtpTransceiver): void {
  const extensible = transceiver as RTCRtpTransceiver & {
    getHeaderExtensionsToNegotiate?(): { uri: string; direction: RTCRtpTransceiverDirection }[];
    setHeaderExtensionsToNegotiate?(extensions: { uri: string; direction: RTCRtpTransceiverDirection }[]): void;
  };
  const extensions = extensible.getHeaderExtensionsToNegotiate?.();
  if (!extensions?.some(({ uri }) => uri === DEPENDENCY_DESCRIPTOR)) return;
  const offered = extensions.map(({ uri, direction }) => ({ uri, direction: uri === DEPENDENCY_DESCRIPTOR ? ("sendrecv" as const) : direction }));
  extensible.setHeaderExtensionsToNegotiate?.(offered);
}

const DEPENDENCY_DESCRIPTOR = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";

/** The section's layers as if they were new: what an earlier stream limited or stopped is forgotten. */
function renew(sender: RTCRtpSender, encodings: RTCRtpEncodingParameters[]): void {
  const parameters = sender.getParameters();
  for (const encoding of parameters.encodings) {
    Object.assign(encoding, { active: true }, encodings.find(({ rid }) => rid === encoding.rid));
  }
  sender.setParameters(parameters).catch(() => undefined);
}

function preferCodecs(transceiver: RTCRtpTransceiver, kind: Kind, wanted: string[]): void {
  if (typeof transceiver.setCodecPreferences !== "function") return;
  const known = RTCRtpReceiver.getCapabilities(kind)?.codecs ?? [];
  const rank = (codec: { mimeType: string }) => {
    const at = wanted.findIndex((name) => codec.mimeType.toLowerCase() === `${kind}/${name.toLowerCase()}`);
    return at < 0 ? wanted.length : at;
  };
  // An empty list means the browser's own order.
  transceiver.setCodecPreferences(wanted.length > 0 ? [...known].sort((a, b) => rank(a) - rank(b)) : []);
}
