#include "core/diagnose/diagnose.h"
#include "curves/diagnosis/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { POINTS = 10000, REPEATS = 50 };

/* Losses of single batches, both of them with every step: no rule has an easy way out. */
static void make(int64_t *step, double (*value)[POINTS])
{
    uint32_t state = 1;
    for (size_t i = 0; i < POINTS; i++) {
        double along = (double)i / POINTS;
        step[i] = (int64_t)i;
        for (size_t j = 0; j < 2; j++) {
            state = state * 1664525u + 1013904223u;
            double jump = (double)(state >> 8) / (1 << 24) - 0.5;
            value[j][i] = 1 + 3 * exp(-5 * along) + 0.3 * jump + (j ? 0.2 * along : 0);
        }
    }
}

static double cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

void report_speed(void)
{
    static int64_t step[POINTS];
    static double value[2][POINTS];
    static struct diagnosis diagnosis;
    make(step, value);
    struct history history = {.counts_steps = true, .baseline_final = NAN};
    history.curve[ROLE_TRAIN_LOSS] = (struct series){step, value[0], POINTS};
    history.curve[ROLE_VAL_LOSS] = (struct series){step, value[1], POINTS};
    void *work = malloc(diagnose_work_size(&history));
    double best_ms = INFINITY;
    if (!work)
        exit(2);
    for (int i = 0; i < REPEATS; i++) {
        double start = cpu_ms();
        diagnose(&history, work, &diagnosis);
        best_ms = fmin(best_ms, cpu_ms() - start);
    }
    free(work);
    printf("\ndiagnose() of two losses of %d points: %.2f ms of processor time\n", POINTS,
           best_ms);
}
