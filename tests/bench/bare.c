#include "bare.h"

#include "bare_events.h"
#include "bare_journal.h"
#include "disk.h"

#include "base/buf.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BODY_MAX   (64u << 20) /* of a request and of an answer */
#define CONTENT    "application/json"
#define CONNECTION 2048
#define POOL_BYTES (16u << 10) /* of a connection, as epochd has it */

static const char accepted[] = "{\"run\":\"bare\",\"accepted\":1,\"created\":false,"
                               "\"verdict\":\"too_early\",\"checked_to_step\":1,"
                               "\"findings\":[]}";

struct bare {
    const char *folder;
    int file; /* for /sync */
    struct journal
        *journal; /* opened when it is first wanted: it is no part of a start */
    struct events *events;
    struct MHD_Response *accepted;
    char *bytes; /* BODY_MAX of them */
};

struct bare_request {
    struct buf body;
    struct journal_entry entry;
    bool stored; /* or on its way: the next call finds it done */
};

/* Queues the response and lets go of it. */
static enum MHD_Result answer_with(struct MHD_Connection *connection,
                                   struct MHD_Response *response, const char *type)
{
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", type);
    enum MHD_Result result = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer_get(struct bare *bare, struct MHD_Connection *connection,
                                  const char *url)
{
    if (strcmp(url, "/events") == 0)
        return answer_with(connection, events_view(bare->events, connection),
                           "text/event-stream");
    size_t size = strtoul(url + strlen("/bytes/"), NULL, 10);
    return answer_with(connection,
                       MHD_create_response_from_buffer(size < BODY_MAX ? size : BODY_MAX,
                                                       bare->bytes,
                                                       MHD_RESPMEM_PERSISTENT),
                       CONTENT);
}

static enum MHD_Result answer_post(struct bare *bare, struct MHD_Connection *connection,
                                   const char *url, struct bare_request *request)
{
    if (strcmp(url, "/sync") == 0 && !disk_append(bare->file))
        return MHD_NO;
    if (strcmp(url, "/event") == 0)
        events_publish(bare->events, request->body.data, request->body.length);
    if (strcmp(url, "/journal") == 0 && !request->stored) {
        if (!bare->journal)
            bare->journal = journal_open(bare->folder);
        if (!bare->journal)
            return MHD_NO;
        request->stored = true;
        request->entry = (struct journal_entry){.bytes = request->body.data,
                                                .length = request->body.length,
                                                .connection = connection};
        journal_add(bare->journal, &request->entry);
        return MHD_YES; /* suspended; we are called again */
    }
    return MHD_queue_response(connection, 200, bare->accepted);
}

/* The answer is queued in the last call of a request only: libmicrohttpd closes the
   connection after one that was queued in the first. */
static enum MHD_Result handle(void *data, struct MHD_Connection *connection,
                              const char *url, const char *method, const char *version,
                              const char *upload, size_t *upload_size, void **context)
{
    struct bare_request *request = *context;
    (void)version;
    if (!request) {
        *context = request = calloc(1, sizeof *request);
        if (request)
            buf_init(&request->body, BODY_MAX);
        return request ? MHD_YES : MHD_NO;
    }
    if (*upload_size > 0) {
        buf_add(&request->body, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    if (strcmp(method, "GET") == 0)
        return answer_get(data, connection, url);
    return answer_post(data, connection, url, request);
}

static void completed(void *data, struct MHD_Connection *connection, void **context,
                      enum MHD_RequestTerminationCode code)
{
    struct bare_request *request = *context;
    (void)data, (void)connection, (void)code;
    if (request)
        buf_release(&request->body);
    free(request);
}

static struct MHD_Daemon *bare_start(struct bare *bare)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0,
                            NULL, NULL, handle, bare, MHD_OPTION_SOCK_ADDR, &address,
                            MHD_OPTION_CONNECTION_LIMIT, CONNECTION,
                            MHD_OPTION_LISTEN_BACKLOG_SIZE, CONNECTION,
                            MHD_OPTION_NOTIFY_COMPLETED, completed, NULL, MHD_OPTION_END);
}

static void serve_until_told(struct bare *bare)
{
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    struct MHD_Daemon *daemon = bare_start(bare);
    if (!daemon)
        return;
    printf("bare: listening on http://127.0.0.1:%u\n",
           MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    int signal_number;
    sigwait(&ends, &signal_number);
    events_end(bare->events);
    MHD_stop_daemon(daemon);
}

int bare_serve(const char *folder)
{
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, NULL); /* before there is any thread */
    struct bare bare = {.folder = folder,
                        .file = disk_open(folder, "bare.log"),
                        .events = events_new(),
                        .bytes = calloc(1, BODY_MAX)};
    bare.accepted =
        MHD_create_response_from_buffer(sizeof accepted - 1, (void *)(uintptr_t)accepted,
                                        MHD_RESPMEM_PERSISTENT);
    bool ready = bare.file >= 0 && bare.events && bare.bytes && bare.accepted;
    if (ready)
        serve_until_told(&bare);
    journal_close(bare.journal);
    events_free(bare.events);
    if (bare.accepted)
        MHD_destroy_response(bare.accepted);
    free(bare.bytes);
    close(bare.file);
    return ready ? 0 : 1;
}
