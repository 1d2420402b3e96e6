#include "api/thin.h"

#include "base/limits.h"

#include <math.h>

/* With so many points for each that is drawn it is worth not looking at each. */
#define DENSE 16

enum status thin_room(struct arena *arena, size_t points, struct downsample_out *out,
                      struct err *err)
{
    double *room = arena_array(arena, points, 5 * sizeof *room);
    if (!room)
        return arena_full(err);
    *out = (struct downsample_out){
        .x = room,
        .value = room + points,
        .min = room + 2 * points,
        .max = room + 3 * points,
        .smooth = room + 4 * points,
    };
    return ST_OK;
}

static void add_nonfinite(struct thin *thin, double x, double value)
{
    if (thin->nonfinite_count < SERIES_NONFINITE_MAX)
        thin->nonfinite[thin->nonfinite_count] = (struct nonfinite){x, value};
    thin->nonfinite_count++;
}

/* --- from every point --- */

static void thin_curve(const struct curve *curve, size_t points, struct thin *out)
{
    struct downsample_in in = {curve->x, curve->value, curve->smooth, curve->count};
    if (!curve->smooth)
        out->out.smooth = NULL;
    out->thinned = downsample(&in, points, &out->out);
    out->in_range = curve->in_range;
    out->nonfinite_count = 0;
    for (size_t i = 0; i < curve->count; i++) {
        if (!isfinite(curve->value[i]))
            add_nonfinite(out, curve->x[i], curve->value[i]);
    }
}

/* --- from stretches --- */

/* A look through a range: how many points, and where those that are drawn begin and end.
 */
struct survey {
    struct thin *thin;
    size_t drawn;
    int64_t first, last; /* steps */
};

static void note_drawn(struct survey *survey, int64_t first, int64_t last, size_t count)
{
    if (!survey->drawn)
        survey->first = first;
    survey->last = last;
    survey->drawn += count;
}

static bool survey_stretch(void *data, const struct stretch *stretch)
{
    struct survey *survey = data;
    if (stretch->nonfinite_count)
        return false;
    note_drawn(survey, stretch->first_step, stretch->last_step, stretch->count);
    survey->thin->in_range += stretch->count;
    return true;
}

static bool survey_points(void *data, const struct points *points)
{
    struct survey *survey = data;
    survey->thin->in_range += points->count;
    for (size_t i = 0; i < points->count; i++) {
        if (isfinite(points->value[i]))
            note_drawn(survey, points->step[i], points->step[i], 1);
        else
            add_nonfinite(survey->thin, (double)points->step[i], points->value[i]);
    }
    return true;
}

/* The walk that fills the buckets. */
struct filling {
    struct downsampler downsampler;
    int64_t first, last; /* steps of the points at the ends */
};

static bool fill_stretch(void *data, const struct stretch *s)
{
    struct filling *filling = data;
    struct downsampler *d = &filling->downsampler;
    struct downsample_piece piece = {(double)s->last_step, s->last, s->min, s->max, 0};
    if (s->nonfinite_count || s->first_step <= filling->first ||
        s->last_step >= filling->last ||
        (double)(s->last_step - s->first_step) > d->narrow)
        return false;
    downsample_add(d, &piece);
    return true;
}

static bool fill_points(void *data, const struct points *points)
{
    struct filling *filling = data;
    for (size_t i = 0; i < points->count; i++) {
        double value = points->value[i];
        struct downsample_piece piece = {(double)points->step[i], value, value, value, 0};
        if (isfinite(value) && points->step[i] > filling->first &&
            points->step[i] < filling->last)
            downsample_add(&filling->downsampler, &piece);
    }
    return true;
}

/* One series being thinned. */
struct thinning {
    struct store *store;
    int64_t metric_key;
    struct step_range range; /* up to one point beyond each end */
    size_t points;
    struct arena *arena;
    struct thin *out;
};

/* The points next to a place: at most one below `step`, at most one from it on. */
static enum status read_around(const struct thinning *t, int64_t step, struct points *out,
                               struct err *err)
{
    return store_points_read(t->store, t->metric_key, step, step - 1, true, t->arena, out,
                             err);
}

/* Makes the range reach to the point before it and to the one after it. Returns how many
   points that adds. */
static enum status widen(struct thinning *t, size_t *beyond, struct err *err)
{
    struct points around;
    struct step_range range = t->range;
    enum status status = read_around(t, range.from, &around, err);
    if (status != ST_OK)
        return status;
    if (around.count && around.step[0] < range.from)
        t->range.from = around.step[0];
    status = read_around(t, range.to + 1, &around, err);
    if (status != ST_OK)
        return status;
    if (around.count && around.step[around.count - 1] > range.to)
        t->range.to = around.step[around.count - 1];
    *beyond = (size_t)(t->range.from < range.from) + (size_t)(t->range.to > range.to);
    return ST_OK;
}

/* The point at a step; one that went meanwhile is NaN. */
static enum status read_piece(const struct thinning *t, int64_t step,
                              struct downsample_piece *out, struct err *err)
{
    struct points points;
    enum status status = store_points_read(t->store, t->metric_key, step, step, false,
                                           t->arena, &points, err);
    double value = status == ST_OK && points.count ? points.value[0] : NAN;
    *out = (struct downsample_piece){(double)step, value, value, value, 0};
    return status;
}

static enum status fill(const struct thinning *t, const struct survey *survey,
                        struct err *err)
{
    struct filling filling = {.first = survey->first, .last = survey->last};
    struct points_visitor visitor = {&filling, fill_stretch, fill_points};
    struct downsample_piece first, last;
    enum status status = read_piece(t, survey->first, &first, err);
    if (status == ST_OK)
        status = read_piece(t, survey->last, &last, err);
    if (status != ST_OK)
        return status;
    downsample_begin(&filling.downsampler, &first, last.x, t->points, &t->out->out);
    status = store_points_walk(t->store, t->metric_key, t->range.from, t->range.to,
                               &visitor, err);
    downsample_end(&filling.downsampler, &last);
    return status;
}

/* *done is false where there are too few points for that. */
static enum status thin_stretches(struct thinning *t, bool *done, struct err *err)
{
    struct survey survey = {.thin = t->out};
    struct points_visitor visitor = {&survey, survey_stretch, survey_points};
    size_t beyond;
    enum status status = widen(t, &beyond, err);
    if (status == ST_OK)
        status = store_points_walk(t->store, t->metric_key, t->range.from, t->range.to,
                                   &visitor, err);
    *done = survey.drawn >= DENSE * t->points;
    if (status != ST_OK || !*done)
        return status;
    t->out->in_range -= beyond;
    t->out->thinned = true;
    t->out->out.smooth = NULL;
    return fill(t, &survey, err);
}

/* --- both --- */

static bool is_over_steps(const struct curve_run *run, const struct curve_query *query)
{
    return query->x == X_STEP || (query->x == X_EPOCH && !run->epochs.count);
}

enum status thin_load(const struct curve_run *run, const struct metric *metric,
                      const struct curve_query *query, size_t points, struct arena *arena,
                      struct thin *out, struct err *err)
{
    struct thinning t = {run->store, metric->key, query->range, points, arena, out};
    struct curve curve;
    bool done = false;
    *out = (struct thin){
        .nonfinite = arena_array(arena, SERIES_NONFINITE_MAX, sizeof *out->nonfinite)};
    enum status status = thin_room(arena, points, &out->out, err);
    if (status != ST_OK || !out->nonfinite)
        return arena_full(err);
    if (is_over_steps(run, query) && !(query->half_life > 0) &&
        (size_t)metric->count >= DENSE * points)
        status = thin_stretches(&t, &done, err);
    if (status != ST_OK || done)
        return status;
    status = curve_load(run, metric, query, arena, &curve, err);
    if (status == ST_OK)
        thin_curve(&curve, points, out);
    return status;
}

/* --- writing --- */

void column_write(struct json_out *json, const char *key, const double *values,
                  size_t count)
{
    json_key(json, key);
    json_array_begin(json);
    for (size_t i = 0; i < count; i++)
        json_double(json, values[i]);
    json_array_end(json);
}

static void write_nonfinite(struct json_out *json, const struct thin *thin)
{
    json_key(json, "nonfinite");
    json_array_begin(json);
    for (size_t i = 0; i < thin->nonfinite_count && i < SERIES_NONFINITE_MAX; i++) {
        json_object_begin(json);
        json_key_double(json, "x", thin->nonfinite[i].x);
        json_key_double(json, "kind", thin->nonfinite[i].value);
        json_object_end(json);
    }
    json_array_end(json);
    json_key_int(json, "nonfinite_count", (int64_t)thin->nonfinite_count);
}

void thin_write(struct json_out *json, const struct thin *thin)
{
    const struct downsample_out *out = &thin->out;
    json_key_int(json, "count", (int64_t)thin->in_range);
    json_key_bool(json, "downsampled", thin->thinned);
    column_write(json, "x", out->x, out->count);
    column_write(json, "value", out->value, out->count);
    if (thin->thinned) {
        column_write(json, "min", out->min, out->count);
        column_write(json, "max", out->max, out->count);
    }
    if (out->smooth)
        column_write(json, "smooth", out->smooth, out->count);
    write_nonfinite(json, thin);
}
