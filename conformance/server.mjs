// Starts the real server binary for a test and stops it again. Knows nothing of browsers.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { recordWire } from './scenario.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const EXEDRA_BIN = process.env.EXEDRA_BIN ?? join(root, 'target/debug/exedra');

/**
 * Starts `exedra dev --json` on free loopback ports with an empty data directory.
 * Resolves with the ready line (`url`, `https_url`, `api_key`, `api_secret`, `pid`) plus `stop()` and `log()`.
 */
export async function startServer({ args = [], env = {} } = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'exedra-test-'));
  const child = spawn(
    EXEDRA_BIN,
    ['dev', '--json', '--port', '0', '--https-port', '0', '--media-port', '0', '--media-address', '127.0.0.1', '--data-dir', dataDir, ...args],
    { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let log = '';
  child.stderr.on('data', (chunk) => { log += chunk; });
  const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));

  const ready = await Promise.race([
    new Promise((resolve) => createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line)))),
    exited.then(({ code, signal }) => { throw new Error(`exedra ended before it was ready (code ${code}, signal ${signal}):\n${log}`); }),
  ]);

  return {
    ...ready,
    log: () => log,
    exited,
    /** Ends the server the way an operator does and checks that it ended cleanly. */
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null) await recordWire(ready.url);
      child.kill(signal);
      const { code } = await exited;
      await rm(dataDir, { recursive: true, force: true });
      if (signal === 'SIGTERM' && code !== 0) throw new Error(`exedra ended with code ${code} on SIGTERM:\n${log}`);
    },
  };
}
