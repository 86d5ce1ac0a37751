/** Boxes that compete for places: `boxes` are corners x1, y1, x2, y2 in any order of corners. */
export interface NmsCandidates {
  readonly boxes: Float32Array;
  readonly scores: Float32Array;
  readonly classes: Int32Array;
}

const { fround } = Math;
// Not Math.min and Math.max: these let a NaN pass as the C comparisons do.
function smaller(a: number, b: number): number {
  if (b < a) return b;
  return a;
}

function larger(a: number, b: number): number {
  if (a < b) return b;
  return a;
}

/**
 * The oracle of greedy, class-aware non-maximum suppression.
 *
 * Candidates with `score > scoreThreshold` (so never NaN) are taken by falling score, the lower index first among
 * equals. One is kept unless a kept one of its class has `IoU > iouThreshold`, where, each step rounded to float32,
 * `IoU = i / ((a + b) − i)`, i = overlap, a and b = areas; two empty boxes have NaN, which suppresses nothing.
 * Ends with `topK` kept.
 * @param order scratch of at least `count`. @returns how many indices were written to `kept`, best first.
 */
export function referenceNms(
  { boxes, scores, classes }: NmsCandidates,
  count: number,
  iouThreshold: number,
  scoreThreshold: number,
  topK: number,
  kept: Int32Array,
  order: Int32Array,
): number {
  const iouLimit = fround(iouThreshold);
  const scoreLimit = fround(scoreThreshold);
  let size = 0;
  for (let i = 0; i < count; i++) if (scores[i] > scoreLimit) order[size++] = i;
  for (let i = (size >> 1) - 1; i >= 0; i--) siftDown(order, scores, i, size);
  let found = 0;
  while (size > 0 && found < topK) {
    const candidate = order[0];
    order[0] = order[--size];
    siftDown(order, scores, 0, size);
    let free = true;
    for (let k = 0; k < found && free; k++) {
      if (classes[kept[k]] === classes[candidate]) free = !(overlap(boxes, kept[k] * 4, candidate * 4) > iouLimit);
    }
    if (free) kept[found++] = candidate;
  }
  return found;
}

// A heap with the best candidate on top.
function siftDown(order: Int32Array, scores: Float32Array, start: number, size: number): void {
  const moved = order[start];
  let hole = start;
  for (;;) {
    let child = 2 * hole + 1;
    if (child >= size) break;
    if (child + 1 < size && better(scores, order[child + 1], order[child])) child++;
    if (!better(scores, order[child], moved)) break;
    order[hole] = order[child];
    hole = child;
  }
  if (size > 0) order[hole] = moved;
}

function better(scores: Float32Array, a: number, b: number): boolean {
  return scores[a] > scores[b] || (scores[a] === scores[b] && a < b);
}

function overlap(boxes: Float32Array, a: number, b: number): number {
  const left = larger(smaller(boxes[a], boxes[a + 2]), smaller(boxes[b], boxes[b + 2]));
  const top = larger(smaller(boxes[a + 1], boxes[a + 3]), smaller(boxes[b + 1], boxes[b + 3]));
  const right = smaller(larger(boxes[a], boxes[a + 2]), larger(boxes[b], boxes[b + 2]));
  const bottom = smaller(larger(boxes[a + 1], boxes[a + 3]), larger(boxes[b + 1], boxes[b + 3]));
  const width = larger(fround(right - left), 0);
  const height = larger(fround(bottom - top), 0);
  const common = fround(width * height);
  return fround(common / fround(fround(area(boxes, a) + area(boxes, b)) - common));
}

function area(boxes: Float32Array, at: number): number {
  const width = fround(larger(boxes[at], boxes[at + 2]) - smaller(boxes[at], boxes[at + 2]));
  return fround(width * fround(larger(boxes[at + 1], boxes[at + 3]) - smaller(boxes[at + 1], boxes[at + 3])));
}
