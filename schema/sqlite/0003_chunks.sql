-- Version 3: points in chunks, and the journal that they come through.
--
-- A commit writes one row of the journal, with the points of all its posts one after the
-- other. A little later the writer folds them into chunks: some thousand points of one
-- metric in one row, 10 bytes each. Both are bytes that only epochd reads (the layout is in
-- server/store/journal.h, chunk.h and block.h); `epochd sql` shows the points as rows.

-- Deleted once its points are in chunks, but for the newest row: seq must go on rising.
CREATE TABLE journal (
    seq  INTEGER PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;

-- The chunks of a metric follow each other: none overlaps the next. metric_key refers to
-- metric, but is not declared so: the one writer takes its keys from that table anyway.
-- The rows are small, and the bytes apart: in an index SQLite reads whole rows to compare
-- their keys, and a thousand chunks are looked through to draw a long curve.
CREATE TABLE chunk (
    metric_key INTEGER NOT NULL,
    first_step INTEGER NOT NULL,
    whole      BLOB    NOT NULL,   -- what is known of all its points (block.h, a stretch)
    body_key   INTEGER NOT NULL,
    PRIMARY KEY (metric_key, first_step)
) STRICT, WITHOUT ROWID;

CREATE TABLE chunk_body (
    body_key INTEGER PRIMARY KEY,
    blocks   BLOB NOT NULL,        -- what is known of each block, and its length
    body     BLOB NOT NULL         -- the blocks
) STRICT;

-- Of each metric, rows of the journal up to this one are in its chunks, and in its figures.
-- So it is right at any moment of a folding that was interrupted.
ALTER TABLE metric ADD COLUMN folded_seq INTEGER NOT NULL DEFAULT 0;
