import { relative, resolve, sep } from 'node:path';
import type { Command } from 'commander';
import type { ExecutionProviderId } from '../core/runtime-choice.js';
import { type CopyReport, copyAssets } from './asset-folder.node.js';
import { colorsFor } from './colors.node.js';
import type { CommandContext } from './command-context.node.js';
import { exitCodes } from './failure.node.js';
import * as value from './option-values.js';
import { addOutputOptions } from './run-options.js';
import { indented, plainTable } from './tables.node.js';

const help = `
Only what a page needs that no bundler puts there is copied: Vite and webpack need none of this. A copy
is brought up to date by the same command; a page refuses the worker of another version.

Exit codes: 0 all is there, 1 something was in the way or could not be written.

Examples:
  $ npx reflexarc copy-assets public/reflexarc
  $ npx reflexarc copy-assets public/reflexarc --runtimes wasm,webgpu`;

/** Adds `reflexarc copy-assets`. */
export function addCopyAssetsCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('copy-assets')
    .description('copy worker, kernels and runtime to a folder, for pages without a bundler that does so')
    .argument('<dir>', 'folder that the page’s server serves; made where it is not there', value.folder('<dir>'))
    .option(
      '--runtimes <ids>',
      'wasm (14 MB), webgpu (43 MB), or both: what pipelines of the page list as executionProviders',
      value.executionProviders('--runtimes'),
      ['wasm'],
    );
  addOutputOptions(command)
    .addHelpText('after', help)
    .action(async (directory: string, options: { runtimes: ExecutionProviderId[]; json?: boolean }) => {
      const report = { ...(await copyAssets(resolve(directory), options.runtimes)), ...usage(directory) };
      await context.stdout.writeLine(options.json ? JSON.stringify(report) : copyText(report));
      context.finish(exitCodes.success);
    });
}

/** What to write in the page. */
interface Usage {
  /** Address that the folder will probably have. */
  url: string;
  /** With a bundler that emits no workers and no assets. */
  bundled: string;
  /** Without a bundler. */
  plain: string;
}

// Servers serve a folder of one of these names as the root.
const servedFolders = ['public', 'static', 'dist', 'www', 'htdocs'];

function usage(directory: string): Usage {
  const path = relative('', resolve(directory)).split(sep).filter(Boolean);
  const start = path.findLastIndex((name) => servedFolders.includes(name) || name === '..');
  const url = ['', ...path.slice(start + 1).map(encodeURIComponent), ''].join('/');
  return {
    url,
    bundled: `createPipeline(definition, { assetBaseUrl: '${url}' })`,
    plain: `import { createPipeline } from '${url}reflexarc.js'`,
  };
}

function copyText({ directory, version, files, removed, bytes, url, bundled, plain }: CopyReport & Usage): string {
  const pc = colorsFor(process.stdout);
  const rows = files.map(({ name, bytes, state }) => [name, megabytes(bytes), pc.dim(state)]);
  for (const name of removed) rows.push([name, '', pc.dim('removed: no longer needed')]);
  return [
    '',
    indented(`${pc.green('✔')} ${pc.bold(directory)} has what reflexarc ${version} needs: ${megabytes(bytes)} MB`),
    '',
    plainTable(rows, ['file', 'MB', ''], 'lrl'),
    '',
    indented(pc.dim(`If the folder is served as ${url}, then in the page:`)),
    indented(`  ${bundled}   ${pc.dim('// bundled by esbuild or the like')}`),
    indented(`  ${plain}   ${pc.dim('// not bundled')}`),
    '',
  ].join('\n');
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e6 ? 3 : 1);
}
