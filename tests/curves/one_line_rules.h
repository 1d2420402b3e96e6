/* Overfitting rules that a user could write in one line, to measure ours against. */
#ifndef TESTS_CURVES_ONE_LINE_RULES_H
#define TESTS_CURVES_ONE_LINE_RULES_H

#include "core/series.h"

#include <math.h>
#include <stdbool.h>

/* Ten evaluations without a new best value. */
static inline bool patience_of_10(const struct series *train, const struct series *val)
{
    (void)train;
    size_t best = series_best(val, 1);
    return best < val->count && val->count - 1 - best >= 10;
}

static inline double last_of(const struct series *series)
{
    return series->count ? series->value[series->count - 1] : NAN;
}

static inline bool gap_of_10_percent(const struct series *train, const struct series *val)
{
    return last_of(val) > 1.1 * last_of(train);
}

/* Prechelt 1998: generalisation loss 100 (E / E_opt - 1) > 5. */
static inline bool generalisation_loss_5(const struct series *train,
                                         const struct series *val)
{
    (void)train;
    size_t best = series_best(val, 1);
    return best < val->count && 100 * (last_of(val) / val->value[best] - 1) > 5;
}

/* Spearman's rank correlation of validation loss with time over the last half, above
   0.5. Ranks by counting: quadratic, and short. */
static inline bool spearman_rises(const struct series *train, const struct series *val)
{
    (void)train;
    const double *v = val->value + val->count / 2;
    size_t count = val->count - val->count / 2;
    double sum = 0, n = (double)count;
    for (size_t i = 0; i < count; i++) {
        size_t rank = 0;
        for (size_t j = 0; j < count; j++)
            rank += v[j] < v[i] || (v[j] == v[i] && j < i);
        double difference = (double)rank - (double)i;
        sum += difference * difference;
    }
    return count > 2 && 1 - 6 * sum / (n * (n * n - 1)) > 0.5;
}

enum { ONE_LINE_RULES = 4 };
static const struct {
    const char *name;
    bool (*holds)(const struct series *train, const struct series *val);
} one_line_rules[ONE_LINE_RULES] = {{"patience of 10", patience_of_10},
                                    {"gap of 10 %", gap_of_10_percent},
                                    {"Prechelt's GL5", generalisation_loss_5},
                                    {"Spearman > 0.5 over last half", spearman_rises}};

#endif
