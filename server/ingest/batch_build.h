/* Filling a struct batch record by record; private to ingest. The readers of JSON and of
   CSV say which field comes with which value, this says what it means. */
#ifndef INGEST_BATCH_BUILD_H
#define INGEST_BATCH_BUILD_H

#include "base/limits.h"
#include "ingest/batch.h"
#include "ingest/names.h"
#include "ingest/number.h"

/* What a field is: a metric's index, or one of these. */
enum { FIELD_EPOCH = -1, FIELD_STEP = -2, FIELD_TIME = -3 };

struct batch_field {
    const char *name; /* as written in the body, or plain */
    size_t length;
    int id;
};

struct batch_build {
    struct batch *batch;
    struct arena *arena;
    struct err *err;
    int64_t now_ms;
    size_t point_capacity;
    struct names names;    /* the metrics */
    uint32_t *last_record; /* per metric: 1 + the last record that has it */
    size_t last_record_capacity;

    /* The record being read. */
    size_t first_point, field_count, metric_count;
    int64_t step, time_ms;
    struct number epoch;
    bool has_step, has_epoch, has_time;
    unsigned seen; /* bit -id for FIELD_EPOCH, ... */

    struct batch_field current; /* for messages */

    /* The fields of the record before, in their order: usually the same again. Room for
       epoch, step, time and the one metric that is refused, too. */
    size_t guess_count;
    struct batch_field guess[RECORD_FIELDS_MAX + 4]; /* last: 24 KiB, never cleared */
};

/* body_bytes only sets how much room is taken at first. ST_TOO_LARGE: arena limit. */
MUST_CHECK enum status batch_build_init(struct batch_build *build, struct batch *batch,
                                        size_t body_bytes, struct err *err);
/* Hands the names over to the batch, when all is read. */
void batch_build_finish(struct batch_build *build);

void batch_record_begin(struct batch_build *build);
/* Names the next field of the record. name needs to live as long as the build. */
MUST_CHECK enum status batch_field(struct batch_build *build, const char *name,
                                   size_t length, int *id);
MUST_CHECK enum status batch_number(struct batch_build *build, int id,
                                    const struct number *number);
/* A value in quotes: a time, or one of NaN, Infinity, -Infinity. */
MUST_CHECK enum status batch_text(struct batch_build *build, int id, const char *text,
                                  size_t length);
MUST_CHECK enum status batch_record_end(struct batch_build *build);

/* Fails with the place: record and field are added to err. */
enum status batch_fail(struct batch_build *build, enum status status, const char *code,
                       const char *what);

/* Puts "line 7, " before a failure's message unless a line is there; returns status. */
enum status batch_at_line(struct batch_build *build, enum status status, size_t line);

#endif
