#include "cli/check_report.h"

#include "api/schedule_json.h"
#include "base/json_out.h"
#include "cli/spark.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Select Graphic Rendition codes (ECMA-48), for a terminal. */
#define RED    "31"
#define GREEN  "32"
#define YELLOW "33"
#define CYAN   "36"
#define BOLD   "1"
#define FAINT  "2"

static const char *const severity_colors[SEVERITY_COUNT] = {
    [SEVERITY_INFO] = CYAN, [SEVERITY_WARNING] = YELLOW, [SEVERITY_ERROR] = RED};
static const char *const check_colors[] = {
    [CHECK_PASS] = GREEN, [CHECK_FAIL] = RED, [CHECK_UNKNOWN] = FAINT};
static const char *const verdict_colors[] = {[VERDICT_GOOD] = GREEN,
                                             [VERDICT_WATCH] = YELLOW,
                                             [VERDICT_BAD] = RED,
                                             [VERDICT_TOO_EARLY] = FAINT};

#define CURVE_WIDTH 40 /* characters */

static void add_painted(const struct check_report *report, const char *color,
                        const char *text, struct buf *out)
{
    if (report->color)
        buf_printf(out, "\033[%sm%s\033[0m", color, text);
    else
        buf_add_text(out, text);
}

/* Roles in the order in which people name them. */
static void add_columns(const struct check_report *report, struct buf *out)
{
    const char *separator = "";
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        if (!report->history.curve[role].count)
            continue;
        buf_printf(out, "%s%s", separator, report->history.metric[role]);
        separator = ", ";
    }
    if (!*separator)
        buf_add_text(out, "no loss and no learning rate among its columns");
}

static void add_heading(const struct check_report *report, struct buf *out)
{
    const struct logfile *log = &report->log;
    const char *unit = log->counts_steps ? "step" : "epoch";
    char verdict[32];
    snprintf(verdict, sizeof verdict, "%s", verdict_names[report->diagnosis.verdict]);
    for (char *p = verdict; (p = strchr(p, '_'));)
        *p = ' ';
    add_painted(report, BOLD, report->file, out);
    buf_add_text(out, ": ");
    add_painted(report, verdict_colors[report->diagnosis.verdict], verdict, out);
    buf_printf(out, " (%zu row%s, %s %" PRId64 " to %" PRId64 ": ", log->row_count,
               log->row_count == 1 ? "" : "s", unit, log->step[0],
               log->step[log->row_count - 1]);
    add_columns(report, out);
    if (log->runs > 1)
        buf_printf(out, "; the longest of %zu runs in the file", log->runs);
    buf_add_text(out, ")\n");
}

/* A curve as a line of text, from its first value to its last. */
static void add_curves(const struct check_report *report, struct buf *out)
{
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        const struct series *curve = &report->history.curve[role];
        if (curve->count < 2)
            continue;
        buf_printf(out, "  %-20.20s ", report->history.metric[role]);
        spark_add(out, curve->value, curve->count, CURVE_WIDTH);
        buf_printf(out, "  %.4g -> %.4g\n", curve->value[0],
                   curve->value[curve->count - 1]);
    }
}

/* The advice, its lines indented below the finding. */
static void add_advice(const char *advice, struct buf *out)
{
    while (*advice) {
        size_t length = strcspn(advice, "\n");
        buf_printf(out, "    %.*s\n", (int)length, advice);
        advice += length + (advice[length] == '\n');
    }
}

static void add_finding(const struct check_report *report, const struct finding *finding,
                        struct buf *out)
{
    const char *unit = report->log.counts_steps ? "step" : "epoch";
    buf_printf(out, "%s: ", report->file);
    add_painted(report, severity_colors[finding->severity],
                severity_names[finding->severity], out);
    buf_printf(out, ": %s (", finding->rule->name);
    if (finding->from_step == finding->to_step)
        buf_printf(out, "%s %" PRId64, unit, finding->from_step);
    else
        buf_printf(out, "%ss %" PRId64 "-%" PRId64, unit, finding->from_step,
                   finding->to_step);
    buf_printf(out, "): %s\n", finding->message);
    add_advice(finding->advice, out);
}

/* The schedule as JSON that --schedule and a run's config take. */
static void add_schedule(const struct diagnosis *diagnosis, struct buf *out)
{
    if (diagnosis->schedule_source == SCHEDULE_NONE)
        return;
    struct json_out json;
    buf_printf(out,
               "  %-7s schedule: ", schedule_source_names[diagnosis->schedule_source]);
    json_init(&json, out);
    schedule_write(&json, &diagnosis->schedule);
    buf_add_char(out, '\n');
}

void check_report_text(const struct check_report *report, struct buf *out)
{
    const struct diagnosis *diagnosis = &report->diagnosis;
    add_heading(report, out);
    add_curves(report, out);
    for (size_t i = 0; i < diagnosis->finding_count; i++)
        add_finding(report, &diagnosis->findings[i], out);
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        const struct check *check = &diagnosis->checks[i];
        char status[16];
        snprintf(status, sizeof status, "%-7s", check_status_names[check->status]);
        buf_add_text(out, "  ");
        add_painted(report, check_colors[check->status], status, out);
        buf_printf(out, " %s: %s\n", check_names[i], check->because);
    }
    add_schedule(diagnosis, out);
}
