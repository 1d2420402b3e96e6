/* Private to core/fit: a trial is a schedule that might explain the column. Every
   family builds its trials, most usual first, and offers them; the amplitudes are then
   least squares in the schedule's own arithmetic, so what is scored is what is reported.
 */
#ifndef CORE_FIT_TRIAL_H
#define CORE_FIT_TRIAL_H

#include "core/fit/fit.h"

#define FIT_POINTS 256 /* points a trial is scored on */

/* The usable points, and what holds for all of them. */
struct fit_data {
    const double *x, *y; /* steps and rates, every point */
    size_t count;
    double score_x[FIT_POINTS], score_y[FIT_POINTS]; /* evenly picked, ends included */
    size_t score_count;
    double low, high, range; /* of y; range > 0 */
    double grid;    /* the column was rounded to multiples of this; 0: it was not */
    double noise;   /* rms / range below which two trials are equally good */
    double natural; /* the step that should have t = 0 */
    double planned; /* the step after the last planned one, 0 unknown */
    bool sparse;
    enum schedule_unit unit;
};

/* A straight climb at the start: y = slope (x - zero) up to the peak. */
struct fit_rise {
    bool found;
    double zero, slope;
    size_t peak; /* index of the first point at the top; 0 without a rise */
};

struct fit_trial {
    struct schedule schedule;
    double origin;
    double rms;    /* over the score points, relative to range */
    double excess; /* the same of what half the last digit of a rounded log leaves over */
    bool free_eta; /* eta_min is fitted, not 0 */
    double covered; /* share of its one descent that was seen, 0 to 1 */
};

/* The best trial so far. */
struct fit_search {
    const struct fit_data *data;
    const struct fit_rise *rise;
    struct fit_trial best;
    bool found;
    double limit; /* excess that the best one was accepted under */
};

/* The coarsest power of ten of which every value is a multiple, when it is coarser than
   range / 200; else 0. */
double fit_grid(const double *value, size_t count, double range);

/* An empty part of this type with base_lr 1; then its parameters by name. */
struct schedule_part fit_part(const char *type);
void fit_set(struct schedule_part *part, const char *param, double value);

/* Where the descent begins: with the log, or where the climb reaches the top. */
double fit_start(const struct fit_search *search);

/* Starts a trial whose descent begins at `start`: origin, and the warm-up when there is
   one. Append the rest with fit_append. */
void fit_begin(const struct fit_search *search, double start, struct fit_trial *trial);
/* Adds a part that takes over at step `from`. */
void fit_append(struct fit_trial *trial, const struct schedule_part *part, double from);

/* Sets base_lr and eta_min by least squares, rms and excess. Returns rms. */
double fit_score(const struct fit_data *data, struct fit_trial *trial);
/* Takes the trial (scored anew) when it lies below limit and is clearly better than the
   best one so far. */
void fit_offer(struct fit_search *search, struct fit_trial *trial, double limit);

/* Least squares y = at + slope x over [first, end). */
void fit_line(const struct fit_data *data, size_t first, size_t end, double *at,
              double *slope);

/* The families, in the order in which they are asked. */
void fit_steps(struct fit_search *search);
void fit_restarts(struct fit_search *search);
void fit_lines(struct fit_search *search);
void fit_exponential(struct fit_search *search);
void fit_cosines(struct fit_search *search);

#endif
