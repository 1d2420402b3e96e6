/* A thousand viewers who are told of a hundred posts each second; then the same beside a
   viewer who does not read. */
#include "bench.h"

#include "posting.h"
#include "viewers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { POSTS_PER_SECOND = 100, CLOG_POSTS = 100, CLOG_RECORDS = 600 };

struct fanout_figures {
    struct latency_figure latency;
    struct figure *cpu, *client_cpu, *seen, *clogged;
};

/* What one show gave. */
struct show {
    struct watched watched;
    double cores, client_cores; /* computed by the server and by us */
    double seen;                /* percent of what there was to see */
};

static enum status watch(const struct process *server, struct watching *watching,
                         struct show *out, struct err *err)
{
    double before = process_cpu_seconds(server), own_before = process_own_cpu_seconds();
    watching->port = server->port;
    enum status status = viewers_watch(watching, &out->watched, err);
    double seconds = out->watched.seconds;
    double all = (double)(watching->viewers * watching->bodies->records.bodies);
    out->cores = (process_cpu_seconds(server) - before) / seconds;
    out->client_cores = (process_own_cpu_seconds() - own_before) / seconds;
    out->seen = 100 * (double)out->watched.seen / all;
    return status;
}

static enum status watch_bare(struct bench *bench, const struct bodies *bodies,
                              struct show *out, struct err *err)
{
    struct watching watching = {.stream = "/events",
                                .post = "/event",
                                .step_key = "epoch",
                                .bodies = bodies,
                                .viewers = VIEWERS_MAX,
                                .interval_us = 1000000 / POSTS_PER_SECOND};
    return watch(&bench->bare, &watching, out, err);
}

static enum status watch_epochd(const struct process *server, const char *run,
                                const struct bodies *bodies, struct show *out,
                                struct err *err)
{
    char path[96], stream[96];
    snprintf(path, sizeof path, "/api/v1/runs/%s/epochs", run);
    snprintf(stream, sizeof stream, "/api/v1/events?run=%s", run);
    struct watching watching = {.stream = stream,
                                .post = path,
                                .step_key = "x",
                                .bodies = bodies,
                                .viewers = VIEWERS_MAX,
                                .interval_us = 1000000 / POSTS_PER_SECOND};
    return watch(server, &watching, out, err);
}

/* The same with one viewer of all runs who takes in nothing any more. */
static enum status watch_beside(const struct process *server, const char *run,
                                const struct bodies *bodies, struct show *out,
                                struct err *err)
{
    /* Events of 1,800 points: more than sockets hold, and more than is kept for him. */
    const struct records clog = {RECORDS_ARRAY, CLOG_POSTS, CLOG_RECORDS, .metrics = 3};
    int fd = viewer_clogged(server->port, "/api/v1/events");
    if (fd < 0)
        return err_set(err, ST_FAILED, "bench", "viewers: %s", strerror(errno));
    char name[96];
    snprintf(name, sizeof name, "clog-%s", run);
    enum status status = posting_fill(&clog, name, 1, server->port, err);
    if (status == ST_OK)
        status = watch_epochd(server, run, bodies, out, err);
    close(fd);
    return status;
}

static void add(struct fanout_figures *figures, struct show *bare, struct show *value,
                struct show *beside)
{
    latency_figure_add(&figures->latency, &value->watched.latency,
                       &bare->watched.latency);
    repetitions_add(&figures->cpu->value, value->cores);
    repetitions_add(&figures->cpu->ceiling, bare->cores);
    repetitions_add(&figures->client_cpu->value, value->client_cores);
    repetitions_add(&figures->seen->value, value->seen);
    repetitions_add(&figures->seen->ceiling, bare->seen);
    repetitions_add(&figures->clogged->value,
                    samples_quantile_ms(&beside->watched.latency, 0.99));
    repetitions_add(&figures->clogged->ceiling,
                    samples_quantile_ms(&value->watched.latency, 0.99));
}

static enum status repeat(struct bench *bench, const struct process *server,
                          const struct bodies *bodies, struct fanout_figures *figures,
                          struct err *err)
{
    char run[32], beside_run[32];
    size_t round = figures->seen->value.count;
    snprintf(run, sizeof run, "fan-%zu", round);
    snprintf(beside_run, sizeof beside_run, "beside-%zu", round);
    struct show bare = {0}, value = {0}, beside = {0};
    enum status status = watch_bare(bench, bodies, &bare, err);
    if (status == ST_OK)
        status = watch_epochd(server, run, bodies, &value, err);
    if (status == ST_OK)
        status = watch_beside(server, beside_run, bodies, &beside, err);
    if (status == ST_OK)
        add(figures, &bare, &value, &beside);
    samples_release(&bare.watched.latency);
    samples_release(&value.watched.latency);
    samples_release(&beside.watched.latency);
    return status;
}

enum status bench_fanout(struct bench *bench, struct err *err)
{
    struct report *report = &bench->report;
    const struct records records = {RECORDS_ONE,
                                    POSTS_PER_SECOND * (bench->quick ? 1 : 2), .each = 1,
                                    .metrics = 3};
    const char *bare = "bare libmicrohttpd, one ring";
    struct fanout_figures figures = {
        .latency = report_add_latency(report, "fan-out: 1,000 viewers, 100/s,", bare),
        .cpu = report_add(report, "fan-out: CPU", "cores", bare),
        .client_cpu = report_add(report, "fan-out: CPU of the client", "cores", NULL),
        .seen = figure_aim(report_add(report, "fan-out: events that arrived", "%", bare),
                           "100 %"),
        .clogged = report_add(report, "fan-out: beside a viewer who does not read, p99",
                              "ms", "the same without him"),
    };
    figures.seen->smaller_is_better = false;
    struct process server = {0};
    struct bodies bodies = {0};
    enum status status = bodies_make(&records, &bodies, err);
    if (status == ST_OK)
        status = bench_serve(bench, "fanout.db", &server, err);
    for (size_t i = 0; status == ST_OK && i < bench->repetitions; i++)
        status = repeat(bench, &server, &bodies, &figures, err);
    bodies_free(&bodies);
    return bench_stop(&server, status, err);
}
