#include "api/diagnosis_json.h"
#include "api/findings.h"
#include "api/handlers.h"
#include "api/param.h"
#include "api/planner.h"
#include "api/reference.h"
#include "api/schedule_json.h"
#include "base/limits.h"
#include "core/schedule/outlook.h"

#include <math.h>

static enum status curve(struct http_exchange *x, struct err *err)
{
    const struct schedule_query query = {http_query(x), curve_param_names, NAN,
                                         &x->arena};
    struct curve_request request;
    struct json_out json;
    enum status status = curve_read(&query, &request, err);
    if (status != ST_OK)
        return status;
    json_init(&json, &x->out);
    return curve_write(&json, &request, &x->arena, err);
}

void schedule_get(struct http_exchange *x)
{
    struct err err = {0};
    answer(x, curve(x, &err), &err);
}

static void write_param(struct json_out *json, const struct schedule_param *param)
{
    json_object_begin(json);
    json_key_text(json, "name", param->name);
    json_key_bool(json, "required", param->required);
    json_key_bool(json, "optional", param->optional);
    json_key_bool(json, "integer", param->integer);
    json_key(json, "default");
    if (param->required || param->optional)
        json_null(json);
    else
        schedule_write_value(json, param, param->value_default);
    if (param->words) {
        json_key(json, "words");
        json_array_begin(json);
        for (const char *const *word = param->words; *word; word++)
            json_text(json, *word);
        json_array_end(json);
    } else {
        json_key_double(json, param->min_open ? "above" : "min", param->min);
    }
    if (param->max > 0)
        json_key_double(json, "max", param->max);
    json_object_end(json);
}

static void write_types(struct json_out *json)
{
    json_array_begin(json);
    const struct schedule_type *type;
    for (size_t i = 0; (type = schedule_type_at(i)); i++) {
        json_object_begin(json);
        json_key_text(json, "type", type->name);
        json_key_text(json, "framework", schedule_framework(type));
        json_key_text(json, "about", type->about);
        json_key_text(json, "list", type->list);
        json_key_text(json, "length_param", type->length_param);
        json_key_text(json, "floor_param", type->floor_param);
        json_key_text(json, "past", schedule_past_names[type->past]);
        json_key_bool(json, "alone", type->alone);
        json_key(json, "params");
        json_array_begin(json);
        for (const struct schedule_param *p = type->params; p->name; p++)
            write_param(json, p);
        json_array_end(json);
        json_object_end(json);
    }
    json_array_end(json);
}

void schedules_get(struct http_exchange *x)
{
    struct json_out json;
    json_init(&json, &x->out);
    json_object_begin(&json);
    json_key(&json, "schedules");
    write_types(&json);
    json_object_end(&json);
}

/* To the end of the plan or of the run, whichever is later. */
static int64_t last_step(const struct judged *judged)
{
    const struct diagnosis *d = &judged->diagnosis;
    int64_t last = judged->run.last_step;
    double every = d->deviation.every > 0 ? (double)d->deviation.every : 1;
    double length = schedule_length(&d->schedule) * every;
    int64_t planned = judged->run.epochs && !judged->run.counts_steps
                          ? judged->run.epochs
                          : (int64_t)fmin(length, (double)(STEP_MAX / 2));
    if (d->schedule_origin + planned - 1 > last)
        last = d->schedule_origin + planned - 1;
    return last < d->schedule_origin ? d->schedule_origin : last;
}

static void write_reference(struct json_out *json, const struct judged *judged)
{
    static const char other_unit[] =
        "The schedule and the run count in different units (epochs and steps), so the "
        "schedule is not drawn over the run: declare it with the run's own unit.";
    static const char unwatched[] =
        "ReduceLROnPlateau has no curve of its own: log the loss that it watches, and it "
        "is drawn as that loss makes it.";
    const struct diagnosis *d = &judged->diagnosis;
    const struct schedule *schedule = &d->schedule;
    bool drawn = d->schedule_source != SCHEDULE_NONE;
    bool stairs = d->deviation.every > 0; /* and how many steps an epoch has */
    bool same_unit =
        !drawn || stairs || (schedule->unit == SCHEDULE_STEP) == judged->run.counts_steps;
    int64_t last = drawn ? last_step(judged) : 0;
    /* As it is logged, so that a log that matches lies on it. */
    struct reference_span span = {.origin = d->schedule_origin,
                                  .first = d->schedule_origin,
                                  .last = last,
                                  .how = d->deviation};
    span.stride = reference_stride(span.first, span.last);
    if (!drawn || !same_unit || d->schedule_unwatched)
        span.last = span.first - 1; /* an empty curve */
    reference_write_curve(json, schedule, &span);
    json_key(json, "observed");
    diagnosis_write_observed(json, d);
    int64_t length = (last - span.first + 1) / (stairs ? d->deviation.every : 1);
    reference_write_notes(json, schedule, length,
                          d->schedule_unwatched ? unwatched
                          : same_unit           ? NULL
                                                : other_unit);
    reference_write_code(json, schedule, length);
}

static void write_run_schedule(struct json_out *json, const struct judged *judged)
{
    json_key_text(json, "source",
                  schedule_source_names[judged->diagnosis.schedule_source]);
    json_key(json, "spec");
    schedule_write(json, &judged->diagnosis.schedule);
    write_reference(json, judged);
}

void run_schedule_get(struct http_exchange *x)
{
    findings_answer(x, write_run_schedule);
}
