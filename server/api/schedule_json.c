#include "api/schedule_json.h"

#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SEQUENTIAL      "SequentialLR"
#define TYPES_MAX       40
#define PART_FIELDS_MAX (SCHEDULE_PARAMS_MAX + 4) /* type, unit, the list and the end */

const char *const schedule_param_names[] = {
    "type",
    "unit",
    "base_lr",
    "T_max",
    "eta_min",
    "T_0",
    "T_mult",
    "start_factor",
    "end_factor",
    "total_iters",
    "factor",
    "step_size",
    "gamma",
    "milestones",
    "power",
    "num_warmup_steps",
    "num_training_steps",
    "num_cycles",
    "steps",
    NULL,
};

static const char *const unit_names[] = {
    [SCHEDULE_EPOCH] = "epoch",
    [SCHEDULE_STEP] = "step",
    NULL,
};

/* What people write, and what the framework calls it, where spelling does not tell. */
static const struct {
    const char *wrong, *right;
} aliases[] = {
    {"min_lr", "eta_min"},
    {"lr_min", "eta_min"},
    {"final_lr", "eta_min"},
    {"lr", "base_lr"},
    {"lr0", "base_lr"},
    {"learning_rate", "base_lr"},
    {"initial_lr", "base_lr"},
    {"max_lr", "base_lr"},
    {"epochs", "T_max"},
    {"max_epochs", "T_max"},
    {"steps", "T_max"},
    {"period", "T_0"},
    {"decay", "gamma"},
    {"factor", "gamma"},
    {"warmup", "num_warmup_steps"},
    {"warmup_steps", "num_warmup_steps"},
    {"max_steps", "num_training_steps"},
    {"steps", "num_training_steps"},
    {"max_steps", "total_steps"},
    {"cosine", "CosineAnnealingLR"},
    {"cos", "CosineAnnealingLR"},
    {"sgdr", "CosineAnnealingWarmRestarts"},
    {"warm_restarts", "CosineAnnealingWarmRestarts"},
    {"linear", "LinearLR"},
    {"step", "StepLR"},
    {"exponential", "ExponentialLR"},
    {"poly", "PolynomialLR"},
    {"onecycle", "OneCycleLR"},
    {"none", "constant"},
    {"fixed", "constant"},
};

static bool is_listed(const char *name, const char *const *names)
{
    while (*names && strcmp(*names, name))
        names++;
    return *names != NULL;
}

/* The name that was probably meant, or NULL. */
static const char *suggest(const char *wrong, const char *const *known)
{
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++) {
        if (text_equals_nocase(wrong, aliases[i].wrong) &&
            is_listed(aliases[i].right, known))
            return aliases[i].right;
    }
    return text_nearest(wrong, known);
}

static enum status unknown_type(const char *name, struct err *err)
{
    const char *names[TYPES_MAX] = {SEQUENTIAL};
    for (size_t i = 0; i + 2 < TYPES_MAX && schedule_types[i].name; i++)
        names[i + 1] = schedule_types[i].name;
    const char *nearest = suggest(name, names);
    err_set(err, ST_INVALID, "unknown_type", "unknown schedule type \"%.64s\"%s%s%s",
            name, nearest ? ": did you mean \"" : " (GET /api/v1/schedules lists them)",
            nearest ? nearest : "", nearest ? "\"?" : "");
    return err_at(err, -1, "type");
}

static enum status read_unit(const char *text, enum schedule_unit *out, struct err *err)
{
    if (text && !strcmp(text, unit_names[SCHEDULE_EPOCH])) {
        *out = SCHEDULE_EPOCH;
    } else if (text && !strcmp(text, unit_names[SCHEDULE_STEP])) {
        *out = SCHEDULE_STEP;
    } else {
        err_set(err, ST_INVALID, "out_of_range",
                "\"unit\" must be \"epoch\" or \"step\"");
        return err_at(err, -1, "unit");
    }
    return ST_OK;
}

/* All fields of a part of this type. */
static void part_fields(const struct schedule_type *type,
                        const char *names[PART_FIELDS_MAX])
{
    size_t n = 0;
    for (; type->params[n].name; n++)
        names[n] = type->params[n].name;
    if (type->list)
        names[n++] = type->list;
    names[n++] = "type";
    names[n++] = "unit";
    names[n] = NULL;
}

static enum status check_complete(const struct schedule_part *part, struct err *err)
{
    const struct schedule_type *type = part->type;
    for (size_t i = 0; type->params[i].name; i++) {
        if (!type->params[i].required || !isnan(part->param[i]))
            continue;
        err_set(err, ST_INVALID, "missing_field", "%s needs \"%s\"", type->name,
                type->params[i].name);
        return err_at(err, -1, type->params[i].name);
    }
    if (!type->list || part->list_count)
        return ST_OK;
    err_set(err, ST_INVALID, "missing_field", "%s needs \"%s\"", type->name, type->list);
    return err_at(err, -1, type->list);
}

static enum status check_range(const struct schedule *schedule, struct err *err)
{
    const char *why;
    const char *field = schedule_check(schedule, &why);
    if (!field)
        return ST_OK;
    err_set(err, ST_INVALID, "out_of_range", "\"%s\" %s", field, why);
    return err_at(err, -1, field);
}

static enum status list_too_long(const char *name, struct err *err)
{
    err_set(err, ST_INVALID, "out_of_range", "\"%s\" may have at most %d entries", name,
            SCHEDULE_LIST_MAX);
    return err_at(err, -1, name);
}

static enum status read_list(const struct json_value *value, struct schedule_part *part,
                             struct err *err)
{
    const char *name = part->type->list;
    if (value_kind(value) != VALUE_ARRAY)
        return bad_type(name, "an array of numbers", value, err);
    for (const struct json_value *v = value_first(value); v; v = value_next(v)) {
        if (part->list_count == SCHEDULE_LIST_MAX)
            return list_too_long(name, err);
        if (value_kind(v) != VALUE_NUMBER)
            return bad_type(name, "an array of numbers", v, err);
        part->list[part->list_count++] = value_number(v);
    }
    return ST_OK;
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
        const char *known[PART_FIELDS_MAX];
        part_fields(type, known);
        return unknown_field(name, suggest(name, known), err);
    }
    if (value_kind(member) != VALUE_NUMBER)
        return bad_type(name, "a number", member, err);
    part->param[index] = value_number(member);
    return ST_OK;
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
        return unknown_type(name, err);
    *out = schedule_part_default(type);
    for (const struct json_value *m = value_first(object); m; m = value_next(m)) {
        status = read_member(m, out, err);
        if (status != ST_OK)
            return status;
    }
    if (isnan(out->param[0]))
        out->param[0] = base_lr;
    return check_complete(out, err);
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

static enum status read_sequence(const struct json_value *object, struct schedule *out,
                                 struct err *err)
{
    static const char *const known[] = {"type",       "unit",       "base_lr",
                                        "schedulers", "milestones", NULL};
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
        status = read_part(v, base_lr, &out->parts[out->part_count++], err);
        if (status != ST_OK)
            return status;
    }
    return read_milestones(value_member(object, "milestones"), out, err);
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
        status = read_unit(value_text(unit), &out->unit, err);
    if (status != ST_OK)
        return status;
    if (!strcmp(type, SEQUENTIAL)) {
        status = read_sequence(object, out, err);
    } else {
        out->part_count = 1;
        status = read_part(object, NAN, &out->parts[0], err);
    }
    return status == ST_OK ? check_range(out, err) : status;
}

static enum status bad_number(const char *name, const char *text, struct err *err)
{
    err_set(err, ST_INVALID, "bad_type", "\"%s\" must be a number, not \"%.40s\"", name,
            text);
    return err_at(err, -1, name);
}

static enum status read_text_list(const char *text, struct schedule_part *part,
                                  struct err *err)
{
    for (const char *p = text; *p;) {
        size_t length = strcspn(p, ",");
        if (part->list_count == SCHEDULE_LIST_MAX)
            return list_too_long(part->type->list, err);
        if (!text_to_double(p, length, &part->list[part->list_count++]))
            return bad_number(part->type->list, text, err);
        p += length + (p[length] == ',');
    }
    return ST_OK;
}

static enum status read_text_param(const char *name, const char *text,
                                   struct schedule_part *part, struct err *err)
{
    if (part->type->list && !strcmp(name, part->type->list))
        return read_text_list(text, part, err);
    int index = schedule_param_find(part->type, name);
    if (index >= 0)
        return text_to_double(text, strlen(text), &part->param[index])
                   ? ST_OK
                   : bad_number(name, text, err);
    const char *known[PART_FIELDS_MAX];
    part_fields(part->type, known);
    const char *nearest = suggest(name, known);
    err_set(err, ST_INVALID, "unknown_parameter", "%s has no parameter \"%s\"%s%s%s",
            part->type->name, name, nearest ? ": did you mean \"" : "",
            nearest ? nearest : "", nearest ? "\"?" : "");
    return err_at(err, -1, name);
}

static enum status read_query_type(const struct schedule_query *query,
                                   const struct schedule_type **out, struct err *err)
{
    const char *name = query->get(query->data, "type");
    if (!name || !*name) {
        err_set(err, ST_INVALID, "missing_field",
                "which schedule? Say type=CosineAnnealingLR or another of GET "
                "/api/v1/schedules");
        return err_at(err, -1, "type");
    }
    if (!strcmp(name, SEQUENTIAL)) {
        err_set(err, ST_INVALID, "out_of_range",
                "a " SEQUENTIAL " does not fit in a query: declare it on a run, or use "
                "GET /api/v1/plan with warmup");
        return err_at(err, -1, "type");
    }
    *out = schedule_type_find(name);
    return *out ? ST_OK : unknown_type(name, err);
}

enum status schedule_read_query(const struct schedule_query *query, struct schedule *out,
                                struct err *err)
{
    const struct schedule_type *type;
    enum status status = read_query_type(query, &type, err);
    if (status != ST_OK)
        return status;
    *out = (struct schedule){.unit = SCHEDULE_EPOCH, .part_count = 1};
    out->parts[0] = schedule_part_default(type);
    for (const char *const *n = schedule_param_names; *n; n++) {
        const char *text = query->get(query->data, *n);
        if (!text || !strcmp(*n, "type") || !strcmp(*n, "steps"))
            continue;
        status = strcmp(*n, "unit") ? read_text_param(*n, text, &out->parts[0], err)
                                    : read_unit(text, &out->unit, err);
        if (status != ST_OK)
            return status;
    }
    status = check_complete(&out->parts[0], err);
    return status == ST_OK ? check_range(out, err) : status;
}

static void write_part(struct json_out *json, const struct schedule_part *part)
{
    json_key_text(json, "type", part->type->name);
    for (size_t i = 0; part->type->params[i].name; i++)
        json_key_double(json, part->type->params[i].name, part->param[i]);
    if (!part->type->list)
        return;
    json_key(json, part->type->list);
    json_array_begin(json);
    for (size_t i = 0; i < part->list_count; i++)
        json_double(json, part->list[i]);
    json_array_end(json);
}

static void write_sequence(struct json_out *json, const struct schedule *schedule)
{
    json_key_text(json, "type", SEQUENTIAL);
    json_key(json, "schedulers");
    json_array_begin(json);
    for (size_t i = 0; i < schedule->part_count; i++) {
        json_object_begin(json);
        write_part(json, &schedule->parts[i]);
        json_object_end(json);
    }
    json_array_end(json);
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
    if (schedule->part_count == 1)
        write_part(json, &schedule->parts[0]);
    else
        write_sequence(json, schedule);
    json_key_text(json, "unit", unit_names[schedule->unit]);
    json_object_end(json);
}

static void write_param(struct json_out *json, const struct schedule_param *param)
{
    json_object_begin(json);
    json_key_text(json, "name", param->name);
    json_key_bool(json, "required", param->required);
    json_key_bool(json, "integer", param->integer);
    json_key(json, "default");
    if (param->required)
        json_null(json);
    else
        json_double(json, param->value_default);
    json_key_double(json, param->min_open ? "above" : "min", param->min);
    if (param->max > 0)
        json_key_double(json, "max", param->max);
    json_object_end(json);
}

void schedule_types_write(struct json_out *json)
{
    json_array_begin(json);
    for (const struct schedule_type *type = schedule_types; type->name; type++) {
        json_object_begin(json);
        json_key_text(json, "type", type->name);
        json_key_text(json, "about", type->about);
        json_key_text(json, "list", type->list);
        json_key(json, "params");
        json_array_begin(json);
        for (const struct schedule_param *p = type->params; p->name; p++)
            write_param(json, p);
        json_array_end(json);
        json_object_end(json);
    }
    json_array_end(json);
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
