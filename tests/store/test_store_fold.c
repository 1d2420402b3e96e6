/* The contract of store.h with so many points that what was put off is done: whatever is
   folded, half folded or not folded yet, every handle says the same. */
#include "near.h"

#include "engines.h"
#include "model.h"
#include "unsynced.h"

static struct store *open_reader(struct place *place)
{
    struct err err = {0};
    struct store *reader;
    assert_ok(store_open(place->location, STORE_READER, &reader, &err), &err);
    return reader;
}

static void tidy_once(struct place *place)
{
    struct err err = {0};
    bool more;
    assert_ok(store_tidy(place->writer, &more, &err), &err);
}

/* --- the model --- */

enum { BATCH_MAX = 8192 };
static struct model model, before;
static struct store_point batch[BATCH_MAX];

static struct store_point made(uint32_t m, int64_t step, uint64_t *random)
{
    return (struct store_point){.metric = m,
                                .step = step,
                                .time_ms = 1000 * step + next_random(random) % 500,
                                .value = model_value(random)};
}

/* Some metrics go on by some points each, most of them from step to step. */
static size_t append_points(size_t r, uint64_t *random)
{
    size_t count = 0;
    for (uint32_t m = 0; m < MODEL_METRICS; m++) {
        int64_t step = model.end[r][m];
        uint32_t some = next_random(random) % 3 ? next_random(random) % 40 : 0;
        for (uint32_t i = 0; i < some && step < MODEL_STEPS; i++) {
            batch[count++] = made(m, step, random);
            step += next_random(random) % 16 ? 1 : 1 + next_random(random) % 5;
        }
    }
    return count;
}

/* Anything around the end of a few metrics, in any order, some steps twice. */
static size_t shuffled_points(size_t r, uint64_t *random)
{
    size_t count = 0, size = next_random(random) % 500;
    uint32_t first = next_random(random) % MODEL_METRICS;
    while (count < size) {
        uint32_t m = (first + next_random(random) % 4) % MODEL_METRICS;
        int64_t step = model.end[r][m] - 60 + next_random(random) % 120;
        batch[count++] = made(m, clipped(step), random);
    }
    return count;
}

/* Corrections anywhere. */
static size_t old_points(size_t r, uint64_t *random)
{
    size_t count = 0, size = 1 + next_random(random) % 8;
    while (count < size) {
        uint32_t m = next_random(random) % MODEL_METRICS;
        int64_t end = model.end[r][m] ? model.end[r][m] : 1;
        batch[count++] = made(m, next_random(random) % end, random);
    }
    return count;
}

/* So many of one metric that they do not go through the journal; every second step is
   left out, for others to come between. */
static size_t many_points(size_t r, uint64_t *random)
{
    size_t count = 0;
    uint32_t m = next_random(random) % MODEL_METRICS;
    int64_t step = next_random(random) % 4 ? model.end[r][m] : 0;
    for (; count < 3000 && step < MODEL_STEPS; step += 1 + next_random(random) % 2)
        batch[count++] = made(m, step, random);
    return count;
}

static void put_any(struct place *place, uint64_t *random)
{
    size_t r = next_random(random) % MODEL_RUNS;
    uint32_t kind = next_random(random) % 32;
    size_t count = kind < 24   ? append_points(r, random)
                   : kind < 28 ? shuffled_points(r, random)
                   : kind < 31 ? old_points(r, random)
                               : many_points(r, random);
    model_put(place, &model, r, batch, count);
}

static void one_transaction(struct place *place, uint64_t *random)
{
    bool kept = next_random(random) % 8 != 0;
    if (!kept)
        before = model;
    begin(place);
    for (uint32_t puts = 1 + next_random(random) % 3; puts; puts--)
        put_any(place, random);
    if (next_random(random) % 4 == 0) /* within it, its own points are seen */
        model_compare(place->writer, &model, 60, random);
    if (kept) {
        commit(place);
    } else {
        store_rollback(place->writer);
        model = before;
    }
}

/* `random`: what the rest goes by. */
static void run_model(struct place *place, uint64_t random, int rounds)
{
    struct store *reader = open_reader(place);
    model_init(&model);
    for (int round = 0; round < rounds; round++) {
        one_transaction(place, &random);
        uint32_t then = next_random(&random) % 32;
        if (then < 4)
            tidy_once(place);
        else if (then < 5)
            tidy(place);
        else if (then < 7)
            place_reopen(place);
        model_compare(reader, &model, round % 40 ? 40 : 1, &random);
        model_compare(place->writer, &model, 120, &random);
        arena_release(&place->arena);
    }
    model_compare(reader, &model, 1, &random);
    store_close(reader);
}

static void all_handles_equal_a_model_over_many_foldings(void **state)
{
    run_model(*state, 20261125, 240);
}

static void they_do_so_with_other_dice(void **state)
{
    run_model(*state, 4711, 120);
}

/* --- walks --- */

/* Some of a metric in chunks, some in the journal alone; all but every third step. */
static struct series half_folded(struct place *place, uint64_t *random)
{
    model_init(&model);
    for (int64_t part = 0; part < 2; part++) {
        size_t count = 0;
        int64_t step = part ? model.end[0][3] : 0;
        for (; count < (part ? 1000 : 4000); step++) {
            if (step % 3)
                batch[count++] = made(3, step, random);
        }
        begin(place);
        model_put(place, &model, 0, batch, count);
        commit(place);
    }
    struct metric metric = get_metric(place, model_run(0), model_metrics()[3]);
    return (struct series){place->writer, &model, 0, 3, metric.key};
}

static void a_walk_of_any_range_is_whole(void **state)
{
    struct place *place = *state;
    uint64_t random = 3;
    struct series series = half_folded(place, &random);
    for (int i = 0; i < 400; i++) {
        int64_t from = next_random(&random) % MODEL_STEPS;
        int64_t to = from + next_random(&random) % (i % 2 ? 300 : 6000);
        compare_walk(&series, from, to, i % 3, next_random(&random));
        compare_read(&series, from, to, i % 2);
    }
    compare_walk(&series, 5, 4, true, 1);
    compare_walk(&series, MODEL_STEPS + 5, STEP_MAX, true, 1);
}

static bool take_all(void *data, const struct stretch *stretch)
{
    *(int64_t *)data += stretch->count;
    return true;
}

static bool refuse_points(void *data, const struct points *points)
{
    (void)data, (void)points;
    fail_msg("a point was shown that lies in a stretch that was taken");
    return false;
}

static void a_walk_that_takes_all_looks_at_no_point(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    uint64_t random = 3;
    int64_t sum = 0;
    struct series series = half_folded(place, &random);
    struct points_visitor visitor = {&sum, take_all, refuse_points};
    assert_ok(store_points_walk(place->writer, series.key, 0, STEP_MAX, &visitor, &err),
              &err);
    assert_int_equal(sum, 5000);
}

static void a_walk_ends_where_the_visitor_says(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    uint64_t random = 3;
    struct series series = half_folded(place, &random);
    for (size_t left = 1; left < 5000; left += 333) {
        struct expected e = {.cell = model.cell[0][3], .to = MODEL_STEPS, .left = left};
        struct points_visitor visitor = {&e, NULL, expect_points};
        assert_ok(store_points_walk(place->writer, series.key, 0, STEP_MAX, &visitor,
                                    &err),
                  &err);
        assert_int_equal(e.left, 0);
        assert_true(e.shown >= left);
    }
    compare_walk(&series, 0, STEP_MAX, false, 1); /* and nothing stays open */
    tidy(place);
}

/* --- runs that only the journal knows newer --- */

static void put_at(struct place *place, const char *run, int64_t step, int64_t now_ms)
{
    struct err err = {0};
    bool created;
    const char *name = "loss";
    struct store_point point = {.step = step, .value = (double)step};
    struct store_points put = {.run = run,
                               .names = &name,
                               .name_count = 1,
                               .points = &point,
                               .point_count = 1,
                               .has_step = true,
                               .step_last = step,
                               .now_ms = now_ms};
    begin(place);
    assert_ok(store_put(place->writer, &put, &created, &err), &err);
    commit(place);
}

/* Pages of two, newest first. `ids`: what the first letters of the runs should be. */
static void assert_order(struct place *place, struct store *store, const char *ids)
{
    struct err err = {0};
    struct run_query query = {.order = RUNS_BY_UPDATED, .limit = 2};
    size_t at = 0;
    do {
        struct run_page page;
        assert_ok(store_runs(store, &query, &place->arena, &page, &err), &err);
        for (size_t i = 0; i < page.count; i++, at++) {
            assert_int_equal(page.runs[i].id[0], ids[at]);
            assert_true(page.runs[i].counts_steps);
            assert_int_equal(page.runs[i].last_step, page.runs[i].updated_ms / 10);
        }
        query.cursor = page.next;
    } while (query.cursor);
    assert_int_equal(at, strlen(ids));
}

static void lists_know_what_only_the_journal_knows(void **state)
{
    static const char *const ids[] = {"a", "b", "c", "d", "e"};
    struct place *place = *state;
    struct store *reader = open_reader(place);
    for (int64_t i = 0; i < 5; i++)
        put_at(place, ids[i], 10 + i, 100 + 10 * i);
    assert_order(place, reader, "edcba");
    put_at(place, "b", 50, 500);
    assert_order(place, reader, "bedca");
    assert_order(place, place->writer, "bedca");
    place_reopen(place);
    assert_order(place, reader, "bedca");
    put_at(place, "a", 60, 600);
    put_at(place, "d", 61, 610);
    assert_order(place, reader, "dabec");
    begin(place);
    store_rollback(place->writer);
    assert_order(place, place->writer, "dabec");
    store_close(reader);
}

/* --- purge, trash --- */

static void assert_new_run(struct place *place, struct store *store)
{
    struct err err = {0};
    struct run run;
    struct metric *metrics;
    struct points points;
    size_t count;
    assert_ok(store_run_get(store, "r", false, &place->arena, &run, &err), &err);
    assert_int_equal(run.last_step, 1);
    assert_int_equal(run.updated_ms, 1000);
    assert_ok(store_metrics(store, run.key, &place->arena, &metrics, &count, &err), &err);
    assert_int_equal(count, 1);
    assert_int_equal(metrics[0].count, 1);
    assert_ok(store_points_read(store, metrics[0].key, 0, STEP_MAX, true, &place->arena,
                                &points, &err),
              &err);
    assert_int_equal(points.count, 1);
    assert_same(points.value[0], 0.25);
}

static void purge(struct place *place, const char *id)
{
    struct err err = {0};
    assert_ok(store_run_purge(place->writer, id, &err), &err);
}

static void a_purged_run_does_not_come_back_from_the_journal(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct store *reader = open_reader(place);
    struct store_info info;
    put_at(place, "r", 50, 5000);
    put_at(place, "r", 51, 5010);
    put_at(place, "other", 52, 5020);
    assert_ok(store_info(reader, &info, &err), &err);
    assert_int_equal(info.points, 3);
    begin(place);
    purge(place, "r");
    commit(place);
    put(place, "r", "loss", 1, 0.25);
    assert_ok(store_info(reader, &info, &err), &err);
    assert_int_equal(info.points, 2);
    assert_new_run(place, reader);
    assert_new_run(place, place->writer);
    place_reopen(place); /* which folds */
    assert_new_run(place, reader);
    assert_new_run(place, place->writer);
    store_close(reader);
}

static void a_purge_and_a_new_run_fit_into_one_transaction(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct store_point point = {.step = 1, .value = 0.25};
    put_at(place, "r", 50, 5000);
    begin(place);
    struct store_point old = {.step = 60, .value = 9};
    assert_ok(put_points(place, "r", "loss", &old, 1, &err), &err);
    purge(place, "r");
    assert_ok(put_points(place, "r", "loss", &point, 1, &err), &err);
    assert_new_run(place, place->writer);
    commit(place);
    assert_new_run(place, place->writer);
    place_reopen(place);
    assert_new_run(place, place->writer);
}

/* Purged in the middle of a folding that has it on its list, with others that go on. */
static void a_run_may_be_purged_while_it_is_folded(void **state)
{
    struct place *place = *state;
    uint64_t random = 5;
    struct store *reader = open_reader(place);
    model_init(&model);
    for (int round = 0; round < 60; round++) {
        begin(place);
        model_put(place, &model, 0, batch, append_points(0, &random));
        model_put(place, &model, 1, batch, append_points(1, &random));
        if (round % 7 == 6) {
            purge(place, model_run(1));
            model_init(&before);
            memcpy(model.cell[1], before.cell[1], sizeof model.cell[1]);
            memset(model.end[1], 0, sizeof model.end[1]);
            model.last_step[1] = -1;
            model.exists[1] = false;
        }
        commit(place);
        model_compare(reader, &model, 60, &random);
    }
    place_reopen(place);
    model_compare(reader, &model, 1, &random);
    store_close(reader);
}

static void a_restored_run_has_all_its_points(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct store_point point = {.step = 60};
    put_at(place, "r", 50, 5000);
    begin(place);
    assert_ok(store_run_trash(place->writer, "r", 5001, &err), &err);
    assert_status(put_points(place, "r", "loss", &point, 1, &err), ST_CONFLICT, &err);
    commit(place);
    place_reopen(place);
    begin(place);
    assert_ok(store_run_restore(place->writer, "r", &err), &err);
    assert_ok(put_points(place, "r", "loss", &point, 1, &err), &err);
    commit(place);
    assert_int_equal(get_metric(place, "r", "loss").count, 2);
    assert_int_equal(get_points(place, "r", "loss").count, 2);
    assert_int_equal(get_run(place, "r").last_step, 60);
}

/* --- many series, long series --- */

/* A run of 1000 metrics, a point of each at a time: folding takes 32 of them along. */
static void a_thousand_series_side_by_side(void **state)
{
    enum { SERIES = 1000, STEPS = 150 };
    static char text[SERIES][16];
    static const char *names[SERIES];
    static struct store_point points[SERIES];
    struct place *place = *state;
    struct err err = {0};
    struct store *reader = open_reader(place);
    bool created;
    for (int64_t step = 0; step < STEPS; step++) {
        for (uint32_t m = 0; m < SERIES; m++) {
            snprintf(text[m], sizeof text[m], "m%u", m);
            names[m] = text[m];
            points[m] = (struct store_point){.metric = m,
                                             .step = step,
                                             .value = (double)(step * SERIES + m)};
        }
        struct store_points put = {.run = "r",
                                   .names = names,
                                   .name_count = SERIES,
                                   .points = points,
                                   .point_count = SERIES,
                                   .step_last = step};
        begin(place);
        assert_ok(store_put(place->writer, &put, &created, &err), &err);
        commit(place);
        struct metric *metrics;
        size_t count;
        int64_t key = get_run(place, "r").key;
        assert_ok(store_metrics(reader, key, &place->arena, &metrics, &count, &err),
                  &err);
        for (size_t m = 0; m < count; m++) {
            assert_int_equal(metrics[m].count, step + 1);
            assert_same(metrics[m].min, (double)m);
            assert_same(metrics[m].last, (double)(step * SERIES + (int64_t)m));
        }
        arena_release(&place->arena);
    }
    for (size_t m = 0; m < SERIES; m += 37) {
        struct points all = get_points(place, "r", names[m]);
        assert_int_equal(all.count, STEPS);
        for (int64_t step = 0; step < STEPS; step++)
            assert_same(all.value[step], (double)(step * SERIES + (int64_t)m));
    }
    store_close(reader);
}

enum { LONG = 100000 };

static void put_long(struct place *place)
{
    static struct store_point points[LONG];
    struct err err = {0};
    for (int64_t i = 0; i < LONG; i++)
        points[i] = (struct store_point){.step = 2 * i,
                                         .time_ms = i,
                                         .value = 1 + (double)(i % 1000)};
    begin(place);
    assert_ok(put_points(place, "r", "loss", points, LONG, &err), &err);
    commit(place);
}

static void a_long_series_is_corrected_in_its_middle(void **state)
{
    struct place *place = *state;
    put_long(place);
    put(place, "r", "loss", 100000, 5000);  /* instead of one that is there */
    put(place, "r", "loss", 100001, -5000); /* between two */
    struct metric metric = get_metric(place, "r", "loss");
    assert_int_equal(metric.count, LONG + 1);
    assert_same(metric.max, 5000);
    assert_int_equal(metric.max_step, 100000);
    assert_same(metric.min, -5000);
    assert_int_equal(metric.min_step, 100001);
    put(place, "r", "loss", 100000, 1);
    put(place, "r", "loss", 100001, NAN);
    metric = get_metric(place, "r", "loss");
    assert_same(metric.max, 1000);
    assert_int_equal(metric.max_step, 2 * 999);
    assert_same(metric.min, 1);
    assert_int_equal(metric.min_step, 0);
    assert_int_equal(metric.nonfinite_count, 1);
    struct points points = get_points(place, "r", "loss");
    assert_int_equal(points.count, LONG + 1);
    for (size_t i = 0; i + 1 < points.count; i++)
        assert_true(points.step[i] < points.step[i + 1]);
    assert_same(points.value[50000], 1);
    assert_same(points.value[50001], NAN);
}

/* All steps between those that are there, in one put, the last first. */
static void a_long_series_is_filled_up(void **state)
{
    static struct store_point points[LONG];
    struct place *place = *state;
    struct err err = {0};
    put_long(place);
    for (int64_t i = 0; i < LONG; i++)
        points[i] = (struct store_point){.step = 2 * (LONG - i) - 1, .value = -1};
    begin(place);
    assert_ok(put_points(place, "r", "loss", points, LONG, &err), &err);
    commit(place);
    assert_int_equal(get_metric(place, "r", "loss").count, 2 * LONG);
    struct points all = get_points(place, "r", "loss");
    assert_int_equal(all.count, 2 * LONG);
    for (int64_t i = 0; i < 2 * LONG; i++) {
        assert_int_equal(all.step[i], i);
        assert_same(all.value[i], i % 2 ? -1 : 1 + (double)(i / 2 % 1000));
    }
}

/* Each metric has too few for chunks of its own, all together fill many rows of the
   journal; as bytes they are as long as points can be. */
static void a_put_of_very_many_points_is_stored(void **state)
{
    enum { METRICS = 1500, EACH = 2000 };
    static char text[METRICS][8];
    static const char *names[METRICS];
    struct place *place = *state;
    struct err err = {0};
    struct store_point *points = malloc((size_t)METRICS * EACH * sizeof *points), *at;
    uint64_t random = 9;
    bool created;
    assert_non_null(at = points);
    for (uint32_t m = 0; m < METRICS; m++) {
        snprintf(text[m], sizeof text[m], "m%u", m);
        names[m] = text[m];
        for (int64_t i = 0; i < EACH; i++)
            *at++ =
                (struct store_point){.metric = m,
                                     .step = i * (STEP_MAX / EACH) + next_random(&random),
                                     .time_ms =
                                         (int64_t)((uint64_t)next_random(&random) << 32),
                                     .value = 1.0 / next_random(&random)};
    }
    struct store_points put = {.run = "r",
                               .names = names,
                               .name_count = METRICS,
                               .points = points,
                               .point_count = (size_t)(at - points)};
    begin(place);
    assert_ok(store_put(place->writer, &put, &created, &err), &err);
    commit(place);
    for (size_t m = 0; m < METRICS; m += 499) {
        struct points is = get_points(place, "r", names[m]);
        assert_int_equal(is.count, EACH);
        for (size_t i = 0; i < EACH; i++)
            assert_same(is.value[i], points[m * EACH + i].value);
    }
    free(points);
}

static const struct CMUnitTest cases[] = {
    CASE(all_handles_equal_a_model_over_many_foldings),
    CASE(they_do_so_with_other_dice),
    CASE(a_walk_of_any_range_is_whole),
    CASE(a_walk_that_takes_all_looks_at_no_point),
    CASE(a_walk_ends_where_the_visitor_says),
    CASE(lists_know_what_only_the_journal_knows),
    CASE(a_purged_run_does_not_come_back_from_the_journal),
    CASE(a_purge_and_a_new_run_fit_into_one_transaction),
    CASE(a_run_may_be_purged_while_it_is_folded),
    CASE(a_restored_run_has_all_its_points),
    CASE(a_thousand_series_side_by_side),
    CASE(a_long_series_is_corrected_in_its_middle),
    CASE(a_long_series_is_filled_up),
    CASE(a_put_of_very_many_points_is_stored),
};

int main(void)
{
    unsynced_attach();
    return run_over_engines("folding", cases, sizeof cases / sizeof *cases);
}
