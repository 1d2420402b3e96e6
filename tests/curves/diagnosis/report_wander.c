/* Made runs whose validation loss wanders: a level, and about it a first-order
   autoregression, x[i] = phi x[i-1] + noise. How many are said to overfit, where the
   level stands or falls, so that nothing is wrong; and where it rises by a quarter? */
#include "core/diagnose/diagnose.h"
#include "curves/diagnosis/judge.h"
#include "curves/diagnosis/report.h"

#include <math.h>
#include <stdio.h>

enum { POINTS_MAX = 400, SEEDS = 25, LOOKS_MAX = 100 };

static const double phis[] = {0, 0.5, 0.8, 0.9, 0.95, 0.98};
static const size_t lengths[] = {50, 100, 400};
/* The standard deviation of what wanders, of a level of 1. */
static const double sizes[] = {0.015625, 0.03125, 0.0625};
/* How far the level comes down to 1, and how far it rises from the middle on. */
static const struct shape {
    const char *name;
    double way, rise;
} shapes[] = {{"flat", 0, 0}, {"falling", 1, 0}, {"rising", 1, 0.25}};

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

struct wander {
    const struct shape *shape;
    double phi, size;
    size_t points;
    uint32_t state; /* of the random numbers */
};

/* Nearly normal, of variance 1: the sum of twelve uniform ones. */
static double draw(struct wander *wander)
{
    double sum = -6;
    for (int i = 0; i < 12; i++) {
        wander->state = wander->state * 1664525u + 1013904223u;
        sum += (double)(wander->state >> 8) / (1 << 24);
    }
    return sum;
}

/* Training loss falls all along, with little noise: it never excuses the rule. */
static void make(struct wander *wander, int64_t *step, double (*loss)[POINTS_MAX])
{
    double kept = sqrt(1 - wander->phi * wander->phi), x = draw(wander);
    for (size_t i = 0; i < wander->points; i++) {
        double along = (double)i / (double)wander->points;
        x = i ? wander->phi * x + kept * draw(wander) : x;
        step[i] = (int64_t)i;
        loss[0][i] = 0.25 + 2 * exp(-3 * along) + 0.01 * draw(wander);
        loss[1][i] = 1 + wander->shape->way * exp(-8 * along) +
                     wander->shape->rise * fmax(2 * along - 1, 0) + wander->size * x;
    }
}

struct alarms {
    unsigned runs, whole, live;
};

static void judge(struct wander wander, struct alarms *out)
{
    static int64_t step[POINTS_MAX];
    static double loss[2][POINTS_MAX];
    struct labelled_run run = {0};
    struct diagnosis diagnosis;
    struct live live;
    make(&wander, step, loss);
    struct history *history = &run.file.history;
    *history = (struct history){.ended = true, .baseline_final = NAN};
    history->curve[ROLE_TRAIN_LOSS] = (struct series){step, loss[0], wander.points};
    history->curve[ROLE_VAL_LOSS] = (struct series){step, loss[1], wander.points};
    judge_end(&run, NULL, &diagnosis);
    judge_live(&run, NULL, LOOKS_MAX, &live);
    out->runs++;
    out->whole += judge_find(&diagnosis, subject_rules[OVERFITTING]) != NULL;
    out->live += live.first[OVERFITTING] >= 0;
}

static struct alarms alarms_of(const struct shape *shape, double phi)
{
    struct alarms found = {0};
    uint32_t seed = 1;
    for (size_t p = 0; p < COUNT(lengths); p++) {
        for (size_t s = 0; s < COUNT(sizes); s++) {
            for (size_t i = 0; i < SEEDS; i++)
                judge((struct wander){shape, phi, sizes[s], lengths[p],
                                      seed++ * 2654435761u},
                      &found);
        }
    }
    return found;
}

static void print_row(const char *level, const char *which, const struct alarms *found)
{
    printf("%-8s %-20s %5u runs: whole %4.1f %%, while they go on %4.1f %%\n", level,
           which, found->runs, 100.0 * found->whole / found->runs,
           100.0 * found->live / found->runs);
}

void report_wander(const struct runs *runs)
{
    (void)runs;
    printf("\nmade runs whose validation loss wanders about its level: how many are said "
           "to overfit, wrongly unless the level rises\n");
    for (size_t s = 0; s < COUNT(shapes); s++) {
        struct alarms all = {0};
        for (size_t i = 0; i < COUNT(phis); i++) {
            struct alarms found = alarms_of(&shapes[s], phis[i]);
            char which[32];
            snprintf(which, sizeof which, "autocorrelation %.2f", phis[i]);
            print_row(shapes[s].name, which, &found);
            all = (struct alarms){all.runs + found.runs, all.whole + found.whole,
                                  all.live + found.live};
        }
        print_row(shapes[s].name, "all", &all);
    }
}
