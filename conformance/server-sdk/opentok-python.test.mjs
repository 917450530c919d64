// PyPI `opentok`, unmodified, in a virtual environment of its own: its sessions and tokens must be accepted.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startServer } from '../server.mjs';
import { join } from '../signaling.mjs';

const run = promisify(execFile);
const venv = fileURLToPath(new URL('../.venv', import.meta.url));
const VERSION = '3.15.0';

let server;
let made;
before(async () => {
  if (!existsSync(`${venv}/opentok-${VERSION}`)) {
    await run('python3', ['-m', 'venv', '--clear', venv]);
    await run(`${venv}/bin/pip`, ['install', '--quiet', '--disable-pip-version-check', `opentok==${VERSION}`]);
    await run('touch', [`${venv}/opentok-${VERSION}`]);
  }
  server = await startServer();
  const script = fileURLToPath(new URL('opentok_sessions.py', import.meta.url));
  const { stdout } = await run(`${venv}/bin/python`, [script, server.url, server.api_key, server.api_secret]);
  made = JSON.parse(stdout);
});
after(() => server?.stop());

const relayed = new Set(['relayed', 'located']); // relayed is this SDK's default

test('sessions of every mode carry the project', () => {
  for (const [mode, id] of Object.entries(made.sessions)) {
    const fields = Buffer.from(id.slice(2), 'base64url').toString().split('~');
    assert.equal(fields[1], server.api_key, mode);
    assert.equal(fields[5], relayed.has(mode) ? 'P' : '', mode);
  }
});

test('a wrong secret is the credentials error of the SDK', () => {
  assert.match(made.wrong_secret, /invalid credentials/);
});

test('tokens of every role and form join with what the role allows', async () => {
  assert.equal(Object.keys(made.tokens).length, 8);
  for (const [name, token] of Object.entries(made.tokens)) {
    const { result, error } = await join(server.url, { session_id: made.sessions.routed, token });
    assert.equal(error, undefined, name);
    const role = name.split('/')[0];
    assert.equal(result.capabilities.publish, role !== 'subscriber', name);
    assert.equal(result.capabilities.force_disconnect, role === 'moderator', name);
    assert.equal(result.connection.data, 'name=Ann & Bob', name);
  }
});
