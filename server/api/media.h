/* What a body is, by its Content-Type. */
#ifndef API_MEDIA_H
#define API_MEDIA_H

#include "base/err.h"
#include "http/http.h"
#include "ingest/batch.h"

/* curl -d says application/x-www-form-urlencoded and other clients say nothing: from
   anything but a browser's page both are read as JSON. ST_UNSUPPORTED
   unsupported_media_type says what is accepted. */
MUST_CHECK enum status media_of_epochs(const struct http_exchange *x,
                                       enum ingest_format *out, struct err *err);
/* The same for control objects, which are JSON only. */
MUST_CHECK enum status media_is_json(const struct http_exchange *x, struct err *err);

#endif
