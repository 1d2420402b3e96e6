/* Private to core/fit: the usable points of a column, and what can be seen in them before
   any schedule is tried. */
#ifndef CORE_FIT_POINTS_H
#define CORE_FIT_POINTS_H

#include "core/fit/fit.h"

#define FIT_PI         3.14159265358979323846
#define FIT_POINTS     256 /* points a trial is scored on */
#define FIT_POINTS_MIN 3   /* fewer fit anything */

struct fit_data {
    const double *x, *y; /* steps and rates, every usable point */
    size_t count;
    double score_x[FIT_POINTS], score_y[FIT_POINTS]; /* spread over all, ends included */
    double score_error[FIT_POINTS];                  /* what rounding may have changed */
    size_t score_count;
    double low, high, range; /* of y; range > 0 */
    double grid; /* the column was rounded to multiples of this; 0: it was not */
    int digits;  /* it was rounded to so many significant digits; 0: it was not */
    double high_decade, high_unit; /* of the highest value: its power of ten, and what its
                                      last digit is worth */
    bool float32;                  /* every value is one of single precision */
    double rounding; /* root mean square of what rounding may have changed, by range */
    double noise;    /* excess below which a column is explained, relative to range */
    double first;    /* the step that should have t = 0 */
    double natural;  /* the same, one later where the log is a step early */
    double planned;  /* the step after the last planned one, 0 unknown */
    bool sparse;
    bool exact;    /* taken as if nothing had been rounded */
    bool averaged; /* try means over [t, t + 1); x then holds the middle */
    struct schedule_stairs stairs; /* every > 0: x counts stairs */
    enum schedule_unit unit;
};

/* work: room for 2 * lr->count doubles; out points into it. count < 3: nothing else is
   filled in. */
void fit_prepare(const struct series *lr, int64_t planned, double *work,
                 struct fit_data *out);
static inline double fit_last_x(const struct fit_data *data)
{
    return data->x[data->count - 1];
}
/* All but the first three and what the caller asks for, from those. */
void fit_describe(struct fit_data *data);
/* The same points, taken as means over the step that begins with them. Changes x. */
void fit_take_averages(double *work, struct fit_data *data);
/* Whether the rate only changes once in so many steps, three or more, as when batches are
   logged and the scheduler counts epochs. Levels of a StepLR are stairs too, and any
   curve may lie behind them. */
bool fit_find_stairs(const struct fit_data *data, struct schedule_stairs *out);
/* One point for each stair. Changes x and y. */
void fit_take_stairs(double *work, struct fit_data *data,
                     const struct schedule_stairs *stairs);
/* Picks the points to score on, and sets rounding and noise; more of them from a short
   climb of so many points. */
void fit_pick_points(struct fit_data *data, size_t climb);
bool fit_is_rounded(const struct fit_data *data);
/* Too coarsely rounded to tell shapes of few parameters from those of many. */
bool fit_is_coarse(const struct fit_data *data);
/* What rounding may have changed about a value. */
double fit_rounding(const struct fit_data *data, double y);
/* The coarsest power of ten of which every value is a multiple, between range and finest;
   else 0. */
double fit_grid(const double *value, size_t count, double range, double finest);

#endif
