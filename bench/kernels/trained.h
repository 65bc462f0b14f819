/* The including file defines COUNT, its number of parameters. Here are their storage, what a caller sees of it, and the update. */
#ifndef TRAINED_H
#define TRAINED_H
#include "problem.h"
#include "vector.h"

enum { BLOCKS = (COUNT + VECTOR - 1) / VECTOR };

static vec parameter[BLOCKS], gradient[BLOCKS], mean[BLOCKS], square[BLOCKS];
static double power_of_beta1 = 1, power_of_beta2 = 1;

float *parameters(void) { return (float *)parameter; }
float *gradients(void) { return (float *)gradient; }
int parameter_count(void) { return COUNT; }

void reset(void)
{
    for (int i = 0; i < BLOCKS; i++) mean[i] = square[i] = splat(0);
    power_of_beta1 = power_of_beta2 = 1;
}

/** Clips the global norm at CLIP_NORM, then Adam (Kingma & Ba 2015). */
INLINE void update(float learning_rate)
{
    vec sum = splat(0);
    for (int i = 0; i < BLOCKS; i++) sum = fma_(gradient[i], gradient[i], sum);
    const float clip = CLIP_NORM / (__builtin_sqrtf(sum_(sum)) + 1e-6f), scale = clip < 1 ? clip : 1;
    power_of_beta1 *= 0.9, power_of_beta2 *= 0.999;
    const float rate = (float)(learning_rate / (1 - power_of_beta1)), correction = 1 / __builtin_sqrtf((float)(1 - power_of_beta2));
    for (int i = 0; i < BLOCKS; i++) {
        vec clipped = gradient[i] * splat(scale), root;
        mean[i] = fma_(splat(0.9f), mean[i], clipped * splat(0.1f));
        square[i] = fma_(splat(0.999f), square[i], clipped * clipped * splat(0.001f));
        EACH(lane, VECTOR) root[lane] = __builtin_sqrtf(square[i][lane]);
        parameter[i] -= splat(rate) * mean[i] / fma_(root, splat(correction), splat(1e-8f));
    }
}

#endif
