/* A row of the journal: whatever its bytes are, it is refused as damaged or adds up to a
   tail that counts right and can be cut. The first byte says how much of the rest is the
   first row; a second one follows it. */
#include "store/journal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count_points(const struct tail *tail)
{
    size_t sum = 0;
    for (size_t i = 0; i < tail->metrics.slot_count; i++) {
        for (const struct keyed *at = tail->metrics.slots[i]; at; at = at->next) {
            const struct unfolded *unfolded = (const struct unfolded *)at;
            assert(tail_points(tail, at->key) == unfolded);
            assert(unfolded->points.count <= unfolded->capacity);
            assert(unfolded_from(unfolded, 0) == 0);
            assert(unfolded_from(unfolded, 2) == unfolded->points.count);
            sum += unfolded->points.count;
        }
    }
    return sum;
}

/* What the first row brought goes, as if it were folded. */
static void cut_all(struct tail *tail)
{
    for (size_t i = 0; i < tail->metrics.slot_count; i++) {
        for (struct keyed *next, *at = tail->metrics.slots[i]; at; at = next) {
            next = at->next;
            tail_cut(tail, at->key, 1);
        }
    }
    assert(count_points(tail) == tail->points);
}

/* From a copy that ends where the row does. */
static enum status replay(int64_t seq, const uint8_t *data, size_t size,
                          struct tail *tail)
{
    struct err err = {0};
    uint8_t *copy = malloc(size + !size);
    if (!copy)
        return ST_FAILED;
    if (size)
        memcpy(copy, data, size);
    struct journal_row row = {seq, copy, size};
    enum status status = journal_replay(&row, tail, &err);
    free(copy);
    assert(status == ST_OK || (status == ST_FAILED && !strcmp(err.code, "db_corrupt")));
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tail tail = {0};
    if (!size)
        return 0;
    size_t first = (size - 1) * data[0] / 255;
    enum status status = replay(1, data + 1, first, &tail);
    if (!status)
        status = replay(2, data + 1 + first, size - 1 - first, &tail);
    assert(count_points(&tail) == tail.points);
    if (!status)
        cut_all(&tail);
    tail_reset(&tail);
    return 0;
}
