import { libraryLack } from '../native-library.js';
import { comparedTiers, compareTiers } from './compare-tiers.js';

const piece = 100_000;

/**
 * Compares the scalar and the vector spelling of the kernels, as WebAssembly and as native code, over frames, specs and warps drawn
 * at random:
 *
 *   node test/bench/run.mjs test/conformance/random-pictures-command.ts [--cases N] [--seed S] [--case I]
 *
 * Draws until N were compared, 100,000 of seed 1 if nothing else is said: plans refuse some. `--case` repeats a single one.
 * @returns the exit code: 1 where a case differs, which is printed with its number; 2 for words that say nothing.
 */
export default function randomPicturesCommand(words: readonly string[]): number {
  const options: Record<string, number> = { '--cases': piece, '--seed': 1, '--case': -1 };
  for (let i = 0; i < words.length; i += 2) {
    const value = Number(words[i + 1]);
    if (!(words[i] in options) || !Number.isInteger(value) || value < 0) {
      console.error(`Expected --cases N, --seed S or --case I, got ${words[i]} ${words[i + 1] ?? ''}`);
      return 2;
    }
    options[words[i]] = value;
  }
  const { '--cases': cases, '--seed': seed, '--case': single } = options;
  console.log(`${comparedTiers.join(', ')}${libraryLack && `; no native ones: ${libraryLack}`}`);
  const start = performance.now();
  let compared = 0;
  for (let at = 0; compared < cases; ) {
    const limits = single < 0 ? { compared: Math.min(piece, cases - compared) } : { end: single + 1 };
    const report = compareTiers(seed, single < 0 ? at : single, limits);
    compared += report.compared;
    at = report.end;
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    console.log(`${compared} cases of seed ${seed} compared, ${report.refused} refused, ${seconds} s`);
    if (report.failures.length > 0) {
      console.error(report.failures.join('\n'));
      return 1;
    }
    if (single >= 0) break;
  }
  return 0;
}
