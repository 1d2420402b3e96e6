#include "api/schedule_json.h"

#include "api/schedule_fields.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum status read_list(const struct json_value *value, struct schedule_part *part,
                             struct err *err)
{
    const char *name = part->type->list;
    if (value_kind(value) != VALUE_ARRAY)
        return bad_type(name, "an array of numbers", value, err);
    for (const struct json_value *v = value_first(value); v; v = value_next(v)) {
        if (part->list_count == SCHEDULE_LIST_MAX)
            return schedule_list_too_long(name, err);
        if (value_kind(v) != VALUE_NUMBER)
            return bad_type(name, "an array of numbers", v, err);
        part->list[part->list_count++] = value_number(v);
    }
    return ST_OK;
}

/* A number, or one of the parameter's words; true and false are words too. null stands
   for a parameter that is left out. */
static enum status read_value(const struct json_value *member,
                              const struct schedule_param *param, double *out,
                              struct err *err)
{
    enum value_kind kind = value_kind(member);
    if (kind == VALUE_NULL && param->optional)
        return ST_OK;
    if (!param->words && kind != VALUE_NUMBER)
        return bad_type(param->name, "a number", member, err);
    if (!param->words) {
        *out = value_number(member);
        return ST_OK;
    }
    if (kind == VALUE_BOOL && param->words == schedule_false_true) {
        *out = value_true(member);
        return ST_OK;
    }
    return kind == VALUE_TEXT ? schedule_read_word(value_text(member), param, out, err)
                              : bad_type(param->name, "text", member, err);
}

static enum status read_member(const struct json_value *member,
                               struct schedule_part *part, struct err *err)
{
    const struct schedule_type *type = part->type;
    const char *name = value_name(member);
    if (!strcmp(name, "type") || !strcmp(name, "unit"))
        return ST_OK;
    if (type->list && !strcmp(name, type->list))
        return read_list(member, part, err);
    int index = schedule_param_find(type, name);
    if (index < 0) {
        const char *known[SCHEDULE_FIELDS_MAX];
        schedule_fields(type, known);
        return unknown_field(name, schedule_suggest(name, known), err);
    }
    return read_value(member, &type->params[index], &part->param[index], err);
}

static enum status read_type(const struct json_value *object, const char **out,
                             struct err *err)
{
    if (value_kind(object) != VALUE_OBJECT)
        return bad_type("schedule", "an object", object, err);
    const struct json_value *type = value_member(object, "type");
    if (!type) {
        err_set(err, ST_INVALID, "missing_field",
                "a schedule needs \"type\", such as \"CosineAnnealingLR\"");
        return err_at(err, -1, "type");
    }
    *out = value_text(type);
    return *out ? ST_OK : bad_type("type", "text", type, err);
}

/* base_lr: for a part that has none of its own; NaN = there is none. */
static enum status read_part(const struct json_value *object, double base_lr,
                             struct schedule_part *out, struct err *err)
{
    const char *name;
    enum status status = read_type(object, &name, err);
    if (status != ST_OK)
        return status;
    const struct schedule_type *type = schedule_type_find(name);
    if (!type)
        return schedule_unknown_type(name, err);
    *out = schedule_part_default(type);
    for (const struct json_value *m = value_first(object); m; m = value_next(m)) {
        status = read_member(m, out, err);
        if (status != ST_OK)
            return status;
    }
    if (isnan(out->param[0]))
        out->param[0] = base_lr;
    return schedule_complete(out, err);
}

static enum status read_milestones(const struct json_value *value, struct schedule *out,
                                   struct err *err)
{
    size_t count = 0;
    if (!value || value_kind(value) != VALUE_ARRAY ||
        value_count(value) + 1 != out->part_count) {
        err_set(err, ST_INVALID, "out_of_range",
                "\"milestones\" must be an array of %zu whole numbers: one less than "
                "\"schedulers\"",
                out->part_count - 1);
        return err_at(err, -1, "milestones");
    }
    for (const struct json_value *v = value_first(value); v; v = value_next(v)) {
        if (!value_integer(v, &out->milestones[count++]))
            return bad_type("milestones", "an array of whole numbers", v, err);
    }
    return ST_OK;
}

/* The members of a SequentialLR; without the last one, of a ChainedScheduler. */
static enum status read_several(const struct json_value *object, struct schedule *out,
                                struct err *err)
{
    const char *const known[] = {
        "type", "unit", "base_lr", "schedulers", out->chained ? NULL : "milestones",
        NULL};
    enum status status = value_known(object, known, err);
    if (status != ST_OK)
        return status;
    const struct json_value *base = value_member(object, "base_lr");
    if (base && value_kind(base) != VALUE_NUMBER)
        return bad_type("base_lr", "a number", base, err);
    double base_lr = base ? value_number(base) : NAN;
    const struct json_value *parts = value_member(object, "schedulers");
    if (!parts || value_kind(parts) != VALUE_ARRAY || value_count(parts) < 2 ||
        value_count(parts) > SCHEDULE_PARTS_MAX) {
        err_set(err, ST_INVALID, "out_of_range",
                "\"schedulers\" must be an array of 2 to %d schedules",
                SCHEDULE_PARTS_MAX);
        return err_at(err, -1, "schedulers");
    }
    for (const struct json_value *v = value_first(parts); v; v = value_next(v)) {
        struct schedule_part *part = &out->parts[out->part_count];
        status = read_part(v, base_lr, part, err);
        if (status != ST_OK) {
            schedule_within_part(err, out->part_count, part->type);
            return status;
        }
        out->part_count++;
    }
    return out->chained ? ST_OK
                        : read_milestones(value_member(object, "milestones"), out, err);
}

enum status schedule_read(const struct json_value *object, struct schedule *out,
                          struct err *err)
{
    const char *type;
    *out = (struct schedule){.unit = SCHEDULE_EPOCH};
    enum status status = read_type(object, &type, err);
    if (status != ST_OK)
        return status;
    const struct json_value *unit = value_member(object, "unit");
    if (unit)
        status = schedule_read_unit(value_text(unit), &out->unit, err);
    if (status != ST_OK)
        return status;
    out->chained = !strcmp(type, SCHEDULE_CHAINED);
    if (out->chained || !strcmp(type, SCHEDULE_SEQUENTIAL)) {
        status = read_several(object, out, err);
    } else {
        out->part_count = 1;
        status = read_part(object, NAN, &out->parts[0], err);
    }
    return status == ST_OK ? schedule_in_range(out, err) : status;
}

void schedule_write_value(struct json_out *json, const struct schedule_param *param,
                          double value)
{
    if (param->words == schedule_false_true)
        json_bool(json, value > 0);
    else if (param->words)
        json_text(json, param->words[(int)value]);
    else
        json_double(json, value);
}

static void write_part(struct json_out *json, const struct schedule_part *part)
{
    json_key_text(json, "type", part->type->name);
    for (size_t i = 0; part->type->params[i].name; i++) {
        const struct schedule_param *param = &part->type->params[i];
        if (param->optional && isnan(part->param[i]))
            continue;
        json_key(json, param->name);
        schedule_write_value(json, param, part->param[i]);
    }
    if (!part->type->list)
        return;
    json_key(json, part->type->list);
    json_array_begin(json);
    for (size_t i = 0; i < part->list_count; i++)
        json_double(json, part->list[i]);
    json_array_end(json);
}

static void write_several(struct json_out *json, const struct schedule *schedule)
{
    json_key_text(json, "type", schedule_name(schedule));
    json_key(json, "schedulers");
    json_array_begin(json);
    for (size_t i = 0; i < schedule->part_count; i++) {
        json_object_begin(json);
        write_part(json, &schedule->parts[i]);
        json_object_end(json);
    }
    json_array_end(json);
    if (schedule->chained)
        return;
    json_key(json, "milestones");
    json_array_begin(json);
    for (size_t i = 0; i + 1 < schedule->part_count; i++)
        json_int(json, schedule->milestones[i]);
    json_array_end(json);
}

void schedule_write(struct json_out *json, const struct schedule *schedule)
{
    if (!schedule->part_count) {
        json_null(json);
        return;
    }
    json_object_begin(json);
    if (schedule->part_count == 1 && !schedule->chained)
        write_part(json, &schedule->parts[0]);
    else
        write_several(json, schedule);
    json_key_text(json, "unit", schedule_unit_names[schedule->unit]);
    json_object_end(json);
}

bool schedule_from_text(const char *text, struct arena *arena, struct schedule *out)
{
    struct err err = {0};
    struct json_value *root = NULL;
    bool good = value_parse(text, strlen(text), arena, &root, &err) == ST_OK &&
                schedule_read(root, out, &err) == ST_OK;
    value_free(root);
    return good;
}

void roles_from_text(const char *text, struct arena *arena, const char *names[ROLE_COUNT])
{
    struct err err = {0};
    struct json_value *root = NULL;
    if (value_parse(text, strlen(text), arena, &root, &err) != ST_OK)
        return;
    for (int r = 0; r < ROLE_COUNT; r++) {
        const struct json_value *member = value_member(root, role_names[r]);
        if (member && value_text(member))
            names[r] = arena_strdup(arena, value_text(member));
    }
    value_free(root);
}
