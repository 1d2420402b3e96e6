/* A gzip body unpacked while it arrives. A bomb stops at the limit of the buffer it is
   unpacked into. Only inflate.c and deflate.c include zlib.h. */
#ifndef HTTP_INFLATE_H
#define HTTP_INFLATE_H

#include "base/buf.h"
#include "base/err.h"

struct inflate;
/* ST_BUSY overloaded. */
MUST_CHECK enum status inflate_open(struct inflate **out, struct err *err);
/* Appends to out. ST_MALFORMED bad_gzip; ST_TOO_LARGE body_too_large at out's limit;
   ST_BUSY overloaded. After a failure only inflate_close may follow. */
MUST_CHECK enum status inflate_feed(struct inflate *gz, const char *bytes, size_t length,
                                    struct buf *out, struct err *err);
/* ST_MALFORMED bad_gzip when the stream is cut short. */
MUST_CHECK enum status inflate_end(const struct inflate *gz, struct err *err);
void inflate_close(struct inflate *gz); /* NULL is fine */

#endif
