/** Why a picture is as it is, as the server's media plane sees it. */
import type * as wire from "../generated/wire";
import { preferencesFromWire, type SubscriptionPreferences } from "./preferences";

/** `endangered`: the path does not carry even the smallest picture, which is given up soon. `suspended`: audio only, until it recovers. */
export type VideoQuality = wire.VideoQuality;

export interface Picture {
  width: number | undefined;
  height: number | undefined;
  frameRate: number;
  /** Bits per second. */
  bitrate: number;
}

/** What keeps a picture from being better. */
export type Limit = wire.Limit;

export interface Explanation {
  quality: VideoQuality;
  /** `undefined`: nothing; it is the best that the publisher sends. */
  limitedBy: Limit | undefined;
  /** What is sent now; `undefined`: nothing. */
  sent: Picture | undefined;
  /** The best that the publisher sends now. */
  best: Picture | undefined;
  wanted: SubscriptionPreferences;
  /** Bits per second of the next better picture. */
  nextBitrate: number | undefined;
  /** Bits per second that the path is believed to carry, for everything this client receives. */
  estimatedBitrate: number | undefined;
  /** Bits per second that arrived lately. */
  deliveredBitrate: number;
  /** Of the packets to this client, 0 to 100. */
  lossPercent: number;
}

export function explanationFrom(from: wire.Explanation): Explanation {
  return {
    quality: from.quality,
    limitedBy: from.limited_by,
    sent: from.sent && pictureFrom(from.sent),
    best: from.best && pictureFrom(from.best),
    wanted: preferencesFromWire(from.wanted),
    nextBitrate: from.next_bps,
    estimatedBitrate: from.estimate_bps,
    deliveredBitrate: from.delivered_bps,
    lossPercent: from.loss * 100,
  };
}

function pictureFrom({ width, height, frame_rate: frameRate, bitrate_bps: bitrate }: wire.Picture): Picture {
  return { width, height, frameRate, bitrate };
}
