// Pages of an imagined customer: served from an origin of their own, with the script URL of the OpenTok SDK pointing at our
// server, and credentials made by the vendor's own server SDK.
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import OpenTok from 'opentok';
import { closePage, openPage } from './harness.mjs';

/** Serves `html` at every path on a free loopback port. `asked(path)` waits for the first request of a path. */
export async function servePage(html, headers = {}) {
  const requests = new EventEmitter();
  const server = createServer(({ url }, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(html);
    requests.emit(url);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return { url: `http://localhost:${server.address().port}/`, asked: (path) => once(requests, path), stop: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }) };
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

/** Opens a customer's page and runs `steps` in it; `steps` resolves with the error that it met. */
export async function meet(browser, serverUrl, steps, argument, { headers, host = 'localhost', prepare } = {}) {
  const site = await servePage(blankPage(serverUrl), headers);
  const page = await openPage(browser, site.url.replace('localhost', host));
  try {
    await prepare?.(page);
    await page.evaluate(() => {
      window.exceptions = [];
      OT.on('exception', ({ code, title, message }) => exceptions.push({ code, title, message }));
      /** The error of a call with a completion handler, in a form that leaves the page. */
      window.failure = (call) => new Promise((resolve) => call((error) => resolve(error && {
        name: error.name, code: error.code, message: error.message, ours: error.problem?.code, cause: error.problem?.cause,
        isOtError: error instanceof OT.Error && error instanceof Error,
      })));
    });
    const error = await page.evaluate(steps, argument);
    return { error, exceptions: await page.evaluate(() => exceptions), console: page.complaints };
  } finally {
    await closePage(page);
    await site.stop();
  }
}

/** Handler, `exception` event and console tell of one failure in one form. */
export function assertFailure({ error, exceptions, console }, name, code, ours) {
  assert.ok(error, 'the operation failed');
  assert.deepEqual([error.name, error.code, error.ours], [name, code, ours], error.message);
  assert.ok(error.isOtError);
  const exception = exceptions.find((each) => each.code === code);
  assert.equal(exception?.message, error.message, 'the exception event tells the same');
  assert.ok(console.some((line) => line.includes(`OT.exception :: title: ${exception.title} (${code}) msg: ${error.message}`)));
}
