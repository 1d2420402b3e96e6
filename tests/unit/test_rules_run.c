/* The rules about the run as a whole. */
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

/* --- leakage_suspected --- */

/* Validation loss is `share` of training loss at every epoch. */
static struct made_run *validation_at(double share)
{
    struct made_run *run = made_healthy(50);
    for (size_t i = 0; i < 50; i++)
        run->value[ROLE_VAL_LOSS][i] = share * run->value[ROLE_TRAIN_LOSS][i];
    return run;
}

static struct made_run *validation_at_half(void)
{
    return validation_at(0.5);
}

static struct made_run *validation_at_the_limit(void)
{
    return validation_at(0.796875);
}

static struct made_run *validation_below_the_limit(void)
{
    return validation_at(0.7890625);
}

static struct made_run *validation_on_another_scale(void)
{
    return validation_at(0.03125);
}

static struct made_run *better_only_at_the_end(void)
{
    struct made_run *run = validation_at(0.5);
    for (size_t i = 0; i < 10; i++)
        run->value[ROLE_VAL_LOSS][i] *= 3;
    return run;
}

static struct made_run *validation_at_the_scale(void)
{
    return validation_at(0.203125);
}

static struct made_run *validation_above_the_scale(void)
{
    return validation_at(0.21875);
}

/* Both begin alike; over the last half validation is at 0.6 of training. */
static struct made_run *grows_apart(void)
{
    struct made_run *run = validation_at(0.6);
    for (size_t i = 0; i < 20; i++)
        run->value[ROLE_VAL_LOSS][i] = run->value[ROLE_TRAIN_LOSS][i] * 0.9;
    return run;
}

/* From 0.4 to 0.75 of training: the mean of an epoch lags behind what it ends with, and
   less so as the model learns less. */
static struct made_run *gap_that_closes(void)
{
    struct made_run *run = validation_at(1);
    for (size_t i = 0; i < 50; i++)
        run->value[ROLE_VAL_LOSS][i] *= 0.4 + 0.007 * (double)i;
    return run;
}

static struct made_run *gap_that_closes_live(void)
{
    struct made_run *run = gap_that_closes();
    run->history.ended = false;
    run->history.declared = NULL;
    return run;
}

static struct made_run *live_at(double share)
{
    struct made_run *run = validation_at(share);
    run->history.ended = false;
    run->history.declared = NULL;
    return run;
}

static struct made_run *live_at_the_limit(void)
{
    return live_at(0.5);
}

static struct made_run *live_below_the_limit(void)
{
    return live_at(0.4921875);
}

static struct made_run *below_zero(void)
{
    struct made_run *run = validation_at(0.5);
    for (size_t i = 0; i < 50; i++) {
        run->value[ROLE_VAL_LOSS][i] -= 5;
        run->value[ROLE_TRAIN_LOSS][i] -= 5;
    }
    return run;
}

static struct made_run *four_evaluations(void)
{
    struct made_run *run = validation_at(0.5);
    made_thin(run, ROLE_VAL_LOSS, 12);
    return run;
}

static struct made_run *sparse_evaluations(void)
{
    struct made_run *run = validation_at(0.5);
    made_thin(run, ROLE_VAL_LOSS, 8);
    return run;
}

static struct made_run *validation_is_nan(void)
{
    struct made_run *run = made_healthy(50);
    made_flat(run, ROLE_VAL_LOSS, 50, NAN);
    made_flat(run, ROLE_VAL_METRIC, 50, NAN);
    return run;
}

/* Metrics: training climbs to 0.9, validation reaches `best` at epoch 5. */
static struct made_run *metric_early(double best, double one)
{
    struct made_run *run = made_healthy(50);
    made_fall(run, ROLE_TRAIN_METRIC, 50, (double[]){0.3 * one, 0.9 * one});
    made_fall(run, ROLE_VAL_METRIC, 50, (double[]){0.3 * one, 0.9 * one});
    made_set(run, ROLE_VAL_METRIC, (size_t[]){4, 49}, best);
    return run;
}

static struct made_run *perfect_early(void)
{
    return metric_early(1.0, 1);
}

static struct made_run *perfect_early_in_percent(void)
{
    return metric_early(100, 100);
}

static struct made_run *good_early(void)
{
    return metric_early(0.96875, 1);
}

/* --- unstable_but_accurate --- */

static struct made_run *accurate(void)
{
    struct made_run *run = made_healthy(50);
    made_fall(run, ROLE_VAL_METRIC, 50, (double[]){0.3, 0.95});
    return run;
}

static struct made_run *accurate_over_noise(void)
{
    struct made_run *run = accurate();
    made_noise(run, ROLE_VAL_LOSS, 0.8);
    return run;
}

static struct made_run *accurate_in_percent_over_noise(void)
{
    struct made_run *run = accurate_over_noise();
    made_fall(run, ROLE_VAL_METRIC, 50, (double[]){30, 95});
    return run;
}

/* Best value 1, end at `end`: the limit is 1/32 below. */
static struct made_run *accurate_to(double end)
{
    struct made_run *run = accurate_over_noise();
    made_set(run, ROLE_VAL_METRIC, (size_t[]){20, 20}, 1.0);
    made_set(run, ROLE_VAL_METRIC, (size_t[]){40, 49}, end);
    return run;
}

static struct made_run *accurate_at_the_limit(void)
{
    return accurate_to(0.96875);
}

static struct made_run *accurate_below_the_limit(void)
{
    return accurate_to(0.9609375);
}

static struct made_run *accurate_over_nan(void)
{
    struct made_run *run = accurate();
    made_set(run, ROLE_VAL_LOSS, (size_t[]){30, 49}, NAN);
    return run;
}

static struct made_run *accuracy_is_nan(void)
{
    struct made_run *run = accurate_over_noise();
    made_flat(run, ROLE_VAL_METRIC, 50, NAN);
    return run;
}

static struct made_run *nine_accuracies(void)
{
    struct made_run *run = accurate_over_noise();
    run->history.curve[ROLE_VAL_METRIC].count = 9;
    return run;
}

static struct made_run *error_rate_over_noise(void)
{
    struct made_run *run = accurate_over_noise();
    run->history.val_metric_higher = false;
    return run;
}

/* --- worse_than_baseline --- */

/* Ends at exactly 0.5, against a baseline. */
static struct made_run *against(double baseline)
{
    struct made_run *run = made_healthy(50);
    made_flat(run, ROLE_VAL_METRIC, 50, 0.5);
    made_line(run, ROLE_VAL_METRIC, (size_t[]){0, 20}, (double[]){0.25, 0.5});
    run->history.metric[ROLE_VAL_METRIC] = "val_accuracy";
    run->history.baseline_final = baseline;
    run->history.baseline_run = "constant-1";
    run->history.baseline_higher = true;
    return run;
}

static struct made_run *worse(void)
{
    return against(0.75);
}

static struct made_run *better(void)
{
    return against(0.25);
}

/* 0.5 + b / 256 = b at b = 128/255: a hair on either side of it. */
static struct made_run *worse_within_the_margin(void)
{
    return against(0.5019);
}

static struct made_run *worse_beyond_the_margin(void)
{
    return against(0.502);
}

static struct made_run *worse_but_it_goes_on(void)
{
    struct made_run *run = worse();
    run->history.ended = false;
    run->history.declared = NULL;
    return run;
}

static struct made_run *no_baseline(void)
{
    return against(NAN);
}

static struct made_run *worse_loss(void)
{
    struct made_run *run = against(0.25);
    run->history.baseline_is_loss = true;
    run->history.baseline_higher = false;
    return run;
}

static struct made_run *better_loss(void)
{
    struct made_run *run = worse_loss();
    run->history.baseline_final = 0.75;
    return run;
}

/* Three seeds with a sigma of 1/16: Student's 4.303 times sqrt(1 + 1/3) of it is 0.3105.
 */
static struct made_run *three_seeds(double baseline)
{
    struct made_run *run = against(baseline);
    run->history.baseline_std = 0.0625;
    run->history.baseline_count = 3;
    return run;
}

static struct made_run *worse_within_the_seeds(void)
{
    return three_seeds(0.81);
}

static struct made_run *worse_beyond_the_seeds(void)
{
    return three_seeds(0.811);
}

static struct made_run *metric_is_nan(void)
{
    struct made_run *run = worse();
    made_flat(run, ROLE_VAL_METRIC, 50, NAN);
    return run;
}

static struct made_run *four_metrics(void)
{
    struct made_run *run = worse();
    run->history.curve[ROLE_VAL_METRIC].count = 4;
    return run;
}

/* --- what is not logged --- */

static struct made_run *without(enum role role, size_t count, bool ended)
{
    struct made_run *run = made_healthy(count);
    run->history.ended = ended;
    run->history.declared = NULL;
    run->history.curve[role].count = 0;
    return run;
}

static struct made_run *without_validation(void)
{
    return without(ROLE_VAL_LOSS, 50, true);
}

static struct made_run *without_loss(void)
{
    return without(ROLE_TRAIN_LOSS, 50, true);
}

static struct made_run *without_lr(void)
{
    return without(ROLE_LR, 50, true);
}

static struct made_run *without_lr_for_four_epochs(void)
{
    return without(ROLE_LR, 4, false);
}

static struct made_run *without_lr_for_five_epochs(void)
{
    return without(ROLE_LR, 5, false);
}

static struct made_run *without_validation_for_199_steps(void)
{
    struct made_run *run = without(ROLE_VAL_LOSS, 199, false);
    run->history.counts_steps = true;
    return run;
}

static struct made_run *without_validation_for_200_steps(void)
{
    struct made_run *run = without(ROLE_VAL_LOSS, 200, false);
    run->history.counts_steps = true;
    return run;
}

static const struct rule_row rows[] = {
    {"leakage: validation at half of training", validation_at_half, "leakage_suspected",
     SEVERITY_WARNING},
    {"leakage: a healthy run", healthy, "leakage_suspected", SILENT},
    {"leakage: at the limit", validation_at_the_limit, "leakage_suspected", SILENT},
    {"leakage: below the limit", validation_below_the_limit, "leakage_suspected",
     SEVERITY_WARNING},
    {"leakage: another scale is none", validation_on_another_scale, "leakage_suspected",
     SILENT},
    {"leakage: at the scale of another loss", validation_at_the_scale,
     "leakage_suspected", SILENT},
    {"leakage: above the scale of another loss", validation_above_the_scale,
     "leakage_suspected", SEVERITY_WARNING},
    {"leakage: two that grow apart", grows_apart, "leakage_suspected", SILENT},
    {"leakage: a gap that closes, whole run", gap_that_closes, "leakage_suspected",
     SEVERITY_WARNING},
    {"leakage: a gap that closes while the run goes on", gap_that_closes_live,
     "leakage_suspected", SILENT},
    {"leakage: at the limit of a run that goes on", live_at_the_limit,
     "leakage_suspected", SILENT},
    {"leakage: below the limit of a run that goes on", live_below_the_limit,
     "leakage_suspected", SEVERITY_WARNING},
    {"leakage: not when worse at first", better_only_at_the_end, "leakage_suspected",
     SILENT},
    {"leakage: below zero ratios mean nothing", below_zero, "leakage_suspected", SILENT},
    {"leakage: four evaluations are too few", four_evaluations, "leakage_suspected",
     SILENT},
    {"leakage: evaluations between steps", sparse_evaluations, "leakage_suspected",
     SEVERITY_WARNING},
    {"leakage: one point", one_point, "leakage_suspected", SILENT},
    {"leakage: NaN", validation_is_nan, "leakage_suspected", SILENT},
    {"leakage: perfect early", perfect_early, "leakage_suspected", SEVERITY_WARNING},
    {"leakage: perfect early, in percent", perfect_early_in_percent, "leakage_suspected",
     SEVERITY_WARNING},
    {"leakage: good early is not perfect", good_early, "leakage_suspected", SILENT},

    {"unstable: accurate over noise", accurate_over_noise, "unstable_but_accurate",
     SEVERITY_WARNING},
    {"unstable: in percent", accurate_in_percent_over_noise, "unstable_but_accurate",
     SEVERITY_WARNING},
    {"unstable: accurate over smooth curves", accurate, "unstable_but_accurate", SILENT},
    {"unstable: at the limit", accurate_at_the_limit, "unstable_but_accurate",
     SEVERITY_WARNING},
    {"unstable: below the limit", accurate_below_the_limit, "unstable_but_accurate",
     SILENT},
    {"unstable: accurate over NaN", accurate_over_nan, "unstable_but_accurate",
     SEVERITY_WARNING},
    {"unstable: accuracy is NaN", accuracy_is_nan, "unstable_but_accurate", SILENT},
    {"unstable: nine points are too few", nine_accuracies, "unstable_but_accurate",
     SILENT},
    {"unstable: an error rate is no accuracy", error_rate_over_noise,
     "unstable_but_accurate", SILENT},

    {"baseline: worse", worse, "worse_than_baseline", SEVERITY_WARNING},
    {"baseline: better", better, "worse_than_baseline", SILENT},
    {"baseline: worse within the margin", worse_within_the_margin, "worse_than_baseline",
     SILENT},
    {"baseline: worse beyond the margin", worse_beyond_the_margin, "worse_than_baseline",
     SEVERITY_WARNING},
    {"baseline: the run goes on", worse_but_it_goes_on, "worse_than_baseline", SILENT},
    {"baseline: none", no_baseline, "worse_than_baseline", SILENT},
    {"baseline: a worse loss", worse_loss, "worse_than_baseline", SEVERITY_WARNING},
    {"baseline: a better loss", better_loss, "worse_than_baseline", SILENT},
    {"baseline: worse within what seeds differ by", worse_within_the_seeds,
     "worse_than_baseline", SILENT},
    {"baseline: worse beyond what seeds differ by", worse_beyond_the_seeds,
     "worse_than_baseline", SEVERITY_WARNING},
    {"baseline: NaN", metric_is_nan, "worse_than_baseline", SILENT},
    {"baseline: four points are too few", four_metrics, "worse_than_baseline", SILENT},

    {"absent: validation", without_validation, "no_validation", SEVERITY_INFO},
    {"absent: training loss", without_loss, "no_loss", SEVERITY_INFO},
    {"absent: learning rate", without_lr, "no_lr", SEVERITY_INFO},
    {"absent: validation is there", healthy, "no_validation", SILENT},
    {"absent: training loss is there", healthy, "no_loss", SILENT},
    {"absent: learning rate is there", healthy, "no_lr", SILENT},
    {"absent: not yet after four epochs", without_lr_for_four_epochs, "no_lr", SILENT},
    {"absent: after five epochs", without_lr_for_five_epochs, "no_lr", SEVERITY_INFO},
    {"absent: not yet after 199 steps", without_validation_for_199_steps, "no_validation",
     SILENT},
    {"absent: after 200 steps", without_validation_for_200_steps, "no_validation",
     SEVERITY_INFO},
    {"absent: NaN is logged", validation_is_nan, "no_validation", SILENT},
};

static void leakage_is_checked_for_never_claimed(void **state)
{
    (void)state;
    struct made_run *run = validation_at_half();
    made_diagnose(run);
    const struct finding *finding = made_expect(run, "leakage_suspected");
    assert_non_null(strstr(finding->message, "Check for leakage"));
    assert_null(strstr(finding->message, " is leak"));
    assert_non_null(strstr(finding->advice, "Dropout and augmentation"));
    assert_near(made_evidence(finding, "val_over_train"), 0.5, 1e-12);
    made_run_free(run);
}

static void what_is_absent_blocks_no_other_rule(void **state)
{
    (void)state;
    struct made_run *run = without_lr();
    made_line(run, ROLE_VAL_LOSS, (size_t[]){20, 49}, (double[]){0.5, 1});
    made_diagnose(run);
    assert_non_null(made_find(run, "no_lr"));
    assert_non_null(made_find(run, "overfitting"));
    made_run_free(run);
}

int main(void)
{
    struct CMUnitTest tests[COUNT(rows) + 2] = {
        cmocka_unit_test(leakage_is_checked_for_never_claimed),
        cmocka_unit_test(what_is_absent_blocks_no_other_rule)};
    rule_rows(rows, COUNT(rows), tests + 2);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
