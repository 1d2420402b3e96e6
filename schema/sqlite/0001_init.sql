-- Version 1: runs, their metrics, and one row per point.
--
-- Doubles. SQLite stores NaN as NULL and drops the sign of -0.0, so every double is a pair
-- of columns: a value, and `special` that says what the value alone cannot:
--     0  the value as it is          value is a number
--     1  NaN, or "none yet"          value is NULL
--     2  +infinity                   value is NULL
--     3  -infinity                   value is NULL
--     4  -0.0                        value is 0.0
-- A value that is not NULL is thus a finite one, which is what min and max are over.
--
-- Keys. AUTOINCREMENT, so that the key of a purged run or metric never comes back: a
-- reader that still holds it finds nothing rather than the points of something else.
--
-- Times are milliseconds since 1970, UTC.

-- What changes with every write, and what a list of runs filters and sorts by. Kept small:
-- each write rewrites the row, and a list reads all of them.
CREATE TABLE run (
    run_key      INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT    NOT NULL UNIQUE,
    name         TEXT    NOT NULL,                 -- the id unless the user gave one
    project      TEXT    NOT NULL DEFAULT '',
    status       INTEGER NOT NULL DEFAULT 0 CHECK (status BETWEEN 0 AND 2),
                                                   -- 0 running, 1 finished, 2 failed
    created_ms   INTEGER NOT NULL,
    updated_ms   INTEGER NOT NULL,
    trashed_ms   INTEGER,                          -- NULL unless in the trash
    last_step    INTEGER NOT NULL DEFAULT -1,      -- -1 before the first record
    counts_steps INTEGER NOT NULL DEFAULT 0,       -- 1: x is `step`, 0: x is `epoch`
    epochs       INTEGER NOT NULL DEFAULT 0,       -- planned total, 0 unknown
    baseline     TEXT    NOT NULL DEFAULT '',      -- id of the run to compare with
    verdict      TEXT,                             -- of the latest diagnosis, and what it
    errors       INTEGER NOT NULL DEFAULT 0,       -- found by severity
    warnings     INTEGER NOT NULL DEFAULT 0,
    infos        INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What a user wrote about a run. Apart from `run` because it may be large and seldom
-- changes. The JSON texts are stored as given, NULL when not set.
CREATE TABLE run_document (
    run_key       INTEGER PRIMARY KEY REFERENCES run ON DELETE CASCADE,
    note          TEXT NOT NULL DEFAULT '',
    config_json   TEXT,
    tags_json     TEXT,
    schedule_json TEXT,
    roles_json    TEXT
) STRICT;

-- A metric with the figures over its points, which every write keeps up to date, so that
-- reading them never scans points. A rising metric_key is the order of first appearance.
CREATE TABLE metric (
    metric_key      INTEGER PRIMARY KEY AUTOINCREMENT,
    run_key         INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    name            TEXT    NOT NULL,
    count           INTEGER NOT NULL DEFAULT 0,
    nonfinite_count INTEGER NOT NULL DEFAULT 0,
    min_value       REAL,                          -- over finite values
    min_special     INTEGER NOT NULL DEFAULT 1,
    min_step        INTEGER NOT NULL DEFAULT -1,   -- the first step that has it
    max_value       REAL,
    max_special     INTEGER NOT NULL DEFAULT 1,
    max_step        INTEGER NOT NULL DEFAULT -1,
    last_value      REAL,                          -- at last_step, any double
    last_special    INTEGER NOT NULL DEFAULT 1,
    first_step      INTEGER NOT NULL DEFAULT -1,
    last_step       INTEGER NOT NULL DEFAULT -1,
    UNIQUE (run_key, name),
    CHECK (nonfinite_count BETWEEN 0 AND count)
) STRICT;

-- The points of a metric lie together and in order. metric_key refers to metric, but is
-- not declared so: checking it would cost a lookup per point, and the one writer takes
-- its keys from that table anyway.
CREATE TABLE point (
    metric_key INTEGER NOT NULL,
    step       INTEGER NOT NULL CHECK (step BETWEEN 0 AND 9007199254740991),
    value      REAL,
    special    INTEGER NOT NULL DEFAULT 0 CHECK (special BETWEEN 0 AND 4),
    time_ms    INTEGER NOT NULL,
    PRIMARY KEY (metric_key, step),
    CHECK ((special IN (0, 4)) = (value IS NOT NULL))
) STRICT, WITHOUT ROWID;
