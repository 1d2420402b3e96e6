-- Version 4: the rows of version 1, which are in chunks by now
-- (server/store/sqlite/upgrade.c).
DROP TABLE point;
