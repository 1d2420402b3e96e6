#include "ingest/batch.h"

#include "ingest/batch_build.h"
#include "ingest/read_csv.h"
#include "ingest/read_json.h"

static enum status read_body(enum ingest_format format, struct batch_build *build,
                             const char *body, size_t length)
{
    switch (format) {
    case INGEST_JSON: return read_json(build, body, length);
    case INGEST_NDJSON: return read_ndjson(build, body, length, 1);
    case INGEST_CSV: return read_csv(build, body, length);
    }
    return ST_FAILED;
}

enum status ingest_parse(enum ingest_format format, const char *body, size_t length,
                         int64_t now_ms, struct arena *arena, struct batch *batch,
                         struct err *err)
{
    struct batch_build build;
    *batch = (struct batch){.arena = arena};
    enum status status = batch_build_init(&build, batch, length, err);
    if (status)
        return status;
    build.now_ms = now_ms;
    status = read_body(format, &build, body, length);
    if (status)
        return status;
    batch_build_finish(&build);
    if (!batch->record_count)
        return err_set(err, ST_MALFORMED, "empty_body", "there is no record");
    return ST_OK;
}
