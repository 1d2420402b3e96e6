#include "api/reference.h"

#include "core/code/code.h"

#define NOTES_MAX 8

int64_t reference_stride(int64_t first, int64_t last)
{
    /* the last step is always there, so one point of the room is its */
    return (last - first) / (REFERENCE_POINTS - 1) + 1;
}

/* The step after `step`; the last one is not passed over. Beyond last: the end. */
static int64_t step_after(const struct reference_span *span, int64_t step)
{
    if (step == span->last)
        return span->last + 1;
    return span->last - step < span->stride ? span->last : step + span->stride;
}

void reference_write_lr(struct json_out *json, const struct schedule *schedule,
                        const struct reference_span *span)
{
    json_key(json, "lr");
    json_array_begin(json);
    for (int64_t s = span->first; s <= span->last; s = step_after(span, s))
        json_double(json,
                    schedule_logged(schedule, &span->how, (double)(s - span->origin)));
    json_array_end(json);
}

void reference_write_curve(struct json_out *json, const struct schedule *schedule,
                           const struct reference_span *span)
{
    json_key(json, "step");
    json_array_begin(json);
    for (int64_t s = span->first; s <= span->last; s = step_after(span, s))
        json_int(json, s);
    json_array_end(json);
    reference_write_lr(json, schedule, span);
}

void reference_write_notes(struct json_out *json, const struct schedule *schedule,
                           int64_t steps, const char *before)
{
    char notes[NOTES_MAX][SCHEDULE_NOTE_MAX];
    size_t count =
        schedule->part_count ? schedule_notes(schedule, steps, notes, NOTES_MAX) : 0;
    json_key(json, "notes");
    json_array_begin(json);
    if (before)
        json_text(json, before);
    for (size_t i = 0; i < count; i++)
        json_text(json, notes[i]);
    json_array_end(json);
}

void reference_write_code(struct json_out *json, const struct schedule *schedule,
                          int64_t steps)
{
    char code[SCHEDULE_CODE_MAX] = "";
    const struct code_request request = {.framework = SCHEDULE_PYTORCH, .steps = steps};
    schedule_code(schedule, &request, code, sizeof code);
    json_key_text(json, "code", code);
}
