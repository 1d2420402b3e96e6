#include "cli/check_report.h"

#include "api/diagnosis_json.h"
#include "api/schedule_json.h"
#include "base/json_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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
    buf_printf(out, "%s: %s (%zu row%s, %s %" PRId64 " to %" PRId64 ": ", report->file,
               verdict, log->row_count, log->row_count == 1 ? "" : "s", unit,
               log->step[0], log->step[log->row_count - 1]);
    add_columns(report, out);
    if (log->runs > 1)
        buf_printf(out, "; the longest of %zu runs in the file", log->runs);
    buf_add_text(out, ")\n");
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
    buf_printf(out, "%s: %s: %s (", report->file, severity_names[finding->severity],
               finding->rule->name);
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
    for (size_t i = 0; i < diagnosis->finding_count; i++)
        add_finding(report, &diagnosis->findings[i], out);
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        const struct check *check = &diagnosis->checks[i];
        buf_printf(out, "  %-7s %s: %s\n", check_status_names[check->status],
                   check_names[i], check->because);
    }
    add_schedule(diagnosis, out);
}

static void write_schedule(struct json_out *json, const struct diagnosis *diagnosis)
{
    json_key(json, "schedule");
    json_object_begin(json);
    json_key_text(json, "source", schedule_source_names[diagnosis->schedule_source]);
    json_key(json, "spec");
    if (diagnosis->schedule_source == SCHEDULE_NONE)
        json_null(json);
    else
        schedule_write(json, &diagnosis->schedule);
    json_key(json, "observed");
    diagnosis_write_observed(json, diagnosis);
    json_object_end(json);
}

void check_report_json(const struct check_report *report, struct buf *out)
{
    struct json_out json;
    json_init(&json, out);
    json_object_begin(&json);
    json_key_text(&json, "file", report->file);
    json_key_text(&json, "verdict", verdict_names[report->diagnosis.verdict]);
    json_key(&json, "checks");
    diagnosis_write_checks(&json, &report->diagnosis);
    json_key(&json, "findings");
    diagnosis_write_findings(&json, &report->history, &report->diagnosis);
    write_schedule(&json, &report->diagnosis);
    json_object_end(&json);
    buf_add_char(out, '\n');
}

void check_error_json(const char *file, const char *error, struct buf *out)
{
    struct json_out json;
    json_init(&json, out);
    json_object_begin(&json);
    json_key_text(&json, "file", file);
    json_key_text(&json, "error", error);
    json_object_end(&json);
    buf_add_char(out, '\n');
}
