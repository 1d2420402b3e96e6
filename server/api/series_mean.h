/* Several runs as one curve: the mean over the runs at each step, with its spread. */
#ifndef API_SERIES_MEAN_H
#define API_SERIES_MEAN_H

#include "api/curve.h"
#include "base/json_out.h"

enum series_agg { SERIES_EACH, SERIES_STD, SERIES_SEM, SERIES_MINMAX };

struct series_mean {
    struct store *store;
    const struct run_view *views;
    size_t view_count;
    const struct curve_query *query; /* its `minus` is set from `baseline` */
    const struct run_view *baseline; /* NULL, or what the values are told less */
    enum series_agg agg;             /* not SERIES_EACH */
    size_t points;                   /* at most, per series */
};

/* One series for each of the metrics (all that any run has when the list is empty), into
   the array that is open. Only finite values count. */
MUST_CHECK enum status series_mean_write(const struct series_mean *mean,
                                         const struct text_list *metrics,
                                         struct arena *arena, struct json_out *json,
                                         struct err *err);

#endif
