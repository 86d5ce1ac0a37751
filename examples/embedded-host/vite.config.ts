import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reflexarc } from 'reflexarc/vite';
import { defineConfig } from 'vite';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const model = 'models/conveyor';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  // The package as it is built: what its users get.
  resolve: { alias: [{ find: /^reflexarc$/, replacement: join(repository, 'dist/index.web.js') }] },
  plugins: [
    reflexarc({ runtimes: ['wasm'], isolation: true }),
    {
      name: 'named-model',
      // The page names its model by the SHA-256 of this file; the model itself comes from the host's store.
      writeBundle: ({ dir = '' }) => cpSync(join(repository, model, 'model.json'), join(dir, model, 'model.json')),
    },
  ],
  build: {
    outDir: join(repository, 'build/embedded-host'),
    emptyOutDir: true,
    // The content security policy allows no `data:`.
    assetsInlineLimit: 0,
    target: 'es2022',
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
