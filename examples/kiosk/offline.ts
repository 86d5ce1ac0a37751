/**
 * Lets the page start without a network from its second visit on.
 * @returns `ready` once everything is stored; why not, otherwise.
 */
export async function prepareOffline(): Promise<string> {
  if (!import.meta.env.SERVICE_WORKER) return 'not in development';
  if (!('serviceWorker' in navigator)) return 'this browser or this address has no service workers';
  try {
    await navigator.serviceWorker.register(new URL('service-worker.js', document.baseURI), { scope: './' });
    await navigator.serviceWorker.ready;
    return 'ready';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
