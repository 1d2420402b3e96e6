/* What the rules say about a learning rate that left its schedule: each row is a run with
   one mistake, the word for scripts and what the sentence has to say. */
#include "core/cause/cause.h"
#include "made_run.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))
#define LR          ROLE_LR

static double lr_at(const struct made_run *run, double t)
{
    return schedule_lr(&run->declared, fmax(t, 0));
}

static void set_param(struct schedule_part *part, const char *name, double value)
{
    part->param[schedule_param_find(part->type, name)] = value;
}

/* A cosine over 51 epochs, of which t is given row by row. */
static struct made_run *cosine(double (*t)(double i))
{
    struct made_run *run = made_healthy(51);
    for (size_t i = 0; i < 51; i++)
        run->value[LR][i] = lr_at(run, t((double)i));
    return run;
}

static double doubled(double i)
{
    return 2 * i;
}

static struct made_run *stepped_twice(void)
{
    return cosine(doubled);
}

/* Of an even T_max half of it looks the same. */
static struct made_run *stepped_twice_or_half_as_long(void)
{
    struct made_run *run = made_healthy(50);
    for (size_t i = 0; i < 50; i++)
        run->value[LR][i] = lr_at(run, 2 * (double)i);
    return run;
}

static double thirds(double i)
{
    return floor(i / 3);
}

static struct made_run *stepped_every_third(void)
{
    return cosine(thirds);
}

static double ahead(double i)
{
    return i + 7;
}

static struct made_run *seven_ahead(void)
{
    return cosine(ahead);
}

static double repeated(double i)
{
    return i < 30 ? i : i - 5;
}

static struct made_run *steps_repeated(void)
{
    return cosine(repeated);
}

static double lost(double i)
{
    return i < 30 ? i : i + 5;
}

static struct made_run *steps_lost(void)
{
    return cosine(lost);
}

static double stopped(double i)
{
    return fmin(i, 30);
}

static struct made_run *stopped_at_30(void)
{
    return cosine(stopped);
}

static struct made_run *times_from_30(double gain, double back)
{
    struct made_run *run = made_healthy(51);
    for (size_t i = 30; i < 51; i++)
        run->value[LR][i] = gain * lr_at(run, (double)i - back);
    return run;
}

static struct made_run *starts_again_where_it_was(void)
{
    struct made_run *run = made_healthy(51);
    double gain = lr_at(run, 30) / lr_at(run, 0);
    made_run_free(run);
    return times_from_30(gain, 30);
}

static struct made_run *on_a_new_optimizer(void)
{
    struct made_run *run = made_healthy(51);
    double gain = lr_at(run, 0) / lr_at(run, 30);
    made_run_free(run);
    return times_from_30(gain, 0);
}

static struct made_run *set_by_hand(void)
{
    return times_from_30(0.5, 0);
}

static struct made_run *length_changed(void)
{
    struct made_run *run = made_healthy(51);
    struct schedule longer = made_schedule("CosineAnnealingLR", "T_max", 80);
    double gain = lr_at(run, 29) / schedule_lr(&longer, 29);
    for (size_t i = 30; i < 51; i++)
        run->value[LR][i] = gain * schedule_lr(&longer, (double)i);
    return run;
}

static struct made_run *warmup_of_8(void)
{
    struct made_run *run = made_healthy(51);
    for (size_t i = 0; i < 51; i++)
        run->value[LR][i] = i < 8 ? 0.1 * ((double)i + 1) / 9 : lr_at(run, (double)i - 8);
    return run;
}

static struct made_run *declares_warmup(void)
{
    struct made_run *run = made_healthy(50);
    run->declared = (struct schedule){.part_count = 2, .milestones = {10}};
    run->declared.parts[0] = made_schedule("LinearLR", "total_iters", 10).parts[0];
    run->declared.parts[1] = made_schedule("CosineAnnealingLR", "T_max", 40).parts[0];
    for (size_t i = 0; i < 50; i++)
        run->value[LR][i] = lr_at(run, (double)i + 10);
    return run;
}

static struct made_run *constant_from_the_start(void)
{
    struct made_run *run = made_healthy(50);
    made_declare(run, "constant_with_warmup", "num_warmup_steps", 10);
    made_flat(run, LR, 50, 0.1);
    return run;
}

static struct made_run *never_stepped(void)
{
    struct made_run *run = made_healthy(50);
    made_flat(run, LR, 50, 0.1);
    return run;
}

static struct made_run *milestone_later(void)
{
    struct made_run *run = made_healthy(60);
    made_declare(run, "MultiStepLR", "gamma", 0.5);
    struct schedule_part *part = &run->declared.parts[0];
    part->list_count = 2;
    part->list[0] = 20;
    part->list[1] = 47;
    made_lr(run, 60, &run->declared);
    part->list[1] = 40;
    return run;
}

static struct made_run *gamma_is_another(void)
{
    struct made_run *run = made_healthy(60);
    made_declare(run, "StepLR", "step_size", 15);
    set_param(&run->declared.parts[0], "gamma", 0.5);
    made_lr(run, 60, &run->declared);
    set_param(&run->declared.parts[0], "gamma", 0.1);
    return run;
}

static struct made_run *another_word(void)
{
    struct made_run *run = made_healthy(60);
    made_declare(run, "OneCycleLR", "total_steps", 60);
    set_param(&run->declared.parts[0], "anneal_strategy", 1);
    made_lr(run, 60, &run->declared);
    set_param(&run->declared.parts[0], "anneal_strategy", 0);
    return run;
}

static struct made_run *another_schedule(void)
{
    struct made_run *run = made_healthy(60);
    struct schedule linear = made_schedule("linear_with_warmup", "num_warmup_steps", 6);
    set_param(&linear.parts[0], "num_training_steps", 60);
    made_lr(run, 60, &linear);
    return run;
}

/* --- ReduceLROnPlateau: base_lr 0.1, factor 0.5, patience 4 --- */

/* Validation comes down in three stretches and stands still after each. */
static struct made_run *plateau(double patience)
{
    struct made_run *run = made_healthy(60);
    for (size_t i = 0; i < 60; i++) {
        double done = fmin((double)(i % 20), 8) + 8 * floor((double)i / 20);
        run->value[ROLE_VAL_LOSS][i] = 3 - 0.1 * done;
    }
    made_declare(run, "ReduceLROnPlateau", "patience", 4);
    set_param(&run->declared.parts[0], "factor", 0.5);
    made_flat(run, LR, 60, 0.1);
    double best = INFINITY, bad = 0, lr = 0.1;
    for (size_t i = 0; i < 60; i++) {
        run->value[LR][i] = lr;
        bad = run->value[ROLE_VAL_LOSS][i] < best * (1 - 1e-4) ? 0 : bad + 1;
        best = fmin(best, run->value[ROLE_VAL_LOSS][i]);
        if (bad > patience) {
            lr *= 0.5;
            bad = 0;
        }
    }
    return run;
}

static struct made_run *plateau_as_declared(void)
{
    return plateau(4);
}

static struct made_run *plateau_more_patient(void)
{
    return plateau(7);
}

static struct made_run *plateau_on_the_training_loss(void)
{
    struct made_run *run = plateau(4);
    memcpy(run->value[ROLE_TRAIN_LOSS], run->value[ROLE_VAL_LOSS],
           60 * sizeof *run->value[ROLE_VAL_LOSS]);
    made_flat(run, ROLE_TRAIN_LOSS, 60, 0);
    for (size_t i = 0; i < 60; i++) {
        run->value[ROLE_TRAIN_LOSS][i] = run->value[ROLE_VAL_LOSS][i];
        run->value[ROLE_VAL_LOSS][i] = 3 - 0.03 * (double)i;
    }
    return run;
}

static struct made_run *plateau_from_a_higher_rate(void)
{
    struct made_run *run = plateau(4);
    run->declared.parts[0].param[0] = 0.05;
    return run;
}

/* The losses to two digits: what was an improvement no longer is one. */
static struct made_run *plateau_rounded(void)
{
    struct made_run *run = plateau(4);
    double best = INFINITY, bad = 0, lr = 0.1;
    for (size_t i = 0; i < 60; i++) {
        double loss = 3 - 0.004 * (double)i - 0.02 * floor((double)i / 9);
        run->value[LR][i] = lr;
        bad = loss < best * (1 - 1e-3) ? 0 : bad + 1;
        best = fmin(best, bad ? best : loss);
        run->value[ROLE_VAL_LOSS][i] = round(loss * 100) / 100;
        if (bad > 4) {
            lr *= 0.5;
            bad = 0;
        }
    }
    set_param(&run->declared.parts[0], "threshold", 1e-3);
    return run;
}

/* It falls by its factor, when no loss that is logged says so. */
static struct made_run *plateau_on_something_else(void)
{
    struct made_run *run = plateau(4);
    made_flat(run, LR, 60, 0.1);
    made_set(run, LR, (size_t[]){11, 36}, 0.05);
    made_set(run, LR, (size_t[]){37, 59}, 0.025);
    return run;
}

static struct made_run *plateau_without_a_loss(void)
{
    struct made_run *run = plateau_on_something_else();
    run->history.curve[ROLE_VAL_LOSS].count = 0;
    run->history.curve[ROLE_TRAIN_LOSS].count = 0;
    return run;
}

static struct made_run *plateau_that_climbs(void)
{
    struct made_run *run = plateau(4);
    made_set(run, LR, (size_t[]){40, 59}, 0.2);
    return run;
}

/* A row per epoch of a scheduler that is stepped 1000 times in each. */
static struct made_run *means_of_epochs(void)
{
    struct made_run *run = made_healthy(50);
    for (size_t i = 0; i < 50; i++) {
        run->value[LR][i] = 0;
        for (int batch = 0; batch < 1000; batch++)
            run->value[LR][i] += lr_at(run, (double)i + batch / 1000.0) / 1000;
    }
    return run;
}

/* --- units --- */

/* The schedule counts epochs of 25 steps, the run counts steps. */
static struct made_run *epochs_of_25_steps(void)
{
    struct made_run *run = made_run_new();
    run->history.counts_steps = true;
    made_fall(run, ROLE_TRAIN_LOSS, 1000, (double[]){4, 1});
    made_declare(run, "CosineAnnealingLR", "T_max", 40);
    made_flat(run, LR, 1000, 0);
    for (size_t i = 0; i < 1000; i++)
        run->value[LR][i] = lr_at(run, floor((double)i / 25));
    return run;
}

/* The schedule counts steps, 25 of them in each epoch of the run. */
static struct made_run *steps_25_to_the_epoch(void)
{
    struct made_run *run = made_healthy(40);
    made_declare(run, "CosineAnnealingLR", "T_max", 1000);
    run->declared.unit = SCHEDULE_STEP;
    for (size_t i = 0; i < 40; i++)
        run->value[LR][i] = lr_at(run, 25 * (double)i);
    return run;
}

/* --- the rows --- */

struct cause_row {
    const char *name;
    struct made_run *(*make)(void);
    const char *rule, *cause, *param;
    const char *says;
};

static const char off[] = "lr_off_schedule";
static const struct cause_row causes[] = {
    {"stepped twice, T_max odd", stepped_twice, off, "stepped_too_often", NULL,
     "the scheduler is stepped 2 times per epoch"},
    {"stepped twice, or half as long", stepped_twice_or_half_as_long, off, "other_length",
     "T_max",
     "T_max is 25 in the run, declared is 50 (2 scheduler steps per epoch would look the "
     "same)"},
    {"stepped every third epoch", stepped_every_third, off, "stepped_too_seldom", NULL,
     "the scheduler is stepped only once in 3 epochs"},
    {"seven steps ahead", seven_ahead, off, "stepped_before_start", NULL,
     "7 steps ahead all along: the scheduler was stepped 7 times before the first epoch"},
    {"steps repeated", steps_repeated, off, "steps_repeated", NULL,
     "from epoch 31 on it is 5 steps behind"},
    {"steps lost", steps_lost, off, "steps_lost", NULL,
     "from epoch 31 on it is 5 steps ahead"},
    {"stopped", stopped_at_30, off, "stopped", NULL, "it stands still from epoch 31 on"},
    {"starts again where it was", starts_again_where_it_was, off, "last_epoch_lost", NULL,
     "starts again at epoch 32 from the learning rate that it had"},
    {"on a new optimizer", on_a_new_optimizer, off, "optimizer_lr_lost", NULL,
     "from epoch 31 on it is 2.7"},
    {"set by hand", set_by_hand, off, "rescaled", NULL,
     "from epoch 31 on it is 0.5 times the schedule: set by hand"},
    {"length changed", length_changed, off, "length_changed", "T_max",
     "on T_max is 80 instead of 51"},
    {"a warm-up that is not declared", warmup_of_8, off, "warmup_added", NULL,
     "a warm-up of 8 epochs comes first that is not declared"},
    {"a declared warm-up is missing", declares_warmup, off, "warmup_missing", NULL,
     "the declared warm-up of 10 epochs was not run, or not logged"},
    {"a missing warm-up before a constant", constant_from_the_start, "lr_constant",
     "warmup_missing", NULL, "the declared warm-up of 10 epochs was not run"},
    {"never stepped", never_stepped, "lr_constant", "never_stepped", NULL,
     "; the scheduler is never stepped"},
    {"a milestone later", milestone_later, off, "other_milestone", "milestones",
     "the milestone declared at 40 is at 47 in the run"},
    {"gamma", gamma_is_another, off, "other_parameter", "gamma",
     "gamma is 0.5 in the run, declared is 0.1"},
    {"another word", another_word, off, "other_parameter", "anneal_strategy",
     "anneal_strategy is \"linear\" in the run, declared is \"cos\""},
    {"another schedule", another_schedule, off, "other_schedule", NULL,
     "the column follows linear_with_warmup(num_warmup_steps=6, num_training_steps=60) "
     "instead"},
    {"plateau, more patient", plateau_more_patient, off, "other_parameter", "patience",
     "patience is 7 in the run, declared is 4"},
    {"plateau on the training loss", plateau_on_the_training_loss, off, "other_metric",
     "loss", "it falls when loss says"},
    {"plateau from a higher rate", plateau_from_a_higher_rate, off, "other_base_lr",
     "base_lr", "base_lr is 0.1 in the run, 2 times the declared 0.05"},
    {"plateau that climbs", plateau_that_climbs, off, NULL, NULL,
     "none of the usual mistakes explains it"},
};

static void it_is_said(void **state)
{
    const struct cause_row *row = *state;
    struct made_run *run = row->make();
    run->history.metric[ROLE_TRAIN_LOSS] = "loss";
    run->history.metric[ROLE_VAL_LOSS] = "val_loss";
    made_diagnose(run);
    const struct finding *finding = made_expect(run, row->rule);
    if (!strstr(finding->message, row->says))
        print_error("%s\n", finding->message);
    assert_non_null(strstr(finding->message, row->says));
    assert_string_equal(finding->cause ? finding->cause : "none",
                        row->cause ? row->cause : "none");
    assert_string_equal(finding->param ? finding->param : "none",
                        row->param ? row->param : "none");
    assert_true(*finding->advice);
    assert_int_equal(run->diagnosis.checks[CHECK_LR_SCHEDULE].status, CHECK_FAIL);
    made_run_free(run);
}

struct silent_row {
    const char *name;
    struct made_run *(*make)(void);
    enum check_status status;
    const char *because;
};

static const struct silent_row silent[] = {
    {"plateau as declared", plateau_as_declared, CHECK_PASS, "lies on ReduceLROnPlateau"},
    {"plateau on rounded losses", plateau_rounded, CHECK_PASS,
     "lies on ReduceLROnPlateau"},
    {"plateau on something else", plateau_on_something_else, CHECK_UNKNOWN,
     "but not when val_loss says: it may watch something else"},
    {"plateau without a loss", plateau_without_a_loss, CHECK_UNKNOWN,
     "no loss or metric that it could watch is logged"},
    {"means of epochs", means_of_epochs, CHECK_PASS, "logged as the mean of each epoch"},
    {"epochs of 25 steps", epochs_of_25_steps, CHECK_PASS,
     "lies on CosineAnnealingLR, of which 25 steps are one epoch"},
    {"25 steps to the epoch", steps_25_to_the_epoch, CHECK_PASS,
     "lies on CosineAnnealingLR, of which 25 steps are one epoch"},
};

static void nothing_is_said(void **state)
{
    static const char *const lr_rules[] = {"lr_off_schedule", "lr_constant", "lr_abrupt"};
    const struct silent_row *row = *state;
    struct made_run *run = row->make();
    run->history.metric[ROLE_VAL_LOSS] = "val_loss";
    made_diagnose(run);
    for (size_t i = 0; i < COUNT(lr_rules); i++) {
        const struct finding *finding = made_find(run, lr_rules[i]);
        if (finding)
            fail_msg("%s", finding->message);
    }
    const struct check *check = &run->diagnosis.checks[CHECK_LR_SCHEDULE];
    if (!strstr(check->because, row->because))
        print_error("%s\n", check->because);
    assert_non_null(strstr(check->because, row->because));
    assert_int_equal(check->status, row->status);
    made_run_free(run);
}

/* Every cause has a word, and every word is another. */
static void words_are_different(void **state)
{
    (void)state;
    assert_null(schedule_cause_names[CAUSE_UNKNOWN]);
    for (int i = CAUSE_UNKNOWN + 1; i < CAUSE_COUNT; i++) {
        assert_non_null(schedule_cause_names[i]);
        for (int j = CAUSE_UNKNOWN + 1; j < i; j++)
            assert_string_not_equal(schedule_cause_names[i], schedule_cause_names[j]);
    }
}

int main(void)
{
    struct CMUnitTest tests[COUNT(causes) + COUNT(silent) + 1] = {
        cmocka_unit_test(words_are_different)};
    size_t count = 1;
    for (size_t i = 0; i < COUNT(causes); i++)
        tests[count++] =
            (struct CMUnitTest){.name = causes[i].name,
                                .test_func = it_is_said,
                                .initial_state = (void *)(uintptr_t)&causes[i]};
    for (size_t i = 0; i < COUNT(silent); i++)
        tests[count++] =
            (struct CMUnitTest){.name = silent[i].name,
                                .test_func = nothing_is_said,
                                .initial_state = (void *)(uintptr_t)&silent[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
