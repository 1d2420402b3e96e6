/* From the rows of a file to one run: which column is x, where runs begin again, one row
   per step; private to ingest. */
#ifndef INGEST_LOG_SHAPE_H
#define INGEST_LOG_SHAPE_H

#include "base/err.h"
#include "ingest/log_table.h"
#include "ingest/logfile.h"

/* Fills everything of out but `format`. x is the first that holds of: the epoch, when it
   is whole and there are at least EPOCHS_ENOUGH of them or no step; the step; the rows'
   order. A row without x belongs to the row it was written for (see log_shape.c). Several
   rows of one x: the last value wins, but when steps are gathered by epoch, losses and
   metrics are averaged. ST_MALFORMED not_a_log: no column of numbers beside x, or
   no x and no known loss or metric in several rows.
   ST_TOO_LARGE: arena limit. */
MUST_CHECK enum status log_shape(struct log_table *table, struct logfile *out,
                                 struct err *err);

/* Fewer epochs are too few points to judge a curve; the steps inside them are shown. */
#define EPOCHS_ENOUGH 20

#endif
