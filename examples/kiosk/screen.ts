/** Fills the screen or leaves it. Resolves to what holds afterwards: a browser may refuse. */
export async function toggleFullScreen(): Promise<boolean> {
  try {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await document.documentElement.requestFullscreen({ navigationUI: 'hide' });
  } catch {
    // Not allowed in this frame or on this device: the page stays as it is.
  }
  return document.fullscreenElement !== null;
}

/** Keeps the screen on while something is watched. Browsers let go of it in a hidden tab; it is taken again afterwards. */
export class WakeLock {
  #wanted = false;
  #lock: WakeLockSentinel | undefined;

  constructor() {
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden && this.#wanted) void this.#take();
    });
  }

  /** True while the browser keeps its word. */
  get held(): boolean {
    return this.#lock !== undefined && !this.#lock.released;
  }

  hold(): void {
    this.#wanted = true;
    void this.#take();
  }

  release(): void {
    this.#wanted = false;
    void this.#lock?.release();
    this.#lock = undefined;
  }

  async #take(): Promise<void> {
    if (!('wakeLock' in navigator) || this.held || document.hidden) return;
    try {
      const lock = await navigator.wakeLock.request('screen');
      if (this.#wanted) this.#lock = lock;
      else await lock.release();
    } catch {
      // A battery running low refuses it; the picture goes on.
    }
  }
}
