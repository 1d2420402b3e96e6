#include "near.h"

#include "base/embedded.h"
#include "http/assets.h"
#include "http/http.h"

#include <stdio.h>
#include <string.h>

/* Instead of the page that the build made: sorted by name, as tools/embed.c does. */
extern const struct embedded web_files[];
const struct embedded web_files[] = {
    {"assets/app-1a2b.js", "let a;", 6},
    {"assets/app-1a2b.js.gz", "\x1f\x8b js", 5},
    {"assets/font.woff2", "\x00\x01", 2},
    {"index.html", "<!doctype html>", 15},
    {"index.html.gz", "\x1f\x8b page", 7},
    {"robots", "none", 4},
    {NULL, NULL, 0},
};

static struct http_exchange answer(const char *name, const char *if_none_match,
                                   bool accepts_gzip)
{
    struct http_exchange x = {.status = 200};
    x.if_none_match = if_none_match;
    x.accepts_gzip = accepts_gzip;
    arena_init(&x.arena, 1 << 20);
    const struct asset *asset = asset_find(name);
    assert_non_null(asset);
    asset_answer(&x, asset);
    return x;
}

static const char *header(const struct http_exchange *x, const char *name)
{
    for (size_t i = 0; i < x->header_count; i++) {
        if (!strcmp(x->headers[i].name, name))
            return x->headers[i].value;
    }
    return "";
}

static void every_file_is_found_by_its_name(void **state)
{
    (void)state;
    for (const struct embedded *file = web_files; file->name; file++) {
        const struct asset *asset = asset_find(file->name);
        bool compressed = strstr(file->name, ".gz") != NULL;
        assert_int_equal(asset == NULL, compressed);
        if (asset) {
            assert_string_equal(asset->name, file->name);
            assert_int_equal(asset->size, file->size);
        }
    }
}

static void other_names_are_not_found(void **state)
{
    (void)state;
    static const char *const names[] = {"",        "/index.html",          "index.htm",
                                        "assets/", "assets/../index.html", "INDEX.HTML",
                                        "zzz",     "index.html.gz"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_null(asset_find(names[i]));
}

static void types_come_from_the_name(void **state)
{
    (void)state;
    assert_string_equal(asset_find("index.html")->type, "text/html");
    assert_string_equal(asset_find("assets/app-1a2b.js")->type, "text/javascript");
    assert_string_equal(asset_find("assets/font.woff2")->type, "font/woff2");
    assert_string_equal(asset_find("robots")->type, "application/octet-stream");
}

static void plain_answer(void **state)
{
    (void)state;
    struct http_exchange x = answer("index.html", NULL, false);
    assert_int_equal(x.status, 200);
    assert_int_equal(x.static_length, 15);
    assert_memory_equal(x.static_body, "<!doctype html>", 15);
    assert_string_equal(header(&x, "Content-Encoding"), "");
    assert_string_equal(header(&x, "Vary"), "Accept-Encoding");
    assert_string_equal(header(&x, "Cache-Control"), "no-cache");
    arena_release(&x.arena);
}

static void compressed_answer(void **state)
{
    (void)state;
    struct http_exchange x = answer("index.html", NULL, true);
    assert_int_equal(x.static_length, 7);
    assert_string_equal(header(&x, "Content-Encoding"), "gzip");
    assert_string_equal(header(&x, "Vary"), "Accept-Encoding");
    assert_string_equal(x.content_type_out, "text/html");
    arena_release(&x.arena);
}

static void file_without_a_compressed_form(void **state)
{
    (void)state;
    struct http_exchange x = answer("assets/font.woff2", NULL, true);
    assert_int_equal(x.static_length, 2);
    assert_string_equal(header(&x, "Content-Encoding"), "");
    assert_string_equal(header(&x, "Vary"), "");
    arena_release(&x.arena);
}

static void named_by_content_is_kept_for_ever(void **state)
{
    (void)state;
    struct http_exchange x = answer("assets/app-1a2b.js", NULL, false);
    assert_string_equal(header(&x, "Cache-Control"),
                        "public, max-age=31536000, immutable");
    arena_release(&x.arena);
}

static void etag_that_fits_is_304(void **state)
{
    (void)state;
    char list[80];
    const char *etag = asset_find("index.html")->etag;
    snprintf(list, sizeof list, "\"other\", %s", etag);
    const char *const fresh[] = {etag, list, "*"};
    for (size_t i = 0; i < sizeof fresh / sizeof *fresh; i++) {
        struct http_exchange x = answer("index.html", fresh[i], true);
        assert_int_equal(x.status, 304);
        assert_null(x.static_body);
        assert_string_equal(header(&x, "ETag"), etag);
        arena_release(&x.arena);
    }
}

static void etag_of_another_content_is_200(void **state)
{
    (void)state;
    const char *other = asset_find("robots")->etag;
    assert_string_not_equal(other, asset_find("index.html")->etag);
    struct http_exchange x = answer("index.html", other, true);
    assert_int_equal(x.status, 200);
    assert_non_null(x.static_body);
    arena_release(&x.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_is_found_by_its_name),
        cmocka_unit_test(other_names_are_not_found),
        cmocka_unit_test(types_come_from_the_name),
        cmocka_unit_test(plain_answer),
        cmocka_unit_test(compressed_answer),
        cmocka_unit_test(file_without_a_compressed_form),
        cmocka_unit_test(named_by_content_is_kept_for_ever),
        cmocka_unit_test(etag_that_fits_is_304),
        cmocka_unit_test(etag_of_another_content_is_200),
    };
    return cmocka_run_group_tests_name("assets", tests, NULL, NULL);
}
