import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeMessage, protocolName, tokenEntryPrefix } from '../../src/bridge/message.js';
import { openSocket, type SocketSettings } from '../host/host-client.js';
import type { TestHost } from '../host/test-host.js';

const limitMs = 20_000;

/** Who is not let in, and with which status. */
const refused: readonly [string, number, (host: TestHost) => SocketSettings][] = [
  ['no token', 401, () => ({ protocols: [protocolName] })],
  ['a wrong token', 401, () => ({ protocols: [protocolName, `${tokenEntryPrefix}${'A'.repeat(43)}`] })],
  ['a foreign origin', 403, () => ({ origin: 'https://elsewhere.example' })],
  ['no origin', 403, () => ({ origin: null })],
  ['a foreign name of the host', 403, ({ port }) => ({ host: `elsewhere.example:${port}` })],
  ['another path', 404, () => ({ path: '/' })],
];

/** Knocks as those who may not come in do. @returns what was answered wrongly, in words. */
export async function knock(host: TestHost): Promise<string[]> {
  const answers = await Promise.all(
    refused.map(async ([who, expected, settings]) => {
      const status = await statusOf(host, settings(host));
      return status === expected ? [] : [`${who}: ${status} instead of ${expected}`];
    }),
  );
  return answers.flat();
}

/** Sends what ends a connection. @returns what came instead of the right close code; nothing where that came. */
export async function misbehave(
  host: TestHost,
  how: 'flood' | 'garbage' | 'oversize',
  random: () => number,
): Promise<string[]> {
  const socket = openSocket(host);
  const closed = once(socket, 'close').then(([code]) => code as number);
  await Promise.race([once(socket, 'open'), closed]);
  if (how === 'oversize') socket.send(new Uint8Array(256 * 1024 + 1));
  for (let sent = 0; sent < 5000 && how !== 'oversize'; sent++) {
    if (socket.readyState !== socket.OPEN) break;
    socket.send(how === 'flood' ? ping : garbage(random));
    // So that the answer is read while there is more to send.
    if (sent % 100 === 99) await sleep(0);
  }
  const code = await Promise.race([closed, sleep(limitMs, 0, { ref: false })]);
  socket.terminate();
  const expected = { flood: [1008], garbage: [1002, 1008], oversize: [1009] }[how];
  // Who still sends when the other end has closed may see the connection break before it has read why.
  return expected.includes(code) || (code === 1006 && how !== 'oversize') ? [] : [`${how}: closed with ${code}`];
}

const ping = encodeMessage({ type: 'PING', stream: 0, sequence: 1, time: 0, payload: undefined });

// Noise, or the header of a message with noise in it.
function garbage(random: () => number): Uint8Array {
  const bytes = Uint8Array.from({ length: 1 + (random() % 64) }, () => random());
  if (random() % 2) bytes.set(ping.subarray(0, Math.min(bytes.length, 6)));
  return bytes;
}

function statusOf(host: TestHost, settings: SocketSettings): Promise<number> {
  const socket = openSocket(host, settings);
  return new Promise((resolve) => {
    socket.on('unexpected-response', (_, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
    socket.on('open', () => {
      socket.close(1000);
      resolve(101);
    });
    socket.on('close', () => resolve(0));
  });
}
