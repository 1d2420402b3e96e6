/* Bodies of records as a healthy training run would post them. */
#ifndef BENCH_RECORDS_H
#define BENCH_RECORDS_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum records_format { RECORDS_ONE, RECORDS_ARRAY, RECORDS_LINES };

/* {"epoch":N,"train_loss":...,"val_loss":...,"lr":...}: both losses fall, the rate
   follows a cosine over all records of all bodies. Epochs count from 0. */
struct records {
    enum records_format format;
    size_t bodies, each; /* how many bodies, and how many records in each */
    bool loss_only;      /* epoch and train_loss, nothing else */
};

struct bodies {
    struct records records; /* what they are made of */
    struct buf *body;       /* owned; records.bodies of them */
};

MUST_CHECK enum status bodies_make(const struct records *records, struct bodies *out,
                                   struct err *err);
void bodies_free(struct bodies *bodies);

size_t records_metrics(const struct records *records); /* in one record: 1 or 3 */
const char *records_content_type(const struct records *records);

#endif
