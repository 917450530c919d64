// Failures that only a browser can notice, each brought about in a real one. Where Chromium offers no way to make the real
// condition, the page takes the browser's function away or spoils what goes through it; the names of these tests say so.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launchChromium, startServer } from './harness.mjs';
import { assertFailure, createSession, meet as meetIn } from './opentok_page.mjs';

let server;
let browser;
let session;
before(async () => {
  server = await startServer();
  browser = await launchChromium();
  session = await createSession(server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const credentials = (more = {}) => ({ apiKey: session.apiKey, sessionId: session.sessionId, token: session.token({ role: 'publisher' }), ...more });
/** Runs `steps(session, handler)` in a page that is connected. */
const meetConnected = (steps, { options, ...more } = {}) => meetIn(browser, server.url, async ({ apiKey, sessionId, token, steps, options }) => {
  const session = await OT.initSession(apiKey, sessionId, options).connect.promise(token);
  return failure((handler) => eval(steps)(session, handler));
}, credentials({ steps: String(steps), options }), more);
const meet = (steps, more) => meetIn(browser, server.url, steps, credentials(), more);

describe('arguments and features', () => {
  test('connect without a token', async () => {
    const met = await meet(({ apiKey, sessionId }) => failure((handler) => OT.initSession(apiKey, sessionId).connect(undefined, handler)));
    assertFailure(met, 'OT_INVALID_PARAMETER', 1011, 'ARGUMENT_INVALID');
  });

  test('a filter that this SDK does not have', async () => {
    const met = await meet(() => failure((handler) => OT.initPublisher('publisher', { videoFilter: { type: 'backgroundBlur' } }, handler)));
    assertFailure(met, 'OT_NOT_SUPPORTED', 1500, 'FEATURE_UNSUPPORTED');
  });

  test('a report that nobody can take', async () => {
    const met = await meet(() => failure((handler) => OT.reportIssue(handler)));
    assertFailure(met, 'OT_REPORT_ISSUE_FAILED', 2011, 'REPORT_FAILED');
  });

  test('a camera that does not exist', async () => {
    const met = await meet(async () => {
      const publisher = await OT.initPublisher.promise('publisher');
      return failure((handler) => publisher.setVideoSource('nothing').catch(handler));
    });
    assertFailure(met, 'OT_INVALID_VIDEO_SOURCE', 1500, 'VIDEO_SOURCE_INVALID');
  });

  test('another camera for a publisher that uses none', async () => {
    const met = await meet(async () => {
      const [track] = document.createElement('canvas').captureStream(1).getTracks();
      const publisher = await OT.initPublisher.promise('publisher', { videoSource: track });
      return failure((handler) => publisher.cycleVideo().catch(handler));
    });
    assertFailure(met, 'OT_SET_VIDEO_SOURCE_FAILURE', 1500, 'VIDEO_SOURCE_FIXED');
  });

  test('a microphone for a publisher without sound', async () => {
    const met = await meet(async () => {
      const publisher = await OT.initPublisher.promise('publisher', { audioSource: null });
      return failure((handler) => publisher.setAudioSource('default').catch(handler));
    });
    assert.equal(met.error.ours, 'TRACK_KIND_NOT_PUBLISHED');
  });
});

describe('sharing the screen', () => {
  const share = () => failure((handler) => OT.initPublisher('publisher', { videoSource: 'screen' }, handler));

  test('is refused', async () => {
    assertFailure(await meet(share, { headers: { 'permissions-policy': 'display-capture=()' } }), 'OT_USER_MEDIA_ACCESS_DENIED', 1500, 'SCREEN_SHARE_DENIED');
  });

  test('is not offered by the browser (function taken away)', async () => {
    const met = await meet(share, { prepare: (page) => page.evaluate(() => { delete MediaDevices.prototype.getDisplayMedia; }) });
    assertFailure(met, 'OT_SCREEN_SHARING_NOT_SUPPORTED', 1550, 'SCREEN_SHARE_UNSUPPORTED');
    assert.equal(met.error.message, 'Screen sharing is not supported.');
  });
});

describe('changing one\'s mind', () => {
  test('disconnecting while connecting', async () => {
    const met = await meet(({ apiKey, sessionId, token }) => failure((handler) => {
      OT.initSession(apiKey, sessionId).connect(token, handler).disconnect();
    }));
    assert.equal(met.error.ours, 'CONNECT_CANCELLED');
  });

  test('destroying a publisher while it publishes', async () => {
    const met = await meetConnected((session, handler) => session.publish('publisher', {}, handler).destroy());
    assert.equal(met.error.ours, 'PUBLISH_CANCELLED');
  });

  test('destroying a subscriber while it subscribes', async () => {
    const met = await meetConnected((session, handler) => {
      session.publish('publisher', {}, () => session.subscribe(OT.publishers.find(({ stream }) => stream).stream, 'subscribers', {}, handler).destroy());
    });
    assert.equal(met.error.ours, 'SUBSCRIBE_CANCELLED');
  });
});

describe('the network and WebRTC', () => {
  test('the device is offline', async () => {
    const met = await meet(({ apiKey, sessionId, token }) => failure((handler) => OT.initSession(apiKey, sessionId).connect(token, handler)), {
      prepare: (page) => page.context().setOffline(true),
    });
    assertFailure(met, 'OT_NOT_CONNECTED', 1006, 'CLIENT_OFFLINE');
  });

  test('a configuration that no peer connection takes', async () => {
    const iceConfig = { includeServers: 'custom', transportPolicy: 'all', customServers: [{ urls: 'nonsense' }] };
    const met = await meetConnected((session, handler) => session.publish('publisher', {}, handler), { options: { iceConfig } });
    assertFailure(met, 'OT_CREATE_PEER_CONNECTION_FAILED', 1601, 'PEER_CONNECTION_FAILED');
  });

  test('a browser without WebRTC (class taken away)', async () => {
    const met = await meetConnected((session, handler) => {
      delete window.RTCPeerConnection;
      session.publish('publisher', {}, handler);
    });
    assertFailure(met, 'OT_NOT_SUPPORTED', 1500, 'WEBRTC_UNSUPPORTED');
  });

  test('an answer that the browser refuses (spoiled on its way in)', async () => {
    const met = await meetConnected((session, handler) => {
      const { setRemoteDescription } = RTCPeerConnection.prototype;
      RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
        return setRemoteDescription.call(this, { type, sdp: sdp.replace('m=audio', 'm=video') });
      };
      session.publish('publisher', {}, handler);
    });
    assertFailure(met, 'OT_SET_REMOTE_DESCRIPTION_FAILED', 1601, 'REMOTE_DESCRIPTION_REFUSED');
  });

  test('an offer that cannot be made (spoiled in the browser)', async () => {
    const met = await meetConnected((session, handler) => {
      RTCPeerConnection.prototype.createOffer = () => Promise.reject(new DOMException('no', 'OperationError'));
      session.publish('publisher', {}, handler);
    });
    assert.deepEqual([met.error.ours, met.error.name], ['OFFER_FAILED', 'OT_SET_REMOTE_DESCRIPTION_FAILED']);
  });

  test('a handshake with somebody else: the path is there and cannot be secured (fingerprint spoiled on its way in)', async () => {
    const met = await meetConnected((session, handler) => {
      const { setRemoteDescription } = RTCPeerConnection.prototype;
      RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
        return setRemoteDescription.call(this, { type, sdp: sdp.replace(/(a=fingerprint:sha-256 )(..)/g, (_, head, byte) => head + (byte === '00' ? '01' : '00')) });
      };
      session.publish('publisher', {}, handler);
    });
    assert.deepEqual([met.error.ours, met.error.name, met.error.code], ['DTLS_FAILED', 'OT_ICE_WORKFLOW_FAILED', 1553], met.error.message);
    assert.equal(met.error.cause.stage, 'dtls');
  });

  test('signals faster than the limit', async () => {
    const met = await meetConnected((session, handler) => {
      let told = false;
      for (let n = 0; n < 400; n++) session.signal({ data: String(n) }).catch((error) => told || (told = true, handler(error)));
    });
    assertFailure(met, 'OT_RATE_LIMIT_EXCEEDED', 429, 'SIGNAL_RATE_LIMITED');
  });
});
