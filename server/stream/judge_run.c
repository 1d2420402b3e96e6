#include "stream/judge.h"

#include "base/clock.h"
#include "store/store_points.h"
#include "stream/baseline.h"

#include <stdlib.h>
#include <string.h>

int judge_metric(const struct metric *metrics, size_t count, const char *name)
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
            role[r] = judge_metric(metrics, count, declared[r]);
    }
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
        if (points.count > h->arrivals.count)
            h->arrivals = (struct arrivals){points.time_ms, points.count, 0, 0};
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
    h->arrivals.heard_ms = out->run.updated_ms;
    h->arrivals.now_ms = clock_unix_ms();
    h->epochs_planned = out->run.epochs;
    h->counts_steps = out->run.counts_steps;
    h->ended = out->run.status != RUN_RUNNING;
    h->val_metric_higher =
        h->metric[ROLE_VAL_METRIC] && role_higher_is_better(h->metric[ROLE_VAL_METRIC]);
    status = baseline_load(store, readers, out, arena, err);
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
