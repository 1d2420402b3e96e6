#include "posting.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool post_next(void *data, size_t client, struct request *out)
{
    struct posting *posting = data;
    const struct records *records = &posting->bodies->records;
    size_t n = posting->sent[client];
    if (n == records->bodies)
        return false;
    char path[96];
    snprintf(path, sizeof path, "/api/v1/runs/%s-%zu/epochs", posting->name, client);
    const struct buf *body = &posting->bodies->body[n];
    request_post(out->head, posting->path ? posting->path : path,
                 records_content_type(records), body->length);
    out->body = body->data;
    out->body_length = body->length;
    posting->sent[client]++;
    return true;
}

static bool post_check(void *data, size_t client, const struct answer *answer)
{
    struct posting *posting = data;
    posting->acknowledged[client]++;
    return answer->status == 200 &&
           (posting->path || answer_number(answer->body, "accepted", NULL) ==
                                 (int64_t)posting->bodies->records.each);
}

enum status posting_run(struct posting *posting, uint16_t port, struct load_result *out,
                        struct err *err)
{
    const struct load load = {.port = port,
                              .connections = posting->clients,
                              .duration_us = posting->duration_us,
                              .next = post_next,
                              .check = post_check,
                              .data = posting};
    return load_run(&load, out, err);
}

/* Every "count" of the run's metrics must be `records`, and there must be as many. */
static bool holds(const char *run, size_t metrics, int64_t records)
{
    const char *at = strstr(run, "\"metrics\"");
    size_t seen = 0;
    while (at && answer_number(at, "count", &at) == records)
        seen++;
    return at && seen == metrics && !strstr(at, "\"count\"");
}

static enum status verify_run(const struct posting *posting, size_t client, uint16_t port,
                              struct err *err)
{
    const struct records *records = &posting->bodies->records;
    int64_t expected = (int64_t)(posting->acknowledged[client] * records->each);
    char path[96];
    struct buf run;
    struct load_result result;
    snprintf(path, sizeof path, "/api/v1/runs/%s-%zu", posting->name, client);
    buf_init(&run, 1 << 20);
    const struct gets once = {.port = port, .path = path, .times = 1};
    enum status status = client_get(&once, &result, &run, err);
    if (status == ST_OK && !holds(run.data, records_metrics(records), expected))
        status = err_set(err, ST_FAILED, "bench",
                         "%s-%zu: %" PRId64 " records were acknowledged, but it holds %s",
                         posting->name, client, expected, run.data);
    samples_release(&result.latency);
    buf_release(&run);
    return status;
}

enum status posting_verify(const struct posting *posting, uint16_t port, struct err *err)
{
    enum status status = ST_OK;
    for (size_t i = 0; status == ST_OK && i < posting->clients; i++)
        status = verify_run(posting, i, port, err);
    return status;
}

enum status posting_fill(const struct records *records, const char *name, size_t clients,
                         uint16_t port, struct err *err)
{
    struct bodies bodies = {0};
    struct load_result result = {0};
    struct posting posting = {.bodies = &bodies, .name = name, .clients = clients};
    enum status status = bodies_make(records, &bodies, err);
    if (status == ST_OK)
        status = posting_run(&posting, port, &result, err);
    if (status == ST_OK)
        status = posting_verify(&posting, port, err);
    samples_release(&result.latency);
    bodies_free(&bodies);
    return status;
}
