/* How an observed learning-rate column lies on a reference curve. */
#ifndef CORE_FIT_COMPARE_H
#define CORE_FIT_COMPARE_H

#include "core/schedule/schedule.h"
#include "core/series.h"

struct schedule_deviation {
    bool averaged; /* the point at t holds the mean over [t, t + 1): how loops log that
                      step a scheduler per batch and write one row per epoch. Applied in
                      the figures below; shift is then 0 */
    int shift;     /* best of -1, 0, +1: the point at t holds the LR of t + shift. +1 is
                      "logged one step late": read after scheduler.step(), as HF does.
                      Applied in the figures below */
    int64_t every; /* over 0: the schedule counts epochs, of so many of the column's
                      steps: the point at t holds the LR of floor(t / every) + shift */
    double max_relative; /* largest |observed - reference| / LR range of the reference */
    double rms_relative; /* root mean square of the same */
    int64_t max_at;      /* step of the largest deviation */
    int64_t leaves_at; /* first step from which the LR stays off by more than `tolerance`
                          for at least 3 points (2 at the end; a last row of 0 is passed
                          over); -1 when it never does */
    int64_t off_until; /* last step that is off by more, if leaves_at is one */
    double tolerance;  /* relative to the range, what was used (covers rounded logs) */
    size_t points;     /* compared */
};

/* The step that has t = 0: epochs -> the first logged step (whether a job counts from 0
   or 1); unit "step" -> 0 when the first step is 0 or the log is sparse, else the first
   step. A log that starts later than 1 (resumed, every fifth epoch) takes whichever of
   that, 0, 1 and one row before the first (a cool-down from a checkpoint, logged every 50
   steps) lies closest to the schedule. */
int64_t schedule_origin(const struct schedule *schedule, const struct series *lr);

/* How the column was logged, none of it a fault, in words: "one epoch late (or the
   scheduler was stepped once before the first epoch)"; "" when it is what it was at the
   time. unit: "epoch" or "step". */
#define LOGGED_WORDS_MAX 120
void schedule_logged_words(const struct schedule_deviation *how, const char *unit,
                           char out[LOGGED_WORDS_MAX]);

/* What a log of this kind (shift, averaged, every) holds at t. */
double schedule_logged(const struct schedule *schedule,
                       const struct schedule_deviation *how, double t);

void schedule_compare(const struct schedule *schedule, const struct series *lr,
                      int64_t origin, struct schedule_deviation *out);

/* The same for a schedule of epochs and a column of steps: where t = 0 is, and how many
   steps an epoch has (0: both count the same). */
struct schedule_stairs {
    int64_t from, every;
};
void schedule_compare_stairs(const struct schedule *schedule, const struct series *lr,
                             const struct schedule_stairs *stairs,
                             struct schedule_deviation *out);

#endif
