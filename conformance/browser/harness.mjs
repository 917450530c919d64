// Real browsers for the tests: how they are started, what a page may not do (log errors), and what "sees" and "hears"
// mean, measured on decoded pictures and samples. Knows nothing of any page's own markup.
import { networkInterfaces } from 'node:os';
import puppeteer from 'puppeteer-core';
import { chromium } from 'playwright-core';

export { startServer } from '../server.mjs';

export const CHROMIUM = process.env.CHROMIUM_BIN ?? '/usr/bin/chromium';
const FIREFOX = process.env.FIREFOX_BIN ?? '/usr/bin/firefox-esr';

/** How long a wait for a condition may take, on a machine that encodes, decodes and estimates for everybody at once. */
export const PATIENCE_MS = 90_000;

/**
 * Fake devices: a green picture with a turning disc and a clock, and a beep twice a second. One machine encodes all of a test's
 * cameras, each in several sizes: ten pictures a second show as much as the twenty that are the default.
 */
const CHROMIUM_ARGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--use-fake-device-for-media-stream=fps=10', '--use-fake-ui-for-media-stream', '--autoplay-policy=no-user-gesture-required',
  '--auto-select-desktop-capture-source=Entire screen', '--auto-accept-this-tab-capture',
  // Media of the tests flows on loopback, which Chromium otherwise leaves out.
  '--allow-loopback-in-peer-connection',
  // All pages but one are "in the background" of a headless browser; their timers and pictures must not slow down.
  '--disable-background-timer-throttling', '--disable-renderer-backgrounding', '--disable-backgrounding-occluded-windows',
];

/** As above: fake devices, no question to the user, sound without a click, media on loopback. */
const FIREFOX_PREFS = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  'media.peerconnection.ice.loopback': true,
};

/**
 * This machine's own address, of which Firefox gathers candidates and which Chromium takes as well: with a camera, Firefox leaves
 * loopback out. A server for Firefox announces it with `--media-address`.
 */
export const ownAddress = Object.values(networkInterfaces()).flat().find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
export const forFirefox = ownAddress ? { args: ['--media-address', ownAddress] } : {};

/** `without` leaves flags away, by name or as they are: tests of permissions and of autoplay need the browser as strict as people have it. */
export async function launchChromium({ args = [], without = [], ...options } = {}) {
  const kept = CHROMIUM_ARGS.filter((arg) => !without.some((flag) => arg === flag || arg.startsWith(`${flag}=`)));
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: [...kept, ...args], ...options });
}

/** Over WebDriver BiDi. Its pages are Puppeteer's, which have the part of Playwright's methods that the tests share. */
export async function launchFirefox({ prefs = {} } = {}) {
  return puppeteer.launch({ browser: 'firefox', executablePath: FIREFOX, headless: true, extraPrefsFirefox: { ...FIREFOX_PREFS, ...prefs } });
}

/**
 * A page in a context of its own (own storage, as another person would have). `page.complaints` collects console errors,
 * uncaught exceptions and requests to other hosts; a test ends with `assert.deepEqual(page.complaints, [])`.
 */
export async function openPage(browser, url, { viewport = { width: 1280, height: 800 }, context = {}, init } = {}) {
  const isFirefox = 'createBrowserContext' in browser;
  // Firefox paints only the tab in front: each page has a window of its own.
  const page = isFirefox
    ? await (await browser.createBrowserContext()).newPage({ type: 'window' })
    : await (await browser.newContext({ viewport, ignoreHTTPSErrors: true, ...context })).newPage();
  if (isFirefox) {
    await page.setViewport(viewport);
    await page.evaluateOnNewDocument(keepPeerConnections);
  }
  if (init) await (isFirefox ? page.evaluateOnNewDocument(init) : page.addInitScript(init));
  page.complaints = [];
  page.on('console', (message) => message.type() === 'error' && page.complaints.push(`console: ${message.text()} (${message.location().url})`));
  page.on('pageerror', (error) => page.complaints.push(`uncaught: ${error.stack ?? error}`));
  const { hostname } = new URL(url);
  page.on('request', (request) => {
    const target = new URL(request.url());
    if (target.protocol.startsWith('http') && target.hostname !== hostname) page.complaints.push(`request to ${target.hostname}`);
  });
  await page.goto(url);
  return page;
}

/** Closes the page and forgets its storage. */
export function closePage(page) {
  return ('browserContext' in page ? page.browserContext() : page.context()).close();
}

/** Waits for the condition in a page of either engine. */
export function waitFor(page, condition, argument, { timeout = PATIENCE_MS } = {}) {
  return 'browserContext' in page ? page.waitForFunction(condition, { timeout }, argument) : page.waitForFunction(condition, argument, { timeout });
}

/** Waits until the selector matches something in the page's document, or (`false`) nothing. */
export function waitForMatch(page, selector, wanted = true) {
  return waitFor(page, ([selector, wanted]) => (document.querySelector(selector) !== null) === wanted, [selector, wanted]);
}

/**
 * Runs in a page before it publishes: a machine too busy for the picture then costs it frames, where by default a browser takes
 * lines. So a test may await an exact height on any machine; what a path is too narrow for is left out all the same.
 */
export function keepLines() {
  const { addTransceiver } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.addTransceiver = function (...args) {
    const transceiver = addTransceiver.apply(this, args);
    const { sender, receiver, direction } = transceiver;
    if (direction === 'sendonly' && receiver.track.kind === 'video') sender.setParameters({ ...sender.getParameters(), degradationPreference: 'maintain-resolution' });
    return transceiver;
  };
}

/** What is awaited, or an error that also tells the state of all who take part: `people` has, by name, the function that asks each. */
export async function telling(awaited, people) {
  try {
    return await awaited;
  } catch (cause) {
    const told = [...people].map(async ([name, state]) => `${name}: ${JSON.stringify(await state().catch(({ message }) => message))}`);
    throw new Error([cause.message, ...await Promise.all(told)].join('\n'), { cause });
  }
}

/** A Firefox without a sound card starts no AudioContext; `listen` then asks the receivers what they decoded. */
function keepPeerConnections() {
  window.peerConnections = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...args) {
      super(...args);
      window.peerConnections.push(this);
    }
  };
}

/**
 * Waits until the video element decodes at least `frames` new frames, shows something (not black) and moves (pixels
 * differ between frames). Resolves with the evidence; rejects with what was seen instead.
 */
export async function seesMovingPicture(page, selector, { frames = 15, timeoutMs = PATIENCE_MS } = {}) {
  const handle = await attached(page, selector, timeoutMs);
  return handle.evaluate((element, { frames, timeoutMs }) => new Promise((resolve, reject) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 36 });
    const context = canvas.getContext('2d', { willReadFrequently: true });
    const seen = { frames: 0, brightness: 0, change: 0, width: 0, height: 0 };
    let first = null;
    const timer = setTimeout(() => reject(new Error(`no moving picture: ${JSON.stringify(seen)}`)), timeoutMs);
    element.requestVideoFrameCallback(function look() {
      context.drawImage(element, 0, 0, 64, 36);
      const { data } = context.getImageData(0, 0, 64, 36);
      first ??= data;
      let brightness = 0;
      let change = 0;
      for (let index = 0; index < data.length; index += 4) {
        brightness += (data[index] + data[index + 1] + data[index + 2]) / 3;
        change += Math.abs(data[index] - first[index]) + Math.abs(data[index + 1] - first[index + 1]) + Math.abs(data[index + 2] - first[index + 2]);
      }
      Object.assign(seen, {
        frames: seen.frames + 1, brightness: brightness / (64 * 36), change: Math.max(seen.change, change / (64 * 36)),
        width: element.videoWidth, height: element.videoHeight,
      });
      if (seen.frames < frames || seen.brightness < 5 || seen.change < 1) return element.requestVideoFrameCallback(look);
      clearTimeout(timer);
      resolve(seen);
    });
  }), { frames, timeoutMs });
}

/** Waits until the sound of the element's stream is louder than `level` (RMS, linear); resolves with what was heard. */
export function hears(page, selector, { level = 0.005, timeoutMs = PATIENCE_MS } = {}) {
  return listen(page, selector, { level, timeoutMs, wanted: 'sound' });
}

/** Waits until the element's stream has been silent for `silentMs`. The fake microphone beeps twice a second. */
export function hearsNothing(page, selector, { level = 0.001, silentMs = 2_000, timeoutMs = PATIENCE_MS } = {}) {
  return listen(page, selector, { level, timeoutMs, silentMs, wanted: 'silence' });
}

/** Of Playwright's pages and of Puppeteer's: the element, be it visible or not. */
function attached(page, selector, timeout) {
  return page.waitForSelector(selector, { state: 'attached', timeout });
}

async function listen(page, selector, options) {
  const handle = await attached(page, selector, options.timeoutMs);
  return handle.evaluate(async (element, { level, timeoutMs, silentMs, wanted }) => {
    const context = new AudioContext();
    void context.resume();
    const analyser = new AnalyserNode(context, { fftSize: 2048 });
    context.createMediaStreamSource(element.srcObject).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const tracks = element.srcObject.getAudioTracks();
    const receiver = (window.peerConnections ?? []).flatMap((pc) => pc.getReceivers()).find(({ track }) => tracks.includes(track));
    let decoded = { energy: 0 };
    /** Over half a second at least: a shorter look may fall between two beeps. */
    async function decodedEnergy() {
      const report = receiver && [...(await receiver.getStats()).values()].find(({ type }) => type === 'inbound-rtp');
      if (!report) return decoded.energy;
      const seconds = report.totalSamplesDuration - (decoded.report ??= report).totalSamplesDuration;
      if (seconds > 0.5) decoded = { report, energy: Math.sqrt((report.totalAudioEnergy - decoded.report.totalAudioEnergy) / seconds) };
      return decoded.energy;
    }
    const startedMs = performance.now();
    let loudest = 0;
    let lastHeardMs = startedMs;
    try {
      for (let nowMs = startedMs; nowMs - startedMs < timeoutMs; nowMs = performance.now()) {
        analyser.getFloatTimeDomainData(samples);
        const listened = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
        const energy = Math.max(listened, await decodedEnergy());
        loudest = Math.max(loudest, energy);
        if (energy > level) lastHeardMs = nowMs;
        if (wanted === 'sound' ? energy > level : nowMs - lastHeardMs > silentMs) return { energy, loudest };
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error(`expected ${wanted}, loudest was ${loudest}`);
    } finally {
      void context.close();
    }
  }, options);
}
