// One picture of the stage, with who it is and how they are.

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { StreamSource } from "../call/call";
import type { CallModel } from "../model/call_model";
import type { Absence } from "../model/explanation";
import type { Rect } from "../model/grid";
import { preferences } from "../model/preferences";
import { Avatar, mineralOf } from "./avatar";
import { Icon } from "./icon";
import { PictureReason } from "./picture_reason";
import { StatsOverlay } from "./stats_overlay";
import { Video } from "./video";

export interface TileContent {
  id: string;
  /** `null` while nothing is published. */
  streamId: string | null;
  name: string;
  source: StreamSource;
  own: boolean;
  hasAudio: boolean;
  absence: Absence | null;
  media: MediaStream | null;
}

interface TileProps {
  call: CallModel;
  content: TileContent;
  /** `null`: no room on the stage; it is heard, not seen. */
  place: Rect | null;
  speaking: boolean;
  floating: boolean;
  pinned: boolean;
  pinnable: boolean;
  onPin(): void;
}

export function Tile({ call, content, place, speaking, floating, pinned, pinnable, onPin }: TileProps) {
  const { streamId, name, source, own, hasAudio, absence, media } = content;
  const element = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    if (!place || !element.current) return;
    // Through the object model: a style attribute would need an exception in the content security policy.
    const { style } = element.current;
    style.translate = `${place.x}px ${place.y}px`;
    style.width = `${place.width}px`;
    style.height = `${place.height}px`;
  }, [place?.x, place?.y, place?.width, place?.height]);

  const width = Math.round((place?.width ?? 0) * devicePixelRatio);
  const height = Math.round((place?.height ?? 0) * devicePixelRatio);
  useEffect(() => {
    if (streamId && !own) call.call.peek()?.fit(streamId, width, height);
  }, [streamId, width, height]);

  const who = own && source === "camera" ? `${name} (you)` : source === "screen" && !own ? `${name}’s screen` : name;
  const classes = ["tile", `tile-${source}`, `mineral-${mineralOf(name)}`, speaking && "tile-speaking", floating && "tile-floating"];
  return (
    <div
      class={classes.filter(Boolean).join(" ")} ref={element} role="listitem" hidden={place === null} data-stream={streamId ?? undefined} data-own={own || undefined}
      aria-label={[who, !hasAudio && source === "camera" && "microphone off", absence].filter(Boolean).join(", ")}
    >
      <Video
        media={media} label={who} muted={own} mirrored={own && source === "camera"} hidden={absence !== null} speakerId={preferences.speakerId.value}
        onBlocked={() => (call.soundBlocked.value = true)}
      />
      {absence && <Avatar name={name} />}
      {call.statsShown.value && streamId && <StatsOverlay stats={call.stats.value.get(streamId) ?? null} />}
      <footer class="tile-name">
        {!hasAudio && source === "camera" && <Icon name="microphone-off" />}
        {speaking && <i class="tile-voice"><i /><i /><i /></i>}
        <span>{who}</span>
      </footer>
      {streamId && !own && <PictureReason call={call} streamId={streamId} name={name} absence={absence} />}
      {pinnable && !floating && (
        <button class="tile-pin" type="button" aria-pressed={pinned} aria-label={pinned ? `Show everybody` : `Enlarge ${who}`} onClick={onPin}>
          <Icon name={pinned ? "grid" : "focus"} />
        </button>
      )}
    </div>
  );
}
