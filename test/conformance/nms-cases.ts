import { randomNumbers, seed } from './random-numbers.js';

/** One line of the conformance table of the suppression. */
export interface NmsCase {
  id: string;
  boxes: Float32Array;
  scores: Float32Array;
  classes: Int32Array;
  iouThreshold: number;
  scoreThreshold: number;
  topK: number;
}

/** Sizes around the vector's four lanes, ties, flipped and empty boxes, NaN, infinities and signed zeros, early ends. */
export function nmsCases(): NmsCase[] {
  const random = randomNumbers(seed + 1);
  const unit = () => random() / 2 ** 32;
  const cases: NmsCase[] = [];
  for (const count of [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 200, 700]) {
    for (const classCount of [1, 3, 80]) {
      for (const odd of [false, true]) {
        const boxes = new Float32Array(count * 4);
        const scores = new Float32Array(count);
        const classes = new Int32Array(count);
        for (let i = 0; i < count; i++) {
          const [x, y, w, h] = [unit() * 100, unit() * 100, unit() * 60, unit() * 60];
          boxes.set(odd && i % 5 === 0 ? [x + w, y, x, y + h] : [x, y, x + w, y + h], i * 4);
          scores[i] = i % 3 === 0 ? Math.round(unit() * 8) / 8 : unit();
          classes[i] = random() % classCount;
          if (!odd) continue;
          const strange = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0];
          if (i % 7 === 3) boxes[i * 4 + (random() % 4)] = strange[random() % 5];
          if (i % 7 === 5) boxes.fill(strange[random() % 5], i * 4, i * 4 + 4);
          if (i % 11 === 4) scores[i] = strange[random() % 5];
          if (i % 6 === 1) boxes.copyWithin(i * 4, i * 4 - 4, i * 4);
        }
        const limits = {
          iouThreshold: [0.45, 0, 0.65, 1][random() % 4],
          scoreThreshold: [Number.NEGATIVE_INFINITY, 0.3, 0][random() % 3],
          topK: [count, 1, 5, 0, 1000][random() % 5],
        };
        const id = `${count} boxes, ${classCount} classes${odd ? ', odd ones' : ''}, IoU ${limits.iouThreshold}, score ${limits.scoreThreshold}, top ${limits.topK}`;
        cases.push({ id, boxes, scores, classes, ...limits });
      }
    }
  }
  return cases;
}
