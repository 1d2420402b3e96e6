#include "ingest/json_scan.h"

#include "base/limits.h"
#include "base/text.h"
#include "ingest/json_escape.h"
#include "ingest/number.h"

#include <math.h>
#include <string.h>

enum expect {
    EXPECT_VALUE,
    EXPECT_FIRST_VALUE, /* or the end of an empty array */
    EXPECT_KEY,
    EXPECT_FIRST_KEY, /* or the end of an empty object */
    EXPECT_SEPARATOR, /* a comma or the end of the container */
    EXPECT_END
};

void json_scan_init(struct json_scan *scan, const char *text, size_t length,
                    size_t first_line)
{
    *scan = (struct json_scan){.text = text,
                               .at = text,
                               .end = text + length,
                               .first_line = first_line,
                               .expect = EXPECT_VALUE};
    if (length >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
        scan->at += 3;
}

/* --- errors --- */

static enum status fail(struct json_scan *scan, struct err *err, const char *code,
                        const char *what)
{
    size_t line = scan->first_line;
    const char *line_start = scan->text;
    for (const char *p = scan->text; p < scan->at; p++) {
        if (*p == '\n') {
            line++;
            line_start = p + 1;
        }
    }
    enum status status = strcmp(code, "number_out_of_range") ? ST_MALFORMED : ST_INVALID;
    return err_set(err, status, code, "line %zu, column %zu: %s", line,
                   (size_t)(scan->at - line_start) + 1, what);
}

/* The byte at `at` cannot be there. A byte that is not UTF-8 tells of a wrong encoding
   (UTF-16, Latin-1), which is more useful to hear than "expected a value". */
static enum status unexpected(struct json_scan *scan, struct err *err, const char *what)
{
    size_t left = (size_t)(scan->end - scan->at);
    if (!left)
        return fail(scan, err, "bad_json", "the JSON ends too early");
    bool utf8 = false;
    for (size_t n = 1; n <= 4 && n <= left && !utf8; n++)
        utf8 = text_is_utf8(scan->at, n);
    if ((unsigned char)*scan->at >= 0x80 && !utf8)
        return fail(scan, err, "bad_utf8", "this byte is not UTF-8");
    return fail(scan, err, "bad_json", what);
}

/* --- strings --- */

/* Checks the escape at scan->at (a backslash) and steps behind it. */
static enum status pass_escape(struct json_scan *scan, struct err *err)
{
    const char *p = scan->at + 1;
    if (p < scan->end && *p && strchr("\"\\/bfnrt", *p)) {
        scan->at = p + 1;
        return ST_OK;
    }
    if (p == scan->end || *p != 'u')
        return fail(scan, err, "bad_json", "unknown escape in a string");
    size_t used;
    int32_t code = json_code_point(p + 1, scan->end, &used);
    if (code < 0)
        return fail(scan, err, "bad_json", "\\u needs four hex digits and whole pairs");
    if (code == 0)
        return fail(scan, err, "nul_in_string", "\\u0000 is not allowed in a string");
    scan->at = p + 1 + used;
    return ST_OK;
}

/* scan->at stands on the opening quote. */
static enum status read_string(struct json_scan *scan, struct json_token *token,
                               struct err *err)
{
    bool ascii = true;
    token->text = ++scan->at;
    token->escaped = false;
    for (;;) {
        if (scan->at == scan->end)
            return fail(scan, err, "bad_json", "a string does not end");
        unsigned char c = (unsigned char)*scan->at;
        if (c == '"')
            break;
        if (c < 0x20)
            return fail(scan, err, "bad_json", "a raw control character in a string");
        if (c == '\\') {
            token->escaped = true;
            enum status status = pass_escape(scan, err);
            if (status)
                return status;
            continue;
        }
        ascii &= c < 0x80;
        scan->at++;
    }
    token->length = (size_t)(scan->at - token->text);
    if (!ascii && !text_is_utf8(token->text, token->length))
        return fail(scan, err, "bad_utf8", "this string is not UTF-8");
    scan->at++;
    return ST_OK;
}

/* --- scalars --- */

static const struct word {
    const char *text;
    size_t length;
    enum json_kind kind;
    double number;
} words[] = {
    {"true", 4, JSON_TRUE, 0},
    {"false", 5, JSON_FALSE, 0},
    {"null", 4, JSON_NULL, 0},
    {"NaN", 3, JSON_NUMBER, NAN},
    {"Infinity", 8, JSON_NUMBER, INFINITY},
    {"-Infinity", 9, JSON_NUMBER, -INFINITY},
};

static bool read_word(struct json_scan *scan, struct json_token *token)
{
    size_t left = (size_t)(scan->end - scan->at);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const struct word *word = &words[i];
        if (left < word->length || memcmp(scan->at, word->text, word->length))
            continue;
        token->kind = word->kind;
        token->text = scan->at;
        token->length = word->length;
        token->number = word->number;
        token->integer = false;
        scan->at += word->length;
        return true;
    }
    return false;
}

static enum status read_number(struct json_scan *scan, struct json_token *token,
                               struct err *err)
{
    struct number number;
    size_t used = number_read(scan->at, (size_t)(scan->end - scan->at), &number);
    if (!used)
        return fail(scan, err, "bad_json", "not a JSON number");
    if (used > NUMBER_BYTES_MAX)
        return fail(scan, err, "number_too_long", "a number of more than 64 bytes");
    if (isinf(number.value))
        return fail(scan, err, "number_out_of_range",
                    "a number beyond double precision; send Infinity if it is meant");
    token->kind = JSON_NUMBER;
    token->text = scan->at;
    token->length = used;
    token->number = number.value;
    token->integer = number.integer;
    token->exact = number.exact;
    scan->at += used;
    return ST_OK;
}

/* --- structure --- */

static bool in_object(const struct json_scan *scan)
{
    return scan->objects >> scan->depth & 1;
}

static void after_value(struct json_scan *scan)
{
    scan->expect = scan->depth ? EXPECT_SEPARATOR : EXPECT_END;
}

static enum status open_container(struct json_scan *scan, struct json_token *token,
                                  struct err *err)
{
    if (scan->depth == JSON_DEPTH_MAX)
        return fail(scan, err, "too_deep", "nested more than 16 deep");
    bool object = *scan->at == '{';
    token->kind = object ? JSON_OBJECT_BEGIN : JSON_ARRAY_BEGIN;
    token->text = scan->at++;
    token->length = 1;
    scan->depth++;
    scan->objects &= ~((uint32_t)1 << scan->depth);
    scan->objects |= (uint32_t)object << scan->depth;
    scan->expect = object ? EXPECT_FIRST_KEY : EXPECT_FIRST_VALUE;
    return ST_OK;
}

static enum status close_container(struct json_scan *scan, struct json_token *token)
{
    token->kind = in_object(scan) ? JSON_OBJECT_END : JSON_ARRAY_END;
    token->text = scan->at++;
    token->length = 1;
    scan->depth--;
    after_value(scan);
    return ST_OK;
}

static enum status read_value(struct json_scan *scan, struct json_token *token,
                              struct err *err)
{
    enum status status = ST_OK;
    char c = *scan->at;
    if (c == '{' || c == '[')
        return open_container(scan, token, err);
    if (c == '"') {
        token->kind = JSON_STRING;
        status = read_string(scan, token, err);
    } else if ((c >= '0' && c <= '9') || (c == '-' && !read_word(scan, token))) {
        status = read_number(scan, token, err);
    } else if (c != '-' && !read_word(scan, token)) {
        return unexpected(scan, err, "expected a value");
    }
    after_value(scan);
    return status;
}

static void pass_blanks(struct json_scan *scan)
{
    while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\n' ||
                                    *scan->at == '\r' || *scan->at == '\t'))
        scan->at++;
}

static enum status read_key(struct json_scan *scan, struct json_token *token,
                            struct err *err)
{
    if (scan->at == scan->end || *scan->at != '"')
        return unexpected(scan, err, "expected a key in double quotes");
    token->kind = JSON_KEY;
    enum status status = read_string(scan, token, err);
    if (status)
        return status;
    pass_blanks(scan);
    if (scan->at == scan->end || *scan->at != ':')
        return unexpected(scan, err, "expected ':' after the key");
    scan->at++;
    scan->expect = EXPECT_VALUE;
    return ST_OK;
}

/* Steps over the comma before the next key or value. */
static enum status pass_comma(struct json_scan *scan, struct err *err)
{
    if (scan->at == scan->end || *scan->at != ',')
        return unexpected(scan, err, "expected ',' or the end of the object or array");
    scan->at++;
    pass_blanks(scan);
    scan->expect = in_object(scan) ? EXPECT_KEY : EXPECT_VALUE;
    return ST_OK;
}

static enum status at_end(struct json_scan *scan, struct json_token *token,
                          struct err *err)
{
    if (scan->at < scan->end)
        return fail(scan, err, "trailing_data", "the JSON is complete before this");
    token->kind = JSON_END;
    return ST_OK;
}

static bool can_close(const struct json_scan *scan)
{
    return scan->at < scan->end && *scan->at == (in_object(scan) ? '}' : ']') &&
           (scan->expect == EXPECT_SEPARATOR || scan->expect == EXPECT_FIRST_KEY ||
            scan->expect == EXPECT_FIRST_VALUE);
}

enum status json_next(struct json_scan *scan, struct json_token *token, struct err *err)
{
    pass_blanks(scan);
    if (scan->expect == EXPECT_END)
        return at_end(scan, token, err);
    if (can_close(scan))
        return close_container(scan, token);
    if (scan->expect == EXPECT_SEPARATOR) {
        enum status status = pass_comma(scan, err);
        if (status)
            return status;
    }
    if (scan->expect == EXPECT_KEY || scan->expect == EXPECT_FIRST_KEY)
        return read_key(scan, token, err);
    if (scan->at == scan->end && !scan->depth)
        return fail(scan, err, "empty_body", "there is no JSON");
    if (scan->at == scan->end)
        return unexpected(scan, err, "expected a value");
    return read_value(scan, token, err);
}

enum status json_skip(struct json_scan *scan, const struct json_token *token,
                      struct err *err)
{
    if (token->kind != JSON_OBJECT_BEGIN && token->kind != JSON_ARRAY_BEGIN)
        return ST_OK;
    unsigned outside = scan->depth - 1;
    struct json_token inner;
    while (scan->depth > outside) {
        enum status status = json_next(scan, &inner, err);
        if (status)
            return status;
    }
    return ST_OK;
}
