/* Log files: any bytes, no crash; a log has rows with rising steps and named columns. */
#include "base/limits.h"
#include "ingest/logfile.h"

#include <assert.h>
#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_log(const struct logfile *log)
{
    assert(log->format && log->row_count > 0 && log->column_count > 0 && log->runs > 0);
    for (size_t i = 0; i < log->row_count; i++) {
        assert(log->step[i] >= 0 && log->step[i] <= STEP_MAX);
        assert(!i || log->step[i] > log->step[i - 1]);
    }
    for (size_t i = 0; i < log->column_count; i++) {
        const struct logfile_column *column = &log->columns[i];
        assert(column->name[0]);
        for (size_t row = 0; row < log->row_count; row++)
            assert(column->present[row] || isnan(column->value[row]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct logfile log;
    struct err err = {0};
    arena_init(&arena, 32 << 20);
    enum status status = logfile_parse((const char *)data, size, &arena, &log, &err);
    if (status)
        assert(err.status == status && err.code[0] && err.text[0]);
    else
        check_log(&log);
    arena_release(&arena);
    return 0;
}
