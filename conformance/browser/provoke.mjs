// One failure, brought about in a page of a real browser and met there twice: through the core and through the OpenTok facade.
// Both must tell it as the catalogue says, and what the catalogue promises (effect, retry) must be true.
import assert from 'node:assert/strict';
import { closePage, launchChromium, launchFirefox, openPage, waitFor } from './harness.mjs';
import { recordScenario } from '../scenario.mjs';
import { servePage } from './opentok_page.mjs';

const browsers = new Map();

/** One browser for each way of launching it. */
export function browserWith({ engine, ...launch } = {}) {
  const key = JSON.stringify([engine, launch]);
  if (!browsers.has(key)) browsers.set(key, engine === 'Firefox' ? launchFirefox(launch) : launchChromium(launch));
  return browsers.get(key);
}

export async function closeBrowsers() {
  for (const browser of browsers.values()) await (await browser).close();
  browsers.clear();
}

/**
 * Runs in the page as its own script. `scenario` is `{ core, facade, retry }`; what a scenario gets besides the SDK:
 * `join()` connects the core, `connect(options)` the facade.
 */
function kit(sdk, serverUrl, credentials, scenario) {
  const { apiKey, sessionId, token } = credentials;
  const tools = {
    credentials: { url: serverUrl, sessionId, token },
    join: async () => (window.room = await sdk.connect(tools.credentials)),
    connect: (options) => OT.initSession(apiKey, sessionId, options).connect.promise(token),
    opentok: credentials,
  };
  const exceptions = [];
  OT.on('exception', ({ type, code, title, message, target }) => {
    const kind = ['Session', 'Publisher', 'Subscriber'].find((name) => target instanceof OT[name]);
    exceptions.push({ type, code, title, message, kind });
  });
  const throughCore = (steps) => async () => {
    try {
      await steps(sdk, tools);
      return null;
    } catch (error) {
      return error instanceof sdk.ExedraError ? { ...error.problem, message: error.message } : { code: `not typed: ${error?.stack ?? error}` };
    }
  };
  let handled = 0;
  const throughFacade = (steps) => () => new Promise((resolve) => {
    handled = 0;
    exceptions.length = 0;
    const handler = (error) => {
      handled++;
      resolve(error && {
        name: error.name, code: error.code, message: error.message, problem: error.problem,
        isError: error instanceof Error && error instanceof OT.Error, signal: error.signal,
      });
    };
    Promise.resolve(steps(OT, handler, tools)).catch(handler);
  });
  window.scenario = {
    core: scenario.core && throughCore(scenario.core),
    facade: scenario.facade && throughFacade(scenario.facade),
    retry: scenario.retry && throughCore(scenario.retry),
    retryFacade: scenario.retryFacade && throughFacade(scenario.retryFacade),
    async told() {
      return { exceptions, handled };
    },
    /** Does the session that the core joined go on? */
    async stands() {
      if (!window.room) return true;
      await window.room.signal({ type: 'still', data: 'here' }).catch((error) => {
        // Who may not signal is told so by a server that still knows them.
        if (error.code !== 'PERMISSION_DENIED') throw error;
      });
      return window.room.state === 'connected';
    },
  };
}

const html = (serverUrl, credentials, { core, facade, retry, retryFacade }, onLoad) => `<!doctype html>
<meta charset="utf-8"><title>customer</title><link rel="icon" href="data:,">
<div id="publisher"></div><div id="subscribers"></div>
<script src="${new URL('/v2/js/opentok.min.js', serverUrl)}"></script>
<script type="module">
  import * as sdk from '${new URL('/sdk/exedra.esm.js', serverUrl)}';
  (${kit})(sdk, '${serverUrl}', ${JSON.stringify(credentials)}, { core: ${core}, facade: ${facade}, retry: ${retry}, retryFacade: ${retryFacade} });
  if (${onLoad === true}) window.met = { core: await scenario.core?.(), facade: await scenario.facade?.() };
  window.ready = true;
  fetch('/ready');
</script>`;

/** `launch` (`engine: 'Firefox'` or Chromium, and its flags), `headers`, `host`, `init`, `context`: the conditions of the page. */
async function openScenario(serverUrl, credentials, scenario, { launch, headers, host = 'localhost', init, context, onLoad } = {}) {
  const site = await servePage(html(serverUrl, credentials, scenario, onLoad), headers);
  // To look into the page is a click already: it says itself when it is ready.
  const ready = site.asked('/ready');
  const page = await openPage(await browserWith(launch), site.url.replace('localhost', host), { init, context });
  if (onLoad) await ready;
  await waitFor(page, () => window.ready).catch((cause) => { throw new Error(page.complaints.join('\n'), { cause }); });
  return {
    page,
    /** Runs one half; whatever a test evaluates counts as a click of the user. */
    run: (half) => page.evaluate((half) => window.scenario[half](), half),
    async close() {
      await closePage(page);
      await site.stop();
    },
  };
}

/**
 * `code`, `operation`, `opentok` (`{ name, code, message }`, the message a text or a pattern) are what must be told. `arrange(page)`
 * makes the condition, `mend(page)` follows the advice, after which `retry` (default: the same steps) must succeed; or
 * `after` are the conditions of another page in which it does. `how: 'sandbox'` where the browser's failure is played, `together`
 * where both halves wait long, `byEvent` where no handler but only the `exception` event tells; `afterwards(page)` looks at more.
 */
export async function provoke(serverUrl, credentials, {
  name, operation, code, args = {}, core, facade, retry = core, retryFacade = core ? undefined : facade, opentok, arrange, mend, after,
  during, afterwards, byEvent = false, conditions = {}, stands = true, together = false, how = 'real', raisedBy = 'sdk',
}) {
  const steps = { core, facade, retry, retryFacade };
  const scene = await openScenario(serverUrl, credentials, steps, conditions);
  const { page } = scene;
  try {
    await arrange?.(page);
    const met = conditions.onLoad ? await page.evaluate(() => window.met)
      : together ? Object.fromEntries(await Promise.all(['core', 'facade'].map(async (half) => [half, await scene.run(half)]))) : undefined;
    const problem = core && (met ? met.core : await meanwhile(scene.run('core'), (isOver) => during?.(page, isOver)));
    if (core) await assertProblem(serverUrl, problem, code, args);
    // What an operation's failure leaves alone, before anything else is tried.
    if (core && problem.effect === 'operation_fails' && stands) assert.equal(await scene.run('stands'), true, 'the session goes on');

    const error = facade && (met ? met.facade : await scene.run('facade'));
    if (facade) await assertError(scene, error, code, opentok, byEvent);
    await afterwards?.(page);
    const told = problem ?? error.problem;

    const again = () => scene.run(core ? 'retry' : 'retryFacade');
    if (told.retry.how === 'never') {
      assert.equal(codeOf(await again()), code, 'tried again, it fails again');
    } else if (after) {
      const other = await openScenario(serverUrl, credentials, steps, after);
      const outcome = await other.run(core ? 'retry' : 'retryFacade');
      await other.close();
      assert.equal(outcome ?? null, null, 'the advice helps');
    } else {
      await mend(page);
      assert.equal((await again()) ?? null, null, 'the advice helps');
    }
    const { message, ...received } = told;
    recordScenario({ scenario: name, operation, problem: received, opentok: error ?? null, raisedBy, how });
  } finally {
    await scene.close();
  }
}

async function meanwhile(running, other) {
  let over = false;
  const [outcome] = await Promise.all([running.finally(() => { over = true; }), other(() => over)]);
  return outcome;
}

const codeOf = (met) => met?.problem?.code ?? met?.code;

async function assertProblem(serverUrl, problem, code, args) {
  assert.equal(problem?.code, code, JSON.stringify(problem));
  assert.equal(problem.type, `/errors/${code}`);
  assert.equal(problem.message, problem.detail);
  assert.ok(!/[{}]/.test(problem.detail), problem.detail);
  for (const who of ['user', 'developer', 'operator']) assert.ok(problem.actions[who], who);
  for (const [name, value] of Object.entries(args)) {
    if (value instanceof RegExp) assert.match(problem.args[name], value);
    else assert.equal(problem.args[name], value, name);
  }
  // The advice has an address, and there is a page at it.
  assert.equal((await fetch(new URL(problem.type, serverUrl))).status, 200);
}

/** Handler (once), `exception` event (once) and console tell of one failure in one form. */
async function assertError(scene, error, code, { name, code: number, message, target }, byEvent) {
  assert.ok(error, 'the operation failed');
  assert.deepEqual([error.name, error.code, error.problem?.code], [name, number, code], error.message);
  assert.notEqual(error.isError, byEvent);
  if (message instanceof RegExp) assert.match(error.message, message);
  else assert.equal(error.message, message ?? error.problem.detail);
  await waitFor(scene.page, async () => (await window.scenario.told()).exceptions.length > 0);
  const { exceptions, handled } = await scene.run('told');
  assert.equal(handled, 1, 'the handler is called once');
  const [exception, ...more] = exceptions.filter((each) => each.message === error.message);
  assert.deepEqual([exception?.type, exception?.code, more.length], ['exception', number, 0], JSON.stringify(exceptions));
  if (target) assert.equal(exception.kind, target);
  const line = `OT.exception :: title: ${exception.title} (${number}) msg: ${error.message}`;
  assert.ok(scene.page.complaints.some((complaint) => complaint.includes(line)), line);
}
