/* The training step of an LSTM with a superposition stack (Joulin & Mikolov 2015), learned push, one stack. */
#define WIDTH 10
#define READING WIDTH
#include "lstm_cell.h"
#include "classifier.h"

enum { PUSH, POP, NOOP, ACTIONS, HEADS = ACTIONS + WIDTH, DEEPEST = LENGTH / 2 };
enum {
    ACTION_WEIGHT = LSTM_COUNT, ACTION_BIAS = ACTION_WEIGHT + ACTIONS * HIDDEN, PUSH_WEIGHT = ACTION_BIAS + ACTIONS,
    PUSH_BIAS = PUSH_WEIGHT + WIDTH * HIDDEN, CLASSIFIER = PUSH_BIAS + WIDTH, COUNT = CLASSIFIER + CLASSIFIER_COUNT,
};
#include "trained.h"

/*
 * A column holds what update u blends, for each coordinate: the pushed value, the cells from the top down, two zeros. Cell d becomes
 * push * column[d] + noop * column[d + 1] + pop * column[d + 2]. Every update has columns of its own, which the backward pass reads again.
 */
enum { TALLEST = DEEPEST + 3 };
static vec columns[LENGTH + 1][WIDTH][TALLEST][VECTORS];
static vec actions[LENGTH][ACTIONS][VECTORS];
static vec head_errors[LENGTH][HEADS][VECTORS];
/* Errors of the cells, for each coordinate, two zeros before and after them; one pair of buffers, used in turns. */
static vec cell_errors[2][WIDTH][TALLEST + 2][VECTORS];
static float head_weights[HIDDEN][HEADS], head_back_weights[HEADS][HIDDEN], head_bias[HEADS];

/** Cells that can still come to the top after update u. */
INLINE int depth_after(int u) { return u < LENGTH - u ? u : LENGTH - u; }

INLINE void pack_heads(const float *p)
{
    for (int head = 0; head < HEADS; head++) {
        head_bias[head] = head < ACTIONS ? p[ACTION_BIAS + head] : p[PUSH_BIAS + head - ACTIONS];
        for (int u = 0; u < HIDDEN; u++) {
            float weight = head < ACTIONS ? p[ACTION_WEIGHT + head * HIDDEN + u] : p[PUSH_WEIGHT + (head - ACTIONS) * HIDDEN + u];
            head_weights[u][head] = head_back_weights[head][u] = weight;
        }
    }
}

INLINE void decide(int u)
{
    vec sums[ACTIONS * VECTORS];
    EACH(action, ACTIONS) EACH(v, VECTORS) sums[action * VECTORS + v] = splat(head_bias[action]);
    weigh(sums, head_weights[0], HEADS, hidden_of(u), HIDDEN, ACTIONS);
    EACH(v, VECTORS) {
        vec largest = max_(max_(sums[v], sums[VECTORS + v]), sums[2 * VECTORS + v]), powers[ACTIONS], sum = splat(0);
        EACH(action, ACTIONS) sum += powers[action] = exp_(sums[action * VECTORS + v] - largest);
        vec scale = splat(1) / sum;
        EACH(action, ACTIONS) actions[u][action][v] = powers[action] * scale;
    }
}

INLINE void push_values(int u, int first, int rows)
{
    vec sums[5 * VECTORS];
    EACH(row, rows) EACH(v, VECTORS) sums[row * VECTORS + v] = splat(head_bias[ACTIONS + first + row]);
    weigh(sums, head_weights[0] + ACTIONS + first, HEADS, hidden_of(u), HIDDEN, rows);
    EACH(row, rows) EACH(v, VECTORS) columns[u][first + row][0][v] = sigmoid_(sums[row * VECTORS + v]);
}

/** Update u, driven by the hidden vector of step u; its reading goes to the inputs of step u + 1. */
INLINE void stack_forward(int u)
{
    decide(u);
    push_values(u, 0, 3);
    push_values(u, 3, 3);
    push_values(u, 6, 4);
    const int depth = depth_after(u);
    vec push[VECTORS], pop[VECTORS], noop[VECTORS];
    EACH(v, VECTORS) push[v] = actions[u][PUSH][v], pop[v] = actions[u][POP][v], noop[v] = actions[u][NOOP][v];
    for (int i = 0; i < WIDTH; i++) {
        vec (*old)[VECTORS] = columns[u][i], (*new)[VECTORS] = columns[u + 1][i] + 1;
        for (int d = 0; d < depth; d++)
            EACH(v, VECTORS) new[d][v] = fma_(push[v], old[d][v], fma_(noop[v], old[d + 1][v], pop[v] * old[d + 2][v]));
        EACH(v, VECTORS) inputs[u + 1][INPUTS + i][v] = new[0][v];
    }
}

/** From the cells' errors after update u to those before it, head_errors[u] and hidden_error. */
INLINE void stack_back(int u)
{
    const int depth = depth_after(u), depth_before = depth_after(u - 1);
    vec sums[ACTIONS][VECTORS] = {0};
    for (int i = 0; i < WIDTH; i++) {
        vec (*after)[VECTORS] = cell_errors[u & 1][i] + 2, (*before)[VECTORS] = cell_errors[~u & 1][i] + 2, (*column)[VECTORS] = columns[u][i];
        EACH(v, VECTORS) {
            vec push = actions[u][PUSH][v], pop = actions[u][POP][v], noop = actions[u][NOOP][v];
            after[0][v] += reading_error[i][v];
            vec value = column[0][v];
            head_errors[u][ACTIONS + i][v] = push * after[0][v] * value * (splat(1) - value);
            for (int d = 0; d < depth_before; d++) before[d][v] = fma_(push, after[d + 1][v], fma_(noop, after[d][v], pop * after[d - 1][v]));
            for (int d = 0; d < depth; d++) {
                sums[PUSH][v] = fma_(after[d][v], column[d][v], sums[PUSH][v]);
                sums[NOOP][v] = fma_(after[d][v], column[d + 1][v], sums[NOOP][v]);
                sums[POP][v] = fma_(after[d][v], column[d + 2][v], sums[POP][v]);
            }
        }
    }
    EACH(v, VECTORS) {
        vec mean = splat(0);
        EACH(action, ACTIONS) mean = fma_(actions[u][action][v], sums[action][v], mean);
        EACH(action, ACTIONS) head_errors[u][action][v] = actions[u][action][v] * (sums[action][v] - mean);
    }
    enum { TILE = 4 };
    for (int unit = 0; unit < HIDDEN; unit += TILE) {
        vec errors[TILE * VECTORS], *target = (vec *)hidden_error + unit * VECTORS;
        EACH(i, TILE * VECTORS) errors[i] = target[i];
        weigh(errors, head_back_weights[0] + unit, HIDDEN, head_errors[u][0], HEADS, TILE);
        EACH(i, TILE * VECTORS) target[i] = errors[i];
    }
}

INLINE void stack_gradients(float *g)
{
    enum { TILE = 10 };
    for (int head = 0; head < HEADS; head++)
        for (int column = 0; column < HIDDEN; column += TILE)
            correlate(g + (head < ACTIONS ? ACTION_WEIGHT + head * HIDDEN : PUSH_WEIGHT + (head - ACTIONS) * HIDDEN) + column,
                      head_errors[1][head], HEADS * VECTORS, hidden_of(1) + column * VECTORS, COLUMNS * VECTORS, LENGTH - 1, 1, TILE);
    for (int head = 0; head < HEADS; head++) {
        vec sum = splat(0);
        for (int u = 1; u < LENGTH; u++) EACH(v, VECTORS) sum += head_errors[u][head][v];
        g[head < ACTIONS ? ACTION_BIAS + head : PUSH_BIAS + head - ACTIONS] = sum_(sum);
    }
}

float step(float learning_rate)
{
    const float *p = (float *)parameter;
    float *g = (float *)gradient;
    vec loss = splat(0);
    pack_lstm(p);
    pack_heads(p);
    pack_classifier(p + CLASSIFIER);
    encode_symbols();
    classify(0, p + CLASSIFIER + CLASSIFIER_BIAS, &loss);
    for (int t = 1; t <= LENGTH; t++) {
        if (t > 1) stack_forward(t - 1);
        lstm_forward(t);
        classify(t, p + CLASSIFIER + CLASSIFIER_BIAS, &loss);
    }
    for (int u = 0; u < HIDDEN; u++) EACH(v, VECTORS) hidden_error[u][v] = cell_error[u][v] = splat(0);
    for (int i = 0; i < 2 * WIDTH * (TALLEST + 2) * VECTORS; i++) ((vec *)cell_errors)[i] = splat(0);
    for (int t = LENGTH; t >= 1; t--) {
        classifier_back(t);
        lstm_errors(t);
        if (t == 1) break;
        lstm_back(t);
        stack_back(t - 1);
    }
    lstm_gradients(g);
    stack_gradients(g);
    classifier_gradients(g + CLASSIFIER);
    update(learning_rate);
    return sum_(loss);
}
