/* CSV bodies into a batch; private to ingest. Errors as ingest/batch.h lists them. */
#ifndef INGEST_READ_CSV_H
#define INGEST_READ_CSV_H

#include "ingest/batch_build.h"

/* A header row, then one record a row; an empty cell is "not measured". */
MUST_CHECK enum status read_csv(struct batch_build *build, const char *body,
                                size_t length);

#endif
