#include "ingest/json_check.h"

#include "base/limits.h"
#include "ingest/json_scan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct member {
    size_t object; /* serial number of the object it is in */
    size_t length;
    const char *name;
};

static enum status count_keys(const char *text, size_t length, size_t *count,
                              struct err *err)
{
    struct json_scan scan;
    struct json_token token;
    json_scan_init(&scan, text, length, 1);
    *count = 0;
    do {
        enum status status = json_next(&scan, &token, err);
        if (status)
            return status;
        if (token.kind == JSON_NUMBER && !isfinite(token.number))
            return err_set(err, ST_MALFORMED, "bad_json",
                           "NaN and Infinity are not allowed here: write them as text");
        *count += token.kind == JSON_KEY;
    } while (token.kind != JSON_END);
    return ST_OK;
}

static bool member_set(struct member *member, const struct json_token *key,
                       struct arena *arena)
{
    member->name = key->text;
    member->length = key->length;
    if (!key->escaped)
        return true;
    char *plain = arena_alloc(arena, key->length);
    if (!plain)
        return false;
    member->length = json_unescape(key, plain);
    member->name = plain;
    return true;
}

/* The text was scanned before, so that json_next cannot fail here. */
static bool collect_keys(const char *text, size_t length, struct arena *arena,
                         struct member *members)
{
    size_t object[JSON_DEPTH_MAX + 1] = {0}, objects = 0, n = 0;
    struct json_scan scan;
    struct json_token token;
    json_scan_init(&scan, text, length, 1);
    while (json_next(&scan, &token, NULL) == ST_OK && token.kind != JSON_END) {
        if (token.kind == JSON_OBJECT_BEGIN)
            object[scan.depth] = ++objects;
        if (token.kind != JSON_KEY)
            continue;
        members[n].object = object[scan.depth];
        if (!member_set(&members[n++], &token, arena))
            return false;
    }
    return true;
}

static int member_compare(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    if (x->object != y->object)
        return x->object < y->object ? -1 : 1;
    if (x->length != y->length)
        return x->length < y->length ? -1 : 1;
    return memcmp(x->name, y->name, x->length);
}

enum status json_check(const char *text, size_t length, struct arena *arena,
                       struct err *err)
{
    size_t count;
    enum status status = count_keys(text, length, &count, err);
    if (status)
        return status;
    struct member *members = arena_array(arena, count + 1, sizeof *members);
    if (!members || !collect_keys(text, length, arena, members))
        return err_set(err, ST_TOO_LARGE, "too_large", "too many keys: send less");
    /* Sorting, not hashing: no choice of keys makes it slow. */
    qsort(members, count, sizeof *members, member_compare);
    for (size_t i = 1; i < count; i++) {
        if (member_compare(&members[i - 1], &members[i]))
            continue;
        char name[sizeof err->field];
        snprintf(name, sizeof name, "%.*s", (int)members[i].length, members[i].name);
        status = err_set(err, ST_MALFORMED, "duplicate_key",
                         "the key \"%s\" is there twice in one object", name);
        err_at(err, -1, name);
        return status;
    }
    return ST_OK;
}

bool json_scan_member(const char *text, size_t length, const char *name, size_t *from,
                      size_t *value_length)
{
    struct json_scan scan;
    struct json_token token;
    json_scan_init(&scan, text, length, 1);
    if (json_next(&scan, &token, NULL) || token.kind != JSON_OBJECT_BEGIN)
        return false;
    while (json_next(&scan, &token, NULL) == ST_OK && token.kind == JSON_KEY) {
        bool wanted = json_token_is(&token, name);
        if (json_next(&scan, &token, NULL) || json_skip(&scan, &token, NULL))
            return false;
        if (!wanted)
            continue;
        /* the text of a string token is without its quotes */
        const char *begin = token.text - (token.kind == JSON_STRING);
        *from = (size_t)(begin - text);
        *value_length = (size_t)(scan.at - begin);
        return true;
    }
    return false;
}
