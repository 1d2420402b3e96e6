#include "ingest/read_json.h"

#include "ingest/json_scan.h"

#include <string.h>

/* json_next, with the place in the batch added to what went wrong. */
static enum status next(struct batch_build *build, struct json_scan *scan,
                        struct json_token *token)
{
    enum status status = json_next(scan, token, build->err);
    if (status)
        err_at(build->err, (int64_t)build->batch->record_count, NULL);
    return status;
}

/* A value of the wrong shape. What is inside may not even be JSON, and that comes first.
 */
static enum status refuse(struct batch_build *build, struct json_scan *scan,
                          const struct json_token *token, enum status status)
{
    enum status inside = json_skip(scan, token, build->err);
    if (inside) {
        err_at(build->err, (int64_t)build->batch->record_count, NULL);
        return inside;
    }
    if (status == ST_INVALID)
        return batch_fail(build, status, "bad_type",
                          "expected a number, null, or NaN or Infinity as text");
    return batch_fail(build, status, "bad_shape",
                      "expected an object such as {\"epoch\": 1, \"train_loss\": 0.5}");
}

static enum status read_value(struct batch_build *build, struct json_scan *scan, int id)
{
    struct json_token token;
    enum status status = next(build, scan, &token);
    if (status)
        return status;
    switch (token.kind) {
    case JSON_NUMBER: {
        struct number number = {token.number, token.exact, token.integer};
        return batch_number(build, id, &number);
    }
    case JSON_STRING: return batch_text(build, id, token.text, token.length);
    case JSON_NULL: return ST_OK;
    default: return refuse(build, scan, &token, ST_INVALID);
    }
}

/* The field that a key names. */
static enum status read_field(struct batch_build *build, const struct json_token *key,
                              int *id)
{
    if (!key->escaped)
        return batch_field(build, key->text, key->length, id);
    char *plain = arena_alloc(build->arena, key->length);
    if (!plain)
        return batch_fail(build, ST_TOO_LARGE, "too_large", "too many escaped names");
    return batch_field(build, plain, json_unescape(key, plain), id);
}

/* The opening brace was read. */
static enum status read_record(struct batch_build *build, struct json_scan *scan)
{
    struct json_token token;
    batch_record_begin(build);
    for (;;) {
        int id;
        enum status status = next(build, scan, &token);
        if (status)
            return status;
        if (token.kind == JSON_OBJECT_END)
            return batch_record_end(build);
        status = read_field(build, &token, &id);
        if (!status)
            status = read_value(build, scan, id);
        if (status)
            return status;
    }
}

/* The opening bracket was read. */
static enum status read_array(struct batch_build *build, struct json_scan *scan)
{
    struct json_token token;
    for (;;) {
        build->current.length = 0;
        enum status status = next(build, scan, &token);
        if (status)
            return status;
        if (token.kind == JSON_ARRAY_END)
            break;
        if (token.kind != JSON_OBJECT_BEGIN)
            return refuse(build, scan, &token, ST_MALFORMED);
        status = read_record(build, scan);
        if (status)
            return status;
    }
    if (!build->batch->record_count)
        return batch_fail(build, ST_MALFORMED, "bad_shape", "an array without a record");
    return next(build, scan, &token);
}

/* One object from begin to end of the scanned range. */
static enum status read_line(struct batch_build *build, struct json_scan *scan)
{
    struct json_token token;
    build->current.length = 0;
    enum status status = next(build, scan, &token);
    if (status)
        return status;
    if (token.kind != JSON_OBJECT_BEGIN)
        return refuse(build, scan, &token, ST_MALFORMED);
    status = read_record(build, scan);
    return status ? status : next(build, scan, &token);
}

/* The first byte that is no blank, or end. */
static const char *pass_blanks(const char *text, const char *end)
{
    while (text < end && (*text == ' ' || *text == '\t' || *text == '\r'))
        text++;
    return text;
}

enum status read_ndjson(struct batch_build *build, const char *body, size_t length,
                        size_t first_line)
{
    const char *end = body + length;
    for (size_t line = first_line; body < end; line++) {
        const char *stop = memchr(body, '\n', (size_t)(end - body));
        if (!stop)
            stop = end;
        if (pass_blanks(body, stop) < stop) {
            struct json_scan scan;
            json_scan_init(&scan, body, (size_t)(stop - body), line);
            enum status status = read_line(build, &scan);
            if (status)
                return batch_at_line(build, status, line);
        }
        body = stop + 1;
    }
    return ST_OK;
}

/* Whether the object just read had a line of its own, and another line follows. */
static bool is_ndjson(const struct json_scan *scan)
{
    const char *p = pass_blanks(scan->at, scan->end);
    if (p == scan->end || *p != '\n' ||
        memchr(scan->text, '\n', (size_t)(p - scan->text)))
        return false;
    while (p < scan->end && *p == '\n')
        p = pass_blanks(p + 1, scan->end);
    return p < scan->end && *p == '{';
}

enum status read_json(struct batch_build *build, const char *body, size_t length)
{
    struct json_scan scan;
    struct json_token token;
    json_scan_init(&scan, body, length, 1);
    enum status status = next(build, &scan, &token);
    if (status)
        return status;
    if (token.kind == JSON_ARRAY_BEGIN)
        return read_array(build, &scan);
    if (token.kind != JSON_OBJECT_BEGIN)
        return refuse(build, &scan, &token, ST_MALFORMED);
    status = read_record(build, &scan);
    if (status)
        return status;
    if (is_ndjson(&scan))
        return read_ndjson(build, scan.at, (size_t)(scan.end - scan.at), 1);
    return next(build, &scan, &token);
}
