#include "http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 1024

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool parse(const char *host, uint16_t port, union address *out, socklen_t *length)
{
    char name[INET6_ADDRSTRLEN + 2];
    size_t n = strlen(host);
    bool brackets = n > 2 && host[0] == '[' && host[n - 1] == ']';
    snprintf(name, sizeof name, "%.*s", (int)(brackets ? n - 2 : n), host + brackets);
    if (!strcmp(host, "localhost"))
        snprintf(name, sizeof name, "127.0.0.1");
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, name, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        *length = sizeof out->v4;
        return true;
    }
    if (inet_pton(AF_INET6, name, &out->v6.sin6_addr) != 1)
        return false;
    out->v6.sin6_family = AF_INET6;
    out->v6.sin6_port = htons(port);
    *length = sizeof out->v6;
    return true;
}

static bool is_loopback(const union address *address)
{
    if (address->any.sa_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
    return ntohl(address->v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

bool listen_host(const char *host, bool *loopback)
{
    union address address;
    socklen_t length;
    if (!parse(host, 0, &address, &length))
        return false;
    *loopback = is_loopback(&address);
    return true;
}

static bool is_everywhere(const union address *address)
{
    if (address->any.sa_family == AF_INET6)
        return IN6_IS_ADDR_UNSPECIFIED(&address->v6.sin6_addr);
    return address->v4.sin_addr.s_addr == htonl(INADDR_ANY);
}

static enum status refuse(const char *host, uint16_t port, struct err *err)
{
    int cause = errno;
    if (cause == EADDRINUSE)
        return err_set(err, ST_CONFLICT, "port_in_use",
                       "port %u of %s is in use: is epochd running already?", port, host);
    if (cause == EADDRNOTAVAIL || cause == EACCES)
        return err_set(err, ST_INVALID, "bad_address", "cannot listen on %s port %u: %s",
                       host, port, strerror(cause));
    return err_set(err, ST_FAILED, "cannot_listen", "cannot listen on %s port %u: %s",
                   host, port, strerror(cause));
}

enum status listen_on(const char *host, uint16_t port, struct listener *out,
                      struct err *err)
{
    union address address;
    socklen_t length;
    if (!parse(host, port, &address, &length))
        return err_set(err, ST_INVALID, "bad_address",
                       "cannot listen on \"%s\": give localhost or a numeric address",
                       host);
    int family = address.any.sa_family, on = 1;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return refuse(host, port, err);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
        bind(fd, &address.any, length) || listen(fd, BACKLOG) ||
        getsockname(fd, &address.any, &length)) {
        enum status status = refuse(host, port, err);
        close(fd);
        return status;
    }
    out->fd = fd;
    out->port = ntohs(family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
    out->loopback = is_loopback(&address);
    out->everywhere = is_everywhere(&address);
    return ST_OK;
}
