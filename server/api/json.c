#include "api/json.h"

#include "base/limits.h"
#include "base/text.h"
#include "ingest/json_check.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

const char *const value_kind_names[] = {
    "null", "true or false", "a number", "text", "an array", "an object",
};

/* A struct json_value is never defined: it is a cJSON under another name. */
static const cJSON *node(const struct json_value *value)
{
    return (const cJSON *)(const void *)value;
}

static const struct json_value *wrap(const cJSON *item)
{
    return (const struct json_value *)(const void *)item;
}

enum status value_parse(const char *text, size_t length, struct arena *arena,
                        struct json_value **root, struct err *err)
{
    if (length > CONTROL_BYTES_MAX)
        return err_set(err, ST_TOO_LARGE, "body_too_large",
                       "at most %d bytes are read here", CONTROL_BYTES_MAX);
    enum status status = json_check(text, length, arena, err);
    if (status != ST_OK)
        return status;
    /* cJSON wants a byte after the value to see that nothing follows. */
    char *copy = arena_strndup(arena, text, length);
    cJSON *tree = copy ? cJSON_ParseWithLengthOpts(copy, length + 1, NULL, 1) : NULL;
    if (!tree)
        return err_set(err, ST_FAILED, "out_of_memory", "no memory to read the body");
    *root = (struct json_value *)(void *)tree;
    return ST_OK;
}

void value_free(struct json_value *root)
{
    cJSON_Delete((cJSON *)(void *)root);
}

enum value_kind value_kind(const struct json_value *value)
{
    const cJSON *item = node(value);
    if (cJSON_IsBool(item))
        return VALUE_BOOL;
    if (cJSON_IsNumber(item))
        return VALUE_NUMBER;
    if (cJSON_IsString(item))
        return VALUE_TEXT;
    if (cJSON_IsArray(item))
        return VALUE_ARRAY;
    return cJSON_IsObject(item) ? VALUE_OBJECT : VALUE_NULL;
}

const char *value_name(const struct json_value *member)
{
    return node(member)->string;
}

bool value_true(const struct json_value *value)
{
    return cJSON_IsTrue(node(value));
}

const char *value_text(const struct json_value *value)
{
    return cJSON_GetStringValue(node(value));
}

double value_number(const struct json_value *value)
{
    return cJSON_GetNumberValue(node(value));
}

bool value_integer(const struct json_value *value, int64_t *out)
{
    double number = value_number(value);
    if (!(fabs(number) <= (double)STEP_MAX) || number != floor(number))
        return false;
    *out = (int64_t)number;
    return true;
}

const struct json_value *value_first(const struct json_value *container)
{
    return container ? wrap(node(container)->child) : NULL;
}

const struct json_value *value_next(const struct json_value *value)
{
    return wrap(node(value)->next);
}

size_t value_count(const struct json_value *container)
{
    return (size_t)cJSON_GetArraySize(node(container));
}

const struct json_value *value_member(const struct json_value *object, const char *name)
{
    return wrap(cJSON_GetObjectItemCaseSensitive(node(object), name));
}

enum status unknown_field(const char *name, const char *suggestion, struct err *err)
{
    if (suggestion)
        err_set(err, ST_INVALID, "unknown_field",
                "unknown field \"%.64s\": did you mean \"%s\"?", name, suggestion);
    else
        err_set(err, ST_INVALID, "unknown_field", "unknown field \"%.64s\"", name);
    err_at(err, -1, name);
    return ST_INVALID;
}

enum status value_known(const struct json_value *object, const char *const *known,
                        struct err *err)
{
    for (const struct json_value *m = value_first(object); m; m = value_next(m)) {
        const char *const *k = known;
        while (*k && strcmp(*k, value_name(m)))
            k++;
        if (!*k)
            return unknown_field(value_name(m), text_nearest(value_name(m), known), err);
    }
    return ST_OK;
}

enum status bad_type(const char *field, const char *wanted,
                     const struct json_value *value, struct err *err)
{
    err_set(err, ST_INVALID, "bad_type", "\"%.64s\" must be %s, not %s", field, wanted,
            value_kind_names[value_kind(value)]);
    err_at(err, -1, field);
    return ST_INVALID;
}
