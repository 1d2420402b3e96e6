/* The sentences of the scorecard: each row is a run of which an answer once contradicted
   the curves, the findings or the verdict. */
#include "made_run.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

/* Validation falls from 2 to `best` at epoch 20 and ends at `end`; training falls. */
static struct made_run *down_and_up(double best, double end)
{
    struct made_run *run = made_healthy(50);
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){0, 49}, (double[]){2.0, 0.25});
    made_line(run, ROLE_VAL_LOSS, (size_t[]){0, 19}, (double[]){2.0, best});
    made_line(run, ROLE_VAL_LOSS, (size_t[]){19, 44}, (double[]){best, end});
    made_set(run, ROLE_VAL_LOSS, (size_t[]){45, 49}, end);
    return run;
}

static struct made_run *rises_above_its_start(void)
{
    return down_and_up(1.0, 3.0);
}

static struct made_run *rises_over_noise(void)
{
    struct made_run *run = down_and_up(1.0, 3.0);
    made_noise(run, ROLE_VAL_LOSS, 0.75);
    return run;
}

static struct made_run *rises_from_the_start(void)
{
    struct made_run *run = made_healthy(50);
    made_line(run, ROLE_VAL_LOSS, (size_t[]){0, 49}, (double[]){1.0, 3.0});
    return run;
}

static struct made_run *training_falls_flat(void)
{
    struct made_run *run = down_and_up(1.0, 1.25);
    made_flat(run, ROLE_TRAIN_LOSS, 50, 0.5);
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){0, 19}, (double[]){2.0, 0.5});
    return run;
}

static struct made_run *moves_in_the_fourth_digit(void)
{
    struct made_run *run = made_healthy(50);
    made_line(run, ROLE_VAL_LOSS, (size_t[]){0, 49}, (double[]){1.3863, 1.3862});
    return run;
}

static struct made_run *batches_at_lr_0(void)
{
    struct made_run *run = made_run_new();
    run->history.counts_steps = true;
    made_flat(run, ROLE_TRAIN_LOSS, 60, 1.5);
    made_noise(run, ROLE_TRAIN_LOSS, 0.25);
    made_flat(run, ROLE_LR, 60, 0);
    return run;
}

/* Falls by 0.5 in jumps as large; the first batch happens to be an easy one. */
static struct made_run *first_batch_is_easy(void)
{
    struct made_run *run = made_run_new();
    run->history.counts_steps = true;
    made_flat(run, ROLE_TRAIN_LOSS, 100, 0);
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){0, 99}, (double[]){3.5, 3.0});
    made_noise(run, ROLE_TRAIN_LOSS, 0.25);
    run->value[ROLE_TRAIN_LOSS][0] = 2.9;
    return run;
}

static struct made_run *still_at_its_best(void)
{
    return made_healthy(50);
}

static struct made_run *steps_down_unexplained(void)
{
    struct made_run *run = made_healthy(50);
    run->history.declared = NULL;
    made_set(run, ROLE_LR, (size_t[]){0, 16}, 0.1);
    made_set(run, ROLE_LR, (size_t[]){17, 30}, 0.01);
    made_set(run, ROLE_LR, (size_t[]){31, 49}, 0.001);
    return run;
}

static struct made_run *logged_after_the_step(void)
{
    struct made_run *run = made_healthy(50);
    for (size_t i = 0; i + 1 < 50; i++)
        run->value[ROLE_LR][i] = run->value[ROLE_LR][i + 1];
    run->history.curve[ROLE_LR].count = 49;
    return run;
}

static const struct answer_row {
    const char *name;
    struct made_run *(*make)(void);
    enum check_name check;
    enum check_status status;
    const char *says;
} rows[] = {
    {"a loss that ends above its start has come down before", rises_above_its_start,
     CHECK_VAL_SMOOTH, CHECK_FAIL, "fell from 2 to 1 at epoch 20 and has risen to 3"},
    {"a rise comes before the noise", rises_over_noise, CHECK_VAL_SMOOTH, CHECK_FAIL,
     "has risen to"},
    {"a loss that only rises", rises_from_the_start, CHECK_VAL_SMOOTH, CHECK_FAIL,
     "has risen from the start: 1 at epoch 1, "},
    {"a rise over its limit", rises_above_its_start, CHECK_VAL_RISING, CHECK_FAIL,
     "over the limit of 3.1 %."},
    {"a fall in the fourth digit is none", moves_in_the_fourth_digit, CHECK_VAL_SMOOTH,
     CHECK_FAIL, "hardly moved: 1.3863 at first, 1.3862"},
    {"noise that drifts down is not learning", batches_at_lr_0, CHECK_TRAIN_SMOOTH,
     CHECK_FAIL, "has not come down out of its noise"},
    {"a learning rate of 0", batches_at_lr_0, CHECK_LR_SCHEDULE, CHECK_FAIL,
     "is 0 all along"},
    {"one easy batch at the start hides no fall", first_batch_is_easy, CHECK_TRAIN_SMOOTH,
     CHECK_PASS, "as single batches are"},
    {"the last value is the best", still_at_its_best, CHECK_VAL_RISING, CHECK_PASS,
     "is at its best value"},
    {"steps that ReduceLROnPlateau may have made", steps_down_unexplained,
     CHECK_LR_SCHEDULE, CHECK_PASS, "ReduceLROnPlateau leaves the same steps"},
    {"late by what the run counts", logged_after_the_step, CHECK_LR_SCHEDULE, CHECK_PASS,
     "logged one epoch late"},
};

static void answers(void **state)
{
    const struct answer_row *row = *state;
    struct made_run *run = row->make();
    made_diagnose(run);
    const struct check *check = &run->diagnosis.checks[row->check];
    if (check->status != row->status || !strstr(check->because, row->says))
        print_error("%s: %s\n", check_status_names[check->status], check->because);
    assert_int_equal(check->status, row->status);
    assert_non_null(strstr(check->because, row->says));
    made_run_free(run);
}

/* Training stands still under the rise, so that it is no overfitting. */
static void a_failed_check_is_not_good(void **state)
{
    (void)state;
    struct made_run *run = training_falls_flat();
    made_diagnose(run);
    assert_null(made_find(run, "overfitting"));
    assert_int_equal(run->diagnosis.checks[CHECK_VAL_RISING].status, CHECK_FAIL);
    assert_int_equal(run->diagnosis.verdict, VERDICT_WATCH);
    made_run_free(run);
}

int main(void)
{
    struct CMUnitTest tests[COUNT(rows) + 1] = {
        cmocka_unit_test(a_failed_check_is_not_good)};
    for (size_t i = 0; i < COUNT(rows); i++)
        tests[i + 1] = (struct CMUnitTest){.name = rows[i].name,
                                           .test_func = answers,
                                           .initial_state = (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
