/* Databases that never wait for the disk: for tests of very many commits that none cuts
   the power of. Include after near.h. */
#ifndef TESTS_STORE_UNSYNCED_H
#define TESTS_STORE_UNSYNCED_H

#include <sqlite3.h>

static int unsynced_sync(sqlite3_file *file, int flags)
{
    (void)file, (void)flags;
    return SQLITE_OK;
}

/* Files of the system's VFS; a database has other methods than the files beside it. */
static int unsynced_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file,
                         int flags, int *out_flags)
{
    static sqlite3_io_methods methods[2];
    sqlite3_vfs *real = sqlite3_vfs_find("unix");
    int code = real->xOpen(real, name, file, flags, out_flags);
    (void)vfs;
    if (code)
        return code;
    sqlite3_io_methods *own = &methods[(flags & SQLITE_OPEN_MAIN_DB) != 0];
    if (!own->xSync) {
        *own = *file->pMethods;
        own->xSync = unsynced_sync;
    }
    file->pMethods = own;
    return SQLITE_OK;
}

/* Holds for every database opened from now on. */
static inline void unsynced_attach(void)
{
    static sqlite3_vfs vfs;
    vfs = *sqlite3_vfs_find("unix");
    vfs.pNext = NULL;
    vfs.zName = "unsynced";
    vfs.xOpen = unsynced_open;
    assert_int_equal(sqlite3_vfs_register(&vfs, 1), SQLITE_OK);
}

#endif
