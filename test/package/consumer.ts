import { execFile } from 'node:child_process';
import { cpSync, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import type { Item, PipelineDefinitionInput } from '../../src/index.js';
import { describeWith } from '../assets.js';

/** A `describe` that needs the package installed: skipped by name without a network, failing where nothing may skip. */
export function describeWithPackage(name: string, body: () => void): void {
  const { missing } = inject('installed');
  describeWith(name, missing === undefined, `network to install the package with (${missing})`, body);
}

/** A project that has the package, and nothing else, in node_modules. The caller closes it. */
export interface Consumer extends Disposable {
  readonly folder: string;
  /** Path of a file in it. */
  path(...parts: string[]): string;
  /** Writes a file, folders included. */
  write(path: string, text: string): void;
  /** Runs a command in it. @throws where its exit code is not 0. */
  run(command: string, ...args: string[]): Promise<string>;
}

/** @param files of the project by their path. The built-in model is put into `public/conveyor`, where it is served. */
export function createConsumer(files: Readonly<Record<string, string>> = {}): Consumer {
  const installed = inject('installed').folder;
  const folder = mkdtempSync(join(tmpdir(), 'reflexarc-consumer-'));
  const path = (...parts: string[]) => join(folder, ...parts);
  cpSync(join(installed, 'package.json'), path('package.json'));
  linkTree(join(installed, 'node_modules'), path('node_modules'));
  cpSync(path('node_modules', 'reflexarc', 'models', 'conveyor'), path('public', 'conveyor'), { recursive: true });
  const write = (name: string, text: string) => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), text);
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  return {
    folder,
    path,
    write,
    async run(command, ...args) {
      return (await promisify(execFile)(command, args, { cwd: folder, maxBuffer: 1 << 26 })).stdout;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

// The same files under another name: a project each, without a copy of 150 MB.
function linkTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else if (entry.isSymbolicLink()) symlinkSync(join('..', 'reflexarc', 'dist', 'cli', 'main.node.js'), target);
    else linkSync(source, target);
  }
}

/** What every consumer runs, on the same frames. */
export const arc: PipelineDefinitionInput = {
  source: { type: 'synthetic', seed: 11 },
  model: { type: 'bundle', path: 'conveyor' },
  frames: 3,
  queue: 'wait',
};

/** What was found on each frame. */
export type Found = readonly { frame: number; items: readonly Item[] }[];

/** What Node finds, by the packed package: the measure for all pages. @param definition as a page has it. */
export async function foundByNode(consumer: Consumer, inPage: PipelineDefinitionInput): Promise<Found> {
  const definition = { ...inPage, model: { ...inPage.model, path: join('public', inPage.model.path) } };
  consumer.write(
    'arc.js',
    `import { createPipeline } from 'reflexarc';
     const pipeline = await createPipeline(${JSON.stringify(definition)});
     const found = [];
     for await (const { frame, items } of pipeline.run()) found.push({ frame, items });
     await pipeline.close();
     console.log(JSON.stringify(found));`,
  );
  return JSON.parse(await consumer.run(process.execPath, 'arc.js'));
}
