#include "stream/baseline.h"

#include "store/store_points.h"

#include <math.h>
#include <string.h>

#define BASELINE_CANDIDATES 50 /* newest runs of the project that are looked at */
#define BASELINE_POINTS_MIN 3  /* a constant of one or two points says nothing */

/* What every step below works with. */
struct search {
    struct store *store;
    const struct judge_readers *readers;
    const struct run *own;
    struct arena *arena;
};

struct candidate {
    struct run run;
    struct metric *metrics;
    size_t count;
    int role[ROLE_COUNT];
};

/* The rest of a candidate whose `run` is there. */
static enum status candidate_load(const struct search *search, struct candidate *c,
                                  struct err *err)
{
    enum status status = store_metrics(search->store, c->run.key, search->arena,
                                       &c->metrics, &c->count, err);
    if (status == ST_OK)
        judge_roles(&c->run, search->readers, c->metrics, c->count, search->arena,
                    c->role);
    return status;
}

static enum status newest_runs(const struct search *search, const char *project,
                               bool brief, struct run_page *out, struct err *err)
{
    struct run_query query = {.project = project,
                              .order = RUNS_BY_CREATED,
                              .limit = BASELINE_CANDIDATES,
                              .brief = brief};
    return store_runs(search->store, &query, search->arena, out, err);
}

/* --- which run --- */

/* A run that goes on may still change its LR: it counts when it is as long as this one.
 */
static bool has_constant_lr(const struct candidate *c, int64_t last_step)
{
    if (c->role[ROLE_LR] < 0)
        return false;
    const struct metric *lr = &c->metrics[c->role[ROLE_LR]];
    return lr->count >= BASELINE_POINTS_MIN && lr->min == lr->max &&
           (c->run.status != RUN_RUNNING || lr->last_step >= last_step);
}

static enum status find_declared(const struct search *search, struct candidate *out,
                                 bool *found, struct err *err)
{
    enum status status = store_run_get(search->store, search->own->baseline, false,
                                       search->arena, &out->run, err);
    if (status == ST_NOT_FOUND)
        return ST_OK; /* it was purged or is in the trash: as if there were none */
    if (status == ST_OK)
        status = candidate_load(search, out, err);
    *found = status == ST_OK;
    return status;
}

static enum status find_constant(const struct search *search, struct candidate *out,
                                 bool *found, struct err *err)
{
    struct run_page page;
    enum status status = newest_runs(search, search->own->project, true, &page, err);
    for (size_t i = 0; status == ST_OK && !*found && i < page.count; i++) {
        out->run = page.runs[i];
        if (out->run.key == search->own->key)
            continue;
        status = candidate_load(search, out, err);
        *found = status == ST_OK && has_constant_lr(out, search->own->last_step);
    }
    return status;
}

static enum status find_baseline(const struct search *search, struct candidate *out,
                                 bool *found, struct err *err)
{
    const struct run *own = search->own;
    *found = false;
    if (*own->baseline && strcmp(own->baseline, own->id))
        return find_declared(search, out, found, err);
    return *own->project ? find_constant(search, out, found, err) : ST_OK;
}

/* --- its figure, and that of its seeds --- */

/* The mean of the last tenth of a metric; NaN of none. */
static enum status final_of(const struct search *search, const struct metric *metric,
                            double *out, struct err *err)
{
    struct points points;
    int64_t from = metric->last_step - (metric->last_step - metric->first_step) / 10;
    enum status status =
        store_points_read(search->store, metric->key, from, metric->last_step, false,
                          search->arena, &points, err);
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; status == ST_OK && i < points.count; i++) {
        if (isfinite(points.value[i])) {
            sum += points.value[i];
            count++;
        }
    }
    *out = count ? sum / (double)count : NAN;
    return status;
}

/* Mean and squared distances from it, kept up value by value (Welford 1962). */
struct spread {
    size_t count;
    double mean, squares;
};

static void spread_add(struct spread *spread, double value)
{
    double off = value - spread->mean;
    if (!isfinite(value))
        return;
    spread->count++;
    spread->mean += off / (double)spread->count;
    spread->squares += off * (value - spread->mean);
}

static bool is_seed_of(const struct search *search, const struct run *baseline,
                       const struct run *other)
{
    return other->key != baseline->key && other->key != search->own->key &&
           (other->status != RUN_RUNNING || other->last_step >= baseline->last_step) &&
           search->readers->same_but_seed(baseline->config_json, other->config_json,
                                          search->arena);
}

static enum status add_seeds(const struct search *search, const struct run *baseline,
                             const char *metric, struct spread *spread, struct err *err)
{
    struct run_page page;
    enum status status = newest_runs(search, baseline->project, false, &page, err);
    for (size_t i = 0; status == ST_OK && i < page.count; i++) {
        struct candidate seed = {.run = page.runs[i]};
        double final = NAN;
        if (!is_seed_of(search, baseline, &seed.run))
            continue;
        status = candidate_load(search, &seed, err);
        int index = status == ST_OK ? judge_metric(seed.metrics, seed.count, metric) : -1;
        if (index >= 0)
            status = final_of(search, &seed.metrics[index], &final, err);
        spread_add(spread, final);
    }
    return status;
}

/* The baseline of a run that goes on is one run: its seeds cost a look at every run of
   the project, which is for the end. A baseline found by its LR was read without its
   configuration. */
static enum status measure(const struct search *search, struct candidate *baseline,
                           const struct metric *metric, struct history *out,
                           struct err *err)
{
    bool ended = search->own->status != RUN_RUNNING && *baseline->run.project;
    struct spread spread = {0};
    double final;
    enum status status = final_of(search, metric, &final, err);
    spread_add(&spread, final);
    if (status == ST_OK && ended)
        status = store_run_get(search->store, baseline->run.id, true, search->arena,
                               &baseline->run, err);
    if (status == ST_OK && ended)
        status = add_seeds(search, &baseline->run, metric->name, &spread, err);
    out->baseline_final = spread.count ? spread.mean : NAN;
    out->baseline_count = spread.count;
    out->baseline_std =
        spread.count > 1 ? sqrt(spread.squares / (double)(spread.count - 1)) : 0;
    return status;
}

enum status baseline_load(struct store *store, const struct judge_readers *readers,
                          struct judged *judged, struct arena *arena, struct err *err)
{
    struct search search = {store, readers, &judged->run, arena};
    struct history *h = &judged->history;
    struct candidate baseline;
    bool found;
    h->baseline_final = NAN;
    enum status status = find_baseline(&search, &baseline, &found, err);
    if (status != ST_OK || !found)
        return status;
    const char *name = h->metric[ROLE_VAL_METRIC];
    int index = name ? judge_metric(baseline.metrics, baseline.count, name) : -1;
    h->baseline_is_loss = index < 0;
    h->baseline_higher = !h->baseline_is_loss && h->val_metric_higher;
    if (index < 0)
        index = baseline.role[ROLE_VAL_LOSS];
    if (index < 0)
        return ST_OK;
    h->baseline_run = baseline.run.id;
    return measure(&search, &baseline, &baseline.metrics[index], h, err);
}
