// Calls between real browsers, and with the native client, through the real server: every codec, both browsers.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { EXEDRA_BIN, startServer } from '../server.mjs';
import { forFirefox, launchChromium, launchFirefox } from './harness.mjs';
import { enter as enterRoom } from './participant.mjs';

let server;
const browsers = {};
before(async () => {
  server = await startServer(forFirefox);
  browsers.chromium = await launchChromium();
  browsers.firefox = await launchFirefox();
});
after(async () => {
  await browsers.chromium?.close();
  await browsers.firefox?.close();
  await server?.stop();
});

const enter = (browser, room, name, options) => enterRoom(browser, server.url, room, name, options);

async function assertMeets(eyes, other, codec) {
  const { width, height } = await eyes.sees(other);
  assert.ok(width >= 160 && height >= 90, `size ${width}×${height}`);
  if (codec) assert.match(await eyes.do('codec', other), new RegExp(codec, 'i'));
  await eyes.hears(other);
}

for (const codec of ['VP8', 'VP9', 'H264', 'AV1']) {
  test(`two Chromium pages see and hear each other with ${codec}`, async () => {
    const ann = await enter(browsers.chromium, codec, 'ann', { videoCodecs: [codec] });
    const bob = await enter(browsers.chromium, codec, 'bob', { videoCodecs: [codec] });
    await assertMeets(ann, 'bob', codec);
    await assertMeets(bob, 'ann', codec);
    await ann.close();
    await bob.do('heard', 'ann ended: clientDisconnected');
    await bob.close();
  });
}

/** Bytes that the server has added so far to make the packets of a frame equally long. */
async function paddingSent() {
  const metrics = await (await fetch(new URL('/metrics', server.url))).text();
  return [...metrics.matchAll(/^exedra_media_padding_bytes_sent.* (\d+)$/gm)].reduce((sum, [, shard]) => sum + Number(shard), 0);
}

/**
 * Waits until padded packets come, and then for 30 frames and 30 bytes of padding: of those frames nearly all are decoded, of their
 * packets nearly none are lost or discarded. One or two packets of a large frame are padded, by a byte or so: whoever refuses them
 * loses many. A browser also discards what comes too late on a busy machine: that is few packets, ever fewer in proportion.
 */
async function takesPadding(eyes, other) {
  const look = async () => ({ padding: await paddingSent(), ...await eyes.do('received', other) });
  const until = async (what, holds) => {
    const deadline = performance.now() + 60_000;
    const first = await look();
    for (let now = first; !holds(now, first); now = await look()) {
      assert.ok(performance.now() < deadline, `no ${what}: ${JSON.stringify(first)} became ${JSON.stringify(now)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  await until('padding', (now, first) => now.padding > first.padding);
  await until('padded frames decoded', (now, first) => {
    const since = (name) => now[name] - first[name];
    return since('padding') >= 30 && since('framesDecoded') >= 30 && since('framesDecoded') >= 0.9 * since('framesReceived')
      && since('packetsLost') + since('packetsDiscarded') <= 0.01 * since('packetsReceived');
  });
}

for (const codec of ['VP8', 'VP9', 'H264']) {
  test(`the packets of a ${codec} frame are padded to one length and no browser minds`, async () => {
    // Large frames, of many packets each.
    const encodings = [{ maxBitrate: 2_500_000 }];
    const ann = await enter(browsers.chromium, `padded ${codec}`, 'ann', { width: 1280, height: 720, videoCodecs: [codec], encodings });
    // Firefox has no H.264 of its own.
    const engines = codec === 'H264' ? ['chromium'] : ['chromium', 'firefox'];
    for (const engine of engines) {
      const eyes = await enter(browsers[engine], `padded ${codec}`, engine);
      await assertMeets(eyes, 'ann');
      await takesPadding(eyes, 'ann');
      await eyes.sees('ann');
      await eyes.close();
    }
    await ann.close();
  });
}

test('mute, camera off, message, unpublish and leave reach the other', async () => {
  const ann = await enter(browsers.chromium, 'manners', 'ann', {});
  const bob = await enter(browsers.chromium, 'manners', 'bob', {});
  await bob.sees('ann');
  await ann.do('setAudio', false);
  await bob.do('heard', 'ann.hasAudio=false');
  await ann.do('setVideo', false);
  await bob.do('heard', 'ann.hasVideo=false');
  await ann.do('setVideo', true);
  await bob.do('heard', 'ann.hasVideo=true');
  await bob.sees('ann');
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
  await assertMeets(ann, 'fay');
  await assertMeets(fay, 'ann');
  await ann.close();
  await fay.close();
});

describe('the native client', () => {
  test('joins a call of two browsers and both see and hear it', async () => {
    const ann = await enter(browsers.chromium, 'native', 'ann', {});
    const bob = await enter(browsers.chromium, 'native', 'bob', {});
    const demo = spawn(EXEDRA_BIN, ['join', '--demo', '--url', server.url, '--room', 'native', '--name', 'demo'], { stdio: 'ignore' });
    try {
      for (const eyes of [ann, bob]) await assertMeets(eyes, 'demo', 'VP8');
    } finally {
      demo.kill('SIGINT');
    }
    await ann.do('heard', 'demo ended: clientDisconnected');
    await ann.close();
    await bob.close();
  });
});
