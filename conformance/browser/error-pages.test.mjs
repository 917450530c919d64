// The pages that explain errors, in a real browser on a small screen: every code has one, errors link to it, a search finds
// it, and it can be read by eye, by keyboard and without scripts.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { launchChromium, openPage, startServer, waitFor } from './harness.mjs';

const PHONE = { width: 390, height: 844 };
const CATALOGUE = new URL('../../catalog/errors/', import.meta.url);

let server;
let browser;
before(async () => { [server, browser] = await Promise.all([startServer(), launchChromium()]); });
after(async () => {
  await browser?.close();
  await server?.stop();
});

const at = (path) => new URL(path, server.url).href;
const open = (path, context = {}) => openPage(browser, at(path), { viewport: PHONE, context });

function activeCodes() {
  const texts = readdirSync(CATALOGUE).map((file) => readFileSync(new URL(file, CATALOGUE), 'utf8'));
  return texts.flatMap((text) => text.split('[[error]]').slice(1))
    .filter((row) => /^status = "active"$/m.test(row))
    .map((row) => /^code = "(\w+)"$/m.exec(row)[1]);
}

/** What anybody needs of a page, whatever is on it. Runs in the page. */
function readability() {
  const complaints = [];
  if (document.documentElement.scrollWidth > window.innerWidth) complaints.push(`${document.documentElement.scrollWidth} pixels wide`);
  const levels = [...document.querySelectorAll('h1, h2, h3, h4')].map(({ tagName }) => Number(tagName[1]));
  if (levels[0] !== 1 || levels.filter((level) => level === 1).length !== 1) complaints.push('not one h1, and first');
  if (levels.some((level, index) => index > 0 && level > levels[index - 1] + 1)) complaints.push(`headings skip a level: ${levels}`);
  for (const input of document.querySelectorAll('input')) if (!input.labels.length) complaints.push('an input without a label');
  for (const landmark of ['header', 'main', 'nav']) if (!document.querySelector(landmark)) complaints.push(`no ${landmark}`);
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  if (new Set(ids).size !== ids.length) complaints.push('an id is there twice');
  if (!document.documentElement.lang || !document.title) complaints.push('no language or title');
  return complaints;
}

test('every code that can be raised has a page that says what to do, on a phone', async () => {
  const codes = activeCodes();
  assert.ok(codes.length > 80, `${codes.length} codes`);
  const page = await open('/errors');
  // All in one document, one after the other: a navigation for each would take most of the test's time.
  const seen = await page.evaluate(async ([codes, readability]) => {
    const look = new Function(`return (${readability})()`);
    const seen = [];
    for (const code of codes) {
      const answer = await fetch(`/errors/${code}`);
      document.documentElement.innerHTML = await answer.text();
      const actions = [...document.querySelectorAll('.actions dd')].map(({ textContent }) => textContent);
      seen.push({ code, status: answer.status, heading: document.querySelector('h1').textContent, actions, complaints: look() });
    }
    return seen;
  }, [codes, readability.toString()]);
  assert.equal(seen.length, codes.length);
  for (const { code, status, heading, actions, complaints } of seen) {
    assert.deepEqual({ status, heading, complaints }, { status: 200, heading: code, complaints: [] });
    assert.equal(new Set(actions).size, 3, `${code}: ${actions}`);
  }
  assert.deepEqual(page.complaints, []);
});

test('the indexes can be read on a phone and know every vendor identity', async () => {
  const page = await open('/errors');
  for (const path of ['/errors', '/errors/by-operation', '/errors/by-vendor-code', '/errors/by-cause', '/errors/1500', '/errors?q=token']) {
    await page.goto(at(path), { waitUntil: 'domcontentloaded' });
    assert.deepEqual(await page.evaluate(readability), [], path);
  }
  await page.goto(at('/errors/by-vendor-code'));
  const listed = new Set(await page.locator('dt a.code').allTextContents());
  const identities = readFileSync(new URL('../vendors/identities.tsv', CATALOGUE), 'utf8').trim().split('\n').slice(1).map((line) => line.split('\t')[2]);
  assert.deepEqual(identities.filter((id) => !listed.has(id)), []);
  // One that nobody can meet says why.
  await page.goto(at('/errors/1026'));
  assert.match(await page.textContent('main'), /cannot happen here/);
  assert.deepEqual(page.complaints, []);
});

test('errors over HTTP and on the signaling connection link to their page', async () => {
  const page = await open('/errors');
  const fromSdk = await page.evaluate(async (url) => {
    const sdk = await import('/sdk/exedra.esm.js');
    return sdk.connect({ url, sessionId: 'none', token: 'none' }).then(() => null, (error) => error.problem);
  }, server.url);
  const joined = await fetch(at('/dev/join'), { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' });
  for (const problem of [fromSdk, await joined.json()]) {
    assert.ok(problem?.type, JSON.stringify(problem));
    await page.goto(at(problem.type));
    assert.equal(await page.textContent('h1'), problem.code);
    assert.equal(await page.textContent('.lead'), problem.title);
    assert.equal(await page.textContent('.actions dd'), problem.actions.user);
  }
  assert.deepEqual(page.complaints.filter((complaint) => !complaint.includes('WebSocket')), []);
});

const QUESTIONS = [
  ['1500', '/errors/1500'],
  ['OT_TIMEOUT', '/errors/OT_TIMEOUT'],
  ['trtc:-10012', '/errors/-10012'],
  ['0x404b', '/errors/0x404b'],
  ['token_expired', '/errors/TOKEN_EXPIRED'],
  ['The device cannot be opened', '/errors/DEVICE_IN_USE'],
  ['Session.publish :: Could not publish in a reasonable amount of time', '/errors/MEDIA_TIMEOUT'],
];

test('the search box finds codes, vendor numbers and names, titles and messages while one types', async () => {
  const page = await open('/errors');
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'search');
  for (const [question, expected] of QUESTIONS) {
    await page.fill('#search', question);
    await waitFor(page, ([expected]) => [...document.querySelectorAll('main dt a')].slice(0, 3).some((link) => link.getAttribute('href') === expected), [expected], { timeout: 5_000 });
  }
  assert.deepEqual(await page.evaluate(readability), []);
  await page.fill('#search', '');
  await waitFor(page, () => document.querySelector('h1').textContent === 'Errors');
  // By keyboard alone: from the box over the button to the first index.
  await page.focus('#search');
  for (const expected of ['Search', 'Classes']) {
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), expected);
  }
  assert.equal(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), 'solid');
  assert.deepEqual(page.complaints, []);
});

test('without scripts the same search and the same pages are there', async () => {
  const page = await open('/errors', { javaScriptEnabled: false });
  for (const [question, expected] of QUESTIONS) {
    await page.fill('#search', question);
    await page.keyboard.press('Enter');
    await page.locator(`main dt a[href="${expected}"]`).first().waitFor();
    assert.equal(await page.inputValue('#search'), question);
  }
  await page.locator('main dt a').first().click();
  await page.locator('.actions dd').first().waitFor();
});

test('text stands out from its ground, in the light and in the dark', async () => {
  for (const colorScheme of ['light', 'dark']) {
    const page = await open('/errors/TOKEN_EXPIRED', { colorScheme });
    for (const path of ['/errors/TOKEN_EXPIRED', '/errors/1026', '/errors/by-cause']) {
      await page.goto(at(path));
      const faint = await page.evaluate(() => {
        const channels = (color) => color.match(/[\d.]+/g).map(Number);
        const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
          .reduce((sum, v, index) => sum + v * [0.2126, 0.7152, 0.0722][index], 0);
        function ground(element) {
          const color = channels(getComputedStyle(element).backgroundColor);
          return color.length === 3 || color[3] === 1 ? color : ground(element.parentElement);
        }
        const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        const withText = [...document.body.querySelectorAll('*')].filter((element) => element.checkVisibility() && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
        return withText
          .map((element) => [element.outerHTML.slice(0, 60), ratio(luminance(channels(getComputedStyle(element).color)), luminance(ground(element)))])
          .filter(([, contrast]) => contrast < 4.5);
      });
      assert.deepEqual(faint, [], `${path} ${colorScheme}`);
    }
  }
});
