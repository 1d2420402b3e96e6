-- Version 5: a page of runs is read from an index, and they are counted in one, however many
-- there are.
CREATE INDEX run_by_created ON run (trashed_ms, created_ms);
CREATE INDEX run_by_name ON run (trashed_ms, name COLLATE NOCASE);
CREATE INDEX run_by_project ON run (trashed_ms, project, created_ms);
-- The journal may have heard of a run since, so that all of these are looked through; they
-- are shorter than the runs.
CREATE INDEX run_by_updated ON run (trashed_ms, updated_ms);
