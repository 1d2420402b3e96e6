#include "http/http_private.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define FILES_RESERVED      64 /* for the database, the log, what the libraries open */
#define IDLE_SECONDS        60
#define GRACE_US            5000000 /* http_stop: for answers under way */
#define STOP_POLL_NS        2000000
#define EXIT_INTERNAL_ERROR 70

static size_t unchanged(void *data, struct MHD_Connection *connection, char *text)
{
    (void)data;
    (void)connection;
    return strlen(text); /* route.c and query.c decode, once and strictly */
}

static void on_connection(void *data, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct http_server *server = data;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        peer_remove(server->peers, *context);
        *context = NULL;
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *context = info ? peer_add(server->peers, info->connect_fd) : NULL;
}

__attribute__((format(printf, 2, 0))) static void on_log(void *data, const char *format,
                                                         va_list args)
{
    (void)data;
    char text[300];
    vsnprintf(text, sizeof text, format, args);
    text[strcspn(text, "\n")] = '\0';
    log_line(LOG_LEVEL_DEBUG, "http: %s", text);
}

/* libmicrohttpd found itself in a state it cannot leave. Everything acknowledged is on
   disk; a supervisor starts us again. */
static void on_panic(void *data, const char *file, unsigned line, const char *reason)
{
    (void)data;
    log_line(LOG_LEVEL_ERROR, "libmicrohttpd gave up: %s (%s:%u)", reason ? reason : "",
             file, line);
    _exit(EXIT_INTERNAL_ERROR);
}

/* As many as files can be open, less what others need. */
static unsigned connection_limit(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files))
        return CONNECTIONS_MAX / 4;
    files.rlim_cur = files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files) || getrlimit(RLIMIT_NOFILE, &files))
        return CONNECTIONS_MAX / 4;
    if (files.rlim_cur > CONNECTIONS_MAX + FILES_RESERVED)
        return CONNECTIONS_MAX;
    return files.rlim_cur > 2 * FILES_RESERVED ? (unsigned)files.rlim_cur - FILES_RESERVED
                                               : FILES_RESERVED;
}

static enum status start_daemon(struct http_server *server, struct err *err)
{
    const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC |
                           MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    /* The logger comes first, so that it hears about the rest. */
    struct MHD_OptionItem options[] = {
        {MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)on_log, NULL},
        {MHD_OPTION_LISTEN_SOCKET, server->listener.fd, NULL},
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, connection_limit(), NULL},
        {MHD_OPTION_PER_IP_CONNECTION_LIMIT,
         server->listener.loopback ? 0 : CONNECTIONS_PER_ADDRESS_MAX, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES_MAX, NULL},
        {MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)unchanged, NULL},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)http_on_target, server},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)on_connection, server},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)http_on_completed, server},
        {MHD_OPTION_THREAD_STACK_SIZE, THREAD_STACK_BYTES, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    MHD_set_panic_func(on_panic, NULL);
    server->daemon =
        MHD_start_daemon(flags, server->listener.port, NULL, NULL, http_on_request,
                         server, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
    if (!server->daemon)
        return err_set(err, ST_FAILED, "cannot_listen", "the HTTP server did not start");
    return ST_OK;
}

/* Whoever reached us by the address we were told to listen on may name it. */
static void allow_own_address(struct http_server *server)
{
    struct guard *guard = &server->guard;
    const char *host = server->config.host;
    bool bare_v6 = strchr(host, ':') && host[0] != '[';
    if (guard->host_count == GUARD_HOSTS_MAX || server->listener.everywhere)
        return;
    snprintf(server->own_host, sizeof server->own_host, bare_v6 ? "[%s]:%u" : "%s:%u",
             host, (unsigned)server->listener.port);
    guard->hosts[guard->host_count++] = server->own_host;
}

static enum status start_all(struct http_server *server, struct err *err)
{
    const struct http_config *config = &server->config;
    struct workers_config workers = {
        .count = config->workers,
        .open = config->worker_open,
        .close = config->worker_close,
        .app = config->app,
    };
    enum status status = listen_on(config->host, config->port, &server->listener, err);
    if (status)
        return status;
    server->guard = *config->guard;
    server->guard.port = server->listener.port;
    allow_own_address(server);
    status = workers_start(&workers, &server->workers, err);
    if (!status)
        status = peers_start(&peer_deadlines_default, &server->peers, err);
    return status ? status : start_daemon(server, err);
}

enum status http_start(const struct http_config *config, struct http_server **out,
                       struct err *err)
{
    struct http_server *server = calloc(1, sizeof *server);
    if (!server)
        return err_set(err, ST_FAILED, "out_of_memory", "no memory for the server");
    server->config = *config;
    server->listener.fd = -1;
    pthread_mutex_init(&server->streams_lock, NULL);
    enum status status = start_all(server, err);
    if (status) {
        http_stop(server);
        return status;
    }
    *out = server;
    return ST_OK;
}

uint16_t http_port(const struct http_server *server)
{
    return server->listener.port;
}

static void wait_for_zero(atomic_size_t *count, int64_t until_us)
{
    const struct timespec pause = {0, STOP_POLL_NS};
    while (atomic_load(count) > 0 && clock_monotonic_us() < until_us)
        nanosleep(&pause, NULL);
}

/* libmicrohttpd aborts the process when it is stopped with a suspended connection: so
   nothing may be suspended any more and all that is must come back first. A deferred
   answer has no deadline: whoever deferred it finishes it. */
static void stop_daemon(struct http_server *server)
{
    MHD_quiesce_daemon(server->daemon);
    atomic_store(&server->draining, true);
    http_sources_end(server);
    wait_for_zero(&server->active, clock_monotonic_us() + GRACE_US);
    atomic_store(&server->cutting, true);
    wait_for_zero(&server->held, INT64_MAX);
    MHD_stop_daemon(server->daemon);
}

void http_stop(struct http_server *server)
{
    if (!server)
        return;
    if (server->daemon)
        stop_daemon(server);
    if (server->listener.fd >= 0)
        close(server->listener.fd);
    workers_stop(server->workers);
    peers_stop(server->peers);
    http_spares_release(server);
    pthread_mutex_destroy(&server->streams_lock);
    free(server);
}

void http_stats(const struct http_server *server, struct http_stats *out)
{
    out->requests = atomic_load(&server->requests);
    out->answers_2xx = atomic_load(&server->answers[2]);
    out->answers_4xx = atomic_load(&server->answers[4]);
    out->answers_5xx = atomic_load(&server->answers[5]);
    out->connections = (unsigned)peers_count(server->peers);
}
