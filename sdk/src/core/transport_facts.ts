/** What this browser knows about the media path: the client's half of the evidence in a failure's cause. */
import { Facts } from "./cause";
import { isOffline } from "./link";

export type Figures = Record<string, string | number | boolean>;

/** What is known of relays (TURN) beside `getStats`. */
export interface Relays {
  offered: boolean;
  /** The page allows nothing else. */
  only: boolean;
  /** Codes of `icecandidateerror` events (RFC 8656 section 19; 701: no answer). */
  errors: readonly number[];
}

export interface Observed {
  /** For the log. */
  figures: Figures;
  /** For the decision. */
  facts: Facts;
}

const NO_ANSWER = 701;

export async function observeTransport(pc: RTCPeerConnection | undefined, relays: Relays): Promise<Observed> {
  const facts = new Facts().observe("page_online", !isOffline());
  facts.observe("relay_offered", relays.offered).observe("relay_only", relays.only);
  if (!pc) return { figures: { peer_connection: "none" }, facts };
  const figures = await transportFigures(pc);
  facts.observe("pairs_tried", Number(figures["pairs"]) > 0, `${figures["pairs"]} pairs`);
  facts.observe("pair_answered", Number(figures["pairs_answered"]) > 0, `${figures["pairs_answered"]} answered`);
  if (relays.offered) {
    const relayed = Object.keys(figures).some((name) => name.startsWith("local_relay_"));
    const refusals = relayed ? [] : relays.errors.filter((code) => code >= 400 && code < NO_ANSWER);
    facts.observe("relay_answered", relayed || refusals.length > 0).observe("relay_refused", refusals.length > 0, refusals.join(", "));
  }
  return { figures, facts };
}

async function transportFigures(pc: RTCPeerConnection): Promise<Figures> {
  const figures: Figures = {
    connection_state: pc.connectionState,
    ice_state: pc.iceConnectionState,
    gathering_state: pc.iceGatheringState,
    signaling_state: pc.signalingState,
    pairs: 0,
    pairs_failed: 0,
    pairs_answered: 0,
    checks_answered: 0,
    local_candidates: 0,
    remote_candidates: 0,
    bytes_received: 0,
  };
  const add = (name: string, count = 1) => (figures[name] = (figures[name] as number) + count);
  const report = await pc.getStats().catch(() => new Map<string, never>());
  report.forEach((entry: Record<string, unknown>) => {
    if (entry["type"] === "candidate-pair") {
      const answers = Number(entry["responsesReceived"] ?? 0);
      add("pairs");
      add("checks_answered", answers);
      if (entry["state"] === "failed") add("pairs_failed");
      if (answers > 0) add("pairs_answered");
      if (entry["nominated"]) figures["round_trip_ms"] = Math.round(Number(entry["currentRoundTripTime"] ?? 0) * 1000);
    } else if (entry["type"] === "local-candidate") {
      add("local_candidates");
      figures[`local_${String(entry["candidateType"])}_${String(entry["protocol"])}`] = true;
    } else if (entry["type"] === "remote-candidate") {
      add("remote_candidates");
    } else if (entry["type"] === "transport") {
      figures["dtls_state"] = String(entry["dtlsState"] ?? "unknown");
      figures["bytes_sent"] = Number(entry["bytesSent"] ?? 0);
      add("bytes_received", Number(entry["bytesReceived"] ?? 0));
    }
  });
  return figures;
}

/** What arrived of one subscription; `stats` are its own. That others play says nothing about it. */
export function observeReception(stats: ReadonlyMap<string, any>, facts: Facts): void {
  const inbound = [...stats.values()].filter(({ type }) => type === "inbound-rtp");
  const sum = (name: string, entries: any[]) => entries.reduce((total, entry) => total + Number(entry[name] ?? 0), 0);
  const bytes = sum("bytesReceived", inbound);
  facts.observe("bytes_arrive", bytes > 0, `${bytes} bytes`);
  const video = inbound.filter(({ kind }) => kind === "video");
  if (video.length === 0) return;
  const frames = sum("framesDecoded", video);
  facts.observe("frame_decoded", frames > 0, `${frames} frames`);
}

/** Longer than the time between two consent checks of a browser (RFC 7675 section 5.1). */
const WATCH_MS = 4_000;

/** Whether the path of a running call still lives, seen over some seconds. */
export async function observeLiveness(pc: RTCPeerConnection | undefined, facts: Facts): Promise<void> {
  if (!pc) return;
  const before = await transportFigures(pc);
  await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
  const after = await transportFigures(pc);
  const grown = (name: string) => Number(after[name]) - Number(before[name]);
  const within = `in ${WATCH_MS / 1000} s`;
  facts.observe("bytes_arrive", grown("bytes_received") > 0, `${grown("bytes_received")} bytes ${within}`);
  facts.observe("checks_answered", grown("checks_answered") > 0, `${grown("checks_answered")} ${within}`);
}

/** The stage at which an attempt stands still. */
export function stageReached({ figures }: Observed): "ice" | "dtls" | "media" {
  if (figures["connection_state"] === "connected") return "media";
  const iceDone = figures["ice_state"] === "connected" || figures["ice_state"] === "completed";
  return iceDone ? "dtls" : "ice";
}
