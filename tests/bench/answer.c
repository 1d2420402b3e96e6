#include "answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The value of a header between head and end, or NULL. */
static const char *header_value(const char *head, const char *end, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line && line < end;
         line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, length) == 0 && line[2 + length] == ':')
            return line + 3 + length + strspn(line + 3 + length, " ");
    }
    return NULL;
}

/* Walks the chunks at `from`; joins them at `to` unless that is NULL. Sets *length to the
   bytes of the body. */
static enum answer_progress walk_chunks(const char *from, const char *end, char *to,
                                        size_t *length)
{
    *length = 0;
    for (;;) {
        const char *line_end = memmem(from, (size_t)(end - from), "\r\n", 2);
        if (!line_end)
            return ANSWER_MORE;
        char *digits_end;
        size_t size = strtoul(from, &digits_end, 16);
        if (digits_end == from)
            return ANSWER_MALFORMED;
        if ((size_t)(end - line_end) < size + 4)
            return ANSWER_MORE;
        if (size == 0)
            return ANSWER_COMPLETE;
        if (to)
            memmove(to + *length, line_end + 2, size);
        *length += size;
        from = line_end + 2 + size + 2;
    }
}

static enum answer_progress parse_chunked(char *body, const char *end, struct answer *out)
{
    enum answer_progress progress = walk_chunks(body, end, NULL, &out->body_length);
    if (progress != ANSWER_COMPLETE)
        return progress;
    walk_chunks(body, end, body, &out->body_length);
    body[out->body_length] = '\0';
    return ANSWER_COMPLETE;
}

enum answer_progress answer_parse(struct buf *in, struct answer *out)
{
    char *head_end = in->length ? strstr(in->data, "\r\n\r\n") : NULL;
    if (!head_end)
        return ANSWER_MORE;
    if (sscanf(in->data, "HTTP/1.1 %d", &out->status) != 1)
        return ANSWER_MALFORMED;
    char *body = head_end + 4;
    size_t arrived = in->length - (size_t)(body - in->data);
    out->body = body;
    const char *length = header_value(in->data, head_end, "Content-Length");
    if (length) {
        out->body_length = strtoul(length, NULL, 10);
        return arrived >= out->body_length ? ANSWER_COMPLETE : ANSWER_MORE;
    }
    const char *coding = header_value(in->data, head_end, "Transfer-Encoding");
    if (coding && strncasecmp(coding, "chunked", 7) == 0)
        return parse_chunked(body, in->data + in->length, out);
    out->body_length = 0;
    return out->status == 204 ? ANSWER_COMPLETE : ANSWER_MALFORMED;
}

int64_t answer_number(const char *text, const char *key, const char **rest)
{
    size_t length = strlen(key);
    for (const char *at = text; (at = strstr(at, key)); at += length) {
        if (at == text || at[-1] != '"' || at[length] != '"')
            continue;
        const char *value = at + length + 1;
        value += strspn(value, " :[");
        char *end;
        int64_t number = strtoll(value, &end, 10);
        if (rest)
            *rest = end;
        return end == value ? -1 : number;
    }
    return -1;
}
