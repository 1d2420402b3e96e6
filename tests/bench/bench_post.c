/* Single durable POSTs: many clients at once, and one alone. */
#include "bench.h"

#include "disk.h"
#include "posting.h"

#include <stdio.h>

/* More bodies than a client can post in the time. */
enum { CLIENTS = 64, BODIES = 32768, LONE_POSTS = 1000 };

struct post_figures {
    struct figure *rate, *stored, *sync; /* rate and stored: one value, two ceilings */
    struct latency_figure latency, lone;
    struct figure *cpu;
};

/* What the disk gives, and SQLite when each commit holds one post of every client. */
static enum status disk_ceilings(struct bench *bench, struct post_figures *figures,
                                 struct err *err)
{
    const size_t rows = CLIENTS * 3;
    const struct disk_upserts upserts = {.rows = rows * (bench->quick ? 150 : 400),
                                         .series = rows,
                                         .transaction_rows = rows};
    double syncs;
    struct disk_rates rates = {0};
    enum status status =
        disk_sync_rate(bench->folder, bench->quick ? 300000 : 1000000, &syncs, err);
    if (status == ST_OK)
        status = disk_sqlite(bench->folder, &upserts, &rates, err);
    if (status != ST_OK)
        return status;
    repetitions_add(&figures->sync->value, syncs);
    repetitions_add(&figures->stored->ceiling, rates.upserted / 3);
    return ST_OK;
}

/* Posts for so long; *cpu_us is what the server computed for each. */
static enum status crowd_on(const struct process *server, struct posting *posting,
                            struct load_result *out, double *cpu_us, struct err *err)
{
    double before = process_cpu_seconds(server);
    enum status status = posting_run(posting, server->port, out, err);
    *cpu_us = 1e6 * (process_cpu_seconds(server) - before) / (double)out->answers;
    return status;
}

/* The same load on the bare server and on epochd, and what epochd then holds. */
static enum status crowd(struct bench *bench, const struct process *server,
                         const struct bodies *bodies, struct post_figures *figures,
                         struct err *err)
{
    char name[32];
    snprintf(name, sizeof name, "crowd-%zu", figures->rate->value.count);
    int64_t second_us = 1000000;
    struct posting bare = {.bodies = bodies,
                           .path = "/bare",
                           .clients = CLIENTS,
                           .duration_us = (bench->quick ? 1 : 2) * second_us};
    struct posting posting = {.bodies = bodies,
                              .name = name,
                              .clients = CLIENTS,
                              .duration_us = (bench->quick ? 2 : 5) * second_us};
    struct load_result ceiling = {0}, value = {0};
    double bare_cpu_us = 0, cpu_us = 0;
    enum status status = crowd_on(&bench->bare, &bare, &ceiling, &bare_cpu_us, err);
    if (status == ST_OK)
        status = crowd_on(server, &posting, &value, &cpu_us, err);
    if (status == ST_OK)
        status = posting_verify(&posting, server->port, err);
    if (status == ST_OK) {
        double per_second = (double)value.answers / value.seconds;
        repetitions_add(&figures->rate->value, per_second);
        repetitions_add(&figures->rate->ceiling,
                        (double)ceiling.answers / ceiling.seconds);
        repetitions_add(&figures->stored->value, per_second);
        repetitions_add(&figures->cpu->value, cpu_us);
        repetitions_add(&figures->cpu->ceiling, bare_cpu_us);
        latency_figure_add(&figures->latency, &value.latency, &ceiling.latency);
    }
    samples_release(&ceiling.latency);
    samples_release(&value.latency);
    return status;
}

/* One client that waits for each answer: every post pays a sync of its own. */
static enum status lone(struct bench *bench, uint16_t port, const struct bodies *all,
                        struct post_figures *figures, struct err *err)
{
    char name[32];
    snprintf(name, sizeof name, "lone-%zu", figures->lone.p50->value.count);
    struct bodies bodies = *all;
    bodies.records.bodies = bench->quick ? LONE_POSTS / 4 : LONE_POSTS;
    struct posting bare = {.bodies = &bodies, .path = "/sync", .clients = 1};
    struct posting posting = {.bodies = &bodies, .name = name, .clients = 1};
    struct load_result ceiling = {0}, value = {0};
    enum status status = posting_run(&bare, bench->bare.port, &ceiling, err);
    if (status == ST_OK)
        status = posting_run(&posting, port, &value, err);
    if (status == ST_OK)
        status = posting_verify(&posting, port, err);
    if (status == ST_OK)
        latency_figure_add(&figures->lone, &value.latency, &ceiling.latency);
    samples_release(&ceiling.latency);
    samples_release(&value.latency);
    return status;
}

static enum status repeat(struct bench *bench, const struct process *server,
                          const struct bodies *bodies, struct post_figures *figures,
                          struct err *err)
{
    enum status status = disk_ceilings(bench, figures, err);
    if (status == ST_OK)
        status = crowd(bench, server, bodies, figures, err);
    return status == ST_OK ? lone(bench, server->port, bodies, figures, err) : status;
}

enum status bench_post(struct bench *bench, struct err *err)
{
    struct report *report = &bench->report;
    const struct records records = {RECORDS_ONE, .bodies = BODIES, .each = 1};
    const char *bare = "bare libmicrohttpd";
    struct post_figures figures;
    figures.rate = report_add(report, "post: 64 clients", "/s", bare);
    figures.stored = report_add(report, "post: 64 clients, beside storing", "/s",
                                "bare SQLite, commits of 64 posts");
    figures.latency = report_add_latency(report, "post: 64 clients,", bare);
    figures.cpu = report_add(report, "post: 64 clients, CPU time", "us/post", bare);
    figures.lone =
        report_add_latency(report, "post: one client,", "bare libmicrohttpd + sync");
    figures.sync = report_add(report, "disk: append 4 KiB and sync", "/s", NULL);
    struct process server = {0};
    struct bodies bodies = {0};
    enum status status = bodies_make(&records, &bodies, err);
    if (status == ST_OK)
        status = bench_serve(bench, "post.db", &server, err);
    for (size_t i = 0; status == ST_OK && i < bench->repetitions; i++)
        status = repeat(bench, &server, &bodies, &figures, err);
    bodies_free(&bodies);
    return bench_stop(&server, status, err);
}
