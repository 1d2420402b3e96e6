/* Curves as lines of text. */
#include "rows.h"

#include "cli/spark.h"

#include <math.h>
#include <string.h>

struct spark_row {
    const char *name;
    double value[12];
    size_t count, width;
    const char *expect;
};

static const struct spark_row sparks[] = {
    {"nothing", {0}, 0, 10, ""},
    {"one value", {3}, 1, 10, "▁"},
    {"a constant lies at the bottom", {2, 2, 2}, 3, 10, "▁▁▁"},
    {"a climb", {0, 1, 2, 3, 4, 5, 6, 7}, 8, 8, "▁▂▃▄▅▆▇█"},
    {"a spike is not hidden", {1, 1, 1, 9, 1, 1, 1, 1}, 8, 2, "█▁"},
    {"NaN and infinities are marked",
     {1, NAN, 2, INFINITY, 3, -INFINITY},
     6,
     6,
     "▁x▅x█x"},
    {"nothing finite", {NAN, NAN}, 2, 2, "xx"},
    {"the largest doubles", {-1.7e308, 1.7e308}, 2, 2, "▁█"},
    {"stretches of unequal length", {0, 0, 7, 7, 7}, 5, 2, "▁█"},
};

static void is_drawn(void **state)
{
    const struct spark_row *row = *state;
    struct buf out;
    buf_init(&out, 1000);
    spark_add(&out, row->value, row->count, row->width);
    assert_string_equal(out.length ? out.data : "", row->expect);
    buf_release(&out);
}

int main(void)
{
    static struct rows rows;
    for (size_t i = 0; i < COUNT(sparks); i++)
        rows_add(&rows, sparks[i].name, is_drawn, &sparks[i]);
    return rows_run(&rows);
}
