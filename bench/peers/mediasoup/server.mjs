#!/usr/bin/env node
// A forwarding server on mediasoup for `make bench-peers`: one publisher by WHIP, subscribers by WHEP, nothing else. One worker
// and one router; all transports share the port of a WebRtcServer. Subscribers' transports begin with room for all there is, so
// that no bandwidth need be probed for.
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { createWorker } from 'mediasoup';
import { parse, parseParams } from 'sdp-transform';

const SOCKET_BUFFER_BYTES = 4 << 20;
const OUTGOING_BITRATE = 10_000_000;
const CODECS = [
  { kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2 },
  { kind: 'video', mimeType: 'video/VP8', clockRate: 90_000 },
];

const option = (name) => process.argv[process.argv.indexOf(`-${name}`) + 1];
const address = option('address');

const worker = await createWorker();
worker.on('died', (error) => {
  console.error(error);
  process.exit(1);
});
const webRtcServer = await worker.createWebRtcServer({
  listenInfos: [
    { protocol: 'udp', ip: address, sendBufferSize: SOCKET_BUFFER_BYTES, recvBufferSize: SOCKET_BUFFER_BYTES },
  ],
});
const router = await worker.createRouter({ mediaCodecs: CODECS });
const producers = new Map();

const endpoints = { '/whip': publish, '/whep': subscribe };
createServer(async (request, response) => {
  const endpoint = request.method === 'POST' && endpoints[request.url];
  if (!endpoint) {
    response.writeHead(404).end();
    return;
  }
  try {
    const offer = parse(await text(request));
    const transport = await open(offer);
    const sections = await Promise.all(offer.media.map((section) => endpoint(transport, section)));
    response.writeHead(201, { 'content-type': 'application/sdp' }).end(answer(transport, sections));
  } catch (error) {
    response.writeHead(400).end(error.message);
  }
}).listen(Number(option('port')), address);

async function open(offer) {
  const transport = await router.createWebRtcTransport({
    webRtcServer,
    enableTcp: false,
    initialAvailableOutgoingBitrate: OUTGOING_BITRATE,
  });
  const { type, hash } = offer.fingerprint ?? offer.media[0].fingerprint;
  await transport.connect({ dtlsParameters: { role: 'client', fingerprints: [{ algorithm: type, value: hash }] } });
  return transport;
}

async function publish(transport, section) {
  const { mid, type: kind } = section;
  const [ssrc, rtxSsrc] = [...new Set(section.ssrcs.map(({ id }) => id))];
  const rtpParameters = {
    mid: String(mid),
    codecs: codecs(section).map(({ preferredPayloadType: payloadType, ...codec }) => ({ ...codec, payloadType })),
    headerExtensions: extensions(section).map(({ uri, preferredId: id }) => ({ uri, id })),
    encodings: [{ ssrc, ...(rtxSsrc && { rtx: { ssrc: rtxSsrc } }) }],
    rtcp: { cname: section.ssrcs[0].value, reducedSize: true },
  };
  producers.set(kind, await transport.produce({ kind, rtpParameters }));
  return { mid, kind, direction: 'recvonly', ...rtpParameters };
}

// mediasoup numbers payloads and header extensions itself, whatever was offered; the answer says how.
async function subscribe(transport, section) {
  const { mid, type: kind } = section;
  const consumer = await transport.consume({
    producerId: producers.get(kind).id,
    rtpCapabilities: { codecs: codecs(section), headerExtensions: extensions(section) },
    mid: String(mid),
  });
  return { mid, kind, direction: 'sendonly', ...consumer.rtpParameters };
}

function codecs(section) {
  const of = (list, payload) => (list ?? []).filter((line) => line.payload === payload);
  return section.rtp.map(({ payload, codec, rate, encoding }) => ({
    kind: section.type,
    mimeType: `${section.type}/${codec}`,
    preferredPayloadType: payload,
    clockRate: rate,
    channels: encoding,
    parameters: parseParams(of(section.fmtp, payload)[0]?.config ?? ''),
    rtcpFeedback: of(section.rtcpFb, payload).map(({ type, subtype }) => ({ type, parameter: subtype })),
  }));
}

function extensions({ type: kind, ext }) {
  const known = router.rtpCapabilities.headerExtensions.filter((extension) => extension.kind === kind);
  return ext
    .filter(({ uri }) => known.some((extension) => extension.uri === uri))
    .map(({ uri, value }) => ({ kind, uri, preferredId: value }));
}

function answer({ iceParameters, iceCandidates, dtlsParameters }, sections) {
  const { algorithm, value } = dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256');
  const transport = [
    `a=ice-ufrag:${iceParameters.usernameFragment}`,
    `a=ice-pwd:${iceParameters.password}`,
    `a=fingerprint:${algorithm} ${value}`,
    'a=setup:passive',
    'a=rtcp-mux',
    'a=rtcp-rsize',
    ...iceCandidates.map(
      ({ foundation, protocol, priority, address, port, type }) =>
        `a=candidate:${foundation} 1 ${protocol} ${priority} ${address} ${port} typ ${type}`,
    ),
    'a=end-of-candidates',
  ];
  const head = ['v=0', 'o=- 1 1 IN IP4 0.0.0.0', 's=-', 't=0 0', 'a=ice-lite'];
  const bundle = `a=group:BUNDLE ${sections.map(({ mid }) => mid).join(' ')}`;
  return [...head, bundle, ...sections.flatMap((section) => lines(section, transport)), ''].join('\r\n');
}

function lines({ mid, kind, direction, codecs, headerExtensions, encodings, rtcp }, transport) {
  const [{ ssrc, rtx }] = encodings;
  const sources = [ssrc, rtx?.ssrc].filter(Boolean);
  return [
    `m=${kind} 9 UDP/TLS/RTP/SAVPF ${codecs.map(({ payloadType }) => payloadType).join(' ')}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    `a=${direction}`,
    ...transport,
    ...headerExtensions.map(({ id, uri }) => `a=extmap:${id} ${uri}`),
    ...codecs.flatMap(payload),
    ...(direction === 'sendonly'
      ? [
          `a=msid:stream ${kind}`,
          ...(rtx ? [`a=ssrc-group:FID ${sources.join(' ')}`] : []),
          ...sources.map((source) => `a=ssrc:${source} cname:${rtcp.cname}`),
        ]
      : []),
  ];
}

function payload({ payloadType, mimeType, clockRate, channels, parameters, rtcpFeedback }) {
  const config = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  const name = mimeType.split('/')[1];
  return [
    `a=rtpmap:${payloadType} ${[name, clockRate, ...(channels > 1 ? [channels] : [])].join('/')}`,
    ...(config.length > 0 ? [`a=fmtp:${payloadType} ${config.join(';')}`] : []),
    ...rtcpFeedback.map(({ type, parameter }) => `a=rtcp-fb:${payloadType} ${type}${parameter ? ` ${parameter}` : ''}`),
  ];
}
