#include "ingest/csv_scan.h"

#include <string.h>

void csv_scan_init(struct csv_scan *scan, const char *text, size_t length, char separator)
{
    *scan = (struct csv_scan){.at = text,
                              .end = text + length,
                              .line = 1,
                              .next_line = 1,
                              .separator = separator};
    if (length >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
        scan->at += 3;
}

static bool ends_cell(const struct csv_scan *scan, char c)
{
    return c == scan->separator || c == '\n' || (c == '\t' && scan->separator == ' ');
}

static bool is_blank(const struct csv_scan *scan, char c)
{
    return (c == ' ' || c == '\t' || c == '\r') && c != scan->separator;
}

static void pass_blanks(struct csv_scan *scan)
{
    while (scan->at < scan->end && is_blank(scan, *scan->at))
        scan->at++;
}

/* Blanks that together are one separator, or stand before the first cell of a row. */
static void pass_run(struct csv_scan *scan)
{
    if (scan->separator != ' ') {
        pass_blanks(scan);
        return;
    }
    while (scan->at < scan->end &&
           (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\r'))
        scan->at++;
}

/* To the first cell of the next row that is not blank; false at the end. */
static bool begin_row(struct csv_scan *scan)
{
    for (pass_run(scan); scan->at < scan->end && *scan->at == '\n'; pass_run(scan)) {
        scan->at++;
        scan->next_line++;
    }
    scan->line = scan->next_line;
    return scan->at < scan->end;
}

static enum status fail(const struct csv_scan *scan, struct err *err, const char *what)
{
    return err_set(err, ST_MALFORMED, "bad_csv", "line %zu: %s", scan->line, what);
}

static enum status read_quoted(struct csv_scan *scan, struct csv_cell *cell,
                               struct err *err)
{
    cell->quoted = true;
    cell->text = ++scan->at;
    for (; scan->at < scan->end; scan->at++) {
        if (*scan->at == '\n')
            scan->next_line++;
        if (*scan->at != '"')
            continue;
        if (scan->at + 1 == scan->end || scan->at[1] != '"')
            break;
        cell->escaped = true;
        scan->at++;
    }
    if (scan->at == scan->end)
        return fail(scan, err, "a quoted cell does not end");
    cell->length = (size_t)(scan->at++ - cell->text);
    pass_blanks(scan);
    if (scan->at < scan->end && !ends_cell(scan, *scan->at))
        return fail(scan, err, "text after a quoted cell");
    return ST_OK;
}

static enum status read_plain(struct csv_scan *scan, struct csv_cell *cell,
                              struct err *err)
{
    cell->text = scan->at;
    while (scan->at < scan->end && !ends_cell(scan, *scan->at)) {
        if (*scan->at++ == '"')
            return fail(scan, err, "a quote inside a cell that has none around it");
    }
    const char *stop = scan->at;
    while (stop > cell->text && is_blank(scan, stop[-1]))
        stop--;
    cell->length = (size_t)(stop - cell->text);
    return ST_OK;
}

enum status csv_next(struct csv_scan *scan, struct csv_cell *cell, struct err *err)
{
    *cell = (struct csv_cell){0};
    if (!scan->in_row && !begin_row(scan)) {
        cell->end = true;
        return ST_OK;
    }
    pass_blanks(scan);
    enum status status = scan->at < scan->end && *scan->at == '"'
                             ? read_quoted(scan, cell, err)
                             : read_plain(scan, cell, err);
    if (status)
        return status;
    if (scan->separator == ' ')
        pass_run(scan);
    cell->last = scan->at == scan->end || *scan->at == '\n';
    scan->in_row = !cell->last;
    scan->next_line += scan->at < scan->end && *scan->at == '\n';
    scan->at += scan->at < scan->end && (cell->last || scan->separator != ' ');
    return ST_OK;
}

size_t csv_unescape(const struct csv_cell *cell, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < cell->length; i++) {
        out[n++] = cell->text[i];
        if (cell->escaped && cell->text[i] == '"')
            i++;
    }
    return n;
}
