/* The options of `epochd schedule` are the parameters of the table of types. */
#include "cli/command.h"
#include "core/schedule/schedule.h"
#include "near.h"

#include <string.h>

/* This program has one command only. */
const struct command *const commands[] = {&schedule_command, NULL};

static bool has_option(const char *name)
{
    for (const struct cli_option *o = schedule_command.options; o->name; o++) {
        if (!strcmp(o->name, name))
            return true;
    }
    return false;
}

static void every_parameter_is_an_option(void **state)
{
    (void)state;
    const struct schedule_type *type;
    for (size_t n = 0; (type = schedule_type_at(n)); n++) {
        for (size_t i = 0; type->params[i].name; i++) {
            if (!has_option(type->params[i].name))
                fail_msg("%s has %s, the command has not", type->name,
                         type->params[i].name);
        }
        assert_true(!type->list || has_option(type->list));
    }
}

static void every_option_is_a_parameter_or_the_commands_own(void **state)
{
    static const char own[] = " type steps unit csv json code base-lr ";
    (void)state;
    for (const struct cli_option *o = schedule_command.options; o->name; o++) {
        bool found = strstr(own, o->name) != NULL;
        const struct schedule_type *type;
        for (size_t n = 0; (type = schedule_type_at(n)); n++)
            found |= schedule_param_find(type, o->name) >= 0 ||
                     (type->list && !strcmp(type->list, o->name));
        if (!found)
            fail_msg("no type has %s", o->name);
    }
}

struct usage_row {
    const char *name;
    char *words[8]; /* after "schedule" */
};

static void is_refused(void **state)
{
    const struct usage_row *row = *state;
    char *argv[10] = {"schedule"};
    int argc = 1;
    for (; row->words[argc - 1]; argc++)
        argv[argc] = row->words[argc - 1];
    assert_int_equal(schedule_command.run(&schedule_command, argc, argv), EXIT_USAGE);
}

static const struct usage_row refused[] = {
    {"no type", {"--steps", "5", NULL}},
    {"a type that is none", {"--type", "CosineAnnealing", NULL}},
    {"a missing parameter", {"--type", "CosineAnnealingLR", NULL}},
    {"a parameter of another type", {"--type", "StepLR", "--T_max", "5", NULL}},
    {"a misspelt parameter", {"--type", "CosineAnnealingLR", "--max_T", "5", NULL}},
    {"a word for a number", {"--type", "CosineAnnealingLR", "--T_max", "ten", NULL}},
    {"a T_max of 0", {"--type", "CosineAnnealingLR", "--T_max", "0", NULL}},
    {"no steps", {"--type", "constant", "--steps", "0", NULL}},
    {"too many steps", {"--type", "constant", "--steps", "1000001", NULL}},
    {"a unit that is none", {"--type", "constant", "--unit", "batch", NULL}},
    {"a stray word", {"--type", "constant", "now", NULL}},
    {"a word among the milestones",
     {"--type", "MultiStepLR", "--milestones", "3,x", NULL}},
    {"milestones that fall", {"--type", "MultiStepLR", "--milestones", "5,3", NULL}},
};

#define ROWS(table) (sizeof(table) / sizeof *(table))

int main(void)
{
    static const struct CMUnitTest plain[] = {
        cmocka_unit_test(every_parameter_is_an_option),
        cmocka_unit_test(every_option_is_a_parameter_or_the_commands_own),
    };
    struct CMUnitTest rows[ROWS(refused)];
    for (size_t i = 0; i < ROWS(refused); i++)
        rows[i] = (struct CMUnitTest){refused[i].name, is_refused, NULL, NULL,
                                      (void *)&refused[i]};
    return cmocka_run_group_tests(plain, NULL, NULL) +
           cmocka_run_group_tests(rows, NULL, NULL);
}
