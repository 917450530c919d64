// npm `opentok`, unmodified: what it creates our server must accept, and what was altered our server must refuse.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import OpenTok from 'opentok';
import { startServer } from '../server.mjs';
import { join } from '../signaling.mjs';

let server;
let opentok;
before(async () => {
  server = await startServer();
  opentok = new OpenTok(server.api_key, server.api_secret, server.url);
});
after(() => server?.stop());

const createSession = (options, client = opentok) =>
  new Promise((resolve, reject) => client.createSession(options, (error, session) => (error ? reject(error) : resolve(session))));

const fieldsOf = (sessionId) =>
  Buffer.from(sessionId.slice(2).replaceAll('-', '+').replaceAll('_', '/'), 'base64').toString().split('~');

describe('sessions', () => {
  test('a routed session', async () => {
    const session = await createSession({ mediaMode: 'routed' });
    assert.equal(fieldsOf(session.sessionId)[1], server.api_key);
    assert.equal(fieldsOf(session.sessionId)[5], '');
  });

  test('a relayed session, the default of this SDK', async () => {
    const session = await createSession({});
    assert.equal(fieldsOf(session.sessionId)[5], 'P');
  });

  test('archive mode always needs a routed session', async () => {
    const session = await createSession({ mediaMode: 'routed', archiveMode: 'always' });
    assert.ok(session.sessionId.length <= 255);
    await assert.rejects(createSession({ mediaMode: 'relayed', archiveMode: 'always' }));
  });

  test('a wrong secret is refused', async () => {
    const forged = new OpenTok(server.api_key, `${server.api_secret.slice(0, -1)}x`, server.url);
    await assert.rejects(createSession({}, forged), /Invalid API key or secret/);
  });

  test('an unknown project is refused', async () => {
    await assert.rejects(createSession({}, new OpenTok('99999999', server.api_secret, server.url)));
  });
});

describe('tokens', () => {
  let sessionId;
  before(async () => { sessionId = (await createSession({ mediaMode: 'routed' })).sessionId; });

  const roles = {
    subscriber: { publish: false, subscribe: true, force_disconnect: false },
    publisher: { publish: true, subscribe: true, force_disconnect: false },
    publisheronly: { publish: true, subscribe: false, force_disconnect: false },
    moderator: { publish: true, subscribe: true, force_disconnect: true },
  };
  for (const [role, expected] of Object.entries(roles)) {
    for (const form of ['JWT', 'T1']) {
      test(`${form}, role ${role}`, async () => {
        const token = mint({ role, data: 'name=Ann & Bob', initialLayoutClassList: ['focus'] }, form);
        const { result, error } = await join(server.url, { session_id: sessionId, token });
        assert.equal(error, undefined);
        for (const [name, value] of Object.entries(expected)) assert.equal(result.capabilities[name], value, name);
        assert.equal(result.connection.data, 'name=Ann & Bob');
      });
    }
  }

  test('a flipped bit in a signature', async () => {
    const token = mint({}, 'JWT');
    const at = token.length - 6;
    const altered = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
    assert.equal((await join(server.url, { session_id: sessionId, token: altered })).error.code, 'TOKEN_SIGNATURE_INVALID');
  });

  test('a T1 token with a raised role', async () => {
    const plain = Buffer.from(mint({ role: 'subscriber' }, 'T1').slice(4), 'base64').toString();
    const altered = `T1==${Buffer.from(plain.replace('role=subscriber', 'role=moderator')).toString('base64')}`;
    assert.equal((await join(server.url, { session_id: sessionId, token: altered })).error.code, 'TOKEN_SIGNATURE_INVALID');
  });

  test('an expired token names the claim, both times and the skew, never the secret', async () => {
    const seconds = Math.floor(Date.now() / 1000);
    const { error } = await join(server.url, { session_id: sessionId, token: signJwt({ iat: seconds - 7200, exp: seconds - 3600 }) });
    assert.equal(error.code, 'TOKEN_EXPIRED');
    assert.equal(error.args.expired_at, seconds - 3600);
    assert.ok(Math.abs(error.args.now - seconds) <= 5);
    assert.equal(typeof error.args.skew_s, 'number');
    assert.ok(!JSON.stringify(error).includes(server.api_secret));
  });

  test('a token of another session', async () => {
    const other = (await createSession({})).sessionId;
    const { error } = await join(server.url, { session_id: other, token: mint({}, 'JWT') });
    assert.equal(error.code, 'TOKEN_SESSION_MISMATCH');
  });

  test('a token of another project', async () => {
    const foreign = signJwt({}, { iss: '99999999' }, 'f'.repeat(40));
    const { error } = await join(server.url, { session_id: sessionId, token: foreign });
    assert.ok(['PROJECT_UNKNOWN', 'TOKEN_PROJECT_MISMATCH'].includes(error.code), error.code);
  });

  test('key, session and token all "1234" is an authentication failure, not a bad session id', async () => {
    const { error } = await join(server.url, { project_id: '1234', session_id: '1234', token: '1234' });
    assert.equal(error.class, 'UNAUTHENTICATED');
  });

  function mint(options, form) {
    return opentok.generateToken(sessionId, options, form === 'T1');
  }

  /** A token the SDK would refuse to make (expired, foreign): same claims, signed here. */
  function signJwt(times, claims = {}, secret = server.api_secret) {
    const seconds = Math.floor(Date.now() / 1000);
    const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const input = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({
      iss: server.api_key, ist: 'project', iat: seconds, exp: seconds + 600, session_id: sessionId, role: 'publisher', nonce: 0.5,
      scope: 'session.connect', ...times, ...claims,
    })}`;
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  }
});
