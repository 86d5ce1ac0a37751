/*
 * Where the px of a row lie in a picture: line = x y w dx dy dw, points[i] = (dx·i + x) / (dw·i + w), points[count + i] = (dy·i + y) /
 * (dw·i + w); each step rounded to float32. Dividing by 1 changes nothing, and is left out. No w is 0.
 */
#include "../kernel.h"

void SPELLING(warp_points_f32)(float *points, const float *line, int32_t count) {
    const int divides = line[2] != 1 || line[5] != 0;
    int32_t i = 0;
#if VEC
    const vi numbers = bytes(0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0);
    for (; i + 4 <= count; i += 4) {
        const vf n = convert_i32_f32(add_i32(splat_i32(i), numbers));
        vf x = add_f32(mul_f32(n, splat_f32(line[3])), splat_f32(line[0]));
        vf y = add_f32(mul_f32(n, splat_f32(line[4])), splat_f32(line[1]));
        if (divides) {
            const vf w = add_f32(mul_f32(n, splat_f32(line[5])), splat_f32(line[2]));
            x = div_f32(x, w);
            y = div_f32(y, w);
        }
        store_f32(points + i, x);
        store_f32(points + count + i, y);
    }
#endif
    for (; i < count; i++) {
        const float n = (float)i, w = divides ? n * line[5] + line[2] : 1;
        points[i] = (n * line[3] + line[0]) / w;
        points[count + i] = (n * line[4] + line[1]) / w;
    }
}
