/* Rows of a log file as they stand in it: sparse, unsorted, names as written; private to
   ingest. The readers fill it, log_shape makes a run of it. */
#ifndef INGEST_LOG_TABLE_H
#define INGEST_LOG_TABLE_H

#include "base/arena.h"
#include "base/limits.h"
#include "ingest/names.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_cell {
    uint32_t row, column;
    double value;
};

struct log_table {
    struct arena *arena; /* borrowed; holds everything below */
    struct names names;  /* of the columns */
    struct log_cell *cells;
    size_t cell_count, cell_capacity;
    size_t row_count;
    bool failed; /* the arena is full; look at it once, at the end */

    /* The row being written. */
    size_t first_cell;
    bool validates; /* the row says that it is of a validation pass */
};

void log_table_init(struct log_table *table, struct arena *arena);

/* A row: begin, values in any order, end. A row without values is not kept. */
void log_row_begin(struct log_table *table);
/* Names are trimmed and cut at METRIC_NAME_MAX; beyond RUN_METRICS_MAX of them, or when
   they are not printable, the value is dropped. */
void log_value(struct log_table *table, const char *name, size_t length, double value);
/* A value that is no number: {"mode": "val"} tells of the row, the rest is passed over.
 */
void log_word(struct log_table *table, const char *name, size_t length, const char *word,
              size_t word_length);
void log_row_end(struct log_table *table);

/* A value in a given row, for files that are written column by column. */
void log_cell_at(struct log_table *table, size_t row, const char *name, size_t length,
                 double value);

/* A number as logs write it: 0.5, 1e-3, nan, inf, 93.2%. */
bool log_number(const char *text, size_t length, double *out);

#endif
