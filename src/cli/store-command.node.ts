import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ModelLoadError } from '../core/error.js';
import { ModelStore, type StoredBundle } from '../deploy/model-store.node.js';
import { colorsFor } from './colors.node.js';
import type { CommandContext } from './command-context.node.js';
import { errorText, exitCodes } from './failure.node.js';
import * as value from './option-values.js';
import { createProgress } from './progress.node.js';
import { addOutputOptions } from './run-options.js';
import { errorOutput } from './run-output.js';
import { indented, plainTable } from './tables.node.js';
import { requireStore, usualStore } from './usual-store.node.js';

interface StoreOptions {
  store?: string;
  json?: boolean;
}

const help = `
A host runs models of its store only. Pages name a bundle by the sha256 of its model.json, which connectHost()
finds out by itself.

Examples:
  $ reflexarc store add models/conveyor
  $ reflexarc store list
  $ reflexarc store verify
  $ reflexarc store remove 3f1c…   (at least 8 digits)`;

/** Adds `reflexarc store`. */
export function addStoreCommand(program: Command, context: CommandContext): void {
  const store = program.command('store').description('keep the models that a host may run').addHelpText('after', help);
  const sub = (usage: string, description: string) => {
    const command = store
      .command(usage)
      .description(description)
      .option('--store <dir>', 'folder of the store', value.folder('--store'), usualStore(process.env));
    return addOutputOptions(command);
  };
  sub('add <bundle>', 'copy a bundle into the store').action(async (bundle: string, options: StoreOptions) => {
    const progress = createProgress('bytes', undefined);
    const { signal } = context;
    try {
      progress.phase('copying');
      const opened = await ModelStore.open(requireStore(options.store));
      const onProgress = (done: number, total: number) =>
        progress.phase(`copying ${Math.floor((100 * done) / (total || 1))} %`);
      const added = await opened.add(resolve(bundle), { signal, onProgress });
      progress.stop();
      await context.stdout.writeLine(options.json ? JSON.stringify(added) : bundleTable([added]));
    } finally {
      progress.stop();
    }
    context.finish(exitCodes.success);
  });
  sub('list', 'show what is in the store').action(async (options: StoreOptions) => {
    const bundles = await (await ModelStore.open(requireStore(options.store))).list();
    await context.stdout.writeLine(options.json ? JSON.stringify(bundles) : bundleTable(bundles));
    context.finish(exitCodes.success);
  });
  sub('verify', 'read and hash everything in the store').action(async (options: StoreOptions) => {
    const opened = await ModelStore.open(requireStore(options.store));
    const problems = await opened.verify({ signal: context.signal });
    const told = problems.map(({ bundle, path, error }) => ({ bundle, path, error: errorOutput(error) }));
    if (options.json) await context.stdout.writeLine(JSON.stringify({ problems: told }));
    else if (problems.length === 0) await context.stdout.writeLine(indented('everything is what it should be'));
    for (const { error } of problems) process.stderr.write(`${errorText(error)}\n`);
    context.finish(problems.length === 0 ? exitCodes.success : exitCodes.failure);
  });
  sub('remove <sha256>', 'take a bundle out').action(async (text: string, options: StoreOptions) => {
    const opened = await ModelStore.open(requireStore(options.store));
    const { sha256 } = await named(opened, text.replace(/^store:/, ''));
    await opened.remove(sha256);
    await context.stdout.writeLine(options.json ? JSON.stringify({ removed: sha256 }) : indented(`removed  ${sha256}`));
    context.finish(exitCodes.success);
  });
}

// A bundle by the beginning of its sha256.
async function named(store: ModelStore, text: string): Promise<{ sha256: string }> {
  // A whole one also where its manifest can no longer be read.
  if (await store.has(text)) return { sha256: text };
  const found = /^[0-9a-f]{8,}$/.test(text) ? (await store.list()).filter(({ sha256 }) => sha256.startsWith(text)) : [];
  if (found.length === 1) return found[0];
  throw new ModelLoadError({
    subject: `bundle ${text}`,
    expected: 'one of the store, by the sha256 of its model.json or the first 8 digits of it',
    received: found.length > 1 ? `${found.length} of them` : 'none',
    remedy: 'See reflexarc store list.',
  });
}

function bundleTable(bundles: readonly StoredBundle[]): string {
  if (bundles.length === 0) return indented(colorsFor(process.stdout).dim('The store is empty.'));
  const rows = bundles.map(({ sha256, id, version, release, variants, bytes }) => [
    sha256.slice(0, 16),
    `${id} ${version}`,
    String(release),
    variants.join(', '),
    (bytes / 1e6).toFixed(2),
  ]);
  return plainTable(rows, ['sha256', 'model', 'release', 'variants', 'MB'], 'llrlr');
}
