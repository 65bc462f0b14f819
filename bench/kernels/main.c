/*
 * Runs a kernel natively for the benchmark. Commands on standard input, one answer line for each:
 *   load <symbols, BATCH x LENGTH> <parameters>    sets the problem, forgets Adam's moments; answers "ready"
 *   run <steps> <learning rate>                    answers CPU milliseconds of all steps, then milliseconds and loss of each
 */
#include "problem.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static int load(void)
{
    for (int i = 0; i < BATCH * LENGTH; i++)
        if (scanf("%d", symbols() + i) != 1) return 0;
    for (int i = 0; i < parameter_count(); i++)
        if (scanf("%f", parameters() + i) != 1) return 0;
    reset();
    printf("ready\n");
    return 1;
}

static int run(void)
{
    int steps;
    float rate;
    if (scanf("%d %f", &steps, &rate) != 2) return 0;
    double *milliseconds = malloc(steps * sizeof *milliseconds), before = now(CLOCK_PROCESS_CPUTIME_ID);
    float *losses = malloc(steps * sizeof *losses);
    if (!milliseconds || !losses) return 0;
    for (int i = 0; i < steps; i++) {
        double start = now(CLOCK_MONOTONIC);
        losses[i] = step(rate);
        milliseconds[i] = now(CLOCK_MONOTONIC) - start;
    }
    printf("%.6f", now(CLOCK_PROCESS_CPUTIME_ID) - before);
    for (int i = 0; i < steps; i++) printf(" %.6f %.6f", milliseconds[i], losses[i]);
    printf("\n");
    free(milliseconds);
    free(losses);
    return 1;
}

int main(void)
{
    char command[16];
    while (scanf("%15s", command) == 1) {
        int understood = !strcmp(command, "load") ? load() : !strcmp(command, "run") ? run() : 0;
        if (!understood) return fprintf(stderr, "kernel: cannot read '%s'\n", command), 1;
        fflush(stdout);
    }
    return 0;
}
