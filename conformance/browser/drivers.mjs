// The two real browsers, each with fake devices, behind the few calls that the tests need. Knows nothing of Exedra.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium as playwright } from 'playwright-core';
import puppeteer from 'puppeteer-core';

const CHROMIUM_FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required', '--allow-loopback-in-peer-connection',
  // The tests' tabs are all "in the background" of a headless browser; their timers and pictures must not slow down.
  '--disable-background-timer-throttling', '--disable-renderer-backgrounding', '--disable-backgrounding-occluded-windows',
];

/** Debian's Chromium. `newPage()` gives every participant a storage of its own. */
export async function chromium({ flags = [] } = {}) {
  const profile = await mkdtemp(join(tmpdir(), 'exedra-chromium-'));
  const context = await playwright.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: [...CHROMIUM_FLAGS, ...flags],
  });
  return {
    name: 'chromium',
    newPage: () => context.newPage(),
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/** Debian's Firefox over WebDriver BiDi. */
export async function firefox() {
  const browser = await puppeteer.launch({
    browser: 'firefox', executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr', headless: true,
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.peerconnection.ice.loopback': true,
      'media.autoplay.default': 0,
      'media.autoplay.blocking_policy': 0,
    },
  });
  return { name: 'firefox', newPage: () => browser.newPage(), close: () => browser.close() };
}

/** Opens a page on the server's origin and puts `window.participant` (participant.js) into it. */
export async function newParticipant(browser, serverUrl) {
  const page = await browser.newPage();
  await page.goto(new URL('/healthz', serverUrl).href);
  const script = await readFile(new URL('participant.js', import.meta.url), 'utf8');
  await page.evaluate(`(async () => {${script}})()`);
  return {
    page,
    /** Calls a method of `window.participant`. */
    do: (method, ...args) => page.evaluate(([name, list]) => window.participant[name](...list), [method, args]),
    close: () => page.close(),
  };
}
