// A call without a server: painted participants that talk, mute, share and leave. For developing and testing the
// interface; it is not part of the build. The address chooses the scene: `?rehearse=6`, `?rehearse=6&screen`,
// `?rehearse=3&reconnecting`, `?rehearse=1&fail=ICE_FAILED`.

import type { Call, CallObserver, Invitation, RoomStream } from "./call";
import { ExedraError } from "../../../sdk/src/core";

const NAMES = [
  "Ada Obi", "Jun Nakamura", "Lea Fontaine", "Tomás Rivera", "Priya Raman", "Emre Aydın", "Noor El-Sayed", "Sofia Lindqvist",
  "Mateusz Zieliński", "Hana Kim", "Olu Adeyemi", "Greta Vogel", "Ivo Petrov", "Mei Chen", "Caio Santos", "Freya Madsen",
  "Yusuf Demir", "Nia Brooks", "Luca Moretti", "Anouk de Vries", "Kofi Mensah", "Elif Kaya", "Ravi Patel", "Ines Costa",
];

export interface Scene {
  others: number;
  screen: boolean;
  reconnecting: boolean;
  fail: string | null;
}

export function sceneFromQuery(query: URLSearchParams): Scene | null {
  if (!query.has("rehearse")) return null;
  return {
    others: Math.min(NAMES.length, Number(query.get("rehearse") || 0)),
    screen: query.has("screen"),
    reconnecting: query.has("reconnecting"),
    fail: query.get("fail"),
  };
}

export async function rehearse(scene: Scene, invitation: Invitation, observer: CallObserver): Promise<Call> {
  if (scene.fail) throw failure(scene.fail);
  const selfId = "self";
  const timers: number[] = [];
  const own = new Map<string, MediaStream>();
  observer.participantJoined({ id: selfId, name: invitation.name, joinedAt: Date.now() });

  const cast = NAMES.slice(0, scene.others).map((name, index) => performer(name, index));
  for (const { participant, stream } of cast) {
    observer.participantJoined(participant);
    observer.streamAdded(stream);
  }
  if (scene.screen && cast[0]) {
    const { participant } = cast[0];
    observer.streamAdded({
      id: "screen-0", participantId: participant.id, name: participant.name, source: "screen",
      hasAudio: false, hasVideo: true, videoSuspended: false, media: paint(1600, 900, drawSlide),
    });
  }

  let turn = 0;
  timers.push(
    window.setInterval(() => {
      const talking = cast.filter(({ stream }) => stream.hasAudio);
      const speaker = talking[Math.floor(turn++ / 12) % Math.max(1, talking.length)];
      observer.audioLevels(new Map(speaker ? [[speaker.stream.id, 0.2]] : []));
    }, 250),
  );
  if (scene.reconnecting) timers.push(window.setTimeout(() => observer.reconnecting(), 300));
  const lines = ["Good morning, can everybody see the plan?", "Yes, crisp.", "Two minutes, then we start with the east wing."];
  lines.forEach((text, index) => {
    const from = cast[index % Math.max(1, cast.length)];
    if (from) timers.push(window.setTimeout(() => observer.messageReceived(from.participant.id, text), 200 + index * 100));
  });

  return {
    selfId,
    projectId: "46123456",
    sessionId: "1_MX40NjEyMzQ1Nn5-rehearsal",
    async publish(media, source) {
      const id = `own-${source}`;
      own.set(id, media);
      return id;
    },
    async unpublish(streamId) {
      own.delete(streamId);
    },
    async setEnabled() {},
    async replaceTrack() {
      return true;
    },
    async send(text) {
      observer.messageReceived(selfId, text);
    },
    async stats(streamId) {
      const wobble = Math.sin(performance.now() / 3_000 + streamId.length);
      return {
        width: 1280, height: 720, framesPerSecond: 30, bitsPerSecond: 1_480_000 + wobble * 320_000,
        loss: Math.max(0, wobble) * 0.012, roundTripMs: 24 + wobble * 6, jitterMs: 3.1, videoCodec: "VP8", audioCodec: "opus",
      };
    },
    async explain() {
      const picture = (width: number, height: number, bitrate: number) => ({ width, height, frameRate: 30, bitrate });
      return {
        quality: "good", limitedBy: "bandwidth", sent: picture(320, 180, 152_000), best: picture(1280, 720, 1_480_000), wanted: {},
        nextBitrate: 510_000, estimatedBitrate: 430_000, deliveredBitrate: 180_000, lossPercent: 0.4,
      };
    },
    fit() {},
    async leave() {
      timers.forEach((timer) => clearTimeout(timer));
    },
  };
}

function performer(name: string, index: number): { participant: { id: string; name: string; joinedAt: number }; stream: RoomStream } {
  const id = `c${index}`;
  const hasVideo = index % 7 !== 3;
  const participant = { id, name, joinedAt: Date.now() - (index + 1) * 40_000 };
  const media = paint(640, 360, (context, seconds) => drawPerson(context, index, seconds));
  return {
    participant,
    stream: { id: `s${index}`, participantId: id, name, source: "camera", hasAudio: index % 4 !== 2, hasVideo, videoSuspended: false, media },
  };
}

function paint(width: number, height: number, draw: (context: CanvasRenderingContext2D, seconds: number) => void): MediaStream {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d")!;
  const frame = () => draw(context, performance.now() / 1_000);
  frame();
  setInterval(frame, 100);
  return canvas.captureStream(10);
}

/** A figure in a room: soft light, a wall, head and shoulders that breathe. */
export function drawPerson(context: CanvasRenderingContext2D, index: number, seconds: number): void {
  const { width, height } = context.canvas;
  const hue = (index * 67 + 190) % 360;
  const wall = context.createLinearGradient(0, 0, width, height);
  wall.addColorStop(0, `oklch(0.78 0.05 ${hue})`);
  wall.addColorStop(1, `oklch(0.42 0.06 ${hue + 40})`);
  context.fillStyle = wall;
  context.fillRect(0, 0, width, height);
  context.fillStyle = `oklch(0.9 0.06 ${hue + 20} / 0.5)`;
  context.fillRect(width * (index % 2 ? 0.08 : 0.72), height * 0.1, width * 0.2, height * 0.42);

  const sway = Math.sin(seconds * 0.9 + index) * width * 0.012;
  const breath = Math.sin(seconds * 1.7 + index * 2) * height * 0.008;
  const x = width / 2 + sway;
  const skin = `oklch(${0.5 + ((index * 37) % 40) / 100} 0.07 ${45 + ((index * 13) % 25)})`;
  context.fillStyle = `oklch(0.36 0.07 ${(hue + 150) % 360})`;
  context.beginPath();
  context.ellipse(x, height * 1.06 + breath, width * 0.23, height * 0.42, 0, 0, Math.PI * 2);
  context.fill();
  context.fillStyle = skin;
  context.fillRect(x - width * 0.035, height * 0.56 + breath, width * 0.07, height * 0.14);
  context.beginPath();
  context.ellipse(x, height * 0.43 + breath, width * 0.088, height * 0.2, 0, 0, Math.PI * 2);
  context.fill();
  context.fillStyle = `oklch(${0.22 + ((index * 29) % 30) / 100} 0.04 ${40 + index * 5})`;
  context.beginPath();
  context.ellipse(x, height * 0.36 + breath, width * 0.1, height * 0.17, 0, Math.PI * 0.98, Math.PI * 2.02);
  context.fill();
}

function drawSlide(context: CanvasRenderingContext2D, seconds: number): void {
  const { width, height } = context.canvas;
  context.fillStyle = "#fbfbf8";
  context.fillRect(0, 0, width, height);
  context.fillStyle = "#1d2a2c";
  context.font = "600 64px Palatino, P052, serif";
  context.fillText("East wing, second draft", 110, 170);
  context.strokeStyle = "#2b7a6e";
  context.lineWidth = 4;
  for (let ring = 0; ring < 6; ring++) {
    context.beginPath();
    context.arc(width * 0.5, height * 0.94, 180 + ring * 74, Math.PI, Math.PI * 2 - 0.2 * Math.sin(seconds + ring));
    context.stroke();
  }
}

function failure(code: string): ExedraError {
  return new ExedraError({
    type: `/errors/${code}`, title: "Media could not connect", status: 504, code, class: "NETWORK", args: {},
    detail: "Signaling works, but no media packet of this browser reached the server within 10 s.",
    effect: "operation_fails", retry: { how: "reconnect" },
    cause: {
      id: "udp_blocked_outbound", stage: "ice", confidence: 0.93,
      evidence: [
        { who: "server", fact: "no STUN packet for this ufrag on udp in 10.0 s" },
        { who: "server", fact: "websocket on tcp alive, rtt 48 ms" },
        { who: "client", fact: "4 candidate pairs failed, none answered" },
      ],
      ruled_out: ["token", "server firewall", "dtls", "codec"],
    },
    actions: {
      user: "Try another network, or turn off the VPN.",
      developer: "Nothing is wrong with your code; show the user this explanation.",
      operator: "Open UDP 5000-5003 towards the server, or enable TURN on TCP 443.",
    },
  });
}
