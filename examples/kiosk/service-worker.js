/* global precache, onUse, version -- written before this file by the build: the files of the page, and a hash over all. */

// Keeps the page and all it needs, so that it starts without a network. A new version is stored beside the old one and
// takes over when no page uses the old one any more.
// Stores belong to the origin: each folder's page has its own.
const { scope } = self.registration;
const family = `reflexarc-kiosk ${scope} `;
const store = `${family}${version}`;
const pages = [scope, `${scope}index.html`];

self.addEventListener('install', (event) => {
  event.waitUntil(
    keep(precache).catch(async (error) => {
      await caches.delete(store);
      await tell(error.message);
      throw error;
    }),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith(family) && name !== store) await caches.delete(name);
      }
      await self.clients.claim();
    })(),
  );
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, href } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  // The page's address may carry settings; it is the same page. Others in folders below have workers of their own.
  const isPage = request.mode === 'navigate' && pages.includes(href.replace(/[?#].*/, ''));
  event.respondWith(answer(request, isPage));
});

// A page that used the graphics runtime before there was this worker to see it.
self.addEventListener('message', (event) => {
  if (event.data !== 'keep the graphics runtime') return;
  // The package takes the build that the browser can run best.
  const build = 'Suspending' in WebAssembly ? 'jspi' : 'asyncify';
  event.waitUntil(keep(onUse.filter((path) => path.includes(build))).catch(({ message }) => tell(message)));
});

async function answer(request, isPage) {
  const cache = await caches.open(store);
  const stored = await cache.match(isPage ? './' : request, { ignoreSearch: true });
  if (stored) return stored;
  const response = await fetch(request);
  const rare = onUse.some((path) => new URL(path, self.location).href === request.url);
  // What cannot be stored can still be used.
  if (rare && response.ok) await put(cache, request, response.clone()).catch(({ message }) => tell(message));
  return response;
}

async function keep(paths) {
  const cache = await caches.open(store);
  const outcomes = await Promise.allSettled(paths.map((path) => keepOne(cache, path)));
  const failed = outcomes.find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
}

async function keepOne(cache, path) {
  if (await cache.match(path)) return;
  // Past the browser's own cache: what is stored is what the server holds now.
  const response = await fetch(new Request(path, { cache: 'reload' })).catch(() => {
    throw new Error(`${path} could not be fetched`);
  });
  if (!response.ok) throw new Error(`${path} was answered with status ${response.status}`);
  await put(cache, path, response);
}

async function put(cache, key, response) {
  try {
    await cache.put(key, response);
  } catch (error) {
    const reason =
      error.name === 'QuotaExceededError' ? 'the browser gives this page too little storage' : error.message;
    throw new Error(`${new URL(response.url).pathname.split('/').pop() || 'the page'} could not be stored: ${reason}`);
  }
}

/** Says to this folder's pages what keeps them from working without a network. */
async function tell(problem) {
  for (const client of await self.clients.matchAll({ type: 'window', includeUncontrolled: true })) {
    if (pages.includes(client.url.replace(/[?#].*/, ''))) client.postMessage({ offlineProblem: problem });
  }
}
