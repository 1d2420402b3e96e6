#include "ingest/read_csv.h"

#include "base/text.h"
#include "ingest/csv_scan.h"

#include <math.h>
#include <string.h>

#define COLUMNS_MAX (RECORD_FIELDS_MAX + 3)

struct table {
    struct batch_build *build;
    struct csv_scan scan;
    size_t column_count;
    struct batch_field columns[COLUMNS_MAX]; /* last: 24 KiB, never cleared */
};

/* csv_next; its own message has the line already. */
static enum status next(struct table *table, struct csv_cell *cell)
{
    enum status status = csv_next(&table->scan, cell, table->build->err);
    if (status)
        err_at(table->build->err, (int64_t)table->build->batch->record_count, NULL);
    return status;
}

static enum status add_column(struct table *table, const struct csv_cell *cell)
{
    struct batch_build *build = table->build;
    if (!text_is_utf8(cell->text, cell->length))
        return batch_fail(build, ST_MALFORMED, "bad_utf8", "the header is not UTF-8");
    if (table->column_count == COLUMNS_MAX)
        return batch_fail(build, ST_INVALID, "too_many_metrics",
                          "more columns than a record may have");
    char *name = arena_alloc(build->arena, cell->length + 1);
    if (!name)
        return batch_fail(build, ST_TOO_LARGE, "too_large", "the header is too long");
    struct batch_field *column = &table->columns[table->column_count++];
    column->name = name;
    column->length = csv_unescape(cell, name);
    return batch_field(build, name, column->length, &column->id);
}

static enum status read_header(struct table *table)
{
    struct csv_cell cell = {0};
    batch_record_begin(table->build);
    while (!cell.last) {
        enum status status = next(table, &cell);
        if (status)
            return status;
        if (cell.end)
            return batch_fail(table->build, ST_MALFORMED, "empty_body",
                              "there is no CSV");
        status = add_column(table, &cell);
        if (status)
            return status;
    }
    table->build->current.length = 0;
    if (!(table->build->seen & (1u << -FIELD_EPOCH | 1u << -FIELD_STEP)))
        return batch_fail(table->build, ST_INVALID, "missing_epoch",
                          "the header names no epoch and no step");
    return ST_OK;
}

static bool has_digit(const struct csv_cell *cell)
{
    for (size_t i = 0; i < cell->length; i++) {
        if (cell->text[i] >= '0' && cell->text[i] <= '9')
            return true;
    }
    return false;
}

static bool is_long_number(const struct csv_cell *cell)
{
    struct number ignored;
    return cell->length > NUMBER_BYTES_MAX &&
           number_read(cell->text, cell->length, &ignored) == cell->length;
}

static enum status read_value(struct table *table, const struct csv_cell *cell)
{
    struct batch_build *build = table->build;
    int id = build->current.id;
    struct number number;
    if (!cell->length)
        return ST_OK;
    if (!number_cell(cell->text, cell->length, &number)) {
        if (is_long_number(cell))
            return batch_fail(build, ST_MALFORMED, "number_too_long",
                              "more than 64 bytes");
        return batch_text(build, id, cell->text, cell->length);
    }
    if (isinf(number.value) && has_digit(cell))
        return batch_fail(build, ST_INVALID, "number_out_of_range",
                          "beyond double precision; write inf if it is meant");
    return batch_number(build, id, &number);
}

/* The first cell of the row was read. */
static enum status read_row(struct table *table, struct csv_cell *cell)
{
    struct batch_build *build = table->build;
    batch_record_begin(build);
    for (size_t i = 0; i < table->column_count; i++) {
        build->current = table->columns[i];
        enum status status = i ? next(table, cell) : ST_OK;
        if (!status)
            status = read_value(table, cell);
        if (status)
            return status;
        if (cell->last != (i + 1 == table->column_count))
            return batch_fail(build, ST_MALFORMED, "bad_csv",
                              cell->last ? "fewer cells than the header has"
                                         : "more cells than the header has");
    }
    return batch_record_end(build);
}

enum status read_csv(struct batch_build *build, const char *body, size_t length)
{
    struct table table;
    table.build = build;
    table.column_count = 0;
    csv_scan_init(&table.scan, body, length, ',');
    enum status status = read_header(&table);
    while (!status) {
        struct csv_cell cell;
        status = next(&table, &cell);
        if (status || cell.end)
            break;
        status = read_row(&table, &cell);
    }
    return batch_at_line(build, status, table.scan.line);
}
