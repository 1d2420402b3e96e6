#include "api/planner_draw.h"

#include "api/param.h"
#include "base/limits.h"

#include <assert.h>

/* Where any of the curves may jump; NULL when there is no room. */
static unsigned char *find_jumps(const struct schedule *const *schedules, size_t count,
                                 struct arena *arena)
{
    unsigned char *jumps = arena_array(arena, count, sizeof *jumps);
    for (size_t t = 0; jumps && t < count; t++) {
        for (const struct schedule *const *s = schedules; *s && !jumps[t]; s++)
            jumps[t] = schedule_jumps(*s, (double)t);
    }
    return jumps;
}

static enum status thin(const struct schedule *const *schedules, size_t points,
                        struct arena *arena, struct drawing *d, struct err *err)
{
    const double *curves[THIN_CURVES_MAX];
    for (size_t c = 0; c < d->curve_count; c++)
        curves[c] = d->lr[c];
    struct thin_in in = {curves, d->curve_count, d->count,
                         find_jumps(schedules, d->count, arena)};
    d->steps = arena_array(arena, points, sizeof *d->steps);
    if (!in.jumps || !d->steps)
        return arena_full(err);
    d->drawn = schedule_thin(&in, points, d->steps);
    return ST_OK;
}

enum status drawing_make(const struct schedule *const *schedules, int64_t last,
                         int64_t points, struct arena *arena, struct drawing *out,
                         struct err *err)
{
    *out = (struct drawing){.count = (size_t)last + 1, .drawn = (size_t)last + 1};
    for (; schedules[out->curve_count]; out->curve_count++) {
        assert(out->curve_count < THIN_CURVES_MAX);
        double *lr = arena_array(arena, out->count, sizeof *lr);
        if (!lr)
            return arena_full(err);
        schedule_curve(schedules[out->curve_count], 0, out->count, lr);
        out->lr[out->curve_count] = lr;
    }
    if (!points || out->count <= (size_t)points)
        return ST_OK;
    return thin(schedules, (size_t)points, arena, out, err);
}

size_t drawing_step(const struct drawing *drawing, size_t i)
{
    return drawing->steps ? drawing->steps[i] : i;
}

int64_t planner_points(const struct planner_style *style)
{
    return style->points ? style->points : CURVE_POINTS_DEFAULT;
}

void drawing_write_steps(struct json_out *json, const struct drawing *drawing)
{
    json_key(json, "step");
    json_array_begin(json);
    for (size_t i = 0; i < drawing->drawn; i++)
        json_int(json, (int64_t)drawing_step(drawing, i));
    json_array_end(json);
}

void drawing_write_lr(struct json_out *json, const struct drawing *drawing, size_t curve)
{
    json_key(json, "lr");
    json_array_begin(json);
    for (size_t i = 0; i < drawing->drawn; i++)
        json_double(json, drawing->lr[curve][drawing_step(drawing, i)]);
    json_array_end(json);
}

void planner_write_area(struct json_out *json, const struct schedule *schedule,
                        int64_t steps)
{
    struct schedule_area area = schedule_area(schedule, steps);
    json_key(json, "area");
    json_object_begin(json);
    json_key_double(json, "sum", area.sum);
    json_key_double(json, "constant", area.constant);
    json_key_double(json, "ratio", area.ratio);
    json_object_end(json);
}

static void write_snippet(struct json_out *json, const char *key,
                          const struct schedule *schedule,
                          const struct code_request *request)
{
    char code[SCHEDULE_CODE_MAX] = "";
    schedule_code(schedule, request, code, sizeof code);
    json_key_text(json, key, code);
}

void planner_write_code(struct json_out *json, const struct schedule *schedule,
                        int64_t steps, const struct planner_style *style)
{
    struct code_request request = {style->framework, steps, style->steps_per_epoch};
    write_snippet(json, "code", schedule, &request);
    json_key(json, "snippets");
    json_object_begin(json);
    for (int f = 0; f < SCHEDULE_FRAMEWORKS; f++) {
        request.framework = (enum schedule_framework)f;
        write_snippet(json, schedule_framework_names[f], schedule, &request);
    }
    json_object_end(json);
}

enum status planner_read_style(const struct query *query, struct planner_style *out,
                               struct err *err)
{
    static const int64_t points[2] = {SCHEDULE_POINTS_MIN, SERIES_POINTS_MAX};
    int framework = SCHEDULE_PYTORCH;
    *out = (struct planner_style){.points = 0};
    enum status status =
        text_param_int(query_value(query, "points"), "points", points, &out->points, err);
    if (status == ST_OK)
        status = text_param_choice(query_value(query, "framework"), "framework",
                                   schedule_framework_names, &framework, err);
    out->framework = (enum schedule_framework)framework;
    return status;
}
