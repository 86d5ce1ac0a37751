"""Boxes from raw outputs, suppression, and average precision at IoU 0.5, for a look at the model while it trains."""

import numpy as np

from network import STRIDE


def decode(output: np.ndarray, grid: tuple[int, int], score_threshold: float):
    """Boxes (left, top, right, bottom; input px), scores and classes of one picture after suppression at IoU 0.65."""
    rows, columns = grid
    cell_y, cell_x = np.divmod(np.arange(rows * columns), columns)
    best = output[:, 5:].argmax(1)
    score = output[:, 4] * output[np.arange(len(output)), 5 + best]
    keep = np.flatnonzero(score >= score_threshold)
    centre = np.stack([(output[keep, 0] + cell_x[keep]) * STRIDE, (output[keep, 1] + cell_y[keep]) * STRIDE], 1)
    half = np.exp(output[keep, 2:4]) * STRIDE / 2
    boxes, scores, classes = np.concatenate([centre - half, centre + half], 1), score[keep], best[keep]
    order = np.argsort(-scores, kind="stable")
    boxes, scores, classes = boxes[order], scores[order], classes[order]
    kept: list[int] = []
    for i in range(len(boxes)):
        same = [j for j in kept if classes[j] == classes[i]]
        if not same or overlap(boxes[i : i + 1], boxes[same]).max() <= 0.65:
            kept.append(i)
    return boxes[kept], scores[kept], classes[kept]


def overlap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union of every box of `a` with every box of `b`."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    inter = np.clip(high - low, 0, None).prod(2)
    area = lambda boxes: (boxes[:, 2:] - boxes[:, :2]).prod(1)
    return inter / (area(a)[:, None] + area(b)[None] - inter + 1e-9)


def average_precision(pictures, classes: int) -> list[float]:
    """
    AP at IoU 0.5 per class, 101 recall points. `pictures` yields ((boxes, scores, classes), truth boxes, truth classes,
    truth visibility); truth less than half visible counts neither way.
    """
    records = [[] for _ in range(classes)]
    expected = [0] * classes
    for (boxes, scores, found), truth, truth_classes, visible in pictures:
        counted = visible >= 0.5
        for c in range(classes):
            wanted = truth[counted & (truth_classes == c)]
            expected[c] += len(wanted)
            aside = truth[~counted]
            taken = np.zeros(len(wanted), bool)
            for i in np.flatnonzero(found == c):
                ious = np.where(taken, 0, overlap(boxes[i : i + 1], wanted)[0]) if len(wanted) else np.zeros(0)
                if len(ious) and ious.max() >= 0.5:
                    taken[ious.argmax()] = True
                    records[c].append((scores[i], True))
                elif not len(aside) or overlap(boxes[i : i + 1], aside).max() < 0.4:
                    records[c].append((scores[i], False))
    result = []
    for c in range(classes):
        ranked = sorted(records[c], key=lambda r: -r[0])
        right = np.cumsum([r[1] for r in ranked])
        recall, precision = right / max(expected[c], 1), right / np.arange(1, len(ranked) + 1)
        precision = np.maximum.accumulate(precision[::-1])[::-1]
        result.append(float(np.mean([precision[recall >= p].max(initial=0) for p in np.linspace(0, 1, 101)])))
    return result
