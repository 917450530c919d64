// A real browser's simulcast through the real server: each subscriber gets the layer that fits the place it shows it in, and a
// real decoder follows every change.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from '../server.mjs';
import { launchChromium } from './harness.mjs';
import { enter as enterRoom } from './participant.mjs';

let server;
let browser;
before(async () => {
  server = await startServer();
  browser = await launchChromium();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const enter = (room, name, options) => enterRoom(browser, server.url, room, name, options);

for (const codec of ['VP8', 'H264']) {
  test(`a subscriber moves between the layers of a ${codec} simulcast`, async () => {
    const encodings = [
      { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150_000 },
      { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 500_000 },
      { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 1_500_000 },
    ];
    // Chromium sends three layers from 960 × 540 on.
    const ann = await enter(codec, 'ann', { width: 1280, height: 720, videoCodecs: [codec], encodings });
    const bob = await enter(codec, 'bob');
    const cat = await enter(codec, 'cat');
    await cat.do('prefer', 'ann', { height: 180 });
    await bob.do('height', 'ann', 720);
    for (const height of [180, 360, 720, 180, 720]) {
      await bob.do('prefer', 'ann', { height: height });
      const seen = await bob.do('height', 'ann', height);
      assert.equal(seen.packetsLost, 0, 'numbers go on without a gap');
    }
    await cat.do('height', 'ann', 180);
    for (const participant of [ann, bob, cat]) await participant.close();
  });
}

for (const codec of ['VP9', 'AV1']) {
  test(`a small place is sent the small one of several ${codec} encodings`, async () => {
    // Without a mode Chromium takes the whole for one encoding with layers.
    const layer = (rid, scaleResolutionDownBy, maxBitrate) => ({ rid, scaleResolutionDownBy, maxBitrate, scalabilityMode: 'L1T1' });
    const encodings = [layer('q', 4, 150_000), layer('h', 2, 500_000), layer('f', 1, 1_500_000)];
    const ann = await enter(`simulcast ${codec}`, 'ann', { width: 1280, height: 720, videoCodecs: [codec], encodings });
    const bob = await enter(`simulcast ${codec}`, 'bob');
    const cat = await enter(`simulcast ${codec}`, 'cat');
    await cat.do('showIn', 'ann', 320, 180);
    await cat.do('height', 'ann', 180);
    await bob.do('height', 'ann', 720);
    assert.deepEqual([await bob.do('codec', 'ann'), await cat.do('codec', 'ann')], [codec, codec]);
    for (const participant of [ann, bob, cat]) await participant.close();
  });

  test(`a subscriber moves between the spatial layers of one ${codec} encoding`, async () => {
    const encodings = [{ scalabilityMode: 'L3T3_KEY', maxBitrate: 1_500_000 }];
    const ann = await enter(`svc ${codec}`, 'ann', { width: 1280, height: 720, videoCodecs: [codec], encodings });
    const bob = await enter(`svc ${codec}`, 'bob');
    const cat = await enter(`svc ${codec}`, 'cat');
    await cat.do('showIn', 'ann', 320, 180);
    await bob.do('height', 'ann', 720);
    for (const height of [180, 720, 360]) {
      await bob.do('prefer', 'ann', { height });
      const seen = await bob.do('height', 'ann', height);
      assert.equal(seen.packetsLost, 0, 'numbers go on without a gap');
    }
    await cat.do('height', 'ann', 180);
    const [sent] = await ann.do('layers');
    assert.deepEqual([sent.codec, sent.scalabilityMode, sent.height], [codec, 'L3T3_KEY', 720]);
    for (const participant of [ann, bob, cat]) await participant.close();
  });
}

test('a smaller camera is sent whole and in no tiny size, a larger one in all that were agreed on', async () => {
  const ann = await enter('camera', 'ann', { width: 1280, height: 720 });
  const bob = await enter('camera', 'bob');
  const cat = await enter('camera', 'cat');
  await bob.do('height', 'ann', 720);
  await cat.do('showIn', 'ann', 320, 180);
  await cat.do('height', 'ann', 180);
  // The whole of it comes first, for both; and nothing but that.
  await ann.do('changeCamera', 320, 180);
  await bob.do('height', 'ann', 180);
  await cat.do('height', 'ann', 180);
  await ann.do('sends', ['q']);
  await ann.do('changeCamera', 640, 480);
  await bob.do('height', 'ann', 480);
  await cat.do('height', 'ann', 240);
  await ann.do('sends', ['q', 'h']);
  await ann.do('changeCamera', 1280, 720);
  await bob.do('height', 'ann', 720);
  await cat.do('height', 'ann', 180);
  await ann.do('sends', ['q', 'h', 'f']);
  for (const participant of [ann, bob, cat]) await participant.close();
});

test('layers that nobody needs are not sent, and are back for whoever needs them', async () => {
  const ann = await enter('need', 'ann', { width: 1280, height: 720 });
  // Until somebody needs it, a layer may be spared before a browser has come to send it.
  const eve = await enter('need', 'eve');
  await eve.do('height', 'ann', 720);
  await ann.do('sends', ['q', 'h', 'f']);
  await eve.close();
  await ann.do('sends', ['q']);

  const bob = await enter('need', 'bob');
  await bob.do('showIn', 'ann', 320, 180);
  await bob.do('height', 'ann', 180);
  await ann.do('sends', ['q']);
  assert.equal((await bob.do('explain', 'ann')).limitedBy, 'element_size');

  const cat = await enter('need', 'cat');
  await cat.do('height', 'ann', 720);
  await ann.do('sends', ['q', 'h', 'f']);
  await bob.do('height', 'ann', 180);

  await cat.do('showIn', 'ann', 640, 360);
  await cat.do('height', 'ann', 360);
  await ann.do('sends', ['q', 'h']);
  await cat.do('showIn', 'ann', 1280, 720);
  await cat.do('height', 'ann', 720);
  assert.equal((await cat.do('explain', 'ann')).sent.height, 720);
  for (const participant of [ann, bob, cat]) await participant.close();
});
