/* The worked examples of the project: each line of its good list and of its bad list has
   a run that shows it. Then what the runner itself promises. */
#include "made_run.h"

#include "base/limits.h"

#include <stdio.h>

/* --- good --- */

static void check_is(struct made_run *run, enum check_name check,
                     enum check_status status)
{
    made_diagnose(run);
    const struct check *found = &run->diagnosis.checks[check];
    if (found->status != status)
        print_error("%s\n", found->because);
    assert_int_equal(found->status, status);
    assert_true(strlen(found->because) > 10);
}

static void good_losses_fall_smoothly(void **state)
{
    (void)state;
    struct made_run *run = made_healthy(50);
    check_is(run, CHECK_TRAIN_SMOOTH, CHECK_PASS);
    check_is(run, CHECK_VAL_SMOOTH, CHECK_PASS);
    assert_int_equal(run->diagnosis.verdict, VERDICT_GOOD);
    assert_int_equal(run->diagnosis.finding_count, 0);
    made_run_free(run);
}

static void good_lr_lies_on_the_cosine(void **state)
{
    (void)state;
    struct made_run *run = made_healthy(50);
    check_is(run, CHECK_LR_SCHEDULE, CHECK_PASS);
    assert_int_equal(run->diagnosis.schedule_source, SCHEDULE_DECLARED);
    assert_int_equal(run->diagnosis.schedule_origin, 1);
    assert_int_equal(run->diagnosis.deviation.points, 50);
    assert_near(run->diagnosis.deviation.max_relative, 0, 1e-12);
    made_run_free(run);
}

static void good_lr_is_recognised_without_a_declaration(void **state)
{
    (void)state;
    struct made_run *run = made_healthy(50);
    run->history.declared = NULL;
    check_is(run, CHECK_LR_SCHEDULE, CHECK_PASS);
    assert_int_equal(run->diagnosis.schedule_source, SCHEDULE_FITTED);
    assert_string_equal(run->diagnosis.schedule.parts[0].type->name, "CosineAnnealingLR");
    made_run_free(run);
}

static void expect_fitted_unit(struct made_run *run, enum schedule_unit unit)
{
    run->history.declared = NULL;
    made_diagnose(run);
    assert_int_equal(run->diagnosis.schedule_source, SCHEDULE_FITTED);
    assert_int_equal(run->diagnosis.schedule.unit, unit);
    made_run_free(run);
}

static void a_recognised_schedule_of_dense_steps_counts_steps(void **state)
{
    (void)state;
    struct made_run *run = made_healthy(100);
    run->history.counts_steps = true;
    expect_fitted_unit(run, SCHEDULE_STEP);
}

static void a_recognised_schedule_of_sparse_epochs_counts_epochs(void **state)
{
    (void)state;
    struct made_run *run = made_healthy(1000);
    made_thin(run, ROLE_LR, 10);
    expect_fitted_unit(run, SCHEDULE_EPOCH);
}

static void good_validation_loss_does_not_rise(void **state)
{
    (void)state;
    struct made_run *run = made_healthy(50);
    check_is(run, CHECK_VAL_RISING, CHECK_PASS);
    made_run_free(run);
}

/* Without noise the level of the last epochs lies above the best value, which is the
   last: that is a fall, not a rise. */
static void a_validation_loss_that_still_falls_has_not_risen(void **state)
{
    (void)state;
    struct made_run *run = made_healthy(40);
    made_line(run, ROLE_VAL_LOSS, (size_t[]){0, 39}, (double[]){2.1, 0.2});
    check_is(run, CHECK_VAL_RISING, CHECK_PASS);
    check_is(run, CHECK_VAL_SMOOTH, CHECK_PASS);
    run->history.ended = true;
    check_is(run, CHECK_VAL_RISING, CHECK_PASS);
    made_run_free(run);
}

static struct made_run *ends_with_accuracy(double accuracy, double baseline)
{
    struct made_run *run = made_healthy(50);
    made_fall(run, ROLE_VAL_METRIC, 50, (double[]){0.3, accuracy});
    run->history.metric[ROLE_VAL_METRIC] = "val_accuracy";
    run->history.baseline_final = baseline;
    run->history.baseline_run = "constant-lr";
    run->history.baseline_higher = true;
    return run;
}

static void good_metric_beats_a_constant_lr(void **state)
{
    (void)state;
    struct made_run *run = ends_with_accuracy(0.95, 0.90);
    check_is(run, CHECK_BASELINE, CHECK_PASS);
    assert_null(made_find(run, "worse_than_baseline"));
    assert_non_null(strstr(run->diagnosis.checks[CHECK_BASELINE].because, "constant-lr"));
    made_run_free(run);
}

/* --- bad --- */

static void a_difference_that_seeds_explain_is_unknown(void **state)
{
    (void)state;
    struct made_run *run = ends_with_accuracy(0.75, 0.74);
    run->history.baseline_std = 0.0625;
    run->history.baseline_count = 4;
    made_diagnose(run);
    assert_int_equal(run->diagnosis.checks[CHECK_BASELINE].status, CHECK_UNKNOWN);
    assert_non_null(strstr(run->diagnosis.checks[CHECK_BASELINE].because, "4 seeds"));
    run->history.baseline_std = 0.0009765625;
    made_diagnose(run);
    assert_int_equal(run->diagnosis.checks[CHECK_BASELINE].status, CHECK_PASS);
    free(run);
}

static void expect_finding(struct made_run *run, const char *rule)
{
    made_diagnose(run);
    const struct finding *finding = made_expect(run, rule);
    assert_true(finding->message[0] && finding->advice[0] && finding->evidence_count);
    assert_int_not_equal(run->diagnosis.verdict, VERDICT_GOOD);
}

static void bad_noisy_loss(void **state)
{
    (void)state;
    struct made_run *run = made_healthy(50);
    made_noise(run, ROLE_TRAIN_LOSS, 0.8);
    expect_finding(run, "noisy_loss");
    check_is(run, CHECK_TRAIN_SMOOTH, CHECK_FAIL);
    made_run_free(run);
}

static void bad_validation_loss_rises_early(void **state)
{
    (void)state;
    struct made_run *run = made_healthy(50);
    made_line(run, ROLE_VAL_LOSS, (size_t[]){10, 49}, (double[]){1.1, 1.6});
    expect_finding(run, "overfitting");
    check_is(run, CHECK_VAL_RISING, CHECK_FAIL);
    assert_int_equal(run->diagnosis.verdict, VERDICT_WATCH);
    made_run_free(run);
}

static void bad_lr_never_changes_though_declared(void **state)
{
    (void)state;
    struct made_run *run = made_healthy(50);
    made_flat(run, ROLE_LR, 50, 0.1);
    expect_finding(run, "lr_constant");
    check_is(run, CHECK_LR_SCHEDULE, CHECK_FAIL);
    made_run_free(run);
}

static void bad_lr_jumps(void **state)
{
    (void)state;
    struct made_run *run = made_healthy(50);
    made_set(run, ROLE_LR, (size_t[]){20, 22}, 0.01);
    expect_finding(run, "lr_abrupt");
    check_is(run, CHECK_LR_SCHEDULE, CHECK_FAIL);
    made_run_free(run);
}

static void bad_metric_worse_than_with_a_constant_lr(void **state)
{
    (void)state;
    struct made_run *run = ends_with_accuracy(0.85, 0.90);
    expect_finding(run, "worse_than_baseline");
    check_is(run, CHECK_BASELINE, CHECK_FAIL);
    made_run_free(run);
}

static void bad_good_accuracy_over_unstable_curves(void **state)
{
    (void)state;
    struct made_run *run = ends_with_accuracy(0.95, NAN);
    made_noise(run, ROLE_VAL_LOSS, 0.8);
    expect_finding(run, "unstable_but_accurate");
    made_run_free(run);
}

static void bad_validation_better_than_training(void **state)
{
    (void)state;
    struct made_run *run = made_healthy(50);
    made_fall(run, ROLE_VAL_LOSS, 50, (double[]){1.2, 0.2});
    expect_finding(run, "leakage_suspected");
    made_run_free(run);
}

static struct made_run *with_schedule(size_t count, const char *type, const char *name,
                                      double length)
{
    struct made_run *run = made_healthy(count);
    made_declare(run, type, name, length);
    made_lr(run, count, &run->declared);
    return run;
}

static void bad_cycle_too_short(void **state)
{
    (void)state;
    struct made_run *run = with_schedule(50, "CosineAnnealingWarmRestarts", "T_0", 3);
    expect_finding(run, "cycle_too_short");
    made_run_free(run);
}

static void bad_cycle_too_long(void **state)
{
    (void)state;
    struct made_run *run = with_schedule(50, "CosineAnnealingLR", "T_max", 200);
    expect_finding(run, "cycle_too_long");
    made_run_free(run);
}

static void T_max_5_over_10_epochs_climbs_back(void **state)
{
    (void)state;
    struct made_run *run = with_schedule(10, "CosineAnnealingLR", "T_max", 5);
    expect_finding(run, "lr_climbs_back");
    check_is(run, CHECK_LR_SCHEDULE, CHECK_PASS);
    made_run_free(run);
}

/* The question the project began with: is the scheduler working well? */
static void smooth_training_over_high_validation_is_no_fault_of_the_schedule(void **state)
{
    (void)state;
    struct made_run *run = made_healthy(50);
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){0, 49}, (double[]){2.3, 0.3});
    made_flat(run, ROLE_VAL_LOSS, 50, 1.9);
    expect_finding(run, "validation_plateau");
    const struct finding *finding = made_expect(run, "validation_plateau");
    assert_non_null(strstr(finding->message, "scheduler does its work"));
    assert_non_null(strstr(finding->advice, "Regularise"));
    assert_non_null(strstr(finding->advice, "data"));
    made_run_free(run);
}

/* --- what the runner promises --- */

/* The verdict of a run whose validation loss rises early, with this rule muted. */
static enum verdict verdict_with(const char *muted, struct made_run *run)
{
    made_line(run, ROLE_VAL_LOSS, (size_t[]){10, 39}, (double[]){0.9, 3});
    run->history.muted = &muted;
    run->history.muted_count = muted ? 1 : 0;
    made_diagnose(run);
    return run->diagnosis.verdict;
}

static void a_muted_rule_speaks_but_does_not_count(void **state)
{
    (void)state;
    struct made_run *run = made_healthy(40);
    assert_int_equal(verdict_with(NULL, run), VERDICT_BAD);
    assert_false(run->diagnosis.findings[0].muted);
    assert_int_equal(verdict_with("overfitting", run), VERDICT_GOOD);
    assert_string_equal(run->diagnosis.findings[0].rule->name, "overfitting");
    assert_true(run->diagnosis.findings[0].muted);
    assert_int_equal(run->diagnosis.checks[CHECK_VAL_RISING].status, CHECK_FAIL);
    free(run);
}

static void muting_another_rule_changes_nothing(void **state)
{
    (void)state;
    struct made_run *run = made_healthy(40);
    assert_int_equal(verdict_with("noisy_loss", run), VERDICT_BAD);
    assert_int_equal(verdict_with("overfit", run), VERDICT_BAD);
    free(run);
}

static void too_early_says_what_is_missing(void **state)
{
    (void)state;
    struct made_run *run = made_healthy(3);
    run->history.ended = false;
    run->history.declared = NULL;
    made_diagnose(run);
    assert_int_equal(run->diagnosis.verdict, VERDICT_TOO_EARLY);
    const struct check *check = &run->diagnosis.checks[CHECK_VAL_RISING];
    assert_int_equal(check->status, CHECK_UNKNOWN);
    assert_string_equal(check->because,
                        "This needs 5 points of validation loss; 3 so far.");
    made_run_free(run);
}

static void nan_is_bad_even_in_the_first_epoch(void **state)
{
    (void)state;
    struct made_run *run = made_run_new();
    run->history.ended = false;
    made_flat(run, ROLE_TRAIN_LOSS, 1, NAN);
    made_diagnose(run);
    assert_int_equal(run->diagnosis.verdict, VERDICT_BAD);
    made_run_free(run);
}

static void a_run_without_points_is_answered(void **state)
{
    (void)state;
    struct made_run *run = made_run_new();
    made_declare(run, "CosineAnnealingLR", "T_max", 10);
    made_diagnose(run);
    assert_int_equal(run->diagnosis.verdict, VERDICT_TOO_EARLY);
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        assert_int_equal(run->diagnosis.checks[i].status, CHECK_UNKNOWN);
        assert_true(run->diagnosis.checks[i].because[0]);
    }
    made_run_free(run);
}

/* One to twelve points of every awkward value in every role: no trap, no silence. */
static void awkward_values_are_survived(void **state)
{
    (void)state;
    const double values[] = {0,   -0.0,     1e300,     -1e300, 1e-300, 5e-324,
                             NAN, INFINITY, -INFINITY, -1,     1};
    for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
        for (size_t count = 1; count <= 12; count++) {
            struct made_run *run = made_healthy(count);
            for (enum role role = 0; role < ROLE_COUNT; role++) {
                made_flat(run, role, count, values[v]);
                run->value[role][count / 2] = values[(v + role) % 11];
            }
            made_diagnose(run);
            for (size_t i = 0; i < CHECK_COUNT; i++)
                assert_true(run->diagnosis.checks[i].because[0]);
            made_run_free(run);
        }
    }
}

static void steps_up_to_the_largest_are_survived(void **state)
{
    (void)state;
    struct made_run *run = made_healthy(30);
    for (enum role role = 0; role <= ROLE_LR; role++) {
        for (size_t i = 0; i < 30; i++)
            run->step[role][i] = STEP_MAX - 29 * 1000000 + (int64_t)i * 1000000;
    }
    made_diagnose(run);
    assert_int_equal(run->diagnosis.checks[CHECK_TRAIN_SMOOTH].status, CHECK_PASS);
    made_run_free(run);
}

static void findings_come_errors_first(void **state)
{
    (void)state;
    struct made_run *run = made_healthy(60);
    made_noise(run, ROLE_VAL_LOSS, 0.8);
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){10, 11}, NAN);
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){50, 59}, NAN);
    run->history.curve[ROLE_LR].count = 0;
    run->history.declared = NULL;
    made_diagnose(run);
    const struct diagnosis *d = &run->diagnosis;
    assert_true(d->finding_count >= 4);
    assert_string_equal(d->findings[0].rule->name, "divergence");
    for (size_t i = 1; i < d->finding_count; i++)
        assert_true(d->findings[i - 1].severity >= d->findings[i].severity);
    made_run_free(run);
}

static void the_same_history_gives_the_same_diagnosis(void **state)
{
    (void)state;
    struct made_run *run = made_healthy(50);
    made_noise(run, ROLE_VAL_LOSS, 0.8);
    made_diagnose(run);
    struct diagnosis *first = malloc(sizeof *first);
    assert_non_null(first);
    memcpy(first, &run->diagnosis, sizeof *first);
    memset(&run->diagnosis, 0xff, sizeof run->diagnosis);
    made_diagnose(run);
    assert_int_equal(first->finding_count, run->diagnosis.finding_count);
    assert_int_equal(first->verdict, run->diagnosis.verdict);
    assert_memory_equal(first->checks, run->diagnosis.checks, sizeof first->checks);
    for (size_t i = 0; i < first->finding_count; i++)
        assert_string_equal(first->findings[i].message,
                            run->diagnosis.findings[i].message);
    free(first);
    made_run_free(run);
}

static void every_rule_has_a_name_and_a_title(void **state)
{
    (void)state;
    size_t count = 0;
    for (; rules[count]; count++) {
        assert_true(rules[count]->name[0] && rules[count]->title[0]);
        assert_true(rules[count]->about[0] && rules[count]->apply);
        for (size_t i = 0; i < count; i++)
            assert_string_not_equal(rules[count]->name, rules[i]->name);
    }
    struct made_run *run = made_healthy(10);
    made_diagnose(run);
    assert_int_equal(run->diagnosis.rules_checked, count);
    made_run_free(run);
}

/* Run from the root of the tree, as `make test` does. */
static void every_rule_and_check_is_explained(void **state)
{
    (void)state;
    static char text[65536];
    FILE *file = fopen("docs/diagnosis.md", "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    char heading[64];
    for (size_t i = 0; rules[i]; i++) {
        snprintf(heading, sizeof heading, "\n## %s\n", rules[i]->name);
        assert_non_null(strstr(text, heading));
    }
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        snprintf(heading, sizeof heading, "`%s`", check_names[i]);
        assert_non_null(strstr(text, heading));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_losses_fall_smoothly),
        cmocka_unit_test(good_lr_lies_on_the_cosine),
        cmocka_unit_test(good_lr_is_recognised_without_a_declaration),
        cmocka_unit_test(a_recognised_schedule_of_dense_steps_counts_steps),
        cmocka_unit_test(a_recognised_schedule_of_sparse_epochs_counts_epochs),
        cmocka_unit_test(good_validation_loss_does_not_rise),
        cmocka_unit_test(a_validation_loss_that_still_falls_has_not_risen),
        cmocka_unit_test(good_metric_beats_a_constant_lr),
        cmocka_unit_test(a_difference_that_seeds_explain_is_unknown),
        cmocka_unit_test(bad_noisy_loss),
        cmocka_unit_test(bad_validation_loss_rises_early),
        cmocka_unit_test(bad_lr_never_changes_though_declared),
        cmocka_unit_test(bad_lr_jumps),
        cmocka_unit_test(bad_metric_worse_than_with_a_constant_lr),
        cmocka_unit_test(bad_good_accuracy_over_unstable_curves),
        cmocka_unit_test(bad_validation_better_than_training),
        cmocka_unit_test(bad_cycle_too_short),
        cmocka_unit_test(bad_cycle_too_long),
        cmocka_unit_test(T_max_5_over_10_epochs_climbs_back),
        cmocka_unit_test(
            smooth_training_over_high_validation_is_no_fault_of_the_schedule),
        cmocka_unit_test(a_muted_rule_speaks_but_does_not_count),
        cmocka_unit_test(muting_another_rule_changes_nothing),
        cmocka_unit_test(too_early_says_what_is_missing),
        cmocka_unit_test(nan_is_bad_even_in_the_first_epoch),
        cmocka_unit_test(a_run_without_points_is_answered),
        cmocka_unit_test(awkward_values_are_survived),
        cmocka_unit_test(steps_up_to_the_largest_are_survived),
        cmocka_unit_test(findings_come_errors_first),
        cmocka_unit_test(the_same_history_gives_the_same_diagnosis),
        cmocka_unit_test(every_rule_has_a_name_and_a_title),
        cmocka_unit_test(every_rule_and_check_is_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
