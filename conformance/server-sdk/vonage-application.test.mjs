// npm `opentok` in its unified mode (application id and RSA key), unmodified.
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import OpenTok from 'opentok';
import { startServer } from '../server.mjs';
import { join } from '../signaling.mjs';

const applicationId = randomUUID();
const newKey = () => generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const key = newKey();
let folder;
let server;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'exedra-application-'));
  const pem = path.join(folder, 'public.pem');
  await writeFile(pem, key.publicKey);
  server = await startServer({ args: ['--application', `${applicationId}=${pem}`] });
});
after(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const createSession = (client) =>
  new Promise((resolve, reject) => client.createSession({ mediaMode: 'routed' }, (error, session) => (error ? reject(error) : resolve(session))));

test('an application creates a session and its token joins', async () => {
  const application = new OpenTok(applicationId, key.privateKey, server.url);
  const { sessionId } = await createSession(application);
  assert.equal(Buffer.from(sessionId.slice(2), 'base64url').toString().split('~')[1], applicationId);

  const token = application.generateToken(sessionId, { role: 'moderator', data: 'name=Ann' });
  const { result, error } = await join(server.url, { session_id: sessionId, token });
  assert.equal(error, undefined);
  assert.equal(result.capabilities.force_disconnect, true);
});

test('another private key is refused, for the session and for the token', async () => {
  const stranger = new OpenTok(applicationId, newKey().privateKey, server.url);
  await assert.rejects(createSession(stranger));

  const { sessionId } = await createSession(new OpenTok(applicationId, key.privateKey, server.url));
  const { error } = await join(server.url, { session_id: sessionId, token: stranger.generateToken(sessionId, {}) });
  assert.equal(error.code, 'TOKEN_SIGNATURE_INVALID');
});
