// What the matrix provokes, and the cause that is right for it. `attempt`: the condition is there first, then a call is tried.
// `call`: a call runs, then the condition comes. `page`: runs in the page and needs no condition. `no failure` is a right answer.
//
// Options of a row: `announce`: the media address the server announces; `alone`: nobody else reaches the server; `only`:
// publish or subscribe alone; `init`: a script in the page before everything; `connect`: options of the SDK's `connect`;
// `publisher`: what is wrong with what another page publishes, for the subscriber under test (`frozen`, or `init` as above); `browser`: flags; `turn`: a relay that refuses.
const SERVER = '192.0.2.1';
const RELAY = '192.0.2.254';
const TURN = { urls: `turn:${SERVER}:3478?transport=tcp`, username: 'ann', credential: 'secret' };

/** A page that changes what the SDK sends as its offer. */
const editingOffers = (edit) => `
  const { get } = Object.getOwnPropertyDescriptor(RTCPeerConnection.prototype, 'localDescription');
  Object.defineProperty(RTCPeerConnection.prototype, 'localDescription', {
    get() { const is = get.call(this); return is && { type: is.type, sdp: (${edit})(is.sdp) }; },
  });`;

const EDITING_ANSWERS = `
  const { setRemoteDescription } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
    return setRemoteDescription.call(this, { type, sdp: sdp.replace(/(ice-pwd:)(.)/g, (_, head, first) => head + (first === 'a' ? 'b' : 'a')) });
  };`;

/** A page whose key frames get lost on their way from the encoder to the network. */
const WITHOUT_KEY_FRAMES = `
  const { addTransceiver } = RTCPeerConnection.prototype;
  const source = 'onrtctransform = ({ transformer: { readable, writable } }) => readable.pipeThrough(new TransformStream({' +
    'transform(frame, controller) { if (frame.type !== "key") controller.enqueue(frame); } })).pipeTo(writable);';
  const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
  RTCPeerConnection.prototype.addTransceiver = function (...args) {
    const transceiver = addTransceiver.apply(this, args);
    transceiver.sender.transform = new RTCRtpScriptTransform(worker);
    return transceiver;
  };`;

const rows = (kind, list) => list.map(([condition, expected, options = {}]) => ({ kind, condition, expected, ...options }));

export const NETWORK = [
  ...rows('attempt', [
    ['none', 'no failure'],
    ['loss-5', 'no failure'],
    ['loss-20-udp', 'no failure'],
    ['delay-100ms', 'no failure', { announce: RELAY }],
    ['jitter-reorder', 'no failure', { announce: RELAY }],
    ['uplink-300k', 'no failure'],
    ['udp-blocked', 'udp_blocked_outbound'],
    ['only-443', 'udp_blocked_outbound'],
    ['downlink-cut', 'udp_blocked_inbound'],
    ['server-udp-closed', 'server_port_unreachable'],
    ['server-udp-closed', 'server_port_unreachable', { alone: true, only: 'publish' }],
    ['none', 'wrong_announced_address', { variant: 'announces 10.0.0.5', announce: '10.0.0.5', alone: true, only: 'publish' }],
    ['none', 'wrong_announced_address', { variant: 'announces 192.0.2.99', announce: '192.0.2.99', alone: true, only: 'publish' }],
    ['dtls-cut', 'dtls_no_answer'],
    ['signaling-cut', 'signaling_lost', { during: true }],
    ['udp-blocked', 'relay_refused', { variant: 'relay refuses', turn: true, connect: { iceServers: [TURN] } }],
    ['none', 'relay_refused', { variant: 'relay only, refuses', turn: true, connect: { iceServers: [TURN], iceTransportPolicy: 'relay' } }],
    ['none', 'relay_unreachable', { variant: 'relay only, silent', connect: { iceServers: [TURN], iceTransportPolicy: 'relay' } }],
    ['none', 'relay_absent', { variant: 'relay only, none given', connect: { iceTransportPolicy: 'relay' } }],
    ['none', 'dtls_fingerprint', { variant: 'fingerprint rewritten', init: editingOffers(String.raw`(sdp) => sdp.replace(/(fingerprint:sha-256 )(..)/g, (_, head, first) => head + (first === '00' ? '11' : '00'))`) }],
    ['none', 'credentials_rewritten', { variant: 'ICE password rewritten', init: EDITING_ANSWERS }],
    ['none', 'decoder_unsupported', { variant: 'no common codec', only: 'publish', init: editingOffers(String.raw`(sdp) => sdp.replace(/(rtpmap:\d+ )[A-Za-z0-9-]+\//g, '$1telegraph/')`) }],
    ['none', 'media_never_arrived', { variant: 'publisher is frozen', only: 'subscribe', publisher: { frozen: true } }],
    ['none', 'no_key_frame', { variant: 'key frames get lost', only: 'subscribe', publisher: { init: WITHOUT_KEY_FRAMES } }],
  ]),
  ...rows('call', [
    ['none', 'no failure'],
    ['loss-5', 'no failure'],
    ['loss-20-udp', 'no failure'],
    ['delay-100ms', 'no failure', { announce: RELAY }],
    ['media-cut', 'media_lost_signaling_alive'],
    ['downlink-cut', 'media_lost_signaling_alive'],
    ['udp-blocked', 'uplink_blocked'],
    ['signaling-cut', 'signaling_lost_media_alive'],
    ['everything-cut', 'network_lost'],
    ['link-down', 'client_offline'],
  ]),
];

const nowS = () => Math.floor(Date.now() / 1000);

/** Tokens, against the real server: what is wrong with an otherwise right one. */
export const TOKENS = [
  ['expired', 'token_expired', { claims: () => ({ iat: nowS() - 7200, exp: nowS() - 3600 }) }],
  ['made in the future', 'clock_skew', { claims: () => ({ iat: nowS() + 3600, exp: nowS() + 7200 }) }],
  ['another secret', 'token_signed_with_other_secret', { secret: 'another secret' }],
  ['another session', 'token_of_other_session', { claims: () => ({ session_id: 'another' }) }],
  ['another project', 'token_of_other_project', { projectId: '1' }],
  ['an unknown project', 'token_of_unknown_project', { claims: () => ({ iss: '1' }) }],
  ['role', 'token_claim_invalid', { claims: () => ({ role: 'king' }) }],
  ['scope', 'token_claim_invalid', { claims: () => ({ scope: 'archive.list' }) }],
  ['ist', 'token_claim_invalid', { claims: () => ({ ist: 'account' }) }],
  ['exp', 'token_claim_invalid', { claims: () => ({ exp: 'soon' }) }],
  ['lifetime', 'token_claim_invalid', { claims: () => ({ exp: nowS() + 10 * 365 * 86_400 }) }],
  ['connection_data', 'token_claim_invalid', { claims: () => ({ connection_data: 'x'.repeat(2_000) }) }],
  ['not a token', 'token_malformed', { token: 'hello' }],
].map(([variant, expected, wrong]) => ({ kind: 'token', variant, expected, wrong }));

const capture = '({ capture }) => capture({ video: true })';
const rejecting = (name) => `navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '${name}'))`;

/** Devices, in a real browser. What no machine without a camera can do is done by the page instead of the system: `stubbed`. */
export const DEVICES = [
  { variant: 'insecure page', expected: 'insecure_page', run: capture, insecure: true },
  { variant: 'denied by the user', expected: 'permission_denied_by_user', run: capture, without: ['--use-fake-ui-for-media-stream'] },
  { variant: 'forbidden by the policy', expected: 'permission_denied_by_policy', run: capture, headers: { 'permissions-policy': 'camera=()' } },
  { variant: 'no camera', expected: 'device_absent', run: capture, without: ['--use-fake-device-for-media-stream'] },
  { variant: 'in use', expected: 'device_in_use', run: capture, init: rejecting('NotReadableError'), stubbed: true },
  {
    variant: 'unplugged', expected: 'device_gone', stubbed: true,
    run: `async ({ LocalMedia }) => {
      const media = await LocalMedia.acquire({ audio: { kind: 'none' }, video: { kind: 'device', deviceId: undefined } });
      const [track] = media.stream.getVideoTracks();
      navigator.mediaDevices.enumerateDevices = async () => [];
      const ended = new Promise((resolve, reject) => media.on('ended', ({ error }) => reject(error)));
      track.onended();
      await ended;
    }`,
  },
].map((row) => ({ kind: 'device', ...row }));
