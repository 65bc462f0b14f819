/* What both kernels share with those who call them: sizes, parameters, targets. Parameters are flat, in PyTorch's shapes and order. */
#ifndef PROBLEM_H
#define PROBLEM_H

#ifndef BATCH
#define BATCH 10
#endif
#ifndef LENGTH
#define LENGTH 60
#endif
#define CLIP_NORM 5.0f
enum { HIDDEN = 20, GATES = 4 * HIDDEN, INPUTS = 3, OUTPUTS = INPUTS + 1 };

#ifdef __wasm__
#define EXPORT __attribute__((visibility("default")))
#else
#define EXPORT
#endif

/** Input symbols, [BATCH][LENGTH]; the end of the sequence follows them as the last target. */
EXPORT int *symbols(void);
EXPORT float *parameters(void);
EXPORT float *gradients(void);
EXPORT int parameter_count(void);
/** Zeroes Adam's moments and starts its count anew. */
EXPORT void reset(void);
/** One update with clipped gradients; returns the loss before it. */
EXPORT float step(float learning_rate);

#endif
