/* The rules about the learning rate: against its schedule, and the schedule's length
   against the run's. */
#include "made_run.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))
#define LR          ROLE_LR

static struct made_run *healthy(void)
{
    return made_healthy(50);
}

static struct made_run *two_points(void)
{
    return made_healthy(2);
}

static struct made_run *no_schedule_no_lr(void)
{
    struct made_run *run = made_healthy(50);
    run->history.declared = NULL;
    run->history.curve[LR].count = 0;
    return run;
}

static struct made_run *lr_is_nan(void)
{
    struct made_run *run = made_healthy(50);
    made_flat(run, LR, 50, NAN);
    return run;
}

/* Declares cosine with T_max 50 and logs `count` epochs of the same or another one. */
static struct made_run *cosine_instead(double T_max, size_t count)
{
    struct made_run *run = made_healthy(count);
    struct schedule actual = made_schedule("CosineAnnealingLR", "T_max", T_max);
    made_lr(run, count, &actual);
    made_declare(run, "CosineAnnealingLR", "T_max", 50);
    return run;
}

/* --- lr_constant --- */

static struct made_run *never_stepped(void)
{
    struct made_run *run = made_healthy(50);
    made_flat(run, LR, 50, 0.1);
    return run;
}

static struct made_run *constant_as_declared(void)
{
    struct made_run *run = never_stepped();
    made_declare(run, "constant", NULL, 0);
    return run;
}

static struct made_run *constant_and_nothing_declared(void)
{
    struct made_run *run = never_stepped();
    run->history.declared = NULL;
    return run;
}

/* After 3 of 50 epochs a cosine has hardly moved either. */
static struct made_run *too_early_to_tell(void)
{
    struct made_run *run = cosine_instead(50, 3);
    made_flat(run, LR, 3, 0.1);
    return run;
}

/* --- lr_abrupt --- */

static struct made_run *jumps_and_returns(double factor)
{
    struct made_run *run = made_healthy(50);
    for (size_t i = 20; i < 24; i++)
        run->value[LR][i] *= factor;
    return run;
}

static struct made_run *jumps_down_and_back(void)
{
    return jumps_and_returns(0.125);
}

static struct made_run *a_small_jump(void)
{
    return jumps_and_returns(0.8125);
}

/* Declared linear from 0.1 to 0 would be; a jump of 1/4 of the observed range is the
   limit: observed goes from 1 to 0 by 1/64 a step but for one. */
static struct made_run *jump_of(double size)
{
    struct made_run *run = made_healthy(50);
    run->history.declared = NULL;
    made_line(run, LR, (size_t[]){0, 19}, (double[]){1, 0.75});
    made_line(run, LR, (size_t[]){20, 49}, (double[]){0.75 - size, 0});
    return run;
}

static struct made_run *jump_at_the_limit(void)
{
    return jump_of(0.25);
}

static struct made_run *jump_above_the_limit(void)
{
    return jump_of(0.2578125);
}

static struct made_run *declared_steps(void)
{
    struct made_run *run = made_healthy(50);
    made_declare(run, "StepLR", "step_size", 15);
    made_lr(run, 50, &run->declared);
    return run;
}

static struct made_run *declared_restarts(void)
{
    struct made_run *run = made_healthy(50);
    made_declare(run, "CosineAnnealingWarmRestarts", "T_0", 25);
    made_lr(run, 50, &run->declared);
    return run;
}

static struct made_run *undeclared_steps(void)
{
    struct made_run *run = declared_steps();
    run->history.declared = NULL;
    return run;
}

static struct made_run *undeclared_restarts(void)
{
    struct made_run *run = declared_restarts();
    run->history.declared = NULL;
    return run;
}

static struct made_run *one_wild_epoch_undeclared(void)
{
    struct made_run *run = made_healthy(50);
    run->history.declared = NULL;
    run->value[LR][20] = 1;
    return run;
}

static struct made_run *up_late_undeclared(void)
{
    struct made_run *run = made_healthy(50);
    run->history.declared = NULL;
    made_flat(run, LR, 50, 0.01);
    made_set(run, LR, (size_t[]){30, 49}, 0.1);
    return run;
}

static struct made_run *up_early_is_a_warmup(void)
{
    struct made_run *run = up_late_undeclared();
    made_set(run, LR, (size_t[]){5, 49}, 0.1);
    return run;
}

static struct made_run *shrinking_restarts_undeclared(void)
{
    struct made_run *run = undeclared_restarts();
    for (size_t i = 25; i < 50; i++)
        run->value[LR][i] *= 0.5;
    return run;
}

static struct made_run *last_row_is_zero(void)
{
    struct made_run *run = cosine_instead(50, 30);
    run->value[LR][29] = 0;
    return run;
}

static struct made_run *a_jump_in_four_points(void)
{
    struct made_run *run = jump_of(0.5);
    run->history.curve[LR].count = 4;
    return run;
}

/* --- lr_off_schedule, one run for each named mistake --- */

static struct made_run *T_max_is_wrong(void)
{
    return cosine_instead(40, 40);
}

static struct made_run *stepped_per_batch(void)
{
    struct made_run *run = made_healthy(50);
    for (size_t i = 0; i < 50; i++)
        run->value[LR][i] = schedule_lr(&run->declared, 37.0 * (double)i);
    return run;
}

static struct made_run *stepped_per_epoch(void)
{
    struct made_run *run = made_run_new();
    run->history.counts_steps = true;
    made_fall(run, ROLE_TRAIN_LOSS, 2000, (double[]){4, 1});
    made_declare(run, "CosineAnnealingLR", "T_max", 2000);
    run->declared.unit = SCHEDULE_STEP;
    made_flat(run, LR, 2000, 0);
    for (size_t i = 0; i < 2000; i++)
        run->value[LR][i] = schedule_lr(&run->declared, (double)(i / 25));
    return run;
}

static struct made_run *eta_min_forgotten(void)
{
    struct made_run *run = made_healthy(50);
    made_declare(run, "CosineAnnealingLR", "eta_min", 0.03125);
    run->declared.parts[0]
        .param[schedule_param_find(run->declared.parts[0].type, "T_max")] = 50;
    return run;
}

static struct made_run *base_lr_is_another(void)
{
    struct made_run *run = made_healthy(50);
    for (size_t i = 0; i < 50; i++)
        run->value[LR][i] *= 4;
    return run;
}

static struct made_run *resumed_without_last_epoch(void)
{
    struct made_run *run = made_healthy(50);
    for (size_t i = 30; i < 50; i++)
        run->value[LR][i] = schedule_lr(&run->declared, (double)(i - 30));
    return run;
}

static struct made_run *started_ten_epochs_late(void)
{
    struct made_run *run = made_healthy(50);
    for (size_t i = 0; i < 50; i++)
        run->value[LR][i] = schedule_lr(&run->declared, i < 10 ? 0 : (double)(i - 10));
    return run;
}

static struct made_run *off_for_no_known_reason(void)
{
    struct made_run *run = made_healthy(50);
    made_line(run, LR, (size_t[]){25, 49}, (double[]){0.05, 0.06});
    return run;
}

static struct made_run *one_step_late(void)
{
    struct made_run *run = made_healthy(50);
    for (size_t i = 0; i < 50; i++)
        run->value[LR][i] = schedule_lr(&run->declared, (double)i + 1);
    return run;
}

static struct made_run *rounded_to_four_digits(void)
{
    struct made_run *run = made_healthy(50);
    for (size_t i = 0; i < 50; i++)
        run->value[LR][i] = round(run->value[LR][i] * 1e4) / 1e4;
    return run;
}

static struct made_run *another_unit(void)
{
    struct made_run *run = T_max_is_wrong();
    run->declared.unit = SCHEDULE_STEP;
    for (size_t i = 0; i < 40; i++)
        run->value[LR][i] = 0.1 - 0.002 * (double)i;
    return run;
}

/* --- lr_climbs_back --- */

static struct made_run *run_of(size_t count, const char *type, const char *name,
                               double length)
{
    struct made_run *run = made_healthy(count);
    made_declare(run, type, name, length);
    made_lr(run, count, &run->declared);
    return run;
}

static struct made_run *T_max_5_over_10_epochs(void)
{
    return run_of(10, "CosineAnnealingLR", "T_max", 5);
}

static struct made_run *T_max_5_over_10_planned(void)
{
    struct made_run *run = run_of(3, "CosineAnnealingLR", "T_max", 5);
    run->history.ended = false;
    run->history.epochs_planned = 10;
    return run;
}

static struct made_run *T_max_40_over_50(void)
{
    return run_of(50, "CosineAnnealingLR", "T_max", 40);
}

static struct made_run *T_max_49_over_50(void)
{
    return run_of(50, "CosineAnnealingLR", "T_max", 49);
}

static struct made_run *T_max_declared_but_no_lr_logged(void)
{
    struct made_run *run = T_max_5_over_10_epochs();
    run->history.curve[LR].count = 0;
    return run;
}

static struct made_run *restarts_5_over_10(void)
{
    return run_of(10, "CosineAnnealingWarmRestarts", "T_0", 5);
}

static struct made_run *warmup_then_a_short_cosine(void)
{
    struct made_run *run = made_healthy(50);
    run->declared = (struct schedule){.part_count = 2, .milestones = {5}};
    run->declared.parts[0] = made_schedule("LinearLR", "total_iters", 5).parts[0];
    run->declared.parts[1] = made_schedule("CosineAnnealingLR", "T_max", 20).parts[0];
    made_lr(run, 50, &run->declared);
    return run;
}

/* --- cycle_too_long --- */

static struct made_run *T_max_100_over_50(void)
{
    return run_of(50, "CosineAnnealingLR", "T_max", 100);
}

static struct made_run *T_max_100_over_80(void)
{
    return run_of(80, "CosineAnnealingLR", "T_max", 100);
}

static struct made_run *T_max_101_over_80(void)
{
    return run_of(80, "CosineAnnealingLR", "T_max", 101);
}

static struct made_run *T_max_100_over_50_planned(void)
{
    struct made_run *run = run_of(8, "CosineAnnealingLR", "T_max", 100);
    run->history.ended = false;
    run->history.epochs_planned = 50;
    return run;
}

static struct made_run *T_max_100_and_it_goes_on(void)
{
    struct made_run *run = T_max_100_over_50();
    run->history.ended = false;
    return run;
}

/* --- cycle_too_short --- */

static struct made_run *linear_20_over_50(void)
{
    return run_of(50, "PolynomialLR", "total_iters", 20);
}

static struct made_run *linear_36_over_48(void)
{
    return run_of(48, "PolynomialLR", "total_iters", 36);
}

static struct made_run *linear_35_over_48(void)
{
    return run_of(48, "PolynomialLR", "total_iters", 35);
}

static struct made_run *eight_short_cycles(void)
{
    return run_of(48, "CosineAnnealingWarmRestarts", "T_0", 6);
}

static struct made_run *seven_cycles(void)
{
    return run_of(47, "CosineAnnealingWarmRestarts", "T_0", 6);
}

static struct made_run *T_max_2_over_50(void)
{
    return run_of(50, "CosineAnnealingLR", "T_max", 2);
}

static struct made_run *seven_points_at_the_floor(void)
{
    return run_of(7, "PolynomialLR", "total_iters", 2);
}

static const struct rule_row rows[] = {
    {"constant: declared, never stepped", never_stepped, "lr_constant", SEVERITY_WARNING},
    {"constant: as declared", constant_as_declared, "lr_constant", SILENT},
    {"constant: nothing declared", constant_and_nothing_declared, "lr_constant", SILENT},
    {"constant: the cosine has not moved yet", too_early_to_tell, "lr_constant", SILENT},
    {"constant: a healthy run", healthy, "lr_constant", SILENT},
    {"constant: two points", two_points, "lr_constant", SILENT},
    {"constant: NaN", lr_is_nan, "lr_constant", SILENT},
    {"constant: nothing there", no_schedule_no_lr, "lr_constant", SILENT},

    {"abrupt: falls to an eighth for four epochs", jumps_down_and_back, "lr_abrupt",
     SEVERITY_WARNING},
    {"abrupt: a small jump", a_small_jump, "lr_abrupt", SILENT},
    {"abrupt: at the limit", jump_at_the_limit, "lr_abrupt", SILENT},
    {"abrupt: above the limit", jump_above_the_limit, "lr_abrupt", SEVERITY_WARNING},
    {"abrupt: declared steps", declared_steps, "lr_abrupt", SILENT},
    {"abrupt: declared restarts", declared_restarts, "lr_abrupt", SILENT},
    {"abrupt: undeclared steps", undeclared_steps, "lr_abrupt", SILENT},
    {"abrupt: undeclared restarts", undeclared_restarts, "lr_abrupt", SILENT},
    {"abrupt: shrinking restarts", shrinking_restarts_undeclared, "lr_abrupt", SILENT},
    {"abrupt: one wild epoch, undeclared", one_wild_epoch_undeclared, "lr_abrupt",
     SEVERITY_WARNING},
    {"abrupt: up late, undeclared", up_late_undeclared, "lr_abrupt", SEVERITY_WARNING},
    {"abrupt: up early is a warm-up", up_early_is_a_warmup, "lr_abrupt", SILENT},
    {"abrupt: a last row of 0", last_row_is_zero, "lr_abrupt", SILENT},
    {"abrupt: a healthy run", healthy, "lr_abrupt", SILENT},
    {"abrupt: four points are too few", a_jump_in_four_points, "lr_abrupt", SILENT},
    {"abrupt: NaN", lr_is_nan, "lr_abrupt", SILENT},

    {"off: T_max is wrong", T_max_is_wrong, "lr_off_schedule", SEVERITY_WARNING},
    {"off: stepped per batch", stepped_per_batch, "lr_off_schedule", SEVERITY_WARNING},
    {"off: stepped per epoch", stepped_per_epoch, "lr_off_schedule", SEVERITY_WARNING},
    {"off: eta_min forgotten", eta_min_forgotten, "lr_off_schedule", SEVERITY_WARNING},
    {"off: base_lr is another", base_lr_is_another, "lr_off_schedule", SEVERITY_WARNING},
    {"off: last_epoch lost at a resume", resumed_without_last_epoch, "lr_off_schedule",
     SEVERITY_WARNING},
    {"off: started late", started_ten_epochs_late, "lr_off_schedule", SEVERITY_WARNING},
    {"off: for no known reason", off_for_no_known_reason, "lr_off_schedule",
     SEVERITY_WARNING},
    {"off: one step late is no fault", one_step_late, "lr_off_schedule", SILENT},
    {"off: rounded to four digits", rounded_to_four_digits, "lr_off_schedule", SILENT},
    {"off: a last row of 0", last_row_is_zero, "lr_off_schedule", SILENT},
    {"off: never stepped is lr_constant", never_stepped, "lr_off_schedule", SILENT},
    {"off: in another unit nothing is known", another_unit, "lr_off_schedule", SILENT},
    {"off: nothing declared", jump_above_the_limit, "lr_off_schedule", SILENT},
    {"off: a healthy run", healthy, "lr_off_schedule", SILENT},
    {"off: two points", two_points, "lr_off_schedule", SILENT},
    {"off: NaN", lr_is_nan, "lr_off_schedule", SILENT},

    {"climbs: T_max=5 over 10 epochs", T_max_5_over_10_epochs, "lr_climbs_back",
     SEVERITY_WARNING},
    {"climbs: T_max=5 with 10 epochs planned", T_max_5_over_10_planned, "lr_climbs_back",
     SEVERITY_WARNING},
    {"climbs: T_max=5 and no LR logged", T_max_declared_but_no_lr_logged,
     "lr_climbs_back", SEVERITY_WARNING},
    {"climbs: a little is information", T_max_40_over_50, "lr_climbs_back",
     SEVERITY_INFO},
    {"climbs: T_max one short of the run", T_max_49_over_50, "lr_climbs_back", SILENT},
    {"climbs: warm restarts do not climb", restarts_5_over_10, "lr_climbs_back", SILENT},
    {"climbs: behind a warm-up", warmup_then_a_short_cosine, "lr_climbs_back",
     SEVERITY_WARNING},
    {"climbs: a healthy run", healthy, "lr_climbs_back", SILENT},
    {"climbs: two points", two_points, "lr_climbs_back", SILENT},
    {"climbs: an LR of NaN leaves the declared T_max", lr_is_nan, "lr_climbs_back",
     SILENT},

    {"too long: T_max=100 over 50", T_max_100_over_50, "cycle_too_long",
     SEVERITY_WARNING},
    {"too long: 50 planned", T_max_100_over_50_planned, "cycle_too_long",
     SEVERITY_WARNING},
    {"too long: at 1.25", T_max_100_over_80, "cycle_too_long", SILENT},
    {"too long: above 1.25", T_max_101_over_80, "cycle_too_long", SEVERITY_WARNING},
    {"too long: a run that goes on may come to its end", T_max_100_and_it_goes_on,
     "cycle_too_long", SILENT},
    {"too long: a healthy run", healthy, "cycle_too_long", SILENT},
    {"too long: NaN", lr_is_nan, "cycle_too_long", SILENT},

    {"too short: down after 20 of 50", linear_20_over_50, "cycle_too_short",
     SEVERITY_WARNING},
    {"too short: down at three quarters", linear_36_over_48, "cycle_too_short", SILENT},
    {"too short: down before three quarters", linear_35_over_48, "cycle_too_short",
     SEVERITY_WARNING},
    {"too short: eight cycles", eight_short_cycles, "cycle_too_short", SEVERITY_WARNING},
    {"too short: seven cycles", seven_cycles, "cycle_too_short", SILENT},
    {"too short: T_max=2 over 50", T_max_2_over_50, "cycle_too_short", SEVERITY_WARNING},
    {"too short: T_max=5 over 10 climbs back instead", T_max_5_over_10_epochs,
     "cycle_too_short", SILENT},
    {"too short: seven points are too few", seven_points_at_the_floor, "cycle_too_short",
     SILENT},
    {"too short: a healthy run", healthy, "cycle_too_short", SILENT},
    {"too short: NaN", lr_is_nan, "cycle_too_short", SILENT},
};

/* --- the cause is named, with its figure --- */

struct cause_row {
    const char *name;
    struct made_run *(*make)(void);
    const char *says;
};

static const struct cause_row causes[] = {
    {"cause: T_max", T_max_is_wrong, "T_max is 40 in the run, declared is 50"},
    {"cause: per batch", stepped_per_batch,
     "is stepped 37 times per epoch, as if once per batch"},
    {"cause: per epoch", stepped_per_epoch,
     "is stepped only once in 25 steps, as if once per epoch"},
    {"cause: eta_min", eta_min_forgotten,
     "eta_min is 0 in the run, declared is 0.03125: it does not reach"},
    {"cause: base_lr", base_lr_is_another,
     "base_lr is 0.4 in the run, 4 times the declared 0.1"},
    {"cause: resume", resumed_without_last_epoch, "starts again at epoch 31"},
    {"cause: late start", started_ten_epochs_late, "first stepped 10 epochs late"},
    {"cause: none", off_for_no_known_reason, "none of the usual mistakes"},
};

static void names_the_cause(void **state)
{
    const struct cause_row *row = *state;
    struct made_run *run = row->make();
    made_diagnose(run);
    const struct finding *finding = made_expect(run, "lr_off_schedule");
    if (!strstr(finding->message, row->says))
        print_error("%s\n", finding->message);
    assert_non_null(strstr(finding->message, row->says));
    assert_int_equal(run->diagnosis.checks[CHECK_LR_SCHEDULE].status, CHECK_FAIL);
    made_run_free(run);
}

/* Held for a few epochs, as after a resume, and then back on the curve. */
static void an_excursion_that_came_back_has_ended(void **state)
{
    (void)state;
    struct made_run *run = made_healthy(50);
    double held = run->value[LR][14];
    made_line(run, LR, (size_t[]){14, 19}, (double[]){held, held});
    made_diagnose(run);
    const struct finding *finding = made_expect(run, "lr_off_schedule");
    assert_int_equal(finding->from_step, 16);
    assert_int_equal(finding->to_step, 20);
    assert_false(finding->ongoing);
    assert_non_null(strstr(finding->message, "is back on it after epoch 20"));
    made_run_free(run);
}

static void climbing_back_is_explained(void **state)
{
    (void)state;
    struct made_run *run = T_max_5_over_10_epochs();
    made_diagnose(run);
    const struct finding *finding = made_expect(run, "lr_climbs_back");
    assert_int_equal(finding->from_step, 6);
    assert_non_null(
        strstr(finding->message, "reaches 0 at epoch 6 and then climbs back"));
    assert_non_null(strstr(finding->advice, "T_max=10"));
    assert_non_null(strstr(finding->advice, "CosineAnnealingWarmRestarts(T_0=5)"));
    assert_near(made_evidence(finding, "lr_at_end"), 0.0904508497187474, 1e-12);
    made_run_free(run);
}

int main(void)
{
    struct CMUnitTest tests[COUNT(rows) + COUNT(causes) + 1] = {
        cmocka_unit_test(an_excursion_that_came_back_has_ended),
        cmocka_unit_test(climbing_back_is_explained)};
    size_t count = 1 + rule_rows(rows, COUNT(rows), tests + 1);
    for (size_t i = 0; i < COUNT(causes); i++)
        tests[count++] =
            (struct CMUnitTest){.name = causes[i].name,
                                .test_func = names_the_cause,
                                .initial_state = (void *)(uintptr_t)&causes[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
