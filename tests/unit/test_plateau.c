/* ReduceLROnPlateau against the real one (tests/golden/plateau.py), and recognised. */
#include "core/fit/plateau.h"
#include "golden.h"

#define GOLDEN     "tests/fixtures/plateau"
#define POINTS_MAX 400

struct run {
    struct schedule schedule;
    int64_t step[POINTS_MAX];
    double lr[POINTS_MAX], metric[POINTS_MAX];
    size_t count;
};

static struct series rates(const struct run *run)
{
    return (struct series){run->step, run->lr, run->count};
}

static struct series watched(const struct run *run)
{
    return (struct series){run->step, run->metric, run->count};
}

static void read_run(const char *name, struct run *run)
{
    char path[512], line[512];
    *run = (struct run){.count = 0};
    snprintf(path, sizeof path, "%s/%s", GOLDEN, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        double t;
        if (!strncmp(line, "# part", 6)) {
            golden_part(&run->schedule, line);
        } else if (line[0] >= '0' && line[0] <= '9') {
            assert_true(run->count < POINTS_MAX);
            assert_int_equal(sscanf(line, "%lf,%lf,%lf", &t, &run->lr[run->count],
                                    &run->metric[run->count]),
                             3);
            run->step[run->count++] = (int64_t)t;
        }
    }
    fclose(file);
    assert_true(run->count >= 30);
}

static void replay_is_the_frameworks(void **state)
{
    struct run run;
    const char *why;
    read_run(*state, &run);
    struct series metric = watched(&run);
    assert_null(schedule_check(&run.schedule, &why));
    assert_true(plateau_replay(&run.schedule.parts[0], &metric, 0));
    for (size_t i = 0; i < run.count; i++) {
        double lr = schedule_lr(&run.schedule, (double)i);
        if (lr != run.lr[i])
            fail_msg("t=%zu: %.17g, the framework says %.17g", i, lr, run.lr[i]);
    }
}

/* --- recognised --- */

struct recognised_row {
    const char *file;
    bool maximize;
    double patience, cooldown, factor;
};

static void set_apart(struct run *run, int shift)
{
    for (size_t i = 0; shift && i + 1 < run->count; i++)
        run->lr[i] = run->lr[i + 1];
    run->count -= (size_t)shift;
}

static void is_recognised(void **state)
{
    const struct recognised_row *row = *state;
    for (int late = 0; late <= 1; late++) {
        struct run run;
        struct schedule found = {.part_count = 1};
        int shift = -1;
        read_run(row->file, &run);
        set_apart(&run, late);
        struct series lr = rates(&run), metric = watched(&run);
        assert_true(
            plateau_explains(&lr, &metric, row->maximize, &found.parts[0], &shift));
        for (size_t i = 0; i < run.count; i++)
            assert_near(schedule_lr(&found, (double)i + shift), run.lr[i], 1e-15);
        if (shift != late) /* logged after with p calls is before with p - 1 */
            continue;
        const struct schedule_type *type = found.parts[0].type;
        const double *p = found.parts[0].param;
        assert_true(p[schedule_param_find(type, "patience")] == row->patience);
        assert_true(p[schedule_param_find(type, "cooldown")] == row->cooldown);
        assert_true(p[schedule_param_find(type, "factor")] == row->factor);
    }
}

static const struct recognised_row recognised_rows[] = {
    {"defaults.csv", false, 10, 0, 0.1},
    {"patience_3_cooldown_2.csv", false, 3, 2, 0.5},
    {"max.csv", true, 5, 0, 0.3},
    {"abs_0.csv", false, 4, 0, 0.5},
    {"min_lr.csv", false, 3, 0, 0.3},
    {"nan.csv", false, 4, 0, 0.5},
    {"below_zero.csv", false, 3, 0, 0.5},
    {"keras_defaults.csv", false, 9, 0, 0.1},
    {"keras_patience_1.csv", false, 0, 0, 0.7},
    {"keras_max_min_lr.csv", true, 5, 0, 0.2},
};

/* --- and not where it is not --- */

/* A run whose metric never gets better after the start, and falls at these t. */
static struct run stuck_run(const double *falls, size_t fall_count)
{
    struct run run = {.count = 120};
    for (size_t i = 0; i < run.count; i++) {
        run.step[i] = (int64_t)i;
        run.metric[i] = i ? 1 : 2;
        run.lr[i] = 1;
        for (size_t k = 0; k < fall_count; k++)
            run.lr[i] *= (double)i >= falls[k] ? 0.5 : 1;
    }
    return run;
}

static bool explained(const struct run *run)
{
    struct series lr = rates(run), metric = watched(run);
    struct schedule_part part;
    int shift;
    return plateau_explains(&lr, &metric, false, &part, &shift);
}

static void every_fall_must_come_when_it_is_due(void **state)
{
    (void)state;
    double falls[] = {32, 63, 94};
    struct run run = stuck_run(falls, 3);
    assert_true(explained(&run)); /* patience 30, logged after the call */
    falls[2] = 95;
    run = stuck_run(falls, 3);
    assert_false(explained(&run)); /* one call late */
    run = stuck_run(falls, 1);
    assert_false(explained(&run)); /* the second one did not come */
    run = stuck_run(falls, 2);
    assert_true(explained(&run)); /* but it may have reached min_lr */
}

static void equal_steps_are_not_a_plateau(void **state)
{
    (void)state;
    double falls[] = {30, 60, 90};
    struct run run = stuck_run(falls, 3);
    assert_false(explained(&run));
}

static void patience_is_searched_up_to_50(void **state)
{
    (void)state;
    double falls[] = {53, 104};
    struct run run = stuck_run(falls, 2);
    assert_true(explained(&run));
    falls[0] = 54;
    falls[1] = 106;
    run = stuck_run(falls, 2);
    assert_false(explained(&run));
}

static void a_column_that_climbs_or_stays_is_none(void **state)
{
    (void)state;
    double falls[] = {32, 63, 94};
    struct run run = stuck_run(falls, 3);
    run.lr[100] = 1;
    assert_false(explained(&run));
    run = stuck_run(falls, 0);
    assert_false(explained(&run));
    run.count = 0;
    assert_false(explained(&run));
}

static void falls_of_several_factors_are_none(void **state)
{
    (void)state;
    double falls[] = {32, 63, 94};
    struct run run = stuck_run(falls, 3);
    for (size_t i = 63; i < run.count; i++)
        run.lr[i] *= 0.3;
    assert_false(explained(&run));
}

static void rates_that_are_not_numbers_are_passed_over(void **state)
{
    (void)state;
    double falls[] = {32, 63, 94};
    struct run run = stuck_run(falls, 3);
    run.lr[0] = run.lr[50] = NAN;
    run.lr[119] = INFINITY;
    assert_true(explained(&run));
}

static void a_rounded_column_is_explained(void **state)
{
    (void)state;
    double falls[] = {32, 63, 94};
    struct run run = stuck_run(falls, 3);
    for (size_t i = 0; i < run.count; i++)
        run.lr[i] = rint(run.lr[i] * 10) / 10; /* 1, 0.5, 0.2, 0.1 */
    assert_true(explained(&run));
}

/* Validation every tenth step: what counts is where the log's steps lie. */
static void the_metric_may_be_logged_less_often(void **state)
{
    (void)state;
    struct run run = stuck_run(NULL, 0);
    int64_t steps[12];
    double losses[12];
    for (int i = 0; i < 12; i++) {
        steps[i] = 10 * i + 9;
        losses[i] = i ? 1 : 2;
    }
    for (size_t i = 50; i < run.count; i++)
        run.lr[i] = i < 80 ? 0.5 : 0.25;
    struct series lr = rates(&run), metric = {steps, losses, 12};
    struct schedule found = {.part_count = 1};
    int shift;
    assert_true(plateau_explains(&lr, &metric, false, &found.parts[0], &shift));
    assert_int_equal(shift, 0);
    assert_true(found.parts[0].param[3] == 2); /* patience: calls 1, 2, 3 are bad */
    for (size_t i = 0; i < run.count; i++)
        assert_true(schedule_lr(&found, (double)i) == run.lr[i]);
}

static void more_falls_than_the_list_holds_are_said(void **state)
{
    (void)state;
    static int64_t steps[SCHEDULE_LIST_MAX + 10];
    static double losses[SCHEDULE_LIST_MAX + 10];
    for (int i = 0; i < SCHEDULE_LIST_MAX + 10; i++)
        steps[i] = i;
    struct series metric = {steps, losses, SCHEDULE_LIST_MAX + 1};
    struct schedule_part part =
        schedule_part_default(schedule_type_find("ReduceLROnPlateau"));
    part.param[schedule_param_find(part.type, "base_lr")] = 0.1;
    part.param[schedule_param_find(part.type, "factor")] = 0.99;
    part.param[schedule_param_find(part.type, "patience")] = 0;
    assert_true(plateau_replay(&part, &metric, 0));
    assert_int_equal(part.list_count, SCHEDULE_LIST_MAX);
    metric.count++;
    assert_false(plateau_replay(&part, &metric, 0));
    assert_int_equal(part.list_count, SCHEDULE_LIST_MAX);
}

static const struct CMUnitTest plain[] = {
    cmocka_unit_test(every_fall_must_come_when_it_is_due),
    cmocka_unit_test(equal_steps_are_not_a_plateau),
    cmocka_unit_test(patience_is_searched_up_to_50),
    cmocka_unit_test(a_column_that_climbs_or_stays_is_none),
    cmocka_unit_test(falls_of_several_factors_are_none),
    cmocka_unit_test(rates_that_are_not_numbers_are_passed_over),
    cmocka_unit_test(a_rounded_column_is_explained),
    cmocka_unit_test(the_metric_may_be_logged_less_often),
    cmocka_unit_test(more_falls_than_the_list_holds_are_said),
};

int main(void)
{
    static struct rows rows;
    static char names[ROWS_MAX][GOLDEN_NAME];
    golden_add(&rows, GOLDEN, replay_is_the_frameworks, names);
    int failed = rows.count < 20; /* run from the root of the repository */
    for (size_t i = 0; i < COUNT(recognised_rows); i++)
        rows_add(&rows, recognised_rows[i].file, is_recognised, &recognised_rows[i]);
    failed += cmocka_run_group_tests(plain, NULL, NULL);
    return failed + rows_run(&rows);
}
