/* A chunk: whatever its bytes are, a block is refused or its points fit into the room of
   one, and are the same when they are written and read again. The first two bytes say how
   long the part is that tells of the blocks. */
#include "store/chunk.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct room {
    int64_t step[BLOCK_POINTS], time_ms[BLOCK_POINTS];
    double value[BLOCK_POINTS];
};

static struct points points_in(struct room *room)
{
    return (struct points){room->step, room->time_ms, room->value, 0};
}

static void write_again(const struct points *points)
{
    struct room room;
    struct points back = points_in(&room);
    static uint8_t bytes[BLOCK_BYTES_MAX(BLOCK_POINTS)];
    size_t count = points->count, length = block_encode(points, 0, count, bytes);
    assert(length <= BLOCK_BYTES_MAX(count));
    assert(block_decode(bytes, length, count, &back) && back.count == count);
    assert(!memcmp(back.step, points->step, count * sizeof *back.step));
    assert(!memcmp(back.time_ms, points->time_ms, count * sizeof *back.time_ms));
    for (size_t i = 0; i < count; i++)
        assert(!memcmp(&back.value[i], &points->value[i], sizeof(double)) ||
               (isnan(back.value[i]) && isnan(points->value[i])));
    struct stretch stretch = stretch_of(points, 0, count);
    assert(stretch.count == count && stretch.nonfinite_count <= count);
}

static uint8_t *copy_of(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size + !size);
    assert(copy);
    if (size)
        memcpy(copy, data, size);
    return copy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t told = (size_t)data[0] | (size_t)data[1] << 8, left = size - 2;
    told = told < left ? told : left;
    uint8_t *blocks = copy_of(data + 2, told),
            *body = copy_of(data + 2 + told, left - told);
    struct block_walk walk = {.blocks = blocks, .blocks_length = told};
    while (block_next(&walk)) {
        struct room *room = malloc(sizeof *room);
        assert(room && walk.stretch.count >= 1 && walk.stretch.count <= BLOCK_POINTS);
        struct points points = points_in(room);
        if (block_read(&walk, body, left - told, &points))
            write_again(&points);
        free(room);
    }
    free(blocks);
    free(body);
    return 0;
}
