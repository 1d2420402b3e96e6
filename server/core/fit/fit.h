/* Which schedule, with which parameters, an observed learning-rate column follows. */
#ifndef CORE_FIT_FIT_H
#define CORE_FIT_FIT_H

#include "core/fit/compare.h"
#include "core/series.h"

struct schedule_fit {
    bool found; /* false: too few points, or nothing fits well enough */
    struct schedule schedule;
    int64_t origin; /* step that has t = 0 */
    struct schedule_deviation deviation;
    double confidence; /* see below; at least 0.3 */
};

/* Tries every type of the table on the column: constant, lines, steps, exponentials,
   cosines (once, again and again, lower, longer), powers, inverse square roots, cycles,
   holds with any fall after them; each with and without a warm-up, each value as it is,
   rounded, or the mean over the step that begins with it. Of several explanations the
   most usual one is taken, of several names for one curve the one whose framework counts
   in the column's unit; a cosine is never named when a line or a hold with a fall fits as
   well. docs/schedules-fit.md tells how, and how often it is right.

   Points that are not finite or negative are passed over. planned: total epochs, 0
   unknown. work: room for 2 * lr->count doubles.

   confidence is how many of such answers are right, in kind: of the made columns in `make
   bench-schedules` at least 98 % of those answered with 0.9 or more, and 97 % of those
   with 0.8 or more. Answers below 0.3 are not given. It says nothing about what the
   column cannot show: a line cut off before its end may stop anywhere. */
void schedule_fit(const struct series *lr, int64_t planned, double *work,
                  struct schedule_fit *out);

/* Whether ReduceLROnPlateau on this metric (maximize: mode "max") lays the steps of the
   column, as plateau_explains() says. out: what schedule_fit() said; when true,
   ReduceLROnPlateau with its patience takes its place. A single fall at a multiple of 10
   stays a MultiStepLR. */
bool schedule_fit_watching(const struct series *lr, const struct series *watched,
                           bool maximize, struct schedule_fit *out);

#endif
