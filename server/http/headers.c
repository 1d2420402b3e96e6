#include "http/headers.h"

#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    bool is_list; /* may come on several lines */
} known[HEADER_COUNT] = {
    [HEADER_HOST] = {"Host", false},
    [HEADER_CONTENT_LENGTH] = {"Content-Length", false},
    [HEADER_TRANSFER_ENCODING] = {"Transfer-Encoding", false},
    [HEADER_CONTENT_TYPE] = {"Content-Type", false},
    [HEADER_CONTENT_ENCODING] = {"Content-Encoding", false},
    [HEADER_EXPECT] = {"Expect", true},
    [HEADER_ORIGIN] = {"Origin", false},
    [HEADER_SEC_FETCH_SITE] = {"Sec-Fetch-Site", false},
    [HEADER_SEC_FETCH_MODE] = {"Sec-Fetch-Mode", false},
    [HEADER_AUTHORIZATION] = {"Authorization", false},
    [HEADER_IDEMPOTENCY_KEY] = {"Idempotency-Key", false},
    [HEADER_LAST_EVENT_ID] = {"Last-Event-ID", false},
    [HEADER_IF_NONE_MATCH] = {"If-None-Match", true},
    [HEADER_ACCEPT_ENCODING] = {"Accept-Encoding", true},
};

static bool is_token(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (!isalnum(c) && (!c || !strchr("!#$%&'*+-.^_`|~", c)))
            return false;
    }
    return length > 0;
}

static bool has_control(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return true;
    }
    return false;
}

/* Of every name for every line: the first letter tells most of them apart. */
static bool is_named(const struct header_line *line, const char *name)
{
    return ((line->name[0] ^ name[0]) & ~0x20) == 0 &&
           !strncasecmp(line->name, name, line->name_length) && !name[line->name_length];
}

enum status headers_add(struct headers *headers, const struct header_line *line,
                        struct err *err)
{
    if (!is_token(line->name, line->name_length) ||
        has_control(line->value, line->value_length))
        return err_set(err, ST_MALFORMED, "bad_header",
                       "a header must be `Name: value` without blanks in the name and "
                       "without control bytes");
    for (size_t i = 0; i < HEADER_COUNT; i++) {
        if (!is_named(line, known[i].name))
            continue;
        if (headers->value[i] && !known[i].is_list)
            return err_set(err, ST_MALFORMED, "duplicate_header",
                           "the header %s must be there once", known[i].name);
        if (!headers->value[i])
            headers->value[i] = line->value;
    }
    return ST_OK;
}

enum status headers_body_length(const struct headers *headers, uint64_t *out,
                                struct err *err)
{
    const char *length = headers->value[HEADER_CONTENT_LENGTH];
    const char *transfer = headers->value[HEADER_TRANSFER_ENCODING];
    *out = 0;
    if (transfer && (length || !text_equals_nocase(transfer, "chunked")))
        return err_set(err, ST_MALFORMED, "bad_framing",
                       "send Content-Length or Transfer-Encoding: chunked, not both and "
                       "no other coding");
    if (transfer) {
        *out = BODY_UNKNOWN;
        return ST_OK;
    }
    size_t digits = length ? strspn(length, "0123456789") : 0;
    if (length && (digits == 0 || length[digits]))
        return err_set(err, ST_MALFORMED, "bad_framing",
                       "Content-Length must be a number");
    if (length)
        *out = strtoull(length, NULL, 10);
    if (*out == BODY_UNKNOWN) /* 2^64-1 and above: larger than any limit all the same */
        *out = BODY_UNKNOWN - 1;
    return ST_OK;
}

/* The q of a list's item, from what follows its name; 1 without one. */
static double quality_of(const char *parameters, size_t length)
{
    const char *equals = memchr(parameters, '=', length);
    double q = equals ? strtod(equals + 1, NULL) : 1;
    return q > 0 ? q : 0; /* not a number neither */
}

/* -1 when the token is not in the comma-separated list; case does not matter. */
static double listed_quality(const char *list, const char *token)
{
    size_t wanted = strlen(token);
    while (list && *list) {
        list += strspn(list, " \t,");
        size_t item = strcspn(list, ",");
        size_t name = strcspn(list, " \t;,");
        if (name == wanted && !strncasecmp(list, token, wanted))
            return quality_of(list + name, item - name);
        list += item;
    }
    return -1;
}

bool header_prefers_gzip(const char *accept)
{
    double gzip = listed_quality(accept, "gzip");
    if (gzip < 0)
        gzip = listed_quality(accept, "*");
    return gzip > 0 && gzip >= listed_quality(accept, "identity");
}
