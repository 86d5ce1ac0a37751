import { createScene } from '../../../../src/acquire/synthetic/scene.js';
import { sha256 } from '../../../../src/bundle/sha256.js';
import { syntheticSourceSchema } from '../../../../src/core/definition.js';
import { parse } from '../../../../src/core/parse.js';

/** SHA-256 of the RGBA pixels of one frame of the synthetic camera. */
export async function frameHash(options: Record<string, unknown>, frame: number): Promise<string> {
  const settings = parse(syntheticSourceSchema, { type: 'synthetic', ...options }, 'options');
  const pixels = new Uint8Array(settings.width * settings.height * 4);
  createScene(settings).render(frame, pixels);
  return sha256(pixels);
}
