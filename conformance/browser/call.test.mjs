// Calls between real browsers, and with the native client, through the real server: every codec, both browsers.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { EXEDRA_BIN, startServer } from '../server.mjs';
import { chromium, firefox, newParticipant } from './drivers.mjs';

let server;
const browsers = {};
before(async () => {
  server = await startServer({ args: ownAddress().flatMap((address) => ['--media-address', address]) });
  browsers.chromium = await chromium();
  browsers.firefox = await firefox();
});
after(async () => {
  await browsers.chromium?.close();
  await browsers.firefox?.close();
  await server?.stop();
});

/** Firefox gathers no loopback candidate, and pairs none with one: for it the server also announces this machine's own address. */
function ownAddress() {
  const all = Object.values(networkInterfaces()).flat();
  return all.filter(({ family, internal }) => family === 'IPv4' && !internal).slice(0, 1).map(({ address }) => address);
}

/** Credentials for a room of the development server. */
async function credentials(room, name) {
  const answer = await fetch(new URL('/dev/join', server.url), {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ room, name }),
  });
  assert.equal(answer.status, 200);
  const { session_id: sessionId, token } = await answer.json();
  return { sessionId, token };
}

async function enter(browser, room, name, options) {
  const participant = await newParticipant(browser, server.url);
  await participant.do('join', await credentials(room, name));
  if (options) await participant.do('publish', name, options);
  return participant;
}

function assertPicture(seen, codec) {
  assert.ok(seen.width >= 160 && seen.height >= 90, `size ${seen.width}×${seen.height}`);
  assert.ok(seen.bright > 0.1, `${Math.round(seen.bright * 100)} % of the picture is not black`);
  if (codec) assert.match(seen.codec, new RegExp(codec, 'i'));
}

for (const codec of ['VP8', 'VP9', 'H264', 'AV1']) {
  test(`two Chromium pages see and hear each other with ${codec}`, async () => {
    const ann = await enter(browsers.chromium, codec, 'ann', { videoCodecs: [codec] });
    const bob = await enter(browsers.chromium, codec, 'bob', { videoCodecs: [codec] });
    for (const [eyes, other] of [[ann, 'bob'], [bob, 'ann']]) {
      assertPicture(await eyes.do('see', other), codec);
      assert.ok((await eyes.do('hear', other)) > 0.005);
    }
    await ann.close();
    await bob.do('heard', 'ann ended: clientDisconnected');
    await bob.close();
  });
}

test('mute, camera off, message, unpublish and leave reach the other', async () => {
  const ann = await enter(browsers.chromium, 'manners', 'ann', {});
  const bob = await enter(browsers.chromium, 'manners', 'bob', {});
  await bob.do('see', 'ann');
  await ann.do('setAudio', false);
  await bob.do('heard', 'ann.hasAudio=false');
  await ann.do('setVideo', false);
  await bob.do('heard', 'ann.hasVideo=false');
  await ann.do('setVideo', true);
  await bob.do('heard', 'ann.hasVideo=true');
  assertPicture(await bob.do('see', 'ann'));
  await ann.do('signal', { type: 'chat', data: 'hello' });
  await bob.do('heard', 'signal chat: hello');
  await ann.do('heard', 'signal chat: hello');
  await ann.do('unpublish');
  await bob.do('heard', 'ann ended: clientDisconnected');
  await bob.do('leave');
  await ann.do('heard', 'bob ended: clientDisconnected');
  await ann.close();
  await bob.close();
});

test('Chromium and Firefox see and hear each other', async () => {
  const ann = await enter(browsers.chromium, 'two-engines', 'ann', {});
  const fay = await enter(browsers.firefox, 'two-engines', 'fay', {});
  assertPicture(await ann.do('see', 'fay'));
  assertPicture(await fay.do('see', 'ann'));
  assert.ok((await ann.do('hear', 'fay')) > 0.005);
  assert.ok((await fay.do('hear', 'ann')) > 0.005);
  await ann.close();
  await fay.close();
});

describe('the native client', () => {
  test('joins a call of two browsers and both see and hear it', async () => {
    const ann = await enter(browsers.chromium, 'native', 'ann', {});
    const bob = await enter(browsers.chromium, 'native', 'bob', {});
    const demo = spawn(EXEDRA_BIN, ['join', '--demo', '--url', server.url, '--room', 'native', '--name', 'demo'], { stdio: 'ignore' });
    try {
      for (const eyes of [ann, bob]) {
        assertPicture(await eyes.do('see', 'demo'), 'VP8');
        assert.ok((await eyes.do('hear', 'demo')) > 0.005);
      }
    } finally {
      demo.kill('SIGINT');
    }
    await ann.do('heard', 'demo ended: clientDisconnected');
    await ann.close();
    await bob.close();
  });
});
