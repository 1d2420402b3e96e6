/* Tables with a header row: Keras CSVLogger, Lightning metrics.csv, YOLO results.csv,
   pandas dumps, tables printed with blanks or bars between the columns. */
#include "ingest/logfile_readers.h"

#include "ingest/csv_scan.h"

#include <string.h>
#include <strings.h>

#define COLUMNS_MAX 1024
#define SNIFF_ROWS  5

struct header {
    struct csv_cell cells[COLUMNS_MAX];
    size_t count;
};

static const char *pass_blanks(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
        p++;
    return p;
}

static bool is_comment(const char *line, const char *end)
{
    line = pass_blanks(line, end);
    return line < end && *line == '#';
}

static const char *next_line(const char *p, const char *end)
{
    const char *stop = memchr(p, '\n', (size_t)(end - p));
    return stop ? stop + 1 : end;
}

/* The text from its header on: comments are passed over, but the last one before numbers
   is the header that numpy's savetxt writes. */
static struct log_text table_of(const struct log_text *text)
{
    const char *p = text->text, *end = p + text->length;
    while (is_comment(p, end)) {
        const char *next = next_line(p, end);
        const char *value = pass_blanks(next, end);
        double digit;
        if (value < end && log_number(value, 1, &digit)) {
            p = (const char *)memchr(p, '#', (size_t)(end - p)) + 1;
            break;
        }
        p = next;
    }
    return (struct log_text){p, (size_t)(end - p)};
}

static bool read_header(struct csv_scan *scan, struct header *header)
{
    struct csv_cell cell = {0};
    header->count = 0;
    while (!cell.last) {
        if (csv_next(scan, &cell, NULL) || cell.end || header->count == COLUMNS_MAX)
            return false;
        header->cells[header->count++] = cell;
    }
    return true;
}

/* A header has at least one name and no number. */
static bool is_header(const struct header *header)
{
    size_t names = 0;
    for (size_t i = 0; i < header->count; i++) {
        double number;
        if (log_number(header->cells[i].text, header->cells[i].length, &number))
            return false;
        names += header->cells[i].length > 0;
    }
    return names > 0;
}

/* Cells of the next row, and how many of them are numbers. False at the end. */
static bool count_row(struct csv_scan *scan, size_t *cells, size_t *numbers)
{
    struct csv_cell cell = {0};
    *cells = *numbers = 0;
    while (!cell.last) {
        double number;
        if (csv_next(scan, &cell, NULL) || cell.end)
            return false;
        ++*cells;
        *numbers += log_number(cell.text, cell.length, &number);
    }
    return true;
}

/* Whether the text is a table with this separator: rows as wide as the header, most of
   them with numbers. */
static bool fits(const struct log_text *text, char separator, struct header *header)
{
    struct csv_scan scan;
    csv_scan_init(&scan, text->text, text->length, separator);
    if (!read_header(&scan, header) || !is_header(header) ||
        (header->count < 2 && separator != ','))
        return false;
    size_t rows = 0, good = 0, cells, numbers;
    while (rows < SNIFF_ROWS && count_row(&scan, &cells, &numbers)) {
        rows++;
        good += cells == header->count && numbers > 0;
    }
    return good > 0 && good * 2 >= rows && (header->count > 1 || good == rows);
}

static void read_cell(struct log_table *table, const struct csv_cell *name,
                      const struct csv_cell *cell)
{
    double value;
    if (log_number(cell->text, cell->length, &value))
        log_value(table, name->text, name->length, value);
    else if (cell->length)
        log_word(table, name->text, name->length, cell->text, cell->length);
}

/* Cells beyond the header's width have no name and are passed over. */
static void read_rows(struct csv_scan *scan, const struct header *header,
                      struct log_table *table)
{
    struct csv_cell cell;
    while (!table->failed) {
        size_t i = 0;
        log_row_begin(table);
        do {
            if (csv_next(scan, &cell, NULL) || cell.end)
                return;
            if (i < header->count)
                read_cell(table, &header->cells[i], &cell);
            i++;
        } while (!cell.last);
        log_row_end(table);
    }
}

static bool has_name(const struct header *header, const char *part)
{
    size_t length = strlen(part);
    for (size_t i = 0; i < header->count; i++) {
        const struct csv_cell *cell = &header->cells[i];
        if (cell->length >= length && !strncasecmp(cell->text, part, length))
            return true;
    }
    return false;
}

const char *log_read_csv(const struct log_text *text, struct log_table *table,
                         const char **why)
{
    static const char separators[] = ",\t;| ";
    struct log_text body = table_of(text);
    struct header *header = arena_alloc(table->arena, sizeof *header);
    table->failed |= !header;
    for (const char *separator = separators; header && *separator; separator++) {
        if (!fits(&body, *separator, header))
            continue;
        struct csv_scan scan;
        csv_scan_init(&scan, body.text, body.length, *separator);
        if (!read_header(&scan, header))
            return NULL;
        read_rows(&scan, header, table);
        *why = "a table without a row of numbers";
        return has_name(header, "train/box_loss") ? "yolo_csv" : "csv";
    }
    return NULL;
}
