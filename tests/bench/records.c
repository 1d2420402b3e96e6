#include "records.h"

#include <math.h>
#include <stdlib.h>

#define BODY_BYTES_MAX (64u << 20)

static void add_record(struct buf *out, const struct records *records, size_t epoch)
{
    double way = (double)epoch / (double)(records->bodies * records->each);
    double wobble = 0.01 * sin((double)epoch);
    double loss = 0.2 + 2.1 * exp(-6 * way) + wobble;
    buf_printf(out, "{\"epoch\":%zu,\"train_loss\":%.6f", epoch, loss);
    if (!records->loss_only)
        buf_printf(out, ",\"val_loss\":%.6f,\"lr\":%.8f", loss + 0.04 - wobble / 2,
                   0.05 * (1 + cos(acos(-1.0) * way)));
    buf_add_char(out, '}');
}

static void add_body(struct buf *out, const struct records *records, size_t index)
{
    const char *open[] = {"", "[", ""};
    const char *between[] = {"", ",", "\n"};
    const char *close[] = {"", "]", "\n"};
    buf_add_text(out, open[records->format]);
    for (size_t i = 0; i < records->each; i++) {
        if (i > 0)
            buf_add_text(out, between[records->format]);
        add_record(out, records, index * records->each + i);
    }
    buf_add_text(out, close[records->format]);
}

enum status bodies_make(const struct records *records, struct bodies *out,
                        struct err *err)
{
    *out = (struct bodies){*records, calloc(records->bodies, sizeof *out->body)};
    bool failed = !out->body;
    for (size_t i = 0; !failed && i < records->bodies; i++) {
        buf_init(&out->body[i], BODY_BYTES_MAX);
        add_body(&out->body[i], records, i);
        failed = out->body[i].failed;
    }
    if (failed)
        return err_set(err, ST_FAILED, "bench", "out of memory for the bodies");
    return ST_OK;
}

void bodies_free(struct bodies *bodies)
{
    for (size_t i = 0; bodies->body && i < bodies->records.bodies; i++)
        buf_release(&bodies->body[i]);
    free(bodies->body);
    *bodies = (struct bodies){0};
}

size_t records_metrics(const struct records *records)
{
    return records->loss_only ? 1 : 3;
}

const char *records_content_type(const struct records *records)
{
    return records->format == RECORDS_LINES ? "application/x-ndjson" : "application/json";
}
