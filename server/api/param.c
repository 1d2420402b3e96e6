#include "api/param.h"

#include "base/limits.h"
#include "base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void answer(struct http_exchange *x, enum status status, const struct err *err)
{
    if (status != ST_OK)
        http_problem(x, err);
}

enum status arena_full(struct err *err)
{
    return err_set(err, ST_TOO_LARGE, "answer_too_large",
                   "this would take too much memory: ask for less at once");
}

enum status bad_parameter(const char *name, struct err *err, const char *format, ...)
{
    char text[200];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    err_set(err, ST_INVALID, "bad_parameter", "%s %s", name, text);
    return err_at(err, -1, name);
}

const char *param_text(const struct http_exchange *x, const char *name)
{
    const char *text = http_param(x, name);
    return text && *text ? text : NULL;
}

enum status text_param_int(const char *text, const char *name, const int64_t range[2],
                           int64_t *out, struct err *err)
{
    int64_t value;
    if (!text || !*text)
        return ST_OK;
    if (!text_to_int64(text, strlen(text), &value))
        return bad_parameter(name, err, "must be a whole number, not \"%.40s\"", text);
    if (value < range[0] || value > range[1])
        return bad_parameter(name, err, "must be from %lld to %lld", (long long)range[0],
                             (long long)range[1]);
    *out = value;
    return ST_OK;
}

enum status param_int(const struct http_exchange *x, const char *name,
                      const int64_t range[2], int64_t *out, struct err *err)
{
    return text_param_int(param_text(x, name), name, range, out, err);
}

enum status text_param_double(const char *text, const char *name, double *out,
                              struct err *err)
{
    double value;
    if (!text || !*text)
        return ST_OK;
    if (!text_to_double(text, strlen(text), &value) || !isfinite(value))
        return bad_parameter(name, err, "must be a number, not \"%.40s\"", text);
    *out = value;
    return ST_OK;
}

enum status param_double(const struct http_exchange *x, const char *name, double *out,
                         struct err *err)
{
    return text_param_double(param_text(x, name), name, out, err);
}

enum status param_bool(const struct http_exchange *x, const char *name, bool *out,
                       struct err *err)
{
    static const char *const names[] = {"false", "true", "0", "1", NULL};
    int choice = *out;
    enum status status = param_choice(x, name, names, &choice, err);
    *out = choice & 1;
    return status;
}

enum status text_param_choice(const char *text, const char *name,
                              const char *const *names, int *out, struct err *err)
{
    char list[160] = "";
    size_t length = 0;
    if (!text || !*text)
        return ST_OK;
    for (int i = 0; names[i]; i++) {
        if (!strcmp(names[i], text)) {
            *out = i;
            return ST_OK;
        }
        if (length < sizeof list)
            length += (size_t)snprintf(list + length, sizeof list - length, "%s%s",
                                       i ? ", " : "", names[i]);
    }
    return bad_parameter(name, err, "must be one of %s, not \"%.40s\"", list, text);
}

enum status param_choice(const struct http_exchange *x, const char *name,
                         const char *const *names, int *out, struct err *err)
{
    return text_param_choice(param_text(x, name), name, names, out, err);
}

static bool is_repeat(const struct text_list *list, const char *item)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!strcmp(list->items[i], item))
            return true;
    }
    return false;
}

enum status param_list(struct http_exchange *x, const char *name, size_t max,
                       struct text_list *out, struct err *err)
{
    const char *text = param_text(x, name);
    *out = (struct text_list){.items = arena_array(&x->arena, max, sizeof *out->items)};
    if (!out->items)
        return arena_full(err);
    for (const char *p = text; p && *p;) {
        size_t length = strcspn(p, ",");
        char *item = arena_strndup(&x->arena, p, length);
        if (!item)
            return arena_full(err);
        p += length + (p[length] == ',');
        if (!length || is_repeat(out, item))
            continue;
        if (out->count == max)
            return bad_parameter(name, err, "may list at most %zu", max);
        out->items[out->count++] = item;
    }
    return ST_OK;
}

enum status param_range(const struct http_exchange *x, struct step_range *out,
                        struct err *err)
{
    static const int64_t steps[2] = {0, STEP_MAX};
    *out = (struct step_range){0, STEP_MAX};
    enum status status = param_int(x, "from", steps, &out->from, err);
    if (status == ST_OK)
        status = param_int(x, "to", steps, &out->to, err);
    if (status == ST_OK && out->from > out->to)
        return bad_parameter("from", err, "must not be larger than to");
    return status;
}
