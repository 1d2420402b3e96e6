#include "http/workers.h"

#include "base/thread.h"

#include <assert.h>
#include <stdlib.h>

struct workers {
    struct workers_config config;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t changed;
    struct job *first, **last;
    size_t waiting;
    size_t opened, failed; /* of the threads */
    bool stopping;
    size_t started; /* by the starting thread alone */
    pthread_t threads[];
};

/* The next job, or NULL when it is time to go. */
static struct job *take(struct workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    while (!workers->first && !workers->stopping)
        pthread_cond_wait(&workers->changed, &workers->lock);
    struct job *job = workers->first;
    if (job) {
        workers->first = job->next;
        workers->waiting--;
        if (!workers->first)
            workers->last = &workers->first;
    }
    pthread_mutex_unlock(&workers->lock);
    return job;
}

static void tell_opened(struct workers *workers, bool ok)
{
    pthread_mutex_lock(&workers->lock);
    if (ok)
        workers->opened++;
    else
        workers->failed++;
    pthread_cond_broadcast(&workers->changed);
    pthread_mutex_unlock(&workers->lock);
}

static void *work(void *data)
{
    struct workers *workers = data;
    const struct workers_config *config = &workers->config;
    void *worker = config->open ? config->open(config->app) : NULL;
    bool ok = worker || !config->open;
    tell_opened(workers, ok);
    if (!ok)
        return NULL;
    for (struct job *job; (job = take(workers));)
        job->run(job, worker);
    if (config->close && worker)
        config->close(worker);
    return NULL;
}

static bool all_opened(struct workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    while (workers->opened + workers->failed < workers->started)
        pthread_cond_wait(&workers->changed, &workers->lock);
    bool ok = workers->opened == workers->config.count;
    pthread_mutex_unlock(&workers->lock);
    return ok;
}

enum status workers_start(const struct workers_config *config, struct workers **out,
                          struct err *err)
{
    assert(config->count >= 1);
    struct workers *workers =
        calloc(1, sizeof *workers + config->count * sizeof *workers->threads);
    if (!workers)
        return err_set(err, ST_FAILED, "worker_failed", "no memory for the workers");
    workers->config = *config;
    workers->last = &workers->first;
    pthread_mutex_init(&workers->lock, NULL);
    pthread_cond_init(&workers->changed, NULL);
    while (workers->started < config->count &&
           !thread_start(&workers->threads[workers->started], "worker", work, workers))
        workers->started++;
    if (!all_opened(workers)) {
        workers_stop(workers);
        return err_set(err, ST_FAILED, "worker_failed",
                       "a worker thread could not be started or could not open its "
                       "database connection");
    }
    *out = workers;
    return ST_OK;
}

static void append(struct workers *workers, struct job *job)
{
    job->next = NULL;
    *workers->last = job;
    workers->last = &job->next;
    workers->waiting++;
    pthread_cond_signal(&workers->changed);
}

bool workers_offer(struct workers *workers, struct job *job)
{
    pthread_mutex_lock(&workers->lock);
    bool room = workers->waiting < WORKERS_QUEUE_MAX;
    if (room)
        append(workers, job);
    pthread_mutex_unlock(&workers->lock);
    return room;
}

void workers_push(struct workers *workers, struct job *job)
{
    pthread_mutex_lock(&workers->lock);
    append(workers, job);
    pthread_mutex_unlock(&workers->lock);
}

void workers_stop(struct workers *workers)
{
    if (!workers)
        return;
    pthread_mutex_lock(&workers->lock);
    workers->stopping = true;
    pthread_cond_broadcast(&workers->changed);
    pthread_mutex_unlock(&workers->lock);
    for (size_t i = 0; i < workers->started; i++)
        pthread_join(workers->threads[i], NULL);
    pthread_cond_destroy(&workers->changed);
    pthread_mutex_destroy(&workers->lock);
    free(workers);
}
