/* Fitting made columns: one row per trap of real logs. */
#include "column.h"

struct fit_row {
    const char *name;
    struct recipe recipe;
    const char *fitted; /* type of the last part; NULL: nothing is found */
    struct setting expect;
    double tolerance; /* relative */
};

static void fit_row(void **state)
{
    static struct column column;
    static double work[2 * POINTS_MAX];
    const struct fit_row *row = *state;
    struct schedule_fit fit;
    make_column(&row->recipe, &column);
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

/* clang-format off */
static const struct fit_row rows[] = {
    {"a whole cosine", {COSINE, {{"T_max", 50}}, 0, 1, 50, 1, {0}},
     COSINE, {"T_max", 50}, 0},
    {"a short cosine", {COSINE, {{"T_max", 10}}, 0, 1, 10, 0, {0}},
     COSINE, {"T_max", 10}, 0},
    {"a cosine with eta_min", {COSINE, {{"T_max", 50}, {"eta_min", 0.01}},
     0, 1, 50, 1, {0}}, COSINE, {"eta_min", 0.01}, 1e-9},
    {"a cosine cut at half", {COSINE, {{"T_max", 100}}, 0, 1, 50, 1, {0}},
     COSINE, {"T_max", 100}, 0},
    {"a cosine cut at a fifth", {COSINE, {{"T_max", 100}}, 0, 1, 20, 1, {0}},
     COSINE, {"T_max", 100}, 0},
    {"a cosine that climbs back", {COSINE, {{"T_max", 5}}, 0, 1, 20, 1, {0}},
     COSINE, {"T_max", 5}, 0},
    {"a cosine from its middle", {COSINE, {{"T_max", 60}}, 20, 1, 40, 1, {0}},
     COSINE, {"T_max", 60}, 0},
    {"a cosine rounded to 4 digits", {COSINE, {{"T_max", 50}},
     0, 1, 50, 1, {.grid = 1e-4}}, COSINE, {"T_max", 50}, 0.01},
    {"a small cosine that looks like stairs",
     {COSINE, {{"base_lr", 0.001}, {"T_max", 50}}, 0, 1, 50, 1, {.grid = 1e-4}},
     COSINE, {"T_max", 50}, 0.04},
    {"a cosine in float32", {COSINE, {{"T_max", 50}}, 0, 1, 50, 1, {.float32 = true}},
     COSINE, {"T_max", 50}, 0},
    {"a cosine with a last row of 0", {COSINE, {{"T_max", 100}},
     0, 1, 40, 1, {.zero_end = true}}, COSINE, {"T_max", 100}, 0},
    {"a cosine logged one step late", {COSINE, {{"T_max", 50}},
     0, 1, 50, 1, {.shift = 1}}, COSINE, {"T_max", 50}, 0},
    {"a cosine logged one step early", {COSINE, {{"T_max", 50}},
     0, 1, 50, 1, {.shift = -1}}, COSINE, {"T_max", 50}, 0},
    {"a cosine with every fourth row missing", {COSINE, {{"T_max", 80}},
     0, 1, 60, 1, {.gaps = 4}}, COSINE, {"T_max", 80}, 0},
    {"a cosine with noise of 0.2 %", {COSINE, {{"T_max", 100}},
     0, 1, 100, 1, {.noise = 0.002}}, COSINE, {"T_max", 100}, 0.01},
    {"a cosine logged every 50 steps", {COSINE, {{"T_max", 100000}}, 0, 50, 1200, 0, {0}},
     COSINE, {"T_max", 100000}, 1e-4},
    {"Hugging Face's cosine",
     {"cosine_with_warmup", {{"num_warmup_steps", 100}, {"num_training_steps", 2000}},
     10, 10, 200, 0, {0}}, "cosine_with_warmup", {"num_training_steps", 2000}, 0},
    {"Hugging Face's cosine, half-way",
     {"cosine_with_warmup", {{"num_warmup_steps", 100}, {"num_training_steps", 2000}},
     10, 10, 100, 0, {0}}, "cosine_with_warmup", {"num_training_steps", 2000}, 0},
    {"a warm-up that was not logged",
     {"cosine_with_warmup", {{"num_warmup_steps", 100}, {"num_training_steps", 2000}},
     200, 10, 180, 0, {0}}, COSINE, {"T_max", 1900}, 0},
    {"Hugging Face's linear",
     {"linear_with_warmup", {{"num_warmup_steps", 100}, {"num_training_steps", 2000}},
     10, 10, 150, 0, {.shift = 1}},
     "linear_with_warmup", {"num_training_steps", 2000}, 0},
    {"Hugging Face's line, three steps skipped by fp16",
     {"linear_with_warmup", {{"num_warmup_steps", 500}, {"num_training_steps", 5000}},
     25, 25, 200, 0, {.shift = -3}},
     "linear_with_warmup", {"num_training_steps", 5003}, 0.001},
    {"Hugging Face's constant", {"constant_with_warmup", {{"num_warmup_steps", 20}},
     0, 1, 60, 0, {0}}, "constant_with_warmup", {"num_warmup_steps", 20}, 0},
    {"a line", {"LinearLR", {{"start_factor", 1}, {"end_factor", 0}, {"total_iters", 50}},
     0, 1, 50, 1, {0}}, "LinearLR", {"total_iters", 50}, 0},
    {"a line that stays at its floor",
     {"LinearLR", {{"start_factor", 1}, {"end_factor", 0.1}, {"total_iters", 30}},
     0, 1, 50, 1, {0}}, "LinearLR", {"total_iters", 30}, 0},
    {"a noisy line is no cosine",
     {"LinearLR", {{"start_factor", 1}, {"end_factor", 0.01}, {"total_iters", 100}},
     0, 1, 60, 1, {.noise = 0.005}}, "LinearLR", {NULL, 0}, 0},
    {"a rounded line is no cosine",
     {"LinearLR", {{"start_factor", 1}, {"end_factor", 0.01}, {"total_iters", 50}},
     0, 1, 50, 1, {.grid = 1e-3}}, "LinearLR", {NULL, 0}, 0},
    {"restarts", {RESTARTS, {{"T_0", 10}}, 0, 1, 40, 1, {0}}, RESTARTS, {"T_0", 10}, 0},
    {"restarts that grow", {RESTARTS, {{"T_0", 10}, {"T_mult", 2}}, 0, 1, 60, 1, {0}},
     RESTARTS, {"T_mult", 2}, 0},
    {"restarts from the middle of a cycle", {RESTARTS, {{"T_0", 20}}, 5, 1, 60, 1, {0}},
     RESTARTS, {"T_0", 20}, 0},
    {"restarts, rounded and late", {RESTARTS, {{"T_0", 25}, {"eta_min", 0.001}},
     0, 1, 50, 1, {.shift = 1, .grid = 1e-4}}, RESTARTS, {"T_0", 25}, 0},
    {"even steps", {"StepLR", {{"step_size", 30}}, 0, 1, 100, 1, {0}},
     "StepLR", {"step_size", 30}, 0},
    {"even steps logged late", {"StepLR", {{"step_size", 30}},
     0, 1, 100, 1, {.shift = 1}}, "StepLR", {"step_size", 30}, 0},
    {"steps of one's own", {"MultiStepLR", {{"milestones", 30}, {"milestones", 80}},
     0, 1, 100, 1, {0}}, "MultiStepLR", {"gamma", 0.1}, 0},
    {"an exponential", {"ExponentialLR", {{"gamma", 0.95}}, 0, 1, 60, 1, {0}},
     "ExponentialLR", {"gamma", 0.95}, 1e-9},
    {"constant", {"constant", {{NULL, 0}}, 0, 1, 10, 1, {.float32 = true}},
     "constant", {"base_lr", 0.1}, 1e-6},
    {"a climb that is not over says nothing", {"constant_with_warmup",
     {{"num_warmup_steps", 20}}, 0, 1, 21, 0, {0}}, NULL, {NULL, 0}, 0},
    {"two points say nothing", {COSINE, {{"T_max", 10}}, 0, 1, 2, 1, {0}},
     NULL, {NULL, 0}, 0},
    {"noise alone says nothing", {"constant", {{NULL, 0}}, 0, 1, 60, 1, {.noise = 0.5}},
     NULL, {NULL, 0}, 0},
};
/* clang-format on */

/* --- what is not usable is passed over --- */

static void not_finite_and_negative_points_are_passed_over(void **state)
{
    static struct column column;
    static double work[2 * POINTS_MAX];
    struct schedule_fit fit;
    (void)state;
    make_column(&rows[0].recipe, &column);
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
    struct recipe recipe = rows[0].recipe;
    (void)state;
    make_column(&recipe, &whole);
    recipe.settings[0].value = 500;
    make_column(&recipe, &early);
    schedule_fit(&whole.series, 0, work, &a);
    schedule_fit(&early.series, 0, work, &b);
    assert_true(a.found && b.found);
    assert_true(b.confidence < 0.7 * a.confidence);
}

static void the_planned_length_decides_what_rounding_leaves_open(void **state)
{
    static struct column column;
    static double work[2 * POINTS_MAX];
    struct schedule_fit fit;
    struct recipe recipe = {COSINE, {{"T_max", 100}}, 0, 1, 30, 1, {.grid = 1e-3}};
    (void)state;
    make_column(&recipe, &column);
    schedule_fit(&column.series, 100, work, &fit);
    assert_true(fit.found);
    assert_true(fit.schedule.parts[0].param[1] == 100);
    schedule_fit(&column.series, 300, work, &fit); /* but it does not overrule the log */
    assert_true(fit.found);
    assert_true(fabs(fit.schedule.parts[0].param[1] - 100) <= 5);
}

#define ROWS(table) (sizeof(table) / sizeof *(table))

int main(void)
{
    static const struct CMUnitTest plain[] = {
        cmocka_unit_test(not_finite_and_negative_points_are_passed_over),
        cmocka_unit_test(little_seen_is_little_trusted),
        cmocka_unit_test(the_planned_length_decides_what_rounding_leaves_open),
    };
    struct CMUnitTest fits[ROWS(rows)];
    for (size_t i = 0; i < ROWS(rows); i++)
        fits[i] =
            (struct CMUnitTest){rows[i].name, fit_row, NULL, NULL, (void *)&rows[i]};
    return cmocka_run_group_tests(fits, NULL, NULL) +
           cmocka_run_group_tests(plain, NULL, NULL);
}
