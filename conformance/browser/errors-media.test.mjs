// What only a browser can notice of devices, screens and media: each failure is met in a real one, through the core and through
// the OpenTok facade. Where Chromium cannot have the real condition, the page plays the outcome that the specification gives.
import { after, before, describe, test } from 'node:test';
import { closePage, openPage, startServer, waitFor } from './harness.mjs';
import { createSession } from './opentok_page.mjs';
import { browserWith, closeBrowsers, provoke } from './provoke.mjs';

let server;
let credentials;
before(async () => {
  server = await startServer();
  const session = await createSession(server);
  credentials = { ...session, token: session.token({ role: 'publisher' }) };
});
after(async () => {
  await closeBrowsers();
  await server?.stop();
});

/** The page replaces the outcome of one function of the browser, until it is mended. */
function played(method, name, message) {
  const fail = ([method, name, message]) => {
    const { [method]: original } = MediaDevices.prototype;
    MediaDevices.prototype[method] = () => Promise.reject(new DOMException(message, name));
    window.restore = () => { MediaDevices.prototype[method] = original; };
  };
  return { how: 'sandbox', arrange: (page) => page.evaluate(fail, [method, name, message]), mend: (page) => page.evaluate(() => restore()) };
}

const captureBoth = (sdk) => sdk.capture({ audio: true, video: true });
const publisher = (OT, handler) => OT.initPublisher('publisher', {}, handler);
const captureScreen = (sdk) => sdk.captureScreen();
const screenPublisher = (OT, handler) => OT.initPublisher('publisher', { videoSource: 'screen' }, handler);
const camera = (sdk) => sdk.capture({ video: true });

/** Asks the user, as people have it; the context's permissions are the user's answers. */
const asking = (...permissions) => ({ launch: { without: ['--use-fake-ui-for-media-stream'] }, context: { permissions } });
const allow = (page) => page.context().grantPermissions(['camera', 'microphone']);
const NO_DEVICES = { launch: { without: ['--use-fake-device-for-media-stream'] } };

const DENIED = { name: 'OT_USER_MEDIA_ACCESS_DENIED', code: 1500, message: /^Publisher Access Denied: /, target: 'Publisher' };
const UNABLE = { name: 'OT_UNABLE_TO_CAPTURE_MEDIA', code: 1500, target: 'Publisher' };
const NO_SCREEN = { name: 'OT_SCREEN_SHARING_NOT_SUPPORTED', code: 1550, message: 'Screen sharing is not supported.', target: 'Publisher' };

const capture = {
  'a user who says no': {
    code: 'CAPTURE_DENIED', args: { devices: 'camera and microphone' }, core: captureBoth, facade: publisher, opentok: DENIED, conditions: asking(), mend: allow,
  },
  'a user who says no to the camera alone': {
    code: 'CAPTURE_DENIED', args: { devices: 'camera' }, core: captureBoth, facade: publisher, opentok: DENIED, conditions: asking('microphone'), mend: allow,
  },
  'a user who says no to the microphone alone': {
    code: 'MICROPHONE_DENIED', core: captureBoth, facade: publisher, opentok: DENIED, conditions: asking('camera'), mend: allow,
  },
  'a microphone that is refused where only it is wanted': {
    code: 'MICROPHONE_DENIED', core: (sdk) => sdk.capture({ audio: true }), facade: (OT, handler) => OT.initPublisher('publisher', { videoSource: null }, handler),
    opentok: DENIED, conditions: asking(), mend: allow,
  },
  'a system that does not let the browser': {
    code: 'CAPTURE_DENIED_BY_SYSTEM', args: { devices: 'camera and microphone' }, core: captureBoth, facade: publisher, opentok: DENIED,
    ...played('getUserMedia', 'NotAllowedError', 'Permission denied by system'),
  },
  'a page whose policy forbids the devices': {
    code: 'CAPTURE_BLOCKED_BY_POLICY', core: captureBoth, facade: publisher, opentok: DENIED, conditions: { headers: { 'permissions-policy': 'camera=(), microphone=()' } },
  },
  'a page that is not secure': {
    code: 'PAGE_INSECURE', args: { origin: /^http:\/\/customer\.test/ }, core: captureBoth, facade: publisher, opentok: DENIED,
    conditions: { launch: { args: ['--host-resolver-rules=MAP customer.test 127.0.0.1'] }, host: 'customer.test' },
  },
  'no camera and no microphone': {
    code: 'DEVICE_NOT_FOUND', args: { devices: 'camera and microphone' }, core: captureBoth, facade: publisher,
    opentok: { name: 'OT_NO_DEVICES_FOUND', code: 1500, target: 'Publisher' }, conditions: NO_DEVICES, after: {},
  },
  'a camera that no longer exists': {
    code: 'DEVICE_NOT_FOUND', args: { devices: 'camera' }, core: (sdk) => sdk.capture({ video: { deviceId: { exact: 'gone' } } }),
    facade: (OT, handler) => OT.initPublisher('publisher', { videoSource: 'gone', audioSource: null }, handler),
    opentok: { name: 'OT_NO_DEVICES_FOUND', code: 1500, target: 'Publisher' }, retry: camera, mend() {},
  },
  'a camera that another program uses': {
    code: 'DEVICE_IN_USE', args: { devices: 'camera and microphone', reason: 'Could not start video source' }, core: captureBoth, facade: publisher,
    opentok: { name: 'OT_HARDWARE_UNAVAILABLE', code: 1500, target: 'Publisher' }, ...played('getUserMedia', 'NotReadableError', 'Could not start video source'),
  },
  'a failure that has no name of its own': {
    code: 'CAPTURE_FAILED', args: { reason: 'The document is not fully active' }, core: captureBoth, facade: publisher, opentok: UNABLE,
    ...played('getUserMedia', 'InvalidStateError', 'The document is not fully active'),
  },
  'constraints that no device fulfils': {
    code: 'CONSTRAINTS_NOT_SATISFIED', args: { constraint: 'width' }, core: (sdk) => sdk.capture({ video: { width: { exact: 99_999 } } }),
    facade: (OT, handler) => OT.initPublisher('publisher', { constraints: { video: { width: { exact: 99_999 } } } }, handler),
    opentok: { name: 'OT_CONSTRAINTS_NOT_SATISFIED', code: 1500, target: 'Publisher' },
  },
  'neither audio nor video': {
    code: 'NO_MEDIA_REQUESTED', core: (sdk) => sdk.capture({ audio: false, video: false }),
    facade: (OT, handler) => OT.initPublisher('publisher', { audioSource: null, videoSource: null }, handler),
    opentok: { name: 'OT_NO_VALID_CONSTRAINTS', code: 1500, target: 'Publisher' },
  },
  'a browser that gives pages no devices at all': {
    code: 'CAPTURE_UNSUPPORTED', core: captureBoth, facade: publisher, opentok: { name: 'OT_NOT_SUPPORTED', code: 1500, target: 'Publisher' },
    conditions: { init: () => { delete Navigator.prototype.mediaDevices; } },
  },
  'a list of devices that fails': {
    code: 'DEVICE_LIST_FAILED', core: (sdk) => sdk.listDevices(), facade: (OT, handler) => { OT.getDevices(handler); },
    opentok: { name: 'OT_UNABLE_TO_CAPTURE_MEDIA', code: 1500 }, ...played('enumerateDevices', 'OperationError', 'The driver does not answer'),
  },
};

const screen = {
  'a user who shares no screen': {
    code: 'SCREEN_SHARE_DENIED', core: captureScreen, facade: screenPublisher, opentok: DENIED,
    conditions: { launch: { args: ['--use-fake-ui-for-media-stream=deny'] } }, after: {},
  },
  'a page whose policy forbids the screen': {
    code: 'SCREEN_SHARE_DENIED', core: captureScreen, facade: screenPublisher, opentok: DENIED, conditions: { headers: { 'permissions-policy': 'display-capture=()' } }, after: {},
  },
  'a browser that cannot share the screen': {
    // As on phones: the function does not exist.
    code: 'SCREEN_SHARE_UNSUPPORTED', core: captureScreen, facade: screenPublisher, opentok: NO_SCREEN,
    conditions: { init: () => { delete MediaDevices.prototype.getDisplayMedia; } },
  },
  'a window that closes while it is chosen': {
    code: 'SCREEN_CAPTURE_FAILED', args: { reason: 'Could not start video source' }, core: captureScreen, facade: screenPublisher, opentok: UNABLE,
    ...played('getDisplayMedia', 'NotReadableError', 'Could not start video source'),
  },
  'a computer without a screen': {
    code: 'SCREEN_CAPTURE_FAILED', core: captureScreen, facade: screenPublisher, opentok: UNABLE,
    conditions: { launch: { engine: 'Firefox' } }, arrange: (page) => page.mouse.click(5, 5), after: {},
  },
  'sharing without a click': {
    code: 'USER_GESTURE_REQUIRED', args: { operation: 'screen sharing' }, core: captureScreen, facade: screenPublisher, opentok: DENIED,
    // A headless Chromium does not insist on the click, Firefox does.
    conditions: { launch: { engine: 'Firefox' }, onLoad: true }, after: {},
  },
};

const others = {
  'a camera of that id is not there': {
    code: 'VIDEO_SOURCE_INVALID', operation: 'set_video_source', args: { source: 'nothing' },
    core: async (sdk) => (await sdk.LocalMedia.acquire({ audio: { kind: 'none' }, video: { kind: 'device' } })).setVideoDevice('nothing'),
    facade: async (OT, handler) => { (await OT.initPublisher.promise('publisher')).setVideoSource('nothing').catch(handler); },
    opentok: { name: 'OT_INVALID_VIDEO_SOURCE', code: 1500, target: 'Publisher' },
  },
  'another camera for a publisher that uses none': {
    code: 'VIDEO_SOURCE_FIXED', operation: 'set_video_source',
    core: async (sdk) => {
      const [track] = document.createElement('canvas').captureStream(1).getTracks();
      await (await sdk.LocalMedia.acquire({ audio: { kind: 'none' }, video: { kind: 'track', track } })).cycleVideoDevice();
    },
    facade: async (OT, handler) => {
      const [videoSource] = document.createElement('canvas').captureStream(1).getTracks();
      (await OT.initPublisher.promise('publisher', { videoSource })).cycleVideo().catch(handler);
    },
    opentok: { name: 'OT_SET_VIDEO_SOURCE_FAILURE', code: 1500, target: 'Publisher' },
  },
  'a microphone for a publisher without sound': {
    code: 'TRACK_KIND_NOT_PUBLISHED', args: { kind: 'audio' },
    core: async (sdk) => (await sdk.LocalMedia.acquire({ audio: { kind: 'none' }, video: { kind: 'device' } })).setAudioSource('default'),
    facade: async (OT, handler) => { (await OT.initPublisher.promise('publisher', { audioSource: null })).setAudioSource('default').catch(handler); },
    opentok: { name: 'OT_INVALID_PARAMETER', code: 1011, target: 'Publisher' },
  },
  'video on a published stream that has none': {
    code: 'TRACK_KIND_NOT_PUBLISHED', operation: 'update_stream', args: { kind: 'video' },
    core: async (sdk, { join }) => {
      const publication = await (await join()).publish(await sdk.capture({ audio: true }));
      await publication.replaceTrack('video', (await sdk.capture({ video: true })).getVideoTracks()[0]);
    },
  },
  'a filter that this SDK does not have': {
    code: 'FEATURE_UNSUPPORTED', args: { feature: 'video filters' },
    facade: (OT, handler) => OT.initPublisher('publisher', { videoFilter: { type: 'backgroundBlur' } }, handler),
    opentok: { name: 'OT_NOT_SUPPORTED', code: 1500, target: 'Publisher' },
  },
};

/** The facade's element reports what the specification lists (HTML, MediaError); only `exception` tells the page. */
const elementFails = (code, mediaError) => ({
  code, operation: 'publish', how: 'sandbox', byEvent: true, opentok: { code: 1500, target: 'Publisher' },
  facade: `async (OT, handler) => {
    const publisher = await OT.initPublisher.promise('publisher');
    window.video = publisher.element.querySelector('video');
    OT.once('exception', handler);
    Object.defineProperty(video, 'error', { configurable: true, value: { code: ${mediaError} } });
    video.dispatchEvent(new Event('error'));
  }`,
  mend: (page) => page.evaluate(() => { delete window.video.error; }),
  retryFacade: (OT, handler) => video.play().then(() => handler(), handler),
});

const playing = {
  'playing is aborted': elementFails('MEDIA_PLAYBACK_ABORTED', 1),
  'the network fails while playing': elementFails('MEDIA_PLAYBACK_NETWORK', 2),
  'the decoder gives up': elementFails('MEDIA_PLAYBACK_DECODE', 3),
  'a source that is no media': {
    code: 'MEDIA_PLAYBACK_UNSUPPORTED', operation: 'publish', byEvent: true, opentok: { code: 1500, target: 'Publisher' },
    facade: async (OT, handler) => {
      document.body.insertAdjacentHTML('beforeend', '<div id="other"></div>');
      const publisher = await OT.initPublisher.promise('other');
      OT.once('exception', handler);
      Object.assign(publisher.element.querySelector('video'), { srcObject: null, src: 'data:text/plain,nothing' });
    },
  },
  'a camera that is pulled out': {
    // No test can pull a camera out: the page plays the end of its track.
    code: 'DEVICE_GONE', operation: 'publish', how: 'sandbox', args: { devices: 'camera' }, byEvent: true,
    opentok: { code: 1500, target: 'Publisher' },
    core: async (sdk) => {
      const media = await sdk.LocalMedia.acquire({ audio: { kind: 'none' }, video: { kind: 'device' } });
      const ended = new Promise((resolve) => media.on('ended', resolve));
      media.track('video').dispatchEvent(new Event('ended'));
      throw (await ended).error;
    },
    facade: async (OT, handler, { connect }) => {
      window.publisher = await (await connect()).publish.promise('publisher', { audioSource: null });
      OT.once('exception', handler);
      publisher.getVideoSource().track.dispatchEvent(new Event('ended'));
    },
    // Its default action: the publisher goes, and its stream with it.
    afterwards: (page) => waitFor(page, () => publisher.stream === undefined && publisher.element === undefined),
    retry: camera, mend() {},
  },
};

test('sound that the browser blocks until there is a click', async () => {
  const other = await openPage(await browserWith(), `${server.url}/healthz`);
  try {
    await other.addScriptTag({ url: '/v2/js/opentok.min.js' });
    await other.evaluate(async ({ apiKey, sessionId, token }) => {
      const session = await OT.initSession(apiKey, sessionId).connect.promise(token);
      await session.publish.promise(OT.initPublisher());
    }, credentials);
    await provoke(server.url, credentials, {
      name: 'sound that the browser blocks', operation: 'play', code: 'AUTOPLAY_BLOCKED',
      conditions: { launch: { args: ['--autoplay-policy=document-user-activation-required'] }, onLoad: true },
      facade: async (OT, handler, { opentok: { apiKey, sessionId, token } }) => {
        const session = OT.initSession(apiKey, sessionId);
        session.on('streamCreated', ({ stream }) => session.subscribe(stream, 'subscribers').on('audioBlocked', () => OT.unblockAudio().then(() => handler(), handler)));
        session.connect(token);
      },
      opentok: { name: 'OT_MEDIA_ERR_ABORTED', code: 1500 }, mend() {},
      retryFacade: (OT, handler) => OT.unblockAudio().then(() => handler(), handler),
    });
  } finally {
    await closePage(other);
  }
});

for (const [group, scenarios] of Object.entries({ 'camera and microphone': capture, 'the screen': screen, 'what is captured': others, 'what plays': playing })) {
  describe(group, () => {
    for (const [name, scenario] of Object.entries(scenarios)) test(name, () => provoke(server.url, credentials, { name, operation: 'capture', ...scenario }));
  });
}
