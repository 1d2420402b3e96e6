/* Runs made to order for the tests of the diagnosis: every curve by a formula. */
#ifndef TESTS_UNIT_MADE_RUN_H
#define TESTS_UNIT_MADE_RUN_H

#include "core/diagnose/diagnose.h"
#include "near.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MADE_POINTS_MAX = 12000 };

struct made_run {
    struct history history;
    struct schedule declared;
    struct diagnosis diagnosis;
    int64_t step[ROLE_COUNT][MADE_POINTS_MAX];
    double value[ROLE_COUNT][MADE_POINTS_MAX];
};

/* An ended run without curves. The caller frees it with made_run_free. */
static inline struct made_run *made_run_new(void)
{
    struct made_run *run = calloc(1, sizeof *run);
    assert_non_null(run);
    run->history.ended = true;
    run->history.val_metric_higher = true;
    run->history.baseline_final = NAN;
    return run;
}

static inline void made_run_free(struct made_run *run)
{
    free(run);
}

/* Gives a role `count` points, at steps 1, 2, ..., of one value. */
static inline void made_flat(struct made_run *run, enum role role, size_t count,
                             double value)
{
    for (size_t i = 0; i < count; i++) {
        run->step[role][i] = (int64_t)i + 1;
        run->value[role][i] = value;
    }
    run->history.curve[role] = (struct series){run->step[role], run->value[role], count};
}

/* Falls (or rises) exponentially: most of the way in the first half. */
static inline void made_fall(struct made_run *run, enum role role, size_t count,
                             const double ends[2])
{
    made_flat(run, role, count, 0);
    for (size_t i = 0; i < count; i++)
        run->value[role][i] =
            ends[1] + (ends[0] - ends[1]) * exp(-5.0 * (double)i / (double)count);
}

/* Straight from one value at index `from` to another at index `to`. */
static inline void made_line(struct made_run *run, enum role role, const size_t index[2],
                             const double ends[2])
{
    for (size_t i = index[0]; i <= index[1]; i++)
        run->value[role][i] = ends[0] + (ends[1] - ends[0]) * (double)(i - index[0]) /
                                            (double)(index[1] - index[0]);
}

/* Adds the same pseudo-random jumps, uniform in [-size, size], in every run. */
static inline void made_noise(struct made_run *run, enum role role, double size)
{
    uint32_t state = 12345;
    for (size_t i = 0; i < run->history.curve[role].count; i++) {
        state = state * 1664525u + 1013904223u;
        run->value[role][i] += size * ((double)(state >> 8) / (1 << 23) - 1);
    }
}

static inline void made_set(struct made_run *run, enum role role, const size_t index[2],
                            double value)
{
    for (size_t i = index[0]; i <= index[1]; i++)
        run->value[role][i] = value;
}

/* Every stride-th point of a curve is kept: evaluations between the training steps. */
static inline void made_thin(struct made_run *run, enum role role, size_t stride)
{
    size_t kept = 0;
    for (size_t i = stride - 1; i < run->history.curve[role].count; i += stride) {
        run->step[role][kept] = run->step[role][i];
        run->value[role][kept++] = run->value[role][i];
    }
    run->history.curve[role].count = kept;
}

static inline struct schedule made_schedule(const char *type, const char *length_name,
                                            double length)
{
    struct schedule schedule = {.part_count = 1};
    const struct schedule_type *row = schedule_type_find(type);
    assert_non_null(row);
    schedule.parts[0] = schedule_part_default(row);
    schedule.parts[0].param[0] = 0.1;
    if (length_name)
        schedule.parts[0].param[schedule_param_find(row, length_name)] = length;
    return schedule;
}

/* The run declares a schedule with base_lr 0.1. */
static inline void made_declare(struct made_run *run, const char *type,
                                const char *length_name, double length)
{
    run->declared = made_schedule(type, length_name, length);
    run->history.declared = &run->declared;
}

/* `count` epochs of LR as a schedule gives them. */
static inline void made_lr(struct made_run *run, size_t count,
                           const struct schedule *schedule)
{
    made_flat(run, ROLE_LR, count, 0);
    for (size_t i = 0; i < count; i++)
        run->value[ROLE_LR][i] = schedule_lr(schedule, (double)i);
}

/* Both losses fall smoothly, LR on its declared cosine: nothing to say. */
static inline struct made_run *made_healthy(size_t count)
{
    struct made_run *run = made_run_new();
    made_fall(run, ROLE_TRAIN_LOSS, count, (double[]){2.3, 0.4});
    made_fall(run, ROLE_VAL_LOSS, count, (double[]){2.4, 0.45});
    made_declare(run, "CosineAnnealingLR", "T_max", (double)count);
    made_lr(run, count, &run->declared);
    return run;
}

static inline void made_diagnose(struct made_run *run)
{
    void *work = malloc(diagnose_work_size(&run->history));
    assert_non_null(work);
    diagnose(&run->history, work, &run->diagnosis);
    free(work);
}

static inline const struct finding *made_find(const struct made_run *run,
                                              const char *rule)
{
    for (size_t i = 0; i < run->diagnosis.finding_count; i++) {
        if (!strcmp(run->diagnosis.findings[i].rule->name, rule))
            return &run->diagnosis.findings[i];
    }
    return NULL;
}

/* The finding of a rule that has to be there. */
static inline const struct finding *made_expect(const struct made_run *run,
                                                const char *rule)
{
    const struct finding *finding = made_find(run, rule);
    if (!finding) {
        fail_msg("no finding %s", rule);
        abort(); /* fail_msg never returns, which compilers do not know */
    }
    return finding;
}

static inline double made_evidence(const struct finding *finding, const char *name)
{
    for (size_t i = 0; i < finding->evidence_count; i++) {
        if (!strcmp(finding->evidence[i].name, name))
            return finding->evidence[i].value;
    }
    fail_msg("no evidence named %s", name);
    return NAN;
}

/* --- tables: each row a test of its own --- */

enum { SILENT = -1 };

struct rule_row {
    const char *name;
    struct made_run *(*make)(void);
    const char *rule;
    int expected; /* SILENT or the severity of the finding */
};

static inline void run_rule_row(void **state)
{
    const struct rule_row *row = *state;
    struct made_run *run = row->make();
    made_diagnose(run);
    const struct finding *finding = made_find(run, row->rule);
    int severity = finding ? (int)finding->severity : SILENT;
    if (severity != row->expected && finding)
        print_error("%s\n", finding->message);
    assert_int_equal(severity, row->expected);
    if (finding) {
        assert_true(finding->message[0] && finding->advice[0]);
        assert_true(finding->to_step >= finding->from_step);
    }
    made_run_free(run);
}

/* Fills tests with one test for each row; returns how many. */
static inline size_t rule_rows(const struct rule_row *rows, size_t count,
                               struct CMUnitTest *tests)
{
    for (size_t i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){.name = rows[i].name,
                                       .test_func = run_rule_row,
                                       .initial_state = (void *)(uintptr_t)&rows[i]};
    return count;
}

#endif
