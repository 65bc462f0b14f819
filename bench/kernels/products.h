/* Two register-blocked matrix products; `rows`, `columns` are constants once inlined, so that a tile's sums stay in registers. */
#ifndef PRODUCTS_H
#define PRODUCTS_H
#include "vector.h"

/** sums[row] += Σ_k weights[k * stride + row] * x[k]; sums [rows][VECTORS], x [count][VECTORS]. */
INLINE void weigh(vec *sums, const float *weights, int stride, const vec *x, int count, int rows)
{
    for (int k = 0; k < count; k++) {
        vec in[VECTORS];
        EACH(v, VECTORS) in[v] = x[k * VECTORS + v];
        EACH(row, rows) {
            vec weight = splat(weights[k * stride + row]);
            EACH(v, VECTORS) sums[row * VECTORS + v] = fma_(weight, in[v], sums[row * VECTORS + v]);
        }
    }
}

/** result[row][column] = Σ over steps and lanes of left[step][row] * right[step][column], strides in vectors from step to step. */
INLINE void correlate(float *result, const vec *left, int left_stride, const vec *right, int right_stride, int steps, int rows, int columns)
{
    vec sums[64];
    EACH(i, rows * columns) sums[i] = splat(0);
    for (int step = 0; step < steps; step++, left += left_stride, right += right_stride) {
        EACH(v, VECTORS) {
            vec in[16];
            EACH(column, columns) in[column] = right[column * VECTORS + v];
            EACH(row, rows) {
                vec own = left[row * VECTORS + v];
                EACH(column, columns) sums[row * columns + column] = fma_(own, in[column], sums[row * columns + column]);
            }
        }
    }
    EACH(i, rows * columns) result[i] = sum_(sums[i]);
}

#endif
