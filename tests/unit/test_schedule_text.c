/* What is written about a schedule: code, and notes. */
#include "core/code/code.h"
#include "near.h"

#include <stdio.h>
#include <string.h>

struct setting {
    const char *param;
    double value;
};

struct text_row {
    const char *name, *type;
    struct setting settings[4];
    enum schedule_unit unit;
    int64_t steps;
    const char *says; /* NULL: says nothing */
    const char *keeps_silent;
};

static struct schedule schedule_of(const struct text_row *row)
{
    const char *why;
    struct schedule schedule = {.unit = row->unit, .part_count = 1};
    struct schedule_part *part = &schedule.parts[0];
    *part = schedule_part_default(schedule_type_find(row->type));
    part->param[0] = 0.1;
    for (const struct setting *s = row->settings; s->param; s++) {
        if (part->type->list && !strcmp(s->param, part->type->list))
            part->list[part->list_count++] = s->value;
        else
            part->param[schedule_param_find(part->type, s->param)] = s->value;
    }
    assert_null(schedule_check(&schedule, &why));
    return schedule;
}

static void check_text(const struct text_row *row, const char *text)
{
    if (!row->says)
        assert_string_equal(text, "");
    else if (!strstr(text, row->says))
        fail_msg("\"%s\" does not say \"%s\"", text, row->says);
    if (row->keeps_silent)
        assert_null(strstr(text, row->keeps_silent));
}

/* --- notes --- */

static void notes_row(void **state)
{
    const struct text_row *row = *state;
    struct schedule schedule = schedule_of(row);
    char notes[4][SCHEDULE_NOTE_MAX], all[4 * SCHEDULE_NOTE_MAX + 8] = "";
    size_t count = schedule_notes(&schedule, row->steps, notes, 4);
    for (size_t i = 0; i < count; i++) {
        strcat(all, notes[i]);
        strcat(all, "\n");
    }
    check_text(row, all);
}

static const struct text_row notes[] = {
    {"T_max 5 over 10 epochs climbs back",
     "CosineAnnealingLR",
     {{"T_max", 5}},
     0,
     10,
     "After 5 epochs (T_max=5) the learning rate climbs back towards base_lr=0.1",
     NULL},
    {"T_max 5 over 10 epochs names both ways out",
     "CosineAnnealingLR",
     {{"T_max", 5}},
     0,
     10,
     "CosineAnnealingWarmRestarts(T_0=5), for one descent T_max=10",
     NULL},
    {"T_max 10 over 10 epochs is as it should be",
     "CosineAnnealingLR",
     {{"T_max", 10}},
     0,
     10,
     NULL,
     NULL},
    {"the epoch at T_max itself does not climb",
     "CosineAnnealingLR",
     {{"T_max", 9}},
     0,
     10,
     NULL,
     NULL},
    {"T_max 100 over 50 epochs never comes down",
     "CosineAnnealingLR",
     {{"T_max", 100}},
     0,
     50,
     "never comes down, it ends at 0.0515705. For all of it use T_max=50.",
     "climbs"},
    {"T_max 1.24 x the run is let pass",
     "CosineAnnealingLR",
     {{"T_max", 62}},
     0,
     50,
     NULL,
     NULL},
    {"T_max 1.26 x the run is not",
     "CosineAnnealingLR",
     {{"T_max", 63}},
     0,
     50,
     "far beyond the run",
     NULL},
    {"eta_min above base_lr rises",
     "CosineAnnealingLR",
     {{"T_max", 10}, {"eta_min", 0.2}},
     0,
     10,
     "the learning rate rises",
     NULL},
    {"restarts that fit say only that they restart",
     "CosineAnnealingWarmRestarts",
     {{"T_0", 25}},
     0,
     50,
     "After 25 epochs it jumps back to 0.1",
     "middle"},
    {"restarts that are cut say so",
     "CosineAnnealingWarmRestarts",
     {{"T_0", 20}},
     0,
     50,
     "in the middle of a fall",
     NULL},
    {"growing restarts that fit",
     "CosineAnnealingWarmRestarts",
     {{"T_0", 10}, {"T_mult", 2}},
     0,
     70,
     "After 10 epochs it jumps back",
     "middle"},
    {"a first cycle beyond the run never comes down",
     "CosineAnnealingWarmRestarts",
     {{"T_0", 100}},
     0,
     50,
     "never comes down",
     "jumps"},
    {"lower and lower restarts say how high",
     "CosineDecayRestarts",
     {{"first_decay_steps", 10}, {"t_mul", 1}, {"m_mul", 0.5}},
     SCHEDULE_STEP,
     20,
     "After 10 steps it jumps back to 0.05",
     NULL},
    {"cycles that have a limit restart and end",
     "CosineLRScheduler",
     {{"t_initial", 10}, {"cycle_limit", 3}},
     0,
     25,
     "After 10 epochs it jumps back",
     NULL},
    {"a warm-up into a cosine under way is no restart",
     "CosineLRScheduler",
     {{"t_initial", 20}, {"warmup_t", 5}},
     SCHEDULE_STEP,
     20,
     NULL,
     NULL},
    {"StepLR that never steps",
     "StepLR",
     {{"step_size", 60}},
     0,
     50,
     "not reached in 50 epochs",
     NULL},
    {"StepLR that steps", "StepLR", {{"step_size", 20}}, 0, 50, NULL, NULL},
    {"StepLR that steps down to nothing",
     "StepLR",
     {{"step_size", 10}},
     0,
     100,
     "After 50 epochs the learning rate is below a 10,000th of base_lr=0.1",
     NULL},
    {"a milestone beyond the run",
     "MultiStepLR",
     {{"milestones", 90}},
     0,
     50,
     "The last of the milestones, 90, is beyond",
     NULL},
    {"a decay that is over at once",
     "ExponentialLR",
     {{"gamma", 0.5}},
     0,
     100,
     "After 14 epochs the learning rate is below a 10,000th",
     NULL},
    {"a decay that lasts", "ExponentialLR", {{"gamma", 0.95}}, 0, 100, NULL, NULL},
    {"a decay that grows",
     "ExponentialLR",
     {{"gamma", 1.1}},
     0,
     20,
     "gamma=1.1 is above 1: the learning rate grows, to 0.611591.",
     NULL},
    {"a line that is done early",
     "PolynomialLR",
     {{NULL, 0}},
     0,
     50,
     "After 5 epochs the learning rate is 0: nothing more is learned. For one descent "
     "over the run use total_iters=50.",
     NULL},
    {"one step up is no restart",
     "ConstantLR",
     {{NULL, 0}},
     0,
     10,
     "After 5 epochs the learning rate stays at 0.1.",
     "jumps"},
    {"a climb that is done is as it should be",
     "LinearLR",
     {{NULL, 0}},
     0,
     50,
     "After 5 epochs the learning rate stays at 0.1.",
     "descent"},
    {"a climb that is never done",
     "LinearLR",
     {{"total_iters", 40}},
     0,
     20,
     "never gets up to 0.1",
     NULL},
    {"linear to 0 stops learning",
     "linear_with_warmup",
     {{"num_warmup_steps", 5}, {"num_training_steps", 40}},
     SCHEDULE_STEP,
     50,
     "After 40 steps the learning rate is 0",
     NULL},
    {"a warm-up from 0 wastes a whole epoch",
     "linear_with_warmup",
     {{"num_warmup_steps", 5}, {"num_training_steps", 50}},
     0,
     50,
     "The first epoch runs at a learning rate of 0",
     NULL},
    {"a warm-up from 0 wastes one step: no word",
     "linear_with_warmup",
     {{"num_warmup_steps", 5}, {"num_training_steps", 50}},
     SCHEDULE_STEP,
     50,
     NULL,
     NULL},
    {"a warm-up longer than the run",
     "constant_with_warmup",
     {{"num_warmup_steps", 40}},
     SCHEDULE_STEP,
     30,
     "it ends at a learning rate of 0.0725, still warming up",
     NULL},
    {"a wave that climbs is Hugging Face's",
     "cosine_with_warmup",
     {{"num_warmup_steps", 0}, {"num_training_steps", 50}},
     SCHEDULE_STEP,
     80,
     "After 50 steps (num_training_steps=50) the learning rate climbs back towards "
     "base_lr=0.1: legal, but seldom meant. For falls only use cosine_with_restarts, for "
     "one descent num_training_steps=80.",
     NULL},
    {"more waves than one half",
     "cosine_with_warmup",
     {{"num_warmup_steps", 0}, {"num_training_steps", 50}, {"num_cycles", 1.5}},
     SCHEDULE_STEP,
     50,
     "After 17 steps the learning rate climbs back towards base_lr=0.1: legal, but "
     "seldom meant. For falls only use cosine_with_restarts, for one descent "
     "num_cycles=0.5.",
     NULL},
    {"a length that is a sum",
     "warmup_stable_decay",
     {{"num_warmup_steps", 2}, {"num_decay_steps", 10}, {"num_stable_steps", 20}},
     SCHEDULE_STEP,
     20,
     "Its 32 steps are far beyond the run's 20 steps: the learning rate never comes down",
     "num_training_steps"},
    {"one cycle of as many steps as the run",
     "OneCycleLR",
     {{"total_steps", 30}},
     SCHEDULE_STEP,
     30,
     NULL,
     NULL},
    {"one cycle raises an error after its last step",
     "OneCycleLR",
     {{"total_steps", 30}},
     SCHEDULE_STEP,
     31,
     "It ends after 30 steps: a further scheduler.step() raises a ValueError. Make it as "
     "many as the run has, 31.",
     NULL},
    {"swings that are whole",
     "CyclicLR",
     {{"max_lr", 1}, {"step_size_up", 5}},
     0,
     50,
     NULL,
     NULL},
    {"swings that are cut",
     "CyclicLR",
     {{"max_lr", 1}, {"step_size_up", 7}},
     0,
     50,
     "in the middle of a cycle",
     NULL},
    {"a swing longer than the run",
     "CyclicLR",
     {{"max_lr", 1}},
     0,
     50,
     "step_size_up=2000 is not reached in 50 epochs: max_lr=1 never is, it ends at "
     "0.12205.",
     NULL},
    {"the losses decide",
     "ReduceLROnPlateau",
     {{NULL, 0}},
     0,
     50,
     "The losses decide",
     NULL},
    {"constant needs no note", "constant", {{NULL, 0}}, 0, 50, NULL, NULL},
};

/* --- code --- */

static void code_row(void **state)
{
    const struct text_row *row = *state;
    struct schedule schedule = schedule_of(row);
    char code[SCHEDULE_CODE_MAX];
    const struct code_request request = {.steps = row->steps};
    size_t length = schedule_code(&schedule, &request, code, sizeof code);
    assert_int_equal(length, strlen(code));
    check_text(row, code);
}

static const struct text_row codes[] = {
    {"torch's constructor with its names",
     "CosineAnnealingLR",
     {{"T_max", 10}},
     0,
     10,
     "torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10, eta_min=0)\n",
     "transformers"},
    {"base_lr goes to the optimizer",
     "CosineAnnealingLR",
     {{"T_max", 10}},
     0,
     10,
     "torch.optim.SGD(model.parameters(), lr=0.1)",
     "base_lr"},
    {"epochs: stepped once an epoch",
     "CosineAnnealingLR",
     {{"T_max", 10}},
     SCHEDULE_EPOCH,
     10,
     "for epoch in range(10):",
     "after every optimizer.step()"},
    {"steps: stepped after every batch",
     "CosineAnnealingLR",
     {{"T_max", 10}},
     SCHEDULE_STEP,
     0,
     "        scheduler.step()  # after every optimizer.step()",
     NULL},
    {"Hugging Face's function",
     "cosine_with_warmup",
     {{"num_warmup_steps", 5}, {"num_training_steps", 50}},
     SCHEDULE_STEP,
     0,
     "transformers.get_cosine_schedule_with_warmup(optimizer, num_warmup_steps=5, "
     "num_training_steps=50, num_cycles=0.5)",
     NULL},
    {"Hugging Face's import",
     "constant_with_warmup",
     {{"num_warmup_steps", 5}},
     0,
     10,
     "import transformers\n",
     NULL},
    {"milestones as a list",
     "MultiStepLR",
     {{"milestones", 30}, {"milestones", 80}},
     0,
     90,
     "MultiStepLR(optimizer, milestones=[30, 80], gamma=0.1)",
     NULL},
    {"constant needs no scheduler",
     "constant",
     {{NULL, 0}},
     0,
     10,
     "optimizer.step()",
     "scheduler"},
    {"huge numbers of steps as integers",
     "CosineAnnealingLR",
     {{"T_max", 1e15}},
     0,
     10,
     "T_max=1000000000000000, eta_min=0)",
     "e+15"},
    {"the largest number of steps",
     "StepLR",
     {{"step_size", 9007199254740991.0}},
     0,
     10,
     "step_size=9007199254740991, ",
     NULL},
    {"huge milestones",
     "MultiStepLR",
     {{"milestones", 30}, {"milestones", 2e15}},
     0,
     90,
     "milestones=[30, 2000000000000000]",
     "e+15"},
    {"huge numbers in a formula",
     "CosineDecayRestarts",
     {{"first_decay_steps", 4e15}},
     0,
     90,
     "first_decay_steps = 4000000000000000\n",
     "e+15"},
    {"a huge rate stays a float",
     "ConstantLR",
     {{"base_lr", 1e15}},
     0,
     10,
     "lr=1e+15",
     NULL},
    {"thirds with every digit",
     "ConstantLR",
     {{NULL, 0}},
     0,
     10,
     "factor=0.3333333333333333,",
     NULL},
};

static struct schedule warmup_then_cosine(void)
{
    struct schedule schedule = {.part_count = 2, .milestones = {5}};
    schedule.parts[0] = schedule_part_default(schedule_type_find("LinearLR"));
    schedule.parts[0].param[0] = 0.1;
    schedule.parts[1] = schedule_part_default(schedule_type_find("CosineAnnealingLR"));
    schedule.parts[1].param[0] = 0.1;
    schedule.parts[1].param[1] = 45;
    return schedule;
}

static void code_of_a_sequence(void **state)
{
    (void)state;
    char code[2048];
    const struct code_request request = {.steps = 50};
    struct schedule schedule = warmup_then_cosine();
    schedule_code(&schedule, &request, code, sizeof code);
    assert_non_null(strstr(code, "lr_scheduler.SequentialLR("));
    assert_non_null(strstr(code, "milestones=[5]"));
    assert_non_null(strstr(code, "CosineAnnealingLR(optimizer, T_max=45, eta_min=0),\n"));
}

static void code_is_cut_at_its_room(void **state)
{
    (void)state;
    char whole[2048], cut[40];
    const struct code_request request = {.steps = 50};
    struct schedule schedule = warmup_then_cosine();
    size_t length = schedule_code(&schedule, &request, whole, sizeof whole);
    assert_int_equal(schedule_code(&schedule, &request, cut, sizeof cut), length);
    assert_int_equal(strlen(cut), sizeof cut - 1);
    assert_memory_equal(cut, whole, sizeof cut - 1);
    assert_int_equal(schedule_code(&schedule, &request, NULL, 0), length);
}

static void the_longest_schedule_has_room(void **state)
{
    (void)state;
    static char code[SCHEDULE_CODE_MAX];
    const char *why;
    struct schedule schedule = {.part_count = SCHEDULE_PARTS_MAX};
    for (size_t p = 0; p < SCHEDULE_PARTS_MAX; p++) {
        struct schedule_part *part = &schedule.parts[p];
        *part = schedule_part_default(schedule_type_find("MultiStepLR"));
        part->param[0] = 1.0 / 3;
        for (size_t i = 0; i < SCHEDULE_LIST_MAX; i++)
            part->list[part->list_count++] = 9007199254740000.0 + (double)i;
        schedule.milestones[p] = 9007199254740000 + (int64_t)p;
    }
    assert_null(schedule_check(&schedule, &why));
    for (int f = 0; f < SCHEDULE_FRAMEWORKS; f++) {
        const struct code_request request = {(enum schedule_framework)f, 100, 0};
        assert_true(schedule_code(&schedule, &request, code, sizeof code) < sizeof code);
    }
}

static void notes_count_from_the_last_part(void **state)
{
    (void)state;
    char out[4][SCHEDULE_NOTE_MAX];
    struct schedule schedule = warmup_then_cosine();
    assert_int_equal(schedule_notes(&schedule, 50, out, 4), 0);
    assert_int_equal(schedule_notes(&schedule, 60, out, 4), 1);
    assert_non_null(strstr(out[0], "After 50 epochs (T_max=45)"));
    assert_non_null(strstr(out[0], "for one descent T_max=55"));
    assert_int_equal(schedule_notes(&schedule, 5, out, 4), 1);
    assert_non_null(
        strstr(out[0], "ends before its last scheduler starts, after 5 epochs"));
    assert_int_equal(schedule_notes(&schedule, 60, out, 0), 0);
}

#define ROWS(table) (sizeof(table) / sizeof *(table))

static void add_rows(struct CMUnitTest *tests, const struct text_row *rows, size_t count,
                     CMUnitTestFunction test)
{
    for (size_t i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){rows[i].name, test, NULL, NULL, (void *)&rows[i]};
}

int main(void)
{
    static const struct CMUnitTest plain[] = {
        cmocka_unit_test(code_of_a_sequence),
        cmocka_unit_test(code_is_cut_at_its_room),
        cmocka_unit_test(the_longest_schedule_has_room),
        cmocka_unit_test(notes_count_from_the_last_part),
    };
    struct CMUnitTest rows[ROWS(notes) + ROWS(codes)];
    add_rows(rows, notes, ROWS(notes), notes_row);
    add_rows(rows + ROWS(notes), codes, ROWS(codes), code_row);
    return cmocka_run_group_tests(rows, NULL, NULL) +
           cmocka_run_group_tests(plain, NULL, NULL);
}
