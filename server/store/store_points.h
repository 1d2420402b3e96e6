/* Points of one metric: read into an arena, or shown as they lie. The rest of the
   contract is that of store.h. */
#ifndef STORE_STORE_POINTS_H
#define STORE_STORE_POINTS_H

#include "store/store.h"

/* Points of one metric with from <= step <= to, by rising step. wider: also one point
   beyond each end, if there is one; so an empty range, from = to + 1, gives the points on
   either side of a place. */
struct points {
    int64_t *step, *time_ms;
    double *value;
    size_t count;
};
MUST_CHECK enum status store_points_read(struct store *store, int64_t metric_key,
                                         int64_t from, int64_t to, bool wider,
                                         struct arena *arena, struct points *out,
                                         struct err *err);

/* What is read in between is of one moment. May be nested. The end belongs to a begin
   that was ST_OK. */
MUST_CHECK enum status store_read_begin(struct store *store, struct err *err);
void store_read_end(struct store *store);

/* What is known of points that lie together, count >= 1. min and max are over finite
   values (NaN without any); last is at last_step, any double. */
struct stretch {
    int64_t first_step, last_step;
    uint32_t count, nonfinite_count;
    double min, max, last;
};
/* Shows the points with from <= step <= to, by rising step: whole stretches of them where
   that is enough, so that a long curve is drawn without looking at each point. */
struct points_visitor {
    void *data;
    /* A stretch within the range: true takes it, false asks for its parts. NULL: every
       point is wanted. */
    bool (*take)(void *data, const struct stretch *stretch);
    /* The next points, at least one; gone after the call. False ends the walk. */
    bool (*points)(void *data, const struct points *points);
};
MUST_CHECK enum status store_points_walk(struct store *store, int64_t metric_key,
                                         int64_t from, int64_t to,
                                         const struct points_visitor *visitor,
                                         struct err *err);

#endif
