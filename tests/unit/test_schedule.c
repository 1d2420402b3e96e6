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
    if (fabs(lr - stepped) > 1.1 * golden->loop * golden->rate)
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

static void golden(void **state)
{
    struct golden golden = {.rows = 0};
    char path[512], line[512];
    const char *why;
    snprintf(path, sizeof path, "%s/%s", GOLDEN, (const char *)*state);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        if (line[0] == '#') {
            read_header(&golden, line);
        } else if (line[0] >= '0' && line[0] <= '9') {
            if (!golden.rows++) {
                assert_null(schedule_check(&golden.schedule, &why));
                golden.rate = highest_rate(&golden.schedule);
            }
            check_row(&golden, line);
        }
    }
    fclose(file);
    assert_true(golden.rows >= 10);
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

struct length_row {
    const char *type, *param;
    double value, length;
};

static void length_is_one_descent(void **state)
{
    const struct length_row *row = *state;
    struct schedule s = one_part(row->type);
    set(&s, "base_lr", 0.1);
    if (schedule_param_find(s.parts[0].type, "num_warmup_steps") >= 0)
        set(&s, "num_warmup_steps", 10);
    if (row->param)
        set(&s, row->param, row->value);
    assert_true(schedule_length(&s) == row->length);
}

static const struct length_row length_rows[] = {
    {"CosineAnnealingLR", "T_max", 25, 25},
    {"CosineAnnealingWarmRestarts", "T_0", 25, 25},
    {"constant", NULL, 0, 0},
    {"StepLR", "step_size", 30, 0},
    {"ExponentialLR", "gamma", 0.9, 0},
    {"LinearLR", "total_iters", 40, 40},
    {"ConstantLR", "total_iters", 40, 40},
    {"PolynomialLR", "total_iters", 40, 40},
    {"cosine_with_warmup", "num_training_steps", 110, 110},
    {"linear_with_warmup", "num_training_steps", 110, 110},
    {"constant_with_warmup", NULL, 0, 0},
};

/* --- what is not a schedule --- */

struct fault_row {
    const char *name, *type, *param;
    double value;
    const char *at, *why;
};

static void fault_is_named(void **state)
{
    const struct fault_row *row = *state;
    struct schedule s = one_part(row->type);
    const char *why = NULL;
    for (size_t i = 0; s.parts[0].type->params[i].name; i++) {
        if (s.parts[0].type->params[i].required)
            s.parts[0].param[i] = 1;
    }
    if (row->param)
        set(&s, row->param, row->value);
    const char *at = schedule_check(&s, &why);
    assert_non_null(at);
    assert_string_equal(at, row->at);
    assert_string_equal(why, row->why);
}

static const struct fault_row fault_rows[] = {
    {"T_max of 0", "CosineAnnealingLR", "T_max", 0, "T_max", "must be at least 1"},
    {"T_max of 2.5", "CosineAnnealingLR", "T_max", 2.5, "T_max",
     "must be a whole number"},
    {"T_max beyond 2^53", "CosineAnnealingLR", "T_max", 1e17, "T_max",
     "must be a whole number"},
    {"T_max not said", "CosineAnnealingLR", "T_max", NAN, "T_max", "is required"},
    {"T_max infinite", "CosineAnnealingLR", "T_max", INFINITY, "T_max", "must be finite"},
    {"base_lr negative", "constant", "base_lr", -0.1, "base_lr", "must not be negative"},
    {"eta_min NaN", "CosineAnnealingLR", "eta_min", NAN, "eta_min", "must be a number"},
    {"gamma of 0", "ExponentialLR", "gamma", 0, "gamma", "must be above 0"},
    {"T_mult of 0", "CosineAnnealingWarmRestarts", "T_mult", 0, "T_mult",
     "must be at least 1"},
    {"start_factor above 1", "LinearLR", "start_factor", 2, "start_factor",
     "must be at most 1"},
    {"no milestones", "MultiStepLR", NULL, 0, "milestones",
     "must name at least one step"},
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

static void every_row_is_complete(void **state)
{
    (void)state;
    const struct schedule_type *type;
    for (size_t n = 0; (type = schedule_type_at(n)); n++) {
        assert_ptr_equal(schedule_type_find(type->name), type);
        assert_true(type->params[0].required);
        assert_true(strlen(type->about) > 10);
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
        cmocka_unit_test(every_row_is_complete),
    };
    static struct rows goldens, lengths, faults;
    static char names[ROWS_MAX][GOLDEN_NAME];
    golden_add(&goldens, GOLDEN, golden, names);
    for (size_t i = 0; i < COUNT(length_rows); i++)
        rows_add(&lengths, length_rows[i].type, length_is_one_descent, &length_rows[i]);
    for (size_t i = 0; i < COUNT(fault_rows); i++)
        rows_add(&faults, fault_rows[i].name, fault_is_named, &fault_rows[i]);
    int failed = goldens.count < 119; /* run from the root of the repository */
    failed += rows_run(&goldens);
    failed += cmocka_run_group_tests(plain, NULL, NULL);
    failed += rows_run(&lengths);
    failed += rows_run(&faults);
    return failed;
}
