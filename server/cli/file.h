/* A file that a command is given, as a whole. */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include "base/buf.h"
#include "base/err.h"

#define FILE_BYTES_MAX ((size_t)256 << 20) /* a text log of a very long run */

/* "-" is standard input. text starts as buf_init leaves it, with this limit. ST_NOT_FOUND
   or ST_FAILED unreadable, ST_TOO_LARGE too_large. */
MUST_CHECK enum status file_read(const char *path, struct buf *text, struct err *err);

#endif
