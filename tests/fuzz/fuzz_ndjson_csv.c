/* Ingest bodies: the first byte chooses the format, the rest is the body. What is
   accepted is within the limits; what is refused says why. */
#include "base/limits.h"
#include "ingest/batch.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_batch(const struct batch *batch)
{
    assert(batch->record_count > 0);
    for (size_t i = 0; i < batch->point_count; i++) {
        const struct point *point = &batch->points[i];
        assert(point->step >= 0 && point->step <= STEP_MAX);
        assert(point->step >= batch->step_first && point->step <= batch->step_last);
        assert(point->metric < batch->metric_count);
        assert(point->record < batch->record_count);
    }
    for (size_t i = 0; i < batch->metric_count; i++) {
        size_t length = strlen(batch->metrics[i]);
        assert(length > 0 && length <= METRIC_NAME_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum ingest_format formats[] = {INGEST_JSON, INGEST_NDJSON, INGEST_CSV};
    struct arena arena;
    struct batch batch;
    struct err err = {0};
    if (!size)
        return 0;
    arena_init(&arena, 8 << 20);
    enum status status = ingest_parse(formats[data[0] % 3], (const char *)data + 1,
                                      size - 1, 0, &arena, &batch, &err);
    if (status)
        assert(err.status == status && err.code[0] && err.text[0]);
    else
        check_batch(&batch);
    arena_release(&arena);
    return 0;
}
