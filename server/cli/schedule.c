/* epochd schedule: a learning-rate schedule as a table. */
#include "cli/command.h"

#include "base/json_out.h"
#include "base/limits.h"
#include "base/text.h"
#include "core/schedule/code.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOTES_MAX = 6, CODE_MAX = SCHEDULE_CODE_MAX, TYPES_MAX = 64 };

/* What the command itself understands; every other option is a parameter of a type. */
enum { TYPE, STEPS, UNIT, CSV, JSON, CODE, BASE_LR_DASH };

static const struct cli_option options[] = {
    [TYPE] = {"type", "NAME", "which schedule, e.g. CosineAnnealingLR"},
    [STEPS] = {"steps", "N", "how many steps to list, 1 to 1000000 (default 50)"},
    [UNIT] = {"unit", "epoch|step", "what one scheduler.step() counts (default epoch)"},
    [CSV] = {"csv", NULL, "print step,lr with every digit"},
    [JSON] = {"json", NULL, "print one JSON object"},
    [CODE] = {"code", NULL, "print PyTorch code instead of the table"},
    [BASE_LR_DASH] = {"base-lr", "X", "the same as --base_lr"},
    {"base_lr", "X", "learning rate to start from (default 0.1)"},
    {"T_max", "N", "CosineAnnealingLR: steps of one descent"},
    {"eta_min", "X", "cosines: the lowest rate (default 0)"},
    {"T_0", "N", "CosineAnnealingWarmRestarts: steps of the first cycle"},
    {"T_mult", "N", "CosineAnnealingWarmRestarts: growth of the cycles (default 1)"},
    {"step_size", "N", "StepLR: steps between two falls"},
    {"milestones", "N,N,...", "MultiStepLR: where it falls"},
    {"gamma", "X", "StepLR, MultiStepLR (default 0.1), ExponentialLR: the factor"},
    {"start_factor", "X", "LinearLR: first factor (default 1/3)"},
    {"end_factor", "X", "LinearLR: last factor (default 1)"},
    {"factor", "X", "ConstantLR: factor at the start (default 1/3)"},
    {"total_iters", "N", "LinearLR, ConstantLR, PolynomialLR: steps (default 5)"},
    {"power", "X", "PolynomialLR: the exponent (default 1)"},
    {"num_warmup_steps", "N", "..._with_warmup: steps of the climb"},
    {"num_training_steps", "N", "..._with_warmup: steps of the whole run"},
    {"num_cycles", "X", "cosine_with_warmup: waves (default 0.5, one descent)"},
    {"max_lr", "X", "see GET /api/v1/schedules"},
    {"total_steps", "X", "see GET /api/v1/schedules"},
    {"epochs", "X", "see GET /api/v1/schedules"},
    {"steps_per_epoch", "X", "see GET /api/v1/schedules"},
    {"pct_start", "X", "see GET /api/v1/schedules"},
    {"anneal_strategy", "X", "see GET /api/v1/schedules"},
    {"div_factor", "X", "see GET /api/v1/schedules"},
    {"final_div_factor", "X", "see GET /api/v1/schedules"},
    {"three_phase", "X", "see GET /api/v1/schedules"},
    {"step_size_up", "X", "see GET /api/v1/schedules"},
    {"step_size_down", "X", "see GET /api/v1/schedules"},
    {"mode", "X", "see GET /api/v1/schedules"},
    {"patience", "X", "see GET /api/v1/schedules"},
    {"threshold", "X", "see GET /api/v1/schedules"},
    {"threshold_mode", "X", "see GET /api/v1/schedules"},
    {"cooldown", "X", "see GET /api/v1/schedules"},
    {"min_lr", "X", "see GET /api/v1/schedules"},
    {"eps", "X", "see GET /api/v1/schedules"},
    {"min_lr_rate", "X", "see GET /api/v1/schedules"},
    {"warmup_lr_rate", "X", "see GET /api/v1/schedules"},
    {"lr_end", "X", "see GET /api/v1/schedules"},
    {"timescale", "X", "see GET /api/v1/schedules"},
    {"num_decay_steps", "X", "see GET /api/v1/schedules"},
    {"num_stable_steps", "X", "see GET /api/v1/schedules"},
    {"warmup_type", "X", "see GET /api/v1/schedules"},
    {"decay_type", "X", "see GET /api/v1/schedules"},
    {"min_lr_ratio", "X", "see GET /api/v1/schedules"},
    {"t_initial", "X", "see GET /api/v1/schedules"},
    {"lr_min", "X", "see GET /api/v1/schedules"},
    {"cycle_mul", "X", "see GET /api/v1/schedules"},
    {"cycle_decay", "X", "see GET /api/v1/schedules"},
    {"cycle_limit", "X", "see GET /api/v1/schedules"},
    {"warmup_t", "X", "see GET /api/v1/schedules"},
    {"warmup_lr_init", "X", "see GET /api/v1/schedules"},
    {"warmup_prefix", "X", "see GET /api/v1/schedules"},
    {"k_decay", "X", "see GET /api/v1/schedules"},
    {"initial_learning_rate", "X", "see GET /api/v1/schedules"},
    {"decay_steps", "X", "see GET /api/v1/schedules"},
    {"alpha", "X", "see GET /api/v1/schedules"},
    {"warmup_target", "X", "see GET /api/v1/schedules"},
    {"warmup_steps", "X", "see GET /api/v1/schedules"},
    {"first_decay_steps", "X", "see GET /api/v1/schedules"},
    {"t_mul", "X", "see GET /api/v1/schedules"},
    {"m_mul", "X", "see GET /api/v1/schedules"},
    {NULL, NULL, NULL},
};

enum { OPTION_COUNT = sizeof options / sizeof *options };

static int usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int usage(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "epochd schedule: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    return EXIT_USAGE;
}

static int unknown_type(const char *name)
{
    const char *names[TYPES_MAX + 1] = {NULL};
    const struct schedule_type *type;
    for (size_t i = 0; i < TYPES_MAX && (type = schedule_type_at(i)); i++)
        names[i] = type->name;
    const char *nearest = name ? text_nearest(name, names) : NULL;
    if (nearest)
        return usage("unknown type \"%s\": did you mean \"%s\"?", name, nearest);
    fprintf(stderr, "epochd schedule: --type must be one of\n");
    for (size_t i = 0; names[i]; i++)
        fprintf(stderr, "  %s\n", names[i]);
    return EXIT_USAGE;
}

static int misplaced(const struct schedule_type *type, const char *name)
{
    const char *names[SCHEDULE_PARAMS_MAX + 2] = {NULL};
    size_t count = 0;
    for (; type->params[count].name; count++)
        names[count] = type->params[count].name;
    names[count] = type->list;
    const char *nearest = text_nearest(name, names);
    fprintf(stderr, "epochd schedule: %s has no parameter \"%s\"", type->name, name);
    if (nearest)
        fprintf(stderr, ": did you mean \"%s\"?\n", nearest);
    else
        fprintf(stderr, " (see epochd schedule --help)\n");
    return EXIT_USAGE;
}

static int read_list(const struct cli_option *option, const char *text,
                     struct schedule_part *part)
{
    while (*text) {
        size_t length = strcspn(text, ",");
        if (part->list_count == SCHEDULE_LIST_MAX ||
            !text_to_double(text, length, &part->list[part->list_count++]))
            return usage("--%s must be up to 32 numbers with commas, not \"%s\"",
                         option->name, text);
        text += length + (text[length] == ',');
    }
    return EXIT_OK;
}

static int read_param(const struct cli_option *option, const char *text,
                      struct schedule_part *part)
{
    bool dashed = option == &options[BASE_LR_DASH];
    const char *name = dashed ? "base_lr" : option->name;
    if (part->type->list && !strcmp(name, part->type->list))
        return read_list(option, text, part);
    int index = schedule_param_find(part->type, name);
    if (index < 0)
        return misplaced(part->type, name);
    const struct schedule_param *param = &part->type->params[index];
    int word = param->words ? schedule_word_find(param, text) : -1;
    if (word >= 0)
        part->param[index] = word;
    else if (param->words || !text_to_double(text, strlen(text), &part->param[index]))
        return usage("--%s must be a number, not \"%s\"", option->name, text);
    return EXIT_OK;
}

static int read_unit(const char *text, enum schedule_unit *unit)
{
    if (!text || !strcmp(text, "epoch"))
        *unit = SCHEDULE_EPOCH;
    else if (!strcmp(text, "step"))
        *unit = SCHEDULE_STEP;
    else
        return usage("--unit must be epoch or step, not \"%s\"", text);
    return EXIT_OK;
}

static int read_steps(const char *text, int64_t *steps)
{
    *steps = 50;
    if (text && (!text_to_int64(text, strlen(text), steps) || *steps < 1 ||
                 *steps > CURVE_STEPS_MAX))
        return usage("--steps must be a whole number from 1 to 1000000, not \"%s\"",
                     text);
    return EXIT_OK;
}

static int read_schedule(const char *const *values, struct schedule *schedule)
{
    const struct schedule_type *type =
        values[TYPE] ? schedule_type_find(values[TYPE]) : NULL;
    if (!type)
        return unknown_type(values[TYPE]);
    schedule->part_count = 1;
    schedule->parts[0] = schedule_part_default(type);
    schedule->parts[0].param[0] = 0.1;
    for (size_t i = BASE_LR_DASH; options[i].name; i++) {
        int code =
            values[i] ? read_param(&options[i], values[i], &schedule->parts[0]) : EXIT_OK;
        if (code != EXIT_OK)
            return code;
    }
    const char *why, *param = schedule_check(schedule, &why);
    return param ? usage("--%s %s", param, why)
                 : read_unit(values[UNIT], &schedule->unit);
}

/* --- output --- */

static void print_csv(const struct schedule *schedule, int64_t steps)
{
    puts("step,lr");
    for (int64_t t = 0; t < steps; t++) {
        char lr[TEXT_DOUBLE_MAX];
        text_double(lr, schedule_lr(schedule, (double)t));
        printf("%lld,%s\n", (long long)t, lr);
    }
}

static void print_table(const struct schedule *schedule, int64_t steps)
{
    printf("%8s  %s\n", schedule->unit == SCHEDULE_STEP ? "step" : "epoch", "lr");
    for (int64_t t = 0; t < steps; t++)
        printf("%8lld  %.6g\n", (long long)t, schedule_lr(schedule, (double)t));
}

static void print_notes(const struct schedule *schedule, int64_t steps)
{
    char notes[NOTES_MAX][SCHEDULE_NOTE_MAX];
    size_t count = schedule_notes(schedule, steps, notes, NOTES_MAX);
    for (size_t i = 0; i < count; i++)
        fprintf(stderr, "note: %s\n", notes[i]);
}

static void json_spec(struct json_out *json, const struct schedule *schedule)
{
    const struct schedule_part *part = &schedule->parts[0];
    json_key(json, "spec");
    json_object_begin(json);
    json_key_text(json, "type", part->type->name);
    json_key_text(json, "unit", schedule->unit == SCHEDULE_STEP ? "step" : "epoch");
    for (size_t i = 0; part->type->params[i].name; i++)
        json_key_double(json, part->type->params[i].name, part->param[i]);
    if (part->type->list) {
        json_key(json, part->type->list);
        json_array_begin(json);
        for (size_t i = 0; i < part->list_count; i++)
            json_double(json, part->list[i]);
        json_array_end(json);
    }
    json_object_end(json);
}

static void json_curve(struct json_out *json, const struct schedule *schedule,
                       int64_t steps)
{
    json_key(json, "step");
    json_array_begin(json);
    for (int64_t t = 0; t < steps; t++)
        json_int(json, t);
    json_array_end(json);
    json_key(json, "lr");
    json_array_begin(json);
    for (int64_t t = 0; t < steps; t++)
        json_double(json, schedule_lr(schedule, (double)t));
    json_array_end(json);
}

static int print_json(const struct schedule *schedule, int64_t steps)
{
    char notes[NOTES_MAX][SCHEDULE_NOTE_MAX];
    size_t count = schedule_notes(schedule, steps, notes, NOTES_MAX);
    struct buf buf;
    struct json_out json;
    buf_init(&buf, REQUEST_BYTES_MAX);
    json_init(&json, &buf);
    json_object_begin(&json);
    json_spec(&json, schedule);
    json_curve(&json, schedule, steps);
    json_key(&json, "notes");
    json_array_begin(&json);
    for (size_t i = 0; i < count; i++)
        json_text(&json, notes[i]);
    json_array_end(&json);
    json_object_end(&json);
    bool failed = buf.failed;
    if (!failed)
        puts(buf.data);
    buf_release(&buf);
    return failed ? EXIT_FAILED : EXIT_OK;
}

static int print_code(const struct schedule *schedule, int64_t steps)
{
    char code[CODE_MAX];
    const struct code_request request = {.steps = steps};
    schedule_code(schedule, &request, code, sizeof code);
    fputs(code, stdout);
    return EXIT_OK;
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *values[OPTION_COUNT];
    char **rest;
    struct schedule schedule = {.part_count = 0};
    int64_t steps;
    int code = command_parse(self, argc, argv, values, &rest);
    if (code >= 0)
        return code;
    if (*rest)
        return usage("takes no argument, but got \"%s\"", *rest);
    code = read_schedule(values, &schedule);
    if (code == EXIT_OK)
        code = read_steps(values[STEPS], &steps);
    if (code != EXIT_OK)
        return code;
    if (values[JSON])
        return print_json(&schedule, steps);
    if (values[CODE])
        return print_code(&schedule, steps);
    if (values[CSV])
        print_csv(&schedule, steps);
    else
        print_table(&schedule, steps);
    print_notes(&schedule, steps);
    return EXIT_OK;
}

const struct command schedule_command = {
    .name = "schedule",
    .arguments = "",
    .about = "print a learning-rate schedule as a table",
    .options = options,
    .run = run,
};
