// What only a browser can notice of the network and of WebRTC: a proxy between page and server breaks, delays or spoils what
// passes. Each failure is met through the core and through the OpenTok facade.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { startProxy } from '../proxy.mjs';
import { startServer } from './harness.mjs';
import { createSession } from './opentok_page.mjs';
import { closeBrowsers, provoke } from './provoke.mjs';

let server;
let proxy;
let credentials;
before(async () => {
  server = await startServer();
  proxy = await startProxy(server.url);
  const session = await createSession(server);
  credentials = { ...session, token: session.token({ role: 'publisher' }) };
});
afterEach(() => proxy.mend());
after(async () => {
  await closeBrowsers();
  proxy?.stop();
  await server?.stop();
});

/** While `rule` or `answer` stands, frames or plain requests are meddled with; `open: false` refuses sockets. */
const meddling = (change) => ({ arrange: () => { Object.assign(proxy, change); }, mend: () => proxy.mend() });
/** What the server says about a request becomes what `change` makes of it; nothing swallows it. */
const answers = (wanted, change) => meddling({ rule: ({ from, method, data }) => (from === 'server' && method === wanted ? change(data) : data) });
/** The socket breaks when the page asks for this. */
const breaksAt = (wanted) => meddling({
  rule: ({ from, method, data, socket }) => {
    if (from === 'server' || method !== wanted) return data;
    socket.terminate();
  },
});
/** Something between page and server that lets no socket through and answers plain requests itself. */
const inItsPlace = (status, body) => meddling({
  open: false,
  answer: ({ url }, response) => url === '/healthz' && Boolean(response.writeHead(status, { 'access-control-allow-origin': '*' }).end(body)),
});
const withoutResult = (data) => JSON.stringify({ id: JSON.parse(data).id });

const join = (sdk, { join }) => join();
const connect = (OT, handler, { opentok: { apiKey, sessionId, token } }) => OT.initSession(apiKey, sessionId).connect(token, handler);
const publish = async (sdk, { join }) => (await join()).publish(await sdk.capture({ audio: true }));
const publishFacade = async (OT, handler, { connect }) => { (await connect()).publish('publisher', {}, handler); };
const signal = async (sdk, { join }) => (await join()).signal({ type: 'chat', data: 'hello' }, { retryAfterReconnect: false });
const signalFacade = async (OT, handler, { connect }) => { (await connect()).signal({ type: 'chat', data: 'hello', retryAfterReconnect: false }, handler); };
const subscribe = async (sdk, { join }) => {
  const room = await join();
  const { stream } = await room.publish(await sdk.capture({ audio: true, video: true }));
  await room.subscribe(stream);
};
const subscribeFacade = async (OT, handler, { connect }) => {
  const session = await connect();
  const publisher = await session.publish.promise('publisher', {});
  session.subscribe(publisher.stream, 'subscribers', {}, handler);
};

const connecting = {
  'a way on which no socket opens': {
    code: 'SERVER_UNREACHABLE', args: { url: /^ws:\/\/localhost:\d+\/v1\/signaling$/ }, core: join, facade: connect,
    opentok: { name: 'OT_CONNECT_FAILED', code: 1006, target: 'Session' }, ...meddling({ open: false }),
  },
  'a load balancer that answers in the place of the server': {
    code: 'SERVER_STATUS_UNEXPECTED', args: { status: 502 }, core: join, facade: connect,
    opentok: { name: 'OT_INVALID_HTTP_STATUS', code: 2001, target: 'Session' }, ...inItsPlace(502, 'bad gateway'),
  },
  'a proxy that leaves the bodies out': {
    code: 'SERVER_RESPONSE_EMPTY', core: join, facade: connect, opentok: { name: 'OT_EMPTY_RESPONSE_BODY', code: 2001, target: 'Session' }, ...inItsPlace(200, ''),
  },
  'a page whose own policy keeps it from the server': {
    code: 'CROSS_ORIGIN_REFUSED', args: { origin: /^http:\/\/localhost/ }, core: join, facade: connect,
    opentok: { name: 'OT_XDOMAIN_OR_PARSING_ERROR', code: 2001, target: 'Session' }, conditions: { headers: { 'content-security-policy': "connect-src 'self'" } },
  },
  'a device without a network': {
    code: 'CLIENT_OFFLINE', core: join, facade: connect, opentok: { name: 'OT_NOT_CONNECTED', code: 1006, target: 'Session' },
    arrange: (page) => page.context().setOffline(true), mend: (page) => page.context().setOffline(false),
  },
  'a server that says nothing': {
    code: 'CONNECT_TIMEOUT', args: { waited_ms: 15_000 }, core: join, facade: connect, together: true,
    opentok: { name: 'OT_CONNECT_FAILED', code: 1006, target: 'Session' }, ...answers('join', () => undefined),
  },
  'a socket that breaks while joining': {
    code: 'JOIN_INTERRUPTED', core: join, facade: connect, opentok: { name: 'OT_CONNECT_FAILED', code: 1006, target: 'Session' }, ...breaksAt('join'),
  },
  'an answer that is not JSON': {
    code: 'SERVER_RESPONSE_INVALID', args: { reason: 'the frame is not JSON' }, core: join, facade: connect,
    opentok: { name: 'OT_BADLY_FORMED_RESPONSE', code: 2001, target: 'Session' }, ...answers('join', () => '<html>Log in to the hotel</html>'),
  },
  'an error that names no code': {
    code: 'SERVER_RESPONSE_INVALID', args: { reason: 'error without a code' }, core: join, facade: connect,
    opentok: { name: 'OT_BADLY_FORMED_RESPONSE', code: 2001, target: 'Session' }, ...answers('join', (data) => JSON.stringify({ id: JSON.parse(data).id, error: {} })),
  },
  'an app that changes its mind': {
    code: 'CONNECT_CANCELLED',
    core: (sdk, { credentials }) => {
      const abort = new AbortController();
      const connecting = sdk.connect({ ...credentials, signal: abort.signal });
      abort.abort();
      return connecting;
    },
    facade: (OT, handler, { opentok: { apiKey, sessionId, token } }) => { OT.initSession(apiKey, sessionId).connect(token, handler).disconnect(); },
    opentok: { name: undefined, code: 2000, target: 'Session' }, retry: join, mend() {},
  },
  'connecting without a token': {
    code: 'ARGUMENT_INVALID', args: { name: 'token' }, facade: (OT, handler, { opentok: { apiKey, sessionId } }) => OT.initSession(apiKey, sessionId).connect('', handler),
    opentok: { name: 'OT_INVALID_PARAMETER', code: 1011, target: 'Session' },
  },
};

const publishing = {
  'an answer without content': {
    code: 'SERVER_RESPONSE_INVALID', args: { reason: 'empty answer to publish' }, core: publish, facade: publishFacade,
    opentok: { name: 'OT_UNEXPECTED_SERVER_RESPONSE', code: 2001, target: 'Publisher' }, ...answers('publish', withoutResult),
  },
  'no answer': {
    code: 'SIGNALING_TIMEOUT', args: { method: 'publish', timeout_ms: 15_000 }, core: publish, facade: publishFacade, together: true,
    opentok: { name: 'OT_TIMEOUT', code: 1500, message: 'Session.publish :: Could not publish in a reasonable amount of time', target: 'Publisher' },
    ...answers('publish', () => undefined),
  },
  'a socket that breaks before the answer': {
    code: 'SIGNALING_LOST', core: publish, facade: publishFacade, opentok: { name: 'OT_NOT_CONNECTED', code: 1010, target: 'Publisher' }, ...breaksAt('publish'),
  },
  'an app that changes its mind': {
    code: 'PUBLISH_CANCELLED',
    core: async (sdk, { join }) => {
      const room = await join();
      const abort = new AbortController();
      const publishing = room.publish(await sdk.capture({ audio: true }), { signal: abort.signal });
      abort.abort();
      await publishing;
    },
    facade: async (OT, handler, { connect }) => { (await connect()).publish('publisher', {}, handler).destroy(); },
    opentok: { name: undefined, code: 2000, target: 'Publisher' }, retry: publish, mend() {},
  },
  'a browser without WebRTC': {
    // As where a policy or an extension switches it off: the constructor does not exist.
    code: 'WEBRTC_UNSUPPORTED', core: publish, facade: publishFacade, opentok: { name: 'OT_NOT_SUPPORTED', code: 1500, target: 'Publisher' },
    conditions: { init: () => { delete window.RTCPeerConnection; } },
  },
  'more peer connections than the browser gives': {
    code: 'PEER_CONNECTION_FAILED', core: publish, facade: publishFacade, opentok: { name: 'OT_CREATE_PEER_CONNECTION_FAILED', code: 1601, target: 'Publisher' },
    arrange: (page) => page.evaluate(() => {
      window.hoard = [];
      try {
        for (;;) window.hoard.push(new RTCPeerConnection());
      } catch {
        // No more.
      }
    }),
    after: {},
  },
  'an answer that the browser refuses': {
    code: 'REMOTE_DESCRIPTION_REFUSED', core: publish, facade: publishFacade, opentok: { name: 'OT_SET_REMOTE_DESCRIPTION_FAILED', code: 1601, target: 'Publisher' },
    ...answers('negotiate', (data) => data.replace('m=audio', 'm=application')),
  },
  'an offer that the browser cannot make': {
    code: 'OFFER_FAILED', how: 'sandbox', args: { reason: 'no' }, core: publish, facade: publishFacade,
    opentok: { name: 'OT_SET_REMOTE_DESCRIPTION_FAILED', code: 1601, target: 'Publisher' },
    ...playedPeer('createOffer', () => Promise.reject(new DOMException('no', 'OperationError'))),
  },
  'a function of the browser that throws where none is expected': {
    code: 'SDK_INTERNAL', how: 'sandbox', args: { reason: 'not today' }, core: publish, facade: publishFacade, opentok: { name: undefined, code: 2000, target: 'Publisher' },
    ...playedPeer('addTransceiver', () => { throw new TypeError('not today'); }),
  },
  'a handshake with somebody else: the path is there and cannot be secured': {
    code: 'DTLS_FAILED', core: publish, facade: publishFacade, together: true, opentok: { name: 'OT_ICE_WORKFLOW_FAILED', code: 1553, message: /^ICEWorkflow: /, target: 'Publisher' },
    ...answers('negotiate', (data) => data.replace(/(a=fingerprint:sha-256 )(..)/g, (_, head, byte) => head + (byte === '00' ? '01' : '00'))),
  },
};

const subscribing = {
  'a socket that breaks before the answer': {
    code: 'SIGNALING_LOST', core: subscribe, facade: subscribeFacade, opentok: { name: 'OT_DISCONNECTED', code: 1010, target: 'Subscriber' }, ...breaksAt('subscribe'),
  },
  'a subscription that the server ends at once': {
    code: 'SUBSCRIPTION_ENDED', how: 'sandbox', args: { reason: 'networkDisconnected' }, core: subscribe, facade: subscribeFacade,
    opentok: { name: 'OT_STREAM_DESTROYED', code: 1604, target: 'Subscriber' },
    ...meddling({
      rule: ({ data }) => {
        const frame = JSON.parse(data);
        if (frame.event !== 'subscription_started') return data;
        return JSON.stringify({ ...frame, event: 'subscription_ended', data: { ...frame.data, reason: 'networkDisconnected' } });
      },
    }),
  },
  'an app that changes its mind': {
    code: 'SUBSCRIBE_CANCELLED',
    core: async (sdk, { join }) => {
      const room = await join();
      const { stream } = await room.publish(await sdk.capture({ audio: true }));
      const abort = new AbortController();
      const subscribing = room.subscribe(stream, {}, abort.signal);
      abort.abort();
      await subscribing;
    },
    facade: async (OT, handler, { connect }) => {
      const session = await connect();
      const { stream } = await session.publish.promise('publisher', {});
      session.subscribe(stream, 'subscribers', {}, handler).destroy();
    },
    opentok: { name: undefined, code: 2000, target: 'Subscriber' }, retry: subscribe, mend() {},
  },
};

const signaling = {
  'a socket that breaks before the answer, and an app that does not want to wait': {
    code: 'SIGNALING_LOST', args: { close_code: 1006 }, stands: false, core: signal, facade: signalFacade, opentok: { name: 'OT_NOT_CONNECTED', code: 500, target: 'Session' }, ...breaksAt('signal'),
  },
  'no answer': {
    code: 'SIGNALING_TIMEOUT', args: { method: 'signal' }, core: signal, facade: signalFacade, together: true, stands: false,
    opentok: { name: 'OT_UNEXPECTED_SERVER_RESPONSE', code: 2001, target: 'Session' }, ...answers('signal', () => undefined),
  },
  'a session that was left': {
    code: 'NOT_CONNECTED', args: { operation: 'signal' }, stands: false,
    core: async (sdk, { join }) => {
      const room = await join();
      await room.leave();
      await room.signal({ type: 'chat', data: 'hello' });
    },
    facade: async (OT, handler, { connect }) => {
      const session = await connect();
      await session.disconnect();
      session.signal({ type: 'chat', data: 'hello' }, handler);
    },
    opentok: { name: 'OT_NOT_CONNECTED', code: 500, target: 'Session' }, retry: signal, mend() {},
  },
  'data that is no text': {
    code: 'SIGNAL_DATA_INVALID', args: { reason: 'the object contains itself' },
    facade: async (OT, handler, { connect }) => {
      const data = {};
      data.data = data;
      (await connect()).signal({ type: 'chat', data }, handler);
    },
    opentok: { name: 'OT_INVALID_PARAMETER', code: 400, target: 'Session' },
  },
  'more than is kept until the line is back': {
    code: 'REQUEST_QUEUE_FULL', args: { limit: 256 }, stands: false,
    arrange: (page) => page.exposeFunction('line', (action) => proxy[action]()),
    core: async (sdk, { join }) => {
      await line('mend');
      const room = await join();
      await line('cut');
      while ((await room.signal({ data: 'is it cut?' }, { retryAfterReconnect: false }).catch(({ code }) => code)) !== 'NOT_CONNECTED');
      for (let kept = 0; kept < 256; kept++) room.signal({ data: 'kept' }).catch(() => undefined);
      await room.signal({ data: 'one too many' });
    },
    facade: async (OT, handler, { connect }) => {
      await line('mend');
      const session = await connect();
      await line('cut');
      while ((await session.signal({ data: 'is it cut?', retryAfterReconnect: false }).catch(({ problem }) => problem.code)) !== 'NOT_CONNECTED');
      for (let kept = 0; kept < 256; kept++) session.signal({ data: 'kept' }).catch(() => undefined);
      session.signal({ data: 'one too many' }, handler);
    },
    opentok: { name: 'OT_RATE_LIMIT_EXCEEDED', code: 429, target: 'Session' },
    mend: () => proxy.mend(),
    // What was kept goes out at once and may use up the rate: the advice of that refusal counts then.
    retry: async () => {
      for (;;) {
        const error = await room.signal({ data: 'again' }).catch((error) => error);
        if (error?.problem?.retry.how !== 'after') return error && Promise.reject(error);
        await new Promise((resolve) => setTimeout(resolve, error.problem.retry.after_ms));
      }
    },
  },
};

const lasting = {
  'a line that stays away': {
    code: 'RECONNECT_GIVEN_UP', stands: false,
    async arrange(page) {
      await page.exposeFunction('line', (action) => proxy[action]());
      await page.clock.install();
    },
    core: async (sdk, { join, connect }) => {
      const [room, session] = [await join(), await connect()];
      const ended = new Promise((resolve) => room.on('disconnected', resolve));
      const told = new Promise((resolve) => session.on('sessionDisconnected', resolve));
      await line('cut');
      const { reason, error } = await ended;
      window.ended = [reason, (await told).reason, room.state];
      throw error;
    },
    // The page's minute takes a moment here, once the line is cut.
    async during(page, isOver) {
      while (!isOver()) await (proxy.open ? new Promise((resolve) => setTimeout(resolve, 20)) : page.clock.runFor(5_000));
    },
    afterwards: async (page) => assert.deepEqual(await page.evaluate(() => window.ended), ['networkDisconnected', 'networkDisconnected', 'disconnected']),
    retry: join, mend: () => proxy.mend(),
  },
};

const reporting = {
  'a report that nobody can take': {
    code: 'REPORT_FAILED', facade: (OT, handler) => { OT.reportIssue(handler); }, opentok: { name: 'OT_REPORT_ISSUE_FAILED', code: 2011 },
    retryFacade: async (OT, handler, { connect }) => {
      await connect();
      OT.reportIssue(handler);
    },
    mend() {},
  },
};

/** The page replaces one method of its peer connections, until it is mended. */
function playedPeer(method, outcome) {
  const play = `(() => {
    const { ${method}: original } = RTCPeerConnection.prototype;
    RTCPeerConnection.prototype.${method} = ${outcome};
    window.restore = () => { RTCPeerConnection.prototype.${method} = original; };
  })()`;
  return { arrange: (page) => page.evaluate(play), mend: (page) => page.evaluate(() => restore()) };
}

for (const [operation, scenarios] of Object.entries({ connect: connecting, publish: publishing, subscribe: subscribing, signal: signaling, call: lasting, report: reporting })) {
  describe(operation, () => {
    for (const [name, scenario] of Object.entries(scenarios)) {
      test(name, () => provoke(proxy.url.replace(/\/$/, ''), credentials, { name: `${operation}, ${name}`, operation, ...scenario }));
    }
  });
}
