/**
 * Layers of a camera's picture: the same picture in several sizes, so that each receiver gets the one that fits its place and its
 * path. Knows how many are worth it and what they may cost.
 */

/** From this many pixels on browsers send so many layers; of more than that they drop the largest, not the smallest. */
const PIXELS_MIN = [0, 480 * 270, 960 * 540];
const RIDS = ["q", "h", "f"];

interface Layer extends RTCRtpEncodingParameters {
  rid: string;
  scaleResolutionDownBy: number;
  maxBitrate: number;
}

/** Smallest first. `undefined`: one picture is all that is worth sending. */
export function layersOf(width: number, height: number): RTCRtpEncodingParameters[] | undefined {
  const count = countOf(width, height);
  return count < 2 ? undefined : layersAmong(RIDS.slice(-count), width, height);
}

/**
 * Of the encodings that were agreed on, be it for a picture of another size, those that this one is worth: the first ones, because
 * browsers that send fewer drop the last. The last of the result is the whole picture.
 */
export function layersAmong(rids: string[], width: number, height: number): Layer[] {
  return rids.slice(0, countOf(width, height)).map((rid, index, { length }) => {
    const scale = 2 ** (length - 1 - index);
    return { rid, scaleResolutionDownBy: scale, maxBitrate: bitrateOf((width * height) / scale ** 2) };
  });
}

function countOf(width: number, height: number): number {
  return PIXELS_MIN.filter((pixels) => width * height >= pixels).length;
}

/** 1.7 Mbit/s for 1280 × 720; a picture of a quarter of the pixels needs more than a quarter of the bits. */
function bitrateOf(pixels: number): number {
  return Math.round((1_700_000 * (pixels / (1280 * 720)) ** 0.875) / 10_000) * 10_000;
}
