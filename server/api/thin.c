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

/* --- as the store shows them --- */

/* One series being thinned. Two walks: a survey of what there is, then the buckets. */
struct thinning {
    const struct curve_run *run;
    int64_t metric_key;
    const struct curve_query *query;
    struct step_range range; /* up to one point beyond each end */
    size_t points;
    struct arena *arena;
    struct thin *out;
    /* of the survey */
    size_t drawn;
    int64_t first, last; /* steps of the first and last one that are drawn */
    double last_x;
    bool falls; /* x does not rise with the steps */
    /* of each walk */
    size_t epoch; /* for curve_x */
    struct ema ema;
    struct downsampler downsampler;
    bool begun;
};

/* Only then does a stretch say all that is needed. */
static bool is_plain(const struct thinning *t)
{
    bool over_steps =
        t->query->x == X_STEP || (t->query->x == X_EPOCH && !t->run->epochs.count);
    return over_steps && !(t->query->half_life > 0);
}

static void note_drawn(struct thinning *t, int64_t first, int64_t last, double last_x)
{
    if (!t->drawn)
        t->first = first;
    t->falls = t->falls || (t->drawn && last_x < t->last_x);
    t->last = last;
    t->last_x = last_x;
}

static bool survey_stretch(void *data, const struct stretch *stretch)
{
    struct thinning *t = data;
    if (stretch->nonfinite_count)
        return false;
    note_drawn(t, stretch->first_step, stretch->last_step, (double)stretch->last_step);
    t->drawn += stretch->count;
    t->out->in_range += stretch->count;
    return true;
}

static double x_of(struct thinning *t, const struct points *points, size_t i)
{
    struct curve_place at = {points->step[i], points->time_ms[i]};
    return curve_x(t->run, t->query->x, &at, &t->epoch);
}

static bool survey_points(void *data, const struct points *points)
{
    struct thinning *t = data;
    t->out->in_range += points->count;
    for (size_t i = 0; i < points->count; i++) {
        double x = x_of(t, points, i);
        if (!isfinite(points->value[i])) {
            add_nonfinite(t->out, x, points->value[i]);
            continue;
        }
        note_drawn(t, points->step[i], points->step[i], x);
        t->drawn++;
    }
    return !t->falls;
}

static bool fill_stretch(void *data, const struct stretch *s)
{
    struct thinning *t = data;
    struct downsample_piece piece = {(double)s->last_step, s->last, s->min, s->max, 0};
    if (!t->begun || s->nonfinite_count || s->first_step <= t->first ||
        s->last_step >= t->last ||
        (double)(s->last_step - s->first_step) > t->downsampler.narrow)
        return false;
    downsample_add(&t->downsampler, &piece);
    return true;
}

static void fill_piece(struct thinning *t, int64_t step,
                       const struct downsample_piece *piece)
{
    if (step == t->first)
        downsample_begin(&t->downsampler, piece, t->last_x, t->points, &t->out->out);
    else if (t->begun && step < t->last)
        downsample_add(&t->downsampler, piece);
    else if (t->begun && step == t->last)
        downsample_end(&t->downsampler, piece);
    t->begun = t->begun || step == t->first;
}

static bool fill_points(void *data, const struct points *points)
{
    struct thinning *t = data;
    for (size_t i = 0; i < points->count; i++) {
        double x = x_of(t, points, i), value = points->value[i], smooth = 0;
        if (t->query->half_life > 0)
            smooth = ema_next(&t->ema, (double)points->step[i], value);
        struct downsample_piece piece = {x, value, value, value, smooth};
        if (isfinite(value))
            fill_piece(t, points->step[i], &piece);
    }
    return true;
}

/* The points next to a place: at most one below `step`, at most one from it on. */
static enum status read_around(const struct thinning *t, int64_t step, struct points *out,
                               struct err *err)
{
    return store_points_read(t->run->store, t->metric_key, step, step - 1, true, t->arena,
                             out, err);
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

static enum status walk(struct thinning *t, int64_t from,
                        const struct points_visitor *visitor, struct err *err)
{
    t->epoch = 0;
    return store_points_walk(t->run->store, t->metric_key, from, t->range.to, visitor,
                             err);
}

/* *done is false where there are too few points for that, or their order is not that of
   the steps. Smoothing looks at everything before the range. */
static enum status thin_walk(struct thinning *t, bool *done, struct err *err)
{
    bool plain = is_plain(t), smooth = t->query->half_life > 0;
    struct points_visitor survey = {t, plain ? survey_stretch : NULL, survey_points};
    struct points_visitor fill = {t, plain ? fill_stretch : NULL, fill_points};
    size_t beyond;
    enum status status = widen(t, &beyond, err);
    if (status == ST_OK)
        status = walk(t, t->range.from, &survey, err);
    *done = t->drawn >= DENSE * t->points && !t->falls;
    if (status != ST_OK || !*done)
        return status;
    t->out->in_range -= beyond;
    t->out->thinned = true;
    if (!smooth)
        t->out->out.smooth = NULL;
    return walk(t, smooth ? 0 : t->range.from, &fill, err);
}

/* Both walks see the same points. */
static enum status thin_at_once(struct thinning *t, bool *done, struct err *err)
{
    enum status status = store_read_begin(t->run->store, err);
    if (status != ST_OK)
        return status;
    status = thin_walk(t, done, err);
    store_read_end(t->run->store);
    return status;
}

/* --- both --- */

enum status thin_load(const struct curve_run *run, const struct metric *metric,
                      const struct curve_query *query, size_t points, struct arena *arena,
                      struct thin *out, struct err *err)
{
    struct thinning t = {.run = run,
                         .metric_key = metric->key,
                         .query = query,
                         .range = query->range,
                         .points = points,
                         .arena = arena,
                         .out = out,
                         .ema = {.half_life = query->half_life}};
    struct curve curve;
    bool done = false;
    *out = (struct thin){
        .nonfinite = arena_array(arena, SERIES_NONFINITE_MAX, sizeof *out->nonfinite)};
    enum status status = thin_room(arena, points, &out->out, err);
    if (status != ST_OK || !out->nonfinite)
        return arena_full(err);
    if ((size_t)metric->count >= DENSE * points && !query->minus)
        status = thin_at_once(&t, &done, err);
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
