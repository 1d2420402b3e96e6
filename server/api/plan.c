#include "core/schedule/plan.h"

#include "api/handlers.h"
#include "api/param.h"
#include "api/reference.h"
#include "api/schedule_json.h"
#include "base/limits.h"

static enum status read_rates(const struct http_exchange *x, struct plan_request *out,
                              struct err *err)
{
    enum status status = param_double(x, "base_lr", &out->base_lr, err);
    if (status == ST_OK)
        status = param_double(x, "eta_min", &out->eta_min, err);
    if (status != ST_OK)
        return status;
    if (!(out->base_lr > 0))
        return bad_parameter("base_lr", err, "must be more than 0");
    if (out->eta_min < 0 || out->eta_min >= out->base_lr)
        return bad_parameter("eta_min", err, "must be at least 0 and less than base_lr");
    return ST_OK;
}

static enum status read_request(const struct http_exchange *x, struct plan_request *out,
                                struct err *err)
{
    const int64_t epochs[2] = {1, CURVE_STEPS_MAX};
    *out = (struct plan_request){.cycles = 1, .base_lr = 0.1};
    enum status status = param_int(x, "epochs", epochs, &out->epochs, err);
    if (status == ST_OK && !out->epochs)
        return bad_parameter("epochs", err, "is needed: how many epochs will you train?");
    const int64_t warmup[2] = {0, out->epochs - 1};
    if (status == ST_OK)
        status = param_int(x, "warmup", warmup, &out->warmup, err);
    const int64_t cycles[2] = {1, out->epochs - out->warmup};
    if (status == ST_OK)
        status = param_int(x, "cycles", cycles, &out->cycles, err);
    return status == ST_OK ? read_rates(x, out, err) : status;
}

static void write_plain(struct json_out *json, const struct plan *plan,
                        const struct reference_span *span)
{
    json_key(json, "plain");
    json_object_begin(json);
    json_key(json, "spec");
    schedule_write(json, &plan->plain);
    reference_write_lr(json, &plan->plain, span);
    json_object_end(json);
}

static void write_notes(struct json_out *json, const struct plan *plan)
{
    json_key(json, "notes");
    json_array_begin(json);
    for (size_t i = 0; i < plan->note_count; i++)
        json_text(json, plan->notes[i]);
    json_array_end(json);
}

static enum status make(struct http_exchange *x, struct err *err)
{
    struct plan_request request;
    struct plan plan;
    struct json_out json;
    enum status status = read_request(x, &request, err);
    if (status != ST_OK)
        return status;
    plan_make(&request, &plan);
    struct reference_span span = {0, 0, request.epochs, 1};
    json_init(&json, &x->out);
    json_object_begin(&json);
    json_key_int(&json, "epochs", request.epochs);
    json_key_int(&json, "cycles", request.cycles);
    json_key_int(&json, "warmup", request.warmup);
    json_key_int(&json, "T_max", plan.T_max);
    json_key(&json, "spec");
    schedule_write(&json, &plan.schedule);
    reference_write_curve(&json, &plan.schedule, &span);
    write_plain(&json, &plan, &span);
    write_notes(&json, &plan);
    reference_write_code(&json, &plan.schedule, request.epochs);
    json_object_end(&json);
    return ST_OK;
}

void plan_get(struct http_exchange *x)
{
    struct err err = {0};
    answer(x, make(x, &err), &err);
}
