/* A row of the journal as bytes: what the puts of one commit said. Pure but for memory.

   A record after the other. Of a metric: its key, how many points, their length in bytes,
   and a block (block.h) of them. Of a run, which has a 0 where that has the metric's key:
   its key, largest step + 1, whether it counts steps, when. All but the blocks are
   numbers of 7 bits a byte. */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "base/buf.h"
#include "store/tail.h"

/* A failure shows in body->failed. count >= 1. */
void journal_points(struct buf *body, int64_t metric_key, const struct points *points,
                    size_t count);
void journal_heard(struct buf *body, int64_t run_key, const struct heard *heard);

struct journal_row {
    int64_t seq;
    const uint8_t *body;
    size_t length;
};
/* Adds what a row says to the tail. ST_FAILED db_corrupt, out_of_memory. */
MUST_CHECK enum status journal_replay(const struct journal_row *row, struct tail *tail,
                                      struct err *err);

#endif
