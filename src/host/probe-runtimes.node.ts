import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ProbeReport } from '../infer/runtime.js';
import { type NodeRuntimeId, nodeRuntimes } from '../infer/runtimes.node.js';

const timeoutMs = 30_000;

/**
 * What the runtimes of this machine are, looked at in a process of its own, so that no vendor's library gets into this one.
 * Never throws: a library that crashes or hangs when it is loaded makes all of them unavailable, and the reports say so.
 */
export async function probeRuntimes(signal?: AbortSignal): Promise<ProbeReport[]> {
  const entry = fileURLToPath(new URL('./probe-process.node.js', import.meta.url));
  const child = spawn(process.execPath, [entry], { stdio: ['ignore', 'pipe', 'ignore'] });
  const end = () => child.kill('SIGKILL');
  const timer = setTimeout(end, timeoutMs);
  signal?.addEventListener('abort', end, { once: true });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const ended = await new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('close', (code, killedBy) => resolve(killedBy ?? `exit code ${code}`));
  });
  clearTimeout(timer);
  signal?.removeEventListener('abort', end);
  try {
    return JSON.parse(text) as ProbeReport[];
  } catch {
    const problem = `the process that looked at it ended with ${ended}`;
    const remedy = 'See reflexarc doctor.';
    return (Object.keys(nodeRuntimes) as NodeRuntimeId[]).map((id) => ({
      id,
      status: 'unavailable',
      version: null,
      devices: [],
      problem,
      remedy,
    }));
  }
}
