/* global precache, onUse, version -- written before this file by the build: the files of the page, and a hash over all. */

// Keeps the page and all it needs, so that it starts without a network. A new version is stored beside the old one and
// takes over when no page uses the old one any more.
// Stores belong to the origin: each folder's page has its own.
const family = `reflexarc-kiosk ${self.registration.scope} `;
const store = `${family}${version}`;

self.addEventListener('install', (event) => {
  // Past the browser's own cache: what is stored is what the server holds now.
  const fresh = precache.map((path) => new Request(path, { cache: 'reload' }));
  event.waitUntil(caches.open(store).then((cache) => cache.addAll(fresh)));
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
  if (request.method !== 'GET' || new URL(request.url).origin !== self.location.origin) return;
  event.respondWith(answer(request));
});

async function answer(request) {
  const cache = await caches.open(store);
  // The page's address may carry settings; it is the same page.
  const isPage = request.mode === 'navigate';
  const stored = await cache.match(isPage ? './' : request, { ignoreSearch: true });
  if (stored) return stored;
  const response = await fetch(request);
  const rare = onUse.some((path) => new URL(path, self.location).href === request.url);
  if (rare && response.ok) await cache.put(request, response.clone());
  return response;
}
