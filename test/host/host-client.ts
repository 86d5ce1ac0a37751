import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { type BridgeSocket, HostConnection, type HostHealth } from '../../src/bridge/host-connection.js';
import { type HostedOptions, HostedPipeline } from '../../src/bridge/hosted-pipeline.js';
import { bridgePath, protocolName, tokenEntryPrefix } from '../../src/bridge/message.js';
import { type PipelineDefinitionInput, pipelineDefinitionSchema } from '../../src/core/definition.js';
import { parse } from '../../src/core/parse.js';
import { root } from './cli-process.js';
import type { TestHost } from './test-host.js';

/** The built-in bundle as a host's store names it. */
export const storedConveyor = `store:${createHash('sha256')
  .update(readFileSync(join(root, 'models', 'conveyor', 'model.json')))
  .digest('hex')}`;

/** What a WebSocket to a host is opened with, for tests that send something else. */
export interface SocketSettings {
  host?: string;
  origin?: string | null;
  protocols?: string[];
  path?: string;
  address?: string;
}

/** A bare WebSocket to a host. */
export function openSocket(
  { port, token }: Pick<TestHost, 'port' | 'token'>,
  settings: SocketSettings = {},
): WebSocket {
  const {
    protocols = [protocolName, `${tokenEntryPrefix}${token}`],
    path = bridgePath,
    address = '127.0.0.1',
  } = settings;
  const { origin = `http://127.0.0.1:${port}`, host } = settings;
  const socket = new WebSocket(`ws://${address}:${port}${path}`, protocols, {
    headers: { ...(origin === null ? {} : { Origin: origin }), ...(host === undefined ? {} : { Host: host }) },
    perMessageDeflate: false,
  });
  socket.on('error', () => {});
  return socket;
}

/** The client of pages, with Node's WebSocket. */
export async function connectTo(
  host: () => Pick<TestHost, 'port' | 'token' | 'url'>,
  onHealth?: (health: HostHealth) => void,
): Promise<{ connection: HostConnection; sockets: WebSocket[] }> {
  const sockets: WebSocket[] = [];
  const connection = await HostConnection.open(
    {
      url: host().url,
      connect: () => {
        const socket = openSocket(host());
        sockets.push(socket);
        return socket as unknown as BridgeSocket;
      },
      checkToken: async () => {
        const headers = { Authorization: `Bearer ${host().token}` };
        const response = await fetch(new URL('.reflexarc/session', host().url), { headers }).catch(() => undefined);
        return response === undefined ? 'no answer' : response.status === 401 ? 'refused' : 'taken';
      },
    },
    { onHealth },
  );
  return { connection, sockets };
}

/** Opens a pipeline on a host. */
export function openOn(
  connection: HostConnection,
  definition: Partial<PipelineDefinitionInput>,
  options: Partial<HostedOptions> = {},
): Promise<HostedPipeline> {
  const whole = parse(
    pipelineDefinitionSchema,
    { source: { type: 'synthetic', seed: 7 }, model: { type: 'bundle', path: storedConveyor }, ...definition },
    'definition',
  );
  return HostedPipeline.open(connection, whole, whole, { sinks: [], ...options });
}
