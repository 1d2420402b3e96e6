#include "rows.h"

#include "api/json.h"
#include "base/limits.h"

#include <string.h>

/* Parses text that must be good. */
static struct json_value *parsed(struct arena *arena, const char *text)
{
    struct json_value *root = NULL;
    struct err err = {0};
    arena_init(arena, CONTROL_BYTES_MAX);
    assert_int_equal(value_parse(text, strlen(text), arena, &root, &err), ST_OK);
    return root;
}

static void members_in_order_with_their_kinds(void **state)
{
    (void)state;
    static const enum value_kind kinds[] = {VALUE_NULL, VALUE_BOOL,  VALUE_NUMBER,
                                            VALUE_TEXT, VALUE_ARRAY, VALUE_OBJECT};
    struct arena arena;
    struct json_value *root =
        parsed(&arena, "{\"a\":null,\"b\":true,\"c\":1,\"d\":\"x\",\"e\":[],\"f\":{}}");
    size_t i = 0;
    const struct json_value *m = value_first(root);
    for (; m; m = value_next(m), i++) {
        assert_int_equal(value_kind(m), kinds[i]);
        assert_int_equal(value_name(m)[0], 'a' + (int)i);
    }
    assert_int_equal(i, COUNT(kinds));
    assert_int_equal(value_count(root), COUNT(kinds));
    value_free(root);
    arena_release(&arena);
}

static void case_matters(void **state)
{
    (void)state;
    struct arena arena;
    struct json_value *root = parsed(&arena, "{\"LR\":1,\"lr\":2}");
    assert_near(value_number(value_member(root, "lr")), 2, 0);
    assert_near(value_number(value_member(root, "LR")), 1, 0);
    assert_null(value_member(root, "Lr"));
    value_free(root);
    arena_release(&arena);
}

static void another_kind_has_no_text_and_no_number(void **state)
{
    (void)state;
    struct arena arena;
    struct json_value *root = parsed(&arena, "[1,\"1\"]");
    const struct json_value *number = value_first(root), *text = value_next(number);
    assert_null(value_text(number));
    assert_true(isnan(value_number(text)));
    assert_string_equal(value_text(text), "1");
    value_free(root);
    arena_release(&arena);
}

struct integer_row {
    const char *text;
    bool whole;
    int64_t value;
};

static const struct integer_row integers[] = {
    {"0", true, 0},
    {"-7", true, -7},
    {"1e3", true, 1000},
    {"2.0", true, 2},
    {"9007199254740991", true, STEP_MAX},
    {"9007199254740992", false, 0},
    {"1e300", false, 0},
    {"1.5", false, 0},
    {"\"1\"", false, 0},
    {"null", false, 0},
};

static void integer_case(void **state)
{
    const struct integer_row *row = *state;
    struct arena arena;
    struct json_value *root = parsed(&arena, row->text);
    int64_t value = 0;
    assert_int_equal(value_integer(root, &value), row->whole);
    assert_int_equal(value, row->value);
    value_free(root);
    arena_release(&arena);
}

struct refused_row {
    const char *name, *text;
    enum status status;
    const char *code;
};

static const struct refused_row refusals[] = {
    {"nothing", "", ST_MALFORMED, "empty_body"},
    {"a bare word", "nul", ST_MALFORMED, "bad_json"},
    {"two values", "{} {}", ST_MALFORMED, "trailing_data"},
    {"the same key twice", "{\"a\":1,\"a\":1}", ST_MALFORMED, "duplicate_key"},
    {"the same key under an escape", "{\"a\":1,\"\\u0061\":1}", ST_MALFORMED,
     "duplicate_key"},
    {"NaN in a control object", "{\"a\":NaN}", ST_MALFORMED, "bad_json"},
    {"a NUL in a text", "{\"a\":\"x\\u0000y\"}", ST_MALFORMED, "nul_in_string"},
};

static void refused_case(void **state)
{
    const struct refused_row *row = *state;
    struct arena arena;
    struct json_value *root = NULL;
    struct err err = {0};
    arena_init(&arena, CONTROL_BYTES_MAX);
    assert_int_equal(value_parse(row->text, strlen(row->text), &arena, &root, &err),
                     row->status);
    assert_string_equal(err.code, row->code);
    assert_null(root);
    arena_release(&arena);
}

static void an_unknown_field_is_named_with_the_nearest(void **state)
{
    (void)state;
    static const char *const known[] = {"name", "epochs", NULL};
    struct arena arena;
    struct err err = {0};
    struct json_value *good = parsed(&arena, "{\"name\":1}");
    assert_int_equal(value_known(good, known, &err), ST_OK);
    value_free(good);
    arena_release(&arena);
    struct json_value *bad = parsed(&arena, "{\"name\":1,\"epoch\":2}");
    assert_int_equal(value_known(bad, known, &err), ST_INVALID);
    assert_string_equal(err.text, "unknown field \"epoch\": did you mean \"epochs\"?");
    assert_string_equal(err.field, "epoch");
    value_free(bad);
    arena_release(&arena);
}

static void a_wrong_kind_says_both(void **state)
{
    (void)state;
    struct arena arena;
    struct err err = {0};
    struct json_value *root = parsed(&arena, "[]");
    assert_int_equal(bad_type("name", "text", root, &err), ST_INVALID);
    assert_string_equal(err.text, "\"name\" must be text, not an array");
    value_free(root);
    arena_release(&arena);
}

int main(void)
{
    static struct rows rows;
    rows_add(&rows, "members in order with their kinds",
             members_in_order_with_their_kinds, NULL);
    rows_add(&rows, "case matters", case_matters, NULL);
    rows_add(&rows, "another kind has no text and no number",
             another_kind_has_no_text_and_no_number, NULL);
    for (size_t i = 0; i < COUNT(integers); i++)
        rows_add(&rows, integers[i].text, integer_case, &integers[i]);
    for (size_t i = 0; i < COUNT(refusals); i++)
        rows_add(&rows, refusals[i].name, refused_case, &refusals[i]);
    rows_add(&rows, "an unknown field is named with the nearest",
             an_unknown_field_is_named_with_the_nearest, NULL);
    rows_add(&rows, "a wrong kind says both", a_wrong_kind_says_both, NULL);
    return rows_run(&rows);
}
