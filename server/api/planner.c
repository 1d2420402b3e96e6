#include "api/planner.h"

#include "api/param.h"
#include "api/planner_draw.h"
#include "api/reference.h"
#include "base/limits.h"
#include "core/schedule/outlook.h"

#define STEPS_DEFAULT 100

const char *const curve_param_names[] = {"steps", "until", "points", "framework", NULL};

/* Without `steps`: the one descent of the schedule, a hundred steps when it has no end.
   Without `until` the curve ends with the run. */
static enum status read_steps(const struct query *query, struct curve_request *out,
                              struct err *err)
{
    static const int64_t range[2] = {0, CURVE_STEPS_MAX};
    double length = schedule_length(&out->schedule);
    out->steps =
        length >= 1 && length <= CURVE_STEPS_MAX ? (int64_t)length : STEPS_DEFAULT;
    enum status status =
        text_param_int(query_value(query, "steps"), "steps", range, &out->steps, err);
    const int64_t reach[2] = {out->steps, CURVE_STEPS_MAX};
    out->until = out->steps;
    return status == ST_OK ? text_param_int(query_value(query, "until"), "until", reach,
                                            &out->until, err)
                           : status;
}

enum status curve_read(const struct schedule_query *query, struct curve_request *out,
                       struct err *err)
{
    enum status status = schedule_read_query(query, &out->schedule, err);
    if (status == ST_OK)
        status = read_steps(query->query, out, err);
    return status == ST_OK ? planner_read_style(query->query, &out->style, err) : status;
}

/* What the run sees of it in the end, and what it would see after. */
static void write_outlook(struct json_out *json, const struct curve_request *request)
{
    struct schedule_outlook outlook =
        schedule_outlook(&request->schedule, request->steps);
    json_key_text(json, "past", schedule_past_names[schedule_past(&request->schedule)]);
    json_key(json, "lowest");
    json_object_begin(json);
    json_key_int(json, "step", outlook.lowest_at);
    json_key_double(json, "lr", outlook.lowest);
    json_object_end(json);
    json_key_double(json, "last_lr", outlook.last);
}

enum status curve_write(struct json_out *json, const struct curve_request *request,
                        struct arena *arena, struct err *err)
{
    const struct schedule *schedule = &request->schedule;
    const struct schedule *const schedules[] = {schedule, NULL};
    struct drawing drawing;
    enum status status =
        drawing_make(schedules, request->until, planner_points(&request->style), arena,
                     &drawing, err);
    if (status != ST_OK)
        return status;
    json_object_begin(json);
    json_key(json, "spec");
    schedule_write(json, schedule);
    json_key_int(json, "steps", request->steps);
    json_key_double(json, "length", schedule_length(schedule));
    write_outlook(json, request);
    drawing_write_steps(json, &drawing);
    drawing_write_lr(json, &drawing, 0);
    planner_write_area(json, schedule, request->steps);
    reference_write_notes(json, schedule, request->steps, NULL);
    planner_write_code(json, schedule, request->steps, &request->style);
    json_object_end(json);
    return ST_OK;
}
