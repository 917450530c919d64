// Where each tile of the call stands. Pure geometry: counts and pixels in, rectangles out.

export interface Size {
  width: number;
  height: number;
}

export interface Rect extends Size {
  x: number;
  y: number;
}

export interface Arrangement {
  /** Tile ids in reading order. */
  tiles: readonly string[];
  /** This tile gets the large place, the others a strip. */
  focus: string | null;
  /** In a conversation of two, this tile floats in a corner over the other. */
  self: string | null;
}

/** Tiles are cropped to fit, but no further than these shapes (width / height): faces stay in the picture. */
const ASPECT_MIN = 0.75;
const ASPECT_MAX = 1.78;
/** Camera pictures are this shape; a tile of another shape hides a part of them. */
const ASPECT_PICTURE = 16 / 9;

export function arrange(arrangement: Arrangement, stage: Size, gap: number): Map<string, Rect> {
  const { tiles, focus, self } = arrangement;
  if (stage.width <= 0 || stage.height <= 0 || tiles.length === 0) return new Map();
  if (focus !== null && tiles.includes(focus) && tiles.length > 1) return spotlight(tiles, focus, stage, gap);
  if (self !== null && tiles.length === 2 && tiles.includes(self)) return duet(tiles, self, stage, gap);
  return grid(tiles, { x: 0, y: 0, ...stage }, gap);
}

/** Equal tiles, as large as the stage allows; a last row that is not full stands in the middle. */
export function grid(tiles: readonly string[], stage: Rect, gap: number): Map<string, Rect> {
  const placed = new Map<string, Rect>();
  if (tiles.length === 0) return placed;
  const { columns, tile } = bestGrid(tiles.length, stage, gap);
  const rows = Math.ceil(tiles.length / columns);
  const top = stage.y + (stage.height - rows * tile.height - (rows - 1) * gap) / 2;
  tiles.forEach((id, index) => {
    const row = Math.floor(index / columns);
    const inRow = row === rows - 1 ? tiles.length - row * columns : columns;
    const left = stage.x + (stage.width - inRow * tile.width - (inRow - 1) * gap) / 2;
    placed.set(id, {
      x: left + (index - row * columns) * (tile.width + gap),
      y: top + row * (tile.height + gap),
      ...tile,
    });
  });
  return placed;
}

function bestGrid(count: number, stage: Size, gap: number): { columns: number; tile: Size } {
  let best = { columns: 1, tile: { width: 0, height: 0 }, score: -1 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const cell = {
      width: Math.max(0, (stage.width - (columns - 1) * gap) / columns),
      height: Math.max(0, (stage.height - (rows - 1) * gap) / rows),
    };
    const tile = clampAspect(cell);
    const score = visiblePictureArea(tile);
    if (score > best.score) best = { columns, tile, score };
  }
  return best;
}

function clampAspect(cell: Size): Size {
  return {
    width: Math.min(cell.width, cell.height * ASPECT_MAX),
    height: Math.min(cell.height, cell.width / ASPECT_MIN),
  };
}

/** A large tile that crops most of its picture is worth less than its area. */
function visiblePictureArea(tile: Size): number {
  if (tile.height === 0) return 0;
  const aspect = tile.width / tile.height;
  const shown = Math.min(aspect / ASPECT_PICTURE, ASPECT_PICTURE / aspect);
  return tile.width * tile.height * Math.sqrt(shown);
}

/** One large tile; the others in a strip beside it (wide stage) or below it (tall stage). */
function spotlight(tiles: readonly string[], focus: string, stage: Size, gap: number): Map<string, Rect> {
  const others = tiles.filter((id) => id !== focus);
  const wide = stage.width >= stage.height * 1.2;
  const columns = wide ? Math.ceil(others.length / 8) : 0;
  const strip = wide
    ? Math.min(stage.width * 0.36, Math.max(140, stage.width * 0.18) * columns)
    : Math.min(stage.height * 0.36, others.length > 4 ? 220 : 120);
  const large: Rect = wide
    ? { x: 0, y: 0, width: stage.width - strip - gap, height: stage.height }
    : { x: 0, y: 0, width: stage.width, height: stage.height - strip - gap };
  const rest: Rect = wide
    ? { x: stage.width - strip, y: 0, width: strip, height: stage.height }
    : { x: 0, y: stage.height - strip, width: stage.width, height: strip };
  return new Map([[focus, large], ...grid(others, rest, gap)]);
}

/** Two people: the other fills the stage, oneself sits in the corner. */
function duet(tiles: readonly string[], self: string, stage: Size, gap: number): Map<string, Rect> {
  const other = tiles.find((id) => id !== self)!;
  const width = Math.round(Math.min(260, Math.max(96, stage.width * 0.2)));
  const height = Math.round(width * (stage.width < stage.height ? 4 / 3 : 9 / 16));
  const inset = gap * 1.5;
  return new Map([
    [other, { x: 0, y: 0, ...stage }],
    [self, { x: stage.width - width - inset, y: stage.height - height - inset, width, height }],
  ]);
}
