// A person in a call made with the SDK core: a page on the server's origin, driven by the test.
import { closePage, hears, keepLines, openPage, seesMovingPicture, telling } from './harness.mjs';

/** Credentials for a room of the development server. */
export async function credentials(serverUrl, room, name) {
  const answer = await fetch(new URL('/dev/join', serverUrl), {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ room, name }),
  });
  const { session_id: sessionId, token } = await answer.json();
  return { sessionId, token };
}

/** Who is in each room of this test. */
const rooms = new Map();

/** Joins the room and subscribes to everybody; publishes when `options` (as for `Room.publish`) are given. */
export async function enter(browser, serverUrl, room, name, options) {
  const page = await openPage(browser, new URL('/healthz', serverUrl).href);
  const call = (method, ...args) => page.evaluate(([method, args]) => window.participant[method](...args), [method, args]);
  const people = rooms.get(room) ?? new Map();
  rooms.set(room, people.set(name, () => call('state')));
  await page.evaluate(keepLines);
  await page.evaluate(becomeParticipant, await credentials(serverUrl, room, name));
  if (options) await telling(call('publish', name, options), people);
  const videoOf = (other) => `video[data-stream="${other}"]`;
  return {
    do: (...args) => telling(call(...args), people),
    sees: (other) => telling(seesMovingPicture(page, videoOf(other)), people),
    hears: (other) => telling(hears(page, videoOf(other)), people),
    close: () => {
      people.delete(name);
      return closePage(page);
    },
  };
}

/** Runs in the page: makes `window.participant`. Every wait is for a condition and ends with what was seen last. */
async function becomeParticipant(credentials) {
  const { connect, capture } = await import(new URL('/sdk/exedra.esm.js', location.href).href);
  const watched = new Map();
  const log = [];

  async function until(what, check, timeoutMs = 60_000) {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const value = await check();
      if (value) return value;
      if (performance.now() > deadline) throw new Error(`timed out: ${what()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async function watch(stream) {
    try {
      const subscription = await room.subscribe(stream);
      const video = Object.assign(document.createElement('video'), { autoplay: true, playsInline: true, muted: true });
      video.dataset.stream = stream.name;
      video.srcObject = subscription.mediaStream;
      document.body.append(video);
      watched.set(stream.name, { subscription, video });
    } catch (error) {
      log.push(`subscribe ${stream.name}: ${error.code} ${error.message}`);
    }
  }

  const view = (name) => until(() => `no subscription to ${name}; log: ${log.join(' | ')}`, () => watched.get(name));

  const room = await connect({ url: location.origin, ...credentials });
  room.on('streamCreated', ({ stream }) => watch(stream));
  room.on('streamUpdated', ({ stream, changes }) => changes.forEach((c) => log.push(`${stream.name}.${c.property}=${c.newValue}`)));
  room.on('streamDestroyed', ({ stream, reason }) => log.push(`${stream.name} ended: ${reason}`));
  room.on('signal', ({ type, data }) => log.push(`signal ${type}: ${data}`));
  for (const stream of room.streams.values()) watch(stream);

  window.participant = {
    async publish(name, { width = 640, height = 360, ...options }) {
      const media = await capture({ audio: true, video: { width, height } });
      this.publication = await room.publish(media, { name, ...options });
    },
    /** Another camera: the same one, asked for another size. */
    async changeCamera(width, height) {
      const [track] = (await capture({ video: { width, height } })).getVideoTracks();
      const before = this.publication.track('video');
      await this.publication.replaceTrack('video', track);
      before.stop();
    },
    setAudio(on) { return this.publication.setAudio(on); },
    setVideo(on) { return this.publication.setVideo(on); },
    unpublish() { return this.publication.unpublish(); },
    signal(signal) { return room.signal(signal); },
    leave() { return room.leave(); },
    heard: (line) => until(() => `${line}; heard: ${log.join(' | ')}`, () => log.includes(line)).then(() => true),

    /** What this participant wants of the named stream, as for `Subscription.update`. */
    prefer: async (name, preferences) => (await view(name)).subscription.update(preferences),

    /** What the named picture is played in from now on: an element of this size, which the subscription follows. */
    async showIn(name, width, height) {
      const { subscription, video } = await view(name);
      Object.assign(video.style, { width: `${width}px`, height: `${height}px` });
      subscription.attach(video);
    },

    /** For who asks why a wait was in vain. */
    async state() {
      const sees = await Promise.all([...watched].map(async ([name, { subscription, video }]) =>
        [name, { lines: video.videoHeight, ...await this.received(name), ...await subscription.explain() }]));
      return { log, sends: this.publication && await this.layers(), sees: Object.fromEntries(sees) };
    },

    explain: async (name) => (await view(name)).subscription.explain(),

    /** The layers of the own picture of which bytes are sent, when they have been these for more than a second. */
    async sends(rids) {
      const bytes = async () => {
        const layers = [...(await this.publication.rawStats()).values()].filter(({ type, kind }) => type === 'outbound-rtp' && kind === 'video');
        return new Map(layers.map(({ rid, bytesSent }) => [rid, bytesSent]));
      };
      let seen = [];
      return until(() => `sends ${seen}, not ${rids}`, async () => {
        const before = await bytes();
        await new Promise((resolve) => setTimeout(resolve, 1_200));
        seen = [...await bytes()].filter(([rid, now]) => now > before.get(rid)).map(([rid]) => rid).sort();
        return `${seen}` === `${[...rids].sort()}` && seen;
      });
    },

    /** What the browser says of each encoding of the own picture. */
    async layers() { return (await this.publication.stats()).video.layers; },

    /** What the browser says of the named picture that it receives: nothing, before its first packet. */
    async received(name) {
      const { subscription } = await view(name);
      const { packetsReceived = 0, packetsLost = 0, packetsDiscarded = 0, framesReceived = 0, framesDecoded = 0, framesDropped = 0 } =
        [...(await subscription.rawStats()).values()].find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video') ?? {};
      return { packetsReceived, packetsLost, packetsDiscarded, framesReceived, framesDecoded, framesDropped };
    },

    /** Waits until so many frames of the named picture have been decoded. */
    async decodes(name, frames) {
      let seen;
      return until(() => `${frames} frames of ${name}; seen ${JSON.stringify(seen)}`, async () => {
        seen = await this.received(name);
        return seen.framesDecoded >= frames && seen;
      });
    },

    codec: async (name) => (await (await view(name)).subscription.stats()).video.codec,

    /** Waits until the named stream's picture has this height and goes on; resolves with its statistics. */
    async height(name, height) {
      const { subscription, video } = await view(name);
      const stats = async () => (await subscription.stats()).video;
      await until(() => `the picture of ${name} has ${video.videoHeight} lines, not ${height}`, () => video.videoHeight === height);
      const before = (await stats()).frames;
      return until(() => `the picture of ${name} stands still`, async () => {
        const now = await stats();
        return now.frames > before + 15 && now;
      });
    },
  };
}
