/** What a sender wants of Opus is written into the answer: an encoder obeys the other side's `a=fmtp` (RFC 7587, section 7). */

export interface OpusTuning {
  stereo?: boolean;
  dtx?: boolean;
  bitrate?: number;
}

/** Returns the answer with the tunings written into the sections of these mids. */
export function tuneOpus(answer: string, tunings: ReadonlyMap<string, OpusTuning>): string {
  if (tunings.size === 0) return answer;
  const [session, ...sections] = answer.split(/^(?=m=)/m);
  return session + sections.map((section) => tuneSection(section, tunings.get(/^a=mid:(\S+)/m.exec(section)?.[1] ?? ""))).join("");
}

function tuneSection(section: string, tuning: OpusTuning | undefined): string {
  const payload = /^a=rtpmap:(\d+) opus\//im.exec(section)?.[1];
  const parameters = tuning && Object.entries(fmtp(tuning));
  if (!payload || !parameters || parameters.length === 0) return section;
  const line = new RegExp(`^a=fmtp:${payload} ([^\\r\\n]*)`, "m");
  const present = new Map((line.exec(section)?.[1] ?? "").split(";").filter(Boolean).map((pair) => pair.trim().split("=") as [string, string]));
  for (const [name, value] of parameters) present.set(name, value);
  const written = `a=fmtp:${payload} ${[...present].map(([name, value]) => `${name}=${value}`).join(";")}`;
  return line.test(section) ? section.replace(line, written) : section.replace(/^(a=rtpmap:\d+ opus\/[^\r\n]*\r?\n)/im, `$1${written}\r\n`);
}

function fmtp({ stereo, dtx, bitrate }: OpusTuning): Record<string, string> {
  return {
    ...(stereo && { stereo: "1", "sprop-stereo": "1" }),
    ...(dtx && { usedtx: "1" }),
    ...(bitrate && { maxaveragebitrate: String(bitrate) }),
  };
}
