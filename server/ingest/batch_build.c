#include "ingest/batch_build.h"

#include "base/clock.h"
#include "base/text.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define TIME_SECONDS_MAX 253402300799.0 /* the end of the year 9999 */

enum status batch_fail(struct batch_build *build, enum status status, const char *code,
                       const char *what)
{
    char field[sizeof build->err->field];
    size_t length = build->current.length < sizeof field - 1 ? build->current.length
                                                             : sizeof field - 1;
    if (length)
        memcpy(field, build->current.name, length);
    field[length] = '\0';
    err_set(build->err, status, code, "record %zu%s%s: %s", build->batch->record_count,
            length ? ", " : "", field, what);
    err_at(build->err, (int64_t)build->batch->record_count, field);
    return status;
}

enum status batch_at_line(struct batch_build *build, enum status status, size_t line)
{
    struct err *err = build->err;
    if (!status || !err || !strncmp(err->text, "line ", 5))
        return status;
    char text[sizeof err->text];
    memcpy(text, err->text, sizeof text);
    snprintf(err->text, sizeof err->text, "line %zu, %.*s", line,
             (int)sizeof err->text - 40, text);
    return status;
}

static enum status too_large(struct batch_build *build)
{
    return batch_fail(build, ST_TOO_LARGE, "too_large",
                      "the body needs too much memory: send it in parts");
}

/* --- room --- */

/* items[0..count) moved to twice the room; NULL when the arena is full. */
static void *grow(struct arena *arena, const void *items, size_t count, size_t size)
{
    void *larger = arena_array(arena, count * 2, size);
    return larger ? memcpy(larger, items, count * size) : NULL;
}

enum status batch_build_init(struct batch_build *build, struct batch *batch,
                             size_t body_bytes, struct err *err)
{
    struct arena *arena = batch->arena;
    memset(build, 0, offsetof(struct batch_build, guess)); /* the guesses are counted */
    build->batch = batch;
    build->arena = arena;
    build->err = err;
    build->point_capacity = body_bytes / 20 + 16;
    build->last_record_capacity = 16;
    batch->points = arena_array(arena, build->point_capacity, sizeof *batch->points);
    build->last_record =
        arena_array(arena, build->last_record_capacity, sizeof *build->last_record);
    if (!batch->points || !build->last_record ||
        !names_init(&build->names, arena, (uintptr_t)batch->points ^ (uintptr_t)build))
        return too_large(build);
    return ST_OK;
}

/* A name that was null or empty throughout is no metric: nothing was measured. */
static void drop_unmeasured(struct batch *batch, uint32_t *id)
{
    size_t kept = 0;
    memset(id, 0, batch->metric_count * sizeof *id);
    for (size_t i = 0; i < batch->point_count; i++)
        id[batch->points[i].metric] = 1;
    for (size_t m = 0; m < batch->metric_count; m++) {
        if (!id[m])
            continue;
        id[m] = (uint32_t)kept;
        batch->metrics[kept++] = batch->metrics[m];
    }
    for (size_t i = 0; i < batch->point_count && kept < batch->metric_count; i++)
        batch->points[i].metric = id[batch->points[i].metric];
    batch->metric_count = kept;
}

void batch_build_finish(struct batch_build *build)
{
    build->batch->metrics = build->names.name;
    build->batch->metric_count = build->names.count;
    drop_unmeasured(build->batch, build->last_record);
}

static struct point *add_point(struct batch_build *build)
{
    struct batch *batch = build->batch;
    if (batch->point_count == build->point_capacity) {
        struct point *larger = grow(build->arena, batch->points, build->point_capacity,
                                    sizeof *batch->points);
        if (!larger)
            return NULL;
        batch->points = larger;
        build->point_capacity *= 2;
    }
    return &batch->points[batch->point_count++];
}

/* --- names --- */

static bool grow_last_record(struct batch_build *build)
{
    uint32_t *larger = grow(build->arena, build->last_record, build->last_record_capacity,
                            sizeof *build->last_record);
    if (!larger)
        return false;
    build->last_record = larger;
    build->last_record_capacity *= 2;
    return true;
}

static enum status intern(struct batch_build *build, const char *name, size_t length,
                          int *id)
{
    if (length < 1 || length > METRIC_NAME_MAX || !text_is_printable(name, length) ||
        name[0] == ' ' || name[length - 1] == ' ')
        return batch_fail(build, ST_INVALID, "bad_metric_name",
                          "a metric name has 1 to 128 bytes of printable UTF-8 and no "
                          "blank at its ends");
    *id = names_find(&build->names, name, length);
    if (*id >= 0)
        return ST_OK;
    if (build->names.count == RUN_METRICS_MAX)
        return batch_fail(build, ST_INVALID, "too_many_metrics",
                          "a run has at most 4096 metrics");
    if (build->names.count == build->last_record_capacity && !grow_last_record(build))
        return too_large(build);
    *id = names_add(&build->names, name, length);
    return *id >= 0 ? ST_OK : too_large(build);
}

static const struct batch_field reserved[] = {
    {"epoch", 5, FIELD_EPOCH},
    {"step", 4, FIELD_STEP},
    {"time", 4, FIELD_TIME},
};

static bool same_name(const struct batch_field *field, const char *name, size_t length)
{
    return field->length == length && !memcmp(field->name, name, length);
}

/* What the name means, whatever came before. */
static enum status look_up(struct batch_build *build, const char *name, size_t length,
                           int *id)
{
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
        if (same_name(&reserved[i], name, length)) {
            *id = reserved[i].id;
            return ST_OK;
        }
    }
    return intern(build, name, length, id);
}

/* Marks the field as seen in this record; false when it was. */
static bool mark_seen(struct batch_build *build, int id)
{
    if (id < 0) {
        unsigned bit = 1u << -id;
        bool fresh = !(build->seen & bit);
        build->seen |= bit;
        return fresh;
    }
    uint32_t record = (uint32_t)build->batch->record_count + 1;
    bool fresh = build->last_record[id] != record;
    build->last_record[id] = record;
    return fresh;
}

enum status batch_field(struct batch_build *build, const char *name, size_t length,
                        int *id)
{
    build->current = (struct batch_field){name, length, 0};
    size_t position = build->field_count++;
    assert(position < sizeof build->guess / sizeof *build->guess);
    struct batch_field *guess = &build->guess[position];
    if (position < build->guess_count && same_name(guess, name, length)) {
        *id = guess->id;
    } else {
        enum status status = look_up(build, name, length, id);
        if (status)
            return status;
        *guess = (struct batch_field){name, length, *id};
        if (position >= build->guess_count)
            build->guess_count = position + 1;
    }
    if (!mark_seen(build, *id))
        return batch_fail(build, ST_MALFORMED, "duplicate_key",
                          "this field is there twice");
    if (*id >= 0 && ++build->metric_count > RECORD_FIELDS_MAX)
        return batch_fail(build, ST_INVALID, "too_many_metrics",
                          "a record has at most 1024 metrics");
    return ST_OK;
}

/* --- values --- */

static enum status set_time(struct batch_build *build, double seconds)
{
    if (!(seconds >= 0 && seconds <= TIME_SECONDS_MAX))
        return batch_fail(build, ST_INVALID, "bad_time",
                          "not Unix seconds before the year 10000 (milliseconds?)");
    build->has_time = true;
    build->time_ms = llround(seconds * 1000);
    return ST_OK;
}

/* Whether number may be an x position. */
static enum status check_position(struct batch_build *build, const struct number *number)
{
    if (number->value < 0)
        return batch_fail(build, ST_INVALID, "epoch_negative",
                          "an epoch or step is at least 0");
    if (number->value > (double)STEP_MAX)
        return batch_fail(build, ST_INVALID, "number_out_of_range",
                          "an epoch or step is at most 2^53 - 1");
    if (!number->integer)
        return batch_fail(build, ST_INVALID, "bad_type",
                          "an epoch or step is an integer (an epoch may be fractional "
                          "beside a step)");
    return ST_OK;
}

static enum status set_step(struct batch_build *build, const struct number *number)
{
    build->has_step = true;
    build->step = number->exact;
    return check_position(build, number);
}

enum status batch_number(struct batch_build *build, int id, const struct number *number)
{
    if (id == FIELD_TIME)
        return set_time(build, number->value);
    if (id == FIELD_STEP)
        return set_step(build, number);
    if (id == FIELD_EPOCH) {
        build->has_epoch = true;
        build->epoch = *number;
        return ST_OK;
    }
    struct point *point = add_point(build);
    if (!point)
        return too_large(build);
    point->metric = (uint32_t)id;
    point->value = number->value;
    return ST_OK;
}

enum status batch_text(struct batch_build *build, int id, const char *text, size_t length)
{
    static const struct {
        const char *text;
        size_t length;
        double value;
    } words[] = {{"NaN", 3, NAN}, {"Infinity", 8, INFINITY}, {"-Infinity", 9, -INFINITY}};

    if (id == FIELD_TIME) {
        build->has_time = true;
        if (!clock_parse(text, length, &build->time_ms))
            return batch_fail(build, ST_INVALID, "bad_time",
                              "not a time: send RFC 3339 or Unix seconds");
        return ST_OK;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words && id >= 0; i++) {
        if (length != words[i].length || memcmp(text, words[i].text, length))
            continue;
        return batch_number(build, id, &(struct number){.value = words[i].value});
    }
    return batch_fail(build, ST_INVALID, "bad_type", "text where a number is expected");
}

/* --- records --- */

void batch_record_begin(struct batch_build *build)
{
    build->first_point = build->batch->point_count;
    build->field_count = build->metric_count = 0;
    build->seen = 0;
    build->has_step = build->has_epoch = build->has_time = false;
    build->current.length = 0;
}

/* Beside a step, the epoch is a metric like others. */
static enum status add_epoch_metric(struct batch_build *build)
{
    int id;
    enum status status = intern(build, "epoch", strlen("epoch"), &id);
    return status ? status : batch_number(build, id, &build->epoch);
}

static enum status find_position(struct batch_build *build)
{
    build->current = reserved[0];
    if (build->has_step)
        return build->has_epoch ? add_epoch_metric(build) : ST_OK;
    if (!build->has_epoch)
        return batch_fail(build, ST_INVALID, "missing_epoch",
                          "a record needs an epoch or a step");
    build->step = build->epoch.exact;
    return check_position(build, &build->epoch);
}

enum status batch_record_end(struct batch_build *build)
{
    struct batch *batch = build->batch;
    enum status status = find_position(build);
    if (status)
        return status;
    int64_t time_ms = build->has_time ? build->time_ms : build->now_ms;
    for (size_t i = build->first_point; i < batch->point_count; i++) {
        struct point *point = &batch->points[i];
        point->step = build->step;
        point->time_ms = time_ms;
        point->record = (uint32_t)batch->record_count;
    }
    if (!batch->record_count || build->step < batch->step_first)
        batch->step_first = build->step;
    if (!batch->record_count || build->step > batch->step_last)
        batch->step_last = build->step;
    batch->has_step |= build->has_step;
    batch->has_epoch |= build->has_epoch;
    batch->record_count++;
    return ST_OK;
}
