/* store/tail: what the journal adds up to in memory. */
#include "rows.h"
#include "store/tail.h"

#include "made_points.h"

static struct tail tail;

static int setup(void **state)
{
    (void)state;
    tail = (struct tail){0};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tail_reset(&tail);
    return 0;
}

/* points[from..from + count] of a metric, as row `seq` of the journal brought them. */
static void add(int64_t metric_key, int64_t seq, const struct points *points, size_t from,
                size_t count)
{
    struct points part = {points->step + from, points->time_ms + from,
                          points->value + from, count};
    struct tail_add new = {metric_key, seq, &part, count};
    assert_true(tail_add(&tail, &new));
}

static void an_empty_tail_has_nothing(void **state)
{
    (void)state;
    assert_null(tail_points(&tail, 1));
    assert_null(tail_heard(&tail, 1));
    assert_int_equal(unfolded_from(NULL, 5), 0);
    tail_drop(&tail, 1);
    tail_cut(&tail, 1, 5);
    tail_forget_runs(&tail, INT64_MAX);
    tail_reset(&tail);
    assert_int_equal(tail.points, 0);
}

/* One at a time and in larger parts, over each size at which the room grows. */
static void points_are_kept_while_it_grows(void **state)
{
    enum { ALL = 5000 };
    struct points points = points_made(&made_ordinary, ALL, 1);
    size_t done = 0;
    (void)state;
    for (int64_t seq = 1; done < ALL; seq++) {
        size_t count = seq % 7 ? 1 : 40;
        count = done + count > ALL ? ALL - done : count;
        add(7, seq, &points, done, count);
        done += count;
        assert_int_equal(tail.points, done);
        assert_int_equal(tail_points(&tail, 7)->points.count, done);
    }
    assert_points(&tail_points(&tail, 7)->points, &points, 0, ALL);
    points_free(&points);
}

static void a_put_larger_than_twice_the_room_fits(void **state)
{
    enum { ALL = 100000 };
    struct points points = points_made(&made_ordinary, ALL, 1);
    (void)state;
    add(7, 1, &points, 0, 1);
    add(7, 2, &points, 1, ALL - 1);
    assert_points(&tail_points(&tail, 7)->points, &points, 0, ALL);
    points_free(&points);
}

/* --- cutting --- */

enum { CUT_ROWS = 12 };

/* Row s brings s points. */
static size_t add_rows(const struct points *points)
{
    size_t done = 0;
    for (int64_t seq = 1; seq <= CUT_ROWS; seq++) {
        add(7, 10 * seq, points, done, (size_t)seq);
        done += (size_t)seq;
    }
    return done;
}

static void a_cut_at_any_place_leaves_what_is_newer(void **state)
{
    struct points points = points_made(&made_ordinary, 100, 1);
    (void)state;
    for (int64_t folded = -1; folded <= 10 * CUT_ROWS + 11; folded++) {
        size_t all = add_rows(&points), gone = 0;
        for (int64_t seq = 1; seq <= CUT_ROWS && 10 * seq <= folded; seq++)
            gone += (size_t)seq;
        assert_int_equal(unfolded_from(tail_points(&tail, 7), folded), gone);
        add(8, 1, &points, 0, 3);
        tail_cut(&tail, 7, folded);
        assert_int_equal(tail.points, all - gone + 3);
        if (gone < all)
            assert_points(&tail_points(&tail, 7)->points, &points, gone, all - gone);
        else
            assert_null(tail_points(&tail, 7));
        tail_reset(&tail);
    }
    points_free(&points);
}

static void it_grows_again_after_a_cut(void **state)
{
    struct points points = points_made(&made_ordinary, 200, 1);
    (void)state;
    size_t all = add_rows(&points);
    tail_cut(&tail, 7, 10 * CUT_ROWS - 1);
    add(7, 10 * CUT_ROWS + 10, &points, all, 200 - all);
    const struct unfolded *unfolded = tail_points(&tail, 7);
    assert_points(&unfolded->points, &points, all - CUT_ROWS, 200 - all + CUT_ROWS);
    assert_int_equal(unfolded_from(unfolded, 10 * CUT_ROWS), CUT_ROWS);
    points_free(&points);
}

static void what_is_dropped_is_gone_and_may_come_back(void **state)
{
    struct points points = points_made(&made_ordinary, 100, 1);
    (void)state;
    add(7, 1, &points, 0, 40);
    add(8, 1, &points, 0, 20);
    tail_drop(&tail, 7);
    tail_drop(&tail, 7);
    tail_drop(&tail, 4711);
    assert_null(tail_points(&tail, 7));
    assert_int_equal(tail.points, 20);
    assert_int_equal(tail.metrics.count, 1);
    add(7, 2, &points, 40, 60);
    assert_points(&tail_points(&tail, 7)->points, &points, 40, 60);
    assert_points(&tail_points(&tail, 8)->points, &points, 0, 20);
    points_free(&points);
}

/* --- runs --- */

static void hear(int64_t run_key, int64_t last_step, int64_t updated_ms, bool steps)
{
    struct heard heard = {.last_step = last_step,
                          .updated_ms = updated_ms,
                          .counts_steps = steps};
    assert_true(tail_hear(&tail, run_key, &heard));
}

static void of_a_run_the_largest_is_kept(void **state)
{
    (void)state;
    hear(1, -1, 50, false);
    assert_int_equal(tail_heard(&tail, 1)->last_step, -1);
    hear(1, 10, 40, true);
    hear(1, 5, 60, false);
    assert_int_equal(tail_heard(&tail, 1)->last_step, 10);
    assert_int_equal(tail_heard(&tail, 1)->updated_ms, 60);
    assert_true(tail_heard(&tail, 1)->counts_steps);
    assert_int_equal(tail.puts, 3);
}

static void forgotten_runs_leave_the_points(void **state)
{
    struct points points = points_made(&made_ordinary, 10, 1);
    (void)state;
    add(7, 1, &points, 0, 10);
    hear(1, 1, 1, false);
    hear(2, 1, 1, false);
    tail_forget_runs(&tail, INT64_MAX);
    assert_null(tail_heard(&tail, 1));
    assert_int_equal(tail.runs.count, 0);
    assert_int_equal(tail.points, 10);
    hear(1, 0, 0, false);
    assert_int_equal(tail_heard(&tail, 1)->last_step, 0);
    points_free(&points);
}

static void runs_that_were_heard_of_since_are_not_forgotten(void **state)
{
    (void)state;
    assert_true(tail_hear(&tail, 1, &(struct heard){.last_step = 1, .seq = 4}));
    assert_true(tail_hear(&tail, 2, &(struct heard){.last_step = 1, .seq = 4}));
    assert_true(tail_hear(&tail, 2, &(struct heard){.last_step = 2, .seq = 5}));
    tail_forget_runs(&tail, 4);
    assert_null(tail_heard(&tail, 1));
    assert_int_equal(tail_heard(&tail, 2)->last_step, 2);
    assert_int_equal(tail.runs.count, 1);
}

/* --- very many --- */

static void a_hundred_thousand_metrics_and_runs_are_found(void **state)
{
    enum { KEYS = 100000 };
    struct points points = points_made(&made_ordinary, 4, 1);
    (void)state;
    for (int64_t key = 1; key <= KEYS; key++) {
        add(key * 3, key, &points, (size_t)key % 3, 1 + (size_t)key % 2);
        hear(key << 20, key, key, false);
    }
    assert_int_equal(tail.metrics.count, KEYS);
    assert_int_equal(tail.runs.count, KEYS);
    assert_int_equal(tail.points, KEYS + KEYS / 2);
    for (int64_t key = 1; key <= KEYS; key++) {
        const struct unfolded *unfolded = tail_points(&tail, key * 3);
        assert_points(&unfolded->points, &points, (size_t)key % 3, 1 + (size_t)key % 2);
        assert_null(tail_points(&tail, key * 3 + 1));
        assert_int_equal(tail_heard(&tail, key << 20)->last_step, key);
    }
    for (int64_t key = 1; key <= KEYS; key += 2)
        tail_drop(&tail, key * 3);
    assert_int_equal(tail.metrics.count, KEYS / 2);
    assert_int_equal(tail.points, KEYS / 2);
    for (int64_t key = 1; key <= KEYS; key++)
        assert_int_equal(tail_points(&tail, key * 3) != NULL, key % 2 == 0);
    points_free(&points);
}

static void the_smallest_and_largest_keys_are_keys(void **state)
{
    static const int64_t keys[] = {INT64_MIN, -1, 0, 1, INT64_MAX};
    struct points points = points_made(&made_ordinary, 5, 1);
    (void)state;
    for (size_t i = 0; i < COUNT(keys); i++)
        add(keys[i], 1, &points, i, 1);
    for (size_t i = 0; i < COUNT(keys); i++)
        assert_points(&tail_points(&tail, keys[i])->points, &points, i, 1);
    points_free(&points);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_empty_tail_has_nothing),
        CASE(points_are_kept_while_it_grows),
        CASE(a_put_larger_than_twice_the_room_fits),
        CASE(a_cut_at_any_place_leaves_what_is_newer),
        CASE(it_grows_again_after_a_cut),
        CASE(what_is_dropped_is_gone_and_may_come_back),
        CASE(of_a_run_the_largest_is_kept),
        CASE(forgotten_runs_leave_the_points),
        CASE(runs_that_were_heard_of_since_are_not_forgotten),
        CASE(a_hundred_thousand_metrics_and_runs_are_found),
        CASE(the_smallest_and_largest_keys_are_keys),
    };
    return cmocka_run_group_tests_name("store/tail", tests, NULL, NULL);
}
