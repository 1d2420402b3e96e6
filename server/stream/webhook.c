#include "stream/webhook.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TRIES_MAX    4
#define RETRY_FACTOR 4

struct message {
    struct message *next;
    const char *url; /* the configuration's */
    int64_t due_us;  /* when to try */
    int tries;
    char json[];
};

struct webhook {
    struct webhook_config config;
    CURL *curl; /* the thread's alone, like headers */
    struct curl_slist *headers;
    pthread_t thread;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t wake;
    struct message *first, **last;
    struct webhook_stats stats;
    int64_t stop_at_us; /* 0 while running */
};

static bool is_for(const struct webhook_target *target, const char *project)
{
    return !*target->project || !strcmp(target->project, project);
}

bool webhook_wanted(const struct webhook *webhook, const char *project)
{
    for (size_t i = 0; webhook && i < webhook->config.count; i++) {
        if (is_for(&webhook->config.targets[i], project))
            return true;
    }
    return false;
}

/* --- the queue; all with the lock held --- */

static void append(struct webhook *webhook, struct message *message)
{
    message->next = NULL;
    *webhook->last = message;
    webhook->last = &message->next;
    webhook->stats.queued++;
}

static void take_out(struct webhook *webhook, struct message **place)
{
    struct message *message = *place;
    *place = message->next;
    if (webhook->last == &message->next)
        webhook->last = place;
    webhook->stats.queued--;
}

static struct message **earliest(struct webhook *webhook)
{
    struct message **best = &webhook->first;
    for (struct message **m = &webhook->first; *m; m = &(*m)->next) {
        if ((*m)->due_us < (*best)->due_us)
            best = m;
    }
    return best;
}

static void drop_oldest(struct webhook *webhook)
{
    struct message *oldest = webhook->first;
    take_out(webhook, &webhook->first);
    free(oldest);
    webhook->stats.dropped++;
    log_line(LOG_LEVEL_WARN,
             "webhook: %d messages wait, the oldest was dropped (%llu so far)",
             WEBHOOK_QUEUE_MAX, (unsigned long long)webhook->stats.dropped);
}

void webhook_post(struct webhook *webhook, const char *project, const char *json)
{
    size_t length = strlen(json) + 1;
    for (size_t i = 0; webhook && i < webhook->config.count; i++) {
        const struct webhook_target *target = &webhook->config.targets[i];
        struct message *message =
            is_for(target, project) ? calloc(1, sizeof *message + length) : NULL;
        if (!message)
            continue;
        message->url = target->url;
        memcpy(message->json, json, length);
        pthread_mutex_lock(&webhook->lock);
        append(webhook, message);
        if (webhook->stats.queued > WEBHOOK_QUEUE_MAX)
            drop_oldest(webhook);
        pthread_cond_signal(&webhook->wake);
        pthread_mutex_unlock(&webhook->lock);
    }
}

/* --- sending --- */

static size_t swallow(char *data, size_t size, size_t count, void *unused)
{
    (void)data;
    (void)unused;
    return size * count;
}

/* Not 0 ends the transfer: nobody waits long for a service when epochd stops. */
static int is_over(void *data, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    struct webhook *webhook = data;
    (void)a, (void)b, (void)c, (void)d;
    pthread_mutex_lock(&webhook->lock);
    bool over = webhook->stop_at_us && clock_monotonic_us() > webhook->stop_at_us;
    pthread_mutex_unlock(&webhook->lock);
    return over;
}

enum outcome { SENT, TRY_AGAIN, GIVE_UP };

static enum outcome send_one(struct webhook *webhook, const struct message *message)
{
    CURL *curl = webhook->curl;
    const char *json = message->json;
    long code = 0;
    curl_easy_setopt(curl, CURLOPT_URL, message->url);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, json);
    CURLcode result = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    if (result == CURLE_OK && code >= 200 && code < 300)
        return SENT;
    /* the path of such a URL is often a secret: it is not logged */
    if (result != CURLE_OK)
        log_line(LOG_LEVEL_WARN, "webhook: try %d: %s", message->tries + 1,
                 curl_easy_strerror(result));
    else
        log_line(LOG_LEVEL_WARN, "webhook: try %d: the service answered %ld",
                 message->tries + 1, code);
    bool passing = result != CURLE_OK || code == 408 || code == 429 || code >= 500;
    return passing && message->tries + 1 < TRIES_MAX ? TRY_AGAIN : GIVE_UP;
}

static int64_t retry_us(const struct webhook *webhook, int tries)
{
    int64_t wait = webhook->config.retry_ms * 1000;
    for (int i = 1; i < tries; i++)
        wait *= RETRY_FACTOR;
    return wait;
}

static void finish(struct webhook *webhook, struct message *message, enum outcome outcome)
{
    message->tries++;
    pthread_mutex_lock(&webhook->lock);
    webhook->stats.sent += outcome == SENT;
    webhook->stats.failed += outcome == GIVE_UP;
    if (outcome == TRY_AGAIN) {
        message->due_us = clock_monotonic_us() + retry_us(webhook, message->tries);
        append(webhook, message);
    }
    pthread_mutex_unlock(&webhook->lock);
    if (outcome != TRY_AGAIN)
        free(message);
}

static void wait_until(struct webhook *webhook, int64_t us)
{
    struct timespec until = {us / 1000000, us % 1000000 * 1000};
    pthread_cond_timedwait(&webhook->wake, &webhook->lock, &until);
}

/* The next message that is due; NULL when it is time to end. */
static struct message *take_due(struct webhook *webhook)
{
    struct message *message = NULL;
    pthread_mutex_lock(&webhook->lock);
    for (;;) {
        int64_t now = clock_monotonic_us(), end = webhook->stop_at_us;
        struct message **place = earliest(webhook);
        if (end && (!*place || now > end || (*place)->due_us > end))
            break;
        if (*place && (*place)->due_us <= now) {
            message = *place;
            take_out(webhook, place);
            break;
        }
        if (*place)
            wait_until(webhook, (*place)->due_us);
        else
            pthread_cond_wait(&webhook->wake, &webhook->lock);
    }
    pthread_mutex_unlock(&webhook->lock);
    return message;
}

static void *webhook_run(void *data)
{
    pthread_setname_np(pthread_self(), "webhook");
    struct webhook *webhook = data;
    struct message *message;
    while ((message = take_due(webhook)))
        finish(webhook, message, send_one(webhook, message));
    return NULL;
}

/* --- start and stop --- */

static bool is_url(const char *text)
{
    CURLU *url = curl_url();
    char *scheme = NULL, *host = NULL;
    bool good = url && !curl_url_set(url, CURLUPART_URL, text, 0) &&
                !curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) &&
                !curl_url_get(url, CURLUPART_HOST, &host, 0) &&
                (!strcmp(scheme, "http") || !strcmp(scheme, "https"));
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(url);
    return good;
}

static bool prepare(struct webhook *webhook)
{
    CURL *curl = webhook->curl = curl_easy_init();
    webhook->headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (!curl || !webhook->headers)
        return false;
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, webhook->headers);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "epochd/" EPOCHD_VERSION);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L); /* signals are the main thread's */
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)WEBHOOK_CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)WEBHOOK_SEND_MS);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, swallow);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, is_over);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, webhook);
    return true;
}

static void init_lock(struct webhook *webhook)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&webhook->lock, NULL);
    pthread_cond_init(&webhook->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static void release(struct webhook *webhook)
{
    if (webhook->stats.queued)
        log_line(LOG_LEVEL_WARN, "webhook: not sent when stopping: %zu",
                 webhook->stats.queued);
    curl_slist_free_all(webhook->headers);
    curl_easy_cleanup(webhook->curl);
    while (webhook->first) {
        struct message *next = webhook->first->next;
        free(webhook->first);
        webhook->first = next;
    }
    pthread_cond_destroy(&webhook->wake);
    pthread_mutex_destroy(&webhook->lock);
    free(webhook);
}

enum status webhook_start(const struct webhook_config *config, struct webhook **out,
                          struct err *err)
{
    *out = NULL;
    for (size_t i = 0; i < config->count; i++) {
        if (!is_url(config->targets[i].url))
            return err_set(err, ST_INVALID, "bad_webhook",
                           "a webhook is an http:// or https:// URL, not \"%.80s\"",
                           config->targets[i].url);
    }
    if (!config->count)
        return ST_OK;
    struct webhook *webhook = calloc(1, sizeof *webhook);
    if (!webhook)
        return err_set(err, ST_FAILED, "out_of_memory", "no memory for the webhooks");
    webhook->config = *config;
    webhook->last = &webhook->first;
    init_lock(webhook);
    bool good = prepare(webhook);
    if (!good || pthread_create(&webhook->thread, NULL, webhook_run, webhook)) {
        release(webhook);
        return err_set(err, ST_FAILED, "no_thread", "cannot start the webhook thread");
    }
    *out = webhook;
    return ST_OK;
}

void webhook_stop(struct webhook *webhook)
{
    if (!webhook)
        return;
    pthread_mutex_lock(&webhook->lock);
    webhook->stop_at_us = clock_monotonic_us() + WEBHOOK_STOP_MS * 1000;
    pthread_cond_signal(&webhook->wake);
    pthread_mutex_unlock(&webhook->lock);
    pthread_join(webhook->thread, NULL);
    release(webhook);
}

void webhook_stats(struct webhook *webhook, struct webhook_stats *out)
{
    *out = (struct webhook_stats){0};
    if (!webhook)
        return;
    pthread_mutex_lock(&webhook->lock);
    *out = webhook->stats;
    pthread_mutex_unlock(&webhook->lock);
}
