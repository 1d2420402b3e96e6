/* What a finding says and advises: each row is a sentence that once misled, or two that
   contradicted each other. */
#include "made_run.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

/* Validation stands still at 1.5 while training falls; the LR falls to `lr_end`. */
static struct made_run *plateau(double lr_end)
{
    struct made_run *run = made_healthy(50);
    run->history.declared = NULL;
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){0, 49}, (double[]){2.0, 0.25});
    made_line(run, ROLE_VAL_LOSS, (size_t[]){0, 15}, (double[]){2.0, 1.5});
    made_set(run, ROLE_VAL_LOSS, (size_t[]){16, 49}, 1.5);
    made_line(run, ROLE_LR, (size_t[]){0, 49}, (double[]){0.1, lr_end});
    return run;
}

static struct made_run *plateau_half_way_down(void)
{
    return plateau(0.05);
}

static struct made_run *plateau_all_the_way_down(void)
{
    return plateau(0.001);
}

static struct made_run *plateau_without_lr(void)
{
    struct made_run *run = plateau(0.1);
    run->history.curve[ROLE_LR].count = 0;
    return run;
}

/* Best at epoch `best`, then up to twice as much; training falls to almost nothing. */
static struct made_run *overfits_from(size_t best)
{
    struct made_run *run = made_healthy(50);
    made_fall(run, ROLE_TRAIN_LOSS, 50, (double[]){2.0, 0});
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){40, 49}, 0.0001);
    made_line(run, ROLE_VAL_LOSS, (size_t[]){0, best - 1}, (double[]){2.0, 1.0});
    made_line(run, ROLE_VAL_LOSS, (size_t[]){best - 1, 49}, (double[]){1.0, 2.0});
    return run;
}

static struct made_run *overfits_late(void)
{
    return overfits_from(20);
}

static struct made_run *overfits_at_once(void)
{
    return overfits_from(3);
}

static struct made_run *overfits_at_a_constant_lr(void)
{
    struct made_run *run = overfits_from(20);
    run->history.declared = NULL;
    made_flat(run, ROLE_LR, 50, 0.1);
    return run;
}

static struct made_run *healthy_batches(void)
{
    struct made_run *run = made_run_new();
    run->history.counts_steps = true;
    made_fall(run, ROLE_TRAIN_LOSS, 200, (double[]){4, 1});
    made_noise(run, ROLE_TRAIN_LOSS, 1.0);
    return run;
}

static struct made_run *noisy_at_a_constant_lr(void)
{
    struct made_run *run = made_healthy(50);
    run->history.declared = NULL;
    made_flat(run, ROLE_LR, 50, 0.1);
    made_noise(run, ROLE_VAL_LOSS, 0.9);
    return run;
}

static struct made_run *flat_with_last_digits(void)
{
    struct made_run *run = made_run_new();
    made_flat(run, ROLE_TRAIN_LOSS, 50, 11.48);
    made_noise(run, ROLE_TRAIN_LOSS, 0.002);
    return run;
}

static struct made_run *noise_at_lr_0(void)
{
    struct made_run *run = made_run_new();
    made_flat(run, ROLE_TRAIN_LOSS, 50, 1.5);
    made_noise(run, ROLE_TRAIN_LOSS, 0.01);
    made_flat(run, ROLE_LR, 50, 0);
    return run;
}

/* A ripple of 0.5 % in a loss that hardly moves. */
static struct made_run *ripple(void)
{
    struct made_run *run = made_run_new();
    made_flat(run, ROLE_VAL_LOSS, 50, 0);
    made_line(run, ROLE_VAL_LOSS, (size_t[]){0, 49}, (double[]){7.06, 7.04});
    run->value[ROLE_VAL_LOSS][25] += 0.035;
    return run;
}

static struct made_run *one_spike(void)
{
    struct made_run *run = made_healthy(50);
    run->value[ROLE_VAL_LOSS][25] += 5;
    return run;
}

/* Level 0.25, a little more at 31 to 40, then far up. */
static struct made_run *blows_up_at_41(void)
{
    struct made_run *run = made_run_new();
    made_flat(run, ROLE_TRAIN_LOSS, 60, 0.25);
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){30, 39}, 0.2578125);
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){40, 59}, 5);
    return run;
}

static struct made_run *accurate_but_blown_up(void)
{
    struct made_run *run = blows_up_at_41();
    made_fall(run, ROLE_VAL_METRIC, 60, (double[]){0.5, 0.95});
    run->history.metric[ROLE_VAL_METRIC] = "val_acc";
    return run;
}

static struct made_run *too_long_in_steps(void)
{
    struct made_run *run = made_run_new();
    run->history.counts_steps = true;
    made_fall(run, ROLE_TRAIN_LOSS, 7513, (double[]){4, 1});
    made_declare(run, "CosineAnnealingLR", "T_max", 19563);
    run->declared.unit = SCHEDULE_STEP;
    return run;
}

static const struct words_row {
    const char *name;
    struct made_run *(*make)(void);
    const char *rule;
    const char *says; /* in the message or the advice; NULL: the rule is silent */
    const char *says_not;
} rows[] = {
    {"plateau: the LR is still high", plateau_half_way_down, "validation_plateau",
     "Judge again when", "Another schedule"},
    {"plateau: the LR has come down", plateau_all_the_way_down, "validation_plateau",
     "Another schedule will hardly help", "Judge again"},
    {"plateau: no schedule to speak of", plateau_without_lr, "validation_plateau",
     "The model does not generalise", "schedule"},
    {"overfitting: the schedule can end there", overfits_late, "overfitting",
     "by about epoch 20", "100.0 %"},
    {"overfitting: no schedule of 3 epochs", overfits_at_once, "overfitting",
     "checkpoint of epoch 3", "Shorten"},
    {"overfitting: a constant LR has no length", overfits_at_a_constant_lr, "overfitting",
     "Regularise", "Shorten"},
    {"noise: single batches need nothing", healthy_batches, "noisy_loss", "Nothing to do",
     "lower learning rate"},
    {"noise: a constant LR could fall", noisy_at_a_constant_lr, "noisy_loss",
     "Let the learning rate fall", "longer warm-up"},
    {"noise: the range is the one it was told against", noisy_at_a_constant_lr,
     "noisy_loss", "from the 5 % to the 95 % quantile", "whole range"},
    {"noise: the last digits of a flat loss", flat_with_last_digits, "noisy_loss", NULL,
     NULL},
    {"not learning: the LR is 0", noise_at_lr_0, "not_learning",
     "The learning rate is 0 all along", "is not 0"},
    {"not learning: by which epoch", noise_at_lr_0, "not_learning", "by epoch 50",
     "steps"},
    {"spike: a ripple in a flat loss", ripple, "loss_spike", NULL, NULL},
    {"spike: one is told as one", one_spike, "loss_spike", "jumped up once",
     "as much as"},
    {"divergence: from where the loss left its level", blows_up_at_41, "divergence",
     "until epoch 40", "until epoch 30"},
    {"unstable: a loss that blew up does not jump", accurate_but_blown_up,
     "unstable_but_accurate", "has blown up", "jumps are"},
    {"cycle: lengths have all their digits", too_long_in_steps, "cycle_too_long",
     "takes 19563 steps to come down but the run has 7513", "e+04"},
};

static void says(void **state)
{
    const struct words_row *row = *state;
    struct made_run *run = row->make();
    made_diagnose(run);
    if (!row->says) {
        assert_null(made_find(run, row->rule));
    } else {
        const struct finding *finding = made_expect(run, row->rule);
        char all[FINDING_MESSAGE_MAX + ADVICE_MAX + 2];
        snprintf(all, sizeof all, "%s\n%s", finding->message, finding->advice);
        if (!strstr(all, row->says) || strstr(all, row->says_not))
            print_error("%s\n", all);
        assert_non_null(strstr(all, row->says));
        assert_null(strstr(all, row->says_not));
    }
    made_run_free(run);
}

int main(void)
{
    struct CMUnitTest tests[COUNT(rows)];
    for (size_t i = 0; i < COUNT(rows); i++)
        tests[i] = (struct CMUnitTest){.name = rows[i].name,
                                       .test_func = says,
                                       .initial_state = (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
