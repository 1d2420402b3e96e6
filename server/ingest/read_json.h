/* JSON bodies into a batch; private to ingest. Errors as ingest/batch.h lists them. */
#ifndef INGEST_READ_JSON_H
#define INGEST_READ_JSON_H

#include "ingest/batch_build.h"

/* One object, an array of objects, or (curl users forget the content type) objects on
   lines of their own. */
MUST_CHECK enum status read_json(struct batch_build *build, const char *body,
                                 size_t length);
MUST_CHECK enum status read_ndjson(struct batch_build *build, const char *body,
                                   size_t length, size_t first_line);

#endif
