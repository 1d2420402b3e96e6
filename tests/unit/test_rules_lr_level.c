/* The rules that hold the training loss against the level of the learning rate. */
#include "made_run.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

/* 100 epochs without a declared schedule; the loss falls from 2.3 to 1.2. */
static struct made_run *with_lr(double first, double last)
{
    struct made_run *run = made_run_new();
    made_fall(run, ROLE_TRAIN_LOSS, 100, (double[]){2.3, 1.2});
    made_flat(run, ROLE_LR, 100, 0);
    made_line(run, ROLE_LR, (size_t[]){0, 99}, (double[]){first, last});
    return run;
}

static struct made_run *healthy(void)
{
    return made_healthy(100);
}

static struct made_run *one_point(void)
{
    return made_healthy(1);
}

static struct made_run *lr_is_nan(void)
{
    struct made_run *run = made_healthy(100);
    made_flat(run, ROLE_LR, 100, NAN);
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){60, 99}, 50);
    return run;
}

/* --- too high: blew up --- */

static struct made_run *blows_up(struct made_run *run, size_t from, double value)
{
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){from, 99}, value);
    return run;
}

static struct made_run *blows_up_as_it_rises(void)
{
    return blows_up(with_lr(0.001, 0.1), 60, 50);
}

static struct made_run *nan_as_it_rises(void)
{
    return blows_up(with_lr(0.001, 0.1), 60, NAN);
}

static struct made_run *blows_up_at_a_constant_lr(void)
{
    return blows_up(with_lr(0.1, 0.1), 60, 50);
}

static struct made_run *blows_up_as_it_falls(void)
{
    return blows_up(with_lr(0.1, 0.001), 60, 50);
}

/* Where the loss blows up, epoch 61, the learning rate is at `ratio` of its first. */
static struct made_run *blows_up_at_ratio(double ratio)
{
    struct made_run *run = blows_up(with_lr(0.125, 0.125), 60, NAN);
    made_set(run, ROLE_LR, (size_t[]){30, 99}, 0.125 * ratio);
    return run;
}

static struct made_run *blows_up_at_twice(void)
{
    return blows_up_at_ratio(2);
}

static struct made_run *blows_up_below_twice(void)
{
    return blows_up_at_ratio(1.9375);
}

static struct made_run *rises_without_harm(void)
{
    return with_lr(0.001, 0.1);
}

/* --- too high: jumps --- */

/* High for 50 epochs, in which the loss jumps around 2; low for 40, in which it falls to
   1 and lies calm. */
static struct made_run *jumps_while_high(double jump)
{
    struct made_run *run = with_lr(0.1, 0.1);
    made_line(run, ROLE_LR, (size_t[]){50, 60}, (double[]){0.1, 0.001});
    made_set(run, ROLE_LR, (size_t[]){60, 99}, 0.001);
    made_flat(run, ROLE_TRAIN_LOSS, 100, 2);
    made_noise(run, ROLE_TRAIN_LOSS, jump);
    for (size_t i = 56; i < 100; i++)
        run->value[ROLE_TRAIN_LOSS][i] = 1 + 0.1 * (run->value[ROLE_TRAIN_LOSS][i] - 2);
    return run;
}

static struct made_run *jumps_and_calms_down(void)
{
    return jumps_while_high(0.5);
}

static struct made_run *falls_while_high(void)
{
    struct made_run *run = jumps_and_calms_down();
    for (size_t i = 0; i < 56; i++)
        run->value[ROLE_TRAIN_LOSS][i] += 3 - 0.06 * (double)i;
    return run;
}

static struct made_run *gains_nothing_by_falling(void)
{
    struct made_run *run = jumps_and_calms_down();
    for (size_t i = 56; i < 100; i++)
        run->value[ROLE_TRAIN_LOSS][i] += 0.9;
    return run;
}

static struct made_run *jumps_alike_all_along(void)
{
    struct made_run *run = with_lr(0.1, 0.1);
    made_set(run, ROLE_LR, (size_t[]){56, 99}, 0.001);
    made_flat(run, ROLE_TRAIN_LOSS, 100, 2);
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){56, 99}, 1);
    made_noise(run, ROLE_TRAIN_LOSS, 0.25);
    return run;
}

static struct made_run *lr_that_hardly_moves(void)
{
    struct made_run *run = jumps_and_calms_down();
    made_line(run, ROLE_LR, (size_t[]){0, 99}, (double[]){0.1, 0.02});
    return run;
}

static struct made_run *low_for_eleven_points(void)
{
    struct made_run *run = jumps_and_calms_down();
    made_set(run, ROLE_LR, (size_t[]){50, 88}, 0.03);
    return run;
}

/* --- too low: stuck --- */

/* The loss falls until the learning rate drops, and stands still from there. */
static struct made_run *stuck(double level, size_t from)
{
    struct made_run *run = with_lr(0.1, 0.1);
    made_set(run, ROLE_LR, (size_t[]){from, 99}, 0.001);
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){0, from}, (double[]){2.3, level});
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){from, 99}, level);
    return run;
}

static struct made_run *stuck_half_way(void)
{
    return stuck(1.2, 60);
}

static struct made_run *converged(void)
{
    return stuck(0.1, 60);
}

static struct made_run *low_only_at_the_end(void)
{
    return stuck(1.2, 80);
}

static struct made_run *flat_before_it_fell(void)
{
    struct made_run *run = stuck_half_way();
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){15, 99}, 1.2);
    return run;
}

static struct made_run *falls_on_at_low(void)
{
    struct made_run *run = stuck_half_way();
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){60, 99}, (double[]){1.2, 0.9});
    return run;
}

static struct made_run *loss_below_zero(void)
{
    struct made_run *run = stuck_half_way();
    for (size_t i = 0; i < 100; i++)
        run->value[ROLE_TRAIN_LOSS][i] -= 5;
    return run;
}

/* --- too low: a slow start --- */

/* Low for `low` epochs in which the loss falls by 0.001 each, then high: 0.02 each. */
static struct made_run *slow_start(size_t low)
{
    struct made_run *run = with_lr(0.1, 0.1);
    made_set(run, ROLE_LR, (size_t[]){0, low - 1}, 0.001);
    double there = 3 - 0.001 * (double)low;
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){0, low}, (double[]){3, there});
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){low, 99},
              (double[]){there, there - 0.02 * (double)(99 - low)});
    return run;
}

static struct made_run *slow_for_30(void)
{
    return slow_start(30);
}

static struct made_run *slow_for_20(void)
{
    return slow_start(20);
}

static struct made_run *as_fast_at_low(void)
{
    struct made_run *run = slow_for_30();
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){0, 99}, (double[]){3, 1});
    return run;
}

static const struct rule_row rows[] = {
    {"too high: blows up as it rises", blows_up_as_it_rises, "lr_too_high",
     SEVERITY_WARNING},
    {"too high: NaN as it rises", nan_as_it_rises, "lr_too_high", SEVERITY_WARNING},
    {"too high: a constant cannot tell", blows_up_at_a_constant_lr, "lr_too_high",
     SILENT},
    {"too high: not when it falls", blows_up_as_it_falls, "lr_too_high", SILENT},
    {"too high: at twice its first", blows_up_at_twice, "lr_too_high", SEVERITY_WARNING},
    {"too high: below twice its first", blows_up_below_twice, "lr_too_high", SILENT},
    {"too high: rises without harm", rises_without_harm, "lr_too_high", SILENT},
    {"too high: jumps, and calms down", jumps_and_calms_down, "lr_too_high",
     SEVERITY_INFO},
    {"too high: not while the loss falls", falls_while_high, "lr_too_high", SILENT},
    {"too high: nothing gained", gains_nothing_by_falling, "lr_too_high", SILENT},
    {"too high: jumps alike all along", jumps_alike_all_along, "lr_too_high", SILENT},
    {"too high: an LR that hardly moves", lr_that_hardly_moves, "lr_too_high", SILENT},
    {"too high: eleven points are too few", low_for_eleven_points, "lr_too_high", SILENT},
    {"too high: a healthy run", healthy, "lr_too_high", SILENT},
    {"too high: one point", one_point, "lr_too_high", SILENT},
    {"too high: an LR of NaN", lr_is_nan, "lr_too_high", SILENT},

    {"too low: stuck where it came down", stuck_half_way, "lr_too_low", SEVERITY_INFO},
    {"too low: converged", converged, "lr_too_low", SILENT},
    {"too low: low only at the end", low_only_at_the_end, "lr_too_low", SILENT},
    {"too low: flat before", flat_before_it_fell, "lr_too_low", SILENT},
    {"too low: falls on", falls_on_at_low, "lr_too_low", SILENT},
    {"too low: below zero", loss_below_zero, "lr_too_low", SILENT},
    {"too low: a slow start", slow_for_30, "lr_too_low", SEVERITY_INFO},
    {"too low: a fifth of the run is a warm-up", slow_for_20, "lr_too_low", SILENT},
    {"too low: as fast at low", as_fast_at_low, "lr_too_low", SILENT},
    {"too low: a healthy run", healthy, "lr_too_low", SILENT},
    {"too low: one point", one_point, "lr_too_low", SILENT},
    {"too low: an LR of NaN", lr_is_nan, "lr_too_low", SILENT},
};

static void says_what_learning_rate_was_fine(void **state)
{
    (void)state;
    struct made_run *run = nan_as_it_rises();
    made_diagnose(run);
    const struct finding *finding = made_expect(run, "lr_too_high");
    assert_int_equal(finding->from_step, 61);
    assert_non_null(strstr(finding->message, "blew up at epoch 61, where the learning "
                                             "rate had risen from 0.001 to 0.061"));
    assert_non_null(strstr(finding->advice, "best where the learning rate was 0.06."));
    made_run_free(run);
}

int main(void)
{
    struct CMUnitTest tests[COUNT(rows) + 1] = {
        cmocka_unit_test(says_what_learning_rate_was_fine)};
    rule_rows(rows, COUNT(rows), tests + 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
