/* A curve as a line of text: one of eight bars for each stretch of it. */
#ifndef CLI_SPARK_H
#define CLI_SPARK_H

#include "base/buf.h"

#include <stddef.h>

/* Appends at most `width` characters (UTF-8), fewer for fewer values. A bar is as high as
   the highest value of its stretch, from the lowest value of all to the highest, so that
   no spike is hidden; a stretch that holds NaN or an infinity is an "x". */
void spark_add(struct buf *out, const double *value, size_t count, size_t width);

#endif
