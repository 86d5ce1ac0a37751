// What every peer in this folder speaks with `reflexarc bench preprocess`, which starts it as a process of its own. A message
// is a line of JSON; if it says `bytes`, so many follow it. One request at a time, each with one answer:
//
//   (at the start)                                           → { version } or { missing }
//   { prepare: the case, frames: how many copies, bytes }    → { bytes } and a tensor, or { unsupported: why }
//   { time: how many runs }                                  → { ms, cpuMs: of each }, after one more run that is not timed
//
// The end of stdin is the end of the process. Ctrl-C is for the one that asked.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * Answers until nobody asks any more.
 * @param {string | undefined} name package that must be there, if one must
 * @param {(loaded: any) => { version: string, also?: string[], prepare: (spec: object, frames: Uint8Array[]) =>
 *   { unsupported: string } | { run: (frame: number) => any, time?: (runs: number) => any, close?: () => void } }} open
 *   `time` answers where the peer has a clock of its own
 */
export async function serve(name, open) {
  process.on('SIGINT', () => {});
  const write = process.stdout.write.bind(process.stdout);
  // Whatever a library has to say must not get between the messages.
  process.stdout.write = process.stderr.write.bind(process.stderr);
  const send = (message, bytes) => {
    write(`${JSON.stringify(bytes ? { ...message, bytes: bytes.byteLength } : message)}\n`);
    if (bytes) write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  };
  let peer;
  try {
    if (name) require.resolve(name);
    peer = await open(name && (await import(name)));
  } catch (error) {
    const absent = ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'].includes(error.code);
    send({ missing: absent ? `${name} is not installed` : `${name} does not load: ${error.message.split('\n')[0]}` });
    return;
  }
  send({ version: peer.version });
  let prepared;
  let turn = 0;
  for await (const { message, bytes } of messages(process.stdin)) {
    if (message.prepare) {
      prepared?.close?.();
      const frames = Array.from({ length: message.frames }, () => Uint8Array.from(bytes));
      const beyond = beyondIn(message.prepare).find((word) => !peer.also?.includes(word));
      prepared = beyond
        ? { unsupported: `it is not set up for ${beyond}` }
        : await peer.prepare(message.prepare, frames);
      if (prepared.unsupported) send({ unsupported: prepared.unsupported });
      else send({}, await prepared.run(0));
    } else if (prepared.time) {
      send(await prepared.time(message.time));
    } else {
      const [ms, cpuMs] = [[], []];
      for (let i = -1; i < message.time; i++) {
        const used = process.cpuUsage();
        const start = performance.now();
        await prepared.run(turn++ % prepared.frames);
        const end = performance.now();
        const { user, system } = process.cpuUsage(used);
        if (i < 0) continue;
        ms.push(end - start);
        cpuMs.push((user + system) / 1000);
      }
      send({ ms, cpuMs });
    }
  }
  await peer.close?.();
  process.exit(0);
}

/** What a case has beside a picture that is resized into RGB; a peer names in `also` what it takes of it. */
function beyondIn({ matrix, quantization, colorOrder }) {
  return [matrix && 'a matrix', quantization && 'quantised tensors', colorOrder === 'gray' && 'gray'].filter(Boolean);
}

/** RGB bytes into three planes, times `scale`. */
export function fillPlanes(tensor, bytes, plane, scale) {
  for (let i = 0, from = 0; i < plane; i++, from += 3) {
    tensor[i] = bytes[from] * scale;
    tensor[i + plane] = bytes[from + 1] * scale;
    tensor[i + 2 * plane] = bytes[from + 2] * scale;
  }
}

async function* messages(stream) {
  let pending = Buffer.alloc(0);
  let message;
  let wanted = 0;
  let parts = [];
  for await (const chunk of stream) {
    let rest = chunk;
    while (rest.length > 0) {
      if (message) {
        const part = rest.subarray(0, wanted);
        parts.push(part);
        wanted -= part.length;
        rest = rest.subarray(part.length);
      } else {
        const end = rest.indexOf(10);
        pending = Buffer.concat([pending, end < 0 ? rest : rest.subarray(0, end)]);
        rest = end < 0 ? rest.subarray(rest.length) : rest.subarray(end + 1);
        if (end < 0) continue;
        message = JSON.parse(pending.toString());
        pending = Buffer.alloc(0);
        wanted = message.bytes ?? 0;
      }
      if (wanted > 0) continue;
      yield { message, bytes: Buffer.concat(parts) };
      message = undefined;
      parts = [];
    }
  }
}
