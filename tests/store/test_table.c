/* The table of a run as text, page by page, over a store. */
#include "near.h"

#include "api/table.h"
#include "engines.h"

enum { SPARSE = 30, DENSE = 60000, GAP = 1000000 };

/* Steps far apart, so that the window grows, and then one after the other. */
static void put_sparse_then_dense(struct place *place)
{
    static struct store_point points[SPARSE + DENSE];
    struct err err = {0};
    for (size_t i = 0; i < SPARSE + DENSE; i++)
        points[i] = (struct store_point){.step = i < SPARSE ? (int64_t)i * GAP
                                                            : (int64_t)(SPARSE * GAP + i),
                                         .value = 1};
    begin(place);
    assert_ok(put_points(place, "r", "loss", points, SPARSE + DENSE, &err), &err);
    commit(place);
}

static struct table table_of(struct place *place, struct metric *column,
                             size_t page_bytes_max)
{
    *column = get_metric(place, "r", "loss");
    return (struct table){.format = TABLE_NDJSON,
                          .run = "r",
                          .x = "step",
                          .columns = column,
                          .column_count = 1,
                          .to = STEP_MAX,
                          .page_bytes_max = page_bytes_max,
                          .first_row = true};
}

static size_t count_lines(const struct buf *text)
{
    size_t lines = 0;
    for (size_t i = 0; i < text->length; i++)
        lines += text->data[i] == '\n';
    return lines;
}

static void a_page_that_needs_too_much_memory_is_made_smaller(void **state)
{
    struct metric column;
    struct err err = {0};
    struct buf text;
    bool more = true;
    put_sparse_then_dense(*state);
    struct table table = table_of(*state, &column, (size_t)1 << 20);
    buf_init(&text, (size_t)64 << 20);
    table_begin(&table, &text);
    while (more)
        assert_ok(table_page(&table, ((struct place *)*state)->writer, &text, &more,
                             &err),
                  &err);
    table_end(&table, &text);
    assert_false(text.failed);
    assert_int_equal(count_lines(&text), SPARSE + DENSE);
    buf_release(&text);
}

static void without_any_memory_the_table_fails(void **state)
{
    struct metric column;
    struct err err = {0};
    struct buf text;
    bool more;
    put(*state, "r", "loss", 1, 0.5);
    struct table table = table_of(*state, &column, 16);
    buf_init(&text, 1 << 20);
    assert_status(table_page(&table, ((struct place *)*state)->writer, &text, &more,
                             &err),
                  ST_TOO_LARGE, &err);
    buf_release(&text);
}

static const struct CMUnitTest cases[] = {
    CASE(a_page_that_needs_too_much_memory_is_made_smaller),
    CASE(without_any_memory_the_table_fails),
};

int main(void)
{
    return run_over_engines("table", cases, sizeof cases / sizeof *cases);
}
