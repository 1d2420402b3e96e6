#include "cli/out.h"

#include <stdio.h>

bool out_send(struct buf *text)
{
    if (text->length)
        fwrite(text->data, 1, text->length, stdout);
    buf_clear(text);
    return !ferror(stdout);
}
