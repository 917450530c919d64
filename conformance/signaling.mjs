// A signaling client in a few lines: what a token is worth is decided by the server's answer to `join`.
import WebSocket from 'ws';

/** Sends one `join` and resolves with the server's response frame (`{id, result}` or `{id, error}`). */
export async function join(serverUrl, params) {
  const socket = new WebSocket(`${serverUrl.replace(/^http/, 'ws').replace(/\/$/, '')}/v1/signaling`, 'exedra.v1');
  try {
    await new Promise((resolve, reject) => { socket.once('open', resolve); socket.once('error', reject); });
    return await new Promise((resolve, reject) => {
      socket.on('message', (text) => {
        const frame = JSON.parse(text);
        if (frame.id === 1) resolve(frame);
      });
      socket.once('close', (code) => reject(new Error(`signaling closed with ${code} before it answered`)));
      socket.send(JSON.stringify({ id: 1, method: 'join', params: { client: { sdk: 'conformance', version: '1' }, ...params } }));
    });
  } finally {
    socket.terminate();
  }
}
