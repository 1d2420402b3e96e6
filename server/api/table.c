#include "api/table.h"

#include "base/limits.h"
#include "base/text.h"

#include <string.h>

#define CELLS_AIM 50000 /* of a page: about a megabyte of text */

/* The points of one column in the page, and how far they are written. */
struct column {
    struct points points;
    size_t at;
};

/* RFC 4180. A name that a spreadsheet would take for a formula gets a quote in front. */
static void csv_name(struct buf *out, const char *name)
{
    const char *prefix = strchr("=+-@\t\r", *name) && *name ? "'" : "";
    if (!strpbrk(name, ",\"\r\n")) {
        buf_add_text(out, prefix);
        buf_add_text(out, name);
        return;
    }
    buf_add_char(out, '"');
    buf_add_text(out, prefix);
    for (; *name; name++) {
        if (*name == '"')
            buf_add_char(out, '"');
        buf_add_char(out, *name);
    }
    buf_add_char(out, '"');
}

void table_begin(const struct table *table, struct buf *out)
{
    struct json_out json;
    if (table->format == TABLE_NDJSON)
        return;
    if (table->format == TABLE_CSV) {
        buf_add_text(out, table->x);
        for (size_t i = 0; i < table->column_count; i++) {
            buf_add_char(out, ',');
            csv_name(out, table->columns[i].name);
        }
        buf_add_text(out, "\r\n");
        return;
    }
    json_init(&json, out);
    json_object_begin(&json);
    json_key_text(&json, "run", table->run);
    json_key_text(&json, "x", table->x);
    json_key(&json, "columns");
    json_array_begin(&json);
    json_text(&json, table->x);
    for (size_t i = 0; i < table->column_count; i++)
        json_text(&json, table->columns[i].name);
    json_array_end(&json);
    buf_add_text(out, ",\"epochs\":[");
}

void table_end(const struct table *table, struct buf *out)
{
    if (table->format == TABLE_JSON)
        buf_add_text(out, "]}\n");
}

/* The column's value at step, when it has one there; goes on behind it. */
static const double *take_cell(struct column *column, int64_t step)
{
    const struct points *p = &column->points;
    if (column->at == p->count || p->step[column->at] != step)
        return NULL;
    return &p->value[column->at++];
}

static void csv_row(const struct table *table, struct column *columns, int64_t step,
                    struct buf *out)
{
    char text[TEXT_DOUBLE_MAX];
    buf_printf(out, "%lld", (long long)step);
    for (size_t i = 0; i < table->column_count; i++) {
        const double *value = take_cell(&columns[i], step);
        buf_add_char(out, ',');
        if (value)
            buf_add(out, text, text_double(text, *value));
    }
    buf_add_text(out, "\r\n");
}

static void json_row(const struct table *table, struct column *columns, int64_t step,
                     struct buf *out)
{
    struct json_out json;
    json_init(&json, out);
    json_object_begin(&json);
    json_key_int(&json, table->x, step);
    for (size_t i = 0; i < table->column_count; i++) {
        const double *value = take_cell(&columns[i], step);
        if (value)
            json_key_double(&json, table->columns[i].name, *value);
    }
    json_object_end(&json);
}

static void write_row(struct table *table, struct column *columns, int64_t step,
                      struct buf *out)
{
    if (table->format == TABLE_CSV) {
        csv_row(table, columns, step, out);
        return;
    }
    if (table->format == TABLE_JSON && !table->first_row)
        buf_add_char(out, ',');
    json_row(table, columns, step, out);
    if (table->format == TABLE_NDJSON)
        buf_add_char(out, '\n');
    table->first_row = false;
}

/* The smallest step not yet written; STEP_MAX + 1 when the page is done. */
static int64_t next_step(const struct table *table, const struct column *columns)
{
    int64_t step = STEP_MAX + 1;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct points *p = &columns[i].points;
        if (columns[i].at < p->count && p->step[columns[i].at] < step)
            step = p->step[columns[i].at];
    }
    return step;
}

/* Passes over steps without any point: `next` becomes a step that has one, or goes beyond
   `to`. */
static enum status skip_gap(struct table *table, struct store *store, struct arena *arena,
                            struct err *err)
{
    int64_t nearest = STEP_MAX + 1;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct metric *m = &table->columns[i];
        struct points points;
        if (m->last_step < table->next)
            continue;
        enum status status = store_points_read(store, m->key, table->next, table->next,
                                               true, arena, &points, err);
        if (status != ST_OK)
            return status;
        for (size_t p = 0; p < points.count; p++) {
            if (points.step[p] >= table->next && points.step[p] < nearest)
                nearest = points.step[p];
        }
    }
    table->next = nearest;
    return ST_OK;
}

static enum status read_columns(const struct table *table, struct store *store,
                                int64_t to, struct arena *arena, struct column *columns,
                                struct err *err)
{
    for (size_t i = 0; i < table->column_count; i++) {
        enum status status = store_points_read(store, table->columns[i].key, table->next,
                                               to, false, arena, &columns[i].points, err);
        if (status != ST_OK)
            return status;
    }
    return ST_OK;
}

static size_t write_rows(struct table *table, struct column *columns, struct buf *out)
{
    size_t cells = 0;
    for (;;) {
        int64_t step = next_step(table, columns);
        if (step > STEP_MAX)
            return cells;
        write_row(table, columns, step, out);
        cells += table->column_count + 1;
    }
}

static enum status write_page(struct table *table, struct store *store,
                              struct arena *arena, struct buf *out, struct err *err)
{
    struct column *columns = arena_array(arena, table->column_count + 1, sizeof *columns);
    if (!columns)
        return err_set(err, ST_TOO_LARGE, "answer_too_large", "no memory for a page");
    enum status status = skip_gap(table, store, arena, err);
    if (status != ST_OK || table->next > table->to)
        return status;
    int64_t last = table->to - table->next < table->window
                       ? table->to
                       : table->next + table->window - 1;
    status = read_columns(table, store, last, arena, columns, err);
    if (status != ST_OK)
        return status;
    size_t cells = write_rows(table, columns, out);
    if (cells > CELLS_AIM && table->window > 1)
        table->window /= 2;
    else if (cells < CELLS_AIM / 2 && table->window < STEP_MAX / 2)
        table->window *= 2;
    table->next = last + 1;
    return ST_OK;
}

enum status table_page(struct table *table, struct store *store, struct buf *out,
                       bool *more, struct err *err)
{
    enum status status;
    if (!table->window)
        table->window = 1 + CELLS_AIM / (int64_t)(table->column_count + 1);
    for (;;) {
        struct arena arena;
        arena_init(&arena, table->page_bytes_max);
        status = write_page(table, store, &arena, out, err);
        arena_release(&arena);
        /* Everything is read before the first row is written. */
        if (status != ST_TOO_LARGE || table->window == 1)
            break;
        table->window /= 2;
    }
    *more = table->next <= table->to;
    return status;
}
