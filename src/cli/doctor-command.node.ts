import os from 'node:os';
import type { Command } from 'commander';
import { folderFiles } from '../bundle/bundle-files.node.js';
import { readBundle } from '../bundle/read-bundle.js';
import { untilAborted } from '../core/abort.js';
import { runFfmpegTool } from '../core/ffmpeg.node.js';
import { askProcess } from '../host/ask-process.node.js';
import { probeRuntimes } from '../host/probe-runtimes.node.js';
import { usualTokenFile } from '../host/token-file.node.js';
import type { ProbeReport } from '../infer/runtime.js';
import { type HardwareTarget, hardwareTargets } from '../infer/select.js';
import { haveWasmSimd } from '../kernels/load-kernels.js';
import { loadKernels } from '../kernels/load-kernels.node.js';
import { colorsFor } from './colors.node.js';
import type { CommandContext } from './command-context.node.js';
import { examineHost, type HostPlaces } from './doctor-host.node.js';
import { exitCodes } from './failure.node.js';
import { usualPort } from './host-command.node.js';
import { describeMachine } from './machine.node.js';
import * as value from './option-values.js';
import { examinePart, type PartReport } from './part-report.js';
import { createProgress } from './progress.node.js';
import { builtInModel } from './run-definition.node.js';
import { addOutputOptions } from './run-options.js';
import { indented, plainTable } from './tables.node.js';
import { usualStore } from './usual-store.node.js';

const ffmpegTimeoutMs = 30_000;

/** What `doctor --json` prints. */
export interface DoctorReport {
  node: string;
  cpu: { model: string; architecture: string; cores: number; memoryBytes: number };
  /** Vector instructions that WebAssembly has here. */
  simd: 'wasm-simd' | 'none';
  /** Threads that a runtime can be given. */
  threads: number;
  runtimes: ProbeReport[];
  /** The built-in model and the kernels: without them nothing runs. */
  assets: PartReport[];
  /** Native kernels, which the wasm ones stand in for; sharp and ffmpeg, which some sources need. */
  tools: PartReport[];
  /** What `reflexarc host` needs: shared memory, port, token file, model store, cameras. */
  host: PartReport[];
  /** What this version makes of each kind of hardware. */
  targets: readonly HardwareTarget[];
}

/** Adds `reflexarc doctor`. */
export function addDoctorCommand(program: Command, context: CommandContext): void {
  const several = (text: string, before: string[]) => [...before, text];
  const command = program
    .command('doctor')
    .description('say what works on this machine, and what to do about the rest');
  command
    .option('--port <n>', 'of the host that is looked at', value.wholeNumber('--port', 0, 65535), usualPort)
    .option('--camera <name=source>', 'a camera as that host is given it; may be repeated', several, [])
    .option('--token-file <file>', 'of that host', value.file('--token-file'), usualTokenFile(process.env))
    .option('--store <dir>', 'of that host', value.folder('--store'), usualStore(process.env));
  addOutputOptions(command)
    .addHelpText('after', '\nExit codes: 0 the built-in model can run here, 1 it cannot.')
    .action(async ({ json, ...places }: HostPlaces & { json?: boolean }) => {
      const progress = createProgress('checks', undefined);
      progress.phase('probing runtimes');
      const report = await untilAborted(examine(places, context.signal), context.signal).finally(() => progress.stop());
      await context.stdout.writeLine(json ? JSON.stringify(report) : doctorText(report));
      const able = report.runtimes.some(works) && report.assets.every(works);
      context.finish(able ? exitCodes.success : exitCodes.failure);
    });
}

/**
 * Looks at machine and package. Never throws: libraries of vendors, sharp and the native kernels are loaded in processes of their own,
 * for 30 s at most. @param signal ends what runs; the report says so then.
 */
export async function examine(places: HostPlaces, signal?: AbortSignal): Promise<DoctorReport> {
  const inProcess = (part: string, usualRemedy: string) => {
    const entry = new URL('./doctor-process.node.js', import.meta.url);
    return examinePart(part, usualRemedy, () => askProcess<string>(entry, part, { signal }));
  };
  const [runtimes, assets, tools, host] = await Promise.all([
    probeRuntimes({ signal }),
    Promise.all([
      examinePart('kernels', 'Install the package again.', async () => (await loadKernels({ tier: 'wasm-simd' })).tier),
      examinePart('model conveyor', 'Install the package again.', async () => {
        const { manifest, variant } = await readBundle(folderFiles(builtInModel));
        return `${manifest.version}, release ${manifest.release}, ${variant.id}`;
      }),
    ]),
    Promise.all([
      inProcess('native kernels', 'Install the package again.'),
      inProcess('sharp', 'Needed for pictures, recordings and annotation: npm install sharp'),
      examinePart('ffmpeg', 'Needed for video.', async () => {
        const { stdout } = await runFfmpegTool('ffmpeg', ['-version'], 'video', AbortSignal.timeout(ffmpegTimeoutMs));
        return /^ffmpeg version (\S+)/.exec(stdout)?.[1] ?? 'of unknown version';
      }),
    ]),
    examineHost(places, signal),
  ]);
  const { cpu: model, architecture, cores, node } = describeMachine();
  return {
    node,
    cpu: { model, architecture, cores, memoryBytes: os.totalmem() },
    simd: haveWasmSimd() ? 'wasm-simd' : 'none',
    threads: os.availableParallelism(),
    runtimes,
    assets,
    tools,
    host,
    targets: hardwareTargets,
  };
}

function works({ status }: { status: string }): boolean {
  return status === 'works';
}

function doctorText({ node, cpu, simd, threads, runtimes, assets, tools, host, targets }: DoctorReport): string {
  const pc = colorsFor(process.stdout);
  const mark = (entry: { status: string }) => (works(entry) ? pc.green('✔') : pc.red('✖'));
  const parts = [
    ...runtimes.map((runtime) => ({
      ...runtime,
      found: works(runtime)
        ? `${runtime.version} on ${runtime.devices}${runtime.providers ? ` · built with ${runtime.providers.join(', ')}` : ''}`
        : '',
    })),
    ...assets,
    ...tools,
    ...host,
  ];
  const rows = parts.flatMap((entry) => {
    const row = [`${mark(entry)} ${entry.id}`, entry.found || entry.problem || ''];
    return works(entry) ? [row] : [row, ['', pc.cyan(`→ ${entry.remedy ?? 'Install the package again.'}`)]];
  });
  const reach = targets.map(({ hardware, runtimes, state, why }) => [
    hardware,
    state === 'works' ? pc.green(state) : pc.dim(state),
    runtimes.join(', '),
    pc.dim(why),
  ]);
  const gibibytes = (cpu.memoryBytes / 2 ** 30).toFixed(1);
  return [
    '',
    indented(`${pc.bold(`Node ${node}`)} on ${cpu.model}, ${cpu.architecture}, ${cpu.cores} cores, ${gibibytes} GiB`),
    indented(`WebAssembly SIMD: ${simd === 'none' ? pc.red('none') : 'yes'} · up to ${threads} threads`),
    '',
    plainTable(rows, ['part', ''], 'll'),
    '',
    plainTable(reach, ['hardware', 'state', 'runs', ''], 'llll'),
    '',
  ].join('\n');
}
