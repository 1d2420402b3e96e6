#include "stream/judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BASELINE_CANDIDATES 50 /* newest runs of the project that are looked at */
#define BASELINE_POINTS_MIN 3  /* a constant of one or two points says nothing */

static int metric_index(const struct metric *metrics, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(metrics[i].name, name))
            return (int)i;
    }
    return -1;
}

void judge_roles(const struct run *run, const struct judge_readers *readers,
                 const struct metric *metrics, size_t count, struct arena *arena,
                 int role[ROLE_COUNT])
{
    const char *declared[ROLE_COUNT] = {NULL};
    const char **names = arena_array(arena, count ? count : 1, sizeof *names);
    for (int r = 0; r < ROLE_COUNT; r++)
        role[r] = -1;
    if (!names)
        return;
    for (size_t i = 0; i < count; i++)
        names[i] = metrics[i].name;
    roles_find(names, count, role);
    if (run->roles_json)
        readers->roles(run->roles_json, arena, declared);
    for (int r = 0; r < ROLE_COUNT; r++) {
        if (declared[r])
            role[r] = metric_index(metrics, count, declared[r]);
    }
}

/* The mean of the last tenth of a metric, and its best value. */
static enum status final_and_best(struct store *store, const struct metric *metric,
                                  bool higher, struct arena *arena, struct history *out,
                                  struct err *err)
{
    struct points points;
    int64_t from = metric->last_step - (metric->last_step - metric->first_step) / 10;
    enum status status = store_points_read(store, metric->key, from, metric->last_step,
                                           false, arena, &points, err);
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; status == ST_OK && i < points.count; i++) {
        if (isfinite(points.value[i])) {
            sum += points.value[i];
            count++;
        }
    }
    out->baseline_final = count ? sum / (double)count : NAN;
    out->baseline_best = higher ? metric->max : metric->min;
    return status;
}

struct candidate {
    struct run run;
    struct metric *metrics;
    size_t count;
    int role[ROLE_COUNT];
};

static enum status candidate_load(struct store *store,
                                  const struct judge_readers *readers,
                                  struct arena *arena, struct candidate *c,
                                  struct err *err)
{
    enum status status =
        store_metrics(store, c->run.key, arena, &c->metrics, &c->count, err);
    if (status == ST_OK)
        judge_roles(&c->run, readers, c->metrics, c->count, arena, c->role);
    return status;
}

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

/* The run's declared baseline, or the newest run of its project whose LR never changed.
 *found says whether there is one. */
static enum status find_baseline(struct store *store, const struct judge_readers *readers,
                                 struct judged *judged, struct arena *arena,
                                 struct candidate *out, bool *found, struct err *err)
{
    const struct run *run = &judged->run;
    *found = false;
    if (*run->baseline && strcmp(run->baseline, run->id)) {
        enum status status =
            store_run_get(store, run->baseline, false, arena, &out->run, err);
        if (status == ST_NOT_FOUND)
            return ST_OK; /* it was purged or is in the trash: as if there were none */
        if (status == ST_OK)
            status = candidate_load(store, readers, arena, out, err);
        *found = status == ST_OK;
        return status;
    }
    if (!*run->project)
        return ST_OK;
    struct run_query query = {.project = run->project,
                              .order = RUNS_BY_CREATED,
                              .limit = BASELINE_CANDIDATES,
                              .brief = true};
    struct run_page page;
    enum status status = store_runs(store, &query, arena, &page, err);
    for (size_t i = 0; status == ST_OK && !*found && i < page.count; i++) {
        out->run = page.runs[i];
        if (out->run.key == run->key)
            continue;
        status = candidate_load(store, readers, arena, out, err);
        *found = status == ST_OK && has_constant_lr(out, run->last_step);
    }
    return status;
}

/* Compares by val_metric when both runs have one of the same name, by val_loss otherwise.
 */
static enum status load_baseline(struct store *store, const struct judge_readers *readers,
                                 struct judged *judged, struct arena *arena,
                                 struct err *err)
{
    struct history *h = &judged->history;
    struct candidate baseline;
    bool found;
    h->baseline_final = h->baseline_best = NAN;
    enum status status =
        find_baseline(store, readers, judged, arena, &baseline, &found, err);
    if (status != ST_OK || !found)
        return status;
    const char *name = h->metric[ROLE_VAL_METRIC];
    int index = name ? metric_index(baseline.metrics, baseline.count, name) : -1;
    h->baseline_is_loss = index < 0;
    h->baseline_higher = !h->baseline_is_loss && h->val_metric_higher;
    if (index < 0)
        index = baseline.role[ROLE_VAL_LOSS];
    if (index < 0)
        return ST_OK;
    h->baseline_run = baseline.run.id;
    return final_and_best(store, &baseline.metrics[index], h->baseline_higher, arena, h,
                          err);
}

static enum status load_curves(struct store *store, struct judged *judged,
                               struct arena *arena, struct err *err)
{
    struct history *h = &judged->history;
    enum status status = ST_OK;
    for (int r = 0; status == ST_OK && r < ROLE_COUNT; r++) {
        if (judged->role[r] < 0)
            continue;
        const struct metric *metric = &judged->metrics[judged->role[r]];
        struct points points;
        status = store_points_read(store, metric->key, 0, STEP_MAX, false, arena, &points,
                                   err);
        if (status != ST_OK)
            break;
        h->metric[r] = metric->name;
        h->curve[r] = (struct series){points.step, points.value, points.count};
    }
    return status;
}

/* The rules that are muted, by name. */
static enum status load_mutes(struct store *store, struct judged *judged,
                              struct arena *arena, struct err *err)
{
    enum status status = store_mutes(store, judged->run.key, arena, &judged->mutes,
                                     &judged->mute_count, err);
    if (status != ST_OK || !judged->mute_count)
        return status;
    const char **names = arena_array(arena, judged->mute_count, sizeof *names);
    if (!names)
        return err_set(err, ST_FAILED, "out_of_memory", "no memory to diagnose a run");
    for (size_t i = 0; i < judged->mute_count; i++)
        names[i] = judged->mutes[i].rule;
    judged->history.muted = names;
    judged->history.muted_count = judged->mute_count;
    return ST_OK;
}

/* Another set of findings gives another number, in all likelihood: FNV-1a of each, added
   up, so that their order does not count. */
static uint64_t found_number(const struct diagnosis *diagnosis)
{
    uint64_t sum = 1;
    for (size_t i = 0; i < diagnosis->finding_count; i++) {
        const struct finding *finding = &diagnosis->findings[i];
        uint64_t hash = 14695981039346656037u;
        for (const char *c = finding->rule->name; *c; c++)
            hash = (hash ^ (unsigned char)*c) * 1099511628211u;
        hash = (hash ^ (unsigned)finding->role) * 1099511628211u;
        sum += (hash ^ (unsigned)finding->severity) * 1099511628211u;
    }
    return sum;
}

static struct run_judgement judgement_of(const struct diagnosis *diagnosis)
{
    int counts[SEVERITY_COUNT] = {0};
    for (size_t i = 0; i < diagnosis->finding_count; i++)
        counts[diagnosis->findings[i].severity] += !diagnosis->findings[i].muted;
    return (struct run_judgement){verdict_names[diagnosis->verdict],
                                  counts[SEVERITY_ERROR], counts[SEVERITY_WARNING],
                                  counts[SEVERITY_INFO]};
}

enum status judge_run(struct store *store, const struct judge_readers *readers,
                      const char *run, struct arena *arena, struct judged *out,
                      struct err *err)
{
    memset(out, 0, sizeof *out);
    enum status status = store_run_get(store, run, true, arena, &out->run, err);
    if (status != ST_OK)
        return status;
    status =
        store_metrics(store, out->run.key, arena, &out->metrics, &out->metric_count, err);
    if (status != ST_OK)
        return status;
    judge_roles(&out->run, readers, out->metrics, out->metric_count, arena, out->role);
    status = load_curves(store, out, arena, err);
    if (status != ST_OK)
        return status;
    struct history *h = &out->history;
    if (out->run.schedule_json &&
        readers->schedule(out->run.schedule_json, arena, &out->declared))
        h->declared = &out->declared;
    h->epochs_planned = out->run.epochs;
    h->counts_steps = out->run.counts_steps;
    h->ended = out->run.status != RUN_RUNNING;
    h->val_metric_higher =
        h->metric[ROLE_VAL_METRIC] && role_higher_is_better(h->metric[ROLE_VAL_METRIC]);
    status = load_baseline(store, readers, out, arena, err);
    if (status == ST_OK)
        status = load_mutes(store, out, arena, err);
    if (status != ST_OK)
        return status;
    void *work = arena_alloc(arena, diagnose_work_size(h));
    if (!work)
        return err_set(err, ST_TOO_LARGE, "run_too_large",
                       "run %s has too many points to be diagnosed at once", run);
    diagnose(h, work, &out->diagnosis);
    out->judgement = judgement_of(&out->diagnosis);
    out->found = found_number(&out->diagnosis);
    return ST_OK;
}
