// Bundles the page's entry and its worker, each into one file that needs no bundler and no import map: what
// `reflexarc copy-assets` copies. The runtime stays outside; its files lie beside these two, under their own names.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/**
 * @param root of the repository.
 * @param compiled folder with the compiled sources; the result goes to its sub-folder `standalone`.
 */
export async function buildStandalone(root, compiled) {
  const load = (path) => import(pathToFileURL(join(compiled, path)).href);
  const { copiedWorkerName } = await load('pipeline/copied-worker.web.js');
  const { ortFiles } = await load('infer/onnx-web/ort-files.js');
  const beside = new Map([
    ['intake-worker.web.js', copiedWorkerName],
    ['kernels.wasm', 'kernels.wasm'],
    ...Object.values(ortFiles).flatMap(({ mjs, wasm }) => [mjs, wasm].map((name) => [name, name])),
  ]);
  const libraries = new Set(Object.values(ortFiles).map(({ library }) => library));

  const inOneFolder = {
    name: 'in-one-folder',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^onnxruntime-web\// }, ({ path }) => {
        const library = `ort.${basename(path)}.min.mjs`;
        if (!libraries.has(library)) throw new Error(`${path} is no library that copy-assets knows`);
        return { path: `./${library}`, external: true };
      });
      onLoad({ filter: /\.web\.js$/ }, ({ path }) => ({
        contents: readFileSync(path, 'utf8').replace(/new URL\('([\w./-]+)', import\.meta\.url\)/g, (_, target) => {
          const name = beside.get(basename(target));
          if (!name) throw new Error(`${path}: ${target} is no file that copy-assets knows`);
          return `new URL('./${name}', import.meta.url)`;
        }),
      }));
    },
  };

  const folder = join(compiled, 'standalone');
  const options = {
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'warning',
    legalComments: 'none',
    metafile: true,
    plugins: [inOneFolder],
  };
  const entries = { 'reflexarc.js': 'index.web.js', [copiedWorkerName]: 'pipeline/intake-worker.web.js' };
  const inputs = new Set();
  for (const [name, entry] of Object.entries(entries)) {
    const { metafile } = await build({ ...options, entryPoints: [join(compiled, entry)], outfile: join(folder, name) });
    for (const input of Object.keys(metafile.inputs)) inputs.add(resolve(root, input));
  }
  writeFileSync(join(folder, 'reflexarc-licenses.txt'), licencesOf(root, inputs));
}

// The two files hold code of others, whose licences ask to be passed on with it.
function licencesOf(root, inputs) {
  const packages = new Set();
  for (const input of inputs) {
    const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input.replaceAll('\\', '/'))?.[1];
    if (name) packages.add(name);
  }
  const texts = [['reflexarc', root], ...[...packages].sort().map((name) => [name, join(root, 'node_modules', name)])];
  return texts
    .map(([name, folder]) => {
      const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt'].map((path) => join(folder, path)).find(existsSync);
      if (!file) throw new Error(`${name} is bundled, but has no licence file`);
      return `${name}\n${'='.repeat(name.length)}\n\n${readFileSync(file, 'utf8').trim()}\n`;
    })
    .join('\n\n');
}
