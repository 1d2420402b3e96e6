#include "api/diagnosis_json.h"

#include <string.h>

void diagnosis_write_checks(struct json_out *json, const struct diagnosis *diagnosis)
{
    json_array_begin(json);
    for (int i = 0; i < CHECK_COUNT; i++) {
        const struct check *check = &diagnosis->checks[i];
        json_object_begin(json);
        json_key_text(json, "check", check_names[i]);
        json_key_text(json, "status", check_status_names[check->status]);
        json_key_text(json, "because", check->because);
        json_object_end(json);
    }
    json_array_end(json);
}

static void write_evidence(struct json_out *json, const struct finding *finding)
{
    json_key(json, "evidence");
    json_object_begin(json);
    for (size_t i = 0; i < finding->evidence_count; i++)
        json_key_double(json, finding->evidence[i].name, finding->evidence[i].value);
    json_object_end(json);
    json_key(json, "units");
    json_object_begin(json);
    for (size_t i = 0; i < finding->evidence_count; i++) {
        if (*finding->evidence[i].unit)
            json_key_text(json, finding->evidence[i].name, finding->evidence[i].unit);
    }
    json_object_end(json);
}

void diagnosis_write_finding(struct json_out *json, const struct history *history,
                             const struct finding *finding)
{
    json_object_begin(json);
    json_key_text(json, "rule", finding->rule->name);
    json_key_text(json, "title", finding->rule->title);
    json_key_text(json, "severity", severity_names[finding->severity]);
    json_key_text(json, "metric",
                  finding->role == ROLE_COUNT ? NULL : history->metric[finding->role]);
    json_key_int(json, "from_step", finding->from_step);
    json_key_int(json, "to_step", finding->to_step);
    json_key_bool(json, "ongoing", finding->ongoing);
    json_key_text(json, "message", finding->message);
    write_evidence(json, finding);
    json_key_text(json, "cause", finding->cause);
    json_key_text(json, "param", finding->param);
    json_key_text(json, "advice", finding->advice);
    json_object_end(json);
}

void diagnosis_write_findings(struct json_out *json, const struct history *history,
                              const struct diagnosis *diagnosis)
{
    json_array_begin(json);
    for (size_t i = 0; i < diagnosis->finding_count; i++) {
        if (!diagnosis->findings[i].muted)
            diagnosis_write_finding(json, history, &diagnosis->findings[i]);
    }
    json_array_end(json);
}

void diagnosis_write_counts(struct json_out *json, const int counts[SEVERITY_COUNT])
{
    json_object_begin(json);
    for (int s = SEVERITY_COUNT - 1; s >= 0; s--)
        json_key_int(json, severity_names[s], counts[s]);
    json_object_end(json);
}

static void write_step(struct json_out *json, const char *key, int64_t step)
{
    json_key(json, key);
    if (step < 0)
        json_null(json);
    else
        json_int(json, step);
}

void diagnosis_write_observed(struct json_out *json, const struct diagnosis *diagnosis)
{
    const struct schedule_deviation *d = &diagnosis->deviation;
    bool steps = diagnosis->schedule.unit == SCHEDULE_STEP || d->every > 0;
    char logged[LOGGED_WORDS_MAX];
    schedule_logged_words(d, steps ? "step" : "epoch", logged);
    if (diagnosis->schedule_source == SCHEDULE_NONE || !d->points) {
        json_null(json);
        return;
    }
    json_object_begin(json);
    json_key_int(json, "points", (int64_t)d->points);
    json_key_int(json, "shift", d->shift);
    json_key_bool(json, "averaged", d->averaged);
    json_key_int(json, "every", d->every > 0 ? d->every : 1);
    json_key_text(json, "logged", *logged ? logged : NULL);
    json_key_double(json, "max_relative", d->max_relative);
    json_key_double(json, "rms_relative", d->rms_relative);
    json_key_int(json, "max_at", d->max_at);
    write_step(json, "leaves_at", d->leaves_at);
    write_step(json, "off_until", d->leaves_at < 0 ? -1 : d->off_until);
    json_key_double(json, "tolerance", d->tolerance);
    json_object_end(json);
}

/* What the muted rules would say. */
static void write_muted(struct json_out *json, const struct judged *judged)
{
    const struct diagnosis *diagnosis = &judged->diagnosis;
    json_array_begin(json);
    for (size_t m = 0; m < judged->mute_count; m++) {
        const char *message = NULL;
        for (size_t i = 0; i < diagnosis->finding_count && !message; i++) {
            if (!strcmp(diagnosis->findings[i].rule->name, judged->mutes[m].rule))
                message = diagnosis->findings[i].message;
        }
        json_object_begin(json);
        json_key_text(json, "rule", judged->mutes[m].rule);
        json_key_text(json, "reason", judged->mutes[m].reason);
        json_key(json, "muted_at");
        json_time(json, judged->mutes[m].muted_ms);
        json_key_text(json, "message", message);
        json_object_end(json);
    }
    json_array_end(json);
}

size_t diagnosis_render(const struct judged *judged, struct buf *out)
{
    const struct diagnosis *diagnosis = &judged->diagnosis;
    size_t start = out->length;
    struct json_out json;
    json_init(&json, out);
    json_key_text(&json, "verdict", verdict_names[diagnosis->verdict]);
    json_key(&json, "checked_to_step");
    if (judged->run.last_step < 0)
        json_null(&json);
    else
        json_int(&json, judged->run.last_step);
    json_key(&json, "findings");
    diagnosis_write_findings(&json, &judged->history, diagnosis);
    size_t brief = out->length - start;
    json_key(&json, "muted");
    write_muted(&json, judged);
    json_key_int(&json, "rules_checked", (int64_t)diagnosis->rules_checked);
    json_key(&json, "checks");
    diagnosis_write_checks(&json, diagnosis);
    return brief;
}
