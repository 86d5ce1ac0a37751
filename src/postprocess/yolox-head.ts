import { InferenceError, ShapeError } from '../core/error.js';
import type { HeadSpec } from '../core/manifest.js';
import type { Detection } from '../core/result.js';
import type { Tensor } from '../core/tensor.js';
import { boxToFrame, type Transform } from '../core/transform.js';
import { Nms, type NmsLimits } from '../kernels/nms.js';
import type { HeadContext } from './create-head.js';
import { exponential } from './exponential.js';
import type { Head, HeadLimits } from './head.js';

/**
 * Head for models of the YOLOX family, exported with the sigmoids and without the decoding of the grid.
 * Input of decode: one tensor float32 [1, N, 5 + C]; rows are the cells of each stride's grid, row by row, in the
 * order of `strides`; columns are x, y, width, height, objectness, C class scores (0…1).
 * Formulas: centre = (raw + cell) · stride, size = exp(raw) · stride, score = objectness · best class. One class per
 * cell; among the boxes of one class the better one of each pair with IoU above `iouThreshold` stays.
 * @throws {ShapeError} ERR_SHAPE where the output is not of that shape for the model's input size and labels.
 * @source YOLOX (arXiv:2107.08430), tools/demo.py and yolox/utils/boxes.py `postprocess`; test/conformance/yolox.test.ts.
 */
export function createYoloxHead(spec: Extract<HeadSpec, { type: 'yolox' }>, context: HeadContext): Head {
  const { input, layout, outputs, labels, limits } = context;
  const [height, width] = layout === 'nchw' ? input.shape.slice(2) : input.shape.slice(1, 3);
  const grids = spec.strides.map((stride) => ({
    stride,
    columns: Math.floor(width / stride),
    rows: Math.floor(height / stride),
  }));
  const rowCount = grids.reduce((sum, { columns, rows }) => sum + columns * rows, 0);
  const columnCount = 5 + labels.length;
  const [output] = outputs;
  const fits =
    outputs.length === 1 &&
    output.dataType === 'float32' &&
    output.shape.length === 3 &&
    [1, rowCount, columnCount].every((size, axis) => output.shape[axis] === size || output.shape[axis] === -1);
  if (!fits) {
    const counts = grids.map(({ columns, rows }) => `${columns}·${rows}`).join(' + ');
    throw new ShapeError({
      subject: 'outputs for the yolox head',
      expected: `one float32 [1, ${rowCount}, ${columnCount}] (${counts} cells for input ${width} × ${height} and strides ${spec.strides.join(', ')}; 5 + ${labels.length} labels)`,
      received: outputs.map(({ dataType, shape }) => `${dataType} [${shape.join(', ')}]`).join('; ') || 'none',
      remedy: 'Use a YOLOX export with raw outputs (decode_in_inference off), its own number of labels and strides.',
      details: { rows: rowCount, columns: columnCount },
    });
  }
  return new YoloxHead(grids, rowCount, labels, limits, new Nms(context.kernels, rowCount));
}

/** Outputs of quantised graphs may pass 1, or 0, by a rounding step. */
const largestScore = 1.01;

interface Grid {
  stride: number;
  columns: number;
  rows: number;
}

class YoloxHead implements Head {
  readonly #grids: readonly Grid[];
  readonly #rowCount: number;
  readonly #labels: readonly string[];
  readonly #limits: HeadLimits;
  readonly #nms: Nms;
  // Candidates are above the score threshold already: `>=` here, where the suppression would take `>`.
  readonly #nmsLimits: NmsLimits;

  constructor(grids: readonly Grid[], rowCount: number, labels: readonly string[], limits: HeadLimits, nms: Nms) {
    this.#grids = grids;
    this.#rowCount = rowCount;
    this.#labels = labels;
    this.#limits = limits;
    this.#nms = nms;
    this.#nmsLimits = { ...limits, scoreThreshold: Number.NEGATIVE_INFINITY };
  }

  decode(outputs: readonly Tensor[], transform: Transform): Detection[] {
    const count = this.#collect(outputs[0]);
    const keptCount = this.#nms.run(count, this.#nmsLimits);
    const { boxes, scores, classes, kept } = this.#nms;
    const items: Detection[] = [];
    for (let i = 0; i < keptCount; i++) {
      const candidate = kept[i];
      const at = candidate * 4;
      const classId = classes[candidate];
      items.push({
        box: boxToFrame(boxes[at], boxes[at + 1], boxes[at + 2] - boxes[at], boxes[at + 3] - boxes[at + 1], transform),
        score: scores[candidate],
        classId,
        label: this.#labels[classId],
      });
    }
    return items;
  }

  /** Writes every cell that reaches the score threshold into the memory of the suppression; returns how many. */
  #collect({ data, name }: Tensor): number {
    const classCount = this.#labels.length;
    const columns = 5 + classCount;
    if (!(data instanceof Float32Array) || data.length !== this.#rowCount * columns) {
      throw new ShapeError({
        subject: `output ${name}`,
        expected: `float32 of ${this.#rowCount * columns} elements`,
        received: `${data.constructor.name} of ${data.length}`,
      });
    }
    const threshold = this.#limits.scoreThreshold;
    const { boxes, scores, classes } = this.#nms;
    let count = 0;
    let at = 0;
    for (const { stride, columns: gridColumns, rows: gridRows } of this.#grids) {
      for (let row = 0; row < gridRows; row++) {
        for (let column = 0; column < gridColumns; column++, at += columns) {
          const objectness = data[at + 4];
          if (!isProbability(objectness)) throw notAProbability(name, objectness);
          // Class scores are 1 at most, so that most cells end here.
          if (objectness * largestScore < threshold) continue;
          let best = data[at + 5];
          let classId = 0;
          for (let c = 1; c < classCount; c++) {
            if (data[at + 5 + c] > best) {
              best = data[at + 5 + c];
              classId = c;
            }
          }
          if (!isProbability(best)) throw notAProbability(name, best);
          const score = Math.min(1, Math.fround(objectness * best));
          if (score < threshold) continue;
          const centreX = (data[at] + column) * stride;
          const centreY = (data[at + 1] + row) * stride;
          const halfWidth = (exponential(data[at + 2]) * stride) / 2;
          const halfHeight = (exponential(data[at + 3]) * stride) / 2;
          boxes[count * 4] = centreX - halfWidth;
          boxes[count * 4 + 1] = centreY - halfHeight;
          boxes[count * 4 + 2] = centreX + halfWidth;
          boxes[count * 4 + 3] = centreY + halfHeight;
          // As float32; an infinite or undefined edge makes the sum so too.
          if (!Number.isFinite(sumOfFour(boxes, count * 4))) throw notABox(name);
          scores[count] = score;
          classes[count] = classId;
          count++;
        }
      }
    }
    return count;
  }
}

// False for NaN too.
function isProbability(value: number): boolean {
  return value >= 1 - largestScore && value <= largestScore;
}

function sumOfFour(values: Float32Array, at: number): number {
  return values[at] + values[at + 1] + values[at + 2] + values[at + 3];
}

function notAProbability(output: string, value: number): InferenceError {
  return new InferenceError({
    subject: `output ${output}`,
    expected: 'objectness and class scores from 0 to 1',
    received: String(value),
    remedy: 'Export the model with its sigmoids; if it has them, check the preprocessing and the weights.',
  });
}

function notABox(output: string): InferenceError {
  return new InferenceError({
    subject: `output ${output}`,
    expected: 'finite boxes',
    received: 'one that is not',
    remedy: 'Check the preprocessing and the weights of the model.',
  });
}
