// The link that others can open. `localhost` means another machine to everybody else, so a development server tells
// its https address in the local network.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { roomLink } from "../model/room_name";

const lanOrigin = signal<string | null>(null);
let asked = false;

async function askServer(): Promise<void> {
  // Only a development server answers; without an answer the page's own address has to do.
  const response = await fetch("/dev/info").catch(() => null);
  const info: unknown = response?.ok ? await response.json().catch(() => null) : null;
  if (typeof info === "object" && info !== null && "https_url" in info && typeof info.https_url === "string") {
    lanOrigin.value = info.https_url;
  }
}

export interface InvitationLink {
  link: string;
  /** Whether another device can open it. */
  reachable: boolean;
  command: string;
}

export function useInvitation(room: string): InvitationLink {
  useEffect(() => {
    if (asked) return;
    asked = true;
    void askServer();
  }, []);
  const local = isLoopback(location.hostname);
  const origin = local && lanOrigin.value ? lanOrigin.value : location.origin;
  return {
    link: roomLink(origin, room),
    reachable: !isLoopback(new URL(origin).hostname),
    command: `exedra join --demo --url ${location.origin} --room ${room}`,
  };
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname.startsWith("127.") || hostname === "[::1]";
}
