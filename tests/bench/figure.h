/* What was measured, beside what it could be at most: samples, repetitions, the table and
   the JSON file. */
#ifndef BENCH_FIGURE_H
#define BENCH_FIGURE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Durations of one repetition, microseconds. Zero it before use. */
struct samples {
    uint32_t *us; /* owned */
    size_t count, capacity;
};

void samples_add(struct samples *samples, int64_t us); /* out of memory: dropped */
void samples_release(struct samples *samples);
/* The value that a share (0 to 1) of the samples does not exceed, in ms. Sorts. NaN
   without samples. */
double samples_quantile_ms(struct samples *samples, double share);

#define REPETITIONS_MAX 16
#define FIGURES_MAX     160

/* One number per repetition. */
struct repetitions {
    double value[REPETITIONS_MAX];
    size_t count;
};

void repetitions_add(struct repetitions *repetitions, double value);
double repetitions_median(const struct repetitions *repetitions); /* NaN when empty */

/* A row of the table. The ceiling is what the same machine reached in the same run
   without epochd; it may be empty. */
struct figure {
    char name[64];
    const char *unit;
    const char *ceiling_name; /* what the ceiling is; NULL without one */
    const char *aim;          /* what is wanted, for people to read; or NULL */
    bool smaller_is_better;   /* a time or a size rather than a rate */
    struct repetitions value, ceiling;
};

/* How near the median is to the ceiling: 1 = as good. NaN without a ceiling. */
double figure_ratio(const struct figure *figure);

struct report {
    struct figure figures[FIGURES_MAX];
    size_t count;
};

/* A new row; asserts that there is room. */
struct figure *report_add(struct report *report, const char *name, const char *unit,
                          const char *ceiling_name);

/* Says what is wanted of a row; gives it back. The text is borrowed. */
struct figure *figure_aim(struct figure *figure, const char *aim);

/* Two rows, "NAME p50" and "NAME p99" in ms. */
struct latency_figure {
    struct figure *p50, *p99;
};
struct latency_figure report_add_latency(struct report *report, const char *name,
                                         const char *ceiling_name);
void latency_figure_add(struct latency_figure *figure, struct samples *value,
                        struct samples *ceiling);

/* Prints rows from `from` on as an aligned table. */
void report_print(const struct report *report, size_t from);

/* Writes the file; its folder must be there. machine: one line about where this ran. */
MUST_CHECK enum status report_write(const struct report *report, const char *path,
                                    const char *machine, struct err *err);

#endif
