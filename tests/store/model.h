/* What a store should hold, kept the simple way, and its comparison with what a handle
   says. A test may define MODEL_RUNS, MODEL_METRICS and MODEL_STEPS before it includes
   this. Include after near.h. */
#ifndef TESTS_STORE_MODEL_H
#define TESTS_STORE_MODEL_H

#include "place.h"

#ifndef MODEL_RUNS
#define MODEL_RUNS    2
#define MODEL_METRICS 60
#define MODEL_STEPS   8192
#endif

struct cell {
    double value;
    int64_t time_ms;
    bool present;
};

struct model {
    struct cell cell[MODEL_RUNS][MODEL_METRICS][MODEL_STEPS];
    int64_t end[MODEL_RUNS][MODEL_METRICS]; /* last step + 1 */
    int64_t last_step[MODEL_RUNS], updated_ms[MODEL_RUNS];
    bool exists[MODEL_RUNS];
};

static inline const char *model_run(size_t r)
{
    static const char *const names[] = {"r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7"};
    assert_true(r < sizeof names / sizeof *names);
    return names[r];
}

static inline const char *const *model_metrics(void)
{
    static char text[MODEL_METRICS][16];
    static const char *names[MODEL_METRICS];
    for (int m = 0; m < MODEL_METRICS && !names[m]; m++) {
        snprintf(text[m], sizeof text[m], "m%d", m);
        names[m] = text[m];
    }
    return names;
}

/* Few values, so that extremes are often equal, replaced, or all gone. */
static inline double model_value(uint64_t *random)
{
    static const double special[] = {NAN, INFINITY, -INFINITY, -0.0, 0.0, 1, 1, -1};
    uint32_t pick = next_random(random) % 64;
    return pick < 8 ? special[pick] : (double)(next_random(random) % 1000) / 8 - 40;
}

/* What a put of these points changes. */
static inline void model_take(struct model *model, size_t r,
                              const struct store_point *points, size_t count)
{
    model->exists[r] = true;
    model->updated_ms[r]++;
    for (size_t i = 0; i < count; i++) {
        uint32_t m = points[i].metric;
        int64_t step = points[i].step;
        assert_true(step < MODEL_STEPS);
        model->cell[r][m][step] = (struct cell){points[i].value, points[i].time_ms, true};
        if (step >= model->end[r][m])
            model->end[r][m] = step + 1;
        if (step > model->last_step[r])
            model->last_step[r] = step;
    }
}

/* Into the store, in the open transaction, and on success into the model. */
static inline enum status model_try_put(struct place *place, struct model *model,
                                        size_t r, const struct store_point *points,
                                        size_t count, struct err *err)
{
    bool created;
    int64_t last_step = -1;
    for (size_t i = 0; i < count; i++)
        last_step = points[i].step > last_step ? points[i].step : last_step;
    struct store_points put = {.run = model_run(r),
                               .names = model_metrics(),
                               .name_count = MODEL_METRICS,
                               .points = points,
                               .point_count = count,
                               .step_last = last_step,
                               .now_ms = model->updated_ms[r] + 1};
    enum status status = store_put(place->writer, &put, &created, err);
    if (status)
        return status;
    assert_int_equal(created, !model->exists[r]);
    model_take(model, r, points, count);
    return ST_OK;
}

static inline void model_put(struct place *place, struct model *model, size_t r,
                             const struct store_point *points, size_t count)
{
    struct err err = {0};
    assert_ok(model_try_put(place, model, r, points, count, &err), &err);
}

static inline void model_init(struct model *model)
{
    memset(model, 0, sizeof *model);
    for (size_t r = 0; r < MODEL_RUNS; r++)
        model->last_step[r] = -1;
}

/* --- figures --- */

static inline void model_take_in(struct metric *f, int64_t step, double value)
{
    f->count++;
    f->nonfinite_count += !isfinite(value);
    if (isfinite(value) && (f->min_step < 0 || value < f->min)) {
        f->min = value;
        f->min_step = step;
    }
    if (isfinite(value) && (f->max_step < 0 || value > f->max)) {
        f->max = value;
        f->max_step = step;
    }
    if (f->first_step < 0)
        f->first_step = step;
    f->last_step = step;
    f->last = value;
}

static inline struct metric no_figures(void)
{
    return (struct metric){.min = NAN,
                           .max = NAN,
                           .last = NAN,
                           .min_step = -1,
                           .max_step = -1,
                           .first_step = -1,
                           .last_step = -1};
}

static inline struct metric model_figures(const struct model *model, size_t r, size_t m)
{
    struct metric f = no_figures();
    const struct cell *cell = model->cell[r][m];
    for (int64_t step = 0; step < model->end[r][m]; step++) {
        if (cell[step].present)
            model_take_in(&f, step, cell[step].value);
    }
    return f;
}

static inline void assert_figures(const struct metric *is, const struct metric *should)
{
    assert_int_equal(is->count, should->count);
    assert_int_equal(is->nonfinite_count, should->nonfinite_count);
    assert_same(is->min, should->min);
    assert_same(is->max, should->max);
    assert_same(is->last, should->last);
    assert_int_equal(is->min_step, should->min_step);
    assert_int_equal(is->max_step, should->max_step);
    assert_int_equal(is->first_step, should->first_step);
    assert_int_equal(is->last_step, should->last_step);
}

/* --- points --- */

/* A place among the points that should come next. */
struct expected {
    const struct cell *cell;
    int64_t step, to; /* next to look at, last of the range */
    uint64_t random;
    size_t stretches, shown, left; /* left: points until the visitor ends the walk */
};

/* The next step that has a point; beyond `to` when there is none. */
static inline int64_t expected_next(struct expected *e)
{
    while (e->step <= e->to && !e->cell[e->step].present)
        e->step++;
    return e->step;
}

static inline void expect_point(struct expected *e, const struct points *points, size_t i)
{
    int64_t step = expected_next(e);
    assert_true(step <= e->to);
    assert_int_equal(points->step[i], step);
    assert_int_equal(points->time_ms[i], e->cell[step].time_ms);
    assert_same(points->value[i], e->cell[step].value);
    e->step++;
}

static inline bool expect_points(void *data, const struct points *points)
{
    struct expected *e = data;
    assert_true(points->count > 0 && e->left > 0);
    for (size_t i = 0; i < points->count; i++)
        expect_point(e, points, i);
    e->shown += points->count;
    e->left = e->left > points->count ? e->left - points->count : 0;
    return e->left > 0;
}

/* Takes some stretches and not others, and sees that they say the truth. */
static inline bool expect_stretch(void *data, const struct stretch *stretch)
{
    struct expected *e = data;
    struct metric f = no_figures();
    assert_true(stretch->last_step <= e->to);
    assert_int_equal(stretch->first_step, expected_next(e));
    if (next_random(&e->random) % 3 == 0)
        return false;
    while (expected_next(e) <= stretch->last_step) {
        model_take_in(&f, e->step, e->cell[e->step].value);
        e->step++;
    }
    assert_int_equal(f.count, stretch->count);
    assert_int_equal(f.nonfinite_count, stretch->nonfinite_count);
    assert_int_equal(f.last_step, stretch->last_step);
    assert_same(f.min, stretch->min);
    assert_same(f.max, stretch->max);
    assert_same(f.last, stretch->last);
    e->stretches++;
    return true;
}

struct series {
    struct store *store; /* any handle */
    const struct model *model;
    size_t r, m;
    int64_t key; /* of the metric */
};

static inline int64_t clipped(int64_t step)
{
    return step < 0 ? 0 : step >= MODEL_STEPS ? MODEL_STEPS - 1 : step;
}

/* A walk over a range shows or tells each of its points once, in order. */
static inline struct expected compare_walk(const struct series *s, int64_t from,
                                           int64_t to, bool take, uint64_t seed)
{
    struct err err = {0};
    struct expected e = {.cell = s->model->cell[s->r][s->m],
                         .step = clipped(from),
                         .to = to < MODEL_STEPS ? to : MODEL_STEPS - 1,
                         .random = seed,
                         .left = SIZE_MAX};
    struct points_visitor visitor = {&e, take ? expect_stretch : NULL, expect_points};
    assert_ok(store_points_walk(s->store, s->key, from, to, &visitor, &err), &err);
    assert_true(expected_next(&e) > e.to);
    return e;
}

static inline void compare_read(const struct series *s, int64_t from, int64_t to,
                                bool wider)
{
    struct err err = {0};
    struct arena arena;
    struct points points;
    const struct cell *cell = s->model->cell[s->r][s->m];
    struct expected e = {.cell = cell, .step = clipped(from), .to = clipped(to)};
    arena_init(&arena, (size_t)64 << 20);
    assert_ok(store_points_read(s->store, s->key, from, to, wider, &arena, &points, &err),
              &err);
    for (int64_t step = e.step - 1; wider && step >= 0; step--) {
        if (cell[step].present) {
            e.step = step;
            break;
        }
    }
    for (int64_t step = e.to + 1; wider && step < MODEL_STEPS; step++) {
        if (cell[step].present) {
            e.to = step;
            break;
        }
    }
    for (size_t i = 0; i < points.count; i++)
        expect_point(&e, &points, i);
    assert_true(expected_next(&e) > e.to);
    arena_release(&arena);
}

static inline void compare_series(const struct series *s, uint64_t *random)
{
    int64_t from = next_random(random) % MODEL_STEPS;
    int64_t to = from + next_random(random) % (MODEL_STEPS / 4);
    compare_read(s, 0, STEP_MAX, false);
    compare_read(s, from, clipped(to), true);
    compare_read(s, from, clipped(to), false);
    compare_read(s, from + 1, from, true);
    compare_walk(s, 0, STEP_MAX, false, 1);
    compare_walk(s, 0, STEP_MAX, true, next_random(random));
    compare_walk(s, from, to, true, next_random(random));
    compare_walk(s, from, to, false, 1);
}

/* --- runs --- */

/* One of `one_in` series is compared point by point; of all the figures. */
static inline void model_compare_run(struct store *store, const struct model *model,
                                     size_t r, uint32_t one_in, uint64_t *random)
{
    struct err err = {0};
    struct arena arena;
    struct run run;
    struct metric *metrics;
    size_t count;
    arena_init(&arena, (size_t)64 << 20);
    enum status status = store_run_get(store, model_run(r), false, &arena, &run, &err);
    assert_status(status, model->exists[r] ? ST_OK : ST_NOT_FOUND, &err);
    if (model->exists[r]) {
        assert_int_equal(run.last_step, model->last_step[r]);
        assert_int_equal(run.updated_ms, model->updated_ms[r]);
        assert_ok(store_metrics(store, run.key, &arena, &metrics, &count, &err), &err);
        assert_int_equal(count, MODEL_METRICS);
        for (size_t m = 0; m < count; m++) {
            struct series series = {store, model, r, m, metrics[m].key};
            struct metric should = model_figures(model, r, m);
            assert_string_equal(metrics[m].name, model_metrics()[m]);
            assert_figures(&metrics[m], &should);
            if (next_random(random) % one_in == 0)
                compare_series(&series, random);
        }
    }
    arena_release(&arena);
}

static inline void model_compare(struct store *store, const struct model *model,
                                 uint32_t one_in, uint64_t *random)
{
    for (size_t r = 0; r < MODEL_RUNS; r++)
        model_compare_run(store, model, r, one_in, random);
}

#endif
