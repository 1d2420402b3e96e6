/* Tables of text, cell by cell, without allocating: RFC 4180 (quotes, CRLF) with any
   separator; ' ' stands for runs of blanks. Blank lines are passed over; the last newline
   may be missing. */
#ifndef INGEST_CSV_SCAN_H
#define INGEST_CSV_SCAN_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct csv_scan {
    const char *at, *end; /* borrowed */
    size_t line;          /* of the row being read, 1-based */
    size_t next_line;     /* private */
    char separator;
    bool in_row; /* private */
};

struct csv_cell {
    const char *text; /* into the text, without quotes and surrounding blanks */
    size_t length;
    bool quoted;  /* was in quotes */
    bool escaped; /* has doubled quotes: csv_unescape */
    bool last;    /* of its row */
    bool end;     /* there is no cell any more; nothing else is set */
};

/* Begins at text; a UTF-8 byte order mark is passed over. */
void csv_scan_init(struct csv_scan *scan, const char *text, size_t length,
                   char separator);

/* The next cell. ST_MALFORMED bad_csv for a quote that does not end, or text after one.
 */
MUST_CHECK enum status csv_next(struct csv_scan *scan, struct csv_cell *cell,
                                struct err *err);

/* The cell's value with doubled quotes undone; out has room for cell->length bytes.
   Returns the length. */
size_t csv_unescape(const struct csv_cell *cell, char *out);

#endif
