#include "base/clock.h"
#include "base/text.h"
#include "cli/database.h"
#include "store/store_compact.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define THIN_POINTS_MAX 1000000 /* more is no thinning */
#define AGE_MAX         100000  /* of any unit: no clock goes back that far */

enum { DB, PURGE, POINTS, OLDER, DRY_RUN, OPTION_COUNT };

static const struct cli_option options[] = {
    [DB] = DATABASE_OPTION("; no server may have it open"),
    [PURGE] = {"purge-trash-older-than", "AGE",
               "end runs that have been in the trash for so long, such as 30d"},
    [POINTS] = {"points", "N",
                "thin old runs to N points a metric, of the lowest, highest, not finite"},
    [OLDER] = {"older-than", "AGE",
               "old: nothing came to the run for so long, such as 90d, 12h or 8w"},
    [DRY_RUN] = {"dry-run", NULL,
                 "only tell what it would do; a server may have the database open"},
    {NULL, NULL, NULL},
};

static int usage(const char *sentence, const char *value)
{
    fprintf(stderr, "epochd compact: %s%s%s%s\n", sentence, value ? ", not \"" : "",
            value ? value : "", value ? "\"" : "");
    return EXIT_USAGE;
}

/* "90d" as the time that was so long ago. False when it is none. */
static bool read_age(const char *text, int64_t now_ms, int64_t *before_ms)
{
    static const struct {
        char unit;
        int64_t ms;
    } units[] = {{'h', 3600000}, {'d', 24 * 3600000}, {'w', 7 * 24 * 3600000}};
    size_t length = strlen(text);
    int64_t count;
    if (length < 2 || !text_to_int64(text, length - 1, &count) || count < 0 ||
        count > AGE_MAX)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (text[length - 1] != units[i].unit)
            continue;
        *before_ms = now_ms - count * units[i].ms;
        return true;
    }
    return false;
}

/* Returns -1 to go on, or the exit code. */
static int read_wanted(const char **values, struct compaction *out)
{
    int64_t points = 0, now_ms = clock_unix_ms();
    const char *age = "an age is such as 90d, 12h or 8w";
    *out = (struct compaction){.dry_run = values[DRY_RUN]};
    if (values[PURGE] && !read_age(values[PURGE], now_ms, &out->purge_before_ms))
        return usage(age, values[PURGE]);
    if (!values[POINTS] != !values[OLDER])
        return usage(
            "--points and --older-than go together: how many points stay, and of "
            "which runs",
            NULL);
    if (values[OLDER] && !read_age(values[OLDER], now_ms, &out->thin_before_ms))
        return usage(age, values[OLDER]);
    if (values[POINTS] &&
        (!text_to_int64(values[POINTS], strlen(values[POINTS]), &points) ||
         points < SIEVE_POINTS_MIN || points > THIN_POINTS_MAX))
        return usage("--points is 100 to 1000000", values[POINTS]);
    out->thin_points = (size_t)points;
    return -1;
}

static void report(const struct compaction *wanted, const struct compacted *done)
{
    const double mib = 1 << 20;
    const char *would = wanted->dry_run ? "would be " : "";
    if (wanted->purge_before_ms)
        printf("runs in the trash: %lld %sended, with %lld points\n",
               (long long)done->runs_purged, would, (long long)done->points_purged);
    if (wanted->thin_before_ms)
        printf("old runs: %lld metrics %sthinned, from %lld to %lld points\n",
               (long long)done->metrics_thinned, would, (long long)done->points_before,
               (long long)done->points_after);
    printf("metrics in small pieces: %lld %spacked\n", (long long)done->metrics_packed,
           would);
    if (wanted->dry_run)
        printf("nothing was changed; the database takes %.1f MiB\n",
               (double)done->bytes_before / mib);
    else
        printf("the database took %.1f MiB, now %.1f MiB\n",
               (double)done->bytes_before / mib, (double)done->bytes_after / mib);
    if (done->is_held)
        printf("a reader has it open: the space comes back when that ends and epochd "
               "opens the database again\n");
}

static int run_compact(const struct command *self, int argc, char **argv)
{
    const char *values[OPTION_COUNT];
    char **rest;
    struct compaction wanted;
    struct compacted done;
    struct store *store;
    struct err err = {0};
    int code = command_parse(self, argc, argv, values, &rest);
    if (code < 0 && *rest)
        code = usage("it takes no further words", *rest);
    if (code < 0)
        code = read_wanted(values, &wanted);
    if (code >= 0)
        return code;
    const char *file = values[DB] ? values[DB] : DATABASE_DEFAULT;
    bool reads = wanted.dry_run || access(file, F_OK); /* a writer would make one */
    code = database_open(self, file, reads ? STORE_READER : STORE_WRITER, &store, &err);
    if (code >= 0)
        return code;
    enum status status = store_compact(store, &wanted, &done, &err);
    store_close(store);
    if (status)
        return database_failed(self, status, &err);
    report(&wanted, &done);
    return EXIT_OK;
}

const struct command compact_command = {
    .name = "compact",
    .arguments = "",
    .about = "make a database smaller: pack it, end old trash, thin old runs",
    .options = options,
    .run = run_compact,
};
