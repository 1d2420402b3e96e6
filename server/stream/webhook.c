#include "stream/webhook.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/thread.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#define TRIES_MAX    4
#define RETRY_FACTOR 4

struct message {
    struct message *next;
    int64_t due_us; /* when to try; 0: at once */
    int tries;
    char json[];
};

/* What sends to one target: one that hangs holds up no other. */
struct sender {
    const struct webhook_target *target;
    int64_t retry_ms;
    CURL *curl; /* the thread's alone */
    struct curl_slist *headers;
    pthread_t thread;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t wake;
    struct message *first, **last;
    struct webhook_stats stats;
    int64_t stop_at_us; /* 0 while running */
};

struct webhook {
    size_t count; /* of those that were started */
    struct sender senders[];
};

static bool is_for(const struct webhook_target *target, const char *project)
{
    return !*target->project || !strcmp(target->project, project);
}

bool webhook_wanted(const struct webhook *webhook, const char *project)
{
    for (size_t i = 0; webhook && i < webhook->count; i++) {
        if (is_for(webhook->senders[i].target, project))
            return true;
    }
    return false;
}

/* --- the queue; all with the lock held --- */

static void append(struct sender *sender, struct message *message)
{
    message->next = NULL;
    *sender->last = message;
    sender->last = &message->next;
    sender->stats.queued++;
}

static void take_out(struct sender *sender, struct message **place)
{
    struct message *message = *place;
    *place = message->next;
    if (sender->last == &message->next)
        sender->last = place;
    sender->stats.queued--;
}

static struct message **earliest(struct sender *sender)
{
    struct message **best = &sender->first;
    for (struct message **m = &sender->first; *m; m = &(*m)->next) {
        if ((*m)->due_us < (*best)->due_us)
            best = m;
    }
    return best;
}

/* Whoever posts does not wait for the log either: the sender's thread tells of it. */
static void drop_oldest(struct sender *sender)
{
    struct message *oldest = sender->first;
    take_out(sender, &sender->first);
    free(oldest);
    sender->stats.dropped++;
}

void webhook_post(struct webhook *webhook, const char *project, const char *json)
{
    size_t length = strlen(json) + 1;
    for (size_t i = 0; webhook && i < webhook->count; i++) {
        struct sender *sender = &webhook->senders[i];
        struct message *message =
            is_for(sender->target, project) ? calloc(1, sizeof *message + length) : NULL;
        if (!message)
            continue;
        memcpy(message->json, json, length);
        pthread_mutex_lock(&sender->lock);
        append(sender, message);
        if (sender->stats.queued > WEBHOOK_QUEUE_MAX)
            drop_oldest(sender);
        pthread_cond_signal(&sender->wake);
        pthread_mutex_unlock(&sender->lock);
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
    struct sender *sender = data;
    (void)a, (void)b, (void)c, (void)d;
    pthread_mutex_lock(&sender->lock);
    bool over = sender->stop_at_us && clock_monotonic_us() > sender->stop_at_us;
    pthread_mutex_unlock(&sender->lock);
    return over;
}

enum outcome { SENT, TRY_AGAIN, GIVE_UP };

static enum outcome send_one(struct sender *sender, const struct message *message)
{
    CURL *curl = sender->curl;
    const char *json = message->json;
    long code = 0;
    curl_easy_setopt(curl, CURLOPT_URL, sender->target->url);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, json);
    CURLcode result = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    /* also when the rest of the answer never comes: it was taken */
    if (code >= 200 && code < 300)
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

static int64_t retry_us(const struct sender *sender, int tries)
{
    int64_t wait = sender->retry_ms * 1000;
    for (int i = 1; i < tries; i++)
        wait *= RETRY_FACTOR;
    return wait;
}

static void finish(struct sender *sender, struct message *message, enum outcome outcome)
{
    message->tries++;
    pthread_mutex_lock(&sender->lock);
    sender->stats.sent += outcome == SENT;
    sender->stats.failed += outcome == GIVE_UP;
    if (outcome == TRY_AGAIN) {
        message->due_us = clock_monotonic_us() + retry_us(sender, message->tries);
        append(sender, message);
    }
    pthread_mutex_unlock(&sender->lock);
    if (outcome != TRY_AGAIN)
        free(message);
}

/* The next message that is due; NULL when it is time to end. */
static struct message *take_due(struct sender *sender)
{
    struct message *message = NULL;
    pthread_mutex_lock(&sender->lock);
    for (;;) {
        int64_t now = clock_monotonic_us(), end = sender->stop_at_us;
        struct message **place = earliest(sender);
        if (end && (!*place || now > end || (*place)->due_us > end))
            break;
        if (*place && (*place)->due_us <= now) {
            message = *place;
            take_out(sender, place);
            break;
        }
        if (*place)
            thread_wait_until(&sender->wake, &sender->lock, (*place)->due_us);
        else
            pthread_cond_wait(&sender->wake, &sender->lock);
    }
    pthread_mutex_unlock(&sender->lock);
    return message;
}

static void *sender_run(void *data)
{
    struct sender *sender = data;
    struct message *message;
    while ((message = take_due(sender)))
        finish(sender, message, send_one(sender, message));
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

static bool prepare(struct sender *sender)
{
    CURL *curl = sender->curl = curl_easy_init();
    sender->headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (!curl || !sender->headers)
        return false;
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, sender->headers);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "epochd/" EPOCHD_VERSION);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L); /* signals are the main thread's */
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)WEBHOOK_CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)WEBHOOK_SEND_MS);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, swallow);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, is_over);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, sender);
    return true;
}

static void release(struct sender *sender)
{
    if (sender->stats.queued)
        log_line(LOG_LEVEL_WARN, "webhook: not sent when stopping: %zu",
                 sender->stats.queued);
    curl_slist_free_all(sender->headers);
    curl_easy_cleanup(sender->curl);
    while (sender->first) {
        struct message *next = sender->first->next;
        free(sender->first);
        sender->first = next;
    }
    pthread_cond_destroy(&sender->wake);
    pthread_mutex_destroy(&sender->lock);
}

static enum status sender_start(struct sender *sender, struct err *err)
{
    sender->last = &sender->first;
    pthread_mutex_init(&sender->lock, NULL);
    thread_cond_init(&sender->wake);
    if (prepare(sender) && !thread_start(&sender->thread, "webhook", sender_run, sender))
        return ST_OK;
    release(sender);
    return err_set(err, ST_FAILED, "no_thread", "cannot start a webhook thread");
}

/* The URL is often a secret: the entry is named by its place. */
static enum status check_urls(const struct webhook_config *config, struct err *err)
{
    for (size_t i = 0; i < config->count; i++) {
        if (!is_url(config->targets[i].url))
            return err_set(err, ST_INVALID, "bad_webhook",
                           "webhook %zu is no http:// or https:// URL", i + 1);
    }
    return ST_OK;
}

enum status webhook_start(const struct webhook_config *config, struct webhook **out,
                          struct err *err)
{
    *out = NULL;
    enum status status = check_urls(config, err);
    if (status != ST_OK || !config->count)
        return status;
    struct webhook *webhook =
        calloc(1, sizeof *webhook + config->count * sizeof *webhook->senders);
    if (!webhook)
        return err_set(err, ST_FAILED, "out_of_memory", "no memory for the webhooks");
    for (size_t i = 0; status == ST_OK && i < config->count; i++) {
        struct sender *sender = &webhook->senders[i];
        sender->target = &config->targets[i];
        sender->retry_ms = config->retry_ms;
        status = sender_start(sender, err);
        webhook->count += status == ST_OK;
    }
    if (status == ST_OK)
        *out = webhook;
    else
        webhook_stop(webhook);
    return status;
}

/* All are told to end before any is waited for. */
void webhook_stop(struct webhook *webhook)
{
    int64_t stop_at_us = clock_monotonic_us() + WEBHOOK_STOP_MS * 1000;
    for (size_t i = 0; webhook && i < webhook->count; i++) {
        struct sender *sender = &webhook->senders[i];
        pthread_mutex_lock(&sender->lock);
        sender->stop_at_us = stop_at_us;
        pthread_cond_signal(&sender->wake);
        pthread_mutex_unlock(&sender->lock);
    }
    for (size_t i = 0; webhook && i < webhook->count; i++) {
        pthread_join(webhook->senders[i].thread, NULL);
        release(&webhook->senders[i]);
    }
    free(webhook);
}

void webhook_stats(struct webhook *webhook, struct webhook_stats *out)
{
    *out = (struct webhook_stats){0};
    for (size_t i = 0; webhook && i < webhook->count; i++) {
        struct sender *sender = &webhook->senders[i];
        pthread_mutex_lock(&sender->lock);
        out->sent += sender->stats.sent;
        out->failed += sender->stats.failed;
        out->dropped += sender->stats.dropped;
        out->queued += sender->stats.queued;
        pthread_mutex_unlock(&sender->lock);
    }
}
