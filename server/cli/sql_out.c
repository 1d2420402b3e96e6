#include "cli/sql_out.h"

#include "base/json_out.h"
#include "base/text.h"
#include "cli/out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELL_MAX 60 /* of a table, in letters: a longer one sticks out */

/* --- cells --- */

static void add_hex(struct buf *out, const struct sql_value *value)
{
    for (size_t i = 0; i < value->length; i++)
        buf_printf(out, "%02x", (unsigned char)value->text[i]);
}

/* Numbers as everywhere in epochd: every digit that they have. */
static void add_plain(struct buf *out, const struct sql_value *value)
{
    char number[TEXT_DOUBLE_MAX];
    switch (value->type) {
    case SQL_NULL: break;
    case SQL_INTEGER: buf_add(out, number, text_int64(number, value->integer)); break;
    case SQL_REAL: buf_add(out, number, text_double(number, value->real)); break;
    case SQL_TEXT: buf_add(out, value->text, value->length); break;
    case SQL_BYTES: add_hex(out, value); break;
    }
}

/* --- CSV --- */

/* RFC 4180. An empty text has quotes, so that it is not nothing. */
static void add_quoted(struct buf *out, const char *text, size_t length)
{
    bool plain = length;
    for (size_t i = 0; i < length; i++)
        plain = plain && !strchr(",\"\r\n", text[i]);
    if (plain) {
        buf_add(out, text, length);
        return;
    }
    buf_add_char(out, '"');
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '"')
            buf_add_char(out, '"');
        buf_add_char(out, text[i]);
    }
    buf_add_char(out, '"');
}

static void csv_begin(struct sql_out *out)
{
    for (size_t i = 0; i < out->count; i++) {
        if (i)
            buf_add_char(&out->text, ',');
        add_quoted(&out->text, out->names[i], strlen(out->names[i]));
    }
    buf_add_text(&out->text, "\r\n");
}

static void csv_row(struct sql_out *out, const struct sql_value *values)
{
    for (size_t i = 0; i < out->count; i++) {
        if (i)
            buf_add_char(&out->text, ',');
        if (values[i].type == SQL_TEXT)
            add_quoted(&out->text, values[i].text, values[i].length);
        else
            add_plain(&out->text, &values[i]);
    }
    buf_add_text(&out->text, "\r\n");
}

static void nothing(struct sql_out *out)
{
    (void)out;
}

/* --- JSON --- */

static void json_value_add(struct json_out *json, const struct sql_value *value)
{
    switch (value->type) {
    case SQL_NULL: json_null(json); break;
    case SQL_INTEGER: json_int(json, value->integer); break;
    case SQL_REAL: json_double(json, value->real); break;
    case SQL_TEXT: json_bytes(json, value->text, value->length); break;
    case SQL_BYTES:
        buf_add_char(json->buf, '"');
        add_hex(json->buf, value);
        buf_add_char(json->buf, '"');
        json->after_key = false;
        break;
    }
}

static void json_row(struct sql_out *out, const struct sql_value *values)
{
    struct json_out json;
    json_init(&json, &out->text);
    json_object_begin(&json);
    for (size_t i = 0; i < out->count; i++) {
        json_key(&json, out->names[i]);
        json_value_add(&json, &values[i]);
    }
    json_object_end(&json);
}

static void ndjson_row(struct sql_out *out, const struct sql_value *values)
{
    json_row(out, values);
    buf_add_char(&out->text, '\n');
}

static void array_begin(struct sql_out *out)
{
    buf_add_char(&out->text, '[');
}

static void array_row(struct sql_out *out, const struct sql_value *values)
{
    buf_add_text(&out->text, out->rows ? ",\n" : "\n");
    json_row(out, values);
}

static void array_end(struct sql_out *out)
{
    buf_add_text(&out->text, "\n]\n");
}

/* --- a table --- */

/* Letters, not bytes. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void table_cell(struct sql_out *out, size_t i, const char *text)
{
    size_t width = width_of(text);
    size_t pad = width < out->widths[i] ? out->widths[i] - width : 0;
    bool last = i + 1 == out->count;
    for (size_t p = 0; p < pad && out->is_number[i]; p++)
        buf_add_char(&out->text, ' ');
    buf_add_text(&out->text, text);
    for (size_t p = 0; p < pad && !out->is_number[i] && !last; p++)
        buf_add_char(&out->text, ' ');
    buf_add_text(&out->text, last ? "\n" : "  ");
}

/* A row is a line, whatever a text in it holds. */
static void add_cell(struct buf *out, const struct sql_value *value)
{
    size_t start = out->length;
    add_plain(out, value);
    for (size_t i = start; i < out->length; i++) {
        if ((unsigned char)out->data[i] < ' ' || out->data[i] == 0x7f)
            out->data[i] = ' ';
    }
    buf_add_char(out, '\0');
}

static void table_flush(struct sql_out *out)
{
    const char *cell = out->waiting.data;
    for (size_t row = 0; row < out->waiting_rows && !out->waiting.failed; row++) {
        for (size_t i = 0; i < out->count; i++) {
            table_cell(out, i, cell);
            cell += strlen(cell) + 1;
        }
    }
    out->waiting_rows = 0;
    buf_clear(&out->waiting);
}

static void table_begin(struct sql_out *out)
{
    for (size_t i = 0; i < out->count; i++) {
        buf_add(&out->waiting, out->names[i], strlen(out->names[i]) + 1);
        out->widths[i] = width_of(out->names[i]);
        out->is_number[i] = true;
    }
    out->waiting_rows = 1;
}

static void table_row(struct sql_out *out, const struct sql_value *values)
{
    bool early = out->rows < SQL_WIDTHS_ROWS;
    for (size_t i = 0; i < out->count; i++) {
        size_t start = out->waiting.length;
        add_cell(&out->waiting, &values[i]);
        if (!early || out->waiting.failed)
            continue;
        size_t width = width_of(out->waiting.data + start);
        width = width > CELL_MAX ? CELL_MAX : width;
        out->widths[i] = width > out->widths[i] ? width : out->widths[i];
        out->is_number[i] = out->is_number[i] && values[i].type != SQL_TEXT;
    }
    out->waiting_rows++;
    if (out->rows + 1 >= SQL_WIDTHS_ROWS)
        table_flush(out);
}

const struct sql_format sql_formats[] = {
    {"table", table_begin, table_row, table_flush},
    {"csv", csv_begin, csv_row, nothing},
    {"json", array_begin, array_row, array_end},
    {"ndjson", nothing, ndjson_row, nothing},
    {NULL, NULL, NULL, NULL},
};

/* --- */

static bool is_taken(const struct sql_out *out, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(out->names[i], name))
            return true;
    }
    return false;
}

/* An object has each key once: the second "value" becomes "value_2". */
static char *distinct_name(const struct sql_out *out, size_t count, const char *name)
{
    char *made = strdup(name);
    for (int n = 2; made && is_taken(out, count, made); n++) {
        free(made);
        if (asprintf(&made, "%s_%d", name, n) < 0)
            made = NULL;
    }
    return made;
}

bool sql_out_columns(void *data, const char *const *names, size_t count)
{
    struct sql_out *out = data;
    out->names = calloc(count, sizeof *out->names);
    out->widths = calloc(count, sizeof *out->widths);
    out->is_number = calloc(count, sizeof *out->is_number);
    bool ok = out->names && out->widths && out->is_number;
    for (; ok && out->count < count; out->count++) {
        out->names[out->count] = distinct_name(out, out->count, names[out->count]);
        ok = out->names[out->count];
    }
    if (ok)
        out->format->begin(out);
    out->text.failed = out->text.failed || !ok;
    return ok;
}

bool sql_out_row(void *data, const struct sql_value *values, size_t count)
{
    struct sql_out *out = data;
    (void)count;
    out->format->row(out, values);
    out->rows++;
    if (out->text.failed || out->waiting.failed)
        return false;
    return out->text.length < OUT_BYTES || out_send(&out->text);
}

void sql_out_end(struct sql_out *out)
{
    out->format->end(out);
    out_send(&out->text);
}

void sql_out_release(struct sql_out *out)
{
    for (size_t i = 0; i < out->count; i++)
        free(out->names[i]);
    free(out->names);
    free(out->widths);
    free(out->is_number);
    buf_release(&out->text);
    buf_release(&out->waiting);
}
