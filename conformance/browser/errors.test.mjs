// What only a browser can notice: each fault is provoked by its real condition, where a browser without a person at it can
// have that condition, and must arrive as the catalogue describes it, in our form and in the OpenTok facade's.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium, startServer } from './harness.mjs';

let server;
const browsers = new Map();
before(async () => { server = await startServer(); });
after(async () => {
  for (const browser of browsers.values()) await (await browser).close();
  await server?.stop();
});

/** One browser for each way of launching it. */
function browserWith(launch = {}) {
  const key = JSON.stringify(launch);
  if (!browsers.has(key)) browsers.set(key, launchChromium(launch));
  return browsers.get(key);
}

async function credentials() {
  const answer = await fetch(new URL('/dev/join', server.url), {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ room: `errors ${Math.random()}`, name: 'ann' }),
  });
  const { session_id: sessionId, token } = await answer.json();
  return { sessionId, token };
}

/**
 * Runs `scenario(sdk, credentials)` in a page on the server's origin and expects it to fail with `code`. Resolves with the
 * problem object.
 */
async function fails(code, scenario, { launch, origin = server.url, init, headers } = {}) {
  const browser = await browserWith(launch);
  const page = await (await browser.newContext()).newPage();
  try {
    if (init) await page.addInitScript(init);
    if (headers) {
      await page.route('**/healthz', async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, headers: { ...response.headers(), ...headers } });
      });
    }
    await page.goto(new URL('/healthz', origin).href);
    const outcome = await page.evaluate(`(async () => {
      const sdk = await import('/sdk/exedra.esm.js');
      try {
        await (${scenario})(sdk, ${JSON.stringify({ url: origin, ...await credentials() })});
        return { code: 'nothing failed' };
      } catch (error) {
        if (!(error instanceof sdk.ExedraError)) return { code: 'not typed: ' + error };
        return { code: error.code, message: error.message, problem: error.problem };
      }
    })()`);
    assert.equal(outcome.code, code, JSON.stringify(outcome));
    const { problem } = outcome;
    assert.equal(problem.code, code);
    assert.equal(problem.type, `/errors/${code}`);
    assert.ok(!/[{}]/.test(problem.detail), problem.detail);
    for (const who of ['user', 'developer', 'operator']) assert.ok(problem.actions[who], who);
    // The advice has an address, and there is a page at it.
    assert.equal((await fetch(new URL(problem.type, server.url))).status, 200);
    return problem;
  } finally {
    await page.context().close();
  }
}

/** Runs `scenario(OT, done)` in a page of the OpenTok facade; `done` takes the completion handler's error. */
async function facadeFails(expected, scenario, { launch, init } = {}) {
  const browser = await browserWith(launch);
  const page = await (await browser.newContext()).newPage();
  try {
    if (init) await page.addInitScript(init);
    await page.goto(new URL('/healthz', server.url).href);
    await page.addScriptTag({ url: '/v2/js/opentok.min.js' });
    const error = await page.evaluate(`new Promise((resolve) => {
      document.body.innerHTML = '<div id="publisher"></div>';
      const done = (error) => resolve(error ? { name: error.name, code: error.code, message: error.message, isError: error instanceof Error } : 'nothing failed');
      (${scenario})(window.OT, done);
    })`);
    assert.deepEqual({ name: error.name, code: error.code }, expected, JSON.stringify(error));
    assert.equal(error.isError, true);
    return error;
  } finally {
    await page.context().close();
  }
}

const DENYING = { launch: { args: ['--use-fake-ui-for-media-stream=deny'] } };

test('a user who says no', async () => {
  const problem = await fails('CAPTURE_DENIED', (sdk) => sdk.capture({ audio: true, video: true }), DENYING);
  assert.deepEqual(problem.retry, { how: 'user_gesture' });
  const error = await facadeFails({ name: 'OT_USER_MEDIA_ACCESS_DENIED', code: 1500 }, (OT, done) => OT.initPublisher('publisher', {}, done), DENYING);
  assert.match(error.message, /^Publisher Access Denied:/);
});

test('no camera and no microphone', async () => {
  const bare = { launch: { without: ['--use-fake-device-for-media-stream'] } };
  await fails('DEVICE_NOT_FOUND', (sdk) => sdk.capture({ audio: true, video: true }), bare);
  await facadeFails({ name: 'OT_NO_DEVICES_FOUND', code: 1500 }, (OT, done) => OT.initPublisher('publisher', {}, done), bare);
});

test('a camera that no longer exists', () =>
  fails('DEVICE_NOT_FOUND', (sdk) => sdk.capture({ video: { deviceId: { exact: 'gone' } } })));

test('constraints that no device fulfils', async () => {
  const problem = await fails('CONSTRAINTS_NOT_SATISFIED', (sdk) => sdk.capture({ video: { width: { exact: 99_999 } } }));
  assert.equal(problem.args.constraint, 'width');
});

test('neither audio nor video', async () => {
  await fails('NO_MEDIA_REQUESTED', (sdk) => sdk.capture({ audio: false, video: false }));
  await facadeFails({ name: 'OT_NO_VALID_CONSTRAINTS', code: 1500 }, (OT, done) => OT.initPublisher('publisher', { audioSource: null, videoSource: null }, done));
});

test('a page that is not secure', async () => {
  const args = ['--host-resolver-rules=MAP insecure.test 127.0.0.1'];
  const origin = server.url.replace('127.0.0.1', 'insecure.test').replace('localhost', 'insecure.test');
  const problem = await fails('PAGE_INSECURE', (sdk) => sdk.capture({ audio: true }), { launch: { args }, origin });
  assert.match(problem.args.origin, /^http:\/\/insecure\.test/);
});

test('a page whose policy forbids the devices', () =>
  fails('CAPTURE_BLOCKED_BY_POLICY', (sdk) => sdk.capture({ audio: true, video: true }), { headers: { 'permissions-policy': 'camera=(), microphone=()' } }));

test('a user who shares no screen', () => fails('SCREEN_SHARE_DENIED', (sdk) => sdk.captureScreen(), DENYING));

test('a browser that cannot share the screen', async () => {
  // As on phones: the function does not exist.
  const init = () => { delete MediaDevices.prototype.getDisplayMedia; };
  await fails('SCREEN_SHARE_UNSUPPORTED', (sdk) => sdk.captureScreen(), { init });
  await facadeFails({ name: 'OT_SCREEN_SHARING_NOT_SUPPORTED', code: 1550 }, (OT, done) => OT.initPublisher('publisher', { videoSource: 'screen' }, done), { init });
});

test('a server that is not there', async () => {
  const problem = await fails('SERVER_UNREACHABLE', (sdk, credentials) => sdk.connect({ ...credentials, url: 'http://127.0.0.1:9' }));
  assert.deepEqual([problem.class, problem.retry.how], ['NETWORK', 'reconnect']);
});

test('a device without a network', () =>
  fails('CLIENT_OFFLINE', (sdk, credentials) => sdk.connect({ ...credentials, url: 'http://127.0.0.1:9' }), {
    init: () => Object.defineProperty(Navigator.prototype, 'onLine', { get: () => false }),
  }));

test('a connection that the app gives up', () =>
  fails('CONNECT_CANCELLED', (sdk, credentials) => {
    const abort = new AbortController();
    const connecting = sdk.connect({ ...credentials, signal: abort.signal });
    abort.abort();
    return connecting;
  }));

test('a call on a session that was left', async () => {
  const problem = await fails('NOT_CONNECTED', async (sdk, credentials) => {
    const room = await sdk.connect(credentials);
    await room.leave();
    await room.signal({ type: 'chat', data: 'hello' });
  });
  assert.equal(problem.effect, 'operation_fails');
});

test('a publisher that is unpublished before it is there', () =>
  fails('PUBLISH_CANCELLED', async (sdk, credentials) => {
    const room = await sdk.connect(credentials);
    const abort = new AbortController();
    const publishing = room.publish(await sdk.capture({ audio: true }), { signal: abort.signal });
    abort.abort();
    await publishing;
  }));

test('video on a stream that has none', () =>
  fails('TRACK_KIND_NOT_PUBLISHED', async (sdk, credentials) => {
    const room = await sdk.connect(credentials);
    const publication = await room.publish(await sdk.capture({ audio: true }));
    await publication.replaceTrack('video', (await sdk.capture({ video: true })).getVideoTracks()[0]);
  }));

test('a browser without WebRTC', () =>
  // As where a policy or an extension switches it off: the constructor does not exist.
  fails('WEBRTC_UNSUPPORTED', async (sdk, credentials) => {
    const room = await sdk.connect(credentials);
    await room.publish(await sdk.capture({ audio: true }));
  }, { init: () => { delete window.RTCPeerConnection; } }));

test('more peer connections than the browser gives', () =>
  fails('PEER_CONNECTION_FAILED', async (sdk, credentials) => {
    const room = await sdk.connect(credentials);
    const media = await sdk.capture({ audio: true });
    window.hoard = [];
    try {
      for (;;) window.hoard.push(new RTCPeerConnection());
    } catch {
      await room.publish(media);
    }
  }));

test('signals and errors of the server keep their form on the way through the SDK', async () => {
  const long = await fails('SIGNAL_TYPE_TOO_LONG', async (sdk, credentials) => {
    const room = await sdk.connect(credentials);
    await room.signal({ type: 'x'.repeat(129), data: '' });
  });
  assert.deepEqual(long.args, { limit_bytes: 128, got_bytes: 129 });
  await fails('SIGNAL_TYPE_INVALID', async (sdk, credentials) => (await sdk.connect(credentials)).signal({ type: 'ä', data: '' }));
  await fails('SIGNAL_DATA_TOO_LARGE', async (sdk, credentials) => (await sdk.connect(credentials)).signal({ type: 'x', data: 'y'.repeat(8193) }));
  await fails('MALFORMED_TOKEN', (sdk, credentials) => sdk.connect({ ...credentials, token: '1234' }));
});

test('the facade refuses what is no argument before it asks anybody', async () => {
  await facadeFails({ name: 'OT_INVALID_PARAMETER', code: 1011 }, (OT, done) => OT.initSession('100', '1_x').connect('', done));
  await facadeFails({ name: 'OT_NOT_CONNECTED', code: 500 }, (OT, done) => OT.initSession('100', '1_x').signal({ type: 'x', data: 'y' }, done));
  await facadeFails({ name: 'OT_AUTHENTICATION_ERROR', code: 1004 }, (OT, done) => OT.initSession('1234', '1234').connect('1234', done));
});
