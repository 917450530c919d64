// What a running OpenTok session does: moderation, screen sharing, own statistics, and the loss of the network.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { connect as connectTcp, createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { closePage, keepLines, launchChromium, openPage, PATIENCE_MS, seesMovingPicture, startServer, telling } from './harness.mjs';
import { narrowPath } from './narrow_path.mjs';
import { blankPage, createSession, servePage } from './opentok_page.mjs';

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

/** Runs in a person's page, to explain a wait in vain. */
async function state() {
  const figures = (source) => source?.getStats?.().catch(({ message }) => message);
  const sees = Object.entries(subscribers).map(async ([name, subscriber]) => [name, { lines: subscriber.videoHeight(), stats: await figures(subscriber) }]);
  // Beneath the facade: what the server says of each picture.
  const why = [...(session.room?.subscriptions.values() ?? [])].map((subscription) => subscription.explain().catch(({ message }) => message));
  return { log, sends: await figures(window.publisher), sees: Object.fromEntries(await Promise.all(sees)), why: await Promise.all(why) };
}

/** A person of a customer's app: connects, publishes, subscribes to everybody, and keeps a log of what it was told. */
async function person(name, session, { role = 'publisher', data = `name=${name}`, publish = true, properties = {}, via = server.url, prepare } = {}) {
  const site = await servePage(blankPage(via));
  const page = await openPage(browser, site.url);
  page.setDefaultTimeout(PATIENCE_MS);
  const people = (session.people ??= new Map()).set(name, () => page.evaluate(state));
  const waits = (what, condition, argument) => telling(page.waitForFunction(condition, argument).catch((cause) => { throw new Error(`${name} waited in vain: ${what}`, { cause }); }), people);
  await prepare?.(page);
  await page.evaluate(async ({ apiKey, sessionId, token, publish, name, properties }) => {
    window.log = [];
    window.last = (words) => log.findLast((line) => words.test(line));
    const told = (who) => ({ type, reason, changedProperty, newValue, active }) => log.push([who, type, reason ?? changedProperty ?? active, newValue].filter((part) => part !== undefined).join(' '));
    window.session = OT.initSession(apiKey, sessionId);
    window.subscribers = {};
    session.on('streamCreated', ({ stream }) => {
      const subscriber = subscribers[stream.name] = session.subscribe(stream, 'subscribers', { insertMode: 'append' }, (error) => log.push(`subscribe ${stream.name} ${error?.name ?? 'ok'}`));
      subscriber.on('connected disconnected destroyed videoDisabled videoEnabled videoDisableWarning videoDisableWarningLifted', told(stream.name));
    });
    session.on('streamDestroyed', ({ stream, reason }) => log.push(`stream ${stream.name} ${reason}`));
    session.on('streamPropertyChanged sessionReconnecting sessionReconnected sessionDisconnected connectionDestroyed muteForced', told('session'));
    await session.connect.promise(token);
    if (!publish) return;
    window.publisher = OT.initPublisher('publisher', { insertMode: 'append', name, ...properties });
    publisher.on('streamDestroyed destroyed muteForced mediaStopped videoDisabled videoEnabled videoDisableWarning videoDisableWarningLifted', told('publisher'));
    await session.publish.promise(publisher);
  }, { apiKey: session.apiKey, sessionId: session.sessionId, token: session.token({ role, data }), publish, name, properties });
  return {
    page,
    waits,
    heard: (line) => waits(`"${line}" is heard`, (line) => log.includes(line), line),
    log: () => page.evaluate(() => log),
    do: (steps, argument) => page.evaluate(steps, argument),
    async soundGoesOn(from) {
      const before = await page.evaluate(async (from) => (await subscribers[from].getStats()).audio.packetsReceived, from);
      await waits('the sound goes on', async ([from, before]) => (await subscribers[from].getStats()).audio.packetsReceived > before + 50, [from, before]);
    },
    sees: () => telling(seesMovingPicture(page, 'div.OT_subscriber:not(.OT_loading) .OT_video-element'), people),
    async leave() {
      people.delete(name);
      await closePage(page);
      await site.stop();
    },
  };
}

test('a moderator mutes, unpublishes and disconnects', async () => {
  const session = await createSession(server);
  const judge = await person('judge', session, { role: 'moderator', publish: false });
  const ann = await person('ann', session);
  await judge.heard('subscribe ann ok');

  await judge.do(() => window.session.forceMuteStream(subscribers.ann.stream));
  await ann.heard('publisher muteForced');
  await judge.heard('session streamPropertyChanged hasAudio false');
  assert.equal(await ann.do(() => publisher.getAudioSource().enabled), false);
  await ann.do(() => publisher.publishAudio(true));
  await judge.heard('session streamPropertyChanged hasAudio true');

  await judge.do(() => window.session.forceMuteAll());
  await ann.heard('session muteForced true');
  const late = await person('late', session);
  await judge.do(() => window.session.disableForceMute());
  await ann.heard('session muteForced false');
  assert.equal(await late.do(() => publisher.stream.hasAudio), false, 'published during a mute of all');

  await judge.do(() => window.session.forceUnpublish(subscribers.ann.stream));
  await ann.heard('publisher streamDestroyed forceUnpublished');
  await judge.heard('stream ann forceUnpublished');
  await ann.page.waitForSelector('.OT_publisher', { state: 'detached' });

  await judge.do(() => window.session.forceDisconnect(window.session.connections.find(({ data }) => data === 'name=ann')));
  await ann.heard('session sessionDisconnected forceDisconnected');
  await judge.heard('session connectionDestroyed forceDisconnected');
  assert.equal(await ann.do(() => document.querySelectorAll('.OT_root').length), 0);
  for (const each of [judge, ann, late]) {
    assert.deepEqual(each.page.complaints, []);
    await each.leave();
  }
});

test('a shared screen is a second stream, and ends as mediaStopped for everybody', async () => {
  const session = await createSession(server);
  const ann = await person('ann', session);
  const bob = await person('bob', session, { publish: false });
  await ann.do(async () => {
    window.screenPublisher = OT.initPublisher('publisher', { insertMode: 'append', videoSource: 'screen', name: 'screen' });
    await session.publish.promise(screenPublisher);
  });
  await bob.heard('subscribe screen ok');
  const seen = await bob.do(() => ({ type: subscribers.screen.stream.videoType, classes: subscribers.screen.element.className, streams: session.streams.length() }));
  assert.equal(seen.type, 'screen');
  assert.match(seen.classes, /OT_fit-mode-contain/);
  assert.equal(seen.streams, 2);
  await bob.waits('the screen has a size', () => subscribers.screen.videoWidth() > 0);
  // What the browser does when the user clicks "Stop sharing".
  await ann.do(() => screenPublisher.getVideoSource().track.dispatchEvent(new Event('ended')));
  await bob.heard('stream screen mediaStopped');
  await bob.page.waitForSelector('.OT_fit-mode-contain', { state: 'detached' });
  await ann.leave();
  await bob.heard('stream ann clientDisconnected');
  await bob.leave();
});

test('closing the page is a leave: others hear clientDisconnected, at once', async () => {
  const session = await createSession(server);
  const ann = await person('ann', session, { publish: false });
  const bob = await person('bob', session, { publish: false });
  await bob.page.close({ runBeforeUnload: false });
  await ann.heard('session connectionDestroyed clientDisconnected');
  await ann.leave();
});

test('a client can subscribe to its own stream and measure its network', async () => {
  const session = await createSession(server);
  const ann = await person('ann', session);
  const stats = await ann.do(async () => {
    const subscriber = await session.subscribe.promise(publisher.stream, 'subscribers', { insertMode: 'append', testNetwork: true, audioVolume: 0 });
    const first = await subscriber.getStats();
    let next = first;
    while (next.video.packetsReceived < first.video.packetsReceived + 30) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      next = await subscriber.getStats();
    }
    const [{ stats: sent }] = await publisher.getStats();
    const report = await subscriber.getRtcStatsReport();
    return { next, sent, types: [...new Set([...report.values()].map(({ type }) => type))] };
  });
  assert.ok(stats.next.video.bytesReceived > 0 && stats.next.audio.packetsReceived > 0);
  assert.equal(stats.next.video.width * 3, stats.next.video.height * 4);
  assert.equal(stats.next.video.codec, 'VP8');
  assert.ok(stats.sent.video.packetsSent > 0 && stats.sent.video.layers.length > 0);
  for (const type of ['inbound-rtp', 'candidate-pair', 'local-candidate', 'remote-candidate', 'codec', 'transport']) assert.ok(stats.types.includes(type), type);
  await ann.leave();
});

/** Signaling passes through here, so that a test can cut it; media goes its own way. */
async function cuttable() {
  const { port } = new URL(server.url);
  const sockets = new Set();
  let open = true;
  const proxy = createServer((inner) => {
    if (!open) return inner.destroy();
    const outer = connectTcp(port, '127.0.0.1');
    for (const [one, other] of [[inner, outer], [outer, inner]]) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => undefined).on('close', () => { sockets.delete(one); other.destroy(); });
    }
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  proxy.unref();
  return {
    url: `http://localhost:${proxy.address().port}/`,
    cut() { open = false; for (const socket of sockets) socket.destroy(); },
    mend() { open = true; },
    stop() { this.cut(); proxy.close(); },
  };
}

test('a cut of signaling heals: same ids, no stream flickers, what happened meanwhile is told once', async () => {
  const session = await createSession(server);
  const line = await cuttable();
  const ann = await person('ann', session, { via: line.url });
  const bob = await person('bob', session);
  await ann.heard('subscribe bob ok');
  await bob.heard('subscribe ann ok');
  const before = await ann.do(() => [session.connection.connectionId, publisher.stream.streamId]);
  await bob.do(() => session.on('signal:note', ({ data }) => log.push(`note ${data}`)));

  line.cut();
  await ann.heard('session sessionReconnecting');
  await ann.heard('bob disconnected');
  await ann.do(() => {
    session.signal({ type: 'note', data: 'queued' });
    session.signal({ type: 'note', data: 'never', retryAfterReconnect: false }).catch((error) => log.push(`refused ${error.name}`));
  });
  await ann.heard('refused OT_NOT_CONNECTED');
  const late = await person('late', session);
  await ann.do(() => { log.length = 0; });
  line.mend();
  await ann.heard('session sessionReconnected');
  await ann.heard('subscribe late ok');
  // The server answers a resume with the present state and sends the missed events as well: one of them counts.
  assert.deepEqual((await ann.log()).filter((entry) => /^subscribe/.test(entry)), ['subscribe late ok']);
  assert.equal(await ann.do(() => session.streams.length()), 2);
  await bob.heard('note queued');
  assert.deepEqual(await ann.do(() => [session.connection.connectionId, publisher.stream.streamId]), before);
  await ann.sees();
  await bob.sees();
  assert.deepEqual((await bob.log()).filter((entry) => /^stream|destroyed|note never/i.test(entry)), []);
  for (const each of [ann, bob, late]) await each.leave();
  line.stop();
});

/** Media of one page passes through here, so that a test can cut it; signaling goes its own way. */
async function cuttableMedia() {
  const inner = createSocket('udp4');
  const outer = createSocket('udp4');
  let open = true;
  let client;
  let target;
  inner.on('message', (datagram, from) => { client = from; if (open) outer.send(datagram, target, '127.0.0.1'); });
  outer.on('message', (datagram) => { if (open && client) inner.send(datagram, client.port, client.address); });
  await Promise.all([inner, outer].map((socket) => new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve))));
  return {
    /** Makes the page believe that the server's candidate is this relay. */
    async enter(page) {
      await page.exposeFunction('relayTo', (port) => { target = port; return inner.address().port; });
      await page.evaluate(() => {
        const { setRemoteDescription } = RTCPeerConnection.prototype;
        RTCPeerConnection.prototype.setRemoteDescription = async function ({ type, sdp }) {
          const [, head, port] = /(a=candidate:\S+ \d+ udp \d+ 127\.0\.0\.1 )(\d+)/.exec(sdp);
          return setRemoteDescription.call(this, { type, sdp: sdp.replaceAll(head + port, head + await relayTo(Number(port))) });
        };
      });
    },
    cut() { open = false; },
    mend() { open = true; },
    stop() { inner.close(); outer.close(); },
  };
}

test('a cut of media heals by an ICE restart: disconnected, connected, and the picture moves again', async () => {
  const session = await createSession(server);
  const relay = await cuttableMedia();
  const ann = await person('ann', session);
  const bob = await person('bob', session, { publish: false, prepare: (page) => relay.enter(page) });
  await bob.heard('subscribe ann ok');
  await bob.sees();
  relay.cut();
  await bob.heard('ann disconnected');
  relay.mend();
  await bob.do(() => { log.splice(0, log.lastIndexOf('ann disconnected')); });
  await bob.heard('ann connected');
  await bob.sees();
  assert.deepEqual((await bob.log()).filter((entry) => /^stream|destroyed/.test(entry)), []);
  await ann.leave();
  await bob.leave();
  relay.stop();
});

test('sound that the browser blocks: the widget offers a button, and a click brings the sound', async () => {
  const strict = await launchChromium({ args: ['--autoplay-policy=document-user-activation-required'] });
  const session = await createSession(server);
  const ann = await person('ann', session);
  // All of it in the page's own script: whatever a test evaluates counts as a click.
  const site = await servePage(`${blankPage(server.url)}<script>
    const session = OT.initSession('${session.apiKey}', '${session.sessionId}');
    session.on('streamCreated', ({ stream }) => session.subscribe(stream, 'subscribers')
      .on('audioBlocked audioUnblocked', ({ type, target }) => console.log(type, target.isAudioBlocked(), document.querySelectorAll('.OT_audio-blocked.OT_mode-on').length)));
    session.connect('${session.token({ role: 'subscriber' })}');
  </script>`);
  const context = await strict.newContext({ viewport: { width: 640, height: 480 } });
  const page = await context.newPage();
  const said = (words) => page.waitForEvent('console', (message) => message.text() === words);
  const blocked = said('audioBlocked true 1');
  await page.goto(site.url);
  await blocked;
  const unblocked = said('audioUnblocked false 0');
  // The widget is 264 × 198 and lies below the 240 pixels of #publisher; its button is in the middle.
  await page.mouse.click(8 + 132, 8 + 240 + 99);
  await unblocked;
  await strict.close();
  await ann.leave();
  await site.stop();
});

test('a server that stops says goodbye: sessionDisconnected, and nothing left over', async () => {
  const other = await startServer();
  const session = await createSession(other);
  const ann = await person('ann', session, { via: other.url });
  await other.stop();
  await ann.waits('the session ends', () => log.some((line) => line.startsWith('session sessionDisconnected')));
  await ann.page.waitForSelector('.OT_root', { state: 'detached' });
  assert.deepEqual((await ann.log()).filter((line) => line.startsWith('session sessionDisconnected')), ['session sessionDisconnected serverRotation']);
  await ann.leave();
});

test('a subscriber behind a narrow path is warned, loses the picture, keeps the sound, and gets the picture back', async () => {
  const session = await createSession(server);
  const path = await narrowPath();
  const ann = await person('ann', session);
  const bob = await person('bob', session, { publish: false, prepare: path.prepare });
  try {
    await bob.heard('subscribe ann ok');
    await bob.sees();
    path.limit(45_000);
    await bob.heard('ann videoDisableWarning');
    await bob.heard('ann videoDisabled quality');
    await bob.page.waitForSelector('.OT_subscriber.OT_audio-only .OT_video-disabled-indicator.OT_mode-on');
    const narrow = await bob.do(() => subscribers.ann.getStats());
    assert.equal(narrow.mediaLink.transport.networkConditionReason, 'bandwidth');
    assert.ok(narrow.mediaLink.transport.connectionEstimatedBandwidth < 200_000, JSON.stringify(narrow.mediaLink));
    await bob.soundGoesOn('ann');

    path.limit(Infinity);
    await bob.heard('ann videoEnabled quality');
    await bob.sees();
    assert.deepEqual((await bob.log()).filter((line) => /video(Dis|En)abled /.test(line)), ['ann videoDisabled quality', 'ann videoEnabled quality']);
    const report = await bob.do(async () => [...(await subscribers.ann.getRtcStatsReport()).values()].map(({ type }) => type));
    assert.ok(report.includes('inbound-rtp') && report.includes('candidate-pair'));
  } finally {
    await bob.leave();
    await ann.leave();
    path.close();
  }
});

test('a publisher behind a weak uplink gives up its picture, not its sound, tells everybody, and tries again when there is room', async () => {
  const session = await createSession(server);
  const path = await narrowPath();
  const ann = await person('ann', session, { properties: { audioFallback: { publisher: true } }, prepare: path.prepare });
  const bob = await person('bob', session, { publish: false });
  try {
    await bob.heard('subscribe ann ok');
    await bob.sees();
    path.limitUplink(60_000);
    await ann.heard('publisher videoDisableWarning quality');
    await ann.heard('publisher videoDisabled quality');
    await bob.heard('ann videoDisabled quality');
    await bob.page.waitForSelector('.OT_subscriber.OT_audio-only .OT_video-disabled-indicator.OT_mode-on');
    assert.equal(await bob.do(() => subscribers.ann.stream.hasVideo), true, 'it is no mute');
    await bob.soundGoesOn('ann');

    // From time to time it is tried, blindly: what matters is how it ends.
    await ann.waits('the picture is given up', () => last(/^publisher video(Dis|En)abled /) === 'publisher videoDisabled quality');
    path.limitUplink(Infinity);
    await bob.waits('the picture is back, and for longer than a try that fails', async () => {
      const isBack = last(/^ann video(Dis|En)abled /) === 'ann videoEnabled quality';
      const report = [...(await subscribers.ann.getRtcStatsReport()).values()];
      const { framesDecoded } = report.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video');
      window.framesBefore = isBack ? window.framesBefore ?? framesDecoded : undefined;
      return framesDecoded > window.framesBefore + 60;
    });
    await bob.sees();
    await ann.waits('the picture is back', () => last(/^publisher video(Dis|En)abled /) === 'publisher videoEnabled quality');
  } finally {
    await bob.leave();
    await ann.leave();
    path.close();
  }
});

test('a machine that gets busy is told of, and one that no longer is', async () => {
  const session = await createSession(server);
  let machine;
  const prepare = async (page) => {
    machine = await page.context().newCDPSession(page);
    await machine.send('Emulation.setPressureSourceOverrideEnabled', { enabled: true, source: 'cpu', metadata: { available: true } });
  };
  const ann = await person('ann', session, { publish: false, prepare });
  await ann.do(() => { session.on('cpuPerformanceChanged', ({ cpuPerformanceState }) => log.push(`cpu ${cpuPerformanceState}`)); });
  for (const state of ['critical', 'nominal']) {
    await machine.send('Emulation.setPressureStateOverride', { source: 'cpu', state });
    await ann.heard(`cpu ${state}`);
  }
  await ann.leave();
});

test('a subscriber is told how good its path is and how well it receives, when that changes', async () => {
  const session = await createSession(server);
  const path = await narrowPath();
  const ann = await person('ann', session);
  const bob = await person('bob', session, { publish: false, prepare: path.prepare });
  try {
    await bob.heard('subscribe ann ok');
    await bob.do(() => {
      subscribers.ann.on('networkConditionChanged', ({ stats }) => log.push(`path ${stats.mediaLink.transport.networkCondition}`));
      subscribers.ann.on('qualityScoreChanged', ({ qualityScore }) => log.push(`picture ${qualityScore.videoQualityScore}`));
    });
    // What counts is what was told last; and on a busy machine no picture is perfect.
    const isWell = () => /[2-5]$/.test(last(/^picture /)) && /^path (?!critical)/.test(last(/^path /));
    await bob.waits('a good path and a picture worth seeing', isWell);
    // The sound fits: with less, the checks of the path are lost as well.
    path.limit(45_000);
    await bob.waits('a path of no use, and no picture', () => last(/^picture /) === 'picture 1' && last(/^path /) === 'path critical');
    path.limit(Infinity);
    await bob.waits('a better path and a better picture', isWell);
  } finally {
    await bob.leave();
    await ann.leave();
    path.close();
  }
});

test('a publisher that asks for VP9 with layers sends them, and a small widget gets a small one', async () => {
  const session = await createSession(server);
  const ann = await person('ann', session, { publish: false, prepare: (page) => page.evaluate(keepLines) });
  await ann.do(async () => {
    window.publisher = OT.initPublisher('publisher', { insertMode: 'append', name: 'ann', resolution: '1280x720', preferredVideoCodecs: ['vp9'] });
    publisher.setTargetScalabilityMode('L3T3');
    await session.publish.promise(publisher);
  });
  const bob = await person('bob', session, { publish: false });
  const cat = await person('cat', session, { publish: false });
  for (const each of [bob, cat]) await each.heard('subscribe ann ok');
  await bob.do(() => subscribers.ann.setPreferredResolution({ width: 1280, height: 720 }));
  await bob.waits('720 lines', () => subscribers.ann.videoHeight() === 720);
  // The widget is 264 × 198.
  await cat.waits('180 lines', () => subscribers.ann.videoHeight() === 180);
  const [{ stats }] = await ann.do(() => publisher.getStats());
  assert.deepEqual(stats.video.layers.map(({ codec, scalabilityMode }) => [codec, scalabilityMode]), [['VP9', 'L3T3']]);
  for (const each of [ann, bob, cat]) await each.leave();
});
