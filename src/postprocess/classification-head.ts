import { InferenceError, ShapeError } from '../core/error.js';
import type { HeadSpec } from '../core/manifest.js';
import type { Classification } from '../core/result.js';
import type { Tensor, TensorDescriptor } from '../core/tensor.js';
import { float16Value } from '../kernels/reference/float16.js';
import type { HeadContext } from './create-head.js';
import { exponential } from './exponential.js';
import type { Head, HeadLimits } from './head.js';

type Activation = Extract<HeadSpec, { type: 'classification' }>['activation'];

/** Scores that sum to 1 within this are probabilities already; float16 and 8-bit graphs round them. */
const sumTolerance = 0.02;

/**
 * Head for models that name a whole picture.
 * Input of decode: one tensor of C values, float32 or float16, all other axes 1: [1, C], [1, C, 1, 1]…
 * Output: the `topK` best classes at or above `scoreThreshold`, best first, the lower number first among equals.
 * `softmax`: score = exp(x − max) / Σ exp(x − max). `none`: the values as they are. `auto`: as they are if all are
 * within 0…1 and their sum is 1 ± 0.02, else softmax; decided for each output, so that decode stays pure.
 * @throws {ShapeError} ERR_SHAPE another output, or another number of labels than classes.
 */
export function createClassificationHead(
  spec: Extract<HeadSpec, { type: 'classification' }>,
  { outputs, labels, limits }: HeadContext,
): Head {
  const [output] = outputs;
  if (outputs.length !== 1 || !['float32', 'float16'].includes(output.dataType) || !isVector(output)) {
    throw new ShapeError({
      subject: 'outputs for the classification head',
      expected: 'one float32 or float16 with a single axis longer than 1',
      received: outputs.map(({ dataType, shape }) => `${dataType} [${shape.join(', ')}]`).join('; ') || 'none',
      remedy: 'Use a model that ends in one score per class.',
    });
  }
  const classCount = output.shape.reduce((product, size) => product * Math.max(1, size), 1);
  const known = !output.shape.slice(1).includes(-1);
  if (known && classCount !== labels.length) {
    throw new ShapeError({
      subject: 'labels',
      expected: `${classCount}, one per class of output ${output.name}`,
      received: String(labels.length),
      remedy:
        labels.length === classCount + 1
          ? 'Lists of 1001 ImageNet labels begin with "background"; leave that line out.'
          : 'Give one label per line, in the order of the classes.',
    });
  }
  return new ClassificationHead(spec.activation, labels, limits);
}

function isVector({ shape }: TensorDescriptor): boolean {
  return shape.length > 0 && shape.filter((size, axis) => size > 1 || (size === -1 && axis > 0)).length <= 1;
}

class ClassificationHead implements Head {
  readonly #activation: Activation;
  readonly #labels: readonly string[];
  readonly #limits: HeadLimits;
  readonly #scores: Float64Array;
  readonly #best: Int32Array;

  constructor(activation: Activation, labels: readonly string[], limits: HeadLimits) {
    this.#activation = activation;
    this.#labels = labels;
    this.#limits = limits;
    this.#scores = new Float64Array(labels.length);
    this.#best = new Int32Array(Math.min(limits.topK, labels.length));
  }

  decode([output]: readonly Tensor[]): Classification[] {
    this.#read(output);
    if (this.#activation === 'softmax' || (this.#activation === 'auto' && !this.#areProbabilities())) this.#softmax();
    const count = this.#select();
    const items: Classification[] = [];
    for (let i = 0; i < count; i++) {
      const classId = this.#best[i];
      items.push({ score: this.#scores[classId], classId, label: this.#labels[classId] });
    }
    return items;
  }

  #read({ name, dataType, data }: Tensor): void {
    const scores = this.#scores;
    if (data.length !== scores.length) {
      throw new ShapeError({
        subject: `output ${name}`,
        expected: `${scores.length} values, one per label`,
        received: String(data.length),
      });
    }
    for (let i = 0; i < scores.length; i++) {
      const value = dataType === 'float16' ? float16Value(data[i] as number) : (data[i] as number);
      if (!Number.isFinite(value)) {
        throw new InferenceError({
          subject: `output ${name}`,
          expected: 'finite scores',
          received: `${value} for class ${i}`,
          remedy: 'Check the preprocessing and the weights of the model.',
        });
      }
      scores[i] = value;
    }
  }

  #areProbabilities(): boolean {
    let sum = 0;
    for (const score of this.#scores) {
      if (score < 0 || score > 1) return false;
      sum += score;
    }
    return Math.abs(sum - 1) <= sumTolerance;
  }

  #softmax(): void {
    const scores = this.#scores;
    let max = Number.NEGATIVE_INFINITY;
    for (const value of scores) max = Math.max(max, value);
    let sum = 0;
    for (let i = 0; i < scores.length; i++) {
      scores[i] = exponential(scores[i] - max);
      sum += scores[i];
    }
    for (let i = 0; i < scores.length; i++) scores[i] /= sum;
  }

  /** Insertion into a short sorted list: topK is small, and nothing is allocated. */
  #select(): number {
    const { scoreThreshold } = this.#limits;
    const scores = this.#scores;
    const best = this.#best;
    let count = 0;
    for (let classId = 0; classId < scores.length; classId++) {
      const score = scores[classId];
      if (score < scoreThreshold) continue;
      if (count === best.length && score <= scores[best[count - 1]]) continue;
      if (count < best.length) count++;
      let at = count - 1;
      while (at > 0 && scores[best[at - 1]] < score) {
        best[at] = best[at - 1];
        at--;
      }
      best[at] = classId;
    }
    return count;
  }
}
