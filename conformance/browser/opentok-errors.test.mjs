// Failures that the server decides, as an OpenTok page meets them: the vendor's name and code in handler, promise and `exception`
// event, our own cause behind it. And what every method says before there is a session, or of what is no argument.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { startServer } from './harness.mjs';
import { assertFailure, createSession, meet as meetIn } from './opentok_page.mjs';
import { browserWith, closeBrowsers, provoke } from './provoke.mjs';

let server;
let session;
before(async () => {
  server = await startServer();
  session = await createSession(server);
});
after(async () => {
  await closeBrowsers();
  await server?.stop();
});

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
function jwt(claims, secret = server.api_secret) {
  const now = Math.floor(Date.now() / 1000);
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({
    iss: server.api_key, ist: 'project', iat: now, exp: now + 600, session_id: session.sessionId, nonce: 1, role: 'publisher', scope: 'session.connect', ...claims,
  })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

const AUTHENTICATION = { name: 'OT_AUTHENTICATION_ERROR', code: 1004, target: 'Session' };
const NOBODY = '00000000-0000-4000-8000-000000000000';
const denied = (code, target = 'Session') => ({ name: 'OT_PERMISSION_DENIED', code, target });
const invalid = (code) => ({ name: 'OT_INVALID_PARAMETER', code, target: 'Session' });

const connecting = {
  core: (sdk, { join }) => join(),
  facade: (OT, handler, { opentok: { apiKey, sessionId, token } }) => { OT.initSession(apiKey, sessionId).connect(token, handler); },
  retry: (sdk, { credentials, opentok }) => sdk.connect({ ...credentials, ...opentok.good }),
};
/** A call on a session; the core's half and the facade's. */
const calling = (core, facade) => ({
  core: `async (sdk, { join }) => (${core})(await join(), sdk)`,
  facade: `async (OT, handler, { connect }) => { (${facade})(await connect(), handler, OT); }`,
  retry: `async (sdk, { credentials, opentok }) => (${core})(await sdk.connect({ ...credentials, ...opentok.good }), sdk)`,
});
const publishing = calling(async (room, sdk) => room.publish(await sdk.capture({ audio: true })), (session, handler) => session.publish('publisher', {}, handler));

const scenarios = {
  connect: {
    'an expired token': { ...connecting, code: 'TOKEN_EXPIRED', opentok: AUTHENTICATION, token: () => jwt({ iat: 1_600_000_000, exp: 1_600_000_600 }) },
    'a token that somebody else signed': { ...connecting, code: 'TOKEN_SIGNATURE_INVALID', opentok: AUTHENTICATION, token: () => jwt({}, 'another secret') },
    'a token of another session': { ...connecting, code: 'TOKEN_SESSION_MISMATCH', opentok: AUTHENTICATION, token: () => jwt({ session_id: `${session.sessionId}x` }) },
    'key, session and token all 1234': { ...connecting, code: 'MALFORMED_TOKEN', opentok: AUTHENTICATION, token: () => '1234', of: { apiKey: '1234', sessionId: '1234' } },
    'a session id of nowhere': {
      ...connecting, retry: connecting.core, code: 'SESSION_ID_INVALID', opentok: { name: 'OT_INVALID_SESSION_ID', code: 1005, target: 'Session' },
      token: () => jwt({ session_id: 'nowhere' }), of: { sessionId: 'nowhere' },
    },
  },
  publish: {
    'a subscriber may not': { ...publishing, code: 'PERMISSION_DENIED', opentok: denied(1500, 'Publisher'), role: 'subscriber' },
  },
  subscribe: {
    'a stream that is not there': {
      ...calling((room) => room.subscribe('00000000-0000-4000-8000-000000000000'), (session, handler) => session.subscribe({ streamId: '00000000-0000-4000-8000-000000000000' }, null, {}, handler)),
      code: 'STREAM_NOT_FOUND', args: { stream_id: NOBODY }, opentok: { name: 'OT_STREAM_NOT_FOUND', code: 1604, target: 'Subscriber' },
    },
  },
  signal: {
    'a type with a forbidden character': {
      ...calling((room) => room.signal({ type: 'a b' }), (session, handler) => session.signal({ type: 'a b' }, handler)), code: 'SIGNAL_TYPE_INVALID', opentok: invalid(400),
    },
    'a type that is too long': {
      ...calling((room) => room.signal({ type: 'x'.repeat(129) }), (session, handler) => session.signal({ type: 'x'.repeat(129) }, handler)),
      code: 'SIGNAL_TYPE_TOO_LONG', args: { limit_bytes: 128, got_bytes: 129 }, opentok: invalid(413),
    },
    'data that is too large': {
      ...calling((room) => room.signal({ data: 'x'.repeat(8193) }), (session, handler) => session.signal({ data: 'x'.repeat(8193) }, handler)),
      code: 'SIGNAL_DATA_TOO_LARGE', opentok: invalid(413),
    },
    'to nobody': {
      ...calling((room) => room.signal({ to: '00000000-0000-4000-8000-000000000000' }), (session, handler) => session.signal({ to: { connectionId: '00000000-0000-4000-8000-000000000000' } }, handler)),
      code: 'CONNECTION_NOT_FOUND', opentok: { name: 'OT_NOT_FOUND', code: 404, target: 'Session' },
    },
  },
  force_disconnect: {
    'needs a moderator': {
      ...calling((room) => room.forceDisconnect(room.connection), (session, handler) => session.forceDisconnect(session.connection, handler)), code: 'PERMISSION_DENIED', opentok: denied(1520),
    },
    'of nobody': {
      ...calling((room) => room.forceDisconnect('00000000-0000-4000-8000-000000000000'), (session, handler) => session.forceDisconnect('00000000-0000-4000-8000-000000000000', handler)),
      code: 'CONNECTION_NOT_FOUND', opentok: invalid(1011), role: 'moderator',
    },
  },
  force_unpublish: {
    'needs a moderator': {
      ...calling(async (room, sdk) => room.forceUnpublish((await room.publish(await sdk.capture({ audio: true }))).stream), (session, handler) => session.forceUnpublish({ streamId: 'x' }, handler)),
      code: 'PERMISSION_DENIED', opentok: denied(1530),
    },
    'of a stream that is not there': {
      ...calling((room) => room.forceUnpublish('00000000-0000-4000-8000-000000000000'), (session, handler) => session.forceUnpublish({ streamId: '00000000-0000-4000-8000-000000000000' }, handler)),
      code: 'STREAM_NOT_FOUND', opentok: { name: 'OT_STREAM_NOT_FOUND', code: 1535, target: 'Session' }, role: 'moderator',
    },
  },
  force_mute: {
    'needs a moderator': {
      ...calling((room) => room.forceMuteAll(), (session, handler) => session.forceMuteAll().catch(handler)), code: 'PERMISSION_DENIED', opentok: denied(1540),
    },
    'of a stream that is not there': {
      ...calling((room) => room.forceMuteStream('00000000-0000-4000-8000-000000000000'), (session, handler) => session.forceMuteStream({ streamId: '00000000-0000-4000-8000-000000000000' }).catch(handler)),
      code: 'STREAM_NOT_FOUND', opentok: { name: 'OT_STREAM_NOT_FOUND', code: 1604, target: 'Session' }, role: 'moderator',
    },
  },
};

for (const [operation, table] of Object.entries(scenarios)) {
  describe(operation, () => {
    for (const [name, { token, role = 'publisher', of = {}, ...scenario }] of Object.entries(table)) {
      test(name, () => {
        const good = { sessionId: session.sessionId, token: session.token({ role: 'moderator' }) };
        const credentials = { apiKey: server.api_key, sessionId: session.sessionId, token: token?.() ?? session.token({ role }), good, ...of };
        return provoke(server.url, credentials, { name: `${operation}, ${name}`, operation, raisedBy: 'server', mend() {}, ...scenario });
      });
    }
  });
}

const meet = async (steps, argument) => meetIn(await browserWith(), server.url, steps, argument);
const credentials = (role, more = {}) => ({ apiKey: server.api_key, sessionId: session.sessionId, token: session.token({ role }), ...more });

describe('every method', () => {
  /**
   * Runs in the page: for each call the error that handler and promise tell (one object, the handler once), and what `exception`
   * told of it. A call that takes a handler is made once more with its promise ignored, which must not surface anywhere.
   */
  const tell = async (calls) => {
    const told = {};
    for (const [name, call] of Object.entries(calls)) {
      const before = exceptions.length;
      const handled = [];
      let promise;
      const handler = call.length > 0 && new Promise((resolve) => { promise = call((error) => { handled.push(error); resolve(error); }); });
      if (!handler) promise = call();
      const errors = await Promise.all([handler, promise instanceof Promise && promise.then(() => 'resolved', (error) => error)].filter(Boolean));
      const [error] = errors;
      const [exception, ...more] = exceptions.slice(before);
      told[name] = [error.name, error.code];
      if (errors.some((each) => each !== error) || handled.length > 1) told[name].push('told differently or twice');
      if (exception?.code !== error.code || exception?.message !== error.message || more.length > 0) told[name].push(`exceptions ${JSON.stringify(exceptions.slice(before))}`);
      if (handler) await new Promise((resolve) => call(resolve));
    }
    return told;
  };
  const assertTold = ({ error: told, console }, expected) => {
    assert.deepEqual(told, expected);
    assert.deepEqual(console.filter((line) => line.startsWith('uncaught')), []);
  };

  test('before there is a session', async () => {
    const met = await meet(async ({ apiKey, sessionId, tell }) => {
      const session = OT.initSession(apiKey, sessionId);
      const publisher = await OT.initPublisher.promise('publisher');
      const subscriber = session.subscribe({ streamId: 'x' });
      await new Promise((resolve) => OT.once('exception', resolve));
      return eval(tell)({
        'session.publish': (handler) => session.publish(publisher, handler),
        'session.publish.promise': () => session.publish.promise(publisher),
        'session.subscribe': (handler) => session.subscribe({ streamId: 'x' }, null, {}, handler),
        'session.subscribe.promise': () => session.subscribe.promise({ streamId: 'x' }),
        'session.signal': (handler) => session.signal({ data: 'x' }, handler),
        'session.forceDisconnect': (handler) => session.forceDisconnect({ connectionId: 'x' }, handler),
        'session.forceUnpublish': (handler) => session.forceUnpublish({ streamId: 'x' }, handler),
        'session.forceMuteStream': () => session.forceMuteStream({ streamId: 'x' }),
        'session.forceMuteAll': () => session.forceMuteAll(),
        'session.disableForceMute': () => session.disableForceMute(),
        'publisher.getStats': (handler) => publisher.getStats(handler),
        'publisher.getRtcStatsReport': () => publisher.getRtcStatsReport(),
        'subscriber.getStats': (handler) => subscriber.getStats(handler),
        'subscriber.getRtcStatsReport': () => subscriber.getRtcStatsReport(),
        'OT.reportIssue': (handler) => OT.reportIssue(handler),
      });
    }, credentials('moderator', { tell: String(tell) }));
    assertTold(met, {
      'session.publish': ['OT_NOT_CONNECTED', 1010],
      'session.publish.promise': ['OT_NOT_CONNECTED', 1010],
      'session.subscribe': ['OT_DISCONNECTED', 1010],
      'session.subscribe.promise': ['OT_DISCONNECTED', 1010],
      'session.signal': ['OT_NOT_CONNECTED', 500],
      'session.forceDisconnect': ['OT_NOT_CONNECTED', 1010],
      'session.forceUnpublish': ['OT_NOT_CONNECTED', 1010],
      'session.forceMuteStream': ['OT_NOT_CONNECTED', 1010],
      'session.forceMuteAll': ['OT_NOT_CONNECTED', 1010],
      'session.disableForceMute': ['OT_NOT_CONNECTED', 1010],
      'publisher.getStats': ['OT_NOT_CONNECTED', 1010],
      'publisher.getRtcStatsReport': ['OT_NOT_CONNECTED', 1010],
      'subscriber.getStats': ['OT_NOT_CONNECTED', 1010],
      'subscriber.getRtcStatsReport': ['OT_NOT_CONNECTED', 1010],
      'OT.reportIssue': ['OT_REPORT_ISSUE_FAILED', 2011],
    });
  });

  test('of what is no argument, or no feature', async () => {
    const met = await meet(async ({ apiKey, sessionId, token, tell }) => {
      const session = await OT.initSession(apiKey, sessionId).connect.promise(token);
      const publisher = await OT.initPublisher.promise('publisher');
      const encrypted = OT.initSession(apiKey, sessionId, { encryptionSecret: 'secret' });
      return eval(tell)({
        'session.connect': (handler) => OT.initSession(apiKey, sessionId).connect('', handler),
        'session.connect.promise': () => OT.initSession(apiKey, sessionId).connect.promise(undefined),
        'session.connect, encrypted': (handler) => encrypted.connect(token, handler),
        'session.subscribe': (handler) => session.subscribe(undefined, 'subscribers', { insertMode: 'append' }, handler),
        'session.signal, type': (handler) => session.signal({ type: 7 }, handler),
        'session.signal, to': (handler) => session.signal({ to: {} }, handler),
        'session.signal, data': (handler) => session.signal({ data: () => 0 }, handler),
        'session.forceDisconnect': (handler) => session.forceDisconnect(undefined, handler),
        'session.forceUnpublish': (handler) => session.forceUnpublish({}, handler),
        'session.forceMuteStream': () => session.forceMuteStream(null),
        'session.forceMuteAll': () => session.forceMuteAll([{}]),
        'session.setEncryptionSecret': () => session.setEncryptionSecret('secret'),
        'publisher.setVideoSource': () => publisher.setVideoSource(7),
        'publisher.applyVideoFilter': () => publisher.applyVideoFilter({ type: 'backgroundBlur' }),
        'publisher.applyAudioFilter': () => publisher.applyAudioFilter({ type: 'advancedNoiseSuppression' }),
        'OT.setAudioOutputDevice': () => OT.setAudioOutputDevice('nothing'),
      });
    }, credentials('moderator', { tell: String(tell) }));
    assertTold(met, {
      'session.connect': ['OT_INVALID_PARAMETER', 1011],
      'session.connect.promise': ['OT_INVALID_PARAMETER', 1011],
      'session.connect, encrypted': ['OT_NOT_SUPPORTED', 2000],
      'session.subscribe': ['OT_INVALID_PARAMETER', 1011],
      'session.signal, type': ['OT_INVALID_PARAMETER', 400],
      'session.signal, to': ['OT_INVALID_PARAMETER', 400],
      'session.signal, data': ['OT_INVALID_PARAMETER', 400],
      'session.forceDisconnect': ['OT_INVALID_PARAMETER', 1011],
      'session.forceUnpublish': ['OT_INVALID_PARAMETER', 1011],
      'session.forceMuteStream': ['OT_INVALID_PARAMETER', 1011],
      'session.forceMuteAll': ['OT_INVALID_PARAMETER', 1011],
      'session.setEncryptionSecret': ['OT_NOT_SUPPORTED', 2000],
      'publisher.setVideoSource': ['OT_INVALID_VIDEO_SOURCE', 1500],
      'publisher.applyVideoFilter': ['OT_NOT_SUPPORTED', 1500],
      'publisher.applyAudioFilter': ['OT_NOT_SUPPORTED', 1500],
      'OT.setAudioOutputDevice': ['OT_NO_DEVICES_FOUND', 1500],
    });
  });
});

test('what a page prevents does not happen', async () => {
  const { error: seen } = await meet(async ({ apiKey, sessionId, token }) => {
    const [ann, bob] = await Promise.all([1, 2].map(() => OT.initSession(apiKey, sessionId).connect.promise(token)));
    const event = (target, name) => new Promise((resolve) => target.once(name, (event) => { event.preventDefault(); resolve(event); }));
    const there = (...views) => views.map(({ element }) => document.contains(element));
    const seen = {};
    const publisher = OT.initPublisher('publisher', { insertMode: 'append' });
    const watch = async () => {
      const [{ stream }] = await Promise.all([event(bob, 'streamCreated'), ann.publish.promise(publisher)]);
      return bob.subscribe.promise(stream, 'subscribers', { insertMode: 'append' });
    };
    const first = await watch();
    const ended = Promise.all([event(publisher, 'streamDestroyed'), event(bob, 'streamDestroyed')]);
    ann.unpublish(publisher);
    seen.streamDestroyed = [(await ended).map(({ cancelable }) => cancelable), there(publisher, first)];

    const second = await watch();
    const stopped = event(publisher, 'mediaStopped');
    for (const track of [publisher.getAudioSource(), publisher.getVideoSource().track]) track.dispatchEvent(new Event('ended'));
    seen.mediaStopped = [(await stopped).cancelable, there(publisher), publisher.stream !== undefined];

    const left = event(bob, 'sessionDisconnected');
    bob.disconnect();
    seen.sessionDisconnected = [(await left).cancelable, there(second)];
    return seen;
  }, credentials('publisher'));
  assert.deepEqual(seen, { streamDestroyed: [[true, true], [true, true]], mediaStopped: [true, [true], true], sessionDisconnected: [true, [true]] });
});

describe('in a session', () => {
  test('signals faster than the limit', async () => {
    const met = await meet(async ({ apiKey, sessionId, token }) => {
      const session = await OT.initSession(apiKey, sessionId).connect.promise(token);
      return failure((handler) => {
        for (let n = 0; n < 400; n++) session.signal({ data: String(n) }).catch(handler);
      });
    }, credentials('publisher'));
    assertFailure(met, 'OT_RATE_LIMIT_EXCEEDED', 429, 'SIGNAL_RATE_LIMITED');
  });

  test('a network without UDP: an error within 15 s that names the cause', async () => {
    const met = await meet(async ({ apiKey, sessionId, token }) => {
      // Only relays, and none exists: the same as a firewall that lets no UDP out.
      const iceConfig = { includeServers: 'custom', transportPolicy: 'relay', customServers: [] };
      const session = await OT.initSession(apiKey, sessionId, { iceConfig }).connect.promise(token);
      const publisher = await OT.initPublisher.promise('publisher');
      const startedAt = performance.now();
      const error = await failure((handler) => session.publish(publisher, handler));
      error.withinLimit = performance.now() - startedAt < 15_000;
      publisher.destroy();
      error.widgets = document.querySelectorAll('.OT_publisher').length;
      return error;
    }, credentials('publisher'));
    assertFailure(met, 'OT_ICE_WORKFLOW_FAILED', 1553, 'ICE_FAILED');
    assert.match(met.error.message, /ICEWorkflow/);
    assert.equal(met.error.withinLimit, true);
    assert.equal(met.error.cause.stage, 'ice');
    assert.ok(met.error.cause.evidence.some(({ who }) => who === 'server'));
    assert.equal(met.error.widgets, 0, 'destroying after a failure is safe');
  });
});
