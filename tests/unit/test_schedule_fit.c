/* Fitting and comparing on made columns, one row per trap of real logs. */
#include "core/schedule_fit.h"
#include "near.h"

#include <string.h>

#define POINTS_MAX 4000

struct setting {
    const char *param;
    double value;
};

/* What a log does to a learning rate on its way. */
struct trap {
    int shift;     /* the point at t holds the rate of t + shift */
    double grid;   /* rounded to multiples of this */
    bool float32;  /* logged in single precision */
    bool zero_end; /* a last row of 0 */
    int gaps;      /* every n-th row is missing */
    double noise;  /* relative to base_lr, uniform */
};

struct fit_row {
    const char *name;
    const char *type; /* what made the column */
    struct setting settings[5];
    int first, stride, count; /* t of the rows */
    int step_of_t0;
    struct trap trap;
    const char *fitted; /* its type, of the last part; NULL: nothing is found */
    struct setting expect;
    double tolerance; /* relative */
};

static struct schedule schedule_of(const char *type, const struct setting *settings)
{
    struct schedule schedule = {.part_count = 1};
    struct schedule_part *part = &schedule.parts[0];
    *part = schedule_part_default(schedule_type_find(type));
    part->param[0] = 0.1;
    for (; settings && settings->param; settings++) {
        if (part->type->list && !strcmp(settings->param, part->type->list))
            part->list[part->list_count++] = settings->value;
        else
            part->param[schedule_param_find(part->type, settings->param)] =
                settings->value;
    }
    return schedule;
}

struct column {
    int64_t step[POINTS_MAX];
    double value[POINTS_MAX];
    struct series series;
    unsigned long long seed;
};

/* uniform in [-1, 1), always the same */
static double noise(struct column *column)
{
    column->seed = column->seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (double)(column->seed >> 11) / 4503599627370496.0 - 1;
}

static void add(struct column *column, int64_t step, double value)
{
    column->step[column->series.count] = step;
    column->value[column->series.count++] = value;
}

static double trapped(struct column *column, const struct trap *trap, double lr)
{
    lr += trap->noise * 0.1 * noise(column);
    if (trap->grid > 0)
        lr = rint(lr / trap->grid) * trap->grid;
    return trap->float32 ? (double)(float)lr : lr;
}

static void make_column(const struct fit_row *row, struct column *column)
{
    struct schedule schedule = schedule_of(row->type, row->settings);
    memset(column, 0, sizeof *column);
    column->series.step = column->step;
    column->series.value = column->value;
    column->seed = 42;
    for (int i = 0; i < row->count; i++) {
        double t = row->first + (double)i * row->stride;
        if (row->trap.gaps && i % row->trap.gaps == row->trap.gaps - 1)
            continue;
        double lr = schedule_lr(&schedule, fmax(0, t + row->trap.shift));
        add(column, row->step_of_t0 + (int64_t)t, trapped(column, &row->trap, lr));
    }
    if (row->trap.zero_end)
        column->value[column->series.count - 1] = 0;
}

static void fit_row(void **state)
{
    static struct column column;
    static double work[2 * POINTS_MAX];
    const struct fit_row *row = *state;
    struct schedule_fit fit;
    make_column(row, &column);
    schedule_fit(&column.series, 0, work, &fit);
    assert_int_equal(fit.found, row->fitted != NULL);
    if (!row->fitted)
        return;
    const struct schedule_part *last = &fit.schedule.parts[fit.schedule.part_count - 1];
    assert_string_equal(last->type->name, row->fitted);
    assert_true(fit.confidence > 0 && fit.confidence <= 1);
    assert_int_equal(fit.deviation.leaves_at, -1);
    if (!row->expect.param)
        return;
    double got = last->param[schedule_param_find(last->type, row->expect.param)];
    if (fabs(got - row->expect.value) > row->tolerance * row->expect.value)
        fail_msg("%s is %.17g", row->expect.param, got);
}

#define COSINE   "CosineAnnealingLR"
#define RESTARTS "CosineAnnealingWarmRestarts"

static const struct fit_row rows[] = {
    {"a whole cosine",
     COSINE,
     {{"T_max", 50}},
     0,
     1,
     50,
     1,
     {0},
     COSINE,
     {"T_max", 50},
     0},
    {"a short cosine",
     COSINE,
     {{"T_max", 10}},
     0,
     1,
     10,
     0,
     {0},
     COSINE,
     {"T_max", 10},
     0},
    {"a cosine with eta_min",
     COSINE,
     {{"T_max", 50}, {"eta_min", 0.01}},
     0,
     1,
     50,
     1,
     {0},
     COSINE,
     {"eta_min", 0.01},
     1e-9},
    {"a cosine cut at half",
     COSINE,
     {{"T_max", 100}},
     0,
     1,
     50,
     1,
     {0},
     COSINE,
     {"T_max", 100},
     0},
    {"a cosine cut at a fifth",
     COSINE,
     {{"T_max", 100}},
     0,
     1,
     20,
     1,
     {0},
     COSINE,
     {"T_max", 100},
     0},
    {"a cosine that climbs back",
     COSINE,
     {{"T_max", 5}},
     0,
     1,
     20,
     1,
     {0},
     COSINE,
     {"T_max", 5},
     0},
    {"a cosine from its middle",
     COSINE,
     {{"T_max", 60}},
     20,
     1,
     40,
     1,
     {0},
     COSINE,
     {"T_max", 60},
     0},
    {"a cosine rounded to 4 digits",
     COSINE,
     {{"T_max", 50}},
     0,
     1,
     50,
     1,
     {.grid = 1e-4},
     COSINE,
     {"T_max", 50},
     0.01},
    {"a small cosine that looks like stairs",
     COSINE,
     {{"base_lr", 0.001}, {"T_max", 50}},
     0,
     1,
     50,
     1,
     {.grid = 1e-4},
     COSINE,
     {"T_max", 50},
     0.04},
    {"a cosine in float32",
     COSINE,
     {{"T_max", 50}},
     0,
     1,
     50,
     1,
     {.float32 = true},
     COSINE,
     {"T_max", 50},
     0},
    {"a cosine with a last row of 0",
     COSINE,
     {{"T_max", 100}},
     0,
     1,
     40,
     1,
     {.zero_end = true},
     COSINE,
     {"T_max", 100},
     0},
    {"a cosine logged one step late",
     COSINE,
     {{"T_max", 50}},
     0,
     1,
     50,
     1,
     {.shift = 1},
     COSINE,
     {"T_max", 50},
     0},
    {"a cosine logged one step early",
     COSINE,
     {{"T_max", 50}},
     0,
     1,
     50,
     1,
     {.shift = -1},
     COSINE,
     {"T_max", 50},
     0},
    {"a cosine with every fourth row missing",
     COSINE,
     {{"T_max", 80}},
     0,
     1,
     60,
     1,
     {.gaps = 4},
     COSINE,
     {"T_max", 80},
     0},
    {"a cosine with noise of 0.2 %",
     COSINE,
     {{"T_max", 100}},
     0,
     1,
     100,
     1,
     {.noise = 0.002},
     COSINE,
     {"T_max", 100},
     0.01},
    {"a cosine logged every 50 steps",
     COSINE,
     {{"T_max", 100000}},
     0,
     50,
     1200,
     0,
     {0},
     COSINE,
     {"T_max", 100000},
     1e-4},
    {"Hugging Face's cosine",
     "cosine_with_warmup",
     {{"num_warmup_steps", 100}, {"num_training_steps", 2000}},
     10,
     10,
     200,
     0,
     {0},
     "cosine_with_warmup",
     {"num_training_steps", 2000},
     0},
    {"Hugging Face's cosine, half-way",
     "cosine_with_warmup",
     {{"num_warmup_steps", 100}, {"num_training_steps", 2000}},
     10,
     10,
     100,
     0,
     {0},
     "cosine_with_warmup",
     {"num_training_steps", 2000},
     0},
    {"a warm-up that was not logged",
     "cosine_with_warmup",
     {{"num_warmup_steps", 100}, {"num_training_steps", 2000}},
     200,
     10,
     180,
     0,
     {0},
     COSINE,
     {"T_max", 1900},
     0},
    {"Hugging Face's linear",
     "linear_with_warmup",
     {{"num_warmup_steps", 100}, {"num_training_steps", 2000}},
     10,
     10,
     150,
     0,
     {.shift = 1},
     "linear_with_warmup",
     {"num_training_steps", 2000},
     0},
    {"Hugging Face's constant",
     "constant_with_warmup",
     {{"num_warmup_steps", 20}},
     0,
     1,
     60,
     0,
     {0},
     "constant_with_warmup",
     {"num_warmup_steps", 20},
     0},
    {"a line",
     "LinearLR",
     {{"start_factor", 1}, {"end_factor", 0}, {"total_iters", 50}},
     0,
     1,
     50,
     1,
     {0},
     "LinearLR",
     {"total_iters", 50},
     0},
    {"a line that stays at its floor",
     "LinearLR",
     {{"start_factor", 1}, {"end_factor", 0.1}, {"total_iters", 30}},
     0,
     1,
     50,
     1,
     {0},
     "LinearLR",
     {"total_iters", 30},
     0},
    {"a noisy line is no cosine",
     "LinearLR",
     {{"start_factor", 1}, {"end_factor", 0.01}, {"total_iters", 100}},
     0,
     1,
     60,
     1,
     {.noise = 0.005},
     "LinearLR",
     {NULL, 0},
     0},
    {"a rounded line is no cosine",
     "LinearLR",
     {{"start_factor", 1}, {"end_factor", 0.01}, {"total_iters", 50}},
     0,
     1,
     50,
     1,
     {.grid = 1e-3},
     "LinearLR",
     {NULL, 0},
     0},
    {"restarts", RESTARTS, {{"T_0", 10}}, 0, 1, 40, 1, {0}, RESTARTS, {"T_0", 10}, 0},
    {"restarts that grow",
     RESTARTS,
     {{"T_0", 10}, {"T_mult", 2}},
     0,
     1,
     60,
     1,
     {0},
     RESTARTS,
     {"T_mult", 2},
     0},
    {"restarts from the middle of a cycle",
     RESTARTS,
     {{"T_0", 20}},
     5,
     1,
     60,
     1,
     {0},
     RESTARTS,
     {"T_0", 20},
     0},
    {"restarts, rounded and late",
     RESTARTS,
     {{"T_0", 25}, {"eta_min", 0.001}},
     0,
     1,
     50,
     1,
     {.shift = 1, .grid = 1e-4},
     RESTARTS,
     {"T_0", 25},
     0},
    {"even steps",
     "StepLR",
     {{"step_size", 30}},
     0,
     1,
     100,
     1,
     {0},
     "StepLR",
     {"step_size", 30},
     0},
    {"even steps logged late",
     "StepLR",
     {{"step_size", 30}},
     0,
     1,
     100,
     1,
     {.shift = 1},
     "StepLR",
     {"step_size", 30},
     0},
    {"steps of one's own",
     "MultiStepLR",
     {{"milestones", 30}, {"milestones", 80}},
     0,
     1,
     100,
     1,
     {0},
     "MultiStepLR",
     {"gamma", 0.1},
     1e-9},
    {"an exponential",
     "ExponentialLR",
     {{"gamma", 0.95}},
     0,
     1,
     60,
     1,
     {0},
     "ExponentialLR",
     {"gamma", 0.95},
     1e-9},
    {"constant",
     "constant",
     {{NULL, 0}},
     0,
     1,
     10,
     1,
     {.float32 = true},
     "constant",
     {"base_lr", 0.1},
     1e-6},
    {"two points say nothing",
     COSINE,
     {{"T_max", 10}},
     0,
     1,
     2,
     1,
     {0},
     NULL,
     {NULL, 0},
     0},
    {"noise alone says nothing",
     "constant",
     {{NULL, 0}},
     0,
     1,
     60,
     1,
     {.noise = 0.5},
     NULL,
     {NULL, 0},
     0},
};

/* --- what is not usable is passed over --- */

static void not_finite_and_negative_points_are_passed_over(void **state)
{
    static struct column column;
    static double work[2 * POINTS_MAX];
    struct schedule_fit fit;
    (void)state;
    make_column(&rows[0], &column);
    column.value[7] = NAN;
    column.value[8] = INFINITY;
    column.value[9] = -1;
    schedule_fit(&column.series, 0, work, &fit);
    assert_true(fit.found);
    assert_true(fit.schedule.parts[0].param[1] == 50);
    memset(column.value, 0xff, sizeof column.value); /* NaN */
    schedule_fit(&column.series, 0, work, &fit);
    assert_false(fit.found);
}

static void little_seen_is_little_trusted(void **state)
{
    static struct column whole, early;
    static double work[2 * POINTS_MAX];
    struct schedule_fit a, b;
    struct fit_row row = rows[0];
    (void)state;
    make_column(&row, &whole);
    row.settings[0].value = 500;
    make_column(&row, &early);
    schedule_fit(&whole.series, 0, work, &a);
    schedule_fit(&early.series, 0, work, &b);
    assert_true(a.found && b.found);
    assert_true(b.confidence < 0.7 * a.confidence);
}

/* --- compare --- */

static struct schedule_deviation compare(struct column *column)
{
    struct schedule_deviation d;
    struct schedule schedule = schedule_of(rows[0].type, rows[0].settings);
    schedule_compare(&schedule, &column->series,
                     schedule_origin(&schedule, &column->series), &d);
    return d;
}

static void on_the_curve_nothing_deviates(void **state)
{
    static struct column column;
    (void)state;
    make_column(&rows[0], &column);
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
        struct fit_row row = rows[0];
        row.trap.shift = shift;
        make_column(&row, &column);
        struct schedule_deviation d = compare(&column);
        assert_int_equal(d.shift, shift);
        assert_true(d.max_relative < 1e-12);
    }
}

static void leaving_is_where_it_stays_off(void **state)
{
    static struct column column;
    (void)state;
    make_column(&rows[0], &column);
    column.value[10] = 0.02; /* one row alone is no leaving */
    for (size_t i = 30; i < 50; i++)
        column.value[i] = 0.1;
    struct schedule_deviation d = compare(&column);
    assert_int_equal(d.leaves_at, 31);
    assert_int_equal(d.max_at, 50);
    assert_int_equal(d.shift, 0);
}

static void a_last_row_of_0_is_no_leaving(void **state)
{
    static struct column column;
    (void)state;
    make_column(&rows[0], &column);
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
    struct fit_row row = rows[0];
    (void)state;
    row.trap.grid = 0.01;
    make_column(&row, &column);
    struct schedule_deviation d = compare(&column);
    assert_near(d.tolerance, 0.075, 1e-9);
    assert_int_equal(d.leaves_at, -1);
}

static void nothing_to_compare(void **state)
{
    struct schedule_deviation d;
    struct series none = {NULL, NULL, 0};
    struct schedule schedule = schedule_of(rows[0].type, rows[0].settings);
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
    {"a log that starts late and fresh", SCHEDULE_EPOCH, 0, 1, 20, 100, 100},
};

static void origin_row(void **state)
{
    static struct column column;
    const struct origin_row *row = *state;
    struct fit_row made = rows[0];
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
        cmocka_unit_test(not_finite_and_negative_points_are_passed_over),
        cmocka_unit_test(little_seen_is_little_trusted),
        cmocka_unit_test(on_the_curve_nothing_deviates),
        cmocka_unit_test(late_and_early_are_shifts_and_no_fault),
        cmocka_unit_test(leaving_is_where_it_stays_off),
        cmocka_unit_test(a_last_row_of_0_is_no_leaving),
        cmocka_unit_test(rounding_widens_the_tolerance),
        cmocka_unit_test(nothing_to_compare),
    };
    struct CMUnitTest fits[ROWS(rows)], starts[ROWS(origins)];
    for (size_t i = 0; i < ROWS(rows); i++)
        fits[i] =
            (struct CMUnitTest){rows[i].name, fit_row, NULL, NULL, (void *)&rows[i]};
    for (size_t i = 0; i < ROWS(origins); i++)
        starts[i] = (struct CMUnitTest){origins[i].name, origin_row, NULL, NULL,
                                        (void *)&origins[i]};
    return cmocka_run_group_tests(fits, NULL, NULL) +
           cmocka_run_group_tests(plain, NULL, NULL) +
           cmocka_run_group_tests(starts, NULL, NULL);
}
