/* The thresholds of the rules on losses that labelled runs can judge, as one value: the
   bench moves each by itself and prints what comes of it (docs/diagnosis.md). All are
   exact in binary, so that a test can stand on them. */
#ifndef CORE_DIAGNOSE_LIMITS_H
#define CORE_DIAGNOSE_LIMITS_H

#include <stddef.h>

struct limits {
    /* overfitting: the level of validation loss above its lowest, as a share of that, and
       of the spread for losses that are not above zero */
    double rise_share, rise_range;
    /* ... while a run goes on: this share of a run for a rise as old as the run, less for
       a younger one, down to the second; but this share over the number of evaluations
       where they are few, up to the last */
    double rise_pace, rise_young, rise_few, rise_few_share;
    /* ... out of its noise: sharply (standard errors of a median of three) or steadily
       (Mann and Kendall's z of all evaluations since the lowest level, and sigmas of the
       levels' own jumps) */
    double rise_errors, rise_trend;
    /* ... and this many times as far as the levels went up and came back, or down, unless
       its share is above the second */
    double rise_wander, rise_far;
    /* ... while training loss fell on: as a share, and in standard errors */
    double rise_train_share, rise_train_errors;
    /* noisy_loss: the size that three of four jumps stay below, in sigmas, as a share of
       the spread: of a whole run, of one that goes on, and of the first of its points; a
       spread below this share of the level is flat: of a whole run, of one that goes on
     */
    double rough, rough_live, rough_few_live, rough_flat, rough_flat_live;
    /* divergence: the level of the end over the lowest, the share of the way back up, the
       sigmas above it; the share for losses that are not above zero, the ratio for few
       points */
    double blow_up_ratio, blow_up_back, blow_up_noises, blow_up_back_only,
        blow_up_ratio_few;
    /* not_learning: a way below this share of the level, or a trend down below this z: of
       a whole run, and of one that goes on; a stall: a gain below this share of the way
       while above this share of the first level */
    double learn_way, learn_trend, learn_trend_live, stall_gain, stall_done;
    /* ... with a standard error of the gain below this share of the way. While a run goes
       on only noise hides a fall: jumps above this share of the spread */
    double stall_error, learn_rough_live;
    /* leakage_suspected: validation over training loss, the share of evaluations below
       training, and the ratio below which the two are hardly on one scale */
    double leak_ratio, leak_below, leak_scale;
    /* ... and, while a run goes on, below this ratio, and not while it climbs, with this
       z */
    double leak_ratio_live, leak_trend_live;
};

/* The ones in use. */
extern const struct limits limits_standing;

/* One row for each member above, ended by a name of NULL. */
struct limit_row {
    const char *name, *rule;
    size_t offset; /* of the double in struct limits */
};
extern const struct limit_row limit_rows[];

#endif
