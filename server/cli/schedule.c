/* epochd schedule: a learning-rate schedule as a table, a chart or code, and the
   planner. Which parameters there are is read from the table of types. */
#include "cli/command.h"

#include "api/planner.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/schedule_text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the command itself understands; every other option is a parameter of a type or of
   a plan. */
enum {
    TYPE,
    SPEC,
    UNIT,
    STEPS,
    UNTIL,
    POINTS,
    FRAMEWORK,
    PLOT,
    CSV,
    JSON,
    CODE,
    LIST,
    OPTION_COUNT
};

static const struct cli_option options[] = {
    [TYPE] = {"type", "NAME", "which schedule, e.g. CosineAnnealingLR"},
    [SPEC] = {"spec", "JSON", "the whole schedule instead, as a run declares it"},
    [UNIT] = {"unit", "epoch|step", "what one scheduler.step() counts (default epoch)"},
    [STEPS] = {"steps", "N", "a run of N, at most 1000000 (default: its one descent)"},
    [UNTIL] = {"until", "N", "go on to N, past the run (default: to its end)"},
    [POINTS] = {"points", "N",
                "list no more steps than draw the curve (default: all; 20000 in JSON)"},
    [FRAMEWORK] = {"framework", "NAME", "pytorch, lightning, huggingface or keras"},
    [PLOT] = {"plot", NULL, "draw the curve"},
    [CSV] = {"csv", NULL, "print step,lr with every digit"},
    [JSON] = {"json", NULL, "print what the HTTP interface answers"},
    [CODE] = {"code", NULL, "print Python code for the framework (default pytorch)"},
    [LIST] = {"list", NULL, "say what each type does"},
    {NULL, NULL, NULL},
};

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

/* --- the words as a query --- */

/* What was given, as the HTTP interface would be asked. */
struct asked {
    struct query query;
    struct query_param params[QUERY_PARAMS_MAX];
    bool plans; /* no schedule is named, but a number of epochs */
};

static bool add(struct asked *asked, const char *name, const char *value)
{
    if (asked->query.count == QUERY_PARAMS_MAX)
        return false;
    asked->params[asked->query.count++] = (struct query_param){name, value};
    return true;
}

static int no_value(const char *name)
{
    const char *names[OPTION_COUNT + 1];
    for (size_t i = 0; i <= OPTION_COUNT; i++)
        names[i] = options[i].name;
    const char *nearest = text_nearest(name, names);
    if (nearest)
        return usage("unknown option --%s: did you mean --%s?", name, nearest);
    return usage("--%s needs a value: --%s VALUE", name, name);
}

/* One word "--name=value" or "--name" with its value in the next; --base-lr is --base_lr.
   The words are ours to change. */
static int add_word(struct asked *asked, char ***rest)
{
    char *word = *(*rest)++;
    if (strncmp(word, "--", 2) != 0)
        return usage("takes no argument, but got \"%s\"", word);
    char *name = word + 2, *value = strchr(name, '=');
    if (value)
        *value++ = '\0';
    else if (**rest && strncmp(**rest, "--", 2) != 0)
        value = *(*rest)++;
    else
        return no_value(name);
    for (char *c = name; (c = strchr(c, '-'));)
        *c = '_';
    return add(asked, name, value) ? EXIT_OK : usage("too many options");
}

static int read_words(const char *const *values, char **rest, struct asked *asked)
{
    *asked = (struct asked){.plans = !values[TYPE] && !values[SPEC]};
    for (size_t i = 0; options[i].name; i++) {
        if (values[i] && options[i].argument)
            add(asked, options[i].name, values[i]);
    }
    while (*rest) {
        int code = add_word(asked, &rest);
        if (code != EXIT_OK)
            return code;
    }
    asked->query.params = asked->params;
    if (asked->plans && !query_value(&asked->query, "epochs"))
        return usage("which schedule? --type NAME (--list has them) or --spec JSON; or "
                     "--epochs N for a plan");
    return EXIT_OK;
}

/* --- the answers --- */

/* The JSON that `write` makes, on a line. */
static int print_json(enum status (*write)(struct json_out *json, const void *request,
                                           struct arena *arena, struct err *err),
                      const void *request, struct arena *arena)
{
    struct buf buf;
    struct json_out json;
    struct err err = {0};
    buf_init(&buf, REQUEST_BYTES_MAX);
    json_init(&json, &buf);
    enum status status = write(&json, request, arena, &err);
    if (status == ST_OK && !buf.failed)
        puts(buf.data);
    else
        fprintf(stderr, "epochd schedule: %s\n",
                status == ST_OK ? "the answer is too large" : err.text);
    bool good = status == ST_OK && !buf.failed;
    buf_release(&buf);
    return good ? EXIT_OK : EXIT_FAILED;
}

static enum status write_curve(struct json_out *json, const void *request,
                               struct arena *arena, struct err *err)
{
    return curve_write(json, request, arena, err);
}

static enum status write_plan(struct json_out *json, const void *request,
                              struct arena *arena, struct err *err)
{
    return plan_write(json, request, arena, err);
}

static int answer_curve(const char *const *values, const struct asked *asked,
                        struct arena *arena)
{
    const char *own[OPTION_COUNT + 1];
    struct curve_request request;
    struct err err = {0};
    for (size_t i = 0; i <= OPTION_COUNT; i++)
        own[i] = options[i].name;
    const struct schedule_query query = {&asked->query, own, 0.1, arena};
    if (curve_read(&query, &request, &err) != ST_OK)
        return usage("%s", err.text);
    if (values[JSON])
        return print_json(write_curve, &request, arena);
    if (values[CSV])
        schedule_print_csv(&request, arena);
    else if (values[PLOT])
        schedule_print_plot(&request.schedule, request.until);
    else if (values[CODE] || values[FRAMEWORK])
        schedule_print_code(&request.schedule, request.steps, &request.style);
    else
        schedule_print_table(&request, arena);
    if (!values[CODE] && !values[FRAMEWORK])
        schedule_print_notes(&request.schedule, request.steps);
    return EXIT_OK;
}

static int answer_plan(const char *const *values, const struct asked *asked,
                       struct arena *arena)
{
    struct plan_question question;
    struct plan plan;
    struct err err = {0};
    if (query_check(&asked->query, plan_param_names, &err) != ST_OK)
        return usage(
            "%s (a plan takes --epochs, --cycles, --warmup, --base_lr, --eta_min "
            "and --steps_per_epoch; for the rest say --type)",
            err.text);
    if (plan_read(&asked->query, &question, &err) != ST_OK)
        return usage("%s", err.text);
    if (values[JSON])
        return print_json(write_plan, &question, arena);
    plan_make(&question.request, &plan);
    const struct curve_request curve = {plan.schedule, question.request.epochs,
                                        question.request.epochs, question.style};
    if (values[CSV])
        schedule_print_csv(&curve, arena);
    else if (values[PLOT])
        schedule_print_plot(&curve.schedule, curve.steps);
    else if (values[CODE])
        schedule_print_code(&curve.schedule, curve.steps, &curve.style);
    else
        schedule_print_plan(&question);
    return EXIT_OK;
}

/* One way to print at a time. */
static int check_ways(const char *const *values)
{
    static const int ways[] = {PLOT, CSV, JSON, CODE};
    int first = -1;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (!values[ways[i]])
            continue;
        if (first >= 0)
            return usage("--%s or --%s, not both", options[first].name,
                         options[ways[i]].name);
        first = ways[i];
    }
    return EXIT_OK;
}

static void print_help(void)
{
    printf(
        "\nA plan: epochd schedule --epochs N [--cycles K] [--warmup W] [--base_lr X] "
        "[--eta_min X]\nsays which schedule to use, with its chart, what else one could "
        "use, and code.\n\n");
    schedule_print_types(false);
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *values[OPTION_COUNT];
    char **rest;
    struct asked asked;
    struct arena arena;
    int code = command_parse(self, argc, argv, values, &rest);
    if (code >= 0)
        return code;
    if (values[LIST]) {
        schedule_print_types(true);
        return EXIT_OK;
    }
    code = check_ways(values);
    if (code == EXIT_OK)
        code = read_words(values, rest, &asked);
    if (code != EXIT_OK)
        return code;
    arena_init(&arena, REQUEST_BYTES_MAX);
    code = asked.plans ? answer_plan(values, &asked, &arena)
                       : answer_curve(values, &asked, &arena);
    arena_release(&arena);
    return code;
}

const struct command schedule_command = {
    .name = "schedule",
    .arguments = "[--NAME VALUE...]",
    .about = "print a learning-rate schedule as a table, a chart or code; plan one",
    .options = options,
    .keeps_unknown = true,
    .more_help = print_help,
    .run = run,
};
