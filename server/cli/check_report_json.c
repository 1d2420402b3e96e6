#include "cli/check_report.h"

#include "api/diagnosis_json.h"
#include "api/schedule_json.h"
#include "base/json_out.h"

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
