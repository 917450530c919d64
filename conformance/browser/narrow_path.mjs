// A path between one page and the server that carries so many bits per second and no more, as a router's queue does: packets wait
// their turn, and what would wait too long is lost. The page's answers are rewritten so that its media goes this way.
import { createSocket } from 'node:dgram';

/** What the queue holds before it drops. */
const QUEUE_MS_MAX = 300;

/** One direction: hands on what it is given, when its turn comes. */
function queue() {
  let rate = Infinity;
  let freeAtMs = 0;
  const waiting = new Set();
  return {
    limit(bitsPerSecond) { rate = bitsPerSecond; },
    pass(packet, send) {
      const nowMs = performance.now();
      const startMs = Math.max(nowMs, freeAtMs);
      if (startMs - nowMs > QUEUE_MS_MAX) return;
      freeAtMs = startMs + (packet.length * 8_000) / rate;
      const timer = setTimeout(() => {
        waiting.delete(timer);
        send();
      }, freeAtMs - nowMs);
      waiting.add(timer);
    },
    clear() {
      for (const timer of waiting) clearTimeout(timer);
    },
  };
}

/** `prepare(page)` before the page connects; `limit(bitsPerSecond)` of what it receives and `limitUplink` at any time, `Infinity` at first. */
export async function narrowPath() {
  const [uplink, downlink] = [queue(), queue()];
  let serverPort;
  const near = createSocket('udp4');
  await new Promise((resolve) => near.bind(0, '127.0.0.1', resolve));
  // A page has a port on every interface and tries them all: each is another client to the server, as behind a NAT, and is
  // answered where it asked.
  const farOf = new Map();
  const open = (address, port) => {
    const far = createSocket('udp4');
    far.on('message', (packet) => downlink.pass(packet, () => near.send(packet, port, address, () => {})));
    farOf.set(`${address}:${port}`, far);
    return far;
  };
  near.on('message', (packet, { address, port }) => {
    const far = farOf.get(`${address}:${port}`) ?? open(address, port);
    uplink.pass(packet, () => far.send(packet, serverPort, '127.0.0.1', () => {}));
  });
  return {
    limit: downlink.limit,
    limitUplink: uplink.limit,
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
      uplink.clear();
      downlink.clear();
      for (const socket of [near, ...farOf.values()]) socket.close();
    },
  };
}
