#include "store/journal.h"

#include "store/block.h"

#include <stdlib.h>
#include <string.h>

enum { VARINT_BYTES_MAX = 10 };

void journal_heard(struct buf *body, int64_t run_key, const struct heard *heard)
{
    const uint64_t numbers[] = {0, (uint64_t)run_key, (uint64_t)(heard->last_step + 1),
                                heard->counts_steps, (uint64_t)heard->updated_ms};
    enum { NUMBERS = sizeof numbers / sizeof *numbers };
    uint8_t *out = (uint8_t *)buf_reserve(body, NUMBERS * VARINT_BYTES_MAX);
    if (!out)
        return;
    uint8_t *end = out;
    for (size_t i = 0; i < NUMBERS; i++)
        end = varint_put(end, numbers[i]);
    body->length += (size_t)(end - out);
}

/* The block is written behind the room for what says its length, then moved up. */
void journal_points(struct buf *body, int64_t metric_key, const struct points *points,
                    size_t count)
{
    size_t room = 3 * VARINT_BYTES_MAX;
    uint8_t *out = (uint8_t *)buf_reserve(body, room + BLOCK_BYTES_MAX(count));
    if (!out)
        return;
    size_t length = block_encode(points, 0, count, out + room);
    uint8_t *end = varint_put(out, (uint64_t)metric_key);
    end = varint_put(end, count);
    end = varint_put(end, length);
    memmove(end, out + room, length);
    body->length += (size_t)(end - out) + length;
}

/* --- reading --- */

struct reader {
    const uint8_t *at, *end; /* at NULL: the bytes are not a row of a journal */
};

static uint64_t get_number(struct reader *in)
{
    uint64_t value = 0;
    if (in->at)
        in->at = varint_get(in->at, in->end, &value);
    return value;
}

static enum status damaged(int64_t seq, struct err *err)
{
    return err_set(err, ST_FAILED, "db_corrupt",
                   "row %lld of the journal is damaged: restore a backup",
                   (long long)seq);
}

static enum status out_of_memory(struct err *err)
{
    return err_set(err, ST_FAILED, "out_of_memory", "out of memory");
}

static enum status replay_heard(struct reader *in, int64_t seq, struct tail *tail,
                                struct err *err)
{
    int64_t run_key = (int64_t)get_number(in);
    struct heard heard = {.last_step = (int64_t)(get_number(in) - 1)};
    heard.counts_steps = get_number(in);
    heard.updated_ms = (int64_t)get_number(in);
    heard.seq = seq;
    if (!in->at)
        return damaged(seq, err);
    return tail_hear(tail, run_key, &heard) ? ST_OK : out_of_memory(err);
}

static bool is_beyond(const struct tail *tail, int64_t metric_key,
                      const struct points *points)
{
    const struct unfolded *known = tail_points(tail, metric_key);
    return !known || points->step[0] > known->points.step[known->points.count - 1];
}

static enum status replay_points(struct reader *in, struct tail_add *add,
                                 struct tail *tail, struct err *err)
{
    uint64_t count = get_number(in), length = get_number(in);
    /* A point takes 4 bytes at least, for its value. */
    if (!in->at || length > (size_t)(in->end - in->at) || count > length / 4)
        return damaged(add->seq, err);
    int64_t *room = malloc((size_t)count * 3 * sizeof *room);
    if (!room)
        return out_of_memory(err);
    struct points points = {room, room + count, (double *)(room + 2 * count), 0};
    enum status status = ST_OK;
    add->points = &points;
    add->count = (size_t)count;
    if (!block_decode(in->at, (size_t)length, (size_t)count, &points) ||
        !is_beyond(tail, add->metric_key, &points))
        status = damaged(add->seq, err);
    else if (!tail_add(tail, add))
        status = out_of_memory(err);
    free(room);
    in->at += length;
    return status;
}

enum status journal_replay(const struct journal_row *row, struct tail *tail,
                           struct err *err)
{
    struct reader in = {row->body, row->body + row->length};
    enum status status = ST_OK;
    while (status == ST_OK && in.at != in.end) {
        struct tail_add add = {.metric_key = (int64_t)get_number(&in), .seq = row->seq};
        if (!in.at)
            status = damaged(row->seq, err);
        else if (add.metric_key)
            status = replay_points(&in, &add, tail, err);
        else
            status = replay_heard(&in, row->seq, tail, err);
    }
    if (!tail->first_seq)
        tail->first_seq = row->seq;
    tail->last_seq = row->seq;
    return status;
}
