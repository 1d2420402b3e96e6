#include "api/app.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/database.h"
#include "cli/webhook_option.h"
#include "http/http.h"
#include "http/listen.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_LISTEN "127.0.0.1:6280"

enum {
    DB,
    LISTEN,
    ALLOW_HOST,
    ALLOW_ANONYMOUS,
    WEBHOOK,
    WEBHOOK_SEVERITY,
    TRASH_DAYS,
    LOG_LEVEL
};

static const struct cli_option options[] = {
    [DB] = {"db", "FILE", "the database (" DATABASE_DEFAULT "), made when there is none"},
    [LISTEN] = {"listen", "HOST:PORT",
                "where to serve (" DEFAULT_LISTEN "); port 0: any free one"},
    [ALLOW_HOST] = {"allow-host", "NAME,...",
                    "further names under which browsers may call this server"},
    [ALLOW_ANONYMOUS] =
        {"allow-anonymous", NULL,
         "serve on a network address: everybody there may read and write"},
    [WEBHOOK] = {"webhook", "URL,...",
                 "post each new finding there; PROJECT=URL: only those of a project; "
                 "@FILE: one a line"},
    [WEBHOOK_SEVERITY] = {"webhook-severity", "SEVERITY",
                          "the least that is posted: info, warning or error (warning)"},
    [TRASH_DAYS] = {"trash-days", "N",
                    "end runs that have been in the trash for N days (never)"},
    [LOG_LEVEL] = {"log-level", "LEVEL", "debug, info, warn or error (info)"},
    {NULL, NULL, NULL},
};
#define OPTION_COUNT (sizeof options / sizeof *options)

/* "127.0.0.1:6280" or "[::1]:6280", in parts. */
struct address {
    char host[256];
    uint16_t port;
};

static bool parse_address(const char *text, struct address *out)
{
    const char *colon = strrchr(text, ':');
    int64_t port;
    if (!colon || !text_to_int64(colon + 1, strlen(colon + 1), &port) || port < 0 ||
        port > 65535)
        return false;
    size_t length = (size_t)(colon - text);
    if (length >= 2 && text[0] == '[' && colon[-1] == ']') {
        text++;
        length -= 2;
    } else if (memchr(text, ':', length)) {
        return false; /* IPv6 without brackets: the port could be part of it */
    }
    if (!length || length >= sizeof out->host)
        return false;
    memcpy(out->host, text, length);
    out->host[length] = '\0';
    out->port = (uint16_t)port;
    return true;
}

/* Cuts the list at its commas; the guard borrows the pieces. */
static bool read_hosts(char *list, struct guard *guard)
{
    for (char *name = list; name && *name;) {
        char *comma = strchr(name, ',');
        if (comma)
            *comma = '\0';
        if (guard->host_count == GUARD_HOSTS_MAX)
            return false;
        if (*name)
            guard->hosts[guard->host_count++] = name;
        name = comma ? comma + 1 : NULL;
    }
    return true;
}

static bool read_log_level(const char *name)
{
    static const char *const names[] = {
        [LOG_LEVEL_DEBUG] = "debug",
        [LOG_LEVEL_INFO] = "info",
        [LOG_LEVEL_WARN] = "warn",
        [LOG_LEVEL_ERROR] = "error",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name))
            continue;
        log_set_level((enum log_level)i);
        return true;
    }
    return false;
}

static bool read_severity(const char *name, enum severity *out)
{
    for (int s = 0; s < SEVERITY_COUNT; s++) {
        if (strcmp(severity_names[s], name))
            continue;
        *out = (enum severity)s;
        return true;
    }
    return false;
}

static bool read_days(const char *text, int64_t *out)
{
    return text_to_int64(text, strlen(text), out) && *out >= 1 && *out <= 36500;
}

static int usage(const char *sentence, const char *value)
{
    fprintf(stderr, "epochd serve: %s%s%s\n", sentence, value ? ": " : "",
            value ? value : "");
    return EXIT_USAGE;
}

/* argv is ours to cut. Returns -1 to go on, or the exit code. */
static int read_webhooks(const char **values, struct webhook_option *webhooks,
                         struct app_config *config)
{
    const char *wrong =
        values[WEBHOOK] ? webhook_option_read((char *)values[WEBHOOK], webhooks) : NULL;
    if (wrong)
        return usage(wrong, NULL);
    config->webhooks = webhooks->targets;
    config->webhook_count = webhooks->count;
    config->webhook_severity = SEVERITY_WARNING;
    if (values[WEBHOOK_SEVERITY] &&
        !read_severity(values[WEBHOOK_SEVERITY], &config->webhook_severity))
        return usage("--webhook-severity is info, warning or error, not",
                     values[WEBHOOK_SEVERITY]);
    return -1;
}

/* Returns -1 to go on, or the exit code. */
static int read_config(const char **values, struct address *address,
                       struct app_config *config)
{
    bool loopback;
    if (!parse_address(values[LISTEN] ? values[LISTEN] : DEFAULT_LISTEN, address) ||
        !listen_host(address->host, &loopback))
        return usage("--listen wants HOST:PORT such as 127.0.0.1:6280 or [::1]:6280",
                     values[LISTEN]);
    if (!loopback && !values[ALLOW_ANONYMOUS])
        return usage("on this address everybody on the network could read and write: add "
                     "--allow-anonymous if that is meant, or listen on 127.0.0.1 and "
                     "come in through an SSH tunnel",
                     address->host);
    /* argv is ours to cut */
    if (values[ALLOW_HOST] && !read_hosts((char *)values[ALLOW_HOST], &config->guard))
        return usage("--allow-host takes at most 16 names", NULL);
    if (values[LOG_LEVEL] && !read_log_level(values[LOG_LEVEL]))
        return usage("--log-level is debug, info, warn or error, not", values[LOG_LEVEL]);
    if (values[TRASH_DAYS] && !read_days(values[TRASH_DAYS], &config->trash_days))
        return usage("--trash-days is 1 to 36500, not", values[TRASH_DAYS]);
    config->db = values[DB] ? values[DB] : DATABASE_DEFAULT;
    config->host = address->host;
    config->port = address->port;
    return -1;
}

/* The second signal ends the process at once: nothing that was acknowledged is lost. */
static void second_signal(int number)
{
    _exit(128 + number);
}

/* Every thread is started with these blocked; only this one waits for them. */
static void block_signals(sigset_t *stop)
{
    sigemptyset(stop);
    sigaddset(stop, SIGINT);
    sigaddset(stop, SIGTERM);
    pthread_sigmask(SIG_BLOCK, stop, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file size limit is a full disk: 507, not the end */
}

/* Returns the exit code: until a signal comes, or the disk fails. */
static int wait_for_stop(const sigset_t *stop, const struct app *app)
{
    const struct timespec look = {1, 0};
    int number;
    do {
        number = sigtimedwait(stop, NULL, &look);
    } while (number < 0 && !app_failed(app));
    if (number > 0)
        log_line(LOG_LEVEL_INFO, "stopping on signal %d", number);
    else
        log_line(LOG_LEVEL_ERROR, "stopping: the database could not be written to");
    signal(SIGINT, second_signal);
    signal(SIGTERM, second_signal);
    pthread_sigmask(SIG_UNBLOCK, stop, NULL);
    return number > 0 ? EXIT_OK : EXIT_FAILED;
}

static int serve(const struct command *self, int argc, char **argv)
{
    const char *values[OPTION_COUNT];
    char **rest;
    struct address address;
    struct webhook_option webhooks = {.count = 0};
    struct app_config config = {0};
    struct app app;
    struct err err = {0};
    sigset_t stop;
    int code = command_parse(self, argc, argv, values, &rest);
    if (code < 0 && *rest)
        code = usage("takes no further words", *rest);
    if (code < 0)
        code = read_config(values, &address, &config);
    if (code < 0)
        code = read_webhooks(values, &webhooks, &config);
    if (code >= 0)
        return code;
    block_signals(&stop);
    enum status status = app_start(&config, &app, &err);
    if (status != ST_OK) {
        fprintf(stderr, "epochd serve: %s\n", err.text);
        return status == ST_INVALID ? EXIT_USAGE : EXIT_FAILED;
    }
    bool v6 = strchr(address.host, ':') != NULL;
    printf("epochd: listening on http://%s%s%s:%u\n", v6 ? "[" : "", address.host,
           v6 ? "]" : "", http_port(app.http));
    fflush(stdout);
    code = wait_for_stop(&stop, &app);
    app_stop(&app);
    return code;
}

const struct command serve_command = {
    .name = "serve",
    .arguments = "",
    .about = "serve the HTTP interface and the web page",
    .options = options,
    .run = serve,
};
