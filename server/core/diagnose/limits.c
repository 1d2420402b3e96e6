#include "core/diagnose/limits.h"

/* Chosen on the tuning fold of the labelled runs, each in the middle of the range in
   which nothing much changes there (docs/diagnosis.md, "How right it is"). */
const struct limits limits_standing = {
    .rise_share = 0.03125,
    .rise_range = 0.125,
    .rise_pace = 0.0625,
    .rise_young = 0.01953125,
    .rise_few = 5,
    .rise_few_share = 0.25,
    .rise_errors = 4.5,
    .rise_trend = 2.75,
    .rise_wander = 4,
    .rise_far = 0.5,
    .rise_train_share = 0.03125,
    .rise_train_errors = 3,
    .rough = 0.09375,
    .rough_live = 0.125,
    .blow_up_ratio = 1.375,
    .blow_up_back = 0.25,
    .blow_up_noises = 4,
    .blow_up_back_only = 0.5,
    .blow_up_ratio_few = 3,
    .learn_way = 0.015625,
    .learn_trend = 2.25,
    .learn_trend_live = 1.5,
    .stall_gain = 0.03125,
    .stall_done = 0.203125,
    .leak_ratio = 0.796875,
    .leak_below = 0.875,
    .leak_scale = 0.203125,
    .leak_trend_live = 2,
};

#define ROW(member, rule)                              \
    {                                                  \
#member, rule, offsetof(struct limits, member) \
    }

const struct limit_row limit_rows[] = {
    ROW(rise_share, "overfitting"),
    ROW(rise_range, "overfitting"),
    ROW(rise_pace, "overfitting"),
    ROW(rise_young, "overfitting"),
    ROW(rise_few, "overfitting"),
    ROW(rise_few_share, "overfitting"),
    ROW(rise_errors, "overfitting"),
    ROW(rise_trend, "overfitting"),
    ROW(rise_wander, "overfitting"),
    ROW(rise_far, "overfitting"),
    ROW(rise_train_share, "overfitting"),
    ROW(rise_train_errors, "overfitting"),
    ROW(rough, "noisy_loss"),
    ROW(rough_live, "noisy_loss"),
    ROW(blow_up_ratio, "divergence"),
    ROW(blow_up_back, "divergence"),
    ROW(blow_up_noises, "divergence"),
    ROW(blow_up_back_only, "divergence"),
    ROW(blow_up_ratio_few, "divergence"),
    ROW(learn_way, "not_learning"),
    ROW(learn_trend, "not_learning"),
    ROW(learn_trend_live, "not_learning"),
    ROW(stall_gain, "not_learning"),
    ROW(stall_done, "not_learning"),
    ROW(leak_ratio, "leakage_suspected"),
    ROW(leak_below, "leakage_suspected"),
    ROW(leak_scale, "leakage_suspected"),
    ROW(leak_trend_live, "leakage_suspected"),
    {NULL, NULL, 0},
};
