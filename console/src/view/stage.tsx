// The tiles of the call: which there are, and where each stands. Tiles are placed absolutely and keyed by stream, so
// that a picture never restarts because somebody else came or went.

import { useLayoutEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { RoomStream } from "../call/call";
import type { CallModel } from "../model/call_model";
import { absenceOf } from "../model/explanation";
import { arrange, type Size } from "../model/grid";
import { Tile, type TileContent } from "./tile";

const TILES_MAX = 25;
const OWN_CAMERA = "own-camera";
const OWN_SCREEN = "own-screen";

export function Stage({ call }: { call: CallModel }) {
  const element = useRef<HTMLDivElement>(null);
  const size = useSignal<Size>({ width: 0, height: 0 });
  const pinned = useSignal<string | null>(null);

  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      if (entry) size.value = { width: entry.contentRect.width, height: entry.contentRect.height };
    });
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);

  const tiles = tilesOf(call);
  const shown = tiles.slice(0, TILES_MAX);
  const focus = [pinned.value, shown.find(({ source }) => source === "screen")?.id].find((id) => shown.some((tile) => tile.id === id)) ?? null;
  const gap = size.value.width < 600 ? 6 : 12;
  const places = arrange({ tiles: shown.map(({ id }) => id), focus, self: OWN_CAMERA }, size.value, gap);
  const floating = focus === null && shown.length === 2;

  return (
    <div class="stage" ref={element} role="list" aria-label="Participants">
      {tiles.map((tile) => (
        <Tile
          key={tile.id} call={call} content={tile} place={places.get(tile.id) ?? null} pinned={pinned.value === tile.id} pinnable={shown.length > 2}
          floating={floating && tile.id === OWN_CAMERA} speaking={tile.streamId !== null && call.speaker.value === tile.streamId}
          onPin={() => (pinned.value = pinned.value === tile.id ? null : tile.id)}
        />
      ))}
      {tiles.length > TILES_MAX && <p class="stage-more">and {tiles.length - TILES_MAX} more in the room</p>}
    </div>
  );
}

/** Screens first, then the others as they came, oneself last. Whoever publishes nothing (yet) still has a place. */
function tilesOf(call: CallModel): TileContent[] {
  const { camera, microphone, stream } = call.local;
  const streams = [...call.streams.value.values()];
  const screens = streams.filter(({ source }) => source === "screen").map((screen) => remoteTile(screen.id, screen));
  const ownScreen = call.ownScreen.value;
  if (ownScreen) {
    screens.push({
      id: OWN_SCREEN, streamId: call.ownScreenStream.value, name: "Your screen", source: "screen", own: true, hasAudio: true, absence: null, media: ownScreen,
    });
  }
  const others = call.others.value.flatMap(({ id, name }) => {
    const cameras = streams.filter(({ participantId, source }) => participantId === id && source === "camera");
    if (cameras.length === 0) return [{ id, streamId: null, name, source: "camera", own: false, hasAudio: false, absence: "camera off", media: null } as const];
    // The first stream takes the place that its publisher had before.
    return cameras.map((stream, index) => remoteTile(index === 0 ? id : stream.id, stream));
  });
  return [
    ...screens,
    ...others,
    {
      id: OWN_CAMERA, streamId: call.ownCameraStream.value, name: call.name, source: "camera", own: true,
      hasAudio: microphone.value.state === "on", absence: camera.value.state === "on" ? null : "camera off", media: stream.value,
    },
  ];
}

function remoteTile(id: string, stream: RoomStream): TileContent {
  const { id: streamId, name, source, hasAudio, media } = stream;
  return { id, streamId, name, source, own: false, hasAudio, absence: absenceOf(stream), media };
}
