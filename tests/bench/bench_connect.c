/* A new connection for each request, 64 at a time: what curl in a training script does.
 */
#include "bench.h"

#include "posting.h"

#include <stdio.h>
#include <string.h>

enum { CLIENTS = 64, BODIES = 8192 };

struct connect_figures {
    struct figure *get, *post;
};

static bool get_next(void *data, size_t connection, struct request *out)
{
    (void)connection;
    request_get(out->head, data);
    return true;
}

static bool get_check(void *data, size_t connection, const struct answer *answer)
{
    (void)data, (void)connection;
    return answer->status == 200;
}

static enum status get_rate(const struct bench *bench, uint16_t port, const char *path,
                            double *per_second, struct err *err)
{
    const struct load load = {.port = port,
                              .connections = CLIENTS,
                              .fresh = true,
                              .duration_us = bench->quick ? 500000 : 1000000,
                              .next = get_next,
                              .check = get_check,
                              .data = (char *)(uintptr_t)path};
    struct load_result result;
    enum status status = load_run(&load, &result, err);
    *per_second = (double)result.answers / result.seconds;
    samples_release(&result.latency);
    return status;
}

static enum status post_rate(struct posting *posting, uint16_t port, double *per_second,
                             struct err *err)
{
    struct load_result result;
    enum status status = posting_run(posting, port, &result, err);
    *per_second = (double)result.answers / result.seconds;
    samples_release(&result.latency);
    return status;
}

static enum status repeat(const struct bench *bench, uint16_t port,
                          const struct bodies *bodies, struct connect_figures *figures,
                          struct err *err)
{
    char name[32];
    double got = 0, bare_got = 0, posted = 0, bare_posted = 0;
    snprintf(name, sizeof name, "connect-%zu", figures->get->value.count);
    struct posting posting = {.bodies = bodies,
                              .name = name,
                              .clients = CLIENTS,
                              .fresh = true,
                              .duration_us = bench->quick ? 500000 : 1000000};
    struct posting bare = posting;
    bare.path = "/journal";
    /* As many bytes as /healthz answers. */
    enum status status = get_rate(bench, bench->bare.port, "/bytes/33", &bare_got, err);
    if (status == ST_OK)
        status = get_rate(bench, port, "/healthz", &got, err);
    if (status == ST_OK)
        status = post_rate(&bare, bench->bare.port, &bare_posted, err);
    if (status == ST_OK)
        status = post_rate(&posting, port, &posted, err);
    if (status == ST_OK)
        status = posting_verify(&posting, port, err);
    if (status != ST_OK)
        return status;
    repetitions_add(&figures->get->value, got);
    repetitions_add(&figures->get->ceiling, bare_got);
    repetitions_add(&figures->post->value, posted);
    repetitions_add(&figures->post->ceiling, bare_posted);
    return ST_OK;
}

enum status bench_connect(struct bench *bench, struct err *err)
{
    const struct records records = {RECORDS_ONE, BODIES, .each = 1, .metrics = 3};
    struct report *report = &bench->report;
    struct connect_figures figures = {
        .get = figure_aim(report_add(report, "connect: a GET on each connection", "/s",
                                     "bare libmicrohttpd"),
                          "ratio 0.8"),
        .post = report_add(report, "connect: a durable POST on each", "/s",
                           "journal prototype"),
    };
    struct process server = {0};
    struct bodies bodies = {0};
    enum status status = bodies_make(&records, &bodies, err);
    if (status == ST_OK)
        status = bench_serve(bench, "connect.db", &server, err);
    for (size_t i = 0; status == ST_OK && i < bench->repetitions; i++)
        status = repeat(bench, server.port, &bodies, &figures, err);
    bodies_free(&bodies);
    return bench_stop(&server, status, err);
}
