// The documented quick start of OpenTok, unchanged but for the script URL: two people see and hear each other.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hears, launchChromium, openPage, seesMovingPicture, startServer } from './harness.mjs';
import { createSession, servePage } from './opentok_page.mjs';

let server;
let browser;
before(async () => {
  server = await startServer();
  browser = await launchChromium({ args: ['--allow-loopback-in-peer-connection'] });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The steps of the vendor's basic video chat guide: session, publisher, connect, publish, subscribe. */
const quickStart = (serverUrl, { apiKey, sessionId, token }) => `<!doctype html>
<html>
<head>
  <meta charset="utf-8"><title>Quick start</title><link rel="icon" href="data:,">
  <script src="${serverUrl}/v2/js/opentok.min.js"></script>
  <style>
    #videos { position: relative; width: 800px; height: 600px }
    #subscriber { position: absolute; left: 0; top: 0; width: 100%; height: 100%; z-index: 10 }
    #publisher { position: absolute; width: 360px; height: 240px; bottom: 10px; left: 10px; z-index: 100 }
  </style>
</head>
<body>
  <div id="videos"><div id="subscriber"></div><div id="publisher"></div></div>
  <script>
    var log = [];
    function handleError(error) {
      log.push(error ? error.name + ' ' + error.message : 'ok');
    }
    var session = OT.initSession('${apiKey}', '${sessionId}');
    session.on('streamCreated', function (event) {
      session.subscribe(event.stream, 'subscriber', { insertMode: 'append', width: '100%', height: '100%' }, handleError);
    });
    session.on('streamDestroyed', function (event) { log.push('streamDestroyed ' + event.reason); });
    session.on('sessionDisconnected', function (event) { log.push('sessionDisconnected ' + event.reason); });
    session.on('signal:msg', function (event) {
      log.push('signal ' + event.type + ' ' + event.data + (event.from.connectionId === session.connection.connectionId ? ' mine' : ''));
    });
    var publisher = OT.initPublisher('publisher', { insertMode: 'append', width: '100%', height: '100%' }, handleError);
    session.connect('${token}', function (error) {
      if (error) handleError(error);
      else session.publish(publisher, handleError);
    });
  </script>
</body>
</html>`;

const SUBSCRIBER = 'div.OT_subscriber:not(.OT_loading) .OT_video-element';
const PUBLISHER = "div.OT_publisher[data-stream-created='true']:not(.OT_loading) .OT_video-element";
const logged = (page, line) => page.waitForFunction((line) => window.log.includes(line), line);

test('the quick start makes a call, and everything that ends in it ends as documented', async () => {
  const session = await createSession(server);
  const people = [];
  for (const name of ['ann', 'bob']) {
    const site = await servePage(quickStart(new URL(server.url).origin, { ...session, token: session.token({ data: `name=${name}` }) }));
    people.push({ name, site, page: await openPage(browser, site.url, { context: { permissions: ['camera', 'microphone'] } }) });
  }
  const [ann, bob] = people;
  try {
    for (const { page } of people) {
      await page.waitForSelector(PUBLISHER, { state: 'attached' });
      const picture = await seesMovingPicture(page, SUBSCRIBER);
      // A browser that is short of power sends fewer pixels, but never another shape.
      assert.equal(picture.width * 3, picture.height * 4);
      await hears(page, SUBSCRIBER);
      assert.equal(await page.locator('#subscriber > div.OT_root.OT_subscriber').count(), 1);
      assert.equal(await page.locator('#publisher > div.OT_root.OT_publisher.OT_mirrored').count(), 1);
    }
    assert.equal(await bob.page.evaluate(() => session.connections.find((each) => each.data === 'name=ann') !== undefined), true);

    await ann.page.evaluate(() => session.signal({ type: 'msg', data: 'hello' }));
    await logged(ann.page, 'signal signal:msg hello mine');
    await logged(bob.page, 'signal signal:msg hello');

    await ann.page.evaluate(() => publisher.publishVideo(false));
    await bob.page.waitForSelector('div.OT_subscriber.OT_audio-only');
    assert.equal(await ann.page.evaluate(() => publisher.getVideoSource().track), null, 'the camera is released');
    await ann.page.evaluate(() => publisher.publishVideo(true));
    await bob.page.waitForSelector('div.OT_subscriber:not(.OT_audio-only)');
    await seesMovingPicture(bob.page, SUBSCRIBER);

    await ann.page.evaluate(() => session.unpublish(publisher));
    await logged(bob.page, 'streamDestroyed clientDisconnected');
    await bob.page.waitForSelector('.OT_subscriber', { state: 'detached' });
    await ann.page.waitForSelector('.OT_publisher', { state: 'detached' });

    await bob.page.evaluate(() => session.disconnect());
    await logged(bob.page, 'sessionDisconnected clientDisconnected');
    await logged(ann.page, 'streamDestroyed clientDisconnected');
    assert.equal(await bob.page.locator('.OT_root').count(), 0);
    for (const { page } of people) assert.deepEqual(page.complaints, []);
  } catch (error) {
    for (const { name, page } of people) console.error(name, await page.evaluate(() => window.log), page.complaints);
    throw error;
  } finally {
    for (const { page, site } of people) {
      await page.context().close();
      await site.stop();
    }
  }
});
