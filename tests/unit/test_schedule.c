/* Schedules against the real frameworks (tests/golden/schedules.py) and by hand. */
#include "core/schedule/schedule.h"
#include "golden.h"

#define GOLDEN "tests/fixtures/schedules"

static struct schedule one_part(const char *type)
{
    struct schedule schedule = {.part_count = 1};
    schedule.parts[0] = schedule_part_default(schedule_type_find(type));
    return schedule;
}

static void set(struct schedule *schedule, const char *param, double value)
{
    struct schedule_part *part = &schedule->parts[schedule->part_count - 1];
    int i = schedule_param_find(part->type, param);
    assert_true(i >= 0);
    part->param[i] = value;
}

static struct schedule cosine(double base_lr, double T_max, double eta_min)
{
    struct schedule schedule = one_part("CosineAnnealingLR");
    set(&schedule, "base_lr", base_lr);
    set(&schedule, "T_max", T_max);
    set(&schedule, "eta_min", eta_min);
    return schedule;
}

/* --- golden vectors --- */

struct golden {
    struct schedule schedule;
    double loop; /* share of the rate by which a training loop sees other digits */
    double rate; /* the highest of the file's declaration */
    size_t rows;
};

static void read_milestones(struct schedule *schedule, const char *line)
{
    char *end = NULL;
    line += strlen("# milestones");
    for (size_t i = 0;; i++, line = end) {
        int64_t milestone = strtoll(line, &end, 10);
        if (end == line)
            return;
        schedule->milestones[i] = milestone;
    }
}

static void read_header(struct golden *golden, char *line)
{
    if (!strncmp(line, "# part", 6))
        golden_part(&golden->schedule, line);
    else if (!strncmp(line, "# milestones", 12))
        read_milestones(&golden->schedule, line);
    else if (!strncmp(line, "# chained", 9))
        golden->schedule.chained = true;
    else
        sscanf(line, "# loop %lf", &golden->loop);
}

/* Within 1e-12 of the framework's value; where that is 0 but for the rounding of the
   terms it is the difference of (1 + cos(pi), lr - eta_min), within their rounding. */
static bool is_same(const struct golden *golden, double lr, double exact)
{
    double error = fabs(lr - exact);
    return error <= 1e-12 * fabs(exact) || error <= 1e-15 * golden->rate;
}

/* t, the framework's formula, what a training loop saw: "" the same, "-" not run */
static void check_row(const struct golden *golden, const char *line)
{
    double t, exact, stepped;
    int end = 0;
    assert_int_equal(sscanf(line, "%lf,%lf,%n", &t, &exact, &end), 2);
    double lr = schedule_lr(&golden->schedule, t);
    if (!is_same(golden, lr, exact))
        fail_msg("t=%g: %.17g, the framework says %.17g", t, lr, exact);
    if (sscanf(line + end, "%lf", &stepped) != 1)
        return;
    /* Multiplying the previous value adds one rounding per step. */
    if (fabs(lr - stepped) > fmax(1e-15, 1.1 * golden->loop) * golden->rate)
        fail_msg("t=%g: %.17g, a training loop sees %.17g", t, lr, stepped);
}

static double highest_rate(const struct schedule *schedule)
{
    double highest = 0;
    for (size_t i = 0; i < schedule->part_count; i++) {
        const struct schedule_part *part = &schedule->parts[i];
        int target = schedule_param_find(part->type, "warmup_target");
        highest = fmax(highest, part->param[0]);
        highest = target < 0 ? highest : fmax(highest, part->param[target]);
    }
    return highest;
}

/* Reads the declaration; then each row is handed to check, if there is one. */
static void read_golden(const char *name, struct golden *golden,
                        void (*check)(const struct golden *, const char *line))
{
    char path[512], line[512];
    const char *why;
    *golden = (struct golden){.rows = 0};
    snprintf(path, sizeof path, "%s/%s", GOLDEN, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        if (line[0] == '#') {
            read_header(golden, line);
        } else if (line[0] >= '0' && line[0] <= '9') {
            if (!golden->rows++) {
                assert_null(schedule_check(&golden->schedule, &why));
                golden->rate = highest_rate(&golden->schedule);
            }
            if (check)
                check(golden, line);
        }
    }
    fclose(file);
    assert_true(golden->rows >= 10);
}

static void golden(void **state)
{
    struct golden golden;
    read_golden(*state, &golden, check_row);
}

/* A curve is what schedule_lr says, to the last bit, wherever it begins. */
static void golden_curve(void **state)
{
    static const int64_t firsts[] = {0, 1, 13, 99990, 999983, 123456789};
    static double curve[4000];
    struct golden golden;
    read_golden(*state, &golden, NULL);
    for (size_t i = 0; i < COUNT(firsts); i++) {
        schedule_curve(&golden.schedule, firsts[i], COUNT(curve), curve);
        for (size_t k = 0; k < COUNT(curve); k++) {
            double lr = schedule_lr(&golden.schedule, (double)firsts[i] + (double)k);
            if (memcmp(&lr, &curve[k], sizeof lr) != 0)
                fail_msg("t=%lld: %.17g, alone %.17g", (long long)(firsts[i] + (long)k),
                         curve[k], lr);
        }
    }
}

/* What a type says of itself holds on every one of the files: whether it stays, climbs or
   restarts after its length, and that it jumps only where it may. */
static void golden_past(void **state)
{
    struct golden golden;
    read_golden(*state, &golden, NULL);
    const struct schedule *s = &golden.schedule;
    const struct schedule_part *last = &s->parts[s->part_count - 1];
    double length = ceil(schedule_length(s)), end = schedule_lr(s, length + 1);
    bool climbs = false, jumps = false;
    for (double t = length + 1; t < length + 3000; t++) {
        climbs |= schedule_lr(s, t + 1) > schedule_lr(s, t) * (1 + 1e-9);
        jumps |= schedule_jumps(s, t);
        if (!s->chained &&
            (last->type->past == SCHEDULE_STAYS || last->type->past == SCHEDULE_ENDS))
            assert_true(schedule_lr(s, t) == end);
    }
    if (!s->chained && last->type->past == SCHEDULE_CLIMBS && last->param[0] > end)
        assert_true(climbs);
    if (!s->chained && last->type->past == SCHEDULE_RESTARTS)
        assert_true(jumps);
}

/* --- worked by hand --- */

static void cosine_has_its_values_at_the_quarters(void **state)
{
    (void)state;
    struct schedule s = cosine(0.1, 10, 0);
    assert_true(schedule_lr(&s, 0) == 0.1);
    assert_near(schedule_lr(&s, 5), 0.05, 1e-17);
    assert_true(schedule_lr(&s, 10) == 0);
    assert_near(schedule_lr(&s, 15), 0.05, 2e-17);
    assert_true(schedule_lr(&s, 20) == 0.1);
    /* pi is rounded before it is multiplied, as in the framework: the error grows */
    assert_near(schedule_lr(&s, 1e6 + 5), 0.05, 1e-11);
}

static void cosine_climbs_back_after_T_max(void **state)
{
    (void)state;
    struct schedule s = cosine(0.1, 5, 0.01);
    for (int t = 1; t <= 5; t++) {
        assert_true(schedule_lr(&s, t) < schedule_lr(&s, t - 1));
        assert_true(schedule_lr(&s, 5 + t) > schedule_lr(&s, 4 + t));
        assert_near(schedule_lr(&s, 5 + t), schedule_lr(&s, 5 - t), 1e-15);
    }
}

static void warm_restarts_jump_back_and_fall(void **state)
{
    (void)state;
    struct schedule s = one_part("CosineAnnealingWarmRestarts");
    set(&s, "base_lr", 0.1);
    set(&s, "T_0", 10);
    assert_true(schedule_lr(&s, 5) == 0.05);
    assert_true(schedule_lr(&s, 9) < 0.01);
    assert_true(schedule_lr(&s, 10) == 0.1);
    assert_true(schedule_jumps(&s, 9));
    assert_false(schedule_jumps(&s, 10));
    set(&s, "T_mult", 2);
    assert_false(schedule_jumps(&s, 19));
    assert_true(schedule_jumps(&s, 29));
    assert_true(schedule_lr(&s, 30) == 0.1);
    assert_true(schedule_lr(&s, 20) == 0.05);
}

static void jumps_are_where_the_steps_are(void **state)
{
    (void)state;
    struct schedule s = one_part("StepLR");
    set(&s, "base_lr", 0.1);
    set(&s, "step_size", 30);
    assert_false(schedule_jumps(&s, 28));
    assert_true(schedule_jumps(&s, 29));
    assert_false(schedule_jumps(&s, 30));
    s = cosine(0.1, 10, 0);
    assert_false(schedule_jumps(&s, 10));
}

static void parts_take_over_at_their_milestone(void **state)
{
    (void)state;
    struct schedule s = one_part("LinearLR");
    set(&s, "base_lr", 0.1);
    set(&s, "start_factor", 0.5);
    set(&s, "total_iters", 4);
    s.part_count = 2;
    s.parts[1] = cosine(0.1, 10, 0).parts[0];
    s.milestones[0] = 4;
    assert_true(schedule_lr(&s, 0) == 0.05);
    assert_true(schedule_lr(&s, 4) == 0.1);
    assert_true(schedule_lr(&s, 9) == 0.05);
    assert_true(schedule_length(&s) == 14);
    assert_true(schedule_jumps(&s, 3));
    double curve[15];
    schedule_curve(&s, 0, 15, curve);
    for (int t = 0; t < 15; t++)
        assert_true(curve[t] == schedule_lr(&s, t));
}

/* --- tables over the types --- */

struct setting {
    const char *param;
    double value;
};

#define SETTINGS_MAX 6

static struct schedule schedule_of(const char *type, const struct setting *settings)
{
    struct schedule s = one_part(type);
    if (s.parts[0].type->params[0].required)
        s.parts[0].param[0] = 0.1;
    for (const struct setting *each = settings; each->param; each++) {
        if (s.parts[0].type->list && !strcmp(each->param, s.parts[0].type->list))
            s.parts[0].list[s.parts[0].list_count++] = each->value;
        else
            set(&s, each->param, each->value);
    }
    return s;
}

struct length_row {
    const char *type;
    struct setting settings[SETTINGS_MAX];
    double length;
};

static void length_is_one_descent(void **state)
{
    const struct length_row *row = *state;
    const char *why;
    struct schedule s = schedule_of(row->type, row->settings);
    assert_null(schedule_check(&s, &why));
    assert_true(schedule_length(&s) == row->length);
}

static const struct length_row length_rows[] = {
    {"CosineAnnealingLR", {{"T_max", 25}}, 25},
    {"CosineAnnealingWarmRestarts", {{"T_0", 25}, {"T_mult", 2}}, 25},
    {"constant", {{NULL, 0}}, 0},
    {"StepLR", {{"step_size", 30}}, 0},
    {"MultiStepLR", {{"milestones", 30}, {"milestones", 70}}, 70},
    {"ExponentialLR", {{"gamma", 0.9}}, 0},
    {"LinearLR", {{"total_iters", 40}}, 40},
    {"ConstantLR", {{"total_iters", 40}}, 40},
    {"PolynomialLR", {{"total_iters", 40}}, 40},
    {"OneCycleLR", {{"total_steps", 40}}, 40},
    {"OneCycleLR", {{"epochs", 4}, {"steps_per_epoch", 10}}, 40},
    {"CyclicLR", {{"max_lr", 1}}, 0},
    {"ReduceLROnPlateau", {{NULL, 0}}, 0},
    {"cosine_with_warmup", {{"num_warmup_steps", 10}, {"num_training_steps", 110}}, 110},
    {"cosine_with_warmup",
     {{"num_warmup_steps", 10}, {"num_training_steps", 110}, {"num_cycles", 1}},
     60},
    {"cosine_with_warmup",
     {{"num_warmup_steps", 10}, {"num_training_steps", 5}, {"num_cycles", 0.25}},
     12},
    {"cosine_with_restarts",
     {{"num_warmup_steps", 10}, {"num_training_steps", 110}, {"num_cycles", 4}},
     110},
    {"cosine_with_min_lr",
     {{"num_warmup_steps", 10}, {"num_training_steps", 110}, {"min_lr", 0}},
     110},
    {"linear_with_warmup", {{"num_warmup_steps", 10}, {"num_training_steps", 110}}, 110},
    {"constant_with_warmup", {{"num_warmup_steps", 10}}, 0},
    {"inverse_sqrt", {{"num_warmup_steps", 10}}, 0},
    {"warmup_stable_decay",
     {{"num_warmup_steps", 10}, {"num_decay_steps", 20}, {"num_stable_steps", 30}},
     60},
    {"CosineLRScheduler", {{"t_initial", 40}}, 40},
    {"CosineLRScheduler",
     {{"t_initial", 40}, {"cycle_limit", 3}, {"warmup_t", 5}, {"warmup_prefix", 1}},
     125},
    {"CosineLRScheduler",
     {{"t_initial", 10}, {"cycle_mul", 2}, {"cycle_limit", 3}, {"warmup_t", 5}},
     70},
    {"CosineLRScheduler",
     {{"t_initial", 10}, {"cycle_mul", 2}, {"cycle_limit", 5000}},
     9007199254740991.0},
    {"CosineDecay", {{"decay_steps", 40}, {"warmup_steps", 9}}, 40},
    {"CosineDecay", {{"decay_steps", 40}, {"warmup_target", 1}, {"warmup_steps", 9}}, 49},
    {"CosineDecayRestarts", {{"first_decay_steps", 40}}, 40},
};

/* The first steps at which a type may jump: between at - 1 and at. */
struct jump_row {
    const char *name, *type;
    struct setting settings[SETTINGS_MAX];
    int at[4]; /* 0: no more */
};

static void jumps_are_these(void **state)
{
    const struct jump_row *row = *state;
    const char *why;
    struct schedule s = schedule_of(row->type, row->settings);
    size_t next = 0;
    assert_null(schedule_check(&s, &why));
    for (int t = 0; t < 100 && next < COUNT(row->at); t++) {
        bool jumps = schedule_jumps(&s, t);
        if (jumps != (row->at[next] == t + 1))
            fail_msg("between %d and %d: %s", t, t + 1, jumps ? "jumps" : "does not");
        next += jumps;
    }
}

static const struct jump_row jump_rows[] = {
    {"steps", "StepLR", {{"step_size", 30}}, {30, 60, 90, 0}},
    {"milestones", "MultiStepLR", {{"milestones", 3}, {"milestones", 4}}, {3, 4, 0}},
    {"a factor that ends", "ConstantLR", {{NULL, 0}}, {5, 0}},
    {"restarts",
     "CosineAnnealingWarmRestarts",
     {{"T_0", 10}, {"T_mult", 2}},
     {10, 30, 70, 0}},
    {"a straight climb", "LinearLR", {{NULL, 0}}, {0}},
    {"one cycle", "OneCycleLR", {{"total_steps", 50}}, {0}},
    {"Hugging Face's restarts, not at the end",
     "cosine_with_restarts",
     {{"num_warmup_steps", 10}, {"num_training_steps", 70}, {"num_cycles", 3}},
     {30, 50, 0}},
    {"a decay of no steps",
     "warmup_stable_decay",
     {{"num_warmup_steps", 10}, {"num_decay_steps", 0}, {"num_stable_steps", 30}},
     {40, 0}},
    {"a decay that is over in the middle of a wave",
     "warmup_stable_decay",
     {{"num_warmup_steps", 10},
      {"num_decay_steps", 20},
      {"num_stable_steps", 30},
      {"num_cycles", 1}},
     {60, 0}},
    {"no time to be stable",
     "warmup_stable_decay",
     {{"num_warmup_steps", 10}, {"num_decay_steps", 20}, {"num_training_steps", 25}},
     {10, 0}},
    {"a plain decay",
     "warmup_stable_decay",
     {{"num_warmup_steps", 10}, {"num_decay_steps", 20}, {"num_stable_steps", 30}},
     {0}},
    {"timm's cycles, not at the end",
     "CosineLRScheduler",
     {{"t_initial", 10}, {"cycle_mul", 2}, {"cycle_limit", 3}},
     {10, 30, 0}},
    {"timm's warm-up in the place of the first steps",
     "CosineLRScheduler",
     {{"t_initial", 40}, {"warmup_t", 20}},
     {20, 0}},
    {"timm's warm-up before the cosine",
     "CosineLRScheduler",
     {{"t_initial", 40}, {"warmup_t", 20}, {"warmup_prefix", 1}},
     {0}},
    {"Keras' restarts",
     "CosineDecayRestarts",
     {{"first_decay_steps", 10}},
     {10, 30, 70, 0}},
};

/* --- what is not a schedule --- */

struct fault_row {
    const char *name, *type;
    struct setting settings[SETTINGS_MAX];
    const char *at, *why; /* NULL: there is no fault */
};

static void fault_is_named(void **state)
{
    const struct fault_row *row = *state;
    const char *why = NULL;
    struct schedule s = one_part(row->type), given;
    for (size_t i = 0; s.parts[0].type->params[i].name; i++) {
        if (s.parts[0].type->params[i].required)
            s.parts[0].param[i] = 1;
    }
    given = s;
    for (const struct setting *each = row->settings; each->param; each++)
        set(&given, each->param, each->value);
    const char *at = schedule_check(&given, &why);
    if (!row->at) {
        assert_null(at);
        return;
    }
    assert_non_null(at);
    assert_string_equal(at, row->at);
    assert_string_equal(why, row->why);
}

static const struct fault_row fault_rows[] = {
    {"T_max of 0", "CosineAnnealingLR", {{"T_max", 0}}, "T_max", "must be at least 1"},
    {"T_max of 2.5",
     "CosineAnnealingLR",
     {{"T_max", 2.5}},
     "T_max",
     "must be a whole number"},
    {"T_max beyond 2^53",
     "CosineAnnealingLR",
     {{"T_max", 1e17}},
     "T_max",
     "must be a whole number"},
    {"T_max not said", "CosineAnnealingLR", {{"T_max", NAN}}, "T_max", "is required"},
    {"T_max infinite",
     "CosineAnnealingLR",
     {{"T_max", INFINITY}},
     "T_max",
     "must be finite"},
    {"base_lr negative",
     "constant",
     {{"base_lr", -0.1}},
     "base_lr",
     "must not be negative"},
    {"eta_min NaN",
     "CosineAnnealingLR",
     {{"eta_min", NAN}},
     "eta_min",
     "must be a number"},
    {"gamma of 0", "ExponentialLR", {{"gamma", 0}}, "gamma", "must be above 0"},
    {"T_mult of 0",
     "CosineAnnealingWarmRestarts",
     {{"T_mult", 0}},
     "T_mult",
     "must be at least 1"},
    {"start_factor above 1",
     "LinearLR",
     {{"start_factor", 2}},
     "start_factor",
     "must be at most 1"},
    {"a factor of 0, by which torch divides",
     "ConstantLR",
     {{"factor", 0}},
     "factor",
     "must be above 0"},
    {"a factor for 0 steps, which torch never takes back",
     "ConstantLR",
     {{"total_iters", 0}},
     "total_iters",
     "must be at least 1"},
    {"no milestones",
     "MultiStepLR",
     {{NULL, 0}},
     "milestones",
     "must name at least one step"},
    {"a plateau's factor of 1",
     "ReduceLROnPlateau",
     {{"factor", 1}},
     "factor",
     "must be below 1"},
    {"a plateau's factor above 1",
     "ReduceLROnPlateau",
     {{"factor", 1.5}},
     "factor",
     "must be at most 1"},
    {"one cycle of no length",
     "OneCycleLR",
     {{"epochs", 3}},
     "total_steps",
     "is required (or epochs with steps_per_epoch)"},
    {"one cycle with a climb of one step",
     "OneCycleLR",
     {{"total_steps", 4}, {"pct_start", 0.25}},
     "pct_start",
     "must not make the climb one step long (pct_start * total_steps = 1): torch divides "
     "by zero"},
    {"one cycle with a climb of two steps",
     "OneCycleLR",
     {{"total_steps", 8}, {"pct_start", 0.25}},
     NULL,
     NULL},
    {"both floors",
     "cosine_with_min_lr",
     {{"min_lr", 0.1}, {"min_lr_rate", 0.1}},
     "min_lr",
     "must be left out when min_lr_rate is given"},
    {"no floor",
     "cosine_with_min_lr",
     {{NULL, 0}},
     "min_lr",
     "is required (or min_lr_rate)"},
    {"a floor of no rate",
     "cosine_with_min_lr",
     {{"base_lr", 0}, {"min_lr", 0}},
     "base_lr",
     "must be above 0: transformers divides min_lr by it"},
    {"a polynomial of no length",
     "polynomial_decay_with_warmup",
     {{"num_warmup_steps", 5}, {"num_training_steps", 5}},
     "num_training_steps",
     "must be above num_warmup_steps: transformers divides by the difference"},
    {"a polynomial that is cut short",
     "polynomial_decay_with_warmup",
     {{"num_warmup_steps", 5}, {"num_training_steps", 4}},
     NULL,
     NULL},
    {"lr_end of base_lr",
     "polynomial_decay_with_warmup",
     {{"num_warmup_steps", 0}, {"lr_end", 1}},
     "lr_end",
     "must be below base_lr"},
    {"stable for how long",
     "warmup_stable_decay",
     {{NULL, 0}},
     "num_training_steps",
     "is required (or num_stable_steps)"},
    {"cycles that shrink",
     "CosineLRScheduler",
     {{"cycle_mul", 0.5}},
     "cycle_mul",
     "must be at least 1"},
    {"Keras' cycles that shrink",
     "CosineDecayRestarts",
     {{"t_mul", 0.5}},
     "t_mul",
     "must be at least 1"},
};

static void milestones_must_rise(void **state)
{
    (void)state;
    const char *why = NULL;
    struct schedule s = one_part("MultiStepLR");
    set(&s, "base_lr", 0.1);
    s.parts[0].list_count = 2;
    s.parts[0].list[0] = 30;
    s.parts[0].list[1] = 30;
    assert_string_equal(schedule_check(&s, &why), "milestones");
    s.parts[0].list[1] = 31;
    assert_null(schedule_check(&s, &why));
}

static void parts_must_fit_together(void **state)
{
    (void)state;
    const char *why = NULL;
    struct schedule none = {.part_count = 0}, s = cosine(0.1, 10, 0);
    assert_string_equal(schedule_check(&none, &why), "schedulers");
    s.part_count = 2;
    s.parts[1] = s.parts[0];
    assert_string_equal(schedule_check(&s, &why), "milestones");
    s.milestones[0] = 5;
    assert_null(schedule_check(&s, &why));
    s.parts[1].param[0] = 0.2;
    assert_string_equal(schedule_check(&s, &why), "base_lr");
}

static void a_chain_multiplies(void **state)
{
    (void)state;
    const char *why = NULL;
    struct schedule s = one_part("LinearLR");
    set(&s, "base_lr", 0.5);
    set(&s, "start_factor", 0.5);
    set(&s, "total_iters", 4);
    s.chained = true;
    s.parts[s.part_count++] = schedule_part_default(schedule_type_find("MultiStepLR"));
    set(&s, "base_lr", 0.5);
    set(&s, "gamma", 0.5);
    s.parts[1].list[0] = 8;
    s.parts[1].list_count = 1;
    assert_null(schedule_check(&s, &why));
    assert_true(schedule_lr(&s, 0) == 0.25);
    assert_true(schedule_lr(&s, 4) == 0.5);
    assert_true(schedule_lr(&s, 8) == 0.25);
    assert_true(schedule_length(&s) == 8);
    assert_true(schedule_jumps(&s, 7));
    assert_false(schedule_jumps(&s, 3));
    assert_string_equal(schedule_name(&s), "ChainedScheduler");
    s.parts[1] = cosine(0.5, 10, 0).parts[0];
    assert_string_equal(schedule_check(&s, &why), "schedulers");
    s.parts[1] = s.parts[0];
    set(&s, "base_lr", 0.25);
    assert_string_equal(schedule_check(&s, &why), "base_lr");
    s.parts[1] = schedule_part_default(schedule_type_find("ExponentialLR"));
    set(&s, "base_lr", 0.5);
    set(&s, "gamma", 0.5);
    assert_true(schedule_length(&s) == 0);
}

static void every_row_is_complete(void **state)
{
    (void)state;
    const struct schedule_type *type;
    for (size_t n = 0; (type = schedule_type_at(n)); n++) {
        assert_ptr_equal(schedule_type_find(type->name), type);
        assert_true(type->params[0].required);
        assert_true(strlen(type->about) > 10);
        assert_true((type->lr == NULL) == (type->stretch && type->along));
        assert_true((type->length == NULL) == (type->past == SCHEDULE_GOES_ON));
        assert_true(!type->length_param ||
                    schedule_param_find(type, type->length_param) > 0);
        assert_true(!type->floor_param ||
                    schedule_param_find(type, type->floor_param) > 0);
    }
    assert_null(schedule_type_find("CosineAnnealing"));
    assert_int_equal(schedule_param_find(schedule_type_find("constant"), "T_max"), -1);
}

/* --- the list of tests --- */

int main(void)
{
    static const struct CMUnitTest plain[] = {
        cmocka_unit_test(cosine_has_its_values_at_the_quarters),
        cmocka_unit_test(cosine_climbs_back_after_T_max),
        cmocka_unit_test(warm_restarts_jump_back_and_fall),
        cmocka_unit_test(jumps_are_where_the_steps_are),
        cmocka_unit_test(parts_take_over_at_their_milestone),
        cmocka_unit_test(milestones_must_rise),
        cmocka_unit_test(parts_must_fit_together),
        cmocka_unit_test(a_chain_multiplies),
        cmocka_unit_test(every_row_is_complete),
    };
    static struct rows goldens, curves, pasts, lengths, jumps, faults;
    static char names[ROWS_MAX][GOLDEN_NAME];
    golden_add(&goldens, GOLDEN, golden, names);
    golden_add(&curves, GOLDEN, golden_curve, names);
    golden_add(&pasts, GOLDEN, golden_past, names);
    for (size_t i = 0; i < COUNT(jump_rows); i++)
        rows_add(&jumps, jump_rows[i].name, jumps_are_these, &jump_rows[i]);
    for (size_t i = 0; i < COUNT(length_rows); i++)
        rows_add(&lengths, length_rows[i].type, length_is_one_descent, &length_rows[i]);
    for (size_t i = 0; i < COUNT(fault_rows); i++)
        rows_add(&faults, fault_rows[i].name, fault_is_named, &fault_rows[i]);
    int failed = goldens.count < 122; /* run from the root of the repository */
    failed += rows_run(&goldens);
    failed += rows_run(&curves);
    failed += rows_run(&pasts);
    failed += rows_run(&jumps);
    failed += cmocka_run_group_tests(plain, NULL, NULL);
    failed += rows_run(&lengths);
    failed += rows_run(&faults);
    return failed;
}
