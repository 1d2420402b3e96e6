/* What `epochd schedule` refuses. What it prints is in
 * tests/api/schedule_command.test.mjs.
 */
#include "cli/command.h"
#include "rows.h"

#include <stdio.h>

/* This program has one command only. */
const struct command *const commands[] = {&schedule_command, NULL};

struct usage_row {
    const char *name;
    const char *words[8]; /* after "schedule" */
};

static void is_refused(void **state)
{
    const struct usage_row *row = *state;
    char words[10][40], *argv[10] = {"schedule"};
    int argc = 1;
    for (; row->words[argc - 1]; argc++) { /* as of a process: its own to change */
        snprintf(words[argc], sizeof words[argc], "%s", row->words[argc - 1]);
        argv[argc] = words[argc];
    }
    argv[argc] = NULL;
    assert_int_equal(schedule_command.run(&schedule_command, argc, argv), EXIT_USAGE);
}

static const struct usage_row refused[] = {
    {"nothing at all", {NULL}},
    {"no type", {"--steps", "5", NULL}},
    {"a type that is none", {"--type", "CosineAnnealing", NULL}},
    {"a missing parameter", {"--type", "CosineAnnealingLR", NULL}},
    {"one of two that must be there", {"--type", "OneCycleLR", NULL}},
    {"a parameter of another type", {"--type", "StepLR", "--T_max", "5", NULL}},
    {"a misspelt parameter", {"--type", "CosineAnnealingLR", "--max_T", "5", NULL}},
    {"a misspelt option", {"--type", "constant", "--cvs", NULL}},
    {"a word for a number", {"--type", "CosineAnnealingLR", "--T_max", "ten", NULL}},
    {"a word that is none", {"--type", "CyclicLR", "--max_lr=1", "--mode=square", NULL}},
    {"a T_max of 0", {"--type", "CosineAnnealingLR", "--T_max", "0", NULL}},
    {"a parameter without its value", {"--type", "CosineAnnealingLR", "--T_max", NULL}},
    {"an option for a value", {"--type", "CosineAnnealingLR", "--T_max", "--csv", NULL}},
    {"a parameter twice",
     {"--type", "CosineAnnealingLR", "--T_max", "5", "--T_max", "6", NULL}},
    {"no number of steps", {"--type", "constant", "--steps", "-1", NULL}},
    {"too many steps", {"--type", "constant", "--steps", "1000001", NULL}},
    {"too few points", {"--type", "constant", "--points", "3", NULL}},
    {"a unit that is none", {"--type", "constant", "--unit", "batch", NULL}},
    {"a framework that is none", {"--type", "constant", "--framework", "jax", NULL}},
    {"a stray word", {"--type", "constant", "now", NULL}},
    {"two ways to print", {"--type", "constant", "--csv", "--json", NULL}},
    {"a word among the milestones",
     {"--type", "MultiStepLR", "--milestones", "3,x", NULL}},
    {"milestones that fall", {"--type", "MultiStepLR", "--milestones", "5,3", NULL}},
    {"a spec that is no JSON", {"--spec", "{type", NULL}},
    {"a spec beside a parameter", {"--spec", "{}", "--T_max", "5", NULL}},
    {"a plan of nothing", {"--epochs", "0", NULL}},
    {"a plan of more cycles than epochs", {"--epochs", "5", "--cycles", "6", NULL}},
    {"a plan with a word nobody knows", {"--epochs", "5", "--cycle", "2", NULL}},
    {"a plan in steps", {"--epochs", "5", "--steps", "2", NULL}},
};

int main(void)
{
    static struct rows rows;
    for (size_t i = 0; i < COUNT(refused); i++)
        rows_add(&rows, refused[i].name, is_refused, &refused[i]);
    return rows_run(&rows);
}
