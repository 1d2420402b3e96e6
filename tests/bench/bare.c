#include "bare.h"

#include "disk.h"

#include "base/buf.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BODY_MAX   (64u << 20) /* of a request and of an answer */
#define CONTENT    "application/json"
#define CONNECTION 1024

static const char accepted[] = "{\"run\":\"bare\",\"accepted\":1,\"created\":false,"
                               "\"verdict\":\"too_early\",\"checked_to_step\":1,"
                               "\"findings\":[]}";

struct bare {
    int file; /* for /sync */
    struct MHD_Response *accepted;
    char *bytes; /* BODY_MAX of them */
};

static enum MHD_Result answer_bytes(struct bare *bare, struct MHD_Connection *connection,
                                    size_t size)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(size < BODY_MAX ? size : BODY_MAX, bare->bytes,
                                        MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(response, "Content-Type", CONTENT);
    enum MHD_Result result = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return result;
}

/* The answer is queued in the last call of a request only: libmicrohttpd closes the
   connection after one that was queued in the first. */
static enum MHD_Result handle(void *data, struct MHD_Connection *connection,
                              const char *url, const char *method, const char *version,
                              const char *upload, size_t *upload_size, void **request)
{
    struct bare *bare = data;
    struct buf *body = *request;
    (void)version;
    if (!body) {
        *request = body = malloc(sizeof *body);
        if (body)
            buf_init(body, BODY_MAX);
        return body ? MHD_YES : MHD_NO;
    }
    if (*upload_size > 0) {
        buf_add(body, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    if (strcmp(method, "GET") == 0)
        return answer_bytes(bare, connection, strtoul(url + strlen("/bytes/"), NULL, 10));
    if (strcmp(url, "/sync") == 0 && !disk_append(bare->file))
        return MHD_NO;
    return MHD_queue_response(connection, 200, bare->accepted);
}

static void completed(void *data, struct MHD_Connection *connection, void **request,
                      enum MHD_RequestTerminationCode code)
{
    (void)data, (void)connection, (void)code;
    if (*request)
        buf_release(*request);
    free(*request);
}

static struct MHD_Daemon *bare_start(struct bare *bare)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, handle, bare,
                            MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_CONNECTION_LIMIT,
                            CONNECTION, MHD_OPTION_LISTEN_BACKLOG_SIZE, CONNECTION,
                            MHD_OPTION_NOTIFY_COMPLETED, completed, NULL, MHD_OPTION_END);
}

int bare_serve(const char *folder)
{
    struct bare bare = {.file = disk_open(folder, "bare.log"),
                        .bytes = calloc(1, BODY_MAX)};
    bare.accepted =
        MHD_create_response_from_buffer(sizeof accepted - 1, (void *)(uintptr_t)accepted,
                                        MHD_RESPMEM_PERSISTENT);
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    struct MHD_Daemon *daemon =
        bare.bytes && bare.accepted && bare.file >= 0 ? bare_start(&bare) : NULL;
    if (!daemon)
        return 1;
    printf("bare: listening on http://127.0.0.1:%u\n",
           MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    int signal_number;
    sigwait(&ends, &signal_number);
    MHD_stop_daemon(daemon);
    MHD_destroy_response(bare.accepted);
    free(bare.bytes);
    close(bare.file);
    return 0;
}
