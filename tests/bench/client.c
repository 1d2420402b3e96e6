#include "client.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define ANSWER_BYTES_MAX (256u << 20)
#define READ_BYTES       (64u << 10)

struct connection {
    int fd; /* -1 when closed */
    struct request request;
    struct buf head, in;
    size_t sent;   /* of head and body together */
    bool answered; /* of a fresh one: only its end is waited for */
    int64_t began_us;
};

struct client {
    const struct load *load;
    struct load_result *result;
    struct connection connections[CLIENT_CONNECTIONS_MAX];
    int epoll;
    size_t busy; /* connections with a request under way */
    int64_t began_us;
};

int client_connect(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

void request_get(struct buf *out, const char *path)
{
    buf_add_text(out, "GET ");
    buf_add_text(out, path);
    buf_add_text(out, " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
}

/* Without buf_printf: a slow client would lower every ceiling. */
void request_post(struct buf *out, const char *path, const char *content_type,
                  size_t length)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%zu", length);
    buf_add_text(out, "POST ");
    buf_add_text(out, path);
    buf_add_text(out, " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: ");
    buf_add_text(out, content_type);
    buf_add_text(out, "\r\nContent-Length: ");
    buf_add_text(out, digits);
    buf_add_text(out, "\r\n\r\n");
}

static enum status broken(struct err *err, const char *what)
{
    return err_set(err, ST_FAILED, "client", "%s: %s", what, strerror(errno));
}

/* Connections are edge-triggered for both directions, so that epoll is told only once;
   therefore each turn writes and reads until the socket has had enough. */
static enum status connection_open(struct client *client, size_t i, struct err *err)
{
    struct connection *c = &client->connections[i];
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.u64 = i};
    c->answered = false;
    c->fd = client_connect(client->load->port);
    if (c->fd < 0 || fcntl(c->fd, F_SETFL, O_NONBLOCK) < 0 ||
        epoll_ctl(client->epoll, EPOLL_CTL_ADD, c->fd, &event) < 0)
        return broken(err, "connect");
    return ST_OK;
}

static enum status client_open(struct client *client, struct err *err)
{
    client->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (client->epoll < 0)
        return broken(err, "epoll_create1");
    enum status status = ST_OK;
    for (size_t i = 0; status == ST_OK && i < client->load->connections; i++)
        status = connection_open(client, i, err);
    return status;
}

static void client_close(struct client *client)
{
    for (size_t i = 0; i < client->load->connections; i++) {
        struct connection *c = &client->connections[i];
        buf_release(&c->head);
        buf_release(&c->in);
        if (c->fd >= 0)
            close(c->fd);
    }
    if (client->epoll >= 0)
        close(client->epoll);
}

/* What is left to send, as one or two parts. iovec has no const; writev only reads. */
static int unsent_parts(const struct connection *c, struct iovec parts[static 2])
{
    int count = 0;
    size_t body_sent = 0;
    if (c->sent < c->head.length)
        parts[count++] = (struct iovec){c->head.data + c->sent, c->head.length - c->sent};
    else
        body_sent = c->sent - c->head.length;
    if (body_sent < c->request.body_length)
        parts[count++] = (struct iovec){(char *)(uintptr_t)c->request.body + body_sent,
                                        c->request.body_length - body_sent};
    return count;
}

static enum status connection_write(struct connection *c, struct err *err)
{
    struct iovec parts[2];
    int count;
    while ((count = unsent_parts(c, parts)) > 0) {
        ssize_t n = writev(c->fd, parts, count);
        if (n < 0)
            return errno == EAGAIN ? ST_OK : broken(err, "writev");
        c->sent += (size_t)n;
    }
    return ST_OK;
}

/* Connection i has a next request: made, not sent. */
static bool connection_next(struct client *client, size_t i)
{
    const struct load *load = client->load;
    struct connection *c = &client->connections[i];
    int64_t now_us = clock_monotonic_us();
    if (load->duration_us && now_us - client->began_us >= load->duration_us)
        return false;
    buf_clear(&c->head);
    c->request = (struct request){.head = &c->head};
    c->sent = 0;
    if (!load->next(load->data, i, &c->request))
        return false;
    if (load->fresh) {
        c->head.length -= 2; /* the empty line that ended the headers */
        buf_add_text(&c->head, "Connection: close\r\n\r\n");
    }
    return true;
}

/* Sends the next request of connection i, if there is one. A connection that was answered
   and then closed by the server is made anew: its making counts as part of the answer. */
static enum status connection_begin(struct client *client, size_t i, struct err *err)
{
    struct connection *c = &client->connections[i];
    enum status status = ST_OK;
    if (!connection_next(client, i))
        return ST_OK;
    client->busy++;
    c->began_us = clock_monotonic_us();
    if (c->answered)
        status = connection_open(client, i, err);
    return status == ST_OK ? connection_write(c, err) : status;
}

static enum status connection_answered(struct client *client, size_t i,
                                       const struct answer *answer, struct err *err)
{
    struct connection *c = &client->connections[i];
    samples_add(&client->result->latency, clock_monotonic_us() - c->began_us);
    client->result->answers++;
    if (!client->load->check(client->load->data, i, answer))
        return err_set(err, ST_FAILED, "client", "%.60s ... was answered %d %.200s",
                       c->head.data, answer->status, answer->body);
    buf_clear(&c->in);
    c->answered = true;
    if (client->load->fresh)
        return ST_OK;
    c->answered = false;
    client->busy--;
    return connection_begin(client, i, err);
}

/* The server ended the connection, as it was asked to. (Who ends first keeps the port
   busy for a while: so that must be the server.) */
static enum status connection_ended(struct client *client, size_t i, struct err *err)
{
    struct connection *c = &client->connections[i];
    if (!c->answered)
        return err_set(err, ST_FAILED, "client", "the server closed the connection");
    close(c->fd);
    c->fd = -1;
    client->busy--;
    return connection_begin(client, i, err);
}

/* Reads what is there. *drained when the socket has no more for now, *ended when it never
   will. */
static enum status connection_read(struct connection *c, bool *drained, bool *ended,
                                   struct err *err)
{
    char *room = buf_reserve(&c->in, READ_BYTES);
    if (!room)
        return err_set(err, ST_FAILED, "client", "an answer is too large");
    ssize_t n = recv(c->fd, room, READ_BYTES, 0);
    *drained = n < (ssize_t)READ_BYTES;
    if (n < 0)
        return errno == EAGAIN ? ST_OK : broken(err, "recv");
    *ended = n == 0;
    room[n] = '\0';
    c->in.length += (size_t)n;
    return ST_OK;
}

static enum status connection_turn(struct client *client, size_t i, struct err *err)
{
    struct connection *c = &client->connections[i];
    bool drained = false, ended = false;
    enum status status = c->fd >= 0 ? connection_write(c, err) : ST_OK;
    while (status == ST_OK && c->fd >= 0 && !drained) {
        status = connection_read(c, &drained, &ended, err);
        if (status == ST_OK && ended)
            return connection_ended(client, i, err);
        if (status != ST_OK || c->in.length == 0)
            continue;
        struct answer answer;
        enum answer_progress progress = answer_parse(&c->in, &answer);
        if (progress == ANSWER_MALFORMED)
            return err_set(err, ST_FAILED, "client", "not HTTP/1.1: %.200s", c->in.data);
        if (progress == ANSWER_COMPLETE) {
            status = connection_answered(client, i, &answer, err);
            drained = drained && !c->answered; /* its end may be here already */
        }
    }
    return status;
}

static enum status client_loop(struct client *client, struct err *err)
{
    enum status status = ST_OK;
    client->began_us = clock_monotonic_us();
    for (size_t i = 0; status == ST_OK && i < client->load->connections; i++)
        status = connection_begin(client, i, err);
    while (status == ST_OK && client->busy > 0) {
        struct epoll_event events[64];
        int n = epoll_wait(client->epoll, events, 64, CLIENT_PATIENCE_MS);
        if (n < 0 && errno != EINTR)
            return broken(err, "epoll_wait");
        if (n == 0)
            return err_set(err, ST_FAILED, "client", "no answer for %d s",
                           CLIENT_PATIENCE_MS / 1000);
        for (int i = 0; status == ST_OK && i < n; i++)
            status = connection_turn(client, (size_t)events[i].data.u64, err);
    }
    client->result->seconds = 1e-6 * (double)(clock_monotonic_us() - client->began_us);
    return status;
}

enum status load_run(const struct load *load, struct load_result *out, struct err *err)
{
    *out = (struct load_result){0};
    struct client client = {.load = load, .result = out, .epoll = -1};
    for (size_t i = 0; i < CLIENT_CONNECTIONS_MAX; i++) {
        client.connections[i].fd = -1;
        buf_init(&client.connections[i].head, READ_BYTES);
        buf_init(&client.connections[i].in, ANSWER_BYTES_MAX);
    }
    enum status status = client_open(&client, err);
    if (status == ST_OK)
        status = client_loop(&client, err);
    client_close(&client);
    return status;
}

struct get {
    const struct gets *gets;
    size_t sent;
    struct buf *body;
};

static bool get_next(void *data, size_t connection, struct request *out)
{
    struct get *get = data;
    (void)connection;
    request_get(out->head, get->gets->path);
    return get->sent++ < get->gets->times;
}

static bool get_check(void *data, size_t connection, const struct answer *answer)
{
    struct get *get = data;
    (void)connection;
    if (get->body) {
        buf_clear(get->body);
        buf_add(get->body, answer->body, answer->body_length);
    }
    return answer->status == 200;
}

enum status client_get(const struct gets *gets, struct load_result *out, struct buf *body,
                       struct err *err)
{
    struct get get = {.gets = gets, .body = body};
    const struct load load = {.port = gets->port,
                              .connections = 1,
                              .duration_us = gets->duration_us,
                              .next = get_next,
                              .check = get_check,
                              .data = &get};
    return load_run(&load, out, err);
}
