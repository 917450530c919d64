/** What a subscriber wants of a stream. */
import type * as wire from "../generated/wire";

/** An absent field keeps its value; at first audio and video are on, without limits. */
export interface SubscriptionPreferences {
  audio?: boolean;
  video?: boolean;
  /** Size of the picture on the page, in device pixels. */
  width?: number;
  height?: number;
  frameRate?: number;
  /** 0 to 255, initially 100; the higher wins when bandwidth is short. */
  priority?: number;
}

export function preferencesOnWire(preferences: SubscriptionPreferences): wire.SubscriptionPreferences {
  const { audio, video, width, height, frameRate, priority } = preferences;
  return {
    ...(audio !== undefined && { audio }),
    ...(video !== undefined && { video }),
    ...(width !== undefined && { width_max: Math.ceil(width) }),
    ...(height !== undefined && { height_max: Math.ceil(height) }),
    ...(frameRate !== undefined && { frame_rate_max: Math.ceil(frameRate) }),
    ...(priority !== undefined && { priority }),
  };
}

export function preferencesFromWire(from: wire.SubscriptionPreferences): SubscriptionPreferences {
  const { audio, video, width_max: width, height_max: height, frame_rate_max: frameRate, priority } = from;
  return {
    ...(audio !== undefined && { audio }),
    ...(video !== undefined && { video }),
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    ...(frameRate !== undefined && { frameRate }),
    ...(priority !== undefined && { priority }),
  };
}
