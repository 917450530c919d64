// Produced by `cargo xtask gen` from catalog/; do not edit.

import type { Stage } from "./problem";

/** What a browser can observe of an attempt or a call. */
export type Fact = 
  | "signaling_alive"
  | "page_online"
  | "relay_offered"
  | "relay_only"
  | "relay_answered"
  | "relay_refused"
  | "pairs_tried"
  | "pair_answered"
  | "checks_answered"
  | "bytes_arrive"
  | "frame_decoded"
  | "media_was_up"
  | "page_secure"
  | "policy_allows"
  | "system_allows"
  | "user_allows"
  | "device_present"
  | "device_opens"
  | "device_was_live";

/** Facts that must hold, with `!` must not hold, for the cause to be decided with this confidence. */
export interface Rule {
  when: (Fact | `!${Fact}`)[];
  confidence: number;
}

export interface CauseRow {
  id: string;
  stage: Stage;
  ruledOut: string[];
  rules: Rule[];
}

/** What is said as evidence when a fact was observed to hold, and to not hold. */
export const FACTS: Record<Fact, { yes: string; no: string }> = {
  signaling_alive: { yes: "the signaling connection is alive", no: "the signaling connection is gone" },
  page_online: { yes: "the browser says that it is online", no: "the browser says that it is offline" },
  relay_offered: { yes: "the client was given a relay (TURN)", no: "the client was given no relay (TURN)" },
  relay_only: { yes: "the page allows nothing but a relay (TURN)", no: "the page allows direct paths" },
  relay_answered: { yes: "the relay (TURN) answered the client", no: "the relay (TURN) did not answer the client" },
  relay_refused: { yes: "the relay (TURN) refused the client", no: "the relay (TURN) did not refuse the client" },
  pairs_tried: { yes: "the browser tried candidate pairs", no: "the browser tried no candidate pair" },
  pair_answered: { yes: "a candidate pair was answered", no: "no candidate pair was answered" },
  checks_answered: { yes: "the server answers the browser's connectivity checks", no: "the server no longer answers the browser's connectivity checks" },
  bytes_arrive: { yes: "packets arrive at the browser", no: "no packet arrives at the browser" },
  frame_decoded: { yes: "the browser decoded a frame", no: "the browser decoded no frame" },
  media_was_up: { yes: "the media path had worked before", no: "the media path had never worked" },
  page_secure: { yes: "the page is a secure context", no: "the page is not a secure context" },
  policy_allows: { yes: "the page's permissions policy allows the device", no: "the page's permissions policy forbids the device" },
  system_allows: { yes: "the operating system lets the browser use the device", no: "the operating system denies the browser the device" },
  user_allows: { yes: "the user allows the device", no: "the user denies the device" },
  device_present: { yes: "the device is there", no: "the device is not there" },
  device_opens: { yes: "the device could be opened", no: "the device could not be opened" },
  device_was_live: { yes: "the device had delivered media before", no: "the device had not delivered media before" },
};

export const CAUSES: CauseRow[] = [
  {
    id: "client_offline",
    stage: "signaling",
    ruledOut: ["server", "token"],
    rules: [
      { when: ["!page_online"], confidence: 0.95 },
    ],
  },
  {
    id: "signaling_lost_media_alive",
    stage: "signaling",
    ruledOut: ["udp", "client device"],
    rules: [
      { when: ["!signaling_alive", "bytes_arrive"], confidence: 0.9 },
    ],
  },
  {
    id: "network_lost",
    stage: "signaling",
    ruledOut: ["token", "codec"],
    rules: [
      { when: ["!signaling_alive", "!bytes_arrive", "media_was_up"], confidence: 0.8 },
    ],
  },
  {
    id: "signaling_lost",
    stage: "signaling",
    ruledOut: ["token", "codec"],
    rules: [
      { when: ["!signaling_alive"], confidence: 0.5 },
    ],
  },
  {
    id: "relay_refused",
    stage: "ice",
    ruledOut: ["token", "dtls", "codec"],
    rules: [
      { when: ["relay_only", "relay_refused"], confidence: 0.97 },
    ],
  },
  {
    id: "client_sends_no_checks",
    stage: "ice",
    ruledOut: ["server firewall", "dtls"],
    rules: [
      { when: ["!pairs_tried"], confidence: 0.4 },
    ],
  },
  {
    id: "relay_absent",
    stage: "ice",
    ruledOut: ["token", "firewall", "dtls", "codec"],
    rules: [
      { when: ["relay_only", "!relay_offered"], confidence: 0.95 },
    ],
  },
  {
    id: "relay_unreachable",
    stage: "ice",
    ruledOut: ["token", "announced address", "dtls", "codec"],
    rules: [
      { when: ["relay_only", "relay_offered", "!relay_answered", "!relay_refused"], confidence: 0.85 },
    ],
  },
  {
    id: "no_udp_path",
    stage: "ice",
    ruledOut: ["token", "dtls", "codec"],
    rules: [
      { when: ["pairs_tried", "!pair_answered"], confidence: 0.3 },
    ],
  },
  {
    id: "media_lost_signaling_alive",
    stage: "playing",
    ruledOut: ["token", "server process"],
    rules: [
      { when: ["media_was_up", "!bytes_arrive", "!checks_answered", "signaling_alive"], confidence: 0.9 },
    ],
  },
  {
    id: "uplink_blocked",
    stage: "playing",
    ruledOut: ["token", "dtls", "server process"],
    rules: [
      { when: ["media_was_up", "bytes_arrive", "!checks_answered", "signaling_alive"], confidence: 0.85 },
    ],
  },
  {
    id: "media_stalled",
    stage: "first_packet",
    ruledOut: ["token", "firewall"],
    rules: [
      { when: ["pair_answered"], confidence: 0.2 },
    ],
  },
  {
    id: "insecure_page",
    stage: "device",
    ruledOut: ["user", "device", "network"],
    rules: [
      { when: ["!page_secure"], confidence: 0.99 },
    ],
  },
  {
    id: "permission_denied_by_policy",
    stage: "device",
    ruledOut: ["user", "device", "network"],
    rules: [
      { when: ["page_secure", "!policy_allows"], confidence: 0.97 },
    ],
  },
  {
    id: "permission_denied_by_system",
    stage: "device",
    ruledOut: ["policy", "insecure page", "network"],
    rules: [
      { when: ["page_secure", "!system_allows"], confidence: 0.9 },
    ],
  },
  {
    id: "permission_denied_by_user",
    stage: "device",
    ruledOut: ["insecure page", "network"],
    rules: [
      { when: ["page_secure", "policy_allows", "!user_allows"], confidence: 0.95 },
      { when: ["page_secure", "!user_allows"], confidence: 0.7 },
    ],
  },
  {
    id: "device_absent",
    stage: "device",
    ruledOut: ["permission", "network"],
    rules: [
      { when: ["page_secure", "!device_present", "!device_was_live"], confidence: 0.95 },
    ],
  },
  {
    id: "device_in_use",
    stage: "device",
    ruledOut: ["permission", "network"],
    rules: [
      { when: ["user_allows", "device_present", "!device_opens"], confidence: 0.8 },
    ],
  },
  {
    id: "device_gone",
    stage: "device",
    ruledOut: ["permission", "network"],
    rules: [
      { when: ["device_was_live", "!device_present"], confidence: 0.95 },
    ],
  },
];
