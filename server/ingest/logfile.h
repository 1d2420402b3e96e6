/* The log files that training loops already write, as one table of columns. */
#ifndef INGEST_LOGFILE_H
#define INGEST_LOGFILE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct logfile_column {
    const char *name; /* as in the file, trimmed; parts of a nested key joined by '/' */
    double *value;    /* row_count values; NaN where `present` is false */
    bool *present;    /* the file had a value here (which may itself be NaN) */
};

/* One run of a file. Rows are sorted by step, one row per step (sparse rows merged, last
   value wins); when the step starts again (several runs appended) the longest run is kept
   and `runs` says how many there were. */
struct logfile {
    const char
        *format; /* "csv", "yolo_csv", "trainer_state", "jsonl", "json_history", ... */
    int64_t *step;
    size_t row_count;
    bool counts_steps; /* the x column was a step/iteration, not an epoch */
    struct logfile_column *columns;
    size_t column_count;
    size_t runs;
};

/* By content, never by name. text need not be NUL-terminated. ST_MALFORMED "not_a_log"
   with one line on why when it is none. */
MUST_CHECK enum status logfile_parse(const char *text, size_t length, struct arena *arena,
                                     struct logfile *out, struct err *err);

#endif
