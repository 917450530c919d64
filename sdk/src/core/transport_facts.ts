/** What this browser knows about the media path: the client's half of the evidence in a failure's cause. */

import { isOffline } from "./link";

export type Facts = Record<string, string | number | boolean>;

export async function transportFacts(pc: RTCPeerConnection | undefined): Promise<Facts> {
  const online = !isOffline();
  if (!pc) return { peer_connection: "none", online };
  const facts: Facts = {
    online,
    connection_state: pc.connectionState,
    ice_state: pc.iceConnectionState,
    gathering_state: pc.iceGatheringState,
    signaling_state: pc.signalingState,
    pairs: 0,
    pairs_failed: 0,
    pairs_answered: 0,
    local_candidates: 0,
    remote_candidates: 0,
  };
  const count = (name: string) => (facts[name] = (facts[name] as number) + 1);
  const report = await pc.getStats().catch(() => new Map<string, never>());
  report.forEach((entry: Record<string, unknown>) => {
    if (entry["type"] === "candidate-pair") {
      count("pairs");
      if (entry["state"] === "failed") count("pairs_failed");
      if (Number(entry["responsesReceived"] ?? 0) > 0) count("pairs_answered");
      if (entry["nominated"]) facts["round_trip_ms"] = Math.round(Number(entry["currentRoundTripTime"] ?? 0) * 1000);
    } else if (entry["type"] === "local-candidate") {
      count("local_candidates");
      facts[`local_${String(entry["candidateType"])}_${String(entry["protocol"])}`] = true;
    } else if (entry["type"] === "remote-candidate") {
      count("remote_candidates");
    } else if (entry["type"] === "transport") {
      facts["dtls_state"] = String(entry["dtlsState"] ?? "unknown");
      facts["bytes_sent"] = Number(entry["bytesSent"] ?? 0);
      facts["bytes_received"] = Number(entry["bytesReceived"] ?? 0);
    }
  });
  return facts;
}

/** The stage at which an attempt stands still. */
export function stageReached(facts: Facts): "ice" | "dtls" | "media" {
  if (facts["connection_state"] === "connected") return "media";
  const iceDone = facts["ice_state"] === "connected" || facts["ice_state"] === "completed";
  return iceDone ? "dtls" : "ice";
}
