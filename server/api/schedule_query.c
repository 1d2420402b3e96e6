#include "api/schedule_json.h"

#include "api/schedule_fields.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

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
            return schedule_list_too_long(part->type->list, err);
        if (!text_to_double(p, length, &part->list[part->list_count++])) {
            err_set(err, ST_INVALID, "bad_type",
                    "\"%s\" must be numbers with commas between, not \"%.40s\"",
                    part->type->list, text);
            return err_at(err, -1, part->type->list);
        }
        p += length + (p[length] == ',');
    }
    return ST_OK;
}

static bool is_own(const struct schedule_query *query, const char *name)
{
    for (const char *const *own = query->own; *own; own++) {
        if (!strcmp(*own, name))
            return true;
    }
    return false;
}

/* "base_lr, step_size, gamma" */
static void list_params(const struct schedule_type *type, char *out, size_t size)
{
    size_t length = 0;
    for (size_t i = 0; type->params[i].name && length < size; i++)
        length += (size_t)snprintf(out + length, size - length, "%s%s", i ? ", " : "",
                                   type->params[i].name);
    if (type->list && length < size)
        snprintf(out + length, size - length, ", %s", type->list);
}

static enum status unknown_parameter(const struct schedule_query *query,
                                     const struct schedule_type *type, const char *name,
                                     struct err *err)
{
    const char *known[SCHEDULE_FIELDS_MAX + SCHEDULE_OWN_MAX];
    char params[240] = "";
    size_t count = schedule_fields(type, known);
    for (size_t i = 0; query->own[i] && i < SCHEDULE_OWN_MAX; i++)
        known[count++] = query->own[i];
    known[count] = NULL;
    const char *nearest = schedule_suggest(name, known);
    list_params(type, params, sizeof params);
    if (nearest)
        err_set(err, ST_INVALID, "unknown_parameter",
                "%s has no parameter \"%.64s\": did you mean \"%s\"?", type->name, name,
                nearest);
    else
        err_set(err, ST_INVALID, "unknown_parameter",
                "%s has no parameter \"%.64s\": it has %s", type->name, name, params);
    return err_at(err, -1, name);
}

static enum status read_param(const struct schedule_query *query,
                              const struct query_param *given, struct schedule_part *part,
                              struct err *err)
{
    const char *name = given->name, *text = given->value;
    if (part->type->list && !strcmp(name, part->type->list))
        return read_text_list(text, part, err);
    int index = schedule_param_find(part->type, name);
    if (index < 0)
        return unknown_parameter(query, part->type, name, err);
    const struct schedule_param *param = &part->type->params[index];
    if (param->words)
        return schedule_read_word(text, param, &part->param[index], err);
    return text_to_double(text, strlen(text), &part->param[index])
               ? ST_OK
               : bad_number(name, text, err);
}

/* Whether it is not for the type: told by the caller, or left empty as a form does. */
static bool is_passed_over(const struct schedule_query *query,
                           const struct query_param *given)
{
    return !*given->value || !strcmp(given->name, "type") ||
           !strcmp(given->name, "spec") || !strcmp(given->name, "unit") ||
           is_own(query, given->name);
}

static enum status check_repeats(const struct query *query, struct err *err)
{
    for (size_t i = 1; i < query->count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(query->params[i].name, query->params[j].name))
                continue;
            err_set(err, ST_INVALID, "duplicate_parameter",
                    "parameter \"%.64s\" is given twice", query->params[i].name);
            return err_at(err, -1, query->params[i].name);
        }
    }
    return ST_OK;
}

static const char *text_of(const struct schedule_query *query, const char *name)
{
    const char *text = query_value(query->query, name);
    return text && *text ? text : NULL;
}

static enum status read_unit(const struct schedule_query *query, struct schedule *out,
                             struct err *err)
{
    const char *text = text_of(query, "unit");
    return text ? schedule_read_unit(text, &out->unit, err) : ST_OK;
}

static enum status read_spec(const struct schedule_query *query, const char *text,
                             struct schedule *out, struct err *err)
{
    struct json_value *root = NULL;
    for (size_t i = 0; i < query->query->count; i++) {
        const struct query_param *given = &query->query->params[i];
        if (is_passed_over(query, given) && strcmp(given->name, "type") != 0)
            continue;
        err_set(err, ST_INVALID, "unknown_parameter",
                "\"%.64s\" beside \"spec\", which says the whole schedule: put it inside",
                given->name);
        return err_at(err, -1, given->name);
    }
    enum status status = value_parse(text, strlen(text), query->arena, &root, err);
    if (status == ST_OK) {
        status = schedule_read(root, out, err);
    } else if (status == ST_MALFORMED) { /* the place that it tells is one in the spec */
        err_within(err, "spec");
        err_at(err, -1, "spec");
    }
    value_free(root);
    return status == ST_OK ? read_unit(query, out, err) : status;
}

static enum status read_type(const struct schedule_query *query,
                             const struct schedule_type **out, struct err *err)
{
    const char *name = text_of(query, "type");
    if (!name) {
        err_set(err, ST_INVALID, "missing_field",
                "which schedule? Say its \"type\", such as CosineAnnealingLR, or a whole "
                "\"spec\"");
        return err_at(err, -1, "type");
    }
    bool chained = !strcmp(name, SCHEDULE_CHAINED);
    if (chained || !strcmp(name, SCHEDULE_SEQUENTIAL)) {
        err_set(err, ST_INVALID, "out_of_range",
                "a %s has parts: give it as \"spec\", such as "
                "{\"type\":\"%s\",\"schedulers\":[...]%s}",
                name, name, chained ? "" : ",\"milestones\":[5]");
        return err_at(err, -1, "type");
    }
    *out = schedule_type_find(name);
    return *out ? ST_OK : schedule_unknown_type(name, err);
}

enum status schedule_read_query(const struct schedule_query *query, struct schedule *out,
                                struct err *err)
{
    const struct schedule_type *type;
    const char *spec = text_of(query, "spec");
    enum status status = check_repeats(query->query, err);
    if (status == ST_OK && spec)
        return read_spec(query, spec, out, err);
    if (status == ST_OK)
        status = read_type(query, &type, err);
    if (status != ST_OK)
        return status;
    *out = (struct schedule){.unit = SCHEDULE_EPOCH, .part_count = 1};
    out->parts[0] = schedule_part_default(type);
    out->parts[0].param[0] = query->rate;
    status = read_unit(query, out, err);
    for (size_t i = 0; status == ST_OK && i < query->query->count; i++) {
        if (!is_passed_over(query, &query->query->params[i]))
            status = read_param(query, &query->query->params[i], &out->parts[0], err);
    }
    if (status == ST_OK)
        status = schedule_complete(&out->parts[0], err);
    return status == ST_OK ? schedule_in_range(out, err) : status;
}
