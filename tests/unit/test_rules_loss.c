/* The rules about losses that stand still: for each a run that shows it, one that does
   not, the threshold itself, NaN, and a run that is too short. */
#include "made_run.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static struct made_run *healthy(void)
{
    return made_healthy(50);
}

static struct made_run *all_nan(void)
{
    struct made_run *run = made_healthy(50);
    made_flat(run, ROLE_TRAIN_LOSS, 50, NAN);
    made_flat(run, ROLE_VAL_LOSS, 50, NAN);
    return run;
}

static struct made_run *risen_20_percent(void)
{
    struct made_run *run = made_healthy(50);
    made_line(run, ROLE_VAL_LOSS, (size_t[]){0, 17}, (double[]){2.0, 1.0});
    made_line(run, ROLE_VAL_LOSS, (size_t[]){17, 49}, (double[]){1.0, 1.25});
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){0, 49}, (double[]){2.0, 0.25});
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

static struct made_run *stuck_in_little_noise(void)
{
    struct made_run *run = stuck_early();
    made_noise(run, ROLE_TRAIN_LOSS, 0.25);
    return run;
}

/* In which a gain of 1/32 of the way could not be seen. */
static struct made_run *stuck_in_much_noise(void)
{
    struct made_run *run = stuck_early();
    made_noise(run, ROLE_TRAIN_LOSS, 1.5);
    return run;
}

static struct made_run *falls_on_slowly(void)
{
    struct made_run *run = stuck_early();
    for (size_t i = 9; i < 60; i++)
        run->value[ROLE_TRAIN_LOSS][i] -= 0.001 * (double)(i - 8);
    return run;
}

/* Up and down again without a jump: it is on its way. */
static struct made_run *a_smooth_hump(void)
{
    struct made_run *run = made_run_new();
    made_flat(run, ROLE_TRAIN_LOSS, 40, 1);
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){0, 20}, (double[]){1, 2});
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){20, 39}, (double[]){2, 1});
    return run;
}

static struct made_run *a_smooth_hump_live(void)
{
    struct made_run *run = a_smooth_hump();
    run->history.ended = false;
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
    {"not learning: stalled in little noise", stuck_in_little_noise, "not_learning",
     SEVERITY_INFO},
    {"not learning: no stall is seen in much noise", stuck_in_much_noise, "not_learning",
     SILENT},
    {"not learning: no stall while it falls on slowly", falls_on_slowly, "not_learning",
     SILENT},
    {"not learning: a smooth hump", a_smooth_hump, "not_learning", SEVERITY_WARNING},
    {"not learning: a smooth hump while the run goes on", a_smooth_hump_live,
     "not_learning", SILENT},
    {"not learning: converged near zero", converged_near_zero, "not_learning", SILENT},
};

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
    struct CMUnitTest tests[COUNT(rows) + 1] = {
        cmocka_unit_test(a_stall_says_that_it_may_be_convergence)};
    rule_rows(rows, COUNT(rows), tests + 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
