// The documented quick start of OpenTok, unchanged but for the script URL: two people see and hear each other.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closePage, forFirefox, hears, launchChromium, launchFirefox, openPage, ownAddress, seesMovingPicture, startServer, waitFor, waitForMatch } from './harness.mjs';
import { createSession, servePage } from './opentok_page.mjs';

let server;
before(async () => {
  server = await startServer(forFirefox);
});
after(async () => {
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
const logged = (page, line) => waitFor(page, (line) => window.log.includes(line), line);
const count = (page, selector) => page.evaluate((selector) => document.querySelectorAll(selector).length, selector);

async function makesACall(browser) {
  const session = await createSession(server);
  const people = [];
  for (const name of ['ann', 'bob']) {
    const site = await servePage(quickStart(new URL(server.url).origin, { ...session, token: session.token({ data: `name=${name}` }) }));
    people.push({ name, site, page: await openPage(browser, site.url) });
  }
  const [ann, bob] = people;
  try {
    for (const { page } of people) {
      await waitForMatch(page, PUBLISHER);
      const picture = await seesMovingPicture(page, SUBSCRIBER);
      // A browser that is short of power sends fewer pixels, but never another shape.
      assert.equal(picture.width * 3, picture.height * 4);
      await hears(page, SUBSCRIBER);
      assert.equal(await count(page, '#subscriber > div.OT_root.OT_subscriber'), 1);
      assert.equal(await count(page, '#publisher > div.OT_root.OT_publisher.OT_mirrored'), 1);
    }
    assert.equal(await bob.page.evaluate(() => session.connections.find((each) => each.data === 'name=ann') !== undefined), true);

    await ann.page.evaluate(() => session.signal({ type: 'msg', data: 'hello' }));
    await logged(ann.page, 'signal signal:msg hello mine');
    await logged(bob.page, 'signal signal:msg hello');

    await ann.page.evaluate(() => publisher.publishVideo(false));
    await waitForMatch(bob.page, 'div.OT_subscriber.OT_audio-only');
    assert.equal(await ann.page.evaluate(() => publisher.getVideoSource().track), null, 'the camera is released');
    await ann.page.evaluate(() => publisher.publishVideo(true));
    await waitForMatch(bob.page, 'div.OT_subscriber:not(.OT_audio-only)');
    await seesMovingPicture(bob.page, SUBSCRIBER);

    await ann.page.evaluate(() => session.unpublish(publisher));
    await logged(bob.page, 'streamDestroyed clientDisconnected');
    await waitForMatch(bob.page, '.OT_subscriber', false);
    await waitForMatch(ann.page, '.OT_publisher', false);

    await bob.page.evaluate(() => session.disconnect());
    await logged(bob.page, 'sessionDisconnected clientDisconnected');
    await logged(ann.page, 'streamDestroyed clientDisconnected');
    assert.equal(await count(bob.page, '.OT_root'), 0);
    for (const { page } of people) assert.deepEqual(page.complaints, []);
  } catch (error) {
    for (const { name, page } of people) console.error(name, await page.evaluate(() => window.log), page.complaints);
    throw error;
  } finally {
    for (const { page, site } of people) {
      await closePage(page);
      await site.stop();
    }
  }
}

for (const [engine, launch, skip] of [['Chromium', launchChromium], ['Firefox', launchFirefox, !ownAddress && 'this machine has no network address']]) {
  test(`${engine}: the quick start makes a call, and everything that ends in it ends as documented`, { skip }, async () => {
    const browser = await launch();
    try {
      await makesACall(browser);
    } finally {
      await browser.close();
    }
  });
}
