-- Version 5: a page of runs is read from an index, and they are counted in one, however many
-- there are. None for updated_ms, which changes with what is written.
CREATE INDEX run_by_created ON run (trashed_ms, created_ms);
CREATE INDEX run_by_name ON run (trashed_ms, name COLLATE NOCASE);
CREATE INDEX run_by_project ON run (trashed_ms, project, created_ms);
