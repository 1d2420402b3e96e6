#include "stream/judge.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "stream/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define JUDGE_SHARE     8       /* at most one part in eight of a core, in the long run */
#define JUDGE_CREDIT_US 100000  /* what may be spent at once after a quiet time */
#define JUDGE_DEBT_US   1000000 /* what a flood of new runs may overdraw theirs by */
#define CROWD_WAITS_US  2000    /* of a crowd nobody waits longer for runs of others */
#define CATCH_UP_RUNS   64      /* newest runs looked at when starting */
#define LOST_SLACK_MS   60000 /* a post may have been that long on its way to the judge */
#define QUIET_MS        120000  /* a run that was heard of since is not quiet */
#define STOP_US         1000000 /* for runs that nobody waits for, when stopping */

/* What may be spent on diagnoses. Runs that nothing is known of yet have an account of
   their own: whoever brings one after the other shall not use up what the others have. */
struct account {
    int64_t credit_us, at_us;
};

struct judge {
    struct judge_config config;
    struct store *store; /* the judge thread's alone, like all up to `lock` */
    struct memory memory;
    struct account known, new; /* runs */
    int64_t look_at_us;        /* when quiet runs are looked at again */
    int64_t lost_ms;   /* runs that were heard of since are looked at; 0: none are */
    char *lost_cursor; /* ... from there on; owned */
    pthread_t thread;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t wake;
    struct question *first, **last;
    bool stopping;
};

static void refill(struct account *account)
{
    int64_t now = clock_monotonic_us();
    account->credit_us += (now - account->at_us) / JUDGE_SHARE;
    account->at_us = now;
    if (account->credit_us > JUDGE_CREDIT_US)
        account->credit_us = JUDGE_CREDIT_US;
}

static void say(struct judge *judge, struct remembered *r, struct judged *judged)
{
    struct buf out;
    buf_init(&out, JUDGE_TEXT_BYTES_MAX);
    size_t brief = judge->config.render(judged, &out);
    if (out.failed) {
        buf_release(&out);
        return;
    }
    bool same = r->text.members && r->told.verdict && r->text.length == out.length &&
                !memcmp(r->text.members, out.data, out.length);
    if (same) { /* a quiet run that was looked at again */
        buf_release(&out);
        return;
    }
    memory_say(r, (struct judge_text){out.data, out.length, brief});
    judged->told = r->told;
    judged->told_found = r->told_found;
    if (!judge->config.changed(judge->config.app, judged, &r->text)) {
        memory_untell(r);
        return;
    }
    r->told = judged->judgement;
    r->told_found = judged->found;
}

/* The run is another than the one of its name that was spoken of, or is gone. */
static void begin_anew(struct remembered *r)
{
    memory_say(r, (struct judge_text){0});
    memory_untell(r);
}

static void diagnose_now(struct judge *judge, struct remembered *r)
{
    struct err err = {0};
    struct arena arena;
    arena_init(&arena, REQUEST_BYTES_MAX);
    memory_mark(&judge->memory, r, false);
    struct judged *judged = arena_alloc(&arena, sizeof *judged);
    enum status status =
        judged
            ? judge_run(judge->store, judge->config.readers, r->run, &arena, judged, &err)
            : err_set(&err, ST_FAILED, "out_of_memory", "no memory to diagnose a run");
    if (status == ST_OK)
        say(judge, r, judged);
    else if (status == ST_NOT_FOUND)
        begin_anew(r);
    else
        log_line(LOG_LEVEL_WARN, "diagnosis of %s: %s", r->run, err.text);
    arena_release(&arena);
}

static void spend_on(struct judge *judge, struct remembered *r, struct account *account)
{
    int64_t start = clock_monotonic_us();
    diagnose_now(judge, r);
    r->cost_us = clock_monotonic_us() - start;
    account->credit_us -= r->cost_us;
    if (account->credit_us < -2 * JUDGE_DEBT_US)
        account->credit_us = -2 * JUDGE_DEBT_US;
}

static void mark_asked(struct judge *judge, const struct question *question)
{
    struct remembered *r = memory_of(&judge->memory, question->run);
    if (r && question->anew)
        begin_anew(r);
    if (r && question->untold) /* not diagnosed for it: the disk may be full for long */
        memory_untell(r);
    else if (r)
        memory_mark(&judge->memory, r, true);
}

static void reply(struct question *question, const struct remembered *r)
{
    if (question->answered)
        question->answered(question, r && r->text.members ? &r->text : NULL);
    else
        free(question);
}

/* Those who wait at the same time. */
struct audience {
    bool alone;        /* there is one question */
    int64_t budget_us; /* what may be spent on runs that were diagnosed before */
};

static struct audience audience_of(struct judge *judge, const struct question *questions)
{
    struct audience out = {.alone = questions && !questions->next};
    bool crowd = false;
    for (const struct question *q = questions; q; q = q->next)
        crowd = crowd || strcmp(q->run, questions->run);
    refill(&judge->known);
    refill(&judge->new);
    int64_t credit_us = judge->known.credit_us;
    if (!crowd && credit_us > 0)
        out.budget_us = INT64_MAX;
    else
        out.budget_us = credit_us < CROWD_WAITS_US ? credit_us : CROWD_WAITS_US;
    return out;
}

/* Whether the question waits for a diagnosis, or is answered with the last one. Of a run
   that nothing is known of it does, but in a flood of such runs: who posts the logs of
   many runs one after the other is told of each. */
static bool waits(const struct judge *judge, const struct question *question,
                  struct remembered *r, struct audience *audience)
{
    if (!r || !r->dirty || !question->answered)
        return false;
    if (!r->text.members && !audience->alone && judge->new.credit_us < -JUDGE_DEBT_US)
        return false;
    if (!r->awaited && r->text.members) {
        if (audience->budget_us <= 0 || r->cost_us > audience->budget_us)
            return false;
        audience->budget_us -= r->cost_us;
    }
    r->awaited = true;
    return true;
}

static struct remembered *recall(struct judge *judge, const struct question *question)
{
    struct remembered *r = memory_of(&judge->memory, question->run);
    if (r && !r->dirty && !r->text.members) /* so many were asked that it was dropped */
        mark_asked(judge, question);
    return r;
}

static void diagnose_for(struct judge *judge, struct question *questions)
{
    for (struct question *next, *q = questions; q; q = next) {
        next = q->next;
        struct remembered *r = recall(judge, q);
        if (r && r->dirty)
            spend_on(judge, r, r->text.members ? &judge->known : &judge->new);
        if (r)
            r->awaited = false;
        reply(q, r);
    }
}

/* Marks all first: a run that several questions ask about is diagnosed once, for all.
   Then whoever need not wait is answered before anything is diagnosed. */
static void answer(struct judge *judge, struct question *questions)
{
    struct question *waiting = NULL, **last = &waiting;
    for (struct question *q = questions; q; q = q->next)
        mark_asked(judge, q);
    struct audience audience = audience_of(judge, questions);
    for (struct question *next, *q = questions; q; q = next) {
        next = q->next; /* answered() may free the question */
        struct remembered *r = recall(judge, q);
        if (!waits(judge, q, r, &audience)) {
            reply(q, r);
            continue;
        }
        q->next = NULL;
        *last = q;
        last = &q->next;
    }
    diagnose_for(judge, waiting);
}

/* One run that nobody waits for, as the credit allows. Also a new one is paid by what the
   known ones have: nobody who brings another new run shall hold it up. */
static void work_off(struct judge *judge)
{
    refill(&judge->known);
    struct remembered *r = judge->memory.first_dirty;
    if (r && judge->known.credit_us > 0)
        spend_on(judge, r, &judge->known);
}

/* A crash may have come between a commit and its diagnosis. */
static void catch_up(struct judge *judge)
{
    struct err err = {0};
    struct arena arena;
    struct run_page page;
    struct run_query query = {.order = RUNS_BY_UPDATED,
                              .limit = CATCH_UP_RUNS,
                              .brief = true};
    arena_init(&arena, REQUEST_BYTES_MAX);
    if (store_runs(judge->store, &query, &arena, &page, &err) != ST_OK)
        page.count = 0;
    for (size_t i = 0; i < page.count; i++) {
        struct remembered *r = memory_of(&judge->memory, page.runs[i].id);
        if (r)
            memory_mark(&judge->memory, r, true);
    }
    arena_release(&arena);
}

static bool was_heard_of(const struct judge *judge, const struct run *run)
{
    return run->updated_ms >= judge->lost_ms - LOST_SLACK_MS;
}

/* One page of the runs that may be among those pushed out, the last heard of first. Which
   have a text were diagnosed since. */
static void look_at_lost_page(struct judge *judge)
{
    struct err err = {0};
    struct arena arena;
    struct run_page page;
    struct run_query query = {.order = RUNS_BY_UPDATED,
                              .limit = RUNS_PAGE_MAX,
                              .cursor = judge->lost_cursor,
                              .brief = true};
    arena_init(&arena, REQUEST_BYTES_MAX);
    if (store_runs(judge->store, &query, &arena, &page, &err) != ST_OK)
        page = (struct run_page){0};
    size_t count = 0;
    for (; count < page.count && was_heard_of(judge, &page.runs[count]); count++) {
        struct remembered *r = memory_of(&judge->memory, page.runs[count].id);
        if (r && !r->text.members)
            memory_mark(&judge->memory, r, true);
    }
    free(judge->lost_cursor);
    judge->lost_cursor = page.next && count == page.count ? strdup(page.next) : NULL;
    if (!judge->lost_cursor)
        judge->lost_ms = 0;
    arena_release(&arena);
}

/* More runs had news than are remembered: once there is room again, they are found by
   when they were last heard of. More that are lost meanwhile may be of those already
   passed, so it begins again. */
static void look_for_lost(struct judge *judge)
{
    struct memory *memory = &judge->memory;
    while (!memory->dirty && (memory->lost_ms || judge->lost_ms)) {
        if (memory->lost_ms) {
            if (!judge->lost_ms || memory->lost_ms < judge->lost_ms)
                judge->lost_ms = memory->lost_ms;
            memory->lost_ms = 0;
            free(judge->lost_cursor);
            judge->lost_cursor = NULL;
        }
        look_at_lost_page(judge);
    }
}

/* A job that ended without a word sends nothing that would ask for a diagnosis. */
static void look_at_quiet_runs(struct judge *judge)
{
    struct err err = {0};
    struct arena arena;
    struct run_page page;
    struct run_query query = {.set_status = true,
                              .status = RUN_RUNNING,
                              .order = RUNS_BY_UPDATED,
                              .limit = RUNS_PAGE_MAX,
                              .brief = true};
    if (!judge->config.look_ms || clock_monotonic_us() < judge->look_at_us)
        return;
    judge->look_at_us = clock_monotonic_us() + judge->config.look_ms * 1000;
    arena_init(&arena, REQUEST_BYTES_MAX);
    if (store_runs(judge->store, &query, &arena, &page, &err) != ST_OK)
        page.count = 0;
    int64_t now = clock_unix_ms();
    for (size_t i = 0; i < page.count; i++) {
        int64_t quiet_ms = now - page.runs[i].updated_ms;
        struct remembered *r = quiet_ms > QUIET_MS && quiet_ms < judge->config.forget_ms
                                   ? memory_of(&judge->memory, page.runs[i].id)
                                   : NULL;
        if (r)
            memory_mark(&judge->memory, r, true);
    }
    arena_release(&arena);
}

/* What the run list shows shall be right after a stop. */
static void finish_up(struct judge *judge)
{
    int64_t until = clock_monotonic_us() + STOP_US;
    while (judge->memory.first_dirty && clock_monotonic_us() < until) {
        diagnose_now(judge, judge->memory.first_dirty);
        look_for_lost(judge);
    }
}

/* Waits for questions; when runs are still to be diagnosed only until there is credit,
   and never beyond the next look at quiet runs. */
static struct question *take_questions(struct judge *judge, bool *stopping)
{
    pthread_mutex_lock(&judge->lock);
    const struct account *known = &judge->known;
    if (!judge->first && !judge->stopping && judge->memory.dirty && known->credit_us <= 0)
        thread_wait_until(&judge->wake, &judge->lock,
                          known->at_us + (1 - known->credit_us) * JUDGE_SHARE);
    while (!judge->first && !judge->stopping && !judge->memory.dirty) {
        if (!judge->config.look_ms)
            pthread_cond_wait(&judge->wake, &judge->lock);
        else if (clock_monotonic_us() < judge->look_at_us)
            thread_wait_until(&judge->wake, &judge->lock, judge->look_at_us);
        else
            break;
    }
    struct question *questions = judge->first;
    judge->first = NULL;
    judge->last = &judge->first;
    *stopping = judge->stopping;
    pthread_mutex_unlock(&judge->lock);
    return questions;
}

static void *judge_loop(void *data)
{
    struct judge *judge = data;
    bool stopping = false;
    catch_up(judge);
    while (!stopping) {
        answer(judge, take_questions(judge, &stopping));
        look_at_quiet_runs(judge);
        work_off(judge);
        look_for_lost(judge);
    }
    finish_up(judge);
    return NULL;
}

enum status judge_start(const struct judge_config *config, struct judge **out,
                        struct err *err)
{
    struct judge *judge = calloc(1, sizeof *judge);
    if (!judge)
        return err_set(err, ST_FAILED, "out_of_memory", "no memory for the judge");
    judge->config = *config;
    judge->known = (struct account){JUDGE_CREDIT_US, clock_monotonic_us()};
    judge->new = judge->known;
    judge->look_at_us = judge->known.at_us + config->look_ms * 1000;
    judge->last = &judge->first;
    enum status status = store_open(config->location, STORE_READER, &judge->store, err);
    if (status != ST_OK)
        goto done;
    pthread_mutex_init(&judge->lock, NULL);
    thread_cond_init(&judge->wake);
    if (thread_start(&judge->thread, "judge", judge_loop, judge)) {
        store_close(judge->store);
        status = err_set(err, ST_FAILED, "no_thread", "cannot start the judge thread");
        goto done;
    }
    *out = judge;
done:
    if (status != ST_OK)
        free(judge);
    return status;
}

void judge_ask(struct judge *judge, struct question *question)
{
    pthread_mutex_lock(&judge->lock);
    question->next = NULL;
    *judge->last = question;
    judge->last = &question->next;
    pthread_cond_signal(&judge->wake);
    pthread_mutex_unlock(&judge->lock);
}

/* Without memory nothing is asked: the next post of the run does. */
static void ask_by_itself(struct judge *judge, const char *run,
                          const struct question *kind)
{
    struct question *question = calloc(1, sizeof *question);
    if (!question)
        return;
    *question = *kind;
    strcpy(question->run, run);
    judge_ask(judge, question);
}

void judge_touch(struct judge *judge, const char *run)
{
    ask_by_itself(judge, run, &(struct question){0});
}

void judge_touch_anew(struct judge *judge, const char *run)
{
    ask_by_itself(judge, run, &(struct question){.anew = true});
}

void judge_untold(struct judge *judge, const char *run)
{
    ask_by_itself(judge, run, &(struct question){.untold = true});
}

void judge_stop(struct judge *judge)
{
    if (!judge)
        return;
    pthread_mutex_lock(&judge->lock);
    judge->stopping = true;
    pthread_cond_signal(&judge->wake);
    pthread_mutex_unlock(&judge->lock);
    pthread_join(judge->thread, NULL);
    memory_release(&judge->memory);
    free(judge->lost_cursor);
    store_close(judge->store);
}

void judge_free(struct judge *judge)
{
    if (!judge)
        return;
    while (judge->first) { /* what was told to be untold since */
        struct question *question = judge->first;
        judge->first = question->next;
        assert(!question->answered);
        free(question);
    }
    pthread_cond_destroy(&judge->wake);
    pthread_mutex_destroy(&judge->lock);
    free(judge);
}
