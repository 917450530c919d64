// Failures as an OpenTok page meets them: real server, real browser, the vendor's name and code in the completion handler, in
// the promise and in the `exception` event, and our own cause behind it.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { closePage, launchChromium, openPage, startServer } from './harness.mjs';
import { assertFailure, blankPage, createSession, meet as meetIn, servePage } from './opentok_page.mjs';

let server;
let browser;
let session;
before(async () => {
  server = await startServer();
  browser = await launchChromium();
  session = await createSession(server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const meet = (steps, argument, { in: inBrowser = browser, ...options } = {}) => meetIn(inBrowser, server.url, steps, argument, options);

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
function jwt(claims, secret = server.api_secret) {
  const now = Math.floor(Date.now() / 1000);
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({
    iss: server.api_key, ist: 'project', iat: now, exp: now + 600, session_id: session.sessionId, nonce: 1, role: 'publisher', scope: 'session.connect', ...claims,
  })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

describe('Session.connect', () => {
  const connect = ({ apiKey, sessionId, token }) => failure((handler) => OT.initSession(apiKey, sessionId).connect(token, handler));
  const cases = [
    ['an expired token', () => ({ token: jwt({ iat: 1_600_000_000, exp: 1_600_000_600 }) }), 'OT_AUTHENTICATION_ERROR', 1004, 'TOKEN_EXPIRED'],
    ['a token that somebody else signed', () => ({ token: jwt({}, 'another secret') }), 'OT_AUTHENTICATION_ERROR', 1004, 'TOKEN_SIGNATURE_INVALID'],
    ['a token of another session', () => ({ token: jwt({ session_id: `${session.sessionId}x` }) }), 'OT_AUTHENTICATION_ERROR', 1004, 'TOKEN_SESSION_MISMATCH'],
    ['key, session and token all 1234', () => ({ apiKey: '1234', sessionId: '1234', token: '1234' }), 'OT_AUTHENTICATION_ERROR', 1004, 'MALFORMED_TOKEN'],
    ['a session id of nowhere', () => ({ sessionId: 'nowhere', token: jwt({ session_id: 'nowhere' }) }), 'OT_INVALID_SESSION_ID', 1005],
  ];
  for (const [name, credentials, errorName, code, ours] of cases) {
    test(name, async () => {
      const met = await meet(connect, { apiKey: server.api_key, sessionId: session.sessionId, ...credentials() });
      assertFailure(met, errorName, code, ours ?? met.error?.ours);
    });
  }

  test('a server that is gone', async () => {
    const gone = await startServer();
    const site = await servePage(blankPage(gone.url));
    const page = await openPage(browser, site.url);
    await gone.stop();
    const error = await page.evaluate(() => OT.initSession('1', '2').connect.promise('token').then(() => undefined, ({ name, code, problem }) => ({ name, code, ours: problem.code })));
    assert.deepEqual(error, { name: 'OT_CONNECT_FAILED', code: 1006, ours: 'SERVER_UNREACHABLE' });
    await closePage(page);
    await site.stop();
  });
});

describe('in a session', () => {
  const credentials = (role, more = {}) => ({ apiKey: server.api_key, sessionId: session.sessionId, token: session.token({ role }), ...more });

  test('a subscriber may not publish', async () => {
    const met = await meet(async ({ apiKey, sessionId, token }) => {
      const session = await OT.initSession(apiKey, sessionId).connect.promise(token);
      return failure((handler) => session.publish('publisher', {}, handler));
    }, credentials('subscriber'));
    assertFailure(met, 'OT_PERMISSION_DENIED', 1500, 'PERMISSION_DENIED');
  });

  const refusals = [
    ['forceDisconnect needs a moderator', (session, handler) => session.forceDisconnect(session.connection, handler), 'OT_PERMISSION_DENIED', 1520, 'PERMISSION_DENIED'],
    ['forceUnpublish needs a moderator', (session, handler) => session.forceUnpublish({ streamId: 'x' }, handler), 'OT_PERMISSION_DENIED', 1530, 'PERMISSION_DENIED'],
    ['forceMuteAll needs a moderator', (session, handler) => session.forceMuteAll().then(() => handler(), handler), 'OT_PERMISSION_DENIED', 1540, 'PERMISSION_DENIED'],
    ['a signal type with a forbidden character', (session, handler) => session.signal({ type: 'a b' }, handler), 'OT_INVALID_PARAMETER', 400, 'SIGNAL_TYPE_INVALID'],
    ['a signal type that is too long', (session, handler) => session.signal({ type: 'x'.repeat(129) }, handler), 'OT_INVALID_PARAMETER', 413, 'SIGNAL_TYPE_TOO_LONG'],
    ['signal data that is too large', (session, handler) => session.signal({ data: 'x'.repeat(8193) }, handler), 'OT_INVALID_PARAMETER', 413, 'SIGNAL_DATA_TOO_LARGE'],
    ['a signal to nobody', (session, handler) => session.signal({ to: { connectionId: '00000000-0000-4000-8000-000000000000' } }, handler), 'OT_NOT_FOUND', 404, 'CONNECTION_NOT_FOUND'],
    ['subscribing to a stream that is not there', (session, handler) => session.subscribe({ streamId: '00000000-0000-4000-8000-000000000000' }, null, {}, handler), 'OT_STREAM_NOT_FOUND', 1604, 'STREAM_NOT_FOUND'],
    ['statistics of what is not published', (session, handler) => OT.initPublisher().getStats(handler), 'OT_NOT_CONNECTED', 1010, 'NOT_CONNECTED'],
  ];
  for (const [name, operation, errorName, code, ours] of refusals) {
    test(name, async () => {
      const met = await meet(async ({ apiKey, sessionId, token, operation }) => {
        const session = await OT.initSession(apiKey, sessionId).connect.promise(token);
        return failure((handler) => eval(operation)(session, handler));
      }, credentials('publisher', { operation: String(operation) }));
      assertFailure(met, errorName, code, ours);
    });
  }

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
