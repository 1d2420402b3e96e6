-- Version 2: when each finding came and went, and which rules a person has muted.

-- One row for each time that a rule began to say something of a curve. It holds while
-- closed_ms is NULL. Ordered by age; the keys of old rows are never used again.
CREATE TABLE finding (
    finding_key INTEGER PRIMARY KEY AUTOINCREMENT,
    run_key     INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    rule        TEXT    NOT NULL,
    metric      TEXT    NOT NULL DEFAULT '',   -- '': of the run as such
    severity    INTEGER NOT NULL CHECK (severity BETWEEN 0 AND 2),
                                               -- 0 info, 1 warning, 2 error: the worst
    opened_step INTEGER NOT NULL,              -- the run's last step when it came
    opened_ms   INTEGER NOT NULL,
    closed_step INTEGER,                       -- ... and when it went
    closed_ms   INTEGER,
    CHECK ((closed_step IS NULL) = (closed_ms IS NULL))
) STRICT;
CREATE INDEX finding_of_run ON finding (run_key);

CREATE TABLE mute (
    run_key  INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    rule     TEXT    NOT NULL,
    reason   TEXT    NOT NULL DEFAULT '',
    muted_ms INTEGER NOT NULL,
    PRIMARY KEY (run_key, rule)
) STRICT, WITHOUT ROWID;
