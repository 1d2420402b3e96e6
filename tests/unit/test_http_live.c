/* The http room alone: answers that come later, live streams, starting and stopping. */
#include "http_app.h"

#include <sched.h>

/* One live stream: sends the numbers 1 to app.published, a line each. */
struct feed {
    struct feed *next, **link;
    struct app *app;
    struct http_exchange *x;
    unsigned sent;
};

static void park(struct http_exchange *x)
{
    struct app *app = x->app;
    http_defer(x);
    pthread_mutex_lock(&app->lock);
    assert_true(app->parked_count < PARKED_MAX);
    app->parked[app->parked_count++] = x;
    pthread_cond_broadcast(&app->changed);
    pthread_mutex_unlock(&app->lock);
}

static void finish_parked(struct app *app)
{
    pthread_mutex_lock(&app->lock);
    for (size_t i = 0; i < app->parked_count; i++) {
        buf_printf(&app->parked[i]->out, "late %s", app->parked[i]->path);
        http_finish(app->parked[i]);
    }
    app->parked_count = 0;
    pthread_mutex_unlock(&app->lock);
}

static ssize_t feed_read(void *data, char *out, size_t max)
{
    struct feed *feed = data;
    size_t length = 0;
    pthread_mutex_lock(&feed->app->lock);
    while (feed->sent < feed->app->published && max - length > 32)
        length +=
            (size_t)snprintf(out + length, max - length, "data: %u\n\n", ++feed->sent);
    pthread_mutex_unlock(&feed->app->lock);
    return (ssize_t)length;
}

static void feed_close(void *data)
{
    struct feed *feed = data;
    struct app *app = feed->app;
    pthread_mutex_lock(&app->lock);
    *feed->link = feed->next;
    if (feed->next)
        feed->next->link = feed->link;
    pthread_mutex_unlock(&app->lock);
    app_count(app, &app->feeds_closed, 1);
    free(feed);
}

static void live(struct http_exchange *x)
{
    struct app *app = x->app;
    struct feed *feed = calloc(1, sizeof *feed);
    assert_non_null(feed);
    feed->app = app;
    feed->x = x;
    pthread_mutex_lock(&app->lock);
    feed->next = app->feeds;
    feed->link = &app->feeds;
    if (feed->next)
        feed->next->link = &feed->next;
    app->feeds = feed;
    app->feeds_open++;
    pthread_cond_broadcast(&app->changed);
    pthread_mutex_unlock(&app->lock);
    x->content_type_out = "text/event-stream";
    x->source = (struct http_source){feed_read, feed_close, feed, false};
}

/* As stream/live does: wakes under the lock that feed_close takes. */
static void publish(struct app *app)
{
    pthread_mutex_lock(&app->lock);
    app->published++;
    for (struct feed *feed = app->feeds; feed; feed = feed->next)
        http_wake(feed->x);
    pthread_mutex_unlock(&app->lock);
}

static const struct route routes[] = {
    {"GET", "/later", NULL, 0, ROUTE_EVENT_THREAD, park, "is answered later", 0, false,
     NULL},
    {"GET", "/worker-later", NULL, 0, ROUTE_WORKER, park, "is answered later", 0, false,
     NULL},
    {"GET", "/live", NULL, 0, ROUTE_EVENT_THREAD, live, "a live stream", 0, false, NULL},
    {"GET", "/worker-live", NULL, 0, ROUTE_WORKER, live, "a live stream", 0, false, NULL},
};

static struct app shared;
static struct http_server *server;

static struct http_server *start(struct app *app)
{
    return app_start(app, routes, sizeof routes / sizeof *routes);
}

static int group_start(void **state)
{
    (void)state;
    server = start(&shared);
    return 0;
}

static int group_stop(void **state)
{
    (void)state;
    http_stop(server);
    return shared.workers_open == 0 ? 0 : -1;
}

/* --- many at once --- */

static void deferred(const char *path)
{
    enum { COUNT = 300 };
    int fds[COUNT];
    for (int i = 0; i < COUNT; i++) {
        char request[200];
        fds[i] = connect_to(server);
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n" HOST END_OF_HEADER, path);
        send_text(fds[i], request);
    }
    app_wait(&shared, &shared.parked_count, COUNT);
    finish_parked(&shared);
    for (int i = 0; i < COUNT; i++) {
        struct buf out;
        buf_init(&out, ANSWER_BYTES);
        read_until(fds[i], NULL, &out);
        assert_int_equal(status_of(out.data), 200);
        assert_non_null(strstr(out.data, "late "));
        buf_release(&out);
        close(fds[i]);
    }
}

static void deferred_answers_come_from_another_thread(void **state)
{
    (void)state;
    deferred("/later");
}

static void deferred_on_a_worker(void **state)
{
    (void)state;
    deferred("/worker-later");
}

static void client_may_leave_before_a_deferred_answer(void **state)
{
    (void)state;
    struct buf out;
    int fd = connect_to(server);
    buf_init(&out, ANSWER_BYTES);
    send_text(fd, "GET /later HTTP/1.1\r\n" HOST "\r\n");
    app_wait(&shared, &shared.parked_count, 1);
    close(fd);
    finish_parked(&shared);
    fd = connect_to(server);
    send_text(fd, "HEAD /live HTTP/1.1\r\n" HOST END_OF_HEADER);
    read_until(fd, NULL, &out);
    assert_int_equal(status_of(out.data), 200);
    close(fd);
    buf_release(&out);
}

enum { EVENTS = 500 };

static void *publish_many(void *app)
{
    for (int i = 0; i < EVENTS; i++)
        publish(app);
    return NULL;
}

static void live_stream(const char *request)
{
    char last[40];
    struct buf out;
    pthread_t thread;
    int fd = connect_to(server);
    size_t open = app_read(&shared, &shared.feeds_open) + 1;
    size_t closed = app_read(&shared, &shared.feeds_closed) + 1;
    buf_init(&out, ANSWER_BYTES);
    send_text(fd, request);
    app_wait(&shared, &shared.feeds_open, open);
    snprintf(last, sizeof last, "data: %u\n", shared.published + EVENTS);
    assert_int_equal(pthread_create(&thread, NULL, publish_many, &shared), 0);
    read_until(fd, last, &out);
    pthread_join(thread, NULL);
    assert_non_null(strstr(out.data, "Content-Type: text/event-stream"));
    close(fd);
    /* The server notices when it sends again. */
    while (app_read(&shared, &shared.feeds_closed) < closed) {
        publish(&shared);
        sched_yield();
    }
    buf_release(&out);
}

static void live_stream_is_woken_from_another_thread(void **state)
{
    (void)state;
    live_stream("GET /live HTTP/1.1\r\n" HOST "\r\n");
}

static void live_stream_that_began_on_a_worker(void **state)
{
    (void)state;
    live_stream("GET /worker-live HTTP/1.1\r\n" HOST "\r\n");
}

/* Clients come and go while events are published. */
static void live_clients_leave_at_any_time(void **state)
{
    (void)state;
    pthread_t thread;
    size_t open = app_read(&shared, &shared.feeds_open);
    size_t closed = app_read(&shared, &shared.feeds_closed);
    assert_int_equal(pthread_create(&thread, NULL, publish_many, &shared), 0);
    for (int i = 0; i < 50; i++) {
        int fd = connect_to(server);
        send_text(fd, "GET /worker-live HTTP/1.1\r\n" HOST "\r\n");
        app_wait(&shared, &shared.feeds_open, open + (size_t)i + 1);
        close(fd);
    }
    pthread_join(thread, NULL);
    while (app_read(&shared, &shared.feeds_closed) < closed + 50) {
        publish(&shared);
        sched_yield();
    }
}

struct stop_call {
    struct http_server *server;
    pthread_t thread;
};

static void *call_stop(void *data)
{
    http_stop(((struct stop_call *)data)->server);
    return NULL;
}

/* libmicrohttpd would abort the process. */
static void stop_with_suspended_connections(void **state)
{
    (void)state;
    enum { EACH = 25 };
    static struct app app;
    struct stop_call call = {.server = start(&app)};
    int fds[2 * EACH];
    for (int i = 0; i < 2 * EACH; i++) {
        fds[i] = connect_to(call.server);
        send_text(fds[i], i < EACH ? "GET /live HTTP/1.1\r\n" HOST "\r\n"
                                   : "GET /later HTTP/1.1\r\n" HOST "\r\n");
    }
    app_wait(&app, &app.feeds_open, EACH);
    app_wait(&app, &app.parked_count, EACH);
    assert_int_equal(pthread_create(&call.thread, NULL, call_stop, &call), 0);
    app_wait(&app, &app.feeds_closed, EACH);
    finish_parked(&app);
    pthread_join(call.thread, NULL);
    for (int i = 0; i < 2 * EACH; i++) {
        struct buf out;
        buf_init(&out, ANSWER_BYTES);
        read_until(fds[i], NULL, &out);
        assert_int_equal(status_of(out.data), 200);
        /* a live stream ends as a stream should */
        assert_non_null(strstr(out.data, i < EACH ? "\r\n0\r\n" : "late /later"));
        buf_release(&out);
        close(fds[i]);
    }
    assert_int_equal(app.workers_open, 0);
}

static void stop_without_any_request(void **state)
{
    (void)state;
    static struct app app;
    http_stop(start(&app));
    http_stop(NULL);
}

static void port_in_use_is_said(void **state)
{
    (void)state;
    static const struct guard guard = {0};
    struct http_server *other = NULL;
    struct err err = {0};
    struct http_config config = {.host = "127.0.0.1",
                                 .port = http_port(server),
                                 .guard = &guard,
                                 .workers = 1};
    assert_int_equal(http_start(&config, &other, &err), ST_CONFLICT);
    assert_string_equal(err.code, "port_in_use");
}

static void bound_address_may_be_named(void **state)
{
    (void)state;
    static const struct guard guard = {0};
    struct http_server *other = NULL;
    struct err err = {0};
    struct http_config config = {.host = "127.0.0.2", .guard = &guard, .workers = 1};
    struct buf out;
    buf_init(&out, ANSWER_BYTES);
    assert_int_equal(http_start(&config, &other, &err), ST_OK);
    int fd = connect_at(INADDR_LOOPBACK + 1, http_port(other));
    char request[200];
    snprintf(request, sizeof request,
             "GET / HTTP/1.1\r\nHost: 127.0.0.2:%u\r\n\r\n"
             "GET / HTTP/1.1\r\nHost: 127.0.0.2\r\n" END_OF_HEADER,
             (unsigned)http_port(other));
    send_text(fd, request);
    read_until(fd, NULL, &out);
    assert_int_equal(status_of(out.data), 404);
    assert_non_null(strstr(out.data, "host_not_allowed"));
    close(fd);
    buf_release(&out);
    http_stop(other);
}

static void bad_address_is_said(void **state)
{
    (void)state;
    static const struct guard guard = {0};
    struct http_server *other = NULL;
    struct err err = {0};
    struct http_config config = {.host = "not an address", .guard = &guard, .workers = 1};
    assert_int_equal(http_start(&config, &other, &err), ST_INVALID);
    assert_string_equal(err.code, "bad_address");
}

static void *no_worker(void *app)
{
    (void)app;
    return NULL;
}

static void worker_that_cannot_open_is_said(void **state)
{
    (void)state;
    static const struct guard guard = {0};
    struct http_server *other = NULL;
    struct err err = {0};
    struct http_config config = {.host = "::1",
                                 .guard = &guard,
                                 .workers = 2,
                                 .worker_open = no_worker};
    assert_int_equal(http_start(&config, &other, &err), ST_FAILED);
    assert_string_equal(err.code, "worker_failed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deferred_answers_come_from_another_thread),
        cmocka_unit_test(deferred_on_a_worker),
        cmocka_unit_test(client_may_leave_before_a_deferred_answer),
        cmocka_unit_test(live_stream_is_woken_from_another_thread),
        cmocka_unit_test(live_stream_that_began_on_a_worker),
        cmocka_unit_test(live_clients_leave_at_any_time),
        cmocka_unit_test(stop_with_suspended_connections),
        cmocka_unit_test(stop_without_any_request),
        cmocka_unit_test(port_in_use_is_said),
        cmocka_unit_test(bound_address_may_be_named),
        cmocka_unit_test(bad_address_is_said),
        cmocka_unit_test(worker_that_cannot_open_is_said),
    };
    return cmocka_run_group_tests_name("http_live", tests, group_start, group_stop);
}
