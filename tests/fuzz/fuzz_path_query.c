/* A target as sent, path and query: whatever comes out is decoded, printable and no
   longer than what went in. */
#include "base/text.h"
#include "http/query.h"
#include "http/route.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *const known[] = {"q", "limit", "T_max", NULL};

static const struct route table[] = {
    {"GET", "/", NULL, 0, ROUTE_EVENT_THREAD, NULL, "", 0, false},
    {"GET", "/api/v1/runs/{run}", known, 0, ROUTE_EVENT_THREAD, NULL, "", 0, false},
    {"GET", "/api/v1/runs/compare", known, 0, ROUTE_EVENT_THREAD, NULL, "", 0, false},
    {"POST", "/api/v1/runs/{run}/{what}", known, 0, ROUTE_EVENT_THREAD, NULL, "", 0,
     false},
    {"GET", "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}", known, 0, ROUTE_EVENT_THREAD, NULL, "", 0,
     false},
};

static void check_text(const char *text, size_t length_max)
{
    size_t length = strlen(text);
    assert(length <= length_max);
    assert(text_is_printable(text, length));
}

static void check_path(const char *path, struct arena *arena)
{
    struct route_match match;
    struct err err = {0};
    static const char *const methods[] = {"GET", "HEAD", "POST", "get"};
    for (size_t m = 0; m < sizeof methods / sizeof *methods; m++) {
        enum status status = route_find(table, sizeof table / sizeof *table, methods[m],
                                        path, arena, &match, &err);
        assert(status == ST_OK || err.status == status);
        assert((status == ST_METHOD) == (match.allow[0] != '\0'));
        for (size_t i = 0; status == ST_OK && i < match.segment_count; i++)
            check_text(match.segments[i], strlen(path));
    }
}

static void check_query(const char *text, struct arena *arena)
{
    struct query query;
    struct err err = {0};
    if (query_parse(text, arena, &query, &err))
        return;
    for (size_t i = 0; i < query.count; i++) {
        check_text(query.params[i].name, strlen(text));
        check_text(query.params[i].value, strlen(text));
        assert(query_value(&query, query.params[i].name));
    }
    enum status status = query_check(&query, known, &err);
    assert(status == ST_OK || status == ST_INVALID);
    if (status == ST_OK)
        assert(query.count <= 3);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct arena arena;
    char *target = malloc(size + 1);
    if (!target)
        return 0;
    memcpy(target, data, size);
    target[size] = '\0';
    char *query = strchr(target, '?');
    if (query)
        *query++ = '\0';
    arena_init(&arena, 1 << 20);
    check_path(target, &arena);
    check_query(query, &arena);
    arena_release(&arena);
    free(target);
    return 0;
}
