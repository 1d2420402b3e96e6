#include "http/guard.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Scripts, styles, images and connections only from ourselves; no frame around us. */
const struct guard_header guard_headers[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
     "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
     "form-action 'self'; frame-ancestors 'none'",
     false},
    {"X-Content-Type-Options", "nosniff", true},
    {"X-Frame-Options", "DENY", false},
    {"Referrer-Policy", "same-origin", false},
    {"Cross-Origin-Opener-Policy", "same-origin", false},
    {"Cross-Origin-Resource-Policy", "same-origin", false},
    {"Permissions-Policy", "camera=(), microphone=(), geolocation=(), interest-cohort=()",
     false},
    {0},
};

/* Always allowed: names that no DNS server of somebody else can point at us. */
static const char *const loopback[] = {"localhost", "127.0.0.1", "[::1]", NULL};

#define HTTP_PORT 80 /* what clients leave out */

struct authority {
    const char *host;
    size_t host_length;
    const char *port; /* digits, or NULL */
};

static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits >= 1 && digits <= 5 && !text[digits] && atoi(text) <= UINT16_MAX;
}

/* host, host:port, [v6] or [v6]:port; one trailing dot of the host is dropped. */
static bool parse_authority(const char *text, struct authority *out)
{
    const char *end = text[0] == '[' ? strchr(text, ']') : NULL;
    size_t length = end ? (size_t)(end + 1 - text) : strcspn(text, ":");
    const char *rest = text + length;
    *out = (struct authority){text, length, *rest == ':' ? rest + 1 : NULL};
    if (length > 1 && text[length - 1] == '.')
        out->host_length--;
    if (strpbrk(text, "@ ,/?#") || length == 0)
        return false;
    return out->port ? is_port(out->port) : !*rest;
}

static bool same_host(const struct authority *a, const char *name, size_t length)
{
    return a->host_length == length && !strncasecmp(a->host, name, length);
}

/* A configured name may bring its own port, which then must be asked for unless it is the
   usual one. Without: ours, or none at all, for a proxy in front. */
static bool fits(const struct authority *asked, const char *configured, uint16_t port)
{
    struct authority allowed;
    if (!parse_authority(configured, &allowed) ||
        !same_host(asked, allowed.host, allowed.host_length))
        return false;
    int wanted = allowed.port ? atoi(allowed.port) : port;
    if (!asked->port)
        return !allowed.port || wanted == HTTP_PORT;
    return atoi(asked->port) == wanted;
}

static bool is_configured(const struct guard *guard, const struct authority *asked)
{
    for (size_t i = 0; i < guard->host_count; i++) {
        if (fits(asked, guard->hosts[i], guard->port))
            return true;
    }
    return false;
}

static bool is_loopback(const struct guard *guard, const struct authority *asked)
{
    for (const char *const *name = loopback; *name; name++) {
        if (fits(asked, *name, guard->port))
            return true;
    }
    return false;
}

static enum status check_host(const struct guard *guard, const char *host,
                              struct err *err)
{
    struct authority asked;
    if (!host || !*host)
        return err_set(err, ST_MALFORMED, "host_required",
                       "a request must carry one Host header");
    if (parse_authority(host, &asked) &&
        (is_loopback(guard, &asked) || is_configured(guard, &asked)))
        return ST_OK;
    return err_set(err, ST_FORBIDDEN, "host_not_allowed",
                   "epochd does not answer to the host name \"%.64s\": use localhost:%u, "
                   "or start it with --allow-host NAME[:PORT]",
                   host, (unsigned)guard->port);
}

/* The request's own host is the same origin; a configured name is one when a proxy
   rewrites Host. */
static bool is_own_origin(const struct guard *guard, const struct guard_request *request)
{
    struct authority asked;
    const char *name = strstr(request->origin, "://");
    if (!name || (strncmp(request->origin, "http://", 7) &&
                  strncmp(request->origin, "https://", 8)))
        return false;
    name += 3;
    return text_equals_nocase(name, request->host) ||
           (parse_authority(name, &asked) && is_configured(guard, &asked));
}

static bool is_navigation(const struct guard_request *request)
{
    bool reads = !strcmp(request->method, "GET") || !strcmp(request->method, "HEAD");
    return reads && request->sec_fetch_mode &&
           !strcmp(request->sec_fetch_mode, "navigate");
}

/* "none" is what a person typed or has as a bookmark. */
static bool is_foreign_fetch(const struct guard_request *request)
{
    const char *site = request->sec_fetch_site;
    if (!site || !strcmp(site, "same-origin") || is_navigation(request))
        return false;
    bool typed = !strcmp(site, "none") && !strcmp(request->method, "GET");
    return !typed;
}

enum status guard_check(const struct guard *guard, const struct guard_request *request,
                        struct err *err)
{
    enum status status = check_host(guard, request->host, err);
    if (status)
        return status;
    if ((request->origin && !is_own_origin(guard, request)) || is_foreign_fetch(request))
        return err_set(err, ST_FORBIDDEN, "origin_not_allowed",
                       "this request comes from a page of another site");
    return ST_OK;
}
