import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CAUSES, FACTS, type Fact } from "../src/generated/causes";
import { Facts } from "../src/core/cause";
import { lossOf, capture } from "../src/core/devices";
import { fault, type ExedraError } from "../src/core/error";
import { observeLiveness, observeTransport } from "../src/core/transport_facts";
import { FakeTrack, installPage, type Devices } from "./page";

let devices: Devices;
beforeEach(() => (devices = installPage()));
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** What was observed, written as in the catalogue: `!` for "does not hold". */
function facts(...observed: string[]): Facts {
  const facts = new Facts();
  for (const name of observed) facts.observe(name.replace("!", "") as Fact, !name.startsWith("!"));
  return facts;
}

test("what broke during a call is told apart by what the browser alone sees", () => {
  const cause = (...observed: string[]) => facts("page_online", "media_was_up", ...observed).decide()?.id;
  expect(cause("signaling_alive", "!bytes_arrive", "!checks_answered")).toBe("media_lost_signaling_alive");
  expect(cause("signaling_alive", "bytes_arrive", "!checks_answered")).toBe("uplink_blocked");
  expect(cause("!signaling_alive", "bytes_arrive", "checks_answered")).toBe("signaling_lost_media_alive");
  expect(cause("!signaling_alive", "!bytes_arrive", "!checks_answered")).toBe("network_lost");
  expect(cause("!page_online", "!signaling_alive", "!bytes_arrive")).toBe("client_offline");
  expect(cause("signaling_alive", "bytes_arrive", "checks_answered")).toBeUndefined();
});

test("nothing seen decides nothing, and every rule decides for its cause or for a surer one", () => {
  expect(new Facts().decide()).toBeUndefined();
  for (const { id, rules } of CAUSES) {
    for (const { when, confidence } of rules) {
      const decided = facts(...when).decide()!;
      expect(decided.id === id || decided.confidence > confidence, `${id}: ${when.join(" ")}`).toBe(true);
    }
  }
});

test("the evidence says what the browser saw, with figures, and goes to the server by ids", () => {
  const seen = facts("page_online", "pairs_tried").observe("pair_answered", false, "0 answered");
  const error = seen.explain(fault("ICE_FAILED", { operation: "publish", timeout_ms: 14_000 }));
  expect(error.problem.cause).toMatchObject({ id: "no_udp_path", stage: "ice" });
  expect(error.problem.cause!.evidence).toContainEqual({ who: "client", fact: `${FACTS.pair_answered.no} (0 answered)` });
  expect(JSON.parse(JSON.stringify(seen))).toEqual({ page_online: true, pairs_tried: true, pair_answered: false, pair_answered_detail: "0 answered" });
});

const entries = (...list: object[]) => new Map(list.map((entry, at) => [String(at), entry]));
const peerConnection = (stats: () => Map<string, object>) => ({ connectionState: "connected", getStats: async () => stats() }) as unknown as RTCPeerConnection;

test("a relay's answers are told from its silence", async () => {
  const observed = async (errors: number[], ...stats: object[]) => {
    const { facts } = await observeTransport(peerConnection(() => entries(...stats)), { offered: true, only: true, errors });
    return [facts.get("relay_answered"), facts.get("relay_refused"), facts.decide()?.id];
  };
  expect(await observed([701])).toEqual([false, false, "relay_unreachable"]);
  expect(await observed([701, 401])).toEqual([true, true, "relay_refused"]);
  expect(await observed([401], { type: "local-candidate", candidateType: "relay", protocol: "udp" })).toEqual([true, false, "client_sends_no_checks"]);
  const { facts: none } = await observeTransport(undefined, { offered: false, only: true, errors: [] });
  expect(none.decide()?.id).toBe("relay_absent");
});

test("liveness is what grew while it was watched", async () => {
  vi.useFakeTimers();
  let bytes = 1_000;
  const pc = peerConnection(() => entries({ type: "transport", bytesReceived: (bytes += 500) }, { type: "candidate-pair", responsesReceived: 7 }));
  const seen = new Facts();
  const watching = observeLiveness(pc, seen);
  await vi.runAllTimersAsync();
  await watching;
  expect([seen.get("bytes_arrive"), seen.get("checks_answered")]).toEqual([true, false]);
});

async function refused(name: string, message = ""): Promise<ExedraError> {
  const denial = Object.assign(new Error(message), { name });
  vi.spyOn(navigator.mediaDevices, "getUserMedia").mockRejectedValue(denial);
  return capture({ video: true }).then(() => Promise.reject(new Error("captured")), (error: ExedraError) => error);
}

test("each refusal of a device has the cause that the browser's exception and the page's policy tell", async () => {
  const policy = (allowed: boolean) => Object.assign(document, { featurePolicy: { allowsFeature: () => allowed } });
  policy(true);
  expect((await refused("NotAllowedError")).problem).toMatchObject({ code: "CAPTURE_DENIED", cause: { id: "permission_denied_by_user" } });
  expect((await refused("NotAllowedError", "Permission denied by system")).problem.cause?.id).toBe("permission_denied_by_system");
  expect((await refused("NotFoundError")).problem.cause?.id).toBe("device_absent");
  expect((await refused("NotReadableError")).problem).toMatchObject({ code: "DEVICE_IN_USE", cause: { id: "device_in_use" } });
  policy(false);
  expect((await refused("NotAllowedError")).problem).toMatchObject({ code: "CAPTURE_BLOCKED_BY_POLICY", cause: { id: "permission_denied_by_policy" } });
});

test("a device that disappears during a call is told from one that is still there", async () => {
  const track = new FakeTrack("video") as unknown as MediaStreamTrack;
  vi.spyOn(navigator.mediaDevices, "enumerateDevices").mockResolvedValue([]);
  expect((await lossOf(track)).problem).toMatchObject({ code: "DEVICE_GONE", args: { devices: "camera" }, cause: { id: "device_gone" } });
  vi.spyOn(navigator.mediaDevices, "enumerateDevices").mockResolvedValue([{ kind: "videoinput", deviceId: "video-1", label: "" } as MediaDeviceInfo]);
  expect((await lossOf(track)).problem.cause).toBeUndefined();
});
