#include "records.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define BODY_BYTES_MAX (64u << 20)

enum { STEP_MS = 250, JITTER_MS = 20 };

/* How Python came by it: `loss.item()` of a float32 tensor, or float64 arithmetic. */
enum precision { SINGLE, DOUBLE };

static const struct metric {
    const char *name;
    double start, end, halfway, noise; /* falls as 1 / (1 + epoch / halfway) */
    enum precision precision;
} metrics[RECORDS_METRICS_MAX] = {
    {"train_loss", 2.3, 0.2, 2000, 0.05, SINGLE},
    {"val_loss", 2.3, 0.25, 2500, 0.02, DOUBLE},
    {"lr", 0.1, 0.0, 50000, 0, DOUBLE},
    {"grad_norm", 8.0, 0.9, 1000, 0.4, SINGLE},
    {"train_acc", 0.1, 0.95, 3000, 0.02, DOUBLE},
    {"val_acc", 0.1, 0.91, 3500, 0.01, DOUBLE},
    {"aux_loss", 1.1, 0.05, 1500, 0.03, SINGLE},
    {"weight_norm", 11.0, 42.0, 9000, 0.001, SINGLE},
    {"step_seconds", 0.31, 0.25, 50, 0.01, DOUBLE},
    {"gpu_memory", 9.5, 11.25, 10, 0, SINGLE},
};

/* -1 to 1, the same for the same arguments, without a pattern (splitmix64). */
static double noise(uint64_t metric, uint64_t epoch)
{
    uint64_t x = (metric << 48) + epoch * 0x9e3779b97f4a7c15u + 0x2545f4914f6cdd1du;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return (double)((x ^ (x >> 31)) >> 11) * 0x1p-52 - 1;
}

double records_value(size_t metric, int64_t epoch)
{
    const struct metric *m = &metrics[metric];
    double way = 1 / (1 + (double)epoch / m->halfway);
    double value = m->end + (m->start - m->end) * way +
                   m->noise * noise(metric + 1, (uint64_t)epoch);
    return m->precision == SINGLE ? (double)(float)value : value;
}

int64_t records_time_ms(int64_t epoch)
{
    double jitter = JITTER_MS * noise(0, (uint64_t)epoch);
    return 1790000000000 + STEP_MS * epoch + (int64_t)jitter;
}

/* The shortest that reads back as the same, as Python prints it. */
static void add_number(struct buf *out, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.16g", value);
    if (strtod(text, NULL) != value)
        snprintf(text, sizeof text, "%.17g", value);
    buf_add_text(out, text);
}

static void add_record(struct buf *out, const struct records *records, int64_t epoch)
{
    int64_t time_ms = records_time_ms(epoch);
    buf_printf(out, "{\"epoch\":%" PRId64 ",\"time\":%" PRId64 ".%03d", epoch,
               time_ms / 1000, (int)(time_ms % 1000));
    for (size_t i = 0; i < records->metrics; i++) {
        buf_add_text(out, ",\"");
        buf_add_text(out, metrics[i].name);
        buf_add_text(out, "\":");
        add_number(out, records_value(i, epoch));
    }
    buf_add_char(out, '}');
}

static void add_body(struct buf *out, const struct records *records, size_t index)
{
    const char *open[] = {"", "[", ""};
    const char *between[] = {"", ",", "\n"};
    const char *close[] = {"", "]", "\n"};
    int64_t first = records->first + (int64_t)(index * records->each);
    buf_add_text(out, open[records->format]);
    for (size_t i = 0; i < records->each; i++) {
        if (i > 0)
            buf_add_text(out, between[records->format]);
        add_record(out, records, first + (int64_t)i);
    }
    buf_add_text(out, close[records->format]);
}

enum status bodies_make(const struct records *records, struct bodies *out,
                        struct err *err)
{
    assert(records->metrics > 0 && records->metrics <= RECORDS_METRICS_MAX);
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

const char *records_content_type(const struct records *records)
{
    return records->format == RECORDS_LINES ? "application/x-ndjson" : "application/json";
}
