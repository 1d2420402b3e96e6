/* Fitting made columns: one row per trap of real logs. */
#include "column.h"
#include "core/fit/plateau.h"

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
#define WSD      "warmup_stable_decay"
#define TIMM     "CosineLRScheduler"
#define KERAS    "CosineDecayRestarts"
#define HF_COSINE(warmup, total)          \
    "cosine_with_warmup",                 \
    {                                     \
        {"num_warmup_steps", (warmup)},   \
        {                                 \
            "num_training_steps", (total) \
        }                                 \
    }

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
    {"steps of one's own after a warm-up", {"MultiStepLR", {{"milestones", 30},
     {"milestones", 80}}, 0, 1, 120, 1, {.warmup = 10}}, "MultiStepLR", {"gamma", 0.1}, 0},
    {"steps that rounding has made 0", {"StepLR", {{"step_size", 20}}, 0, 1, 100, 1,
     {.grid = 1e-4}}, "StepLR", {"step_size", 20}, 0},
    {"a factor for a start", {"ConstantLR", {{"factor", 0.25}, {"total_iters", 5}},
     0, 1, 40, 1, {0}}, "ConstantLR", {"total_iters", 5}, 0},
    {"an exponential", {"ExponentialLR", {{"gamma", 0.95}}, 0, 1, 60, 1, {0}},
     "ExponentialLR", {"gamma", 0.95}, 1e-9},
    {"an exponential after a warm-up", {"ExponentialLR", {{"gamma", 0.95}}, 0, 1, 60, 1,
     {.warmup = 8}}, "ExponentialLR", {"gamma", 0.95}, 1e-9},
    {"an exponential logged early", {"ExponentialLR", {{"gamma", 0.95}}, 0, 1, 60, 1,
     {.shift = -1}}, "ExponentialLR", {"gamma", 0.95}, 1e-9},
    {"a square", {"PolynomialLR", {{"total_iters", 80}, {"power", 2}}, 0, 1, 60, 1, {0}},
     "PolynomialLR", {"power", 2}, 0},
    {"a power just below 1", {"PolynomialLR", {{"total_iters", 80}, {"power", 0.9}},
     0, 1, 60, 1, {0}}, "PolynomialLR", {"power", 0.9}, 0},
    {"a power of no usual size", {"PolynomialLR", {{"total_iters", 80}, {"power", 2.7}},
     0, 1, 80, 1, {0}}, "PolynomialLR", {"power", 2.7}, 1e-6},
    {"Hugging Face's square, its end not seen",
     {"polynomial_decay_with_warmup", {{"num_warmup_steps", 100},
     {"num_training_steps", 2000}, {"power", 2}, {"lr_end", 0.02}}, 10, 10, 120, 0, {0}},
     "polynomial_decay_with_warmup", {"num_training_steps", 2000}, 0},
    {"an inverse square root", {"inverse_sqrt", {{"num_warmup_steps", 400}},
     10, 10, 300, 0, {0}}, "inverse_sqrt", {"timescale", 400}, 0},
    {"one point on the warm-up of an inverse square root",
     {"inverse_sqrt", {{"num_warmup_steps", 150}}, 100, 100, 60, 0, {0}},
     "inverse_sqrt", {"num_warmup_steps", 150}, 0},
    {"one cycle", {"OneCycleLR", {{"total_steps", 300}}, 0, 1, 300, 0, {0}},
     "OneCycleLR", {"total_steps", 300}, 0},
    {"one cycle of which half was seen", {"OneCycleLR", {{"total_steps", 1000},
     {"pct_start", 0.012}, {"div_factor", 100}, {"final_div_factor", 0.1}},
     1, 1, 500, 1, {0}}, "OneCycleLR", {"pct_start", 0.012}, 0},
    {"one cycle to 4 digits", {"OneCycleLR", {{"total_steps", 300}}, 0, 1, 300, 0,
     {.digits = 4}}, "OneCycleLR", {"pct_start", 0.3}, 0},
    {"one cycle in three phases", {"OneCycleLR", {{"total_steps", 400}, {"three_phase", 1}},
     0, 1, 400, 0, {0}}, "OneCycleLR", {"three_phase", 1}, 0},
    {"cycles", {"CyclicLR", {{"max_lr", 0.5}, {"step_size_up", 40}}, 0, 1, 300, 0, {0}},
     "CyclicLR", {"step_size_up", 40}, 0},
    {"cycles that fall faster than they climb", {"CyclicLR", {{"max_lr", 0.5},
     {"step_size_up", 40}, {"step_size_down", 25}}, 0, 1, 200, 0, {0}},
     "CyclicLR", {"step_size_down", 25}, 0},
    {"cycles that halve", {"CyclicLR", {{"max_lr", 0.5}, {"step_size_up", 40}, {"mode", 1}},
     0, 1, 300, 0, {0}}, "CyclicLR", {"mode", 1}, 0},
    {"cycles that shrink by gamma", {"CyclicLR", {{"max_lr", 0.5}, {"step_size_up", 40},
     {"mode", 2}, {"gamma", 0.995}}, 0, 1, 300, 0, {0}}, "CyclicLR", {"gamma", 0.995}, 1e-6},
    {"cycles to 4 digits, every fifth step", {"CyclicLR", {{"max_lr", 0.5},
     {"step_size_up", 40}}, 0, 5, 120, 0, {.digits = 4}}, "CyclicLR", {"step_size_up", 40}, 0},
    {"a hold, then a line", {"LinearLR", {{"start_factor", 1}, {"end_factor", 0},
     {"total_iters", 40}}, 0, 1, 120, 1, {.hold = 80}}, "LinearLR", {"total_iters", 40}, 0},
    {"a warm-up, a hold, half a line", {"LinearLR", {{"start_factor", 1}, {"end_factor", 0},
     {"total_iters", 40}}, 0, 1, 110, 1, {.warmup = 10, .hold = 80}},
     "LinearLR", {"total_iters", 40}, 0},
    {"a hold, then an exponential", {"ExponentialLR", {{"gamma", 0.9}}, 0, 1, 100, 1, {.hold = 60}}, "ExponentialLR", {"gamma", 0.9}, 1e-9},
    {"a hold that is not over", {"LinearLR", {{"start_factor", 1}, {"end_factor", 0},
     {"total_iters", 40}}, 0, 1, 60, 1, {.warmup = 10, .hold = 80}},
     "constant", {"base_lr", 0.1}, 0},
    {"Hugging Face's hold, then a line", {WSD, {{"num_warmup_steps", 50},
     {"num_stable_steps", 600}, {"num_decay_steps", 200}, {"decay_type", 0}},
     5, 5, 160, 0, {0}}, WSD, {"num_decay_steps", 200}, 0},
    {"Hugging Face's hold, then a cosine", {WSD, {{"num_warmup_steps", 50},
     {"num_stable_steps", 600}, {"num_decay_steps", 200}, {"min_lr_ratio", 0.1}},
     5, 5, 160, 0, {0}}, WSD, {"num_decay_steps", 200}, 0},
    {"Hugging Face's hold, then a root", {WSD, {{"num_warmup_steps", 50},
     {"num_stable_steps", 600}, {"num_decay_steps", 200}, {"decay_type", 2}},
     5, 5, 160, 0, {0}}, WSD, {"decay_type", 2}, 0},
    {"a root from the middle of its fall", {WSD, {{"num_warmup_steps", 0},
     {"num_stable_steps", 600}, {"num_decay_steps", 200}, {"decay_type", 2}},
     610, 5, 38, 0, {0}}, WSD, {"num_decay_steps", 200}, 0},
    {"timm's warm-up cuts into the cosine", {TIMM, {{"t_initial", 100}, {"warmup_t", 5},
     {"warmup_lr_init", 1e-6}, {"lr_min", 1e-5}}, 0, 1, 100, 0, {0}},
     TIMM, {"warmup_t", 5}, 0},
    {"a cosine that stays at its end", {TIMM, {{"t_initial", 50}, {"lr_min", 0.001}},
     0, 1, 70, 0, {0}}, TIMM, {"t_initial", 50}, 0},
    {"timm's lower cycles", {TIMM, {{"t_initial", 30}, {"cycle_limit", 3},
     {"cycle_decay", 0.5}}, 0, 1, 90, 0, {0}}, TIMM, {"cycle_decay", 0.5}, 0},
    {"timm's k_decay", {TIMM, {{"t_initial", 100}, {"k_decay", 1.5}}, 0, 1, 100, 0, {0}},
     TIMM, {"k_decay", 1.5}, 0},
    {"Keras' cosine stays at its end", {"CosineDecay", {{"decay_steps", 5000}, {"alpha", 0.1}},
     0, 50, 130, 0, {0}}, "CosineDecay", {"alpha", 0.1}, 1e-9},
    {"Keras' cycles, longer and lower", {KERAS, {{"first_decay_steps", 400}, {"t_mul", 1.5},
     {"m_mul", 0.8}}, 0, 10, 160, 0, {0}}, KERAS, {"t_mul", 1.5}, 0},
    {"Hugging Face's restarts, of no whole number of steps",
     {"cosine_with_restarts", {{"num_warmup_steps", 50}, {"num_training_steps", 1000},
     {"num_cycles", 3}}, 5, 5, 200, 0, {0}},
     "cosine_with_restarts", {"num_training_steps", 1000}, 0},
    {"Hugging Face's cosine to a floor",
     {"cosine_with_min_lr", {{"num_warmup_steps", 100}, {"num_training_steps", 2000},
     {"min_lr", 0.01}}, 10, 10, 150, 0, {0}}, "cosine_with_min_lr", {"min_lr", 0.01}, 1e-9},
    {"means over each epoch", {HF_COSINE(5, 40), 0, 1, 40, 0, {.batches = 500}},
     "cosine_with_warmup", {"num_training_steps", 40}, 0},
    {"means over each epoch, in float32", {HF_COSINE(5, 40), 0, 1, 30, 0,
     {.batches = 200, .float32 = true}}, "cosine_with_warmup", {"num_warmup_steps", 5}, 0},
    {"epochs logged per batch are stairs", {COSINE, {{"T_max", 30}}, 0, 1, 1500, 1,
     {.every = 50}}, COSINE, {"T_max", 30}, 0},
    {"epochs logged every 50 batches", {COSINE, {{"T_max", 30}}, 0, 50, 200, 0,
     {.every = 391}}, COSINE, {"T_max", 30}, 0},
    {"stairs of a line", {"LinearLR", {{"start_factor", 1}, {"end_factor", 0},
     {"total_iters", 10}}, 0, 1, 1000, 1, {.every = 100}}, "LinearLR", {"total_iters", 10}, 0},
    {"stairs of restarts, rounded", {RESTARTS, {{"T_0", 10}}, 0, 1, 2000, 1,
     {.every = 50, .digits = 4}}, RESTARTS, {"T_0", 10}, 0},
    {"stairs with every fourth row missing", {COSINE, {{"T_max", 30}}, 0, 1, 1500, 1,
     {.every = 50, .gaps = 4}}, COSINE, {"T_max", 30}, 0},
    {"stairs of an exponential are a StepLR", {"ExponentialLR", {{"gamma", 0.9}},
     0, 1, 1500, 1, {.every = 50}}, "StepLR", {"step_size", 50}, 0},
    {"100,000 steps, thinned", {HF_COSINE(300, 100000), 0, 50, 2000, 0, {0}},
     "cosine_with_warmup", {"num_warmup_steps", 300}, 0},
    {"a warm-up with a single point", {HF_COSINE(70, 2000), 50, 50, 40, 0, {0}},
     "cosine_with_warmup", {"num_warmup_steps", 70}, 0},
    {"a sparse log that is a step early", {HF_COSINE(100, 2000), 0, 10, 150, 0,
     {.shift = -1}}, "cosine_with_warmup", {"num_training_steps", 2000}, 0},
    {"what a line fits is no cosine", {COSINE, {{"T_max", 100}}, 45, 1, 10, 1,
     {.grid = 1e-3}}, "LinearLR", {NULL, 0}, 0},
    {"what a hold and a line fit is no cosine", {"LinearLR", {{"start_factor", 1},
     {"end_factor", 0}, {"total_iters", 30}}, 0, 1, 50, 1, {.grid = 1e-3, .hold = 20}},
     "LinearLR", {NULL, 0}, 0},
    {"constant", {"constant", {{NULL, 0}}, 0, 1, 10, 1, {.float32 = true}},
     "constant", {"base_lr", 0.1}, 1e-6},
    {"a climb that is not over says nothing", {"constant_with_warmup",
     {{"num_warmup_steps", 20}}, 0, 1, 21, 0, {0}}, NULL, {NULL, 0}, 0},
    {"four points say nothing", {COSINE, {{"T_max", 10}}, 0, 1, 4, 1, {0}},
     NULL, {NULL, 0}, 0},
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

/* Early on a rounded curve looks like a line. */
static void little_seen_of_a_rounded_line_is_little_trusted(void **state)
{
    static struct column whole, early;
    static double work[2 * POINTS_MAX];
    struct schedule_fit a, b;
    struct recipe recipe = {"LinearLR",
                            {{"start_factor", 1}, {"end_factor", 0}, {"total_iters", 60}},
                            0,
                            1,
                            60,
                            1,
                            {.digits = 3}};
    (void)state;
    make_column(&recipe, &whole);
    recipe.settings[2].value = 700;
    make_column(&recipe, &early);
    schedule_fit(&whole.series, 0, work, &a);
    schedule_fit(&early.series, 0, work, &b);
    assert_true(a.found && b.found);
    assert_true(b.confidence < 0.7 * a.confidence);
}

static void means_over_each_epoch_are_told_as_such(void **state)
{
    static struct column column;
    static double work[2 * POINTS_MAX];
    struct recipe recipe = {HF_COSINE(5, 40), 0, 1, 40, 0, {.batches = 500}};
    struct schedule_fit fit;
    (void)state;
    make_column(&recipe, &column);
    schedule_fit(&column.series, 0, work, &fit);
    assert_true(fit.found && fit.deviation.averaged);
    assert_int_equal(fit.deviation.shift, 0);
    assert_true(fit.deviation.max_relative < 0.002);
}

static void stairs_tell_how_many_steps_an_epoch_has(void **state)
{
    static struct column column;
    static double work[2 * POINTS_MAX];
    struct recipe recipe = {COSINE, {{"T_max", 30}}, 0, 1, 1500, 1, {.every = 50}};
    char words[LOGGED_WORDS_MAX];
    struct schedule_fit fit;
    (void)state;
    make_column(&recipe, &column);
    schedule_fit(&column.series, 0, work, &fit);
    assert_true(fit.found && fit.deviation.every == 50 && fit.origin == 1);
    assert_true(fit.deviation.max_relative < 1e-9);
    schedule_logged_words(&fit.deviation, "step", words);
    assert_string_equal(words, "with one scheduler step in 50 steps");
}

static void two_writers_that_take_turns_are_no_schedule(void **state)
{
    static struct column column;
    static double work[2 * POINTS_MAX];
    struct recipe recipe = {COSINE, {{"T_max", 1000}}, 0, 1, 1000, 1, {0}};
    struct schedule_fit fit;
    (void)state;
    make_column(&recipe, &column);
    for (size_t i = 0; i < column.series.count; i += 2)
        column.value[i] = 0.05;
    schedule_fit(&column.series, 0, work, &fit);
    assert_false(fit.found);
}

/* Some loops multiply warm-up and schedule: the fall is named, with little confidence. */
static void a_bent_climb_before_a_line(void **state)
{
    static struct column column;
    static double work[2 * POINTS_MAX];
    struct recipe recipe = {
        "LinearLR", {{"start_factor", 1}, {"end_factor", 0}, {"total_iters", 300}},
        0,          1,
        300,        0,
        {0}};
    struct schedule_fit fit;
    (void)state;
    make_column(&recipe, &column);
    for (size_t i = 0; i < 50; i++)
        column.value[i] *= (double)(i + 1) / 50;
    schedule_fit(&column.series, 0, work, &fit);
    assert_true(fit.found);
    assert_int_equal(fit.schedule.part_count, 2);
    assert_string_equal(fit.schedule.parts[1].type->name, "LinearLR");
    assert_true(fit.confidence < 0.5);
    for (size_t i = 0; i < 200; i++) /* a climb over most of the run is something else */
        column.value[i] = 1e-4 * (double)i * (400 - (double)i) / 400;
    schedule_fit(&column.series, 0, work, &fit);
    assert_false(fit.found);
}

/* --- ReduceLROnPlateau --- */

/* Losses that fall and then stop, and the rate that follows from them. */
static void make_plateau(int patience, struct column *lr, struct column *loss)
{
    const struct setting settings[] = {{"patience", patience},
                                       {"factor", 0.5},
                                       {NULL, 0}};
    struct schedule schedule = schedule_of("ReduceLROnPlateau", settings);
    memset(lr, 0, sizeof *lr);
    memset(loss, 0, sizeof *loss);
    loss->series = (struct series){loss->step, loss->value, 0};
    lr->series = (struct series){lr->step, lr->value, 0};
    loss->seed = 7;
    for (int i = 0; i < 90; i++)
        add(loss, i, 0.3 + exp(-i / 8.0) + 0.02 * noise(loss));
    plateau_replay(&schedule.parts[0], &loss->series, 0);
    for (int i = 0; i < 90; i++)
        add(lr, i, schedule_lr(&schedule, i));
}

static void steps_that_the_losses_decided_are_a_plateau(void **state)
{
    static struct column lr, loss;
    static double work[2 * POINTS_MAX];
    struct schedule_fit fit;
    (void)state;
    make_plateau(4, &lr, &loss);
    schedule_fit(&lr.series, 0, work, &fit);
    assert_true(fit.found);
    assert_string_equal(fit.schedule.parts[0].type->name, "MultiStepLR");
    assert_true(schedule_fit_watching(&lr.series, &loss.series, false, &fit));
    const struct schedule_part *part = &fit.schedule.parts[0];
    assert_string_equal(part->type->name, "ReduceLROnPlateau");
    assert_near(part->param[schedule_param_find(part->type, "patience")], 4, 0);
    assert_int_equal(fit.deviation.leaves_at, -1);
    assert_true(fit.confidence > 0.9);
}

static void steps_that_the_losses_do_not_explain_stay_steps(void **state)
{
    static struct column lr, loss;
    static double work[2 * POINTS_MAX];
    struct schedule_fit fit;
    struct recipe steps = {
        "MultiStepLR", {{"milestones", 30}, {"milestones", 45}}, 0, 1, 90, 0, {0}};
    (void)state;
    make_plateau(4, &lr, &loss);
    make_column(&steps, &lr);
    schedule_fit(&lr.series, 0, work, &fit);
    assert_false(schedule_fit_watching(&lr.series, &loss.series, false, &fit));
    assert_string_equal(fit.schedule.parts[0].type->name, "MultiStepLR");
    loss.series.count = 0;
    assert_false(schedule_fit_watching(&lr.series, &loss.series, false, &fit));
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
        cmocka_unit_test(little_seen_of_a_rounded_line_is_little_trusted),
        cmocka_unit_test(means_over_each_epoch_are_told_as_such),
        cmocka_unit_test(stairs_tell_how_many_steps_an_epoch_has),
        cmocka_unit_test(two_writers_that_take_turns_are_no_schedule),
        cmocka_unit_test(a_bent_climb_before_a_line),
        cmocka_unit_test(steps_that_the_losses_decided_are_a_plateau),
        cmocka_unit_test(steps_that_the_losses_do_not_explain_stay_steps),
        cmocka_unit_test(the_planned_length_decides_what_rounding_leaves_open),
    };
    struct CMUnitTest fits[ROWS(rows)];
    for (size_t i = 0; i < ROWS(rows); i++)
        fits[i] =
            (struct CMUnitTest){rows[i].name, fit_row, NULL, NULL, (void *)&rows[i]};
    return cmocka_run_group_tests(fits, NULL, NULL) +
           cmocka_run_group_tests(plain, NULL, NULL);
}
