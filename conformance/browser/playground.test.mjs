// The playground as a newcomer uses it: real Chromium pages with fake devices, through the real interface, against the
// real server.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { closePage, forFirefox, hears, hearsNothing, launchChromium, launchFirefox, openPage, ownAddress, seesMovingPicture, startServer } from './harness.mjs';

const OTHER = '.tile:not([data-own])';
const OWN = '.tile[data-own]';
const PHONE = { viewport: { width: 360, height: 740 } };

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

let rooms = 0;
const freshRoom = () => `room-${++rooms}`;

/** A webcam of 640 × 360: several people's cameras are encoded on this one machine, each in more than one size. */
function haveSmallCamera() {
  const { getUserMedia } = MediaDevices.prototype;
  MediaDevices.prototype.getUserMedia = function ({ video, ...others }) {
    return getUserMedia.call(this, { ...others, video: video && { ...(video === true ? {} : video), width: 640, height: 360 } });
  };
}

async function lobby(room, options) {
  return openPage(browser, `${server.url}/#/r/${room}`, { init: haveSmallCamera, ...options });
}

async function join(room, name, options) {
  const page = await lobby(room, options);
  await page.waitForSelector('.preview video');
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: `Join ${room}` }).click();
  await page.getByRole('navigation', { name: 'Call' }).waitFor();
  await page.waitForSelector(`${OWN}[data-stream]`);
  return page;
}

/** Two people in a room who see each other's picture arrive. */
async function conversation(options = {}) {
  const room = freshRoom();
  const ann = await join(room, 'Ann', options.ann);
  const bob = await join(room, 'Bob', options.bob);
  await Promise.all([ann, bob].map((page) => seesMovingPicture(page, `${OTHER} video`)));
  return { room, ann, bob };
}

/** Pages end without a complaint: no console error, no exception, no request to another host. */
async function leave(...pages) {
  for (const page of pages) {
    assert.deepEqual(page.complaints, []);
    await closePage(page);
  }
}

const tileOf = (page, name) => page.locator(`.tile[aria-label^="${name}"]`);

test('each sees the other move and hears the other', async () => {
  const { ann, bob } = await conversation();
  for (const page of [ann, bob]) {
    const picture = await seesMovingPicture(page, `${OTHER} video`);
    assert.ok(picture.width >= 320 && picture.height >= 180, `${picture.width} × ${picture.height}`);
    await hears(page, `${OTHER} video`);
  }
  await tileOf(ann, 'Bob').waitFor();
  await tileOf(bob, 'Ann').waitFor();
  await leave(ann, bob);
});

test('the other sees and hears that one muted the microphone', async () => {
  const { ann, bob } = await conversation();
  await hears(bob, `${OTHER} video`);
  await ann.getByRole('switch', { name: 'Microphone' }).click();
  await bob.locator('.tile[aria-label="Ann, microphone off"]').waitFor();
  await hearsNothing(bob, `${OTHER} video`);

  await ann.getByRole('switch', { name: 'Microphone' }).click();
  await bob.locator('.tile[aria-label="Ann"]').waitFor();
  await hears(bob, `${OTHER} video`);
  await leave(ann, bob);
});

test('the other sees that one turned the camera off, and on again', async () => {
  const { ann, bob } = await conversation();
  await ann.getByRole('switch', { name: 'Camera' }).click();
  await bob.locator('.tile[aria-label="Ann, camera off"]').waitFor();
  await tileOf(bob, 'Ann').locator('video').waitFor({ state: 'hidden' });
  await tileOf(bob, 'Ann').getByText('A', { exact: true }).waitFor();

  await ann.getByRole('switch', { name: 'Camera' }).click();
  await bob.locator('.tile[aria-label="Ann"]').waitFor();
  await seesMovingPicture(bob, `${OTHER} video`);
  await leave(ann, bob);
});

test('who leaves is gone for the other, and may come back', async () => {
  const { ann, bob } = await conversation();
  await ann.getByRole('button', { name: 'Leave' }).click();
  await ann.getByRole('heading', { name: /You left/ }).waitFor();
  await bob.locator(OTHER).waitFor({ state: 'detached' });
  await bob.getByText('Ann left').waitFor();
  assert.equal(await ann.evaluate(() => document.querySelectorAll('video').length), 0);

  await ann.getByRole('button', { name: 'Return to the room' }).click();
  await seesMovingPicture(bob, `${OTHER} video`);
  await seesMovingPicture(ann, `${OTHER} video`);
  await leave(ann, bob);
});

test('a closed window leaves the room at once', async () => {
  const { ann, bob } = await conversation();
  await closePage(ann);
  await bob.locator(OTHER).waitFor({ state: 'detached' });
  await leave(bob);
});

test('messages arrive in the same order for everybody', async () => {
  const { ann, bob } = await conversation();
  await bob.getByRole('button', { name: /^Chat/ }).click();
  await bob.getByLabel('Message', { exact: true }).fill('Hello Ann <b>& co</b>');
  await bob.keyboard.press('Enter');
  await ann.getByRole('button', { name: 'Chat, 1 unread' }).click();
  await ann.getByLabel('Message', { exact: true }).fill('Hello Bob');
  await ann.keyboard.press('Enter');
  for (const page of [ann, bob]) {
    await page.getByText('Hello Bob').waitFor();
    assert.deepEqual(await page.locator('.message-text').allTextContents(), ['Hello Ann <b>& co</b>', 'Hello Bob']);
  }
  await leave(ann, bob);
});

test('a shared screen appears large for the other and goes when it ends', async () => {
  const { ann, bob } = await conversation();
  await ann.getByRole('button', { name: 'Share', exact: true }).click();
  await seesMovingPicture(bob, '.tile-screen video', { frames: 3 });
  const area = async (selector) => {
    const { width, height } = await bob.locator(selector).boundingBox();
    return width * height;
  };
  assert.ok((await area('.tile-screen')) > (await area('.tile-camera >> nth=0')));

  await ann.getByRole('button', { name: 'Stop sharing' }).click();
  await bob.locator('.tile-screen').waitFor({ state: 'detached' });
  await leave(ann, bob);
});

test('statistics show plausible figures for both directions', async () => {
  const { ann, bob } = await conversation();
  await bob.keyboard.press('i');
  const figures = (selector) => bob.waitForFunction((selector) => {
    const read = (name) => document.querySelector(`${selector} [data-figure="${name}"] dd`)?.textContent ?? '';
    const figures = {
      picture: read('picture'), frames: Number.parseInt(read('frames')), bitrate: Number.parseFloat(read('bitrate')),
      loss: Number.parseFloat(read('loss')), roundTrip: Number.parseFloat(read('round-trip')), codec: read('codec'),
    };
    return figures.frames > 5 && figures.bitrate > 10 && figures.roundTrip >= 0 && figures;
  }, selector).then((handle) => handle.jsonValue());

  for (const selector of [OTHER, OWN]) {
    const seen = await figures(selector);
    assert.match(seen.picture, /^\d{3,4} × \d{3,4}$/, selector);
    assert.ok(seen.frames <= 61, `${seen.frames} frames`);
    assert.ok(seen.loss >= 0 && seen.loss <= 5, `${seen.loss} % loss on loopback`);
    assert.match(seen.codec, /^(VP8|VP9|H264|AV1) \+ opus$/);
  }
  await bob.keyboard.press('i');
  await bob.locator('.stats').first().waitFor({ state: 'detached' });
  await leave(ann, bob);
});

test('the speaker is marked', async () => {
  const { ann, bob } = await conversation();
  await bob.locator(`${OTHER}.tile-speaking`).waitFor();
  await ann.keyboard.press('m');
  await bob.locator(`${OTHER}:not(.tile-speaking)`).waitFor();
  await leave(ann, bob);
});

test('four people see each of the others', async () => {
  const room = freshRoom();
  const pages = [];
  for (const name of ['Ann', 'Bob', 'Cem', 'Dee']) pages.push(await join(room, name));
  for (const page of pages) {
    for (let index = 0; index < 3; index++) await seesMovingPicture(page, `${OTHER} >> nth=${index} >> video`, { frames: 5 });
    await page.getByRole('button', { name: 'People, 4' }).waitFor();
  }
  await leave(...pages);
});

test('everything can be done with the keyboard alone', async () => {
  const room = freshRoom();
  const bob = await join(room, 'Bob');
  const ann = await lobby(room);
  await ann.waitForSelector('.preview video');
  await ann.keyboard.type('Ann');
  await ann.keyboard.press('Enter');
  await seesMovingPicture(ann, `${OTHER} video`);

  await ann.keyboard.press('m');
  await bob.locator('.tile[aria-label="Ann, microphone off"]').waitFor();
  await ann.keyboard.press('v');
  await bob.locator('.tile[aria-label="Ann, microphone off, camera off"]').waitFor();

  await ann.keyboard.press('c');
  await ann.keyboard.type('typed, not toggled: m v s i');
  await ann.keyboard.press('Enter');
  await bob.getByText('Ann: typed, not toggled: m v s i').waitFor();
  await bob.locator('.tile[aria-label="Ann, microphone off, camera off"]').waitFor();
  await ann.keyboard.press('Escape');
  await ann.locator('.panel').waitFor({ state: 'detached' });

  await ann.keyboard.press('?');
  await ann.getByRole('heading', { name: 'Keyboard' }).waitFor();
  await ann.keyboard.press('Escape');
  for (let step = 0; step < 40; step++) {
    await ann.keyboard.press('Tab');
    const focused = await ann.evaluate(() => {
      const { outlineStyle } = getComputedStyle(document.activeElement);
      return { text: document.activeElement.textContent, visible: outlineStyle !== 'none' };
    });
    assert.ok(focused.visible, `focus is visible on “${focused.text}”`);
    if (focused.text === 'Leave') break;
  }
  await ann.keyboard.press('Enter');
  await ann.getByRole('heading', { name: /You left/ }).waitFor();
  await leave(ann, bob);
});

test('nothing is wider than a phone', async () => {
  const { ann, bob } = await conversation({ ann: PHONE });
  const fits = async (what) => assert.equal(await ann.evaluate(() => document.documentElement.scrollWidth), 360, what);
  await fits('call');
  for (const [name, heading] of [[/^Chat/, 'Chat'], [/^People/, '2 people'], ['Devices', 'Devices'], ['Invite', 'Invite'], [/Use it/, 'Use it in your app']]) {
    await ann.getByRole('button', { name, exact: typeof name === 'string' }).click();
    await ann.getByRole('heading', { name: heading }).waitFor();
    await fits(heading);
    await ann.keyboard.press('Escape');
    await ann.locator('.panel').waitFor({ state: 'detached' });
  }
  await leave(ann, bob);

  const page = await lobby(freshRoom(), PHONE);
  await page.waitForSelector('.preview video');
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360, 'lobby');
  await leave(page);
});

test('who is alone is told how to invite, with a link that others can open', async () => {
  const room = freshRoom();
  const page = await join(room, 'Ann');
  await page.getByText('You are the first one here.').waitFor();
  await page.getByText(`exedra join --demo --url ${server.url} --room ${room}`).waitFor();
  await page.keyboard.press('l');
  const invitesTo = new URL(server.https_url).hostname === 'localhost' ? server.url : server.https_url;
  await page.waitForFunction((link) => document.querySelector('.link-line input').value === link, `${invitesTo}/#/r/${room}`);
  assert.equal(await page.locator('.panel .qr').count(), invitesTo === server.https_url ? 1 : 0);
  await leave(page);
});

test('an app learns this server\'s address and its own key', async () => {
  const page = await join(freshRoom(), 'Ann');
  await page.getByRole('button', { name: 'Use it in your app' }).click();
  await page.getByText(`<script src="${server.url}/v2/js/opentok.min.js"></script>`).waitFor();
  await page.getByText(`new OpenTok("${server.api_key}", secret, { apiUrl: "${server.url}" })`).waitFor();
  assert.equal((await page.content()).includes(server.api_secret), false);
  await leave(page);
});

test('the page needs nothing that a strict content security policy forbids', async () => {
  // The answer below comes from the test, not from the network: Chromium would take its page for one of the internet.
  const trusting = await launchChromium({ args: ['--disable-features=LocalNetworkAccessChecks'] });
  const page = await trusting.newPage();
  const violations = [];
  page.on('console', (message) => message.type() === 'error' && violations.push(message.text()));
  await page.route((url) => url.pathname === '/', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), 'content-security-policy': "default-src 'self'; object-src 'none'; base-uri 'none'" } });
  });
  const room = freshRoom();
  const bob = await join(room, 'Bob');
  await page.goto(`${server.url}/#/r/${room}`);
  await page.getByLabel('Your name').fill('Ann');
  await page.keyboard.press('Enter');
  await seesMovingPicture(page, `${OTHER} video`);
  await page.keyboard.press('l');
  await page.getByRole('heading', { name: 'Invite' }).waitFor();
  assert.deepEqual(violations, []);
  await trusting.close();
  await leave(bob);
});

test('Firefox has the same playground', { skip: !ownAddress && 'this machine has no network address, and Firefox sends no camera over loopback' }, async () => {
  const reachable = await startServer(forFirefox);
  const engine = await launchFirefox();
  try {
    const bob = await openPage(browser, `${reachable.url}/#/r/two-engines`);
    await bob.waitForSelector('.preview video');
    await bob.getByLabel('Your name').fill('Bob');
    await bob.keyboard.press('Enter');
    await bob.waitForSelector(`${OWN}[data-stream]`);

    const fay = await openPage(engine, `${reachable.url}/#/r/two-engines`);
    await fay.waitForSelector('.preview video');
    await fay.type('[name=name]', 'Fay');
    await fay.keyboard.press('Enter');
    await seesMovingPicture(bob, `${OTHER} video`);
    await hears(bob, `${OTHER} video`);
    await seesMovingPicture(fay, `${OTHER} video`);
    await hears(fay, `${OTHER} video`);
    // Without a sound card this Firefox runs no AudioContext; it marks who speaks all the same.
    await fay.waitForSelector(`${OTHER}.tile-speaking`);

    await fay.keyboard.press('m');
    await bob.locator('.tile[aria-label="Fay, microphone off"]').waitFor();
    await fay.keyboard.press('c');
    await fay.keyboard.type('from Firefox');
    await fay.keyboard.press('Enter');
    await bob.getByText('Fay: from Firefox').waitFor();
    await leave(bob, fay);
  } finally {
    await engine.close();
    await reachable.stop();
  }
});

describe('when something is wrong', () => {
  test('a denied camera is explained to each of the three, and one can join without it', async () => {
    const strict = await launchChromium({ without: ['--use-fake-ui-for-media-stream'] });
    try {
      const page = await openPage(strict, `${server.url}/#/r/${freshRoom()}`, { context: { permissions: [] } });
      const problem = page.getByRole('alert');
      await problem.getByText('CAPTURE_DENIED').waitFor();
      const advice = new Set();
      for (const role of ['You', 'Developer', 'Operator']) {
        await problem.getByLabel(role, { exact: true }).check();
        advice.add(await problem.locator('.problem-actions p').textContent());
      }
      assert.equal(advice.size, 3);
      assert.ok(![...advice].includes(''));
      assert.equal(await problem.getByRole('link', { name: 'About CAPTURE_DENIED' }).getAttribute('href'), '/errors/CAPTURE_DENIED');

      await page.getByLabel('Your name').fill('Ann');
      await page.keyboard.press('Enter');
      await page.getByText('You are the first one here.').waitFor();
      await leave(page);
    } finally {
      await strict.close();
    }
  });

  test('a server that goes away shows reconnecting, and its return ends it', async () => {
    const fragile = await startServer();
    const page = await openPage(browser, `${fragile.url}/#/r/${freshRoom()}`);
    await page.getByLabel('Your name').fill('Ann');
    await page.keyboard.press('Enter');
    await page.waitForSelector(`${OWN}[data-stream]`);
    process.kill(fragile.pid, 'SIGSTOP');
    try {
      await page.context().setOffline(true);
      await page.getByText(/Reconnecting/).waitFor();
    } finally {
      process.kill(fragile.pid, 'SIGCONT');
      await page.context().setOffline(false);
    }
    await page.getByText('Connection restored').waitFor();
    await closePage(page);
    await fragile.stop();
  });

  test('a server that is gone before one joins is an error with a way back', async () => {
    const doomed = await startServer();
    const page = await openPage(browser, `${doomed.url}/#/r/${freshRoom()}`);
    await page.getByLabel('Your name').fill('Ann');
    await doomed.stop();
    await page.keyboard.press('Enter');
    await page.getByText('SERVER_UNREACHABLE').waitFor();
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    await page.getByRole('button', { name: 'To the start' }).click();
    await page.getByLabel('Your name').waitFor();
    await closePage(page);
  });

  test('blocked sound starts with one click', async () => {
    const strict = await launchChromium({ without: ['--autoplay-policy=no-user-gesture-required', '--use-fake-ui-for-media-stream'], args: ['--autoplay-policy=document-user-activation-required'] });
    try {
      const room = freshRoom();
      const bob = await join(room, 'Bob');
      const page = await openPage(strict, `${server.url}/healthz`, { context: { permissions: [] } });
      // Joins without a gesture, as a page does that is opened by a script. What Playwright evaluates counts as one, so
      // the page itself has to say when it is ready to be asked.
      await page.addInitScript(() => {
        const joining = setInterval(() => {
          const field = document.querySelector('[name=name]');
          if (document.body?.textContent.includes('Hear the room')) {
            clearInterval(joining);
            console.info('sound is blocked');
          } else if (field?.value) field.form.requestSubmit();
          else if (field) {
            field.value = 'Ann';
            field.dispatchEvent(new Event('input', { bubbles: true }));
          }
        }, 100);
      });
      const blocked = page.waitForEvent('console', (message) => message.text() === 'sound is blocked');
      await page.goto(`${server.url}/#/r/${room}`);
      await blocked;
      const hear = page.getByRole('button', { name: 'Hear the room' });
      await seesMovingPicture(page, `${OTHER} video`);
      assert.equal(await page.locator(`${OTHER} video`).evaluate((video) => video.muted), true);
      await hear.click();
      await hear.waitFor({ state: 'detached' });
      await page.waitForFunction((selector) => {
        const video = document.querySelector(selector);
        return !video.paused && !video.muted;
      }, `${OTHER} video`);
      await closePage(bob);
    } finally {
      await strict.close();
    }
  });
});
