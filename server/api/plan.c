#include "core/schedule/plan.h"

#include "api/handlers.h"
#include "api/param.h"
#include "api/planner.h"
#include "api/planner_draw.h"
#include "base/limits.h"

const char *const plan_param_names[] = {"epochs",    "cycles",          "base_lr",
                                        "eta_min",   "warmup",          "points",
                                        "framework", "steps_per_epoch", NULL};

static enum status read_int(const struct query *query, const char *name,
                            const int64_t range[2], int64_t *out, struct err *err)
{
    return text_param_int(query_value(query, name), name, range, out, err);
}

static enum status read_rates(const struct query *query, struct plan_request *out,
                              struct err *err)
{
    enum status status =
        text_param_double(query_value(query, "base_lr"), "base_lr", &out->base_lr, err);
    if (status == ST_OK)
        status = text_param_double(query_value(query, "eta_min"), "eta_min",
                                   &out->eta_min, err);
    if (status != ST_OK)
        return status;
    if (!(out->base_lr > 0))
        return bad_parameter("base_lr", err, "must be more than 0");
    if (out->eta_min < 0 || out->eta_min >= out->base_lr)
        return bad_parameter("eta_min", err, "must be at least 0 and less than base_lr");
    return ST_OK;
}

static enum status read_request(const struct query *query, struct plan_request *out,
                                struct err *err)
{
    const int64_t epochs[2] = {1, CURVE_STEPS_MAX};
    *out = (struct plan_request){.cycles = 1, .base_lr = 0.1};
    enum status status = read_int(query, "epochs", epochs, &out->epochs, err);
    if (status == ST_OK && !out->epochs)
        return bad_parameter("epochs", err, "is needed: how many epochs will you train?");
    const int64_t warmup[2] = {0, out->epochs - 1};
    if (status == ST_OK)
        status = read_int(query, "warmup", warmup, &out->warmup, err);
    const int64_t cycles[2] = {1, out->epochs};
    if (status == ST_OK)
        status = read_int(query, "cycles", cycles, &out->cycles, err);
    if (status == ST_OK && out->cycles > out->epochs - out->warmup)
        return bad_parameter("cycles", err,
                             "is more than the epochs that the warm-up leaves");
    return status == ST_OK ? read_rates(query, out, err) : status;
}

enum status plan_read(const struct query *query, struct plan_question *out,
                      struct err *err)
{
    static const int64_t updates[2] = {1, STEP_MAX};
    enum status status = read_request(query, &out->request, err);
    if (status == ST_OK)
        status = planner_read_style(query, &out->style, err);
    return status == ST_OK ? read_int(query, "steps_per_epoch", updates,
                                      &out->style.steps_per_epoch, err)
                           : status;
}

/* --- the answer --- */

enum { CURVE_PLAN, CURVE_PLAIN, CURVE_ALTERNATIVES };

static void write_texts(struct json_out *json, const char (*texts)[SCHEDULE_NOTE_MAX],
                        size_t count)
{
    json_key(json, "notes");
    json_array_begin(json);
    for (size_t i = 0; i < count; i++)
        json_text(json, texts[i]);
    json_array_end(json);
}

static void write_spec(struct json_out *json, const struct schedule *schedule)
{
    json_key(json, "spec");
    schedule_write(json, schedule);
}

static void write_plain(struct json_out *json, const struct plan *plan,
                        const struct drawing *drawing, int64_t epochs)
{
    json_key(json, "plain");
    json_object_begin(json);
    write_spec(json, &plan->plain);
    drawing_write_lr(json, drawing, CURVE_PLAIN);
    planner_write_area(json, &plan->plain, epochs);
    json_object_end(json);
}

static void write_alternatives(struct json_out *json, const struct plan *plan,
                               const struct drawing *drawing, int64_t epochs)
{
    json_key(json, "alternatives");
    json_array_begin(json);
    for (size_t i = 0; i < plan->alternative_count; i++) {
        const struct plan_alternative *alternative = &plan->alternatives[i];
        json_object_begin(json);
        write_spec(json, &alternative->schedule);
        drawing_write_lr(json, drawing, CURVE_ALTERNATIVES + i);
        planner_write_area(json, &alternative->schedule, epochs);
        write_texts(json, alternative->notes, alternative->note_count);
        json_object_end(json);
    }
    json_array_end(json);
}

static enum status draw(const struct plan *plan, const struct plan_question *question,
                        struct arena *arena, struct drawing *out, struct err *err)
{
    const struct schedule *schedules[THIN_CURVES_MAX + 1] = {&plan->schedule,
                                                             &plan->plain};
    for (size_t i = 0; i < plan->alternative_count; i++)
        schedules[CURVE_ALTERNATIVES + i] = &plan->alternatives[i].schedule;
    return drawing_make(schedules, question->request.epochs,
                        planner_points(&question->style), arena, out, err);
}

enum status plan_write(struct json_out *json, const struct plan_question *question,
                       struct arena *arena, struct err *err)
{
    int64_t epochs = question->request.epochs;
    struct plan plan;
    struct drawing drawing;
    plan_make(&question->request, &plan);
    enum status status = draw(&plan, question, arena, &drawing, err);
    if (status != ST_OK)
        return status;
    json_object_begin(json);
    json_key_int(json, "epochs", epochs);
    json_key_int(json, "cycles", question->request.cycles);
    json_key_int(json, "warmup", question->request.warmup);
    json_key_int(json, "T_max", plan.T_max);
    write_spec(json, &plan.schedule);
    drawing_write_steps(json, &drawing);
    drawing_write_lr(json, &drawing, CURVE_PLAN);
    planner_write_area(json, &plan.schedule, epochs);
    write_plain(json, &plan, &drawing, epochs);
    write_alternatives(json, &plan, &drawing, epochs);
    write_texts(json, plan.notes, plan.note_count);
    planner_write_code(json, &plan.schedule, epochs, &question->style);
    json_object_end(json);
    return ST_OK;
}

static enum status make(struct http_exchange *x, struct err *err)
{
    struct plan_question question;
    struct json_out json;
    enum status status = plan_read(http_query(x), &question, err);
    if (status != ST_OK)
        return status;
    json_init(&json, &x->out);
    return plan_write(&json, &question, &x->arena, err);
}

void plan_get(struct http_exchange *x)
{
    struct err err = {0};
    answer(x, make(x, &err), &err);
}
