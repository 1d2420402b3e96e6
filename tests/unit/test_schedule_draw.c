/* Which steps of a curve are drawn, and the area below it. */
#include "rows.h"

#include "core/schedule/draw.h"
#include "near.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct draw_row {
    const char *name, *type;
    double params[4]; /* in the order of the type, after the rate; NaN: left as it is */
    double list[4];
    size_t count, points;
    double worst;   /* distance of any step from the lines, as a share of the span */
    bool all_jumps; /* both sides of every jump are drawn */
};

static const double as_is = NAN;

static struct schedule schedule_of(const struct draw_row *row)
{
    const char *why;
    struct schedule schedule = {.part_count = 1};
    struct schedule_part *part = &schedule.parts[0];
    *part = schedule_part_default(schedule_type_find(row->type));
    part->param[0] = 0.1;
    for (size_t i = 0; i < 4 && part->type->params[i + 1].name; i++) {
        if (!isnan(row->params[i]))
            part->param[i + 1] = row->params[i];
    }
    for (size_t i = 0; i < 4 && row->list[i] > 0; i++)
        part->list[part->list_count++] = row->list[i];
    assert_null(schedule_check(&schedule, &why));
    return schedule;
}

struct drawn {
    double *lr;
    unsigned char *jumps;
    size_t *steps, count;
};

static struct drawn draw(const struct schedule *schedule, const struct draw_row *row)
{
    struct drawn d = {malloc(row->count * sizeof *d.lr), calloc(row->count, 1),
                      malloc(row->points * sizeof *d.steps), 0};
    schedule_curve(schedule, 0, row->count, d.lr);
    for (size_t t = 0; t < row->count; t++)
        d.jumps[t] = schedule_jumps(schedule, (double)t);
    const double *curves[] = {d.lr};
    struct thin_in in = {curves, 1, row->count, d.jumps};
    d.count = schedule_thin(&in, row->points, d.steps);
    return d;
}

static bool is_drawn(const struct drawn *d, size_t step)
{
    for (size_t i = 0; i < d->count; i++) {
        if (d->steps[i] == step)
            return true;
    }
    return false;
}

static double worst_of(const struct drawn *d)
{
    double worst = 0, low = d->lr[0], high = d->lr[0];
    for (size_t i = 0; i + 1 < d->count; i++) {
        size_t from = d->steps[i], to = d->steps[i + 1];
        assert_true(to > from);
        for (size_t t = from; t <= to; t++) {
            double share = (double)(t - from) / (double)(to - from);
            double line = d->lr[from] + share * (d->lr[to] - d->lr[from]);
            worst = fmax(worst, fabs(line - d->lr[t]));
            low = fmin(low, d->lr[t]);
            high = fmax(high, d->lr[t]);
        }
    }
    return high > low ? worst / (high - low) : worst;
}

static void draw_case(void **state)
{
    const struct draw_row *row = *state;
    struct schedule schedule = schedule_of(row);
    struct drawn d = draw(&schedule, row);
    assert_true(d.count <= row->points);
    assert_int_equal(d.steps[0], 0);
    assert_int_equal(d.steps[d.count - 1], row->count - 1);
    double worst = worst_of(&d);
    if (worst > row->worst)
        fail_msg("%zu points pass a step by %g of the span", d.count, worst);
    for (size_t t = 0; row->all_jumps && t + 1 < row->count; t++) {
        if (d.jumps[t] && !(is_drawn(&d, t) && is_drawn(&d, t + 1)))
            fail_msg("the jump after step %zu is not drawn", t);
    }
    free(d.lr);
    free(d.jumps);
    free(d.steps);
}

static const struct draw_row rows_drawn[] = {
    {"all steps when there is room", "CosineAnnealingLR", {50}, {0}, 51, 51, 1e-15, true},
    {"a straight line is its ends",
     "LinearLR",
     {1, 0, 100000},
     {0},
     100001,
     16,
     1e-6,
     true},
    {"a long cosine", "CosineAnnealingLR", {1000000}, {0}, 1000001, 1000, 1e-4, true},
    {"a cosine that climbs again",
     "CosineAnnealingLR",
     {20000},
     {0},
     100001,
     1000,
     1e-3,
     true},
    {"the corner of a warm-up",
     "constant_with_warmup",
     {12345},
     {0},
     100001,
     16,
     1e-6,
     true},
    {"three corners",
     "warmup_stable_decay",
     {1000, 5000, 90000},
     {0},
     100001,
     200,
     1e-3,
     true},
    {"every fall of a staircase", "StepLR", {1000, 0.9}, {0}, 100001, 400, 1e-3, true},
    {"a fall that is not to be seen",
     "MultiStepLR",
     {1e-5},
     {300, 60000, 60001},
     100001,
     16,
     1e-3,
     true},
    {"restarts with whole cosines between",
     "CosineAnnealingWarmRestarts",
     {1000, 1, as_is},
     {0},
     50001,
     2000,
     1e-2,
     true},
    {"growing restarts",
     "CosineAnnealingWarmRestarts",
     {10, 2, as_is},
     {0},
     100001,
     1000,
     1e-2,
     true},
};

/* 20,000 cycles do not fit in 400 points: what is left is how high and how low it goes.
 */
static void more_swings_than_points_are_a_band(void **state)
{
    (void)state;
    const struct draw_row row = {.type = "CosineAnnealingWarmRestarts",
                                 .params = {5, as_is, as_is, as_is},
                                 .count = 100001,
                                 .points = 400};
    struct schedule schedule = schedule_of(&row);
    struct drawn d = draw(&schedule, &row);
    assert_true(d.count > 300 && d.count <= 400);
    for (size_t i = 4; i < d.count; i += 4) {
        double low = INFINITY, high = 0;
        for (size_t j = i - 4; j < i; j++) {
            low = fmin(low, d.lr[d.steps[j]]);
            high = fmax(high, d.lr[d.steps[j]]);
        }
        assert_true(high == 0.1 && low < 0.01);
    }
    free(d.lr);
    free(d.jumps);
    free(d.steps);
}

/* A corner of one curve is drawn in all: they share their steps. */
static void several_curves_share_their_steps(void **state)
{
    (void)state;
    static double down[5001], corner[5001];
    const double *curves[] = {down, corner};
    struct thin_in in = {curves, 2, 5001, NULL};
    size_t steps[16];
    for (size_t t = 0; t < 5001; t++) {
        down[t] = 1 - (double)t / 5000;
        corner[t] = t < 1234 ? 0.5 : 0.5 - (double)(t - 1234) / 10000;
    }
    assert_int_equal(schedule_thin(&in, 16, steps), 3);
    assert_int_equal(steps[1], 1234);
    assert_int_equal(steps[2], 5000);
}

/* --- area --- */

static void area_of_a_cosine_is_half(void **state)
{
    (void)state;
    struct draw_row row = {.type = "CosineAnnealingLR", .params = {10}};
    struct schedule schedule = schedule_of(&row);
    struct schedule_area area = schedule_area(&schedule, 10);
    assert_near(area.sum, 0.55, 1e-12); /* 0.5 of it and half of the first step */
    assert_near(area.constant, 1, 1e-12);
    assert_near(area.ratio, 0.55, 1e-12);
    area = schedule_area(&schedule, 20); /* down and up again: the same once more */
    assert_near(area.ratio, 0.5, 1e-12);
}

static void area_of_a_constant_is_all(void **state)
{
    (void)state;
    struct draw_row row = {.type = "constant"};
    struct schedule schedule = schedule_of(&row);
    struct schedule_area area = schedule_area(&schedule, 1000000);
    assert_true(area.sum == 1000000 * 0.1 && area.ratio == 1);
    area = schedule_area(&schedule, 0);
    assert_true(area.sum == 0 && area.constant == 0 && area.ratio == 0);
}

static void area_is_held_against_the_highest_rate(void **state)
{
    (void)state;
    struct draw_row row = {.type = "constant_with_warmup", .params = {4}};
    struct schedule schedule = schedule_of(&row);
    struct schedule_area area = schedule_area(&schedule, 8);
    assert_near(area.sum, 0.1 * (0 + 0.25 + 0.5 + 0.75 + 4), 1e-12);
    assert_near(area.constant, 0.8, 1e-12);
}

int main(void)
{
    static struct rows rows;
    for (size_t i = 0; i < COUNT(rows_drawn); i++)
        rows_add(&rows, rows_drawn[i].name, draw_case, &rows_drawn[i]);
    rows_add(&rows, "more swings than points are a band",
             more_swings_than_points_are_a_band, NULL);
    rows_add(&rows, "several curves share their steps", several_curves_share_their_steps,
             NULL);
    rows_add(&rows, "area of a cosine is half", area_of_a_cosine_is_half, NULL);
    rows_add(&rows, "area of a constant is all", area_of_a_constant_is_all, NULL);
    rows_add(&rows, "area is held against the highest rate",
             area_is_held_against_the_highest_rate, NULL);
    return rows_run(&rows);
}
