/* The contract of store.h: points, their figures and transactions, over every engine. */
#include "near.h"

#include "engines.h"

#include <float.h>

/* --- points --- */

static void every_double_comes_back_exactly(void **state)
{
    static const double values[] = {0.0,
                                    -0.0,
                                    1.0,
                                    -1.0,
                                    NAN,
                                    INFINITY,
                                    -INFINITY,
                                    DBL_MAX,
                                    DBL_MIN,
                                    -DBL_MAX,
                                    DBL_TRUE_MIN,
                                    DBL_MIN / 2,
                                    -DBL_TRUE_MIN,
                                    0.1,
                                    1.0 / 3,
                                    1e15,
                                    123456789.0,
                                    9007199254740991.0,
                                    9007199254740992.0,
                                    9223372036854775807.0,
                                    -9223372036854775808.0,
                                    1e300};
    size_t count = sizeof values / sizeof *values;
    for (size_t i = 0; i < count; i++)
        put(*state, "r", "loss", (int64_t)i, values[i]);
    struct points points = get_points(*state, "r", "loss");
    assert_int_equal(points.count, count);
    for (size_t i = 0; i < count; i++)
        assert_same(points.value[i], values[i]);
}

static void ten_thousand_bit_patterns_come_back_exactly(void **state)
{
    enum { COUNT = 10000 };
    static struct store_point sent[COUNT];
    struct err err = {0};
    uint64_t random = 1;
    for (size_t i = 0; i < COUNT; i++) {
        uint64_t bits = (uint64_t)next_random(&random) << 32;
        bits |= next_random(&random);
        sent[i] = (struct store_point){.step = (int64_t)i, .time_ms = (int64_t)i * 7};
        memcpy(&sent[i].value, &bits, sizeof bits);
    }
    begin(*state);
    assert_ok(put_points(*state, "r", "loss", sent, COUNT, &err), &err);
    commit(*state);
    struct points points = get_points(*state, "r", "loss");
    assert_int_equal(points.count, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        assert_same(points.value[i], sent[i].value);
        assert_int_equal(points.step[i], sent[i].step);
        assert_int_equal(points.time_ms[i], sent[i].time_ms);
    }
}

static void steps_0_and_the_largest_are_exact(void **state)
{
    put(*state, "r", "loss", STEP_MAX, 2);
    put(*state, "r", "loss", 0, 1);
    put(*state, "r", "loss", STEP_MAX - 1, 3);
    struct points points = get_points(*state, "r", "loss");
    assert_int_equal(points.count, 3);
    assert_int_equal(points.step[0], 0);
    assert_int_equal(points.step[1], STEP_MAX - 1);
    assert_int_equal(points.step[2], STEP_MAX);
    assert_same(points.value[2], 2);
}

static void a_point_sent_again_replaces_the_old_one(void **state)
{
    put(*state, "r", "loss", 3, 1);
    put(*state, "r", "loss", 3, NAN);
    put(*state, "r", "loss", 3, 0.5);
    struct points points = get_points(*state, "r", "loss");
    assert_int_equal(points.count, 1);
    assert_same(points.value[0], 0.5);
    struct metric metric = get_metric(*state, "r", "loss");
    assert_int_equal(metric.count, 1);
    assert_int_equal(metric.nonfinite_count, 0);
}

static void of_two_points_in_one_put_the_later_counts(void **state)
{
    struct err err = {0};
    struct store_point points[] = {{.step = 1, .value = 5}, {.step = 1, .value = 7}};
    begin(*state);
    assert_ok(put_points(*state, "r", "loss", points, 2, &err), &err);
    commit(*state);
    struct metric metric = get_metric(*state, "r", "loss");
    assert_int_equal(metric.count, 1);
    assert_same(metric.min, 7);
    assert_same(metric.max, 7);
    assert_same(metric.last, 7);
}

static void order_of_arrival_does_not_matter(void **state)
{
    static const int64_t orders[2][5] = {{1, 2, 3, 4, 5}, {4, 1, 5, 3, 2}};
    static const char *const runs[2] = {"sorted", "shuffled"};
    for (size_t r = 0; r < 2; r++) {
        for (size_t i = 0; i < 5; i++)
            put(*state, runs[r], "loss", orders[r][i], 10.0 / (double)orders[r][i]);
    }
    struct metric a = get_metric(*state, runs[0], "loss");
    struct metric b = get_metric(*state, runs[1], "loss");
    a.key = b.key;
    a.name = b.name;
    assert_memory_equal(&a, &b, sizeof a);
    struct points p = get_points(*state, runs[0], "loss");
    struct points q = get_points(*state, runs[1], "loss");
    assert_int_equal(p.count, q.count);
    assert_memory_equal(p.step, q.step, p.count * sizeof *p.step);
    assert_memory_equal(p.value, q.value, p.count * sizeof *p.value);
}

static void a_range_is_cut_and_widened(void **state)
{
    static const struct {
        int64_t from, to;
        bool wider;
        size_t count;
        int64_t first, last;
    } rows[] = {
        {20, 40, false, 3, 20, 40}, {20, 40, true, 5, 10, 50},
        {21, 29, false, 0, 0, 0},   {21, 29, true, 2, 20, 30},
        {0, 10, true, 2, 10, 20},   {50, STEP_MAX, true, 2, 40, 50},
        {60, 70, true, 1, 50, 50},  {-5, STEP_MAX, true, 5, 10, 50},
        {0, 9, false, 0, 0, 0},     {0, 9, true, 1, 10, 10},
    };
    struct place *place = *state;
    struct err err = {0};
    for (int64_t step = 10; step <= 50; step += 10)
        put(place, "r", "loss", step, (double)step);
    int64_t key = get_metric(place, "r", "loss").key;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct points points;
        assert_ok(store_points_read(place->writer, key, rows[i].from, rows[i].to,
                                    rows[i].wider, &place->arena, &points, &err),
                  &err);
        assert_int_equal(points.count, rows[i].count);
        if (points.count) {
            assert_int_equal(points.step[0], rows[i].first);
            assert_int_equal(points.step[points.count - 1], rows[i].last);
        }
    }
}

static void an_unknown_metric_has_no_points(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct points points;
    assert_ok(store_points_read(place->writer, 4711, 0, STEP_MAX, true, &place->arena,
                                &points, &err),
              &err);
    assert_int_equal(points.count, 0);
}

static void points_beyond_the_arena_are_refused(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct arena small;
    struct points points;
    for (int64_t step = 0; step < 20; step++)
        put(place, "r", "loss", step, 1);
    int64_t key = get_metric(place, "r", "loss").key;
    arena_init(&small, 256);
    assert_status(store_points_read(place->writer, key, 0, STEP_MAX, false, &small,
                                    &points, &err),
                  ST_TOO_LARGE, &err);
    assert_string_equal(err.code, "answer_too_large");
    arena_release(&small);
}

/* --- figures --- */

enum { MODEL_METRICS = 4, MODEL_STEPS = 64 };
static const char *const model_names[MODEL_METRICS] = {"a", "b", "c", "d"};

struct model {
    bool present[MODEL_METRICS][MODEL_STEPS];
    double value[MODEL_METRICS][MODEL_STEPS];
};

/* Few values, so that extremes are often equal, replaced, or all gone. */
static double model_value(uint64_t *random)
{
    static const double special[] = {NAN, INFINITY, -INFINITY, -0.0, 0.0, 1, 1, -1};
    uint32_t pick = next_random(random) % 16;
    return pick < 8 ? special[pick] : (double)(next_random(random) % 8) - 4;
}

static struct metric model_figures(const struct model *model, size_t m)
{
    struct metric f = {.min = NAN,
                       .max = NAN,
                       .last = NAN,
                       .min_step = -1,
                       .max_step = -1,
                       .first_step = -1,
                       .last_step = -1};
    for (int64_t step = 0; step < MODEL_STEPS; step++) {
        double value = model->value[m][step];
        if (!model->present[m][step])
            continue;
        f.count++;
        f.nonfinite_count += !isfinite(value);
        if (isfinite(value) && (f.min_step < 0 || value < f.min)) {
            f.min = value;
            f.min_step = step;
        }
        if (isfinite(value) && (f.max_step < 0 || value > f.max)) {
            f.max = value;
            f.max_step = step;
        }
        if (f.first_step < 0)
            f.first_step = step;
        f.last_step = step;
        f.last = value;
    }
    return f;
}

static void assert_figures(const struct metric *is, const struct metric *should)
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

static void model_put(struct place *place, struct model *model, uint64_t *random)
{
    struct err err = {0};
    struct store_point points[12];
    bool created;
    size_t count = 1 + next_random(random) % 12;
    for (size_t i = 0; i < count; i++) {
        uint32_t m = next_random(random) % MODEL_METRICS;
        uint32_t step = next_random(random) % MODEL_STEPS;
        points[i] =
            (struct store_point){.metric = m, .step = step, .value = model_value(random)};
        model->present[m][step] = true;
        model->value[m][step] = points[i].value;
    }
    struct store_points put = {.run = "r",
                               .names = model_names,
                               .name_count = MODEL_METRICS,
                               .points = points,
                               .point_count = count};
    assert_ok(store_put(place->writer, &put, &created, &err), &err);
}

static void model_compare(struct place *place, const struct model *model)
{
    for (size_t m = 0; m < MODEL_METRICS; m++) {
        struct metric is = get_metric(place, "r", model_names[m]);
        struct metric should = model_figures(model, m);
        assert_figures(&is, &should);
        struct points points = get_points(place, "r", model_names[m]);
        assert_int_equal(points.count, should.count);
        for (size_t i = 0; i < points.count; i++)
            assert_same(points.value[i], model->value[m][points.step[i]]);
    }
}

/* Random puts, some rolled back, with the store closed and opened again in between. */
static void figures_equal_a_brute_force_model(void **state)
{
    struct place *place = *state;
    struct model model = {0};
    uint64_t random = 20260701;
    begin(place);
    model_put(place, &model, &random);
    commit(place);
    for (int round = 0; round < 500; round++) {
        struct model before = model;
        begin(place);
        for (uint32_t puts = 1 + next_random(&random) % 3; puts; puts--)
            model_put(place, &model, &random);
        if (next_random(&random) % 8 == 0) {
            store_rollback(place->writer);
            model = before;
        } else {
            commit(place);
        }
        if (next_random(&random) % 64 == 0)
            place_reopen(place);
        model_compare(place, &model);
        arena_release(&place->arena);
    }
}

static void metrics_come_in_order_of_first_appearance(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct metric *metrics;
    size_t count;
    static const char *const names[] = {"z", "m", "a", "train/loss", "M"};
    for (size_t i = 0; i < 5; i++)
        put(place, "r", names[i], 1, 1);
    put(place, "r", "a", 2, 1);
    assert_ok(store_metrics(place->writer, get_run(place, "r").key, &place->arena,
                            &metrics, &count, &err),
              &err);
    assert_int_equal(count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(metrics[i].name, names[i]);
}

static void a_name_given_twice_is_one_metric(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    bool created;
    static const char *const names[] = {"loss", "loss"};
    struct store_point points[] = {{.metric = 0, .step = 1, .value = 1},
                                   {.metric = 1, .step = 1, .value = 2}};
    struct store_points put = {
        .run = "r", .names = names, .name_count = 2, .points = points, .point_count = 2};
    begin(place);
    assert_ok(store_put(place->writer, &put, &created, &err), &err);
    commit(place);
    assert_int_equal(get_metric(place, "r", "loss").count, 1);
    assert_same(get_metric(place, "r", "loss").last, 2);
}

static void put_many_names(struct place *place, size_t count, enum status expected)
{
    static char text[RUN_METRICS_MAX + 1][24];
    static const char *names[RUN_METRICS_MAX + 1];
    struct err err = {0};
    bool created;
    for (size_t i = 0; i < count; i++) {
        snprintf(text[i], sizeof text[i], "m%zu", i);
        names[i] = text[i];
    }
    struct store_points put = {.run = "wide",
                               .names = names,
                               .name_count = count,
                               .step_last = -1};
    assert_status(store_put(place->writer, &put, &created, &err), expected, &err);
    if (expected)
        assert_string_equal(err.code, "too_many_metrics");
}

static void too_many_metrics_are_refused_and_nothing_is_kept(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct run run;
    begin(place);
    put_many_names(place, RUN_METRICS_MAX + 1, ST_INVALID);
    commit(place);
    assert_status(store_run_get(place->writer, "wide", true, &place->arena, &run, &err),
                  ST_NOT_FOUND, &err);
    begin(place);
    put_many_names(place, RUN_METRICS_MAX, ST_OK);
    assert_status(put_points(place, "wide", "one more", NULL, 0, &err), ST_INVALID, &err);
    assert_ok(put_points(place, "wide", "m7", NULL, 0, &err), &err);
    commit(place);
}

/* --- transactions --- */

static void a_rollback_leaves_nothing(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct run run;
    struct store_point point = {.step = 2, .value = 9};
    put(place, "old", "loss", 1, 1);
    begin(place);
    assert_ok(put_points(place, "old", "loss", &point, 1, &err), &err);
    assert_ok(put_points(place, "old", "lr", &point, 1, &err), &err);
    assert_ok(put_points(place, "new", "loss", &point, 1, &err), &err);
    store_rollback(place->writer);
    assert_status(store_run_get(place->writer, "new", true, &place->arena, &run, &err),
                  ST_NOT_FOUND, &err);
    put(place, "old", "loss", 3, 4);
    struct metric metric = get_metric(place, "old", "loss");
    assert_int_equal(metric.count, 2);
    assert_same(metric.max, 4);
    put(place, "old", "lr", 1, 0.1);
    put(place, "new", "loss", 1, 1);
    assert_int_equal(get_metric(place, "old", "lr").count, 1);
}

static void a_rollback_without_a_transaction_does_nothing(void **state)
{
    struct place *place = *state;
    put(place, "r", "loss", 1, 1);
    store_rollback(place->writer);
    assert_int_equal(get_points(place, "r", "loss").count, 1);
}

static int64_t count_points(struct store *store)
{
    struct err err = {0};
    struct store_info info;
    assert_ok(store_info(store, &info, &err), &err);
    return info.points;
}

static void a_reader_sees_what_is_committed(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct store *reader;
    struct store_point point = {.step = 2, .value = 9};
    put(place, "r", "loss", 1, 1);
    assert_ok(store_open(place->location, STORE_READER, &reader, &err), &err);
    assert_int_equal(count_points(reader), 1);
    begin(place);
    assert_ok(put_points(place, "r", "loss", &point, 1, &err), &err);
    assert_int_equal(count_points(reader), 1);
    commit(place);
    assert_int_equal(count_points(reader), 2);
    tidy(place);
    assert_int_equal(count_points(reader), 2);
    store_close(reader);
}

static void reads_within_one_moment_see_the_same(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct store *reader;
    put(place, "r", "loss", 1, 1);
    assert_ok(store_open(place->location, STORE_READER, &reader, &err), &err);
    assert_ok(store_read_begin(reader, &err), &err);
    assert_int_equal(count_points(reader), 1);
    put(place, "r", "loss", 2, 1);
    assert_ok(store_read_begin(reader, &err), &err);
    assert_int_equal(count_points(reader), 1);
    store_read_end(reader);
    assert_int_equal(count_points(reader), 1);
    store_read_end(reader);
    assert_int_equal(count_points(reader), 2);
    store_close(reader);
}

static void what_was_committed_is_there_after_reopening(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    create(place, "r", &(struct run_fields){.name = "n", .tags_json = "{}"}, 1);
    put(place, "r", "loss", 1, -0.0);
    put(place, "r", "loss", 2, NAN);
    struct metric before = get_metric(place, "r", "loss");
    begin(place);
    assert_ok(put_points(place, "r", "other", NULL, 0, &err), &err);
    place_reopen(place);
    struct metric after = get_metric(place, "r", "loss");
    assert_figures(&after, &before);
    assert_int_equal(after.key, before.key);
    assert_string_equal(get_run(place, "r").name, "n");
    assert_int_equal(get_points(place, "r", "loss").count, 2);
}

/* More runs than the writer remembers at once. */
static void figures_stay_right_when_the_writer_forgets(void **state)
{
    enum { RUNS = 17, NAMES = 4000 };
    static char text[NAMES][16];
    static const char *names[NAMES];
    static struct store_point points[NAMES];
    struct place *place = *state;
    struct err err = {0};
    bool created;
    for (uint32_t i = 0; i < NAMES; i++) {
        snprintf(text[i], sizeof text[i], "m%u", i);
        names[i] = text[i];
    }
    begin(place);
    for (int i = 0; i < 2 * RUNS; i++) {
        char id[8];
        snprintf(id, sizeof id, "r%d", i % RUNS);
        for (uint32_t m = 0; m < NAMES; m++)
            points[m] = (struct store_point){.metric = m, .step = i / RUNS, .value = i};
        struct store_points put = {.run = id,
                                   .names = names,
                                   .name_count = NAMES,
                                   .points = points,
                                   .point_count = NAMES,
                                   .step_last = i / RUNS};
        assert_ok(store_put(place->writer, &put, &created, &err), &err);
        assert_int_equal(created, i < RUNS);
    }
    commit(place);
    struct metric metric = get_metric(place, "r3", "m3999");
    assert_int_equal(metric.count, 2);
    assert_same(metric.min, 3);
    assert_same(metric.max, 3 + RUNS);
}

static const struct CMUnitTest cases[] = {
    CASE(every_double_comes_back_exactly),
    CASE(ten_thousand_bit_patterns_come_back_exactly),
    CASE(steps_0_and_the_largest_are_exact),
    CASE(a_point_sent_again_replaces_the_old_one),
    CASE(of_two_points_in_one_put_the_later_counts),
    CASE(order_of_arrival_does_not_matter),
    CASE(a_range_is_cut_and_widened),
    CASE(an_unknown_metric_has_no_points),
    CASE(points_beyond_the_arena_are_refused),
    CASE(figures_equal_a_brute_force_model),
    CASE(metrics_come_in_order_of_first_appearance),
    CASE(a_name_given_twice_is_one_metric),
    CASE(too_many_metrics_are_refused_and_nothing_is_kept),
    CASE(a_rollback_leaves_nothing),
    CASE(a_rollback_without_a_transaction_does_nothing),
    CASE(a_reader_sees_what_is_committed),
    CASE(reads_within_one_moment_see_the_same),
    CASE(what_was_committed_is_there_after_reopening),
    CASE(figures_stay_right_when_the_writer_forgets),
};

int main(void)
{
    return run_over_engines("points", cases, sizeof cases / sizeof *cases);
}
