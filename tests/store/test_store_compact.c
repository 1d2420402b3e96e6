/* The contract of store_compact.h, over every engine. */
#include "near.h"

#include "engines.h"
#include "store/store_compact.h"

enum { COUNT = 50000 };
static struct store_point sent[COUNT];

/* Of a noisy fall, with a spike and a NaN. */
static void put_curve(struct place *place, const char *run, const char *metric,
                      size_t from, size_t to)
{
    struct err err = {0};
    for (size_t i = 0; i < COUNT; i++)
        sent[i] = (struct store_point){.step = (int64_t)i,
                                       .time_ms = 5 * (int64_t)i,
                                       .value = 1 / (1.0 + (double)i) +
                                                1e-3 * sin((double)i * 12.9898)};
    sent[1234].value = 99;
    sent[2345].value = NAN;
    begin(place);
    assert_ok(put_points(place, run, metric, sent + from, to - from, &err), &err);
    commit(place);
}

static struct compacted compact(struct place *place, const struct compaction *wanted)
{
    struct err err = {0};
    struct compacted done;
    assert_ok(store_compact(place->writer, wanted, &done, &err), &err);
    return done;
}

/* On a reader, while the writer is open. */
static struct compacted dry_run(struct place *place, struct compaction wanted)
{
    struct err err = {0};
    struct store *reader;
    struct compacted done;
    wanted.dry_run = true;
    assert_ok(store_open(place->location, STORE_READER, &reader, &err), &err);
    assert_ok(store_compact(reader, &wanted, &done, &err), &err);
    store_close(reader);
    return done;
}

static void assert_whole(struct place *place, const char *run, size_t count)
{
    struct points points = get_points(place, run, "loss");
    assert_int_equal(points.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(points.step[i], sent[i].step);
        assert_int_equal(points.time_ms[i], sent[i].time_ms);
        assert_same(points.value[i], sent[i].value);
    }
}

static void small_pieces_are_packed_and_every_point_stays(void **state)
{
    struct compaction wanted = {0};
    put_curve(*state, "r", "loss", 0, 3000);
    put_curve(*state, "r", "loss", 3000, 3500);
    place_reopen(*state);
    put_curve(*state, "s", "loss", 0, 40000);
    struct metric before = get_metric(*state, "r", "loss");
    assert_int_equal(dry_run(*state, wanted).metrics_packed, 1);
    assert_int_equal(compact(*state, &wanted).metrics_packed, 1);
    assert_whole(*state, "r", 3500);
    assert_whole(*state, "s", 40000);
    struct metric after = get_metric(*state, "r", "loss");
    before.name = after.name;
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(compact(*state, &wanted).metrics_packed, 0);
    place_reopen(*state);
    assert_whole(*state, "r", 3500);
}

static void what_only_the_journal_holds_is_taken_along(void **state)
{
    struct compaction wanted = {0};
    put_curve(*state, "r", "loss", 0, 100);
    compact(*state, &wanted);
    assert_whole(*state, "r", 100);
    put_curve(*state, "r", "loss", 100, 200);
    assert_whole(*state, "r", 200);
    place_reopen(*state);
    assert_whole(*state, "r", 200);
}

static void assert_same_figures(const struct metric *a, const struct metric *b)
{
    assert_same(a->min, b->min);
    assert_same(a->max, b->max);
    assert_same(a->last, b->last);
    assert_int_equal(a->min_step, b->min_step);
    assert_int_equal(a->max_step, b->max_step);
    assert_int_equal(a->first_step, b->first_step);
    assert_int_equal(a->last_step, b->last_step);
}

/* put_points() says that it is the second 1. */
static void old_runs_are_thinned_and_their_figures_stay(void **state)
{
    struct compaction wanted = {.thin_before_ms = 1001, .thin_points = 1000};
    put_curve(*state, "r", "loss", 0, COUNT);
    put_curve(*state, "r", "small", 0, 1000);
    struct metric before = get_metric(*state, "r", "loss");
    struct compacted told = dry_run(*state, wanted);
    assert_whole(*state, "r", COUNT);
    struct compacted done = compact(*state, &wanted);
    struct metric after = get_metric(*state, "r", "loss");
    assert_same_figures(&before, &after);
    assert_int_equal(after.nonfinite_count, 1);
    assert_true(after.count > 900 && after.count <= 1000);
    assert_int_equal(get_points(*state, "r", "loss").count, after.count);
    assert_int_equal(get_points(*state, "r", "small").count, 1000);
    assert_int_equal(done.metrics_thinned, 1);
    assert_int_equal(done.points_before, COUNT);
    assert_int_equal(done.points_after, after.count);
    assert_true(done.bytes_after < done.bytes_before);
    assert_int_equal(told.metrics_thinned, done.metrics_thinned);
    assert_int_equal(told.points_after, done.points_after);
    assert_int_equal(compact(*state, &wanted).metrics_thinned, 0);
}

static void a_thinned_run_goes_on(void **state)
{
    struct compaction wanted = {.thin_before_ms = 1001, .thin_points = 100};
    put_curve(*state, "r", "loss", 0, COUNT - 10);
    compact(*state, &wanted);
    int64_t count = get_metric(*state, "r", "loss").count;
    put_curve(*state, "r", "loss", COUNT - 10, COUNT);
    put(*state, "r", "loss", 77, -8); /* one that went */
    struct metric metric = get_metric(*state, "r", "loss");
    assert_int_equal(metric.last_step, COUNT - 1);
    assert_int_equal(metric.min_step, 77);
    assert_int_equal(get_points(*state, "r", "loss").count, metric.count);
    assert_true(metric.count == count + 11 || metric.count == count + 10);
}

static void younger_runs_and_those_in_the_trash_are_not_thinned(void **state)
{
    struct compaction wanted = {.thin_before_ms = 1000, .thin_points = 100};
    struct err err = {0};
    struct place *place = *state;
    put_curve(place, "r", "loss", 0, 5000);
    assert_int_equal(compact(place, &wanted).metrics_thinned, 0);
    begin(place);
    assert_ok(store_run_trash(place->writer, "r", 900, &err), &err);
    commit(place);
    wanted.thin_before_ms = 5000;
    assert_int_equal(compact(place, &wanted).metrics_thinned, 0);
    assert_whole(place, "r", 5000);
}

static void old_trash_is_ended_and_nothing_else(void **state)
{
    static const char *const ids[] = {"kept", "old", "new"};
    struct compaction wanted = {.purge_before_ms = 10000};
    struct err err = {0};
    struct place *place = *state;
    for (size_t i = 0; i < 3; i++)
        put_curve(place, ids[i], "loss", 0, 5000);
    begin(place);
    assert_ok(store_run_trash(place->writer, "old", 9999, &err), &err);
    assert_ok(store_run_trash(place->writer, "new", 10000, &err), &err);
    commit(place);
    assert_int_equal(dry_run(place, wanted).runs_purged, 1);
    get_run(place, "old");
    struct compacted done = compact(place, &wanted);
    assert_int_equal(done.runs_purged, 1);
    assert_int_equal(done.points_purged, 5000);
    get_run(place, "new");
    assert_whole(place, "kept", 5000);
    struct run run;
    assert_status(store_run_get(place->writer, "old", true, &place->arena, &run, &err),
                  ST_NOT_FOUND, &err);
    put(place, "old", "loss", 1, 1); /* a new one, of that name */
    assert_int_equal(get_points(place, "old", "loss").count, 1);
}

static void the_oldest_trash_is_ended_a_few_at_a_time(void **state)
{
    static const struct {
        size_t limit, ended, left;
    } rows[] = {{0, 0, 6}, {2, 2, 4}, {2, 2, 2}, {2, 0, 2}};
    struct err err = {0};
    struct place *place = *state;
    for (int i = 0; i < 6; i++) {
        char id[16];
        snprintf(id, sizeof id, "r%d", i);
        put(place, id, "loss", 1, 1);
        begin(place);
        if (i < 5)
            assert_ok(store_run_trash(place->writer, id, 100 - i, &err), &err);
        commit(place);
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t count;
        struct store_info info;
        begin(place);
        assert_ok(store_purge_trash(place->writer, 100, rows[i].limit, &count, &err),
                  &err);
        commit(place);
        assert_int_equal(count, rows[i].ended);
        assert_ok(store_info(place->writer, &info, &err), &err);
        assert_int_equal(info.runs, rows[i].left);
    }
    get_run(place, "r0"); /* put there just now */
    get_run(place, "r5");
}

static void an_empty_database_is_compacted(void **state)
{
    struct compaction wanted = {.purge_before_ms = 1,
                                .thin_before_ms = 1,
                                .thin_points = 100};
    struct compacted done = compact(*state, &wanted);
    assert_int_equal(done.runs_purged + done.metrics_thinned + done.metrics_packed, 0);
}

static const struct CMUnitTest cases[] = {
    CASE(small_pieces_are_packed_and_every_point_stays),
    CASE(what_only_the_journal_holds_is_taken_along),
    CASE(old_runs_are_thinned_and_their_figures_stay),
    CASE(a_thinned_run_goes_on),
    CASE(younger_runs_and_those_in_the_trash_are_not_thinned),
    CASE(old_trash_is_ended_and_nothing_else),
    CASE(the_oldest_trash_is_ended_a_few_at_a_time),
    CASE(an_empty_database_is_compacted),
};

int main(void)
{
    return run_over_engines("compact", cases, sizeof cases / sizeof *cases);
}
