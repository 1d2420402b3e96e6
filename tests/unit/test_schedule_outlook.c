/* What comes of a schedule over a run, worked out by hand. */
#include "core/schedule/outlook.h"
#include "near.h"
#include "rows.h"

#include <math.h>

static struct schedule made(const char *type, double length)
{
    struct schedule schedule = {.part_count = 1};
    struct schedule_part *part = &schedule.parts[0];
    *part = schedule_part_default(schedule_type_find(type));
    part->param[0] = 0.5;
    if (part->type->length_param)
        part->param[schedule_param_find(part->type, part->type->length_param)] = length;
    return schedule;
}

static struct schedule warmed(void)
{
    struct schedule schedule = made("LinearLR", 2);
    schedule.parts[1] = made("CosineAnnealingLR", 4).parts[0];
    schedule.parts[0].param[1] = 0.5;
    schedule.part_count = 2;
    schedule.milestones[0] = 2;
    return schedule;
}

struct outlook_row {
    const char *name, *type;
    double length;
    int64_t steps, lowest_at;
    double lowest, last;
    const char *past;
};

static const struct outlook_row rows[] = {
    {"a run as long as T_max never sees the lowest", "CosineAnnealingLR", 2, 2, 1, 0.25,
     0.25, "climbs"},
    {"twice as long it climbs back", "CosineAnnealingLR", 2, 4, 2, 0, 0.25, "climbs"},
    {"restarts: the first of several lowest", "CosineAnnealingWarmRestarts", 2, 4, 1,
     0.25, 0.25, "restarts"},
    {"one step only", "CosineAnnealingLR", 2, 1, 0, 0.5, 0.5, "climbs"},
    {"a constant rate is lowest at once", "constant", 0, 8, 0, 0.5, 0.5, "goes_on"},
    {"a run of many blocks", "PolynomialLR", 1024, 1000, 999, 0.5 * 25 / 1024,
     0.5 * 25 / 1024, "stays"},
    {"polynomial decay ends at 0 and stays", "PolynomialLR", 2, 5, 2, 0, 0, "stays"},
};

static void is_as_worked_out(void **state)
{
    const struct outlook_row *row = *state;
    struct schedule schedule = made(row->type, row->length);
    struct schedule_outlook outlook = schedule_outlook(&schedule, row->steps);
    assert_near(outlook.lowest, row->lowest, 1e-12);
    assert_near(outlook.last, row->last, 1e-12);
    assert_int_equal(outlook.lowest_at, row->lowest_at);
    assert_string_equal(schedule_past_names[schedule_past(&schedule)], row->past);
}

static void a_sequence_ends_as_its_last_part_does(void **state)
{
    (void)state;
    struct schedule schedule = warmed();
    struct schedule_outlook outlook = schedule_outlook(&schedule, 6);
    assert_int_equal(schedule_past(&schedule), SCHEDULE_CLIMBS);
    assert_int_equal(outlook.lowest_at, 5);
    assert_near(outlook.lowest, 0.25 * (1 + cos(0.75 * acos(-1))), 1e-12);
}

static void together_the_one_that_never_settles_counts(void **state)
{
    (void)state;
    struct schedule schedule = made("StepLR", 2);
    schedule.parts[1] = made("LinearLR", 4).parts[0];
    schedule.part_count = 2;
    schedule.chained = true;
    assert_int_equal(schedule_past(&schedule), SCHEDULE_GOES_ON);
    schedule.parts[0] = made("ConstantLR", 2).parts[0];
    assert_int_equal(schedule_past(&schedule), SCHEDULE_STAYS);
}

static void every_type_has_its_framework(void **state)
{
    (void)state;
    assert_string_equal(schedule_framework(schedule_type_find("StepLR")), "PyTorch");
    assert_string_equal(schedule_framework(schedule_type_find("inverse_sqrt")),
                        "Hugging Face");
    assert_string_equal(schedule_framework(schedule_type_find("CosineLRScheduler")),
                        "timm");
    assert_string_equal(schedule_framework(schedule_type_find("CosineDecay")), "Keras");
    const struct schedule_type *type;
    for (size_t i = 0; (type = schedule_type_at(i)); i++)
        assert_non_null(schedule_framework(type));
    struct schedule_type other = {.name = "StepLR"};
    assert_null(schedule_framework(&other));
}

int main(void)
{
    static struct rows all;
    for (size_t i = 0; i < COUNT(rows); i++)
        rows_add(&all, rows[i].name, is_as_worked_out, &rows[i]);
    rows_add(&all, "a sequence ends as its last part does",
             a_sequence_ends_as_its_last_part_does, NULL);
    rows_add(&all, "together, the one that never settles counts",
             together_the_one_that_never_settles_counts, NULL);
    rows_add(&all, "every type has its framework", every_type_has_its_framework, NULL);
    return rows_run(&all);
}
