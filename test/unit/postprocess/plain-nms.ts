import type { NmsAllocator } from '../../../src/postprocess/nms.js';

/** Greedy suppression as the definition reads, for tests of the heads alone. */
export const plainNms: NmsAllocator = {
  createNms(capacity) {
    const boxes = new Float32Array(capacity * 4);
    const scores = new Float32Array(capacity);
    const classIds = new Int32Array(capacity);
    const kept = new Int32Array(capacity);
    const area = (i: number) => (boxes[i * 4 + 2] - boxes[i * 4]) * (boxes[i * 4 + 3] - boxes[i * 4 + 1]);
    const iou = (a: number, b: number) => {
      const width = Math.min(boxes[a * 4 + 2], boxes[b * 4 + 2]) - Math.max(boxes[a * 4], boxes[b * 4]);
      const height = Math.min(boxes[a * 4 + 3], boxes[b * 4 + 3]) - Math.max(boxes[a * 4 + 1], boxes[b * 4 + 1]);
      if (width <= 0 || height <= 0) return 0;
      return (width * height) / (area(a) + area(b) - width * height);
    };
    return {
      boxes,
      scores,
      classIds,
      kept,
      run(count, iouThreshold, limit) {
        const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => scores[b] - scores[a] || a - b);
        let keptCount = 0;
        for (const i of order) {
          if (keptCount === limit) break;
          const others = [...kept.subarray(0, keptCount)];
          if (others.some((k) => classIds[k] === classIds[i] && iou(k, i) > iouThreshold)) continue;
          kept[keptCount++] = i;
        }
        return keptCount;
      },
    };
  },
};
