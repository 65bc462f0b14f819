/*
 * The LSTM part of a step. The including file defines READING, the size of the stack's reading (0: none). A row of inputs at step t is
 * [one-hot symbol, reading, hidden vector of t - 1], so that one product gives all gates; it also is what the weights' gradient needs.
 */
#ifndef LSTM_CELL_H
#define LSTM_CELL_H
#include "problem.h"
#include "products.h"

enum { BELOW = INPUTS + READING, COLUMNS = BELOW + HIDDEN, BACK = READING + HIDDEN };

/* Units that one forward tile computes, rows of one backward tile, and rows and columns of one tile of the weights' gradient. */
#if VECTOR == 16
enum { UNITS = 5, BACK_TILE = 10, ROW_TILE = 8, COLUMN_TILE = 3 };
#elif defined(__wasm_relaxed_simd__)
enum { UNITS = 1, BACK_TILE = READING ? 3 : 4, ROW_TILE = 4, COLUMN_TILE = 3 };
#else
enum { UNITS = 1, BACK_TILE = 5, ROW_TILE = 4, COLUMN_TILE = 3 };
#endif

enum { WEIGHT_IH = 0, WEIGHT_HH = WEIGHT_IH + GATES * BELOW, BIAS_IH = WEIGHT_HH + GATES * HIDDEN, BIAS_HH = BIAS_IH + GATES, LSTM_COUNT = BIAS_HH + GATES };

typedef struct { vec i[VECTORS], f[VECTORS], g[VECTORS], o[VECTORS], cell[VECTORS], squashed[VECTORS]; } unit;

static vec inputs[LENGTH + 2][COLUMNS][VECTORS]; /* rows 1 … LENGTH; the hidden vector of step p lies in row p + 1 */
static unit units[LENGTH + 1][HIDDEN];
static vec gate_errors[LENGTH + 1][HIDDEN][4][VECTORS];
static vec hidden_error[HIDDEN][VECTORS], cell_error[HIDDEN][VECTORS], reading_error[READING + 1][VECTORS];
static int string[BATCH][LENGTH];

int *symbols(void) { return string[0]; }

static float forward_weights[HIDDEN / UNITS][COLUMNS][UNITS][4], forward_bias[HIDDEN / UNITS][UNITS][4];
static float back_weights[BACK / BACK_TILE][HIDDEN][4][BACK_TILE];

INLINE vec *hidden_of(int step) { return inputs[step + 1][BELOW]; }

INLINE void pack_lstm(const float *p)
{
    for (int u = 0; u < HIDDEN; u++) {
        for (int gate = 0; gate < 4; gate++) {
            int row = gate * HIDDEN + u;
            forward_bias[u / UNITS][u % UNITS][gate] = p[BIAS_IH + row] + p[BIAS_HH + row];
            for (int k = 0; k < COLUMNS; k++) {
                float weight = k < BELOW ? p[WEIGHT_IH + row * BELOW + k] : p[WEIGHT_HH + row * HIDDEN + k - BELOW];
                forward_weights[u / UNITS][k][u % UNITS][gate] = weight;
                if (k >= INPUTS) back_weights[(k - INPUTS) / BACK_TILE][u][gate][(k - INPUTS) % BACK_TILE] = weight;
            }
        }
    }
}

static void encode_symbols(void)
{
    for (int t = 0; t < LENGTH; t++)
        for (int lane = 0; lane < BATCH; lane++)
            for (int symbol = 0; symbol < INPUTS; symbol++)
                inputs[t + 1][symbol][lane / VECTOR][lane % VECTOR] = string[lane][t] == symbol;
}

INLINE void lstm_forward(int t)
{
    vec *hidden = hidden_of(t);
    for (int tile = 0; tile < HIDDEN / UNITS; tile++) {
        vec sums[UNITS * 4 * VECTORS];
        EACH(row, UNITS * 4) EACH(v, VECTORS) sums[row * VECTORS + v] = splat(((float *)forward_bias[tile])[row]);
        weigh(sums, (float *)forward_weights[tile], UNITS * 4, inputs[t][0], COLUMNS, UNITS * 4);
        EACH(member, UNITS) {
            int u = tile * UNITS + member;
            unit *own = &units[t][u], *before = &units[t - 1][u];
            EACH(v, VECTORS) {
                vec *sum = sums + member * 4 * VECTORS + v;
                vec i = sigmoid_(sum[0]), f = sigmoid_(sum[VECTORS]), g = tanh_(sum[2 * VECTORS]), o = sigmoid_(sum[3 * VECTORS]);
                vec cell = fma_(f, before->cell[v], i * g), squashed = tanh_(cell);
                own->i[v] = i, own->f[v] = f, own->g[v] = g, own->o[v] = o, own->cell[v] = cell, own->squashed[v] = squashed;
                hidden[u * VECTORS + v] = o * squashed;
            }
        }
    }
}

/** From hidden_error and cell_error at t to gate_errors[t] and cell_error at t - 1. */
INLINE void lstm_errors(int t)
{
    for (int u = 0; u < HIDDEN; u++) {
        const unit *own = &units[t][u], *before = &units[t - 1][u];
        EACH(v, VECTORS) {
            vec one = splat(1), i = own->i[v], f = own->f[v], g = own->g[v], o = own->o[v], squashed = own->squashed[v], error = hidden_error[u][v];
            vec cell = fma_(error * o, one - squashed * squashed, cell_error[u][v]);
            gate_errors[t][u][0][v] = cell * g * i * (one - i);
            gate_errors[t][u][1][v] = cell * before->cell[v] * f * (one - f);
            gate_errors[t][u][2][v] = cell * i * (one - g * g);
            gate_errors[t][u][3][v] = error * squashed * o * (one - o);
            cell_error[u][v] = cell * f;
        }
    }
}

/** From gate_errors[t] to reading_error, and to hidden_error at t - 1. */
INLINE void lstm_back(int t)
{
    for (int tile = 0; tile < BACK / BACK_TILE; tile++) {
        vec sums[BACK_TILE * VECTORS];
        EACH(i, BACK_TILE * VECTORS) sums[i] = splat(0);
        weigh(sums, (float *)back_weights[tile], BACK_TILE, gate_errors[t][0][0], GATES, BACK_TILE);
        EACH(row, BACK_TILE) {
            int k = tile * BACK_TILE + row;
            vec *target = k < READING ? reading_error[k] : hidden_error[k - READING];
            EACH(v, VECTORS) target[v] = sums[row * VECTORS + v];
        }
    }
}

/** All steps' gate errors times all steps' inputs. Every string has one symbol a step: a bias's gradient is the sum over the symbols'. */
INLINE void lstm_gradients(float *gradient)
{
    for (int row = 0; row < GATES; row += ROW_TILE) {
        for (int column = 0; column < COLUMNS; column += COLUMN_TILE) {
            float tile[ROW_TILE * COLUMN_TILE];
            correlate(tile, gate_errors[1][0][0] + row * VECTORS, GATES * VECTORS, inputs[1][column], COLUMNS * VECTORS, LENGTH, ROW_TILE, COLUMN_TILE);
            EACH(i, ROW_TILE * COLUMN_TILE) {
                int packed = row + i / COLUMN_TILE, k = column + i % COLUMN_TILE, natural = packed % 4 * HIDDEN + packed / 4;
                if (k < COLUMNS) gradient[k < BELOW ? WEIGHT_IH + natural * BELOW + k : WEIGHT_HH + natural * HIDDEN + k - BELOW] = tile[i];
            }
        }
    }
    for (int row = 0; row < GATES; row++) {
        float sum = 0;
        for (int symbol = 0; symbol < INPUTS; symbol++) sum += gradient[WEIGHT_IH + row * BELOW + symbol];
        gradient[BIAS_IH + row] = gradient[BIAS_HH + row] = sum;
    }
}

#endif
