/*
 * Runs a kernel natively for the benchmark. Commands on standard input, one answer line for each:
 *   load <symbols, BATCH x LENGTH> <parameters>    sets the problem, forgets Adam's moments; answers "ready"
 *   run <steps> <learning rate>                    answers milliseconds and loss of each step
 */
#include "problem.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
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
    for (int i = 0; i < steps; i++) {
        double start = now();
        float loss = step(rate);
        printf("%.6f %.6f ", now() - start, loss);
    }
    printf("\n");
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
