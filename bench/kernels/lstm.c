/* The training step of the plain LSTM. */
#define READING 0
#include "lstm_cell.h"
#include "classifier.h"

enum { CLASSIFIER = LSTM_COUNT, COUNT = CLASSIFIER + CLASSIFIER_COUNT };
#include "trained.h"

float step(float learning_rate)
{
    const float *p = (float *)parameter;
    float *g = (float *)gradient;
    vec loss = splat(0);
    pack_lstm(p);
    pack_classifier(p + CLASSIFIER);
    encode_symbols();
    classify(0, p + CLASSIFIER + CLASSIFIER_BIAS, &loss);
    for (int t = 1; t <= LENGTH; t++) {
        lstm_forward(t);
        classify(t, p + CLASSIFIER + CLASSIFIER_BIAS, &loss);
    }
    for (int u = 0; u < HIDDEN; u++) EACH(v, VECTORS) hidden_error[u][v] = cell_error[u][v] = splat(0);
    for (int t = LENGTH; t >= 1; t--) {
        classifier_back(t);
        lstm_errors(t);
        if (t > 1) lstm_back(t);
    }
    lstm_gradients(g);
    classifier_gradients(g + CLASSIFIER);
    update(learning_rate);
    return sum_(loss);
}
