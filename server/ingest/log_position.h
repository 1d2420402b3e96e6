/* Which x each row of a log has; private to ingest. */
#ifndef INGEST_LOG_POSITION_H
#define INGEST_LOG_POSITION_H

#include "ingest/log_table.h"

struct log_position {
    int64_t *x; /* of each row */
    int column; /* that x was read from; -1: the rows were counted */
    bool counts_steps;
    bool gathers; /* x is the epoch of rows that are steps */
};

/* False: the arena is full. x is whole and at least 0. */
bool log_position(const struct log_table *table, struct log_position *out);

/* Whether a column says where the run stands (epoch, step, an index, the learning rate),
   not how it does. */
bool log_is_state(const char *name);

#endif
