// A relay (TURN over TCP, RFC 8656) that refuses everybody: it asks for credentials and accepts none. For the lab's client.
import { createServer } from 'node:net';

const ALLOCATE_ERROR = 0x0113;
const COOKIE = 0x2112a442;

function attribute(type, value) {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

function unauthorized(transaction) {
  const errorCode = Buffer.concat([Buffer.from([0, 0, 4, 1]), Buffer.from('Unauthorized')]);
  const body = Buffer.concat([attribute(0x0009, errorCode), attribute(0x0014, Buffer.from('lab')), attribute(0x0015, Buffer.from('once'))]);
  const head = Buffer.alloc(8);
  head.writeUInt16BE(ALLOCATE_ERROR, 0);
  head.writeUInt16BE(body.length, 2);
  head.writeUInt32BE(COOKIE, 4);
  return Buffer.concat([head, transaction, body]);
}

const server = createServer((socket) => {
  let pending = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 20 && pending.length >= 20 + pending.readUInt16BE(2)) {
      const transaction = pending.subarray(8, 20);
      socket.write(unauthorized(transaction));
      pending = pending.subarray(20 + pending.readUInt16BE(2));
    }
  });
});
server.listen(Number(process.argv[2]), () => console.log('ready'));
