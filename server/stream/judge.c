#include "stream/judge.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define JUDGE_SHARE     4      /* at most one part in four of a core, in the long run */
#define JUDGE_CREDIT_US 100000 /* what may be spent at once after a quiet time */
#define SLOTS           1024   /* of the hash table */
#define REMEMBERED_MAX  1024 /* runs whose text is kept; then the longest unasked goes */
#define TEXT_BYTES_MAX  (1 << 20)

/* A run that was asked about, and what was said last. The judge thread's alone. */
struct remembered {
    struct remembered *chain;         /* of the same hash slot */
    struct remembered *newer, *older; /* by last use */
    char run[RUN_ID_MAX + 1];
    struct judge_text text; /* members: owned, NULL before the first diagnosis */
    bool dirty;             /* has points that the text does not know of */
};

struct judge {
    struct judge_config config;
    struct store *store; /* the judge thread's alone, like all up to `lock` */
    struct remembered *slots[SLOTS];
    struct remembered *newest, *oldest;
    size_t remembered, dirty;
    int64_t credit_us, credit_at_us;
    pthread_t thread;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t wake;
    struct question *first, **last;
    bool stopping;
};

static unsigned slot_of(const char *run)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *run; run++)
        hash = (hash ^ (unsigned char)*run) * 16777619u;
    return hash % SLOTS;
}

static void unlink_use(struct judge *judge, struct remembered *r)
{
    *(r->newer ? &r->newer->older : &judge->newest) = r->older;
    *(r->older ? &r->older->newer : &judge->oldest) = r->newer;
}

static void mark_used(struct judge *judge, struct remembered *r)
{
    r->newer = NULL;
    r->older = judge->newest;
    *(judge->newest ? &judge->newest->newer : &judge->oldest) = r;
    judge->newest = r;
}

static void forget(struct judge *judge, struct remembered *r)
{
    struct remembered **link = &judge->slots[slot_of(r->run)];
    while (*link != r)
        link = &(*link)->chain;
    *link = r->chain;
    unlink_use(judge, r);
    judge->dirty -= r->dirty;
    judge->remembered--;
    free((char *)r->text.members);
    free(r);
}

/* NULL only when out of memory. */
static struct remembered *remember(struct judge *judge, const char *run)
{
    struct remembered *r = judge->slots[slot_of(run)];
    while (r && strcmp(r->run, run))
        r = r->chain;
    if (r) {
        unlink_use(judge, r);
        mark_used(judge, r);
        return r;
    }
    if (judge->remembered == REMEMBERED_MAX)
        forget(judge, judge->oldest);
    r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    strcpy(r->run, run);
    r->chain = judge->slots[slot_of(run)];
    judge->slots[slot_of(run)] = r;
    mark_used(judge, r);
    judge->remembered++;
    return r;
}

static void refill_credit(struct judge *judge)
{
    int64_t now = clock_monotonic_us();
    judge->credit_us += (now - judge->credit_at_us) / JUDGE_SHARE;
    judge->credit_at_us = now;
    if (judge->credit_us > JUDGE_CREDIT_US)
        judge->credit_us = JUDGE_CREDIT_US;
}

/* Takes over the bytes of `members`. */
static void say(struct judge *judge, struct remembered *r, const struct judged *judged,
                struct judge_text text)
{
    free((char *)r->text.members);
    r->text = text;
    judge->config.changed(judge->config.app, judged, &r->text);
}

static void diagnose_now(struct judge *judge, struct remembered *r)
{
    struct err err = {0};
    struct arena arena;
    struct buf out;
    arena_init(&arena, REQUEST_BYTES_MAX);
    buf_init(&out, TEXT_BYTES_MAX);
    judge->dirty -= r->dirty;
    r->dirty = false;
    struct judged *judged = arena_alloc(&arena, sizeof *judged);
    enum status status =
        judged
            ? judge_run(judge->store, judge->config.readers, r->run, &arena, judged, &err)
            : err_set(&err, ST_FAILED, "out_of_memory", "no memory to diagnose a run");
    if (status == ST_OK) {
        size_t brief = judge->config.render(judged, &out);
        if (out.failed)
            buf_release(&out);
        else
            say(judge, r, judged, (struct judge_text){out.data, out.length, brief});
    } else if (status != ST_NOT_FOUND) { /* purged while it waited */
        log_line(LOG_LEVEL_WARN, "diagnosis of %s: %s", r->run, err.text);
    }
    arena_release(&arena);
}

static void spend_on(struct judge *judge, struct remembered *r)
{
    int64_t start = clock_monotonic_us();
    diagnose_now(judge, r);
    judge->credit_us -= clock_monotonic_us() - start;
}

/* Marks all first: a run that several questions ask about is diagnosed once, for all. */
static void answer(struct judge *judge, struct question *questions)
{
    for (struct question *q = questions; q; q = q->next) {
        struct remembered *r = remember(judge, q->run);
        if (r && !r->dirty) {
            r->dirty = true;
            judge->dirty++;
        }
    }
    for (struct question *next, *q = questions; q; q = next) {
        next = q->next; /* answered() may free the question */
        struct remembered *r = remember(judge, q->run);
        refill_credit(judge);
        bool must = q->answered && r && !r->text.members;
        if (r && r->dirty && (judge->credit_us > 0 || must))
            spend_on(judge, r);
        if (q->answered)
            q->answered(q, r && r->text.members ? &r->text : NULL);
        else
            free(q);
    }
}

/* Nobody waits for these: they are diagnosed as the credit allows, the longest unasked
 * first. */
static void work_off(struct judge *judge)
{
    refill_credit(judge);
    struct remembered *r = judge->oldest;
    while (r && !r->dirty)
        r = r->newer;
    if (r && judge->credit_us > 0)
        spend_on(judge, r);
}

/* Waits for questions; when runs are still to be diagnosed only until there is credit. */
static struct question *take_questions(struct judge *judge, bool *stopping)
{
    pthread_mutex_lock(&judge->lock);
    if (!judge->first && !judge->stopping && judge->dirty && judge->credit_us <= 0) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        int64_t ns = until.tv_nsec + (1 - judge->credit_us) * JUDGE_SHARE * 1000;
        until.tv_sec += ns / 1000000000;
        until.tv_nsec = ns % 1000000000;
        pthread_cond_timedwait(&judge->wake, &judge->lock, &until);
    }
    while (!judge->first && !judge->stopping && !judge->dirty)
        pthread_cond_wait(&judge->wake, &judge->lock);
    struct question *questions = judge->first;
    judge->first = NULL;
    judge->last = &judge->first;
    *stopping = judge->stopping;
    pthread_mutex_unlock(&judge->lock);
    return questions;
}

static void *judge_loop(void *data)
{
    pthread_setname_np(pthread_self(), "judge");
    struct judge *judge = data;
    bool stopping = false;
    while (!stopping) {
        struct question *questions = take_questions(judge, &stopping);
        answer(judge, questions);
        if (!questions && judge->dirty && !stopping)
            work_off(judge);
    }
    return NULL;
}

enum status judge_start(const struct judge_config *config, struct judge **out,
                        struct err *err)
{
    struct judge *judge = calloc(1, sizeof *judge);
    if (!judge)
        return err_set(err, ST_FAILED, "out_of_memory", "no memory for the judge");
    judge->config = *config;
    judge->credit_us = JUDGE_CREDIT_US;
    judge->credit_at_us = clock_monotonic_us();
    judge->last = &judge->first;
    enum status status = store_open(config->location, STORE_READER, &judge->store, err);
    if (status != ST_OK)
        goto done;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&judge->lock, NULL);
    pthread_cond_init(&judge->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&judge->thread, NULL, judge_loop, judge)) {
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

void judge_touch(struct judge *judge, const char *run)
{
    struct question *question = calloc(1, sizeof *question);
    if (!question)
        return; /* the next post of this run asks again */
    strcpy(question->run, run);
    judge_ask(judge, question);
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
    while (judge->oldest)
        forget(judge, judge->oldest);
    store_close(judge->store);
    pthread_cond_destroy(&judge->wake);
    pthread_mutex_destroy(&judge->lock);
    free(judge);
}
