/* The rule about a validation loss that rises: runs that show it, runs that do not, each
   threshold itself, NaN, and runs that are too short. */
#include "made_run.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static struct made_run *healthy(void)
{
    return made_healthy(50);
}

static struct made_run *one_point(void)
{
    return made_healthy(1);
}

static struct made_run *all_nan(void)
{
    struct made_run *run = made_healthy(50);
    made_flat(run, ROLE_TRAIN_LOSS, 50, NAN);
    made_flat(run, ROLE_VAL_LOSS, 50, NAN);
    return run;
}

/* --- overfitting --- */

/* Validation falls to 1.0, where it lies from epoch 18 to 22, and climbs to `end`, which
   it holds from epoch 40; training falls all along. */
static struct made_run *risen_to(double end)
{
    struct made_run *run = made_healthy(50);
    made_line(run, ROLE_VAL_LOSS, (size_t[]){0, 17}, (double[]){2.0, 1.0});
    made_set(run, ROLE_VAL_LOSS, (size_t[]){17, 21}, 1.0);
    made_line(run, ROLE_VAL_LOSS, (size_t[]){21, 39}, (double[]){1.0, end});
    made_set(run, ROLE_VAL_LOSS, (size_t[]){39, 49}, end);
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){0, 49}, (double[]){2.0, 0.25});
    return run;
}

static struct made_run *risen_20_percent(void)
{
    return risen_to(1.25);
}

static struct made_run *risen_far(void)
{
    return risen_to(1.75);
}

static struct made_run *risen_by_half(void)
{
    return risen_to(1.5);
}

static struct made_run *risen_to_the_limit(void)
{
    return risen_to(1.03125);
}

static struct made_run *risen_above_the_limit(void)
{
    return risen_to(1.0322265625);
}

static struct made_run *goes_on(struct made_run *run)
{
    run->history.ended = false;
    run->history.declared = NULL;
    return run;
}

/* Of `count` evaluations: at 1.0 from `best` on, at `end` from half of the rest on. */
static struct made_run *steps_up(size_t count, size_t best, double end)
{
    struct made_run *run = made_healthy(count);
    size_t up = best + (count - best) / 2;
    made_line(run, ROLE_VAL_LOSS, (size_t[]){0, best}, (double[]){2.0, 1.0});
    made_set(run, ROLE_VAL_LOSS, (size_t[]){best, up - 1}, 1.0);
    made_set(run, ROLE_VAL_LOSS, (size_t[]){up, count - 1}, end);
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){0, count - 1}, (double[]){2.0, 0.25});
    return run;
}

/* 5 / 40 = 0.125 */
static struct made_run *forty_live_at_the_limit(void)
{
    return goes_on(steps_up(40, 20, 1.125));
}

static struct made_run *forty_live_above_the_limit(void)
{
    return goes_on(steps_up(40, 20, 1.1328125));
}

static struct made_run *forty_whole(void)
{
    return steps_up(40, 20, 1.125);
}

/* 5 / 16 is more than a quarter. */
static struct made_run *sixteen_live_at_a_quarter(void)
{
    return goes_on(steps_up(16, 8, 1.25));
}

static struct made_run *sixteen_live_above_a_quarter(void)
{
    return goes_on(steps_up(16, 8, 1.2578125));
}

/* 5 / 256, of a rise that began in the last third. */
static struct made_run *young_at_the_limit(void)
{
    return goes_on(steps_up(256, 192, 1.01953125));
}

static struct made_run *young_above_the_limit(void)
{
    return goes_on(steps_up(256, 192, 1.0205078125));
}

static struct made_run *young_but_whole(void)
{
    return steps_up(256, 192, 1.0205078125);
}

/* A rise as old as three quarters of the run: the limit is that of a whole run. */
static struct made_run *old_at_the_limit(void)
{
    return goes_on(steps_up(256, 64, 1.03125));
}

static struct made_run *old_above_the_limit(void)
{
    return goes_on(steps_up(256, 64, 1.0322265625));
}

/* Levels of 25 evaluations each, smooth between them. */
static struct made_run *through(const double *level, size_t count)
{
    struct made_run *run = made_healthy(25 * count);
    made_set(run, ROLE_VAL_LOSS, (size_t[]){0, 24}, level[0]);
    for (size_t i = 1; i < count; i++) {
        made_line(run, ROLE_VAL_LOSS, (size_t[]){25 * i - 1, 25 * i + 4},
                  (double[]){level[i - 1], level[i]});
        made_set(run, ROLE_VAL_LOSS, (size_t[]){25 * i + 4, 25 * i + 24}, level[i]);
    }
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){0, 25 * count - 1}, (double[]){2.0, 0.25});
    return run;
}

/* Went up by 1/16 and came back: 4 times that is a rise of 1/4. */
static struct made_run *four_times_what_came_back(void)
{
    return through((double[]){2, 1.125, 1.1875, 1, 1.25}, 5);
}

static struct made_run *more_than_came_back(void)
{
    return through((double[]){2, 1.125, 1.1875, 1, 1.2578125}, 5);
}

static struct made_run *four_times_what_it_fell_since(void)
{
    return through((double[]){2, 1, 1.3125, 1.25, 1.25}, 5);
}

static struct made_run *more_than_it_fell_since(void)
{
    return through((double[]){2, 1, 1.3203125, 1.2578125, 1.2578125}, 5);
}

/* Half of the way back is gone, and it is still half above: that is no wandering. */
static struct made_run *half_above_after_a_fall(void)
{
    return through((double[]){2, 1, 1.75, 1.5, 1.5}, 5);
}

static struct made_run *far_above_after_a_fall(void)
{
    return through((double[]){2, 1, 1.75, 1.5078125, 1.5078125}, 5);
}

/* x[i] = 0.9 x[i-1] + a jump about a level that stands. */
static struct made_run *wanders_about_its_level(void)
{
    struct made_run *run = made_healthy(200);
    made_flat(run, ROLE_VAL_LOSS, 200, 0);
    made_noise(run, ROLE_VAL_LOSS, 0.03125);
    for (size_t i = 1; i < 200; i++)
        run->value[ROLE_VAL_LOSS][i] += 0.9 * run->value[ROLE_VAL_LOSS][i - 1];
    for (size_t i = 0; i < 200; i++)
        run->value[ROLE_VAL_LOSS][i] += 1;
    return run;
}

static struct made_run *wanders_up_to(size_t count)
{
    struct made_run *run = goes_on(wanders_about_its_level());
    run->history.curve[ROLE_VAL_LOSS].count = count;
    run->history.curve[ROLE_TRAIN_LOSS].count = count;
    return run;
}

/* Training loss falls from 1 by a share after validation loss was at its lowest. */
static struct made_run *training_falls_by(double share)
{
    struct made_run *run = risen_20_percent();
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){10, 30}, 1.0);
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){30, 49}, 1.0 - share);
    return run;
}

static struct made_run *training_falls_to_the_limit(void)
{
    return training_falls_by(0.03125);
}

static struct made_run *training_falls_beyond_the_limit(void)
{
    return training_falls_by(0.0625);
}

/* ... of which the noise may be all: its jumps are as large. */
static struct made_run *training_falls_within_its_noise(void)
{
    struct made_run *run = risen_20_percent();
    made_flat(run, ROLE_TRAIN_LOSS, 50, 1.0);
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){0, 49}, (double[]){1.0, 0.9});
    made_noise(run, ROLE_TRAIN_LOSS, 0.375);
    return run;
}

/* Two of five evaluations above the lowest: sharp, and that is enough. */
static struct made_run *five_points(const double *val)
{
    struct made_run *run = made_run_new();
    made_flat(run, ROLE_TRAIN_LOSS, 5, 0);
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){0, 4}, (double[]){2, 0.5});
    made_flat(run, ROLE_VAL_LOSS, 5, 0);
    for (size_t i = 0; i < 5; i++)
        run->value[ROLE_VAL_LOSS][i] = val[i];
    return goes_on(run);
}

static struct made_run *five_points_that_rise(void)
{
    return five_points((double[]){1.0, 0.99, 1.25, 1.5, 1.75});
}

static struct made_run *five_points_that_jump(void)
{
    return five_points((double[]){1.0, 0.8, 1.1, 0.9, 1.05});
}

/* No jump is told from the next, but all of them together climb. */
static struct made_run *rises_slowly_in_noise(void)
{
    struct made_run *run = made_healthy(100);
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){0, 99}, (double[]){2.0, 0.25});
    made_line(run, ROLE_VAL_LOSS, (size_t[]){0, 29}, (double[]){2.0, 1.0});
    made_line(run, ROLE_VAL_LOSS, (size_t[]){29, 99}, (double[]){1.0, 1.375});
    made_noise(run, ROLE_VAL_LOSS, 0.125);
    return goes_on(run);
}

/* Up for some evaluations, and back: the noise of both losses hides what is under it. */
static struct made_run *a_wave_that_passes(void)
{
    struct made_run *run = made_healthy(100);
    made_line(run, ROLE_VAL_LOSS, (size_t[]){40, 45}, (double[]){0.5, 0.9});
    made_line(run, ROLE_VAL_LOSS, (size_t[]){45, 50}, (double[]){0.9, 0.5});
    return goes_on(run);
}

static struct made_run *all_planned_epochs_are_there(void)
{
    struct made_run *run = risen_above_the_limit();
    run->history.ended = false;
    run->history.epochs_planned = 50;
    return run;
}

static struct made_run *training_stands_still_too(void)
{
    struct made_run *run = risen_20_percent();
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){15, 49}, 0.9);
    return run;
}

static struct made_run *rise_within_the_noise(void)
{
    struct made_run *run = risen_to(1.0625);
    made_noise(run, ROLE_VAL_LOSS, 0.25);
    return run;
}

static struct made_run *four_points_that_rise(void)
{
    struct made_run *run = made_run_new();
    made_flat(run, ROLE_TRAIN_LOSS, 4, 0);
    made_flat(run, ROLE_VAL_LOSS, 4, 0);
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){0, 3}, (double[]){2, 0.5});
    made_line(run, ROLE_VAL_LOSS, (size_t[]){0, 3}, (double[]){1, 2});
    return run;
}

static struct made_run *nan_in_the_middle_of_a_rise(void)
{
    struct made_run *run = risen_20_percent();
    made_set(run, ROLE_VAL_LOSS, (size_t[]){25, 28}, NAN);
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){5, 6}, INFINITY);
    return run;
}

static struct made_run *rise_below_zero(void)
{
    struct made_run *run = risen_to(1.5);
    for (size_t i = 0; i < 50; i++) {
        run->value[ROLE_VAL_LOSS][i] -= 10;
        run->value[ROLE_TRAIN_LOSS][i] -= 10;
    }
    return run;
}

/* Ratios would call -0.001 to 0.001 a rise of 200 %. */
static struct made_run *falls_through_zero(void)
{
    struct made_run *run = made_healthy(50);
    made_fall(run, ROLE_TRAIN_LOSS, 50, (double[]){3, -2});
    made_fall(run, ROLE_VAL_LOSS, 50, (double[]){3, -0.001});
    made_set(run, ROLE_VAL_LOSS, (size_t[]){45, 49}, 0.001);
    return run;
}

static struct made_run *rise_between_sparse_evaluations(void)
{
    struct made_run *run = made_run_new();
    run->history.counts_steps = true;
    made_fall(run, ROLE_TRAIN_LOSS, 10000, (double[]){4, 0.5});
    made_noise(run, ROLE_TRAIN_LOSS, 0.25);
    made_flat(run, ROLE_VAL_LOSS, 10000, 0);
    made_line(run, ROLE_VAL_LOSS, (size_t[]){0, 3999}, (double[]){4, 2});
    made_line(run, ROLE_VAL_LOSS, (size_t[]){3999, 9999}, (double[]){2, 2.5});
    made_thin(run, ROLE_VAL_LOSS, 500);
    return run;
}

static const struct rule_row rows[] = {
    {"overfitting: validation 25 % above its best", risen_20_percent, "overfitting",
     SEVERITY_WARNING},
    {"overfitting: 75 % above is an error", risen_far, "overfitting", SEVERITY_ERROR},
    {"overfitting: half above is still a warning", risen_by_half, "overfitting",
     SEVERITY_WARNING},
    {"overfitting: a healthy run", healthy, "overfitting", SILENT},
    {"overfitting: at the limit", risen_to_the_limit, "overfitting", SILENT},
    {"overfitting: just above the limit", risen_above_the_limit, "overfitting",
     SEVERITY_WARNING},
    {"overfitting: 12.5 % of 40 that go on", forty_live_at_the_limit, "overfitting",
     SILENT},
    {"overfitting: above 12.5 % of 40 that go on", forty_live_above_the_limit,
     "overfitting", SEVERITY_WARNING},
    {"overfitting: 12.5 % of 40 in all", forty_whole, "overfitting", SEVERITY_WARNING},
    {"overfitting: 25 % of 16 that go on", sixteen_live_at_a_quarter, "overfitting",
     SILENT},
    {"overfitting: above 25 % of 16 that go on", sixteen_live_above_a_quarter,
     "overfitting", SEVERITY_WARNING},
    {"overfitting: young, at its limit", young_at_the_limit, "overfitting", SILENT},
    {"overfitting: young, above its limit", young_above_the_limit, "overfitting",
     SEVERITY_WARNING},
    {"overfitting: young when the run ends", young_but_whole, "overfitting", SILENT},
    {"overfitting: old, at its limit", old_at_the_limit, "overfitting", SILENT},
    {"overfitting: old, above its limit", old_above_the_limit, "overfitting",
     SEVERITY_WARNING},
    {"overfitting: 4 times what came back before", four_times_what_came_back,
     "overfitting", SILENT},
    {"overfitting: more than 4 times what came back", more_than_came_back, "overfitting",
     SEVERITY_WARNING},
    {"overfitting: 4 times what it fell since", four_times_what_it_fell_since,
     "overfitting", SILENT},
    {"overfitting: more than 4 times what it fell since", more_than_it_fell_since,
     "overfitting", SEVERITY_WARNING},
    {"overfitting: half above after a fall", half_above_after_a_fall, "overfitting",
     SILENT},
    {"overfitting: more than half above after a fall", far_above_after_a_fall,
     "overfitting", SEVERITY_ERROR},
    {"overfitting: wanders about its level", wanders_about_its_level, "overfitting",
     SILENT},
    {"overfitting: five evaluations that rise", five_points_that_rise, "overfitting",
     SEVERITY_WARNING},
    {"overfitting: five evaluations that jump", five_points_that_jump, "overfitting",
     SILENT},
    {"overfitting: a slow rise in noise", rises_slowly_in_noise, "overfitting",
     SEVERITY_WARNING},
    {"overfitting: a wave that has passed", a_wave_that_passes, "overfitting", SILENT},
    {"overfitting: training falls to its limit", training_falls_to_the_limit,
     "overfitting", SILENT},
    {"overfitting: training falls beyond its limit", training_falls_beyond_the_limit,
     "overfitting", SEVERITY_WARNING},
    {"overfitting: training falls within its noise", training_falls_within_its_noise,
     "overfitting", SILENT},
    {"overfitting: with all planned epochs a run is whole", all_planned_epochs_are_there,
     "overfitting", SEVERITY_WARNING},
    {"overfitting: not while training stands still", training_stands_still_too,
     "overfitting", SILENT},
    {"overfitting: not within the noise", rise_within_the_noise, "overfitting", SILENT},
    {"overfitting: four points are too few", four_points_that_rise, "overfitting",
     SILENT},
    {"overfitting: one point", one_point, "overfitting", SILENT},
    {"overfitting: nothing but NaN", all_nan, "overfitting", SILENT},
    {"overfitting: NaN on the way", nan_in_the_middle_of_a_rise, "overfitting",
     SEVERITY_WARNING},
    {"overfitting: losses below zero", rise_below_zero, "overfitting", SEVERITY_ERROR},
    {"overfitting: a loss that falls through zero", falls_through_zero, "overfitting",
     SILENT},
    {"overfitting: 20 evaluations in 10,000 steps", rise_between_sparse_evaluations,
     "overfitting", SEVERITY_WARNING},
};

static void overfitting_says_which_checkpoint_to_keep(void **state)
{
    (void)state;
    struct made_run *run = risen_20_percent();
    made_diagnose(run);
    const struct finding *finding = made_expect(run, "overfitting");
    assert_int_equal(finding->from_step, 18);
    assert_true(finding->ongoing);
    assert_near(made_evidence(finding, "best_val_loss"), 1.0, 1e-12);
    assert_near(made_evidence(finding, "rise"), 25, 1e-12);
    assert_non_null(strstr(finding->message, "risen 25.0 % above its lowest level, 1 "
                                             "around epoch 19 while training loss fell"));
    assert_non_null(strstr(finding->advice, "checkpoint of epoch 18"));
    made_run_free(run);
}

static void steps_are_called_steps(void **state)
{
    (void)state;
    struct made_run *run = rise_between_sparse_evaluations();
    made_diagnose(run);
    const struct finding *finding = made_expect(run, "overfitting");
    assert_non_null(strstr(finding->message, "around step 4000"));
    made_run_free(run);
}

static void a_loss_that_wanders_is_never_said_to_rise(void **state)
{
    (void)state;
    for (size_t count = 1; count <= 200; count++) {
        struct made_run *run = wanders_up_to(count);
        made_diagnose(run);
        assert_null(made_find(run, "overfitting"));
        made_run_free(run);
    }
}

int main(void)
{
    struct CMUnitTest tests[COUNT(rows) + 3] = {
        cmocka_unit_test(overfitting_says_which_checkpoint_to_keep),
        cmocka_unit_test(steps_are_called_steps),
        cmocka_unit_test(a_loss_that_wanders_is_never_said_to_rise)};
    rule_rows(rows, COUNT(rows), tests + 3);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
