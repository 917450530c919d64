// Pages of an imagined customer: served from an origin of their own, with the script URL of the OpenTok SDK pointing at our
// server, and credentials made by the vendor's own server SDK.
import { createServer } from 'node:http';
import OpenTok from 'opentok';

/** Serves `html` at every path on a free loopback port. */
export async function servePage(html, headers = {}) {
  const server = createServer((_request, response) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(html));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return { url: `http://localhost:${server.address().port}/`, stop: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }) };
}

/** The vendor's server SDK, pointed at our server: `{ sessionId, token(options) }` of a new session. */
export async function createSession({ url, api_key: apiKey, api_secret: apiSecret }) {
  const opentok = new OpenTok(apiKey, apiSecret, url.replace(/\/$/, ''));
  const session = await new Promise((resolve, reject) =>
    opentok.createSession({ mediaMode: 'routed' }, (error, session) => (error ? reject(error) : resolve(session))));
  return { apiKey, sessionId: session.sessionId, token: (options = {}) => opentok.generateToken(session.sessionId, options) };
}

/** A page that loads the SDK from our server and does nothing yet. */
export const blankPage = (serverUrl) => `<!doctype html>
<meta charset="utf-8"><title>customer</title><link rel="icon" href="data:,">
<style>#publisher, #subscribers { display: flex; width: 640px; height: 240px }</style>
<div id="publisher"></div><div id="subscribers"></div>
<script src="${new URL('/v2/js/opentok.min.js', serverUrl)}"></script>`;
