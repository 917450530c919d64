// Everything that the server can refuse, provoked through the sandbox and met by an OpenTok page: each ends in handler, promise and
// `exception` event in a form that the vendor's pages list for that method, and leaves the session as the catalogue says.
import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { recordScenario } from '../scenario.mjs';
import { closePage, launchChromium, openPage, startServer } from './harness.mjs';
import { blankPage, createSession, servePage } from './opentok_page.mjs';

/** Of each method what the vendor's error page lists, and the pairings we chose for what it leaves open. */
const FORMS = {
  connect: [
    ['OT_AUTHENTICATION_ERROR', 1004], ['OT_INVALID_SESSION_ID', 1005], ['OT_CONNECT_FAILED', 1006], ['OT_INVALID_PARAMETER', 1011],
    ['OT_CONNECTION_LIMIT_EXCEEDED', 1027], ['OT_UNEXPECTED_SERVER_RESPONSE', 2001],
  ],
  publish: [
    ['OT_NOT_CONNECTED', 1010], ['OT_INVALID_PARAMETER', 1011], ['OT_PERMISSION_DENIED', 1500], ['OT_TIMEOUT', 1500], ['OT_ICE_WORKFLOW_FAILED', 1553],
    ['OT_CREATE_PEER_CONNECTION_FAILED', 1601], ['OT_SET_REMOTE_DESCRIPTION_FAILED', 1601], ['OT_STREAM_CREATE_FAILED', 2001], ['OT_UNEXPECTED_SERVER_RESPONSE', 2001],
    ['OT_STREAM_DESTROYED', 1604],
  ],
  subscribe: [
    ['OT_DISCONNECTED', 1010], ['OT_INVALID_PARAMETER', 1011], ['OT_CREATE_PEER_CONNECTION_FAILED', 1013], ['OT_ICE_WORKFLOW_FAILED', 1554],
    ['OT_SET_REMOTE_DESCRIPTION_FAILED', 1600], ['OT_PERMISSION_DENIED', 1600], ['OT_STREAM_NOT_FOUND', 1604], ['OT_STREAM_DESTROYED', 1604],
    ['OT_STREAM_LIMIT_EXCEEDED', 1605], ['OT_UNEXPECTED_SERVER_RESPONSE', 2001],
  ],
  signal: [
    ['OT_INVALID_PARAMETER', 400], ['OT_PERMISSION_DENIED', 400], ['OT_NOT_FOUND', 404], ['OT_INVALID_PARAMETER', 413], ['OT_RATE_LIMIT_EXCEEDED', 429],
    ['OT_NOT_CONNECTED', 500], ['OT_UNEXPECTED_SERVER_RESPONSE', 2001],
  ],
  force_disconnect: [['OT_NOT_CONNECTED', 1010], ['OT_INVALID_PARAMETER', 1011], ['OT_PERMISSION_DENIED', 1520], [undefined, 2000]],
  force_unpublish: [['OT_NOT_CONNECTED', 1010], ['OT_INVALID_PARAMETER', 1011], ['OT_PERMISSION_DENIED', 1530], ['OT_STREAM_NOT_FOUND', 1535], [undefined, 2000]],
  force_mute: [['OT_NOT_CONNECTED', 1010], ['OT_INVALID_PARAMETER', 1011], ['OT_PERMISSION_DENIED', 1540], ['OT_STREAM_NOT_FOUND', 1604], [undefined, 2000]],
};

/** The active codes that the server raises in this operation. */
function codesOf(operation) {
  const directory = new URL('../../catalog/errors/', import.meta.url);
  const rows = readdirSync(directory).flatMap((file) => readFileSync(new URL(file, directory), 'utf8').split('[[error]]').slice(1));
  const field = (row, name) => new RegExp(`^${name} = (.*)$`, 'm').exec(row)[1];
  const wanted = rows.filter((row) => field(row, 'status') === '"active"' && field(row, 'raised_by') !== '"sdk"' && JSON.parse(field(row, 'operations')).includes(operation));
  return wanted.map((row) => JSON.parse(field(row, 'code')));
}

let server;
let browser;
let session;
let page;
let site;
before(async () => {
  server = await startServer();
  browser = await launchChromium();
  session = await createSession(server);
  site = await servePage(blankPage(server.url));
  page = await openPage(browser, site.url);
  await page.evaluate(prepare, { apiKey: server.api_key, sessionId: session.sessionId, token: token([]) });
});
after(async () => {
  await closePage(page);
  await site?.stop();
  await browser?.close();
  await server?.stop();
});

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
function token(sandbox) {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: server.api_key, ist: 'project', iat: now, exp: now + 600, session_id: session.sessionId, nonce: randomUUID(), role: 'moderator', scope: 'session.connect',
    ...(sandbox.length > 0 && { sandbox }),
  };
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', server.api_secret).update(signed).digest('base64url')}`;
}

/** Runs in the page: somebody whose stream can be subscribed to, and `window.provoked(operation, token)`. */
async function prepare({ apiKey, sessionId, token }) {
  const painted = () => {
    const canvas = document.createElement('canvas');
    setInterval(() => canvas.getContext('2d').fillRect(0, 0, 9, 9), 100);
    return { audioSource: null, videoSource: canvas.captureStream(5).getVideoTracks()[0], insertDefaultUI: false };
  };
  const other = await OT.initSession(apiKey, sessionId).connect.promise(token);
  const { stream } = await other.publish.promise(OT.initPublisher(painted()));
  const exceptions = [];
  OT.on('exception', ({ code, message }) => exceptions.push({ code, message }));
  const methods = {
    publish: (session, handler) => { session.publish(OT.initPublisher(painted()), handler); },
    subscribe: (session, handler) => { session.subscribe(session.streams.get(stream.streamId) ?? stream, { insertDefaultUI: false }, handler); },
    signal: (session, handler) => session.signal({ data: 'x' }, handler),
    force_disconnect: (session, handler) => session.forceDisconnect('nobody', handler),
    force_unpublish: (session, handler) => session.forceUnpublish('nothing', handler),
    force_mute: (session, handler) => session.disableForceMute().then(() => handler(), handler),
  };
  window.provoked = async (operation, token) => {
    const session = OT.initSession(apiKey, sessionId);
    let promise;
    if (operation !== 'connect') await session.connect.promise(token);
    exceptions.length = 0;
    const error = await new Promise((resolve) => {
      promise = operation === 'connect' ? void session.connect(token, resolve) : methods[operation](session, resolve);
    });
    const rejected = await Promise.resolve(promise).catch((error) => error);
    const connected = session.isConnected();
    await session.disconnect();
    return {
      error: error && { name: error.name, code: error.code, message: error.message, problem: error.problem },
      same: rejected === undefined || rejected === error, exceptions: [...exceptions], connected,
    };
  };
}

for (const [operation, forms] of Object.entries(FORMS)) {
  describe(operation, () => {
    for (const code of codesOf(operation)) {
      test(code, async () => {
        const { error, same, exceptions, connected } = await page.evaluate(
          ([operation, token]) => window.provoked(operation, token), [operation, token([{ operation, fail: code }])]);
        assert.equal(error?.problem?.code, code, JSON.stringify(error));
        const { name, code: number, message, problem } = error;
        assert.ok(forms.some((form) => form[0] === name && form[1] === number), `${name} ${number} is not among what ${operation} shows`);
        if (name === 'OT_TIMEOUT') assert.equal(message, 'Session.publish :: Could not publish in a reasonable amount of time');
        else assert.equal(message, name === 'OT_ICE_WORKFLOW_FAILED' ? `ICEWorkflow: ${problem.detail}` : problem.detail);
        assert.ok(same, 'handler and promise tell the same');
        assert.deepEqual(exceptions, [{ code: number, message }]);
        if (operation !== 'connect' && problem.effect === 'operation_fails') assert.equal(connected, true, 'the session goes on');
        recordScenario({ scenario: `${operation} ${code}`, operation, problem, opentok: error, how: 'sandbox' });
      });
    }
  });
}
