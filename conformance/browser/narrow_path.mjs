// A path between one page and the server that carries so many bits per second and no more, as a router's queue does: packets wait
// their turn, and what would wait too long is lost. The page's answers are rewritten so that its media goes this way.
import { createSocket } from 'node:dgram';

/** What the queue holds before it drops. */
const QUEUE_MS_MAX = 300;

/** `prepare(page)` before the page connects; `limit(bitsPerSecond)` at any time, `Infinity` at first. */
export async function narrowPath() {
  let rate = Infinity;
  let freeAtMs = 0;
  let serverPort;
  let client;
  const near = createSocket('udp4');
  const far = createSocket('udp4');
  await Promise.all([near, far].map((socket) => new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve))));
  near.on('message', (packet, { port }) => {
    client = port;
    far.send(packet, serverPort, '127.0.0.1');
  });
  far.on('message', (packet) => {
    const nowMs = performance.now();
    const startMs = Math.max(nowMs, freeAtMs);
    if (startMs - nowMs > QUEUE_MS_MAX) return;
    freeAtMs = startMs + (packet.length * 8_000) / rate;
    setTimeout(() => near.send(packet, client, '127.0.0.1', () => {}), freeAtMs - nowMs);
  });
  return {
    limit(bitsPerSecond) { rate = bitsPerSecond; },
    async prepare(page) {
      await page.exposeFunction('narrowPathTo', (port) => {
        serverPort = port;
        return near.address().port;
      });
      await page.evaluate(() => {
        const { setRemoteDescription } = RTCPeerConnection.prototype;
        RTCPeerConnection.prototype.setRemoteDescription = async function (description) {
          const candidate = /(a=candidate:\S+ 1 udp \d+ \S+ )(\d+)/i;
          const port = Number(candidate.exec(description.sdp)?.[2]);
          const through = port ? await window.narrowPathTo(port) : 0;
          return setRemoteDescription.call(this, { type: description.type, sdp: description.sdp.replaceAll(new RegExp(candidate, 'gi'), `$1${through}`) });
        };
      });
    },
    close() {
      near.close();
      far.close();
    },
  };
}
