#include "cli/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static enum status read_stream(FILE *in, struct buf *text, struct err *err)
{
    for (;;) {
        char *room = buf_reserve(text, 1 << 16);
        if (!room)
            return err_set(err, ST_TOO_LARGE, "too_large", "larger than %zu MiB",
                           FILE_BYTES_MAX >> 20);
        size_t length = fread(room, 1, 1 << 16, in);
        text->length += length;
        if (ferror(in))
            return err_set(err, ST_FAILED, "unreadable", "%s", strerror(errno));
        if (!length)
            return ST_OK;
    }
}

enum status file_read(const char *path, struct buf *text, struct err *err)
{
    if (!strcmp(path, "-"))
        return read_stream(stdin, text, err);
    FILE *in = fopen(path, "rb");
    if (!in)
        return err_set(err, ST_NOT_FOUND, "unreadable", "%s", strerror(errno));
    enum status status = read_stream(in, text, err);
    fclose(in);
    return status;
}
