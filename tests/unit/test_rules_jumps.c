/* The rules about noise, spikes and blow-ups. */
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

static struct made_run *constant(void)
{
    struct made_run *run = made_healthy(50);
    made_flat(run, ROLE_TRAIN_LOSS, 50, 1);
    made_flat(run, ROLE_VAL_LOSS, 50, 1);
    return run;
}

static struct made_run *all_nan(void)
{
    struct made_run *run = made_healthy(50);
    made_flat(run, ROLE_TRAIN_LOSS, 50, NAN);
    return run;
}

static struct made_run *below_zero(struct made_run *run)
{
    for (size_t i = 0; i < run->history.curve[ROLE_TRAIN_LOSS].count; i++)
        run->value[ROLE_TRAIN_LOSS][i] -= 50;
    return run;
}

/* --- noisy_loss --- */

static struct made_run *noisy_training(void)
{
    struct made_run *run = made_healthy(50);
    made_noise(run, ROLE_TRAIN_LOSS, 0.8);
    return run;
}

static struct made_run *noisy_validation(void)
{
    struct made_run *run = made_healthy(50);
    made_noise(run, ROLE_VAL_LOSS, 0.8);
    return run;
}

static struct made_run *slightly_noisy(void)
{
    struct made_run *run = made_healthy(50);
    made_noise(run, ROLE_TRAIN_LOSS, 0.1);
    made_noise(run, ROLE_VAL_LOSS, 0.1);
    return run;
}

static struct made_run *noisy_below_zero(void)
{
    return below_zero(noisy_training());
}

static struct made_run *noisy_batches(void)
{
    struct made_run *run = noisy_training();
    run->history.counts_steps = true;
    return run;
}

static struct made_run *nine_noisy_points(void)
{
    struct made_run *run = noisy_training();
    run->history.curve[ROLE_TRAIN_LOSS].count = 9;
    return run;
}

/* Half of the curve jumps, the other half is smooth: the middle jump is a small one. */
static struct made_run *noisy_first_half(void)
{
    struct made_run *run = noisy_training();
    made_fall(run, ROLE_TRAIN_LOSS, 50, (double[]){2.3, 0.4});
    made_noise(run, ROLE_TRAIN_LOSS, 0.8);
    for (size_t i = 25; i < 50; i++)
        run->value[ROLE_TRAIN_LOSS][i] = 0.6;
    return run;
}

static struct made_run *noisy_live(size_t count)
{
    struct made_run *run = noisy_training();
    run->history.ended = false;
    run->history.declared = NULL;
    run->history.curve[ROLE_TRAIN_LOSS].count = count;
    return run;
}

static struct made_run *noisy_20_points_live(void)
{
    return noisy_live(20);
}

/* Jumps of a quarter of the way: the first points of a run that goes on may. */
static struct made_run *jumps_live(size_t count, double jump)
{
    struct made_run *run = noisy_live(count);
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){0, count - 1}, (double[]){3, 2});
    for (size_t i = 0; i < count; i++)
        run->value[ROLE_TRAIN_LOSS][i] += i % 2 ? jump / 2 : -jump / 2;
    return run;
}

static struct made_run *jumps_of_19_points_live(void)
{
    return jumps_live(19, 0.25);
}

static struct made_run *jumps_of_20_points_live(void)
{
    return jumps_live(20, 0.25);
}

static struct made_run *plain_jumps_of_19_points_live(void)
{
    return jumps_live(19, 0.75);
}

/* Two values by turns: the spread is what lies between them. */
static struct made_run *nearly_flat_live(double spread)
{
    struct made_run *run = noisy_live(45);
    for (size_t i = 0; i < 45; i++)
        run->value[ROLE_TRAIN_LOSS][i] = i % 2 ? 1 : 1 + spread;
    return run;
}

static struct made_run *nearly_flat_at_the_limit(void)
{
    return nearly_flat_live(0.015625);
}

static struct made_run *nearly_flat_below_the_limit(void)
{
    return nearly_flat_live(0.0146484375);
}

static struct made_run *nearly_flat_but_whole(void)
{
    struct made_run *run = nearly_flat_below_the_limit();
    run->history.ended = true;
    return run;
}

/* Steps of `jump` up and down by turns, over a fall of 1 in 100 points: half second
   differences of `jump` each, and a spread of 0.905. */
static struct made_run *alternating(double jump)
{
    struct made_run *run = made_run_new();
    made_flat(run, ROLE_TRAIN_LOSS, 100, 0);
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){0, 99}, (double[]){3, 2});
    for (size_t i = 0; i < 100; i++)
        run->value[ROLE_TRAIN_LOSS][i] += i % 2 ? jump / 2 : -jump / 2;
    return run;
}

/* The limit, a sigma of 3/32 of the spread, is a jump of 0.1195. */
static struct made_run *jumps_below_the_limit(void)
{
    return alternating(0.1171875);
}

static struct made_run *jumps_above_the_limit(void)
{
    return alternating(0.12109375);
}

static struct made_run *noisy_with_nan(void)
{
    struct made_run *run = noisy_training();
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){20, 22}, NAN);
    return run;
}

/* --- divergence --- */

static struct made_run *ends_in(double value)
{
    struct made_run *run = made_healthy(50);
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){40, 49}, value);
    return run;
}

static struct made_run *ends_in_nan(void)
{
    return ends_in(NAN);
}

static struct made_run *ends_in_infinity(void)
{
    return ends_in(INFINITY);
}

static struct made_run *last_point_is_nan(void)
{
    struct made_run *run = made_healthy(50);
    run->value[ROLE_TRAIN_LOSS][49] = NAN;
    return run;
}

static struct made_run *validation_ends_in_nan(void)
{
    struct made_run *run = made_healthy(50);
    made_set(run, ROLE_VAL_LOSS, (size_t[]){30, 49}, NAN);
    return run;
}

/* Three rows without an evaluation between two with one: NaN for "not measured". */
static struct made_run *nan_for_not_measured(void)
{
    struct made_run *run = made_healthy(50);
    for (size_t i = 0; i < 50; i++)
        run->value[ROLE_VAL_LOSS][i] = i % 4 ? NAN : run->value[ROLE_VAL_LOSS][i];
    return run;
}

static struct made_run *nan_from_the_start(void)
{
    struct made_run *run = made_run_new();
    made_flat(run, ROLE_TRAIN_LOSS, 2, NAN);
    return run;
}

static struct made_run *blown_up(void)
{
    return ends_in(2.0);
}

static struct made_run *blown_up_below_zero(void)
{
    return below_zero(ends_in(2.0));
}

/* From 4 straight down to a level of 1, then up to `end`: the limit is 1.375. */
static struct made_run *back_to(double end)
{
    struct made_run *run = made_run_new();
    made_flat(run, ROLE_TRAIN_LOSS, 100, 1);
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){0, 19}, (double[]){1.5, 1});
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){80, 99}, end);
    return run;
}

static struct made_run *back_to_the_limit(void)
{
    return back_to(1.375);
}

static struct made_run *back_above_the_limit(void)
{
    return back_to(1.3759765625);
}

/* At the end of a sudden fall the last tenth still lies at the level before it. */
static struct made_run *just_fallen(void)
{
    struct made_run *run = made_healthy(50);
    run->history.ended = false;
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){5, 46}, 1.5);
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){47, 49}, 0.5);
    return run;
}

/* Near zero a loss doubles at nothing. */
static struct made_run *doubled_near_zero(void)
{
    struct made_run *run = made_healthy(50);
    made_fall(run, ROLE_TRAIN_LOSS, 50, (double[]){2.3, 0.0001});
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){25, 44}, 0.0001);
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){45, 49}, 0.0002);
    return run;
}

static struct made_run *validation_climbs_far(void)
{
    struct made_run *run = made_healthy(50);
    made_line(run, ROLE_VAL_LOSS, (size_t[]){20, 49}, (double[]){0.5, 30});
    return run;
}

static struct made_run *explodes_within_six_points(void)
{
    struct made_run *run = made_run_new();
    made_flat(run, ROLE_TRAIN_LOSS, 6, 0.5);
    run->value[ROLE_TRAIN_LOSS][0] = 1;
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){4, 5}, 40);
    return run;
}

static struct made_run *four_points_that_explode(void)
{
    struct made_run *run = explodes_within_six_points();
    run->value[ROLE_TRAIN_LOSS][2] = 40;
    run->value[ROLE_TRAIN_LOSS][3] = 40;
    run->history.curve[ROLE_TRAIN_LOSS].count = 4;
    return run;
}

static struct made_run *long_run_blows_up_in_its_last_steps(void)
{
    struct made_run *run = made_run_new();
    run->history.counts_steps = true;
    made_fall(run, ROLE_TRAIN_LOSS, 10000, (double[]){4, 0.5});
    made_noise(run, ROLE_TRAIN_LOSS, 0.1);
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){9980, 9999}, 9);
    return run;
}

/* --- loss_spike --- */

static struct made_run *spiked(size_t points, double height)
{
    struct made_run *run = made_healthy(100);
    made_noise(run, ROLE_TRAIN_LOSS, 0.01);
    for (size_t i = 0; i < points; i++)
        run->value[ROLE_TRAIN_LOSS][30 + 12 * i] += height;
    return run;
}

static struct made_run *one_spike(void)
{
    return spiked(1, 3);
}

static struct made_run *five_spikes(void)
{
    return spiked(5, 3);
}

static struct made_run *small_spike(void)
{
    return spiked(1, 0.1);
}

static struct made_run *spike_below_zero(void)
{
    return below_zero(one_spike());
}

static struct made_run *spike_in_20_points(void)
{
    struct made_run *run = made_healthy(20);
    run->value[ROLE_TRAIN_LOSS][12] += 3;
    return run;
}

static struct made_run *nan_that_recovers(void)
{
    struct made_run *run = made_healthy(50);
    made_set(run, ROLE_TRAIN_LOSS, (size_t[]){20, 21}, NAN);
    return run;
}

/* Flat at 1 but for one point; with no noise and no spread any height would be a spike,
   and nothing can be told of the height. */
static struct made_run *one_odd_point_in_a_constant(void)
{
    struct made_run *run = constant();
    run->value[ROLE_TRAIN_LOSS][25] = 1.0625;
    return run;
}

static const struct rule_row rows[] = {
    {"noise: on the training loss", noisy_training, "noisy_loss", SEVERITY_WARNING},
    {"noise: on the validation loss", noisy_validation, "noisy_loss", SEVERITY_WARNING},
    {"noise: single batches are information", noisy_batches, "noisy_loss", SEVERITY_INFO},
    {"noise: a healthy run", healthy, "noisy_loss", SILENT},
    {"noise: a little", slightly_noisy, "noisy_loss", SILENT},
    {"noise: below zero", noisy_below_zero, "noisy_loss", SEVERITY_WARNING},
    {"noise: nine points are too few", nine_noisy_points, "noisy_loss", SILENT},
    {"noise: one point", one_point, "noisy_loss", SILENT},
    {"noise: a constant", constant, "noisy_loss", SILENT},
    {"noise: NaN on the way", noisy_with_nan, "noisy_loss", SEVERITY_WARNING},
    {"noise: in one half only", noisy_first_half, "noisy_loss", SEVERITY_WARNING},
    {"noise: below the limit", jumps_below_the_limit, "noisy_loss", SILENT},
    {"noise: above the limit", jumps_above_the_limit, "noisy_loss", SEVERITY_WARNING},
    {"noise: 19 points of a run that goes on", jumps_of_19_points_live, "noisy_loss",
     SILENT},
    {"noise: 20 points of that", jumps_of_20_points_live, "noisy_loss", SEVERITY_WARNING},
    {"noise: plain in 19 points", plain_jumps_of_19_points_live, "noisy_loss",
     SEVERITY_WARNING},
    {"noise: nearly flat, at the limit", nearly_flat_at_the_limit, "noisy_loss",
     SEVERITY_WARNING},
    {"noise: nearly flat, below the limit", nearly_flat_below_the_limit, "noisy_loss",
     SILENT},
    {"noise: nearly flat when the run ends", nearly_flat_but_whole, "noisy_loss",
     SEVERITY_WARNING},
    {"noise: 20 points of a run that goes on", noisy_20_points_live, "noisy_loss",
     SEVERITY_WARNING},
    {"noise: nothing but NaN", all_nan, "noisy_loss", SILENT},

    {"divergence: NaN to the end", ends_in_nan, "divergence", SEVERITY_ERROR},
    {"divergence: infinity to the end", ends_in_infinity, "divergence", SEVERITY_ERROR},
    {"divergence: the last point is NaN", last_point_is_nan, "divergence",
     SEVERITY_ERROR},
    {"divergence: validation alone is NaN", validation_ends_in_nan, "divergence",
     SEVERITY_ERROR},
    {"divergence: NaN from the start, two points", nan_from_the_start, "divergence",
     SEVERITY_ERROR},
    {"divergence: NaN for not measured", nan_for_not_measured, "divergence", SILENT},
    {"divergence: NaN that recovers", nan_that_recovers, "divergence", SILENT},
    {"divergence: the loss climbs back", blown_up, "divergence", SEVERITY_ERROR},
    {"divergence: below zero", blown_up_below_zero, "divergence", SEVERITY_ERROR},
    {"divergence: at the limit", back_to_the_limit, "divergence", SILENT},
    {"divergence: above the limit", back_above_the_limit, "divergence", SEVERITY_ERROR},
    {"divergence: doubled near zero", doubled_near_zero, "divergence", SILENT},
    {"divergence: a sudden fall", just_fallen, "divergence", SILENT},
    {"divergence: validation alone climbs", validation_climbs_far, "divergence", SILENT},
    {"divergence: a healthy run", healthy, "divergence", SILENT},
    {"divergence: a constant", constant, "divergence", SILENT},
    {"divergence: a spike that recovers", one_spike, "divergence", SILENT},
    {"divergence: six points", explodes_within_six_points, "divergence", SEVERITY_ERROR},
    {"divergence: four points are too few", four_points_that_explode, "divergence",
     SILENT},
    {"divergence: 20 steps after 10,000", long_run_blows_up_in_its_last_steps,
     "divergence", SEVERITY_ERROR},

    {"spike: one is information", one_spike, "loss_spike", SEVERITY_INFO},
    {"spike: five are a warning", five_spikes, "loss_spike", SEVERITY_WARNING},
    {"spike: a small one is none", small_spike, "loss_spike", SILENT},
    {"spike: below zero", spike_below_zero, "loss_spike", SEVERITY_INFO},
    {"spike: 20 points are too few", spike_in_20_points, "loss_spike", SILENT},
    {"spike: NaN that recovers", nan_that_recovers, "loss_spike", SEVERITY_INFO},
    {"spike: nothing but NaN", all_nan, "loss_spike", SILENT},
    {"spike: an odd point in a constant", one_odd_point_in_a_constant, "loss_spike",
     SILENT},
    {"spike: a healthy run", healthy, "loss_spike", SILENT},
};

/* --- the figures behind the thresholds --- */

/* Alternating jumps have a known size, so that the limit itself can be met. */
static void noise_is_measured_without_the_slope(void **state)
{
    (void)state;
    struct made_run *run = made_run_new();
    made_flat(run, ROLE_TRAIN_LOSS, 100, 0);
    made_line(run, ROLE_TRAIN_LOSS, (size_t[]){0, 99}, (double[]){100, 1});
    made_diagnose(run);
    assert_null(made_find(run, "noisy_loss"));
    made_noise(run, ROLE_TRAIN_LOSS, 40);
    made_diagnose(run);
    const struct finding *finding = made_expect(run, "noisy_loss");
    /* uniform in [-40, 40]: sigma 23.1 */
    double noise = made_evidence(finding, "noise");
    assert_true(noise > 17 && noise < 30);
    made_run_free(run);
}

static void noise_that_follows_the_lr_blames_base_lr(void **state)
{
    (void)state;
    struct made_run *run = made_healthy(90);
    made_noise(run, ROLE_TRAIN_LOSS, 0.9);
    for (size_t i = 0; i < 90; i++) {
        double smooth = 2.0 - 0.015 * (double)i;
        double jump = run->value[ROLE_TRAIN_LOSS][i] - smooth;
        run->value[ROLE_TRAIN_LOSS][i] = smooth + jump * (i < 60 ? 1 : 0.0625);
    }
    made_diagnose(run);
    const struct finding *finding = made_expect(run, "noisy_loss");
    assert_non_null(strstr(finding->advice, "lower base_lr"));
    made_run_free(run);
}

static void divergence_says_since_when(void **state)
{
    (void)state;
    struct made_run *run = ends_in_nan();
    made_diagnose(run);
    const struct finding *finding = made_expect(run, "divergence");
    assert_int_equal(finding->from_step, 41);
    assert_non_null(strstr(finding->message, "since epoch 41"));
    assert_int_equal(run->diagnosis.verdict, VERDICT_BAD);
    made_run_free(run);
}

int main(void)
{
    struct CMUnitTest tests[COUNT(rows) + 3] = {
        cmocka_unit_test(noise_is_measured_without_the_slope),
        cmocka_unit_test(noise_that_follows_the_lr_blames_base_lr),
        cmocka_unit_test(divergence_says_since_when)};
    rule_rows(rows, COUNT(rows), tests + 3);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
