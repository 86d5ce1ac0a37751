import { stat } from 'node:fs/promises';
import { SourceError, UnsupportedError } from '../core/error.js';
import { loadFfi } from '../core/ffi.node.js';
import { ModelStore } from '../deploy/model-store.node.js';
import { listenOnLoopback } from '../host/listen.node.js';
import { findHost, readTokenFile } from '../host/token-file.node.js';
import { examineCameras } from './doctor-cameras.node.js';
import { examinePart, type PartReport } from './part-report.js';
import { requireStore } from './usual-store.node.js';

/** Where a host would be. */
export interface HostPlaces {
  port: number;
  tokenFile: string;
  /** None where the user has no home folder. */
  store?: string;
  /** Cameras that it is given, as `reflexarc host --camera` declares them. */
  camera?: readonly string[];
  /** Folder of the video devices. */
  devices?: string;
}

/**
 * What a host needs of this machine: each part, and what to do about it. Writes and fetches nothing; each camera is opened for
 * one picture.
 */
export async function examineHost(
  { port, tokenFile, store, camera: declared = [], devices = '/dev' }: HostPlaces,
  signal?: AbortSignal,
): Promise<PartReport[]> {
  const parts = await Promise.all([
    examinePart('host: shared memory', 'Run the host on Linux.', sharedMemory),
    examinePart('host: token file', 'Take the file away.', () => tokenFileState(tokenFile)),
    examinePart('host: port', 'Choose another with --port.', () => portState(port, tokenFile)),
    examinePart('host: model store', 'Give another folder with --store.', () => storeState(store)),
    examineCameras({ devices, declared, tokenFile }, signal),
  ]);
  return parts.flat();
}

async function sharedMemory(): Promise<string> {
  if (process.platform !== 'linux') {
    throw new UnsupportedError({
      subject: 'children of a host',
      expected: 'Linux, whose memfd they share',
      received: process.platform,
      details: { supported: ['linux'] },
    });
  }
  await loadFfi('children of a host');
  return 'Linux, koffi';
}

async function tokenFileState(path: string): Promise<string> {
  const found = await readTokenFile(path);
  if (!found) return `${path}: none, no host runs`;
  if (await findHost(path)) return `a host runs (pid ${found.pid}, ${found.url})`;
  return `${path}: of a host that has ended (pid ${found.pid}); the next one replaces it`;
}

async function portState(port: number, tokenFile: string): Promise<string> {
  try {
    const servers = await listenOnLoopback(port, (_, response) => response.end());
    await servers.close();
    return `${port} is free`;
  } catch (error) {
    const host = await findHost(tokenFile).catch(() => undefined);
    if (host?.port === port) return `${port} is the host's that runs`;
    throw error;
  }
}

async function storeState(named: string | undefined): Promise<string> {
  const folder = requireStore(named);
  // Opening one would make it.
  const found = await stat(folder).catch(() => undefined);
  if (!found) return `${folder}: not made yet`;
  const store = await ModelStore.open(folder);
  const problems = await store.verify();
  if (problems.length === 0) return `${folder}: whole, models: ${(await store.list()).length}`;
  const [{ bundle, path, error }] = problems;
  throw new SourceError({
    subject: `model store ${folder}`,
    expected: 'files that are what they were when they were added',
    received: `${problems.length} that are not, the first ${path} of ${bundle.slice(0, 12)}: ${error.message}`,
    remedy: 'Add the bundles again with reflexarc store add.',
  });
}
