#include "base/json_out.h"

#include "base/clock.h"
#include "base/text.h"

#include <assert.h>
#include <math.h>
#include <string.h>

void json_init(struct json_out *json, struct buf *buf)
{
    *json = (struct json_out){.buf = buf};
}

static void before_value(struct json_out *json)
{
    if (json->after_key) {
        json->after_key = false;
        return;
    }
    unsigned bit = 1u << json->depth;
    if (json->comma & bit)
        buf_add_char(json->buf, ',');
    json->comma |= bit;
}

static void begin(struct json_out *json, char bracket)
{
    before_value(json);
    buf_add_char(json->buf, bracket);
    json->depth++;
    assert(json->depth < 32);
    json->comma &= ~(1u << json->depth);
}

static void end(struct json_out *json, char bracket)
{
    assert(json->depth > 0 && !json->after_key);
    json->depth--;
    buf_add_char(json->buf, bracket);
}

void json_object_begin(struct json_out *json)
{
    begin(json, '{');
}

void json_object_end(struct json_out *json)
{
    end(json, '}');
}

void json_array_begin(struct json_out *json)
{
    begin(json, '[');
}

void json_array_end(struct json_out *json)
{
    end(json, ']');
}

static void escape(struct buf *buf, unsigned char c)
{
    if (c == '"' || c == '\\')
        buf_printf(buf, "\\%c", c);
    else if (c == '\n')
        buf_add_text(buf, "\\n");
    else if (c >= 0x80)
        buf_add_text(buf, "\xef\xbf\xbd"); /* U+FFFD: what stood there is no UTF-8 */
    else
        buf_printf(buf, "\\u%04x", c);
}

/* '<', '>' and '&' are escaped too, so that an answer pasted into HTML stays text. */
static void quoted(struct buf *buf, const char *text, size_t length)
{
    const char *from = text, *end = text + length;
    buf_add_char(buf, '"');
    for (const char *p = text; p < end;) {
        unsigned char c = (unsigned char)*p;
        size_t plain = c < 0x80 ? c >= 0x20 && !strchr("\"\\<>&", c)
                                : text_utf8_length(p, (size_t)(end - p));
        if (!plain) {
            buf_add(buf, from, (size_t)(p - from));
            escape(buf, c);
            from = p + 1;
        }
        p += plain ? plain : 1;
    }
    buf_add(buf, from, (size_t)(end - from));
    buf_add_char(buf, '"');
}

void json_key(struct json_out *json, const char *key)
{
    before_value(json);
    quoted(json->buf, key, strlen(key));
    buf_add_char(json->buf, ':');
    json->after_key = true;
}

void json_text(struct json_out *json, const char *text)
{
    before_value(json);
    if (text)
        quoted(json->buf, text, strlen(text));
    else
        buf_add_text(json->buf, "null");
}

void json_bytes(struct json_out *json, const char *text, size_t length)
{
    before_value(json);
    quoted(json->buf, text, length);
}

void json_double(struct json_out *json, double value)
{
    before_value(json);
    char text[TEXT_DOUBLE_MAX + 2];
    size_t length;
    if (isfinite(value)) {
        length = text_double(text, value);
    } else {
        length = text_double(text + 1, value) + 2;
        text[0] = text[length - 1] = '"';
    }
    buf_add(json->buf, text, length);
}

void json_int(struct json_out *json, int64_t value)
{
    char text[TEXT_INT64_MAX];
    before_value(json);
    buf_add(json->buf, text, text_int64(text, value));
}

void json_bool(struct json_out *json, bool value)
{
    before_value(json);
    buf_add_text(json->buf, value ? "true" : "false");
}

void json_null(struct json_out *json)
{
    before_value(json);
    buf_add_text(json->buf, "null");
}

void json_raw(struct json_out *json, const char *json_text)
{
    before_value(json);
    buf_add_text(json->buf, json_text && *json_text ? json_text : "null");
}

void json_time(struct json_out *json, int64_t unix_ms)
{
    char text[CLOCK_TEXT_MAX];
    clock_format(text, unix_ms);
    json_text(json, text);
}

void json_key_text(struct json_out *json, const char *key, const char *text)
{
    json_key(json, key);
    json_text(json, text);
}

void json_key_double(struct json_out *json, const char *key, double value)
{
    json_key(json, key);
    json_double(json, value);
}

void json_key_int(struct json_out *json, const char *key, int64_t value)
{
    json_key(json, key);
    json_int(json, value);
}

void json_key_bool(struct json_out *json, const char *key, bool value)
{
    json_key(json, key);
    json_bool(json, value);
}
