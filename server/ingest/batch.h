/* What one ingest body says: points of one run, in columns, in one arena. */
#ifndef INGEST_BATCH_H
#define INGEST_BATCH_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One measured value. */
struct point {
    int64_t step;    /* 0 to STEP_MAX */
    int64_t time_ms; /* Unix milliseconds: the record's own time or the arrival */
    double value;    /* any double */
    uint32_t metric; /* index into batch.metrics */
    uint32_t record; /* 0-based record it came from */
};

struct batch {
    struct arena *arena; /* borrowed; holds everything below */
    const char *
        *metrics; /* distinct names, NUL-terminated UTF-8, in order of appearance */
    size_t metric_count;
    struct point *points; /* in the order of the body */
    size_t point_count;
    size_t record_count;
    int64_t step_first, step_last; /* smallest and largest x of any record */
    bool has_step;                 /* some record had `step`; otherwise x is `epoch` */
    bool has_epoch;
};

enum ingest_format { INGEST_JSON, INGEST_NDJSON, INGEST_CSV };

/* Reads a whole body: one JSON object, an array of objects, NDJSON or CSV, as api.md
   "Writing" says. now_ms is the time of records that carry none. Strict: exact integers,
   UTF-8, no duplicate keys, depth, no trailing bytes; NaN, Infinity, -Infinity bare or in
   strings are values; null is "not measured". INGEST_JSON also takes a sequence of lines
   when the body is one object per line (curl users forget the content type).

   ST_MALFORMED (bad_json, bad_csv, bad_utf8, trailing_data, too_deep, duplicate_key,
   nul_in_string, number_too_long, empty_body, bad_shape), ST_INVALID (missing_epoch,
   epoch_negative, bad_type, number_out_of_range, too_many_metrics, bad_metric_name,
   bad_time), ST_TOO_LARGE (arena limit). err says record and field; NDJSON and CSV errors
   name the line. */
MUST_CHECK enum status ingest_parse(enum ingest_format format, const char *body,
                                    size_t length, int64_t now_ms, struct arena *arena,
                                    struct batch *batch, struct err *err);

#endif
