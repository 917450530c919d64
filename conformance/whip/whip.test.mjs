// WHIP in and WHEP out with implementations of WebRTC that nobody here wrote: GStreamer, FFmpeg, aiortc, and a browser without any SDK.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { closePage, forFirefox, hears, launchChromium, openPage, seesMovingPicture, waitFor } from '../browser/harness.mjs';
import { credentials, enter } from '../browser/participant.mjs';
import { startServer } from '../server.mjs';

const run = promisify(execFile);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const PACKAGES = ['aiortc==1.16.0', 'av==18.1.0'];
const venv = here('../.venv-whip');
const installed = `${venv}/${PACKAGES.join('+')}`;

let server;
let browser;
/** A page of another origin than the server's. */
let elsewhere;
before(async () => {
  if (!existsSync(installed)) {
    await run('python3', ['-m', 'venv', '--clear', venv]);
    await run(`${venv}/bin/pip`, ['install', '--quiet', '--disable-pip-version-check', ...PACKAGES]);
    await run('touch', [installed]);
  }
  // As Firefox does, libnice leaves loopback out.
  server = await startServer(forFirefox);
  browser = await launchChromium();
  elsewhere = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html><video autoplay muted></video>'));
  await new Promise((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
});
after(async () => {
  await browser?.close();
  elsewhere?.close();
  await server?.stop();
});

/** GStreamer's Python bindings belong to Debian's own Python. */
const PEERS = {
  gstreamer: ['/usr/bin/python3', here('gstreamer.py')],
  aiortc: [`${venv}/bin/python`, here('aiortc_peer.py')],
  ffmpeg: [`${venv}/bin/python`, here('ffmpeg.py')],
};

/** The endpoint of the room, and a token for it. */
async function endpoint(door, room, query = '') {
  const { sessionId, token } = await credentials(server.url, room, 'outsider');
  return [new URL(`/v1/${door}/${sessionId}${query}`, server.url).href, token];
}

/** Starts a peer; `until` waits for a line of its report, `during` for something else while it runs, `end` lets it end its session. */
async function start(name, mode, ...where) {
  const [command, script] = PEERS[name];
  const child = spawn(command, [script, mode, ...(await endpoint(...where))], { stdio: ['pipe', 'pipe', 'pipe'] });
  const said = [];
  let trouble = '';
  child.stderr.on('data', (chunk) => { trouble += chunk; });
  const waiting = new Set();
  const look = () => waiting.forEach((check) => check());
  createInterface({ input: child.stdout }).on('line', (line) => { said.push(JSON.parse(line)); look(); });
  const exited = new Promise((resolve) => child.once('close', resolve));
  const failure = (what) => new Error(`${name} ${mode}: ${what}; said ${JSON.stringify(said.slice(-8))}\n${trouble}`);
  const until = (what, fits, timeoutMs = 60_000) => new Promise((resolve, reject) => {
    const fail = () => reject(failure(`no ${what}`));
    const timer = setTimeout(fail, timeoutMs);
    const check = () => {
      const line = said.find(fits);
      if (!line) return;
      clearTimeout(timer);
      waiting.delete(check);
      resolve(line);
    };
    waiting.add(check);
    exited.then(fail);
    check();
  });
  return {
    until,
    during: (awaited) => Promise.race([awaited, exited.then(() => { throw failure('ended too early'); })]),
    decodes: (kind) => until(`decoded ${kind}`, ({ event, count, changes, ...line }) => event === 'decoded' && line.kind === kind && count >= 20 && changes >= 10),
    async end() {
      child.stdin.end();
      await until('end', ({ event }) => event === 'ended');
      await exited;
    },
  };
}

for (const name of ['gstreamer', 'aiortc']) {
  test(`${name} publishes by WHIP, and a page with the SDK sees and hears it`, async () => {
    const ann = await enter(browser, server.url, `${name} in`, 'ann');
    const stage = await start(name, 'publish', 'whip', `${name} in`, '?name=stage');
    await stage.during(ann.sees('stage'));
    await stage.during(ann.hears('stage'));
    await stage.end();
    await ann.do('heard', 'stage ended: clientDisconnected');
    await ann.close();
  });

  test(`${name} watches by WHEP what a page publishes`, async () => {
    const ann = await enter(browser, server.url, `${name} out`, 'ann', {});
    const viewer = await start(name, 'watch', 'whep', `${name} out`);
    await viewer.decodes('video');
    await viewer.decodes('audio');
    await viewer.end();
    await ann.close();
  });
}

// FFmpeg asks GnuTLS for a key of medium strength, one on the curve P-224. This build sends a packet only when it has read one,
// of which a publisher gets few: a frame or two a second, and no look at how smoothly its picture moves.
for (const [mode, role] of [['publish', 'server'], ['publish-active', 'client']]) {
  test(`ffmpeg publishes by WHIP as the DTLS ${role}, and a page with the SDK decodes its picture`, async () => {
    const room = `ffmpeg as ${role}`;
    const ann = await enter(browser, server.url, room, 'ann');
    const stage = await start('ffmpeg', mode, 'whip', room, '?name=stage');
    await stage.during(ann.do('decodes', 'stage', 3));
    assert.match(await ann.do('codec', 'stage'), /H264/);
    await stage.end();
    await ann.do('heard', 'stage ended: clientDisconnected');
    await ann.close();
  });
}

test('a page of another origin publishes and watches with fetch and RTCPeerConnection alone, and restarts ICE', async () => {
  const script = await readFile(here('page.js'), 'utf8');
  const open = async () => {
    const page = await openPage(browser, `http://127.0.0.1:${elsewhere.address().port}/`);
    await page.addScriptTag({ content: script });
    return page;
  };
  const ann = await enter(browser, server.url, 'plain', 'ann');
  const [stage, viewer] = [await open(), await open()];
  await stage.evaluate(async ([url, token]) => {
    window.session = await whip(url, token, await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 320, height: 240 } }));
  }, await endpoint('whip', 'plain', '?name=stage'));
  await ann.sees('stage');
  await viewer.evaluate(async ([url, token]) => {
    window.session = await whep(url, token, document.querySelector('video'));
  }, await endpoint('whep', 'plain'));
  await seesMovingPicture(viewer, 'video');
  await hears(viewer, 'video');

  const before = await viewer.evaluate(() => session.etag);
  const { ufrag, etag } = await viewer.evaluate(restartIce);
  assert.notEqual(etag, before);
  await waitFor(viewer, isConnectedAs, ufrag);
  await seesMovingPicture(viewer, 'video');

  assert.equal(await viewer.evaluate(async () => (await session.end()).status), 200);
  assert.equal(await stage.evaluate(async () => (await session.end()).status), 200);
  await ann.do('heard', 'stage ended: clientDisconnected');
  for (const page of [stage, viewer]) await closePage(page);
  await ann.close();
});

/** Runs in the page: the offer of an ICE restart as a fragment, and its answer put into the one of before (RFC 9725, 4.3.3). */
async function restartIce() {
  const { peer, location, token } = window.session;
  const line = (sdp, name) => sdp.match(new RegExp(`^a=${name}:.*$`, 'm'))[0].trim();
  const names = ['ice-ufrag', 'ice-pwd'];
  peer.restartIce();
  await peer.setLocalDescription();
  const offered = names.map((name) => line(peer.localDescription.sdp, name));
  const restarted = await fetch(location, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': '*' },
    body: [...offered, 'm=audio 9 UDP/TLS/RTP/SAVPF 0', 'a=mid:0', ''].join('\r\n'),
  });
  const fragment = await restarted.text();
  if (!restarted.ok) throw new Error(fragment);
  const fresh = (sdp, name) => sdp.replace(new RegExp(`^a=${name}:.*$`, 'gm'), line(fragment, name));
  await peer.setRemoteDescription({ type: 'answer', sdp: names.reduce(fresh, peer.currentRemoteDescription.sdp) });
  return { ufrag: offered[0].split(':')[1], etag: restarted.headers.get('etag') };
}

/** Runs in the page: media flows over a pair of the ICE session with this user fragment. */
async function isConnectedAs(ufrag) {
  const stats = await window.session.peer.getStats();
  const transport = [...stats.values()].find(({ type }) => type === 'transport');
  const pair = stats.get(transport?.selectedCandidatePairId);
  return pair?.state === 'succeeded' && stats.get(pair.localCandidateId).usernameFragment === ufrag;
}
