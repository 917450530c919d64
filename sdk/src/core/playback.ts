/** Why a media element does not play: the element's own words, as typed errors. */
import { asExedraError, fault, faultBecause, type ExedraError } from "./error";

/** A `play()` that was rejected. */
export function playRefusal(error: unknown): ExedraError {
  switch (error instanceof Error ? error.name : "") {
    case "NotAllowedError":
      return faultBecause(error, "AUTOPLAY_BLOCKED");
    case "AbortError":
      return faultBecause(error, "MEDIA_PLAYBACK_ABORTED");
    case "NotSupportedError":
      return faultBecause(error, "MEDIA_PLAYBACK_UNSUPPORTED");
    default:
      return asExedraError(error);
  }
}

const BY_MEDIA_ERROR = {
  1: "MEDIA_PLAYBACK_ABORTED",
  2: "MEDIA_PLAYBACK_NETWORK",
  3: "MEDIA_PLAYBACK_DECODE",
  4: "MEDIA_PLAYBACK_UNSUPPORTED",
} as const;

/** The element's `error` (HTML, 4.8.11.1). */
export function playbackError({ error }: HTMLMediaElement): ExedraError | undefined {
  const code = BY_MEDIA_ERROR[error?.code as keyof typeof BY_MEDIA_ERROR];
  return code && fault(code);
}
