/* What the tests of the http room share: an application that counts, a server on a free
   port, a client on raw sockets. */
#ifndef TESTS_HTTP_APP_H
#define TESTS_HTTP_APP_H

#include "near.h"

#include "http/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PATIENCE_S    30 /* for a machine that is busy; a wait that long is a failure */
#define ANSWER_BYTES  (1 << 20)
#define HOST          "Host: localhost\r\n"
#define END_OF_HEADER "Connection: close\r\n\r\n"
#define PARKED_MAX    512

struct app {
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t changed;
    struct http_exchange *parked[PARKED_MAX]; /* deferred answers */
    size_t parked_count;
    struct feed *feeds; /* live streams */
    size_t feeds_open, feeds_closed, workers_open;
    unsigned published;
};

/* Adds one and tells those who wait. */
static inline void app_count(struct app *app, size_t *count, int more)
{
    pthread_mutex_lock(&app->lock);
    *count += (size_t)more;
    pthread_cond_broadcast(&app->changed);
    pthread_mutex_unlock(&app->lock);
}

static inline size_t app_read(struct app *app, const size_t *count)
{
    pthread_mutex_lock(&app->lock);
    size_t value = *count;
    pthread_mutex_unlock(&app->lock);
    return value;
}

static inline void app_wait(struct app *app, const size_t *count, size_t wanted)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&app->lock);
    while (*count < wanted && !pthread_cond_timedwait(&app->changed, &app->lock, &until))
        ;
    size_t reached = *count;
    pthread_mutex_unlock(&app->lock);
    assert_true(reached >= wanted);
}

static inline void *app_worker_open(void *data)
{
    struct app *app = data;
    app_count(app, &app->workers_open, 1);
    return app;
}

static inline void app_worker_close(void *worker)
{
    struct app *app = worker;
    app_count(app, &app->workers_open, -1);
}

static inline struct http_server *app_start(struct app *app, const struct route *routes,
                                            size_t count)
{
    static const struct guard guard = {{"epochd.lab"}, 1, 0};
    struct http_server *server = NULL;
    struct err err = {0};
    struct http_config config = {
        .host = "127.0.0.1",
        .routes = routes,
        .route_count = count,
        .guard = &guard,
        .app = app,
        .workers = 2,
        .worker_open = app_worker_open,
        .worker_close = app_worker_close,
    };
    memset(app, 0, sizeof *app);
    pthread_mutex_init(&app->lock, NULL);
    pthread_cond_init(&app->changed, NULL);
    if (http_start(&config, &server, &err))
        fail_msg("%s", err.text);
    return server;
}

static inline int connect_at(uint32_t host, uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = {.tv_sec = PATIENCE_S};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(host);
    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static inline int connect_to(const struct http_server *server)
{
    return connect_at(INADDR_LOOPBACK, http_port(server));
}

static inline void send_bytes(int fd, const void *bytes, size_t length)
{
    const char *p = bytes;
    while (length > 0) {
        ssize_t n = send(fd, p, length, MSG_NOSIGNAL);
        if (n <= 0)
            return; /* the server may cut a bad request while we still send */
        p += n;
        length -= (size_t)n;
    }
}

static inline void send_text(int fd, const char *text)
{
    send_bytes(fd, text, strlen(text));
}

/* Reads until `until` was seen (NULL: until the server closes). Fails after PATIENCE_S.
 */
static inline void read_until(int fd, const char *until, struct buf *out)
{
    char part[4096];
    while (!until || !out->data || !strstr(out->data, until)) {
        ssize_t n = recv(fd, part, sizeof part, 0);
        if (n == 0 || (n < 0 && errno == ECONNRESET))
            break;
        assert_true(n > 0);
        buf_add(out, part, (size_t)n);
    }
    if (!out->data)
        buf_add_text(out, "");
    if (until && !strstr(out->data, until))
        fail_msg("no \"%s\" in: %s", until, out->data);
}

static inline int status_of(const char *answer)
{
    return strncmp(answer, "HTTP/1.", 7) ? 0 : atoi(answer + 9);
}

/* The whole answer to some bytes, up to the server's close. */
static inline struct buf ask_bytes(const struct http_server *server, const void *bytes,
                                   size_t length)
{
    struct buf out;
    int fd = connect_to(server);
    buf_init(&out, ANSWER_BYTES);
    send_bytes(fd, bytes, length);
    read_until(fd, NULL, &out);
    close(fd);
    return out;
}

static inline struct buf ask_and_half_close(const struct http_server *server,
                                            const char *request)
{
    struct buf out;
    int fd = connect_to(server);
    buf_init(&out, ANSWER_BYTES);
    send_text(fd, request);
    shutdown(fd, SHUT_WR);
    read_until(fd, NULL, &out);
    close(fd);
    return out;
}

/* A request whose middle is `count` times the same text. */
struct repeated {
    const char *head, *text, *tail;
    size_t count;
};

static inline void expect_repeated(const struct http_server *server,
                                   struct repeated parts, int status)
{
    struct buf request, out;
    buf_init(&request, 8 << 20);
    buf_add_text(&request, parts.head);
    for (size_t i = 0; i < parts.count; i++)
        buf_add_text(&request, parts.text);
    buf_add_text(&request, parts.tail);
    out = ask_bytes(server, request.data, request.length);
    assert_int_equal(status_of(out.data), status);
    buf_release(&request);
    buf_release(&out);
}

#endif
