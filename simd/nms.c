/*
 * Greedy, class-aware non-maximum suppression; formula: src/kernels/reference/nms.ts. The best candidate left is taken
 * from a heap, so what a full `kept` never asks for is never sorted. Returns how many were kept.
 */
#include <string.h>

#include "dispatch.h"

static int better(const float *scores, int32_t a, int32_t b) {
    return scores[a] > scores[b] || (scores[a] == scores[b] && a < b);
}

static void sift_down(int32_t *order, const float *scores, int32_t hole, int32_t size) {
    const int32_t moved = order[hole];
    for (;;) {
        int32_t child = 2 * hole + 1;
        if (child >= size) break;
        if (child + 1 < size && better(scores, order[child + 1], order[child])) child++;
        if (!better(scores, order[child], moved)) break;
        order[hole] = order[child];
        hole = child;
    }
    order[hole] = moved;
}

static void ordered(float *low, float *high, float a, float b) {
    *low = b < a ? b : a;
    *high = a < b ? b : a;
}

int32_t nms(const float *boxes, const float *scores, const int32_t *classes, int32_t count, float iou_threshold,
            float score_threshold, int32_t top_k, int32_t *kept, int32_t *order, float *kept_boxes, int32_t capacity) {
    int32_t size = 0, found = 0;
    for (int32_t i = 0; i < count; i++) {
        if (scores[i] > score_threshold) order[size++] = i;
    }
    for (int32_t i = size / 2 - 1; i >= 0; i--) sift_down(order, scores, i, size);
    while (size > 0 && found < top_k) {
        const int32_t candidate = order[0];
        order[0] = order[--size];
        if (size > 0) sift_down(order, scores, 0, size);
        const float *corners = boxes + 4 * (size_t)candidate;
        float box[6];
        ordered(&box[0], &box[2], corners[0], corners[2]);
        ordered(&box[1], &box[3], corners[1], corners[3]);
        box[4] = (box[2] - box[0]) * (box[3] - box[1]);
        memcpy(&box[5], &classes[candidate], 4);
        if (kernels.overlaps_any_f32(kept_boxes, capacity, box, iou_threshold, found)) continue;
        for (int32_t part = 0; part < 6; part++) kept_boxes[(size_t)part * (size_t)capacity + (size_t)found] = box[part];
        kept[found++] = candidate;
    }
    return found;
}
