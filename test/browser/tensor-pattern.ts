import { randomNumbers } from '../conformance/random-numbers.js';

/** Fills a tensor with whole numbers of 0…255, the same in every engine: a picture that no model has seen. */
export function fillPattern(data: Float32Array): void {
  const random = randomNumbers(7);
  for (let i = 0; i < data.length; i++) data[i] = random() >>> 24;
}
