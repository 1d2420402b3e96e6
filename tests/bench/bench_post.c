/* Single durable POSTs: many clients at once, and one alone. */
#include "bench.h"

#include "disk.h"
#include "posting.h"

#include <stdio.h>

/* More bodies than a client can post in the time. */
enum { CLIENTS = 64, BODIES = 8192, LONE_POSTS = 1000 };

struct post_figures {
    struct figure *durable, *rate, *stored,
        *sync; /* one value, three ceilings; the disk */
    struct latency_figure latency, lone;
    struct figure *cpu, *client_cpu;
};

/* What one load on one server gave. */
struct crowd_result {
    struct load_result load;
    double per_second, cpu_us, client_cpu_us;
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
        disk_sync_rate(bench->folder, bench->quick ? 300000 : 500000, &syncs, err);
    if (status == ST_OK)
        status = disk_sqlite(bench->folder, &upserts, &rates, err);
    if (status != ST_OK)
        return status;
    repetitions_add(&figures->sync->value, syncs);
    repetitions_add(&figures->stored->ceiling, rates.upserted / 3);
    return ST_OK;
}

/* Posts for so long. The caller releases out->load.latency. */
static enum status crowd_on(const struct process *server, struct posting *posting,
                            struct crowd_result *out, struct err *err)
{
    double before = process_cpu_seconds(server), own_before = process_own_cpu_seconds();
    enum status status = posting_run(posting, server->port, &out->load, err);
    double answers = (double)out->load.answers;
    out->per_second = answers / out->load.seconds;
    out->cpu_us = 1e6 * (process_cpu_seconds(server) - before) / answers;
    out->client_cpu_us = 1e6 * (process_own_cpu_seconds() - own_before) / answers;
    return status;
}

static void crowd_add(struct post_figures *figures, struct crowd_result *value,
                      struct crowd_result *echo, struct crowd_result *journal)
{
    repetitions_add(&figures->durable->value, value->per_second);
    repetitions_add(&figures->durable->ceiling, journal->per_second);
    repetitions_add(&figures->rate->value, value->per_second);
    repetitions_add(&figures->rate->ceiling, echo->per_second);
    repetitions_add(&figures->stored->value, value->per_second);
    repetitions_add(&figures->cpu->value, value->cpu_us);
    repetitions_add(&figures->cpu->ceiling, journal->cpu_us);
    repetitions_add(&figures->client_cpu->value, value->client_cpu_us);
    latency_figure_add(&figures->latency, &value->load.latency, &journal->load.latency);
}

/* The same load on the bare server, without and with its journal, on epochd, and what
   epochd then holds. */
static enum status crowd(struct bench *bench, const struct process *server,
                         const struct bodies *bodies, struct post_figures *figures,
                         struct err *err)
{
    char name[32];
    snprintf(name, sizeof name, "crowd-%zu", figures->rate->value.count);
    int64_t second_us = 1000000, short_us = second_us * (bench->quick ? 1 : 2);
    struct posting posting = {.bodies = bodies,
                              .name = name,
                              .clients = CLIENTS,
                              .duration_us = 2 * short_us};
    struct posting bare = posting, durable = posting;
    bare.path = "/bare";
    durable.path = "/journal";
    bare.duration_us = durable.duration_us = short_us;
    struct crowd_result echo = {0}, journal = {0}, value = {0};
    enum status status = crowd_on(&bench->bare, &bare, &echo, err);
    if (status == ST_OK)
        status = crowd_on(&bench->bare, &durable, &journal, err);
    if (status == ST_OK)
        status = crowd_on(server, &posting, &value, err);
    if (status == ST_OK)
        status = posting_verify(&posting, server->port, err);
    if (status == ST_OK)
        crowd_add(figures, &value, &echo, &journal);
    samples_release(&echo.load.latency);
    samples_release(&journal.load.latency);
    samples_release(&value.load.latency);
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

static struct post_figures report_post(struct report *report)
{
    struct post_figures figures;
    const char *journal = "journal prototype";
    figures.durable =
        figure_aim(report_add(report, "post: 64 clients", "/s", journal), "ratio 0.6");
    figures.rate = report_add(report, "post: 64 clients, beside an echo", "/s",
                              "bare libmicrohttpd");
    figures.stored = report_add(report, "post: 64 clients, beside rows", "/s",
                                "bare SQLite, commits of 64 posts");
    figures.latency = report_add_latency(report, "post: 64 clients,", journal);
    figure_aim(figures.latency.p99, "< 10 ms");
    figures.cpu = report_add(report, "post: 64 clients, CPU time", "us/post", journal);
    figures.client_cpu =
        report_add(report, "post: 64 clients, CPU time of the client", "us/post", NULL);
    figures.lone =
        report_add_latency(report, "post: one client,", "bare libmicrohttpd + sync");
    figures.sync = report_add(report, "disk: append 4 KiB and sync", "/s", NULL);
    return figures;
}

enum status bench_post(struct bench *bench, struct err *err)
{
    const struct records records = {RECORDS_ONE, BODIES, .each = 1, .metrics = 3};
    struct post_figures figures = report_post(&bench->report);
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
