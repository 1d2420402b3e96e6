#include "core/schedule/plan.h"
#include "near.h"

#include <string.h>

static struct plan plan_of(int64_t epochs, int64_t cycles, int64_t warmup)
{
    struct plan plan;
    struct plan_request request = {epochs, cycles, 0.1, 0, warmup};
    plan_make(&request, &plan);
    return plan;
}

static double param(const struct schedule_part *part, const char *name)
{
    int i = schedule_param_find(part->type, name);
    assert_true(i >= 0);
    return part->param[i];
}

static bool notes_say(const struct plan *plan, const char *words)
{
    for (size_t i = 0; i < plan->note_count; i++) {
        if (strstr(plan->notes[i], words))
            return true;
    }
    return false;
}

static void fifty_epochs_in_two_cycles_need_T_max_25(void **state)
{
    (void)state;
    struct plan plan = plan_of(50, 2, 0);
    assert_int_equal(plan.T_max, 25);
    assert_string_equal(plan.schedule.parts[0].type->name, "CosineAnnealingWarmRestarts");
    assert_true(param(&plan.schedule.parts[0], "T_0") == 25);
    assert_string_equal(plan.plain.parts[0].type->name, "CosineAnnealingLR");
    assert_true(param(&plan.plain.parts[0], "T_max") == 25);
}

static void plain_cosine_climbs_where_restarts_fall(void **state)
{
    (void)state;
    struct plan plan = plan_of(50, 2, 0);
    for (int t = 26; t < 50; t++) {
        assert_true(schedule_lr(&plan.plain, t) > schedule_lr(&plan.plain, t - 1));
        assert_true(schedule_lr(&plan.schedule, t) < schedule_lr(&plan.schedule, t - 1));
    }
    assert_true(notes_say(&plan, "T_0=25) falls in epochs 1-25"));
    assert_true(notes_say(&plan, "climbs back towards 0.1 in epochs 26-50"));
    assert_true(notes_say(&plan, "end the run on its way up"));
}

static void one_cycle_is_one_descent(void **state)
{
    (void)state;
    struct plan plan = plan_of(50, 1, 0);
    assert_string_equal(plan.schedule.parts[0].type->name, "CosineAnnealingLR");
    assert_int_equal(plan.T_max, 50);
    assert_true(schedule_length(&plan.schedule) == 50);
    assert_true(notes_say(&plan, "climb back"));
}

static void warmup_comes_before_and_is_not_counted(void **state)
{
    (void)state;
    struct plan plan = plan_of(55, 2, 5);
    const char *why;
    assert_null(schedule_check(&plan.schedule, &why));
    assert_int_equal(plan.T_max, 25);
    assert_int_equal(plan.schedule.part_count, 2);
    assert_true(schedule_lr(&plan.schedule, 0) > 0);
    assert_true(schedule_lr(&plan.schedule, 4) < 0.1);
    assert_true(schedule_lr(&plan.schedule, 5) == 0.1);
    assert_true(schedule_lr(&plan.schedule, 30) == 0.1);
    assert_true(notes_say(&plan, "Epochs 1-5 warm up"));
}

static void remainder_shortens_the_last_cycle(void **state)
{
    (void)state;
    struct plan plan = plan_of(50, 3, 0);
    assert_int_equal(plan.T_max, 17);
    assert_true(notes_say(&plan, "the last cycle has 16 instead of 17"));
}

static void cycles_of_one_epoch_never_fall(void **state)
{
    (void)state;
    struct plan plan = plan_of(4, 4, 0);
    assert_int_equal(plan.T_max, 1);
    for (int t = 0; t < 4; t++)
        assert_true(schedule_lr(&plan.schedule, t) == 0.1);
    assert_true(notes_say(&plan, "never falls"));
}

static const struct schedule_part *last_of(const struct plan_alternative *alternative)
{
    return &alternative->schedule.parts[alternative->schedule.part_count - 1];
}

static const struct plan_alternative *find(const struct plan *plan, const char *type)
{
    for (size_t i = 0; i < plan->alternative_count; i++) {
        if (!strcmp(last_of(&plan->alternatives[i])->type->name, type))
            return &plan->alternatives[i];
    }
    return NULL;
}

static void growing_restarts_are_offered_when_they_end_with_the_run(void **state)
{
    (void)state;
    static const struct {
        int64_t epochs, cycles, T_0; /* 0: not offered */
    } rows[] = {{70, 3, 10}, {50, 2, 17}, {50, 1, 17}, {50, 3, 17},
                {69, 3, 10}, {4, 1, 0},   {10, 1, 0},  {6, 9, 2}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct plan plan =
            plan_of(rows[i].epochs,
                    rows[i].cycles > rows[i].epochs ? rows[i].epochs : rows[i].cycles, 0);
        const struct plan_alternative *growing =
            find(&plan, "CosineAnnealingWarmRestarts");
        if (!rows[i].T_0) {
            assert_null(growing);
            continue;
        }
        assert_non_null(growing);
        assert_true(param(last_of(growing), "T_0") == (double)rows[i].T_0);
        assert_true(param(last_of(growing), "T_mult") == 2);
        assert_true(schedule_lr(&growing->schedule, (double)rows[i].epochs - 1) < 0.025);
    }
}

static void alternatives_keep_the_rates_and_the_warmup(void **state)
{
    (void)state;
    struct plan plan;
    struct plan_request request = {100, 1, 0.1, 0.001, 10};
    plan_make(&request, &plan);
    assert_null(find(&plan, "CosineAnnealingLR")); /* it is the plan */
    assert_int_equal(plan.alternative_count, 4);
    for (size_t i = 0; i < plan.alternative_count; i++) {
        const struct plan_alternative *a = &plan.alternatives[i];
        double highest = 0;
        for (int t = 0; t < 100; t++) {
            double lr = schedule_lr(&a->schedule, t);
            assert_true(lr > 0.0009 && lr < 0.1 + 1e-12);
            highest = fmax(highest, lr);
        }
        assert_near(highest, 0.1, 1e-12);
        assert_true(schedule_lr(&a->schedule, 0) < 0.01);
        assert_true(schedule_lr(&a->schedule, 99) < 0.01);
        assert_true(a->note_count >= 1);
    }
    assert_near(schedule_lr(&find(&plan, "OneCycleLR")->schedule, 99), 0.001, 1e-12);
    assert_near(schedule_lr(&find(&plan, "OneCycleLR")->schedule, 9), 0.1, 1e-12);
    assert_near(schedule_lr(&find(&plan, "warmup_stable_decay")->schedule, 81), 0.1,
                1e-12);
}

static void every_small_plan_is_valid(void **state)
{
    (void)state;
    const char *why;
    for (int64_t epochs = 1; epochs <= 12; epochs++) {
        for (int64_t warmup = 0; warmup < epochs; warmup++) {
            for (int64_t cycles = 1; cycles <= epochs; cycles++) {
                struct plan plan = plan_of(epochs, cycles, warmup);
                assert_null(schedule_check(&plan.schedule, &why));
                assert_null(schedule_check(&plan.plain, &why));
                assert_true(plan.note_count > 0);
                for (size_t i = 0; i < plan.alternative_count; i++)
                    assert_null(schedule_check(&plan.alternatives[i].schedule, &why));
            }
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(fifty_epochs_in_two_cycles_need_T_max_25),
        cmocka_unit_test(plain_cosine_climbs_where_restarts_fall),
        cmocka_unit_test(one_cycle_is_one_descent),
        cmocka_unit_test(warmup_comes_before_and_is_not_counted),
        cmocka_unit_test(remainder_shortens_the_last_cycle),
        cmocka_unit_test(cycles_of_one_epoch_never_fall),
        cmocka_unit_test(growing_restarts_are_offered_when_they_end_with_the_run),
        cmocka_unit_test(alternatives_keep_the_rates_and_the_warmup),
        cmocka_unit_test(every_small_plan_is_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
