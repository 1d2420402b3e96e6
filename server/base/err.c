#include "base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    int http;
    const char *title;
} statuses[ST_COUNT] = {
    [ST_OK] = {200, "OK"},
    [ST_MALFORMED] = {400, "Bad request"},
    [ST_INVALID] = {422, "Unprocessable content"},
    [ST_FORBIDDEN] = {403, "Forbidden"},
    [ST_NOT_FOUND] = {404, "Not found"},
    [ST_METHOD] = {405, "Method not allowed"},
    [ST_CONFLICT] = {409, "Conflict"},
    [ST_TOO_LARGE] = {413, "Content too large"},
    [ST_UNSUPPORTED] = {415, "Unsupported media type"},
    [ST_BUSY] = {503, "Service unavailable"},
    [ST_FULL] = {507, "Insufficient storage"},
    [ST_FAILED] = {500, "Internal server error"},
};

enum status err_set(struct err *err, enum status status, const char *code,
                    const char *format, ...)
{
    if (!err)
        return status;
    err->status = status;
    err->record = -1;
    err->field[0] = '\0';
    snprintf(err->code, sizeof err->code, "%s", code);
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return status;
}

enum status err_at(struct err *err, int64_t record, const char *field)
{
    if (!err)
        return ST_OK;
    err->record = record;
    if (field)
        snprintf(err->field, sizeof err->field, "%s", field);
    return err->status;
}

void err_within(struct err *err, const char *place)
{
    char text[sizeof err->text];
    if (!err)
        return;
    memcpy(text, err->text, sizeof text);
    int used = snprintf(err->text, sizeof err->text, "%s: ", place);
    if (used > 0 && (size_t)used < sizeof err->text)
        snprintf(err->text + used, sizeof err->text - (size_t)used, "%s", text);
}

int status_http(enum status status)
{
    assert(status < ST_COUNT);
    return statuses[status].http;
}

const char *status_title(enum status status)
{
    assert(status < ST_COUNT);
    return statuses[status].title;
}
