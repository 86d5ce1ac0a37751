import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reflexarc } from 'reflexarc/vite';
import { defineConfig, type Plugin } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));
const repository = fileURLToPath(new URL('../..', import.meta.url));
const model = 'models/conveyor';

/** The runtimes for graphics processors, 43 MB: stored when they are used, so that others need not wait for them. */
const largeAndRare = /ort[-.].*(jspi|asyncify|webgpu)/;

export default defineConfig(({ command }) => ({
  root,
  // Relative addresses: the site works from any folder of any server.
  base: './',
  // The package as it is built: what its users get.
  resolve: { alias: [{ find: /^reflexarc$/, replacement: join(repository, 'dist/index.web.js') }] },
  define: { 'import.meta.env.SERVICE_WORKER': JSON.stringify(command === 'build') },
  // Both runtimes, because a person chooses; and isolated, so that WebAssembly can use threads: the server of the built
  // page needs to send the same headers, without them it has one thread.
  plugins: [reflexarc({ runtimes: ['wasm', 'webgpu'], isolation: true }), servedModel(), offline()],
  server: { host: '127.0.0.1' },
  preview: { host: '127.0.0.1' },
  build: {
    outDir: join(repository, 'dist-kiosk'),
    emptyOutDir: true,
    // The content security policy allows no `data:`.
    assetsInlineLimit: 0,
    target: 'es2022',
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
}));

/** Puts the built-in model beside the page, in development as in the build. */
function servedModel(): Plugin {
  const wanted = (path: string) => /(\.json|\.onnx|\.rgb|\.f32)$/.test(path) || statSync(path).isDirectory();
  return {
    name: 'kiosk-model',
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const path = new URL(request.url ?? '/', 'http://localhost').pathname;
        const file = join(repository, path);
        if (!path.startsWith(`/${model}/`) || path.includes('..') || !existsSync(file) || !wanted(file)) return next();
        response.setHeader('Content-Type', path.endsWith('.json') ? 'application/json' : 'application/octet-stream');
        response.end(readFileSync(file));
      });
    },
    writeBundle({ dir = '' }) {
      cpSync(join(repository, model), join(dir, model), { recursive: true, filter: wanted });
    },
  };
}

/** Writes the service worker with the list of all files, so that the page works without a network after one visit. */
function offline(): Plugin {
  let folder = '';
  return {
    name: 'kiosk-offline',
    apply: 'build',
    configResolved({ root, build }) {
      folder = resolve(root, build.outDir);
    },
    closeBundle: {
      order: 'post',
      sequential: true,
      handler() {
        if (!existsSync(join(folder, 'index.html'))) return;
        const files = [...walk(folder)].filter((file) => file !== 'service-worker.js').sort();
        const hash = createHash('sha256');
        for (const file of files) hash.update(file).update(readFileSync(join(folder, file)));
        const paths = files.map((file) => (file === 'index.html' ? './' : `./${file}`));
        const precache = paths.filter((path) => !largeAndRare.test(path));
        const onUse = paths.filter((path) => largeAndRare.test(path));
        const source = readFileSync(join(root, 'service-worker.js'), 'utf8');
        const version = hash.update(source).digest('hex').slice(0, 16);
        const constants = Object.entries({ precache, onUse, version }).map(
          ([name, value]) => `const ${name} = ${JSON.stringify(value)};\n`,
        );
        writeFileSync(join(folder, 'service-worker.js'), constants.join('') + source);
      },
    },
  };
}

function* walk(folder: string, top = folder): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path, top);
    else yield relative(top, path).split(sep).join('/');
  }
}
