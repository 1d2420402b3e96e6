/* One metric of one run as a curve over the x axis that was asked for. */
#ifndef API_CURVE_H
#define API_CURVE_H

#include "api/param.h"
#include "api/run_json.h"
#include "store/store_points.h"

enum x_axis { X_STEP, X_EPOCH, X_RELATIVE, X_TIME };
extern const char *const x_axis_names[]; /* "step", ..., NULL */

struct curve_query {
    enum x_axis x;
    struct step_range range;
    double half_life;           /* in steps; 0 = no smoothing */
    const struct points *minus; /* the values are told less these; NULL = as they are */
};

/* Columns of equal length by rising, finite x; the arena's. One point beyond each end of
   the range is there too. */
struct curve {
    double *x, *value;
    double *smooth; /* NULL without half_life */
    int64_t *step;
    size_t count;
    size_t in_range; /* without the points beyond */
};

/* What the x axis needs to know of a run; read once per run. */
struct curve_run {
    struct store *store;
    const struct run_view *view;
    int64_t start_ms;     /* of the run's first point */
    struct points epochs; /* the metric `epoch` of a run that counts steps; finite */
};
MUST_CHECK enum status curve_run_open(struct store *store, const struct run_view *view,
                                      enum x_axis x, struct arena *arena,
                                      struct curve_run *out, struct err *err);

/* Where a point lies on the axis. *epoch is 0 at first; steps rise from call to call. */
struct curve_place {
    int64_t step, time_ms;
};
double curve_x(const struct curve_run *run, enum x_axis axis,
               const struct curve_place *at, size_t *epoch);

/* What `minus` wants: the finite points of the metric of that name or role, none where
   the run has no such metric. */
MUST_CHECK enum status curve_minus_load(struct store *store, const struct run_view *view,
                                        const char *metric, struct arena *arena,
                                        struct points *out, struct err *err);

/* Less the line through `minus`, at the same step; without the points before its first
   and after its last, where there is nothing to hold them against. */
MUST_CHECK enum status curve_load(const struct curve_run *run,
                                  const struct metric *metric,
                                  const struct curve_query *query, struct arena *arena,
                                  struct curve *out, struct err *err);

#endif
