#include "curves/diagnosis/one_line_rules.h"

#include <math.h>

static double last_of(const struct series *series)
{
    return series->count ? series->value[series->count - 1] : NAN;
}

static double best_of(const struct series *series)
{
    size_t best = series_best(series, 1);
    return best < series->count ? series->value[best] : NAN;
}

/* Ten evaluations without a new best value. */
static bool patience_of_10(const struct series *train, const struct series *val)
{
    (void)train;
    size_t best = series_best(val, 1);
    return best < val->count && val->count - 1 - best >= 10;
}

static bool gap_of_10_percent(const struct series *train, const struct series *val)
{
    return last_of(val) > 1.1 * last_of(train);
}

/* Prechelt 1998: generalisation loss 100 (E / E_opt - 1) > 5. */
static bool generalisation_loss_5(const struct series *train, const struct series *val)
{
    (void)train;
    return 100 * (last_of(val) / best_of(val) - 1) > 5;
}

static double train_at(const struct series *train, int64_t step)
{
    size_t next = series_lower_bound(train, step + 1);
    return next ? train->value[next - 1] : NAN;
}

/* Spearman's rank correlation of validation with training loss below 0. Ranks by
   counting: quadratic, and short. */
static bool spearman_below_0(const struct series *train, const struct series *val)
{
    double sum = 0, n = (double)val->count;
    for (size_t i = 0; i < val->count; i++) {
        double train_i = train_at(train, val->step[i]), rank = 0;
        for (size_t j = 0; j < val->count; j++) {
            double train_j = train_at(train, val->step[j]);
            rank += (val->value[j] < val->value[i]) - (train_j < train_i);
        }
        sum += rank * rank;
    }
    return val->count > 2 && 1 - 6 * sum / (n * (n * n - 1)) < 0;
}

static bool val_last_above_1_2_min(const struct series *train, const struct series *val)
{
    (void)train;
    return last_of(val) > 1.2 * best_of(val);
}

static bool val_last_above_1_5_min(const struct series *train, const struct series *val)
{
    (void)train;
    return last_of(val) > 1.5 * best_of(val);
}

static bool last_above_1_2_min(const struct series *train, const struct series *val)
{
    return val_last_above_1_2_min(val, train);
}

static bool last_above_1_5_min(const struct series *train, const struct series *val)
{
    return val_last_above_1_5_min(val, train);
}

static bool last_is_nan(const struct series *train, const struct series *val)
{
    (void)val;
    return train->count && !isfinite(last_of(train));
}

static bool jumps(const struct series *loss)
{
    double sum = 0, low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < loss->count; i++) {
        low = fmin(low, loss->value[i]);
        high = fmax(high, loss->value[i]);
        if (i)
            sum += fabs(loss->value[i] - loss->value[i - 1]);
    }
    return loss->count > 9 && sum / (double)(loss->count - 1) > 0.1 * (high - low);
}

static bool mean_jump_of_10_percent(const struct series *train, const struct series *val)
{
    return jumps(train) || jumps(val);
}

static bool last_above_0_9_first(const struct series *train, const struct series *val)
{
    (void)val;
    return train->count > 9 && last_of(train) > 0.9 * train->value[0];
}

static bool no_best_in_last_half(const struct series *train, const struct series *val)
{
    (void)val;
    return train->count > 9 && series_best(train, 1) < train->count / 2;
}

static bool val_below_train(const struct series *train, const struct series *val)
{
    return last_of(val) < last_of(train);
}

static bool val_below_0_8_train(const struct series *train, const struct series *val)
{
    return last_of(val) < 0.8 * last_of(train);
}

const struct one_line_rule one_line_rules[ONE_LINE_RULES] = {
    {OVERFITTING, "patience of 10", patience_of_10},
    {OVERFITTING, "last val > 1.1 x last train", gap_of_10_percent},
    {OVERFITTING, "Prechelt's GL5", generalisation_loss_5},
    {OVERFITTING, "Spearman of val and train < 0", spearman_below_0},
    {OVERFITTING, "last val > 1.2 x min", val_last_above_1_2_min},
    {OVERFITTING, "last val > 1.5 x min", val_last_above_1_5_min},
    {NOISY_LOSS, "mean jump > 10 % of the range", mean_jump_of_10_percent},
    {DIVERGENCE, "last train > 1.2 x min", last_above_1_2_min},
    {DIVERGENCE, "last train > 1.5 x min", last_above_1_5_min},
    {DIVERGENCE, "last train is NaN", last_is_nan},
    {NOT_LEARNING, "last train > 0.9 x first", last_above_0_9_first},
    {NOT_LEARNING, "no new best in the last half", no_best_in_last_half},
    {LEAKAGE, "last val < last train", val_below_train},
    {LEAKAGE, "last val < 0.8 x last train", val_below_0_8_train},
};
