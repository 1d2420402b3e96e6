#include "http/query.h"

#include "base/text.h"
#include "http/escape.h"

#include <stdbool.h>
#include <string.h>

static enum status bad_query(struct err *err)
{
    return err_set(err, ST_MALFORMED, "bad_query",
                   "the query must be name=value pairs joined by '&', percent-encoded "
                   "UTF-8 without control characters, at most %d of them",
                   QUERY_PARAMS_MAX);
}

static enum status parse_param(const char *text, size_t length, struct arena *arena,
                               struct query_param *out, struct err *err)
{
    const char *equals = memchr(text, '=', length);
    size_t name_length = equals ? (size_t)(equals - text) : length;
    size_t value_length = equals ? length - name_length - 1 : 0;
    char *name = arena_alloc(arena, length + 2);
    if (!name)
        return err_set(err, ST_BUSY, "overloaded", "no memory for the query");
    char *value = name + name_length + 1;
    if (name_length == 0 || !escape_decode(text, name_length, true, name) ||
        (equals && !escape_decode(equals + 1, value_length, true, value)))
        return bad_query(err);
    *out = (struct query_param){name, value};
    return ST_OK;
}

enum status query_parse(const char *text, struct arena *arena, struct query *out,
                        struct err *err)
{
    *out = (struct query){0};
    if (!text || !*text)
        return ST_OK;
    size_t count = 1;
    for (const char *p = text; (p = strchr(p, '&')); p++)
        count++;
    if (count > QUERY_PARAMS_MAX)
        return bad_query(err);
    out->params = arena_array(arena, count, sizeof *out->params);
    if (!out->params)
        return err_set(err, ST_BUSY, "overloaded", "no memory for the query");
    while (text) {
        const char *end = strchr(text, '&');
        size_t length = end ? (size_t)(end - text) : strlen(text);
        enum status status =
            parse_param(text, length, arena, &out->params[out->count], err);
        if (status)
            return status;
        out->count++;
        text = end ? end + 1 : NULL;
    }
    return ST_OK;
}

static bool is_known(const char *name, const char *const *known)
{
    for (; known && *known; known++) {
        if (!strcmp(name, *known))
            return true;
    }
    return false;
}

static enum status unknown_parameter(const char *name, const char *const *known,
                                     struct err *err)
{
    const char *nearest = known ? text_nearest(name, known) : NULL;
    if (nearest)
        err_set(err, ST_INVALID, "unknown_parameter",
                "unknown parameter \"%.64s\": did you mean \"%s\"?", name, nearest);
    else
        err_set(err, ST_INVALID, "unknown_parameter", "unknown parameter \"%.64s\"",
                name);
    err_at(err, -1, name);
    return ST_INVALID;
}

enum status query_check(const struct query *query, const char *const *known,
                        struct err *err)
{
    for (size_t i = 0; i < query->count; i++) {
        const char *name = query->params[i].name;
        if (!is_known(name, known))
            return unknown_parameter(name, known, err);
        for (size_t j = 0; j < i; j++) {
            if (strcmp(name, query->params[j].name))
                continue;
            err_set(err, ST_INVALID, "duplicate_parameter",
                    "parameter \"%s\" is given twice", name);
            err_at(err, -1, name);
            return ST_INVALID;
        }
    }
    return ST_OK;
}

const char *query_value(const struct query *query, const char *name)
{
    for (size_t i = 0; i < query->count; i++) {
        if (!strcmp(query->params[i].name, name))
            return query->params[i].value;
    }
    return NULL;
}
