// Room names: how they look, where they stand in the address, and how a new one is made up.
// `/r/blue-room` and `/#/r/blue-room` both name the room `blue-room`; links we hand out use the second form, which
// any static file server can answer.

export const ROOM_NAME_LENGTH_MAX = 64;

/** The room an address names, or `null` for the lobby without a room. */
export function roomFromAddress(address: { pathname: string; hash: string }): string | null {
  for (const path of [address.hash.replace(/^#/, ""), address.pathname]) {
    const match = /^\/r\/([^/?]+)\/?$/.exec(path);
    if (match?.[1]) return cleanRoomName(decode(match[1])) || null;
  }
  return null;
}

export function roomHash(room: string): string {
  return `#/r/${encodeURIComponent(room)}`;
}

export function roomLink(origin: string, room: string): string {
  return `${origin.replace(/\/$/, "")}/${roomHash(room)}`;
}

/** What a person typed, as a name that reads the same aloud, in a link and in a terminal. */
export function cleanRoomName(typed: string): string {
  return typed
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+/, "")
    .slice(0, ROOM_NAME_LENGTH_MAX)
    .replace(/-+$/, "");
}

const STONES = ["amber", "basalt", "chalk", "copper", "flint", "granite", "ivory", "jade", "marble", "ochre", "opal", "slate"];
const PLACES = ["arcade", "atrium", "balcony", "cloister", "court", "garden", "gallery", "loggia", "niche", "portico", "stoa", "terrace"];

/** `random` yields numbers in [0, 1). */
export function inventRoomName(random: () => number): string {
  const pick = (words: string[]) => words[Math.floor(random() * words.length)] ?? words[0]!;
  return `${pick(STONES)}-${pick(PLACES)}-${10 + Math.floor(random() * 90)}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
