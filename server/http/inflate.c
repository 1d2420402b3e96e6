#include "http/inflate.h"

#include <stdbool.h>
#include <stdlib.h>
#include <zlib.h>

#define STEP_BYTES (64 << 10) /* unpacked at a time: what a step may overshoot */
#define GZIP_ONLY  16         /* added to the window bits: gzip framing, not zlib's */

struct inflate {
    z_stream stream;
    bool at_end; /* of a member; another may follow */
};

enum status inflate_open(struct inflate **out, struct err *err)
{
    struct inflate *gz = calloc(1, sizeof *gz);
    if (!gz || inflateInit2(&gz->stream, MAX_WBITS + GZIP_ONLY) != Z_OK) {
        free(gz);
        return err_set(err, ST_BUSY, "overloaded", "no memory to unpack the body");
    }
    *out = gz;
    return ST_OK;
}

static enum status bad_gzip(struct err *err)
{
    return err_set(err, ST_MALFORMED, "bad_gzip",
                   "the body is not what Content-Encoding: gzip says: it is damaged or "
                   "cut short");
}

static enum status no_room(const struct buf *out, struct err *err)
{
    if (out->length < out->limit)
        return err_set(err, ST_BUSY, "overloaded", "no memory to unpack the body");
    return err_set(err, ST_TOO_LARGE, "body_too_large",
                   "the unpacked body is larger than %zu bytes", out->limit);
}

/* One call of zlib's inflate. */
static enum status step(struct inflate *gz, struct buf *out, struct err *err)
{
    z_stream *stream = &gz->stream;
    size_t left = out->limit - out->length;
    /* One byte more than allowed would fit nowhere: at the limit a spare byte on the
       stack tells a body that ends exactly here from one that goes on. */
    unsigned char spare;
    size_t room = left < STEP_BYTES ? left : STEP_BYTES;
    char *into = room ? buf_reserve(out, room) : NULL;
    if (room && !into)
        return no_room(out, err);
    stream->next_out = room ? (unsigned char *)into : &spare;
    stream->avail_out = room ? (unsigned)room : 1;
    int result = inflate(stream, Z_NO_FLUSH);
    if (room) {
        out->length += room - stream->avail_out;
        out->data[out->length] = '\0';
    } else if (stream->avail_out == 0) {
        return no_room(out, err);
    }
    if (result == Z_STREAM_END)
        gz->at_end = true;
    else if (result != Z_OK && result != Z_BUF_ERROR)
        return bad_gzip(err);
    return ST_OK;
}

enum status inflate_feed(struct inflate *gz, const char *bytes, size_t length,
                         struct buf *out, struct err *err)
{
    z_stream *stream = &gz->stream;
    stream->next_in = (unsigned char *)bytes;
    stream->avail_in = (unsigned)length;
    /* avail_out == 0 after a step: zlib may hold back more. */
    stream->avail_out = 1;
    while (stream->avail_in > 0 || (stream->avail_out == 0 && !gz->at_end)) {
        if (gz->at_end) {
            if (inflateReset(stream) != Z_OK)
                return bad_gzip(err);
            gz->at_end = false;
        }
        enum status status = step(gz, out, err);
        if (status)
            return status;
    }
    return ST_OK;
}

enum status inflate_end(const struct inflate *gz, struct err *err)
{
    return gz->at_end ? ST_OK : bad_gzip(err);
}

void inflate_close(struct inflate *gz)
{
    if (!gz)
        return;
    inflateEnd(&gz->stream);
    free(gz);
}
