/* A series as it is drawn: no more points than were asked for, and no spike lost. */
#ifndef API_THIN_H
#define API_THIN_H

#include "api/curve.h"
#include "base/json_out.h"
#include "core/downsample.h"

struct nonfinite {
    double x, value;
};
struct thin {
    struct downsample_out out; /* smooth is NULL where nothing is smoothed */
    bool thinned;
    size_t in_range;             /* points, without the ones beyond its ends */
    struct nonfinite *nonfinite; /* SERIES_NONFINITE_MAX at most */
    size_t nonfinite_count;      /* all of them */
};

/* In the arena: at most `points` of the curve that the query asks for. One that has very
   many is never in memory as a whole; over steps and without smoothing it is made from
   what the store knows of stretches of it, and its buckets are then not exact
   (downsampler). */
MUST_CHECK enum status thin_load(const struct curve_run *run, const struct metric *metric,
                                 const struct curve_query *query, size_t points,
                                 struct arena *arena, struct thin *out, struct err *err);
/* The members of an object that is open. */
void thin_write(struct json_out *json, const struct thin *thin);

/* Room in the arena for a curve that is thinned to so many points. */
MUST_CHECK enum status thin_room(struct arena *arena, size_t points,
                                 struct downsample_out *out, struct err *err);
/* `key` with an array of numbers. */
void column_write(struct json_out *json, const char *key, const double *values,
                  size_t count);

#endif
