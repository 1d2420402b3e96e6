/* A disk that can lose power, fill up and fail to sync: an SQLite VFS on top of "unix".
   Files are real and reads see every write; beside them the disk remembers what had
   reached the platter, that is each file as of its latest sync, and the writes since.
   A cut leaves of these nothing, a beginning, or a random part torn at 512 bytes. */
#ifndef TESTS_FAULT_DISK_H
#define TESTS_FAULT_DISK_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/place.h"

#ifndef DISK_FILES_MAX
#define DISK_FILES_MAX 8 /* that a test opens in all */
#endif
enum { SECTOR = 512 };

struct disk_write {
    struct disk_write *next;
    sqlite3_int64 offset;
    size_t size;
    bool truncates; /* to offset; no data */
    unsigned char data[];
};

struct disk_file {
    char path[200];
    bool deleted;
    unsigned char *synced;
    size_t size, capacity;
    struct disk_write *first, **last; /* since the latest sync, oldest first */
};

struct disk {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    struct disk_file files[DISK_FILES_MAX];
    size_t file_count;
    uint64_t random;
    /* Writes, truncations and syncs until the power is cut; negative: never. */
    long until_cut;
    const char *cut_folder; /* where what is left then is written */
    bool cut;
    long until_full; /* writes until the disk is full; negative: never */
    bool sync_fails;
    long syncs;
};

/* --- the platter --- */

static inline void disk_apply(struct disk_file *file, const struct disk_write *write,
                              size_t from, size_t to)
{
    size_t end = (size_t)write->offset + to;
    if (write->truncates) {
        file->size =
            (size_t)write->offset < file->size ? (size_t)write->offset : file->size;
        return;
    }
    if (end > file->capacity) {
        file->capacity = 2 * end;
        file->synced = realloc(file->synced, file->capacity);
        assert_non_null(file->synced);
    }
    if (end > file->size) {
        memset(file->synced + file->size, 0, end - file->size);
        file->size = end;
    }
    memcpy(file->synced + write->offset + from, write->data + from, to - from);
}

static inline void disk_forget(struct disk_file *file)
{
    for (struct disk_write *next; file->first; file->first = next) {
        next = file->first->next;
        free(file->first);
    }
    file->last = &file->first;
}

static inline void disk_remember(struct disk_file *file, const void *data, size_t size,
                                 sqlite3_int64 offset)
{
    struct disk_write *write = malloc(sizeof *write + size);
    assert_non_null(write);
    *write = (struct disk_write){.offset = offset, .size = size, .truncates = !data};
    if (data)
        memcpy(write->data, data, size);
    *file->last = write;
    file->last = &write->next;
}

static inline struct disk_file *disk_find(struct disk *disk, const char *path)
{
    for (size_t i = 0; i < disk->file_count; i++) {
        if (!strcmp(disk->files[i].path, path))
            return &disk->files[i];
    }
    assert_true(disk->file_count < DISK_FILES_MAX);
    struct disk_file *file = &disk->files[disk->file_count++];
    *file = (struct disk_file){0};
    snprintf(file->path, sizeof file->path, "%s", path);
    file->last = &file->first;
    return file;
}

/* --- the power cut --- */

/* Part of a write, whole sectors. */
static inline void disk_tear(struct disk *disk, struct disk_file *file,
                             const struct disk_write *write)
{
    uint32_t sectors = (uint32_t)(write->size / SECTOR);
    if (write->truncates || sectors < 2) {
        disk_apply(file, write, 0, write->size);
        return;
    }
    uint32_t from = next_random(&disk->random) % sectors;
    uint32_t count = 1 + next_random(&disk->random) % (sectors - from);
    disk_apply(file, write, (size_t)from * SECTOR, (size_t)(from + count) * SECTOR);
}

static inline void disk_lose(struct disk *disk, struct disk_file *file)
{
    enum { NOTHING, BEGINNING, RANDOM, WAYS };
    uint32_t way = next_random(&disk->random) % WAYS;
    for (const struct disk_write *write = file->first; write; write = write->next) {
        uint32_t luck = next_random(&disk->random) % 8;
        if (way == NOTHING || (way == BEGINNING && luck == 0))
            return;
        if (way == BEGINNING || luck < 3)
            disk_apply(file, write, 0, write->size);
        else if (luck < 5)
            disk_tear(disk, file, write);
    }
}

/* Writes what is left into cut_folder; the disk itself goes on as if nothing happened. */
static inline void disk_cut(struct disk *disk)
{
    disk->cut = true;
    for (size_t i = 0; i < disk->file_count; i++) {
        struct disk_file *file = &disk->files[i], left = *file;
        char path[300];
        if (file->deleted)
            continue;
        left.capacity = file->size + 1;
        left.synced = malloc(left.capacity);
        assert_non_null(left.synced);
        if (file->size)
            memcpy(left.synced, file->synced, file->size);
        disk_lose(disk, &left);
        snprintf(path, sizeof path, "%s%s", disk->cut_folder, strrchr(file->path, '/'));
        FILE *out = fopen(path, "wb");
        assert_non_null(out);
        assert_int_equal(fwrite(left.synced, 1, left.size, out), left.size);
        fclose(out);
        free(left.synced);
    }
}

static inline void disk_tick(struct disk *disk)
{
    if (disk->until_cut >= 0 && disk->until_cut-- == 0)
        disk_cut(disk);
}

/* --- the VFS; an open file of ours is followed by the real one --- */

struct disk_handle {
    sqlite3_file base;
    struct disk *disk;
    struct disk_file *file; /* NULL: temporary, of no interest */
};

static inline sqlite3_file *disk_real(sqlite3_file *handle)
{
    return (sqlite3_file *)((struct disk_handle *)handle + 1);
}

#define REAL(handle, method, ...) \
    (disk_real(handle)->pMethods->method(disk_real(handle), ##__VA_ARGS__))

static int disk_close(sqlite3_file *handle)
{
    return REAL(handle, xClose);
}

static int disk_read(sqlite3_file *handle, void *out, int size, sqlite3_int64 offset)
{
    return REAL(handle, xRead, out, size, offset);
}

static int disk_write_(sqlite3_file *handle, const void *data, int size,
                       sqlite3_int64 offset)
{
    struct disk_handle *self = (struct disk_handle *)handle;
    struct disk *disk = self->disk;
    if (disk->until_full >= 0 && disk->until_full-- == 0) {
        disk->until_full = 0;
        return SQLITE_FULL;
    }
    disk_tick(disk);
    if (self->file)
        disk_remember(self->file, data, (size_t)size, offset);
    return REAL(handle, xWrite, data, size, offset);
}

static int disk_truncate(sqlite3_file *handle, sqlite3_int64 size)
{
    struct disk_handle *self = (struct disk_handle *)handle;
    disk_tick(self->disk);
    if (self->file)
        disk_remember(self->file, NULL, 0, size);
    return REAL(handle, xTruncate, size);
}

static int disk_sync(sqlite3_file *handle, int flags)
{
    struct disk_handle *self = (struct disk_handle *)handle;
    (void)flags;
    disk_tick(self->disk);
    if (self->disk->sync_fails)
        return SQLITE_IOERR_FSYNC;
    self->disk->syncs++;
    if (!self->file)
        return SQLITE_OK;
    for (struct disk_write *write = self->file->first; write; write = write->next)
        disk_apply(self->file, write, 0, write->size);
    disk_forget(self->file);
    return SQLITE_OK;
}

static int disk_file_size(sqlite3_file *handle, sqlite3_int64 *out)
{
    return REAL(handle, xFileSize, out);
}

static int disk_lock(sqlite3_file *handle, int level)
{
    return REAL(handle, xLock, level);
}

static int disk_unlock(sqlite3_file *handle, int level)
{
    return REAL(handle, xUnlock, level);
}

static int disk_check_lock(sqlite3_file *handle, int *out)
{
    return REAL(handle, xCheckReservedLock, out);
}

static int disk_control(sqlite3_file *handle, int op, void *argument)
{
    return REAL(handle, xFileControl, op, argument);
}

static int disk_sector_size(sqlite3_file *handle)
{
    return REAL(handle, xSectorSize);
}

static int disk_traits(sqlite3_file *handle)
{
    return REAL(handle, xDeviceCharacteristics);
}

static int disk_shm_map(sqlite3_file *handle, int page, int size, int extend,
                        void volatile **out)
{
    return REAL(handle, xShmMap, page, size, extend, out);
}

static int disk_shm_lock(sqlite3_file *handle, int offset, int count, int flags)
{
    return REAL(handle, xShmLock, offset, count, flags);
}

static void disk_shm_barrier(sqlite3_file *handle)
{
    REAL(handle, xShmBarrier);
}

static int disk_shm_unmap(sqlite3_file *handle, int delete)
{
    return REAL(handle, xShmUnmap, delete);
}

static const sqlite3_io_methods disk_methods = {
    .iVersion = 2,
    .xClose = disk_close,
    .xRead = disk_read,
    .xWrite = disk_write_,
    .xTruncate = disk_truncate,
    .xSync = disk_sync,
    .xFileSize = disk_file_size,
    .xLock = disk_lock,
    .xUnlock = disk_unlock,
    .xCheckReservedLock = disk_check_lock,
    .xFileControl = disk_control,
    .xSectorSize = disk_sector_size,
    .xDeviceCharacteristics = disk_traits,
    .xShmMap = disk_shm_map,
    .xShmLock = disk_shm_lock,
    .xShmBarrier = disk_shm_barrier,
    .xShmUnmap = disk_shm_unmap,
};

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *handle, int flags,
                     int *out_flags)
{
    struct disk *disk = vfs->pAppData;
    struct disk_handle *self = (struct disk_handle *)handle;
    int kept = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL;
    *self = (struct disk_handle){.disk = disk};
    int code = disk->real->xOpen(disk->real, name, disk_real(handle), flags, out_flags);
    if (code)
        return code;
    self->base.pMethods = &disk_methods;
    if (name && (flags & kept)) {
        self->file = disk_find(disk, name);
        self->file->deleted = false;
    }
    return SQLITE_OK;
}

static int disk_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    struct disk *disk = vfs->pAppData;
    struct disk_file *file = disk_find(disk, name);
    disk_forget(file);
    file->size = 0;
    file->deleted = true;
    return disk->real->xDelete(disk->real, name, sync_folder);
}

/* Becomes the file system of every database opened from now on. */
static inline void disk_attach(struct disk *disk, uint64_t seed)
{
    *disk = (struct disk){.real = sqlite3_vfs_find("unix"),
                          .random = seed,
                          .until_cut = -1,
                          .until_full = -1};
    disk->vfs = *disk->real;
    disk->vfs.pNext = NULL;
    disk->vfs.zName = "disk";
    disk->vfs.pAppData = disk;
    disk->vfs.szOsFile = (int)sizeof(struct disk_handle) + disk->real->szOsFile;
    disk->vfs.xOpen = disk_open;
    disk->vfs.xDelete = disk_delete;
    assert_int_equal(sqlite3_vfs_register(&disk->vfs, 1), SQLITE_OK);
}

static inline void disk_detach(struct disk *disk)
{
    sqlite3_vfs_unregister(&disk->vfs);
    for (size_t i = 0; i < disk->file_count; i++) {
        disk_forget(&disk->files[i]);
        free(disk->files[i].synced);
    }
    disk->file_count = 0;
}

#endif
