/* Softmax over the outputs, loss, and their errors. */
#ifndef CLASSIFIER_H
#define CLASSIFIER_H
#include "lstm_cell.h"

enum { CLASSIFIER_WEIGHT = 0, CLASSIFIER_BIAS = OUTPUTS * HIDDEN, CLASSIFIER_COUNT = CLASSIFIER_BIAS + OUTPUTS };

static vec output_errors[LENGTH + 1][OUTPUTS][VECTORS];
static float classifier_weights[HIDDEN][OUTPUTS];
static vec batch_mask[VECTORS]; /* 1 in the batch's lanes */

INLINE void pack_classifier(const float *p)
{
    for (int u = 0; u < HIDDEN; u++)
        for (int output = 0; output < OUTPUTS; output++) classifier_weights[u][output] = p[CLASSIFIER_WEIGHT + output * HIDDEN + u];
    for (int lane = 0; lane < BATCH; lane++) batch_mask[lane / VECTOR][lane % VECTOR] = 1;
}

/** Adds prediction p's loss to `loss` and keeps its error. The target is the next step's input, after the last step the end of the sequence. */
INLINE void classify(int p, const float *bias, vec *loss)
{
    vec logits[OUTPUTS * VECTORS];
    EACH(output, OUTPUTS) EACH(v, VECTORS) logits[output * VECTORS + v] = splat(bias[output]);
    weigh(logits, classifier_weights[0], OUTPUTS, hidden_of(p), HIDDEN, OUTPUTS);
    EACH(v, VECTORS) {
        vec largest = logits[v], sum = splat(0), right = splat(0), powers[OUTPUTS];
        EACH(output, OUTPUTS) largest = max_(largest, logits[output * VECTORS + v]);
        EACH(output, OUTPUTS) sum += powers[output] = exp_(logits[output * VECTORS + v] - largest);
        vec scale = splat(1) / sum, share = batch_mask[v] * splat(1.0f / BATCH);
        EACH(output, OUTPUTS) {
            vec target = p < LENGTH ? (output < INPUTS ? inputs[p + 1][output][v] : splat(0)) : (output < INPUTS ? splat(0) : batch_mask[v]);
            right = fma_(target, logits[output * VECTORS + v] - largest, right);
            output_errors[p][output][v] = share * (powers[output] * scale - target);
        }
        *loss += share * (log_(sum) - right);
    }
}

/** Adds prediction p's part to hidden_error. */
INLINE void classifier_back(int p)
{
    for (int u = 0; u < HIDDEN; u++)
        EACH(v, VECTORS) {
            vec sum = hidden_error[u][v];
            EACH(output, OUTPUTS) sum = fma_(splat(classifier_weights[u][output]), output_errors[p][output][v], sum);
            hidden_error[u][v] = sum;
        }
}

INLINE void classifier_gradients(float *gradient)
{
    enum { ROWS = 2, TILE = 5 };
    for (int row = 0; row < OUTPUTS; row += ROWS)
        for (int column = 0; column < HIDDEN; column += TILE) {
            float tile[ROWS * TILE];
            correlate(tile, output_errors[1][row], OUTPUTS * VECTORS, hidden_of(1) + column * VECTORS, COLUMNS * VECTORS, LENGTH, ROWS, TILE);
            EACH(i, ROWS * TILE) gradient[CLASSIFIER_WEIGHT + (row + i / TILE) * HIDDEN + column + i % TILE] = tile[i];
        }
    for (int output = 0; output < OUTPUTS; output++) {
        vec sum = splat(0);
        for (int p = 0; p <= LENGTH; p++) EACH(v, VECTORS) sum += output_errors[p][output][v];
        gradient[CLASSIFIER_BIAS + output] = sum_(sum);
    }
}

#endif
