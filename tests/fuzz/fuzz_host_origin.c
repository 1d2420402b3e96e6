/* Lines of an input: Host, Origin, Sec-Fetch-Site, Sec-Fetch-Mode, method. What is let in
   must be one of a few hosts that can be listed. */
#include "http/guard.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct guard guard = {.hosts = {"epochd.lab", "proxy.lab:8443"},
                                   .host_count = 2,
                                   .port = 6280};

static const char *const hosts[] = {"localhost",  "127.0.0.1", "[::1]",
                                    "epochd.lab", "proxy.lab", NULL};

static bool is_ours(const char *host)
{
    for (const char *const *name = hosts; *name; name++) {
        size_t length = strlen(*name);
        if (strncasecmp(host, *name, length))
            continue;
        const char *rest = host + length;
        rest += *rest == '.';
        if (!*rest)
            return true;
        const char *port = strcmp(*name, "proxy.lab") ? "6280" : "8443";
        if (*rest == ':' && !strcmp(rest + 1 + strspn(rest + 1, "0"), port))
            return true;
    }
    return false;
}

static char *next_line(char **text)
{
    char *line = *text, *end = line ? strchr(line, '\n') : NULL;
    *text = end ? end + 1 : NULL;
    if (end)
        *end = '\0';
    return line;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct err err = {0};
    char *text = malloc(size + 1), *rest = text;
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    struct guard_request request = {.host = next_line(&rest)};
    request.origin = next_line(&rest);
    request.sec_fetch_site = next_line(&rest);
    request.sec_fetch_mode = next_line(&rest);
    request.method = rest ? rest : "POST";
    if (guard_check(&guard, &request, &err) == ST_OK) {
        const char *origin = request.origin;
        assert(is_ours(request.host));
        if (origin)
            assert(is_ours(strstr(origin, "://") + 3));
    } else {
        assert(err.status == ST_FORBIDDEN || err.status == ST_MALFORMED);
    }
    free(text);
    return 0;
}
