/*
 * Runs the kernels of this build outside wasm, for the conformance table and for counting instructions.
 *
 *   check TIER < cases > results      TIER 0 scalar, 1 vectors
 *   check TIER repeat RUNS < picture  the tensor, made so many times: what a run costs is what one more adds
 *
 * A case is a kind (int32: 1 picture, 2 suppression) and then
 *   picture:     how many frames its source has one after the other, then the numbers of struct picture_plan in order, then per
 *                pointer of it: bytes, has content, content. Result: the tensor of each frame.
 *   suppression: count, top_k (int32), iou and score threshold (float), boxes, scores, classes. Result: found, kept.
 * Every buffer is an allocation of its own of exactly its size, so that a sanitizer sees any step outside.
 * Exit: 0, 1 bad input or status, 2 a guard byte around a tensor was written.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../dispatch.h"

enum { GUARD = 64, POISON = 0x5a };

static void fail(const char *what) {
    fprintf(stderr, "check: %s\n", what);
    exit(1);
}

static void *reserve(size_t size) {
    void *block = malloc(size ? size : 1);
    if (!block) fail("out of memory");
    memset(block, POISON, size);
    return block;
}

static void read_all(void *to, size_t size) {
    if (size && fread(to, 1, size, stdin) != size) fail("input ends early");
}

static int32_t read_int(void) {
    int32_t value;
    read_all(&value, 4);
    return value;
}

struct picture {
    struct picture_plan plan;
    size_t tensor_bytes, source_bytes;
    int32_t frames;
};

static int is_state(const char *name) { return strcmp(name, "background_known") == 0; }

/* A buffer of a case; the tensor is put between guards, and what outlives a run begins with nothing. */
static void *read_section(const char *name, struct picture *into) {
    const size_t size = (size_t)read_int();
    const int32_t has_content = read_int();
    if (size == 0) return NULL;
    const int is_tensor = strcmp(name, "tensor") == 0;
    if (is_tensor) into->tensor_bytes = size;
    if (strcmp(name, "source") == 0) into->source_bytes = size;
    uint8_t *block = reserve(size + (is_tensor ? 2 * GUARD : 0));
    if (has_content) read_all(block, size);
    else if (is_state(name)) memset(block, 0, size);
    return is_tensor ? block + GUARD : block;
}

static void read_picture(struct picture *into) {
    into->frames = read_int();
#define NUMBER(name) into->plan.name = read_int();
#include "../kernels.def"
#undef NUMBER
#define POINTER(type, name) into->plan.name = read_section(#name, into);
#include "../kernels.def"
#undef POINTER
}

static void free_picture(struct picture *picture) {
    picture->plan.tensor -= GUARD;
#define POINTER(type, name) free((void *)(uintptr_t)picture->plan.name);
#include "../kernels.def"
#undef POINTER
}

static void check_guards(const struct picture *picture) {
    const uint8_t *before = picture->plan.tensor - GUARD, *after = picture->plan.tensor + picture->tensor_bytes;
    for (int i = 0; i < GUARD; i++) {
        if (before[i] == POISON && after[i] == POISON) continue;
        fprintf(stderr, "check: a guard byte was written\n");
        exit(2);
    }
}

static void run_picture(int runs) {
    struct picture picture;
    read_picture(&picture);
    const uint8_t *const source = picture.plan.source;
    const size_t frame_bytes = picture.source_bytes / (size_t)picture.frames;
    for (int32_t frame = 0; frame < picture.frames; frame++) {
        /* By itself, for the sanitizer's sake. */
        uint8_t *const alone = reserve(frame_bytes);
        memcpy(alone, source + (size_t)frame * frame_bytes, frame_bytes);
        picture.plan.source = alone;
        for (int i = 0; i < runs; i++) {
            if (preprocess(&picture.plan) != STATUS_OK) fail("preprocess refused a plan");
        }
        check_guards(&picture);
        fwrite(picture.plan.tensor, 1, picture.tensor_bytes, stdout);
        free(alone);
    }
    picture.plan.source = source;
    free_picture(&picture);
}

static void run_nms(void) {
    const int32_t count = read_int(), top_k = read_int();
    float thresholds[2];
    read_all(thresholds, sizeof thresholds);
    const size_t n = (size_t)count;
    float *boxes = reserve(n * 16), *scores = reserve(n * 4), *kept_boxes = reserve(n * 24);
    int32_t *classes = reserve(n * 4), *kept = reserve(n * 4), *order = reserve(n * 4);
    read_all(boxes, n * 16);
    read_all(scores, n * 4);
    read_all(classes, n * 4);
    const int32_t most = top_k < count ? top_k : count;
    const int32_t found =
        nms(boxes, scores, classes, count, thresholds[0], thresholds[1], most, kept, order, kept_boxes, count);
    fwrite(&found, 4, 1, stdout);
    fwrite(kept, 4, (size_t)found, stdout);
    free(boxes), free(scores), free(kept_boxes), free(classes), free(kept), free(order);
}

int main(int argc, char **argv) {
    const int32_t tier = argc > 1 ? atoi(argv[1]) : -1;
    if (tier < 0 || select_tier(tier) != tier) fail("usage: check 0|1 [repeat RUNS]; this build may have no vectors");
    const int runs = argc > 3 && strcmp(argv[2], "repeat") == 0 ? atoi(argv[3]) : 1;
    int32_t kind;
    while (fread(&kind, 4, 1, stdin) == 1) {
        if (kind == 1) run_picture(runs);
        else if (kind == 2) run_nms();
        else fail("unknown kind of case");
    }
    return 0;
}
