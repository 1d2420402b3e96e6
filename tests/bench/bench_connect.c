/* A new connection for each request, 64 at a time: what curl in a training script does.
 */
#include "bench.h"

#include "posting.h"

#include <stdio.h>
#include <string.h>

enum { CLIENTS = 64, BODIES = 8192 };

struct connect_figures {
    struct figure *get, *post, *cpu, *client_cpu;
};

/* GETs on one server: how many, and what each cost it and us. */
struct got {
    double per_second, cpu_us, client_cpu_us;
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

static enum status get_rate(const struct bench *bench, const struct process *server,
                            const char *path, struct got *out, struct err *err)
{
    const struct load load = {.port = server->port,
                              .connections = CLIENTS,
                              .fresh = true,
                              .duration_us = bench->quick ? 500000 : 1000000,
                              .next = get_next,
                              .check = get_check,
                              .data = (char *)(uintptr_t)path};
    struct load_result result;
    double before = process_cpu_seconds(server), own_before = process_own_cpu_seconds();
    enum status status = load_run(&load, &result, err);
    double answers = (double)result.answers;
    out->per_second = answers / result.seconds;
    out->cpu_us = 1e6 * (process_cpu_seconds(server) - before) / answers;
    out->client_cpu_us = 1e6 * (process_own_cpu_seconds() - own_before) / answers;
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

static enum status repeat(const struct bench *bench, const struct process *server,
                          const struct bodies *bodies, struct connect_figures *figures,
                          struct err *err)
{
    char name[32];
    double posted = 0, bare_posted = 0;
    struct got got = {0}, bare_got = {0};
    snprintf(name, sizeof name, "connect-%zu", figures->get->value.count);
    struct posting posting = {.bodies = bodies,
                              .name = name,
                              .clients = CLIENTS,
                              .fresh = true,
                              .duration_us = bench->quick ? 500000 : 1000000};
    struct posting bare = posting;
    bare.path = "/journal";
    /* As many bytes as /healthz answers. */
    enum status status = get_rate(bench, &bench->bare, "/bytes/33", &bare_got, err);
    if (status == ST_OK)
        status = get_rate(bench, server, "/healthz", &got, err);
    if (status == ST_OK)
        status = post_rate(&bare, bench->bare.port, &bare_posted, err);
    if (status == ST_OK)
        status = post_rate(&posting, server->port, &posted, err);
    if (status == ST_OK)
        status = posting_verify(&posting, server->port, err);
    if (status != ST_OK)
        return status;
    repetitions_add(&figures->get->value, got.per_second);
    repetitions_add(&figures->get->ceiling, bare_got.per_second);
    repetitions_add(&figures->cpu->value, got.cpu_us);
    repetitions_add(&figures->cpu->ceiling, bare_got.cpu_us);
    repetitions_add(&figures->client_cpu->value, got.client_cpu_us);
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
        .cpu = report_add(report, "connect: a GET, CPU time", "us", "bare libmicrohttpd"),
        .client_cpu =
            report_add(report, "connect: a GET, CPU time of the client", "us", NULL),
        .post = report_add(report, "connect: a durable POST on each", "/s",
                           "journal prototype"),
    };
    struct process server = {0};
    struct bodies bodies = {0};
    enum status status = bodies_make(&records, &bodies, err);
    if (status == ST_OK)
        status = bench_serve(bench, "connect.db", &server, err);
    for (size_t i = 0; status == ST_OK && i < bench->repetitions; i++)
        status = repeat(bench, &server, &bodies, &figures, err);
    bodies_free(&bodies);
    return bench_stop(&server, status, err);
}
