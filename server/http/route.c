#include "http/route.h"

#include "base/text.h"
#include "http/escape.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const char *const route_any_params[] = {NULL};

/* One way to write Allow, whatever the order of the table. */
static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
enum { METHOD_COUNT = sizeof methods / sizeof *methods };

/* One path segment after another, without the slashes. */
struct segment {
    const char *text;
    size_t length;
};

/* *path points at a slash. False at the end. */
static bool next_segment(const char **path, struct segment *out)
{
    if (**path != '/')
        return false;
    out->text = *path + 1;
    out->length = strcspn(out->text, "/");
    *path = out->text + out->length;
    return true;
}

static bool is_variable(const struct segment *pattern)
{
    return pattern->length > 0 && pattern->text[0] == '{';
}

/* Of every row for every request, so byte by byte: most differ early. An empty segment
   is no value: /runs/ is not /runs/{run}. */
static bool matches(const char *pattern, const char *path)
{
    for (;; pattern++, path++) {
        if (*pattern == '{') {
            size_t length = strcspn(path, "/");
            if (length == 0)
                return false;
            pattern += strcspn(pattern, "/");
            path += length;
        }
        if (*pattern != *path)
            return false;
        if (!*pattern)
            return true;
    }
}

/* Of two patterns that match the same path: does a say more? The first segment that is
   literal in one of them only decides. */
static bool is_more_exact(const char *a, const char *b)
{
    struct segment from_a, from_b;
    while (next_segment(&a, &from_a) && next_segment(&b, &from_b)) {
        if (is_variable(&from_a) != is_variable(&from_b))
            return is_variable(&from_b);
    }
    return false;
}

static bool serves(const struct route *route, const char *method)
{
    return !strcmp(route->method, method) ||
           (!strcmp(method, "HEAD") && !strcmp(route->method, "GET"));
}

static enum status decode_segments(const struct route *route, const char *path,
                                   struct arena *arena, struct route_match *out)
{
    const char *pattern = route->pattern;
    struct segment want, have;
    while (next_segment(&pattern, &want) && next_segment(&path, &have)) {
        if (!is_variable(&want))
            continue;
        assert(out->segment_count < ROUTE_SEGMENTS_MAX);
        char *value = arena_alloc(arena, have.length + 1);
        if (!value)
            return ST_BUSY;
        if (!escape_decode(have.text, have.length, false, value))
            return ST_MALFORMED;
        out->segments[out->segment_count++] = value;
    }
    return ST_OK;
}

static bool is_decodable(const char *path, struct arena *arena, enum status *status)
{
    size_t length = strlen(path);
    char *scratch = arena_alloc(arena, length + 1);
    *status = !scratch ? ST_BUSY
              : path[0] == '/' && escape_decode(path, length, false, scratch)
                  ? ST_OK
                  : ST_MALFORMED;
    return *status == ST_OK;
}

/* The row to use, or NULL. */
static const struct route *find_row(const struct route *table, size_t count,
                                    const char *method, const char *path)
{
    const struct route *best = NULL;
    for (const struct route *row = table; row < table + count; row++) {
        if (serves(row, method) && matches(row->pattern, path) &&
            (!best || is_more_exact(row->pattern, best->pattern)))
            best = row;
    }
    return best;
}

/* The methods that the path has, as Allow lists them. */
static void list_methods(const struct route *table, size_t count, const char *path,
                         char *out, size_t size)
{
    size_t length = 0;
    out[0] = '\0';
    for (size_t i = 0; i < METHOD_COUNT && length < size; i++) {
        if (find_row(table, count, methods[i], path))
            length += (size_t)snprintf(out + length, size - length, "%s%s",
                                       length ? ", " : "", methods[i]);
    }
}

static enum status refuse(enum status status, struct err *err)
{
    if (status == ST_BUSY)
        return err_set(err, ST_BUSY, "overloaded", "no memory for the path");
    return err_set(err, ST_MALFORMED, "bad_path",
                   "the path must start with '/' and be percent-encoded UTF-8 without "
                   "control characters");
}

enum status route_find(const struct route *table, size_t count, const char *method,
                       const char *path, struct arena *arena, struct route_match *out,
                       struct err *err)
{
    enum status status;
    *out = (struct route_match){0};
    const struct route *row = find_row(table, count, method, path);
    if (!row && !is_decodable(path, arena, &status))
        return refuse(status, err);
    if (row) {
        status = decode_segments(row, path, arena, out);
        if (status)
            return refuse(status, err);
        out->route = row;
        return ST_OK;
    }
    list_methods(table, count, path, out->allow, sizeof out->allow);
    if (!out->allow[0])
        return err_set(err, ST_NOT_FOUND, "not_found", "there is nothing at this path");
    return err_set(err, ST_METHOD, "method_not_allowed", "this path takes %s",
                   out->allow);
}
