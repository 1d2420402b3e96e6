#include "http/deflate.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#define STEP_BYTES (16 << 10)
#define GZIP_ONLY  16 /* added to the window bits: gzip framing, not zlib's */
#define LEVEL      1 /* 150 MB/s; the usual 6 takes five times as long for a fifth less */
#define MEMORY     8 /* zlib's default */

struct deflate {
    z_stream stream;
};

struct deflate *deflate_open(void)
{
    struct deflate *deflate = calloc(1, sizeof *deflate);
    if (deflate && deflateInit2(&deflate->stream, LEVEL, Z_DEFLATED,
                                MAX_WBITS + GZIP_ONLY, MEMORY, Z_DEFAULT_STRATEGY)) {
        free(deflate);
        return NULL;
    }
    return deflate;
}

/* zlib counts in unsigned, and our answers are far shorter. */
bool deflate_feed(struct deflate *d, const char *bytes, size_t length, bool end,
                  struct buf *out)
{
    z_stream *stream = &d->stream;
    if (length > UINT_MAX)
        return false;
    stream->next_in = (Bytef *)(uintptr_t)bytes; /* zlib only reads it */
    stream->avail_in = (uInt)length;
    do {
        char *room = buf_reserve(out, STEP_BYTES);
        if (!room)
            return false;
        stream->next_out = (Bytef *)room;
        stream->avail_out = STEP_BYTES;
        if (deflate(stream, end ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_ERROR)
            return false;
        out->length += STEP_BYTES - stream->avail_out;
    } while (stream->avail_out == 0);
    return true;
}

void deflate_close(struct deflate *deflate)
{
    if (deflate)
        deflateEnd(&deflate->stream);
    free(deflate);
}
