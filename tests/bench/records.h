/* Bodies of records as training runs post them: noisy losses as Python prints them (some
   are float32 values, some float64), a learning rate, times with jitter. */
#ifndef BENCH_RECORDS_H
#define BENCH_RECORDS_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum records_format { RECORDS_ONE, RECORDS_ARRAY, RECORDS_LINES };

#define RECORDS_METRICS_MAX 10

/* {"epoch":N,"time":T,"train_loss":...,"val_loss":...,"lr":...,...}. Epochs count from
   `first`. */
struct records {
    enum records_format format;
    size_t bodies, each; /* how many bodies, and how many records in each */
    size_t metrics;      /* in each record: 1 to RECORDS_METRICS_MAX */
    int64_t first;
};

struct bodies {
    struct records records; /* what they are made of */
    struct buf *body;       /* owned; records.bodies of them */
};

MUST_CHECK enum status bodies_make(const struct records *records, struct bodies *out,
                                   struct err *err);
void bodies_free(struct bodies *bodies);

const char *records_content_type(const struct records *records);

/* What is in them, for whoever stores the same without HTTP: a value, and the Unix time
   in ms. */
double records_value(size_t metric, int64_t epoch);
int64_t records_time_ms(int64_t epoch);

#endif
