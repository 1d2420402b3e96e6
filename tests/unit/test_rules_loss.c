/* The rules about the shape of the losses: for each a run that shows it, one that does
   not, the threshold itself, NaN, and a run that is too short. */
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

static struct made_run *live_at_the_limit(void)
{
    return goes_on(risen_to_the_limit());
}

static struct made_run *live_above_the_limit(void)
{
    return goes_on(risen_above_the_limit());
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
    made_noise(run, ROLE_VAL_LOSS, 0.25);
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

/* --- validation_plateau --- */

/* Validation stands at `level` from the middle on, while training falls to 0.25. */
static struct made_run *plateau_at(double level, double at_half)
{
    struct made_run *run = made_healthy(50);
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){0, 49}, (double[]){2.0, 0.25});
    made_line(run, ROLE_VAL_LOSS, (size_t[]){0, 15}, (double[]){2.0, at_half});
    made_set(run, ROLE_VAL_LOSS, (size_t[]){16, 33}, at_half);
    made_set(run, ROLE_VAL_LOSS, (size_t[]){34, 49}, level);
    return run;
}

static struct made_run *high_plateau(void)
{
    return plateau_at(1.5, 1.5);
}

static struct made_run *validation_still_falls(void)
{
    return plateau_at(1.25, 1.5);
}

static struct made_run *gain_at_the_limit(void)
{
    return plateau_at(1 - 0.015625, 1);
}

static struct made_run *gain_below_the_limit(void)
{
    return plateau_at(1 - 0.0078125, 1);
}

static struct made_run *plateau_as_low_as_training(void)
{
    return plateau_at(0.28, 0.28);
}

static struct made_run *plateau_in_noise(void)
{
    struct made_run *run = high_plateau();
    made_noise(run, ROLE_VAL_LOSS, 0.5);
    return run;
}

static struct made_run *training_is_flat_too(void)
{
    struct made_run *run = high_plateau();
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){15, 49}, 1.0);
    return run;
}

static struct made_run *plateau_on_another_scale(void)
{
    struct made_run *run = high_plateau();
    for (size_t i = 0; i < 50; i++)
        run->value[ROLE_VAL_LOSS][i] *= 0.01;
    return run;
}

static struct made_run *plateau_of_nine_points(void)
{
    struct made_run *run = high_plateau();
    run->history.curve[ROLE_VAL_LOSS].count = 9;
    run->history.curve[ROLE_TRAIN_LOSS].count = 9;
    return run;
}

static struct made_run *plateau_that_ends_in_nan(void)
{
    struct made_run *run = high_plateau();
    made_set(run, ROLE_VAL_LOSS, (size_t[]){45, 49}, NAN);
    return run;
}

/* --- not_learning --- */

static struct made_run *constant_loss(void)
{
    struct made_run *run = made_healthy(20);
    made_flat(run, ROLE_TRAIN_LOSS, 20, 2.302585);
    made_flat(run, ROLE_VAL_LOSS, 20, 2.302585);
    return run;
}

static struct made_run *zero_loss(void)
{
    struct made_run *run = made_healthy(20);
    made_flat(run, ROLE_TRAIN_LOSS, 20, 0);
    made_flat(run, ROLE_VAL_LOSS, 20, 0);
    return run;
}

static struct made_run *only_jitter(void)
{
    struct made_run *run = made_run_new();
    made_flat(run, ROLE_TRAIN_LOSS, 100, 2.3);
    made_noise(run, ROLE_TRAIN_LOSS, 0.25);
    return run;
}

/* From 1 to 1 - drop, straight. */
static struct made_run *dropped(double drop)
{
    struct made_run *run = made_run_new();
    made_flat(run, ROLE_TRAIN_LOSS, 30, 1);
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){15, 29}, 1 - drop);
    return run;
}

static struct made_run *dropped_to_the_limit(void)
{
    return dropped(0.015625);
}

static struct made_run *dropped_beyond_the_limit(void)
{
    return dropped(0.03125);
}

static struct made_run *nine_equal_points(void)
{
    struct made_run *run = constant_loss();
    run->history.curve[ROLE_TRAIN_LOSS].count = 9;
    run->history.curve[ROLE_VAL_LOSS].count = 9;
    return run;
}

/* Four training points, as a job that logs every 500 steps has; validation never falls.
 */
static struct made_run *only_validation_is_dense(void)
{
    struct made_run *run = made_run_new();
    made_flat(run, ROLE_TRAIN_LOSS, 4, 2);
    made_flat(run, ROLE_VAL_LOSS, 20, 2.3);
    made_noise(run, ROLE_VAL_LOSS, 0.25);
    return run;
}

static struct made_run *jitter(size_t count, bool ended)
{
    struct made_run *run = only_jitter();
    run->history.curve[ROLE_TRAIN_LOSS].count = count;
    run->history.ended = ended;
    return run;
}

static struct made_run *jitter_of_19_points(void)
{
    return jitter(19, true);
}

static struct made_run *jitter_of_20_points(void)
{
    return jitter(20, true);
}

static struct made_run *jitter_of_31_points_live(void)
{
    return jitter(31, false);
}

static struct made_run *jitter_of_32_points_live(void)
{
    return jitter(32, false);
}

/* Falls by half its noise over 100 points: no eye sees it, every pair counts it. */
static struct made_run *falls_slowly_in_noise(void)
{
    struct made_run *run = only_jitter();
    for (size_t i = 0; i < 100; i++)
        run->value[ROLE_TRAIN_LOSS][i] -= 0.003 * (double)i;
    return run;
}

static struct made_run *validation_shows_the_fall(void)
{
    struct made_run *run = only_jitter();
    made_fall(run, ROLE_VAL_LOSS, 100, (double[]){2.3, 1.9});
    return run;
}

static struct made_run *jitter_after_a_checkpoint(void)
{
    struct made_run *run = only_jitter();
    for (size_t i = 0; i < 100; i++)
        run->step[ROLE_TRAIN_LOSS][i] += 1000;
    return run;
}

static struct made_run *stuck_early(void)
{
    struct made_run *run = made_run_new();
    made_flat(run, ROLE_TRAIN_LOSS, 60, 5.75);
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){0, 8}, (double[]){12, 5.75});
    return run;
}

static struct made_run *converged_near_zero(void)
{
    struct made_run *run = made_run_new();
    made_flat(run, ROLE_TRAIN_LOSS, 60, 0.01);
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){0, 8}, (double[]){12, 0.01});
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
    {"overfitting: at the limit while the run goes on", live_at_the_limit, "overfitting",
     SILENT},
    {"overfitting: above the limit while the run goes on", live_above_the_limit,
     "overfitting", SEVERITY_WARNING},
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

    {"plateau: training falls, validation stays high", high_plateau, "validation_plateau",
     SEVERITY_WARNING},
    {"plateau: a healthy run", healthy, "validation_plateau", SILENT},
    {"plateau: validation still falls", validation_still_falls, "validation_plateau",
     SILENT},
    {"plateau: a gain at the limit", gain_at_the_limit, "validation_plateau", SILENT},
    {"plateau: a gain below the limit", gain_below_the_limit, "validation_plateau",
     SEVERITY_WARNING},
    {"plateau: as low as training is not high", plateau_as_low_as_training,
     "validation_plateau", SILENT},
    {"plateau: not in a noisy validation loss", plateau_in_noise, "validation_plateau",
     SILENT},
    {"plateau: not when training is flat too", training_is_flat_too, "validation_plateau",
     SILENT},
    {"plateau: on another scale", plateau_on_another_scale, "validation_plateau",
     SEVERITY_WARNING},
    {"plateau: overfitting says it better", risen_20_percent, "validation_plateau",
     SILENT},
    {"plateau: nine points are too few", plateau_of_nine_points, "validation_plateau",
     SILENT},
    {"plateau: NaN at the end", plateau_that_ends_in_nan, "validation_plateau", SILENT},

    {"not learning: a constant loss", constant_loss, "not_learning", SEVERITY_WARNING},
    {"not learning: a loss of zero", zero_loss, "not_learning", SEVERITY_WARNING},
    {"not learning: nothing but jitter", only_jitter, "not_learning", SEVERITY_WARNING},
    {"not learning: a healthy run", healthy, "not_learning", SILENT},
    {"not learning: at the limit", dropped_to_the_limit, "not_learning",
     SEVERITY_WARNING},
    {"not learning: beyond the limit", dropped_beyond_the_limit, "not_learning", SILENT},
    {"not learning: nine points are too few", nine_equal_points, "not_learning", SILENT},
    {"not learning: nothing but NaN", all_nan, "not_learning", SILENT},
    {"not learning: jitter of 19 points", jitter_of_19_points, "not_learning", SILENT},
    {"not learning: jitter of 20 points", jitter_of_20_points, "not_learning",
     SEVERITY_WARNING},
    {"not learning: 31 points of a run that goes on", jitter_of_31_points_live,
     "not_learning", SILENT},
    {"not learning: 32 points of a run that goes on", jitter_of_32_points_live,
     "not_learning", SEVERITY_WARNING},
    {"not learning: a slow fall in noise", falls_slowly_in_noise, "not_learning", SILENT},
    {"not learning: validation shows the fall", validation_shows_the_fall, "not_learning",
     SILENT},
    {"not learning: a log from a checkpoint on", jitter_after_a_checkpoint,
     "not_learning", SILENT},
    {"not learning: only validation has points", only_validation_is_dense, "not_learning",
     SEVERITY_WARNING},
    {"not learning: stalled early is information", stuck_early, "not_learning",
     SEVERITY_INFO},
    {"not learning: converged near zero", converged_near_zero, "not_learning", SILENT},
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
                                             "around epoch 18 while training loss fell"));
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

static void a_stall_says_that_it_may_be_convergence(void **state)
{
    (void)state;
    struct made_run *run = stuck_early();
    made_diagnose(run);
    const struct finding *finding = made_expect(run, "not_learning");
    assert_non_null(strstr(finding->message, "converged and stuck look the same"));
    made_run_free(run);
}

int main(void)
{
    struct CMUnitTest tests[COUNT(rows) + 3] = {
        cmocka_unit_test(overfitting_says_which_checkpoint_to_keep),
        cmocka_unit_test(steps_are_called_steps),
        cmocka_unit_test(a_stall_says_that_it_may_be_convergence)};
    rule_rows(rows, COUNT(rows), tests + 3);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
