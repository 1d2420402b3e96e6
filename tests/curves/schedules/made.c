/* Synthetic logs: outcomes, confusion, parameter errors, what the confidence means, and
   from when on an answer stays right. */
#include "curves/schedules/judge.h"
#include "curves/schedules/sections.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOGS_PER_TYPE = 1000, STABLE_PER_TYPE = 60, CUTS = 20, BINS = 10 };

static struct synthetic log_made; /* large */

static const struct series *const *losses_of(const struct synthetic *log)
{
    static const struct series *losses[2];
    losses[0] = log->loss.count ? &log->loss : NULL;
    return losses;
}

/* --- errors of parameters --- */

struct sample {
    double values[LOGS_PER_TYPE];
    size_t count;
};

static void sample_add(struct sample *sample, double value)
{
    if (isfinite(value) && sample->count < LOGS_PER_TYPE)
        sample->values[sample->count++] = value;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(struct sample *sample, double share)
{
    if (!sample->count)
        return NAN;
    qsort(sample->values, sample->count, sizeof *sample->values, by_value);
    return sample->values[(size_t)(share * (double)(sample->count - 1))];
}

enum { LENGTH, FLOOR, BASE, WARMUP, FIGURES };
static const char *const figure_names[FIGURES] = {"length", "floor", "base", "warm-up"};
static struct sample errors[FIGURES];

static void print_errors(const char *name)
{
    printf("%-28s", name);
    for (int i = 0; i < FIGURES; i++) {
        if (errors[i].count)
            printf("  %9.4f %9.4f", 100 * quantile(&errors[i], 0.5),
                   100 * quantile(&errors[i], 0.95));
        else
            printf("  %9s %9s", "-", "-");
        errors[i].count = 0;
    }
    printf("\n");
}

static void add_errors(const struct synthetic *log, const struct answer *answer)
{
    struct figures wrong;
    figure_errors(log, &answer->fit, &wrong);
    sample_add(&errors[LENGTH], wrong.length);
    sample_add(&errors[FLOOR], wrong.floor);
    sample_add(&errors[BASE], wrong.base);
    if (wrong.length <= 0 || truth_seen(log) == kind_of(&log->recipe.schedule))
        sample_add(&errors[WARMUP], wrong.warmup);
}

/* --- one pass over all logs --- */

static unsigned confusion[KIND_COUNT][KIND_COUNT];
static unsigned answers_in_bin[BINS + 1], right_in_bin[BINS + 1];
static unsigned outcomes[64][OUTCOMES];
static unsigned cosine_for_line; /* a cosine where a line or WSD fits as well */
static struct {
    double ms;
    size_t type, points;
    unsigned number;
} slowest;

static void describe(const char *type, unsigned number, const struct answer *answer,
                     enum outcome outcome)
{
    const struct traps *traps = &log_made.traps;
    if (!verbose || outcome == RIGHT || outcome == TOO_EARLY)
        return;
    printf("  %s %u: %s, %s for %s; %zu rows, seen %.0f %% from %.3g, stride %.0f of "
           "%.0f, shift %d, rounding %d/%d%s%s%s, confidence %.2f\n",
           type, number, outcome_names[outcome], kind_names[answer->kind],
           kind_names[truth_seen(&log_made)], log_made.lr.count, 100 * traps->seen,
           traps->first, traps->stride, traps->every, traps->shift, (int)traps->rounding,
           traps->digits, traps->averaged ? ", averaged" : "",
           traps->zero_end ? ", last row 0" : "", traps->gaps ? ", gaps" : "",
           answer->fit.confidence);
}

static bool is_cosine(enum kind kind)
{
    return kind == KIND_COSINE || kind == KIND_COSINE_WARMUP;
}

static bool is_line(enum kind kind)
{
    return kind == KIND_LINEAR || kind == KIND_LINEAR_WARMUP || kind == KIND_WSD;
}

static void count(size_t type, const struct answer *answer, enum outcome outcome)
{
    enum kind truth = truth_seen(&log_made);
    outcomes[type][outcome]++;
    if (outcome == WRONG)
        confusion[truth][answer->kind]++;
    cosine_for_line += is_line(truth) && is_cosine(answer->kind) && outcome != RIGHT;
    if (!answer->fit.found)
        return;
    int bin = (int)(answer->fit.confidence * BINS);
    answers_in_bin[bin]++;
    right_in_bin[bin] += outcome == RIGHT;
}

static void print_outcomes(void)
{
    printf("\nsynthetic logs, %d of each type\n%-28s", LOGS_PER_TYPE, "");
    for (int i = 0; i < OUTCOMES; i++)
        printf(" %12s", outcome_names[i]);
    printf("\n");
    unsigned sums[OUTCOMES] = {0};
    for (size_t type = 0; type < recipe_type_count; type++) {
        printf("%-28s", recipe_types[type].name);
        for (int i = 0; i < OUTCOMES; i++) {
            printf(" %12u", outcomes[type][i]);
            sums[i] += outcomes[type][i];
        }
        printf("\n");
    }
    printf("%-28s", "all");
    for (int i = 0; i < OUTCOMES; i++)
        printf(" %12u", sums[i]);
    printf("\na cosine named where a line or WSD was the truth: %u\n"
           "slowest fit %.2f ms (%s %u, %zu points)\n",
           cosine_for_line, slowest.ms, recipe_types[slowest.type].name, slowest.number,
           slowest.points);
}

static void print_confusion(void)
{
    printf("\nwrong answers, truth: answer\n");
    for (int truth = 0; truth < KIND_COUNT; truth++) {
        bool any = false;
        for (int kind = 0; kind < KIND_COUNT; kind++) {
            if (!confusion[truth][kind])
                continue;
            if (!any)
                printf("  %-16s", kind_names[truth]);
            any = true;
            printf("  %s %u", kind_names[kind], confusion[truth][kind]);
        }
        if (any)
            printf("\n");
    }
}

static void print_calibration(void)
{
    printf("\nconfidence: answers, right\n");
    for (int bin = 0; bin <= BINS; bin++) {
        if (answers_in_bin[bin])
            printf("  %.1f to %.1f: %6u  %5.1f %%\n", (double)bin / BINS,
                   fmin(1, (double)(bin + 1) / BINS), answers_in_bin[bin],
                   100.0 * right_in_bin[bin] / answers_in_bin[bin]);
    }
}

void synthetic_logs(void)
{
    struct answer answer;
    printf(
        "\nerrors of right answers, %% (median, 95th percentile), half the cycle seen\n"
        "%-28s",
        "");
    for (int i = 0; i < FIGURES; i++)
        printf("  %19s", figure_names[i]);
    printf("\n");
    for (size_t type = 0; type < recipe_type_count; type++) {
        for (unsigned number = 0; number < LOGS_PER_TYPE; number++) {
            synthetic_make(&recipe_types[type], number, 0, &log_made);
            answer_to(&log_made.lr, losses_of(&log_made), &answer);
            enum outcome outcome = judge(&log_made, &answer);
            count(type, &answer, outcome);
            if (answer.ms > slowest.ms) {
                slowest.ms = answer.ms;
                slowest.type = type;
                slowest.number = number;
                slowest.points = log_made.lr.count;
            }
            describe(recipe_types[type].name, number, &answer, outcome);
            if (outcome == RIGHT && log_made.last_t >= 0.5 * log_made.recipe.cycle - 1)
                add_errors(&log_made, &answer);
        }
        print_errors(recipe_types[type].name);
    }
    print_outcomes();
    print_confusion();
    print_calibration();
}

/* --- stable after --- */

static bool length_is_right(const struct answer *answer)
{
    struct figures wrong;
    figure_errors(&log_made, &answer->fit, &wrong);
    return isnan(wrong.length) || wrong.length <= 0.01;
}

/* The first of CUTS shares from which the answer is right to the end; CUTS: never. */
static void first_stable(const struct recipe_type *type, unsigned number, int *kind,
                         int *length)
{
    struct answer answer;
    *kind = *length = 0;
    synthetic_make(type, number, 1, &log_made);
    double cycle = log_made.recipe.cycle / log_made.recipe.total;
    for (int cut = 0; cut < CUTS; cut++) {
        synthetic_make(type, number, (cut + 1) * cycle / CUTS, &log_made);
        answer_to(&log_made.lr, losses_of(&log_made), &answer);
        bool right = judge(&log_made, &answer) == RIGHT;
        if (!right)
            *kind = cut + 1;
        if (!right || !length_is_right(&answer))
            *length = cut + 1;
    }
}

void stable_after(void)
{
    static const int quarters[] = {CUTS / 4, CUTS / 2, 3 * CUTS / 4, CUTS};
    printf(
        "\n%% of logs whose kind (and length within 1 %%) is right and stays right from\n"
        "%-28s %11s %11s %11s %11s\n",
        "a share of the cycle on", "25 %", "50 %", "75 %", "100 %");
    for (size_t type = 0; type < recipe_type_count; type++) {
        unsigned kinds[4] = {0}, lengths[4] = {0};
        for (unsigned number = 0; number < STABLE_PER_TYPE; number++) {
            int kind, length;
            first_stable(&recipe_types[type], 100000 + number, &kind, &length);
            for (int q = 0; q < 4; q++) {
                kinds[q] += kind < quarters[q];
                lengths[q] += length < quarters[q];
            }
        }
        printf("%-28s", recipe_types[type].name);
        for (int q = 0; q < 4; q++)
            printf("  %3.0f  (%3.0f)", 100.0 * kinds[q] / STABLE_PER_TYPE,
                   100.0 * lengths[q] / STABLE_PER_TYPE);
        printf("\n");
    }
}
