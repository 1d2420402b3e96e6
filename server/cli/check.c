#include "api/json.h"
#include "api/schedule_json.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "cli/check_report.h"
#include "cli/command.h"
#include "cli/file.h"
#include "core/diagnose/diagnose.h"
#include "ingest/logfile.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MEMORY_BYTES_MAX ((size_t)2 << 30) /* its columns, at most */
#define REPORT_BYTES_MAX ((size_t)1 << 20)

enum {
    OPTION_FORMAT,
    OPTION_JSON,
    OPTION_COLOR,
    OPTION_SCHEDULE,
    OPTION_EPOCHS,
    OPTION_COUNT
};

static const struct cli_option options[] = {
    {"format", "NAME", "text, json or github: annotations of a workflow (text)"},
    {"json", NULL, "the same as --format=json: one JSON object per file, one per line"},
    {"color", "WHEN",
     "auto, always or never (auto: on a terminal, unless NO_COLOR is set)"},
    {"schedule", "JSON",
     "hold the learning rate against this schedule, not a fitted one"},
    {"epochs", "N", "how many epochs were planned (default: what the file has)"},
    {NULL, NULL, NULL},
};

static const struct check_format formats[] = {
    {"text", check_report_text, NULL},
    {"json", check_report_json, check_error_json},
    {"github", check_report_github, check_error_github},
};

/* What the options say, for every file. */
struct check_options {
    const struct check_format *format;
    bool color;
    const struct schedule *declared; /* NULL: none */
    int64_t epochs_planned;          /* 0: not said */
};

/* --- a file --- */

/* The rows in which the column has a value. False: out of memory. */
static bool set_curve(const struct logfile *log, const struct logfile_column *column,
                      struct arena *arena, struct series *out)
{
    int64_t *step = arena_array(arena, log->row_count, sizeof *step);
    double *value = arena_array(arena, log->row_count, sizeof *value);
    size_t count = 0;
    if (!step || !value)
        return false;
    for (size_t i = 0; i < log->row_count; i++) {
        if (!column->present[i])
            continue;
        step[count] = log->step[i];
        value[count++] = column->value[i];
    }
    *out = (struct series){step, value, count};
    return true;
}

static enum status make_history(const struct logfile *log, struct arena *arena,
                                struct history *history, struct err *err)
{
    int column_of[ROLE_COUNT];
    const char **names = arena_array(arena, log->column_count, sizeof *names);
    bool ok = names;
    for (size_t i = 0; ok && i < log->column_count; i++)
        names[i] = log->columns[i].name;
    if (ok)
        roles_find(names, log->column_count, column_of);
    for (enum role role = 0; ok && role < ROLE_COUNT; role++) {
        if (column_of[role] < 0)
            continue;
        const struct logfile_column *column = &log->columns[column_of[role]];
        history->metric[role] = column->name;
        ok = set_curve(log, column, arena, &history->curve[role]);
    }
    if (!ok)
        return err_set(err, ST_TOO_LARGE, "too_large", "the log needs too much memory");
    const char *metric = history->metric[ROLE_VAL_METRIC];
    history->val_metric_higher = metric && role_higher_is_better(metric);
    history->counts_steps = log->counts_steps;
    return ST_OK;
}

static enum status examine(const struct check_options *wanted, const struct buf *text,
                           struct arena *arena, struct check_report *report,
                           struct err *err)
{
    struct history *history = &report->history;
    *history = (struct history){.declared = wanted->declared,
                                .epochs_planned = wanted->epochs_planned,
                                .ended = true,
                                .baseline_final = NAN};
    enum status status =
        logfile_parse(text->data, text->length, arena, &report->log, err);
    if (!status)
        status = make_history(&report->log, arena, history, err);
    if (status)
        return status;
    void *work = arena_alloc(arena, diagnose_work_size(history));
    if (!work)
        return err_set(err, ST_TOO_LARGE, "too_large", "the log needs too much memory");
    diagnose(history, work, &report->diagnosis);
    return ST_OK;
}

/* --- the command --- */

/* A failed check makes the verdict "watch" without any finding. */
static int exit_code(const struct diagnosis *diagnosis)
{
    if (diagnosis->verdict == VERDICT_WATCH || diagnosis->verdict == VERDICT_BAD)
        return EXIT_FINDINGS;
    for (size_t i = 0; i < diagnosis->finding_count; i++) {
        if (diagnosis->findings[i].severity != SEVERITY_INFO)
            return EXIT_FINDINGS;
    }
    return EXIT_OK;
}

static int say_unreadable(const struct check_options *wanted, const char *file,
                          const struct err *err, struct buf *out)
{
    if (wanted->format->error)
        wanted->format->error(file, err->text, out);
    fprintf(stderr, "epochd check: %s: %s\n", file, err->text);
    return EXIT_USAGE;
}

/* Reads, examines and reports one file. Returns the exit code it asks for. */
static int check_file(const struct check_options *wanted, const char *file)
{
    struct check_report report = {.file = file, .color = wanted->color};
    struct arena arena;
    struct buf text, out;
    struct err err = {0};
    int code;
    arena_init(&arena, MEMORY_BYTES_MAX);
    buf_init(&text, FILE_BYTES_MAX);
    buf_init(&out, REPORT_BYTES_MAX);
    enum status status = file_read(file, &text, &err);
    if (!status)
        status = examine(wanted, &text, &arena, &report, &err);
    if (status) {
        code = say_unreadable(wanted, file, &err, &out);
    } else {
        wanted->format->report(&report, &out);
        code = exit_code(&report.diagnosis);
    }
    if (out.length)
        fwrite(out.data, 1, out.length, stdout);
    buf_release(&out);
    buf_release(&text);
    arena_release(&arena);
    return code;
}

static enum status read_schedule(const char *json, struct schedule *out, struct err *err)
{
    struct arena arena;
    struct json_value *root = NULL;
    arena_init(&arena, MEMORY_BYTES_MAX);
    enum status status = value_parse(json, strlen(json), &arena, &root, err);
    if (!status)
        status = schedule_read(root, out, err);
    value_free(root);
    arena_release(&arena);
    return status;
}

static int wrong(const char *option, const char *value, const char *wanted)
{
    fprintf(stderr, "epochd check: --%s is %s, not \"%s\"\n", option, wanted, value);
    return EXIT_USAGE;
}

/* Returns -1 to go on, or the exit code. */
static int read_format(const char **values, struct check_options *out)
{
    const char *name = values[OPTION_FORMAT] ? values[OPTION_FORMAT]
                       : values[OPTION_JSON] ? "json"
                                             : "text";
    const char *when = values[OPTION_COLOR] ? values[OPTION_COLOR] : "auto";
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (!strcmp(formats[i].name, name))
            out->format = &formats[i];
    }
    if (!out->format)
        return wrong("format", name, "text, json or github");
    if (strcmp(when, "auto") && strcmp(when, "always") && strcmp(when, "never"))
        return wrong("color", when, "auto, always or never");
    const char *no_color = getenv("NO_COLOR"); /* no-color.org */
    bool terminal = isatty(STDOUT_FILENO) && !(no_color && *no_color);
    out->color = !strcmp(when, "always") || (!strcmp(when, "auto") && terminal);
    return -1;
}

static int run_check(const struct command *self, int argc, char **argv)
{
    const char *values[OPTION_COUNT];
    char **files;
    struct schedule schedule;
    struct check_options wanted = {0};
    struct err err = {0};
    int worst = command_parse(self, argc, argv, values, &files);
    if (worst >= 0)
        return worst;
    worst = read_format(values, &wanted);
    if (worst >= 0)
        return worst;
    if (values[OPTION_SCHEDULE]) {
        if (read_schedule(values[OPTION_SCHEDULE], &schedule, &err)) {
            fprintf(stderr, "epochd check: --schedule: %s\n", err.text);
            return EXIT_USAGE;
        }
        wanted.declared = &schedule;
    }
    const char *epochs = values[OPTION_EPOCHS];
    if (epochs && (!text_to_int64(epochs, strlen(epochs), &wanted.epochs_planned) ||
                   wanted.epochs_planned < 1)) {
        fprintf(stderr, "epochd check: --epochs: \"%s\" is not a number of epochs\n",
                epochs);
        return EXIT_USAGE;
    }
    if (!*files) {
        fprintf(stderr, "epochd check: which file? (\"-\" for standard input)\n");
        return EXIT_USAGE;
    }
    for (worst = EXIT_OK; *files; files++) {
        int code = check_file(&wanted, *files);
        worst = code > worst ? code : worst;
    }
    return worst;
}

const struct command check_command = {
    .name = "check",
    .arguments = "FILE...",
    .about = "say what is going wrong in a log file, like a linter",
    .options = options,
    .run = run_check,
};
