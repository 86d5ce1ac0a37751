// A page that does nothing but take messages of a WebSocket, for host-page.mjs: what a message costs before there is any protocol. Times
// are taken as the package takes its own: by the clocks of both ends, compared as in the Network Time Protocol.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const html = '<!doctype html><title>A bare page</title>';
// What a RESULT of the conveyor is long, in bytes, and how often one comes, in ms.
const messageBytes = 900;
const everyMs = 1000 / 30;
const echoBytes = 16;

/**
 * Opens it. @returns {Promise<{ time: (count: number) => Promise<number>, close: () => Promise<void> }>} `time` gives the median of the
 * ms that so many messages took.
 */
export async function openBarePage(context) {
  const server = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end(html));
  new WebSocketServer({ server, perMessageDeflate: false }).on('connection', answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}`);
  return {
    time: async (count) => {
      await page.bringToFront();
      return await page.evaluate(timeMessages, { count, echoBytes });
    },
    close: async () => {
      await page.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

const now = () => performance.timeOrigin + performance.now();

function answer(socket) {
  const timer = setInterval(() => {
    const message = Buffer.alloc(messageBytes);
    message.writeDoubleLE(now());
    socket.send(message);
  }, everyMs);
  socket.on('message', (asked) => {
    const echo = Buffer.alloc(echoBytes);
    echo.writeDoubleLE(now());
    asked.copy(echo, 8);
    socket.send(echo);
  });
  socket.on('close', () => clearInterval(timer));
}

// Runs in the page.
function timeMessages({ count, echoBytes }) {
  const socket = new WebSocket(location.origin.replace('http', 'ws'));
  socket.binaryType = 'arraybuffer';
  const now = () => performance.timeOrigin + performance.now();
  const delays = [];
  let best = Number.POSITIVE_INFINITY;
  let ahead = 0;
  const ask = () => socket.send(Float64Array.of(now()));
  return new Promise((resolve) => {
    socket.onopen = () => setInterval(() => socket.readyState === 1 && ask(), 100);
    socket.onmessage = ({ data }) => {
      const arrived = now();
      const view = new DataView(data);
      const time = view.getFloat64(0, true);
      if (data.byteLength === echoBytes) {
        const asked = view.getFloat64(8, true);
        if (arrived - asked < best) {
          best = arrived - asked;
          ahead = time - (asked + best / 2);
        }
        return;
      }
      delays.push(arrived - time);
      if (delays.length < count) return;
      socket.close();
      delays.sort((a, b) => a - b);
      resolve(delays[delays.length >> 1] + ahead);
    };
  });
}
