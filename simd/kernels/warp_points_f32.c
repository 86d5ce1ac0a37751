/*
 * Where the px of a row lie in a picture: line = x y w dx dy dw, points[i] = (dx·i + x) / (dw·i + w), points[count + i] = (dy·i + y) /
 * (dw·i + w); each step rounded to float32. Dividing by 1 changes nothing, and is left out. No w is 0.
 */
#include "../kernel.h"

void SPELLING(warp_points_f32)(float *points, const float *line, int32_t count) {
    const float x0 = line[0], y0 = line[1], w0 = line[2], dx = line[3], dy = line[4], dw = line[5];
    const int divides = w0 != 1 || dw != 0;
    int32_t i = 0;
#if VEC
    const vi numbers = bytes(0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0);
    for (; i + 4 <= count; i += 4) {
        const vf n = convert_i32_f32(add_i32(splat_i32(i), numbers));
        vf x = add_f32(mul_f32(n, splat_f32(dx)), splat_f32(x0));
        vf y = add_f32(mul_f32(n, splat_f32(dy)), splat_f32(y0));
        if (divides) {
            const vf w = add_f32(mul_f32(n, splat_f32(dw)), splat_f32(w0));
            x = div_f32(x, w);
            y = div_f32(y, w);
        }
        store_f32(points + i, x);
        store_f32(points + count + i, y);
    }
#endif
    for (; i < count; i++) {
        const float n = (float)i, w = divides ? n * dw + w0 : 1;
        points[i] = (n * dx + x0) / w;
        points[count + i] = (n * dy + y0) / w;
    }
}
