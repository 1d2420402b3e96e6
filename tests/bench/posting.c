#include "posting.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { VERIFIED_RUNS_MAX = 200 };

#define PATH_MAX_BYTES 96

/* Which body a client posts next, and to which run; false when all are posted. */
static bool next_post(struct posting *posting, size_t client, size_t *run, size_t *body)
{
    *run = client;
    *body = posting->sent[client];
    if (posting->runs) {
        *run = posting->turn % posting->runs;
        *body = posting->turn / posting->runs;
    }
    if (*body >= posting->bodies->records.bodies)
        return false;
    posting->sent[client]++;
    posting->turn++;
    return true;
}

static void run_path(const struct posting *posting, size_t run, const char *what,
                     char out[static PATH_MAX_BYTES])
{
    size_t stride = posting->run_stride ? posting->run_stride : 1;
    snprintf(out, PATH_MAX_BYTES, "/api/v1/runs/%s-%zu%s", posting->name, run * stride,
             what);
}

static bool post_next(void *data, size_t client, struct request *out)
{
    struct posting *posting = data;
    size_t run, n;
    if (!next_post(posting, client, &run, &n))
        return false;
    char path[PATH_MAX_BYTES];
    run_path(posting, run, "/epochs", path);
    const struct buf *body = &posting->bodies->body[n];
    request_post(out->head, posting->path ? posting->path : path,
                 records_content_type(&posting->bodies->records), body->length);
    out->body = body->data;
    out->body_length = body->length;
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
                              .fresh = posting->fresh,
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

/* Asks about the run; the answer is added to `answer`. */
static enum status ask(const struct posting *posting, size_t run, const char *what,
                       struct buf *answer, uint16_t port, struct err *err)
{
    char path[PATH_MAX_BYTES];
    struct load_result result;
    run_path(posting, run, what, path);
    const struct gets once = {.port = port, .path = path, .times = 1};
    enum status status = client_get(&once, &result, answer, err);
    samples_release(&result.latency);
    return status;
}

static int64_t expected_records(const struct posting *posting, size_t run)
{
    const struct records *records = &posting->bodies->records;
    size_t bodies = posting->runs ? records->bodies : posting->acknowledged[run];
    return posting->held + (int64_t)(bodies * records->each);
}

static enum status verify_run(const struct posting *posting, size_t run, uint16_t port,
                              struct err *err)
{
    int64_t expected = expected_records(posting, run);
    struct buf answer;
    buf_init(&answer, 1 << 20);
    enum status status = ask(posting, run, "", &answer, port, err);
    if (status == ST_OK &&
        !holds(answer.data, posting->bodies->records.metrics, expected))
        status = err_set(err, ST_FAILED, "bench",
                         "%" PRId64 " records were acknowledged, but this is held: %s",
                         expected, answer.data);
    buf_release(&answer);
    return status;
}

enum status posting_read_back(const struct posting *posting, size_t run, uint16_t port,
                              struct err *err)
{
    struct buf answer;
    buf_init(&answer, 1 << 20);
    enum status status =
        ask(posting, run, "/series?metrics=train_loss&points=100", &answer, port, err);
    int64_t expected = expected_records(posting, run);
    if (status == ST_OK && answer_number(answer.data, "count", NULL) != expected)
        status = err_set(err, ST_FAILED, "bench", "%" PRId64 " points expected in %.300s",
                         expected, answer.data);
    buf_release(&answer);
    return status == ST_OK ? verify_run(posting, run, port, err) : status;
}

enum status posting_verify(const struct posting *posting, uint16_t port, struct err *err)
{
    enum status status = ST_OK;
    assert(!posting->runs || !posting->duration_us);
    size_t runs = posting->runs ? posting->runs : posting->clients;
    size_t step = 1 + (runs - 1) / VERIFIED_RUNS_MAX;
    for (size_t i = 0; status == ST_OK && i < runs; i += step)
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

size_t posting_points(const struct posting *posting)
{
    const struct records *records = &posting->bodies->records;
    size_t runs = posting->runs ? posting->runs : posting->clients;
    return runs * records->bodies * records->each * records->metrics;
}
