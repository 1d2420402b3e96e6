-- Version 4: the rows of version 1, which are in chunks by now
-- (server/store/store_sqlite_upgrade.c).
DROP TABLE point;
