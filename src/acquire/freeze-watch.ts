// Bytes looked at per frame: enough that the noise of a sensor changes one of them, few enough to cost nothing.
const samples = 1021;
// A film that runs in a circle may show one picture twice, but not so often in a row.
const looksAlike = 5;

/**
 * Tells a picture that stands still from one that lives. The noise of a sensor changes some of a thousand bytes from
 * frame to frame; a camera, driver or grabber that hangs and repeats its last picture changes none.
 */
export class FreezeWatch {
  readonly #freezeMs: number;
  #last: number | undefined;
  #since = 0;
  #alike = 0;

  /** @param freezeMs how long nothing may change before the picture counts as frozen. */
  constructor(freezeMs: number) {
    this.#freezeMs = freezeMs;
  }

  /** Looks at a frame that came at `time` (ms). @returns true while the picture has stood still for too long. */
  look(pixels: Uint8Array, time: number): boolean {
    const print = fingerprint(pixels);
    if (print !== this.#last) {
      this.#last = print;
      this.#since = time;
      this.#alike = 0;
    }
    return ++this.#alike >= looksAlike && time - this.#since >= this.#freezeMs;
  }
}

// FNV-1a over bytes in steps that hit every column and channel in turn.
function fingerprint(pixels: Uint8Array): number {
  const step = Math.max(1, Math.floor(pixels.length / samples)) | 1;
  let hash = 0x811c9dc5;
  for (let at = 0; at < pixels.length; at += step) hash = Math.imul(hash ^ pixels[at], 0x01000193);
  return hash;
}
