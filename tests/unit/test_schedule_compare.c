/* Comparing a column with its schedule, and finding where it starts. */
#include "column.h"

static const struct recipe cosine = {
    "CosineAnnealingLR", {{"T_max", 50}}, 0, 1, 50, 1, {0},
};

static struct schedule_deviation compare(struct column *column)
{
    struct schedule_deviation d;
    struct schedule schedule = schedule_of(cosine.type, cosine.settings);
    schedule_compare(&schedule, &column->series,
                     schedule_origin(&schedule, &column->series), &d);
    return d;
}

static void on_the_curve_nothing_deviates(void **state)
{
    static struct column column;
    (void)state;
    make_column(&cosine, &column);
    struct schedule_deviation d = compare(&column);
    assert_int_equal(d.points, 50);
    assert_int_equal(d.shift, 0);
    assert_true(d.max_relative == 0 && d.rms_relative == 0);
    assert_int_equal(d.leaves_at, -1);
}

static void late_and_early_are_shifts_and_no_fault(void **state)
{
    static struct column column;
    (void)state;
    for (int shift = -1; shift <= 1; shift++) {
        struct recipe recipe = cosine;
        recipe.trap.shift = shift;
        make_column(&recipe, &column);
        struct schedule_deviation d = compare(&column);
        assert_int_equal(d.shift, shift);
        assert_true(d.max_relative < 1e-12);
    }
}

static void means_over_each_step_are_a_way_of_logging(void **state)
{
    static struct column column;
    struct recipe recipe = cosine;
    (void)state;
    recipe.trap.batches = 400;
    make_column(&recipe, &column);
    struct schedule_deviation d = compare(&column);
    assert_true(d.averaged);
    assert_int_equal(d.shift, 0);
    assert_true(d.max_relative < 1e-3); /* half a batch */
    assert_int_equal(d.leaves_at, -1);
    /* What a log of means holds at t lies between the rates at t and t + 1. */
    struct schedule schedule = schedule_of(cosine.type, cosine.settings);
    double held = schedule_logged(&schedule, &d, 20);
    assert_true(held < schedule_lr(&schedule, 20) && held > schedule_lr(&schedule, 21));
    make_column(&cosine, &column);
    assert_false(compare(&column).averaged);
}

static void a_schedule_of_epochs_under_a_column_of_steps(void **state)
{
    static struct column column;
    struct recipe recipe = cosine;
    const struct schedule_stairs stairs = {recipe.step_of_t0, 20};
    struct schedule schedule = schedule_of(cosine.type, cosine.settings);
    (void)state;
    recipe.count = 1000;
    recipe.trap.every = 20;
    for (int shift = 0; shift <= 1; shift++) {
        struct schedule_deviation d;
        recipe.trap.shift = shift;
        make_column(&recipe, &column);
        schedule_compare_stairs(&schedule, &column.series, &stairs, &d);
        assert_int_equal(d.every, 20);
        assert_int_equal(d.shift, shift);
        assert_true(d.max_relative < 1e-12);
        assert_int_equal(d.leaves_at, -1);
        assert_true(compare(&column).max_relative > 0.1);
    }
}

static void leaving_is_where_it_stays_off(void **state)
{
    static struct column column;
    (void)state;
    make_column(&cosine, &column);
    column.value[10] = 0.02; /* one row alone is no leaving */
    for (size_t i = 30; i < 50; i++)
        column.value[i] = 0.1;
    struct schedule_deviation d = compare(&column);
    assert_int_equal(d.leaves_at, 31);
    assert_int_equal(d.max_at, 50);
    assert_int_equal(d.shift, 0);
}

/* Columns of `made` under the schedule of `held`: how it is logged shows only while it
   follows. */
struct way_row {
    const char *name;
    struct recipe made, held;
    int leaves, shift; /* the row from which the column is elsewhere, 0: never */
};

static const struct way_row ways[] = {
    {"two curves that begin at one rate",
     {"StepLR", {{"step_size", 20}}, 0, 1, 36, 1, {0}},
     {"CosineAnnealingLR", {{"T_max", 36}}, 0, 1, 36, 1, {0}},
     0,
     0},
    {"two that cross",
     {"CosineAnnealingWarmRestarts", {{"T_0", 13}}, 0, 1, 30, 1, {0}},
     {"ExponentialLR", {{"gamma", 0.9}}, 0, 1, 30, 1, {0}},
     0,
     0},
    {"one that meets the mean of a step of the other",
     {"ExponentialLR", {{"gamma", 0.93}}, 0, 1, 44, 1, {0}},
     {"OneCycleLR", {{"total_steps", 50}}, 0, 1, 44, 1, {0}},
     0,
     0},
    {"late, then elsewhere",
     {"CosineAnnealingLR", {{"T_max", 50}}, 0, 1, 50, 1, {.shift = 1}},
     {"CosineAnnealingLR", {{"T_max", 50}}, 0, 1, 50, 1, {0}},
     15,
     1},
    {"early by one fall, then elsewhere",
     {"StepLR", {{"step_size", 12}}, 0, 1, 40, 1, {.shift = -1}},
     {"StepLR", {{"step_size", 12}}, 0, 1, 40, 1, {0}},
     20,
     -1},
    {"late by one fall to the end",
     {"StepLR", {{"step_size", 12}}, 0, 1, 20, 1, {.shift = 1}},
     {"StepLR", {{"step_size", 12}}, 0, 1, 20, 1, {0}},
     0,
     1},
};

static void way_row(void **state)
{
    static struct column column;
    const struct way_row *row = *state;
    struct schedule schedule = schedule_of(row->held.type, row->held.settings);
    struct schedule_deviation d;
    make_column(&row->made, &column);
    for (size_t i = (size_t)row->leaves; row->leaves && i < column.series.count; i++)
        column.value[i] = i % 2 ? 0.031 : 0.047;
    schedule_compare(&schedule, &column.series, 1, &d);
    assert_int_equal(d.shift, row->shift);
    assert_false(d.averaged);
}

static void a_last_row_of_0_is_no_leaving(void **state)
{
    static struct column column;
    (void)state;
    make_column(&cosine, &column);
    column.series.count = 20;
    column.value[19] = 0;
    struct schedule_deviation d = compare(&column);
    assert_int_equal(d.leaves_at, -1);
    assert_int_equal(d.points, 19);
    assert_true(d.max_relative == 0);
}

static void rounding_widens_the_tolerance(void **state)
{
    static struct column column;
    struct recipe recipe = cosine;
    (void)state;
    recipe.trap.grid = 0.01;
    make_column(&recipe, &column);
    struct schedule_deviation d = compare(&column);
    assert_near(d.tolerance, 0.075, 1e-9);
    assert_int_equal(d.leaves_at, -1);
}

static void nothing_to_compare(void **state)
{
    struct schedule_deviation d;
    struct series none = {NULL, NULL, 0};
    struct schedule schedule = schedule_of(cosine.type, cosine.settings);
    (void)state;
    schedule_compare(&schedule, &none, 0, &d);
    assert_int_equal(d.points, 0);
    assert_int_equal(d.leaves_at, -1);
    assert_int_equal(schedule_origin(&schedule, &none), 0);
}

struct origin_row {
    const char *name;
    enum schedule_unit unit;
    int first, stride, count, step_of_t0;
    int64_t origin;
};

static const struct origin_row origins[] = {
    {"epochs from 0", SCHEDULE_EPOCH, 0, 1, 20, 0, 0},
    {"epochs from 1", SCHEDULE_EPOCH, 0, 1, 20, 1, 1},
    {"steps from 0", SCHEDULE_STEP, 0, 1, 20, 0, 0},
    {"steps from 1", SCHEDULE_STEP, 0, 1, 20, 1, 1},
    {"sparse steps", SCHEDULE_STEP, 10, 10, 20, 0, 0},
    {"sparse steps after a first of 1", SCHEDULE_STEP, 1, 10, 20, 0, 0},
    {"every fifth epoch", SCHEDULE_EPOCH, 5, 5, 8, 0, 0},
    {"resumed at epoch 20 of its own", SCHEDULE_EPOCH, 20, 1, 20, 0, 0},
    {"every 50th step after a checkpoint", SCHEDULE_STEP, 50, 50, 20, 20000, 20000},
    {"a log that starts late and fresh", SCHEDULE_EPOCH, 0, 1, 20, 100, 100},
};

static void origin_row(void **state)
{
    static struct column column;
    const struct origin_row *row = *state;
    struct recipe made = cosine;
    made.first = row->first;
    made.stride = row->stride;
    made.count = row->count;
    made.step_of_t0 = row->step_of_t0;
    made.settings[0].value = 200;
    make_column(&made, &column);
    struct schedule schedule = schedule_of(made.type, made.settings);
    schedule.unit = row->unit;
    assert_int_equal(schedule_origin(&schedule, &column.series), row->origin);
}

#define ROWS(table) (sizeof(table) / sizeof *(table))

int main(void)
{
    static const struct CMUnitTest plain[] = {
        cmocka_unit_test(on_the_curve_nothing_deviates),
        cmocka_unit_test(late_and_early_are_shifts_and_no_fault),
        cmocka_unit_test(means_over_each_step_are_a_way_of_logging),
        cmocka_unit_test(a_schedule_of_epochs_under_a_column_of_steps),
        cmocka_unit_test(leaving_is_where_it_stays_off),
        cmocka_unit_test(a_last_row_of_0_is_no_leaving),
        cmocka_unit_test(rounding_widens_the_tolerance),
        cmocka_unit_test(nothing_to_compare),
    };
    struct CMUnitTest starts[ROWS(origins)], logged[ROWS(ways)];
    for (size_t i = 0; i < ROWS(ways); i++)
        logged[i] =
            (struct CMUnitTest){ways[i].name, way_row, NULL, NULL, (void *)&ways[i]};
    for (size_t i = 0; i < ROWS(origins); i++)
        starts[i] = (struct CMUnitTest){origins[i].name, origin_row, NULL, NULL,
                                        (void *)&origins[i]};
    return cmocka_run_group_tests(plain, NULL, NULL) +
           cmocka_run_group_tests(logged, NULL, NULL) +
           cmocka_run_group_tests(starts, NULL, NULL);
}
