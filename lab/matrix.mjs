#!/usr/bin/env node
// The confusion matrix: provokes every row of rows.mjs several times and records which cause was decided, how surely, and by what
// evidence. Writes CONFUSION.md. Fails unless at least 95 % are right, none is silent, and no wrong cause is above 0.8.
//
//   lab/matrix.mjs [--repeats N] [--seed N] [--only WORD,WORD] [--out FILE]
//
// Needs what lab.sh needs, Chromium, and a built server with its web parts. A word of --only picks the rows that contain it.
import { spawn, execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { EXEDRA_BIN } from '../conformance/server.mjs';
import { CHROMIUM, launchChromium } from '../conformance/browser/harness.mjs';
import { becomeClient } from './page.mjs';
import { report } from './report.mjs';
import { DEVICES, NETWORK, TOKENS } from './rows.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const LAB = process.env.EXEDRA_LAB ?? 'exedra-lab';
const ORIGIN = 'http://192.0.2.1:443';
/** A client that hears nothing of its signaling notices after two heartbeat periods. */
const BROKEN_WITHIN_MS = 45_000;
const UNBROKEN_FOR_MS = 15_000;

const { values: options } = parseArgs({
  options: { repeats: { type: 'string', default: '3' }, seed: { type: 'string', default: '1' }, only: { type: 'string' }, out: { type: 'string' } },
});
const repeats = Number(options.repeats);

const lab = (...args) => execFileSync(join(here, 'lab.sh'), args, { env: { ...process.env, EXEDRA_LAB_SEED: options.seed }, stdio: ['ignore', 'ignore', 'inherit'] });

/** SplitMix-like: numbers from 0 to 1 that a seed repeats. */
function dice(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return ((z ^ (z >>> 16)) >>> 0) / 2 ** 32;
  };
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts a program on a host; resolves when a line of its output matches. */
async function start(host, command, args, ready) {
  const child = spawn('ip', ['netns', 'exec', `${LAB}-${host}`, command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const line = await new Promise((resolve, reject) => {
    const look = (text) => {
      said += `${text}\n`;
      if (ready.test(text)) resolve(text);
    };
    createInterface({ input: child.stdout }).on('line', look);
    createInterface({ input: child.stderr }).on('line', look);
    exited.then((code) => reject(new Error(`${command} ended with ${code}:\n${said}`)));
  });
  return { line, stop: () => (child.kill('SIGTERM'), exited) };
}

async function startServer(announce = '192.0.2.1') {
  const data = await mkdtemp(join(tmpdir(), 'exedra-lab-'));
  const args = ['dev', '--json', '--port', '443', '--https-port', '0', '--media-port', '5000', '--shards', '1', '--media-address', announce, '--data-dir', data];
  const server = await start('server', EXEDRA_BIN, args, /^\{.*"url"/);
  return { ...JSON.parse(server.line), stop: async () => { await server.stop(); await rm(data, { recursive: true, force: true }); } };
}

/** Chromium on the client's host. It is driven through pipes, which no condition breaks. */
async function startBrowser({ without = [], insecure = false } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'exedra-lab-'));
  const wrapper = join(directory, 'chromium');
  await writeFile(wrapper, `#!/bin/sh\nexec ip netns exec ${LAB}-client ${CHROMIUM} "$@"\n`);
  await chmod(wrapper, 0o755);
  const args = insecure ? [] : [`--unsafely-treat-insecure-origin-as-secure=${ORIGIN}`];
  const browser = await launchChromium({ executablePath: wrapper, args, without });
  return { browser, stop: async () => { await browser.close(); await rm(directory, { recursive: true, force: true }); } };
}

async function openClient(browser, { init, headers } = {}) {
  const page = await (await browser.newContext()).newPage();
  if (init) await page.addInitScript(init);
  if (headers) {
    await page.route('**/healthz', (route) => route.fulfill({ body: 'ok', headers }));
  }
  await page.goto(`${ORIGIN}/healthz`);
  await page.evaluate(becomeClient);
  const admit = (room) => page.evaluate(async (room) => {
    const body = JSON.stringify({ room, name: 'lab' });
    const { session_id: sessionId, token } = await (await fetch('/dev/join', { method: 'POST', headers: { 'content-type': 'application/json' }, body })).json();
    return { url: location.origin, sessionId, token };
  }, room);
  return { admit, do: (method, ...args) => page.evaluate(([method, args]) => window.lab[method](...args), [method, args]), close: () => page.context().close() };
}

/** All repeats of a row at once, each a client of its own with a seed of its own. */
async function network(row) {
  const server = await startServer(row.announce);
  const helpers = [];
  const { browser, stop } = await startBrowser();
  const condition = () => lab(row.condition === 'none' ? 'clear' : 'condition', ...(row.condition === 'none' ? [] : [row.condition]));
  try {
    lab('clear');
    if (row.announce && row.condition !== 'none') condition();
    if (row.turn) helpers.push(await start('server', process.execPath, [join(here, 'turn_refusal.mjs'), '3478'], /ready/));
    if (!row.alone) {
      const demo = ['join', '--demo', '--url', ORIGIN, '--room', 'lab', '--name', 'other'];
      helpers.push(await start('other', EXEDRA_BIN, demo, /publishing stream/));
    }
    const clients = await Promise.all(Array.from({ length: repeats }, async (_, at) => {
      const random = dice(Number(options.seed) * 1000 + at);
      const room = row.publisher ? `lab ${at}` : 'lab';
      const client = await openClient(browser, row);
      const credentials = await client.admit(row.only === 'publish' ? `alone ${at}` : room);
      await client.do('join', { ...credentials, ...row.connect });
      if (row.publisher) {
        const publisher = await openClient(browser, { init: row.publisher.init });
        await publisher.do('join', await publisher.admit(room));
        await publisher.do('publish', row.publisher.frozen);
      }
      if (row.kind === 'call') await client.do('call');
      return { ...client, random };
    }));
    const patienceMs = row.expected === 'no failure' ? UNBROKEN_FOR_MS : BROKEN_WITHIN_MS;
    const begin = async ({ random, do: act }) => {
      await sleep(random() * 2_000);
      if (row.kind === 'call') return act('watch', patienceMs);
      return act(row.only ?? (random() < 0.5 ? 'publish' : 'subscribe'));
    };
    const begun = row.kind === 'attempt' && row.during;
    if (!begun && !row.announce) condition();
    const outcomes = clients.map(begin);
    if (begun) condition();
    return await Promise.all(outcomes);
  } finally {
    await stop();
    lab('clear');
    for (const helper of helpers) await helper.stop();
    await server.stop();
  }
}

const base64 = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

function sign(claims, secret) {
  const signed = `${base64({ alg: 'HS256', typ: 'JWT' })}.${base64(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** Rows that break no network: one server, and a browser for each set of flags. */
async function local(rows) {
  const results = [];
  const server = await startServer();
  try {
    for (const row of rows) {
      const { browser, stop } = await startBrowser(row);
      try {
        const client = await openClient(browser, row);
        results.push({ row, outcomes: [row.kind === 'token' ? await badToken(client, server, row.wrong) : await client.do('run', row.run)] });
      } finally {
        await stop();
      }
    }
  } finally {
    await server.stop();
  }
  return results;
}

async function badToken(client, server, { claims = () => ({}), secret = server.api_secret, token, projectId }) {
  const credentials = await client.admit('lab');
  const nowS = Math.floor(Date.now() / 1000);
  const right = { iss: server.api_key, ist: 'project', iat: nowS, exp: nowS + 600, session_id: credentials.sessionId, scope: 'session.connect', role: 'publisher' };
  const signed = token ?? sign({ ...right, ...claims() }, secret);
  return client.do('connect', { ...credentials, token: signed, ...(projectId && { projectId }) });
}

const words = options.only?.split(',');
const wanted = (row) => !words || words.some((word) => [row.kind, row.condition, row.variant, row.expected].includes(word));

lab('up');
const results = [];
const say = (result) => {
  for (const { code, cause } of result.outcomes) console.log(`${result.row.kind} ${result.row.condition ?? ''} ${result.row.variant ?? ''}: ${cause ? `${cause.id} ${cause.confidence}` : code}${cause ? ` (${code})` : ''}`);
  results.push(result);
};
try {
  for (const row of NETWORK.filter(wanted)) say({ row, outcomes: await network(row) });
  for (const result of await local([...TOKENS, ...DEVICES].filter(wanted))) say(result);
} finally {
  lab('down');
}
const { text, complaints } = report(results, { repeats, seed: options.seed });
console.log(`\n${text}`);
if (options.out) await writeFile(options.out, text);
for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length > 0 ? 1 : 0;
