// Stands between a page and the server: HTTP passes through, and so does signaling, frame by frame, as the test's rule says.
import { createServer, request as httpRequest } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';

/**
 * `proxy.answer(request, response)` may answer a plain request in the server's place: then it says `true`. `proxy.rule(frame)` is asked about each frame, `{ from: 'page' | 'server', method, data, socket }`: it answers with the text
 * to pass on, or with nothing to swallow it. `method` of a response is that of its request, of an event `undefined`.
 */
export async function startProxy(serverUrl) {
  const { hostname, port } = new URL(serverUrl);
  const passOn = ({ data }) => data;
  const sockets = new Set();
  const upgrades = new WebSocketServer({ noServer: true });
  const through = { rule: passOn, answer: () => false, open: true };
  const proxy = { ...through };

  const http = createServer((request, response) => {
    if (proxy.answer(request, response)) return;
    const onward = httpRequest({ hostname, port, path: request.url, method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  http.on('upgrade', (request, socket, head) => {
    if (proxy.open) upgrades.handleUpgrade(request, socket, head, (page) => connect(page, request));
    else socket.destroy();
  });

  function connect(page, { url, headers }) {
    const server = new WebSocket(`ws://${hostname}:${port}${url}`, headers['sec-websocket-protocol'], { origin: headers.origin });
    const methods = new Map();
    const opened = new Promise((resolve) => server.once('open', resolve));
    const pass = (from, to) => (message) => {
      const data = String(message);
      const { id, method } = JSON.parse(data);
      if (method) methods.set(id, method);
      const text = proxy.rule({ from, method: method ?? methods.get(id), data, socket: page });
      if (typeof text === 'string') to.send(text);
    };
    const toServer = pass('page', server);
    page.on('message', async (message) => { await opened; toServer(message); });
    server.on('message', pass('server', page));
    for (const [one, other] of [[page, server], [server, page]]) {
      sockets.add(one);
      one.on('error', () => undefined).on('close', () => { sockets.delete(one); other.terminate(); });
    }
  }

  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
  http.unref();
  return Object.assign(proxy, {
    url: `http://localhost:${http.address().port}/`,
    /** No way through: open sockets break, new ones are refused. */
    cut() {
      proxy.open = false;
      for (const socket of sockets) socket.terminate();
    },
    mend() { Object.assign(proxy, through); },
    stop() {
      proxy.cut();
      http.closeAllConnections();
      http.close();
    },
  });
}
