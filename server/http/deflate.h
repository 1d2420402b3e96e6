/* Bytes packed with gzip while they are made: fast rather than small, since the far end
   is usually near. */
#ifndef HTTP_DEFLATE_H
#define HTTP_DEFLATE_H

#include "base/buf.h"

#include <stdbool.h>

struct deflate;
struct deflate *deflate_open(void); /* NULL: out of memory */
/* Appends to out what there is by now of the packed form; all of it with `end`. False
   when out has no room; then only deflate_close() may follow. */
bool deflate_feed(struct deflate *deflate, const char *bytes, size_t length, bool end,
                  struct buf *out);
void deflate_close(struct deflate *deflate); /* NULL is fine */

#endif
