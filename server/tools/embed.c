/* Build-time program: files -> one sorted C table (base/embedded.h).

       embed OUT.c SYMBOL DIR          every file below DIR, named by its path below DIR
       embed OUT.c SYMBOL FILE...      these files, named without their folder

   Hidden files are passed over. The result depends on names and bytes alone, so that two
   builds of the same tree are the same. */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct entry {
    char *path, *name; /* path: owned; name: its tail */
};

struct entries {
    struct entry *items;
    size_t count;
};

static _Noreturn void fail(const char *what, const char *path)
{
    fprintf(stderr, "embed: cannot %s %s: %s\n", what, path, strerror(errno));
    exit(1);
}

static void add(struct entries *entries, char *path, size_t prefix)
{
    struct entry *items =
        realloc(entries->items, (entries->count + 1) * sizeof *entries->items);
    if (!items)
        fail("remember", path);
    entries->items = items;
    items[entries->count++] = (struct entry){path, path + prefix};
}

static bool is_dir(const char *path)
{
    struct stat info;
    if (stat(path, &info))
        fail("find", path);
    return S_ISDIR(info.st_mode);
}

/* prefix: how much of each path is not part of its name. */
static void add_dir(struct entries *entries, const char *dir, size_t prefix)
{
    DIR *stream = opendir(dir);
    if (!stream)
        fail("open", dir);
    for (struct dirent *found; (found = readdir(stream));) {
        char *path = NULL;
        if (found->d_name[0] == '.')
            continue;
        if (asprintf(&path, "%s/%s", dir, found->d_name) < 0)
            fail("name", found->d_name);
        if (!is_dir(path)) {
            add(entries, path, prefix);
            continue;
        }
        add_dir(entries, path, prefix);
        free(path);
    }
    closedir(stream);
}

static void add_file(struct entries *entries, const char *file)
{
    char *path = strdup(file);
    if (!path)
        fail("name", file);
    const char *slash = strrchr(path, '/');
    add(entries, path, slash ? (size_t)(slash + 1 - path) : 0);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

/* '?' is escaped because of trigraphs; octal escapes always have three digits, so the
   character after one cannot be taken for a part of it. */
static void write_byte(FILE *out, int c)
{
    if (c == '\n')
        fputs("\\n", out);
    else if (c < ' ' || c > '~' || c == '"' || c == '\\' || c == '?')
        fprintf(out, "\\%03o", (unsigned)c);
    else
        fputc(c, out);
}

static void write_entry(FILE *out, const struct entry *entry)
{
    enum { LINE_BYTES = 80 };
    FILE *in = fopen(entry->path, "rb");
    size_t size = 0;
    int c = EOF;
    if (!in)
        fail("open", entry->path);
    fprintf(out, "    {\"%s\",\n     \"", entry->name);
    for (; (c = getc(in)) != EOF; size++) {
        if (size && size % LINE_BYTES == 0)
            fputs("\"\n     \"", out);
        write_byte(out, c);
    }
    if (ferror(in))
        fail("read", entry->path);
    fclose(in);
    fprintf(out, "\",\n     %zu},\n", size);
}

static void write_table(const char *path, const char *symbol, const struct entries *in)
{
    FILE *out = fopen(path, "wb");
    if (!out)
        fail("create", path);
    fprintf(out,
            "/* Made by tools/embed.c; do not edit. */\n#include \"base/embedded.h\"\n\n"
            "extern const struct embedded %s[];\nconst struct embedded %s[] = {\n",
            symbol, symbol);
    for (size_t i = 0; i < in->count; i++)
        write_entry(out, &in->items[i]);
    fputs("    {NULL, NULL, 0},\n};\n", out);
    if (ferror(out) || fclose(out))
        fail("write", path);
}

int main(int argc, char **argv)
{
    struct entries entries = {0};
    if (argc < 4) {
        fputs("usage: embed OUT.c SYMBOL DIR | embed OUT.c SYMBOL FILE...\n", stderr);
        return 2;
    }
    for (int i = 3; i < argc; i++) {
        if (is_dir(argv[i]))
            add_dir(&entries, argv[i], strlen(argv[i]) + 1);
        else
            add_file(&entries, argv[i]);
    }
    qsort(entries.items, entries.count, sizeof *entries.items, by_name);
    write_table(argv[1], argv[2], &entries);
    for (size_t i = 0; i < entries.count; i++)
        free(entries.items[i].path);
    free(entries.items);
    return 0;
}
