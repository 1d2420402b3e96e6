/* The JSON scanner and the check of control objects: any bytes, no crash, and what the
   check accepts scans to the end and holds no token outside the text. */
#include "base/limits.h"
#include "ingest/json_check.h"
#include "ingest/json_scan.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum status scan(const char *text, size_t size, struct arena *arena)
{
    struct json_scan scan;
    struct json_token token;
    json_scan_init(&scan, text, size, 1);
    do {
        struct err err = {0};
        enum status status = json_next(&scan, &token, &err);
        if (status) {
            assert(err.status == status && err.code[0] && err.text[0]);
            return status;
        }
        assert(scan.depth <= JSON_DEPTH_MAX);
        if (token.kind == JSON_STRING || token.kind == JSON_KEY) {
            assert(token.text >= text && token.text + token.length < text + size);
            char *plain = arena_alloc(arena, token.length + 1);
            assert(!plain || json_unescape(&token, plain) <= token.length);
        }
    } while (token.kind != JSON_END);
    return ST_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct arena arena;
    size_t from, length;
    arena_init(&arena, 1 << 20);
    enum status scanned = scan(text, size, &arena);
    enum status checked = json_check(text, size, &arena, NULL);
    assert(checked != ST_OK || scanned == ST_OK);
    if (json_scan_member(text, size, "config", &from, &length))
        assert(length > 0 && from + length <= size);
    arena_release(&arena);
    return 0;
}
