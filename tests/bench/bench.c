/* epochd's figures beside the ceilings measured in the same run: a table, and a JSON
   file. Never pass or fail by a figure; it fails only when a server did not do what was
   asked. BENCH_DIR (else TMPDIR, else /tmp) says on which disk the databases are. */
#include "bench.h"

#include "bare.h"

#include "base/clock.h"

#include <errno.h>
#include <ftw.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REPETITIONS = 5, MACHINE_MAX = 512, TIMES_MAX = 512, FILES_WANTED = 4096 };
/* So that all is done in ten minutes even on a busy machine. */
enum { GROWN_POINTS = 10000000, FILL_US_MAX = 120000000 };

static const struct section {
    const char *name;
    enum status (*run)(struct bench *bench, struct err *err);
} sections[] = {
    {"post", bench_post},     {"connect", bench_connect},   {"parse", bench_parse},
    {"bulk", bench_bulk},     {"read", bench_read},         {"live", bench_live},
    {"fanout", bench_fanout}, {"growth", bench_growth},     {"start", bench_start},
    {"page", bench_page},     {"schedule", bench_schedule},
};

#define SECTION_COUNT (sizeof sections / sizeof *sections)

struct options {
    const char *epochd, *out;
    bool quick;
    size_t repetitions; /* 0: as many as make a median */
    size_t points; /* of the database that has grown; 0: as many as the time allows */
    char **wanted; /* names of sections; none: all */
    int wanted_count;
};

static int usage(int code)
{
    fprintf(code ? stderr : stdout, "usage: bench [--quick] [--points N] [--out FILE] "
                                    "EPOCHD [SECTION...]\nsections:");
    for (size_t i = 0; i < SECTION_COUNT; i++)
        fprintf(code ? stderr : stdout, " %s", sections[i].name);
    fprintf(code ? stderr : stdout, "\n");
    return code;
}

static bool is_wanted(const struct options *options, const char *name)
{
    for (int i = 0; i < options->wanted_count; i++) {
        if (strcmp(options->wanted[i], name) == 0)
            return true;
    }
    return options->wanted_count == 0;
}

static const char *file_system(const char *folder)
{
    static const struct {
        long magic;
        const char *name;
    } known[] = {{0xEF53, "ext4"},
                 {0x58465342, "xfs"},
                 {0x9123683E, "btrfs"},
                 {0x794C7630, "overlay"},
                 {0x01021994, "tmpfs: syncs cost nothing here"}};
    struct statfs stat_of;
    for (size_t i = 0; statfs(folder, &stat_of) == 0 && i < sizeof known / sizeof *known;
         i++) {
        if ((long)stat_of.f_type == known[i].magic)
            return known[i].name;
    }
    return "another file system";
}

/* One line about where this runs, and how busy others keep it. */
static void describe_machine(const char *folder, char out[static MACHINE_MAX])
{
    char line[256], model[128] = "unknown processor";
    struct utsname system = {0};
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "model name : %127[^\n]", model) == 1)
            break;
    }
    if (file)
        fclose(file);
    uname(&system);
    double load = 0;
    getloadavg(&load, 1);
    snprintf(out, MACHINE_MAX,
             "%ld x %s, %s %s, databases on %s, load average %.1f when it began",
             sysconf(_SC_NPROCESSORS_ONLN), model, system.sysname, system.release,
             file_system(folder), load);
}

/* The servers' last words, for whoever wants to know why a section failed. */
static void print_log(const struct bench *bench)
{
    char path[BENCH_PATH_MAX], text[2048];
    bench_path(bench, "stderr.log", path);
    FILE *file = fopen(path, "r");
    if (!file)
        return;
    if (fseek(file, -(long)sizeof text, SEEK_END) != 0)
        rewind(file); /* shorter than that */
    size_t length = fread(text, 1, sizeof text, file);
    fwrite(text, 1, length, stderr);
    fclose(file);
}

/* Prints each section's rows as it ends; the seconds that each took go to `times`. */
static int run_sections(struct bench *bench, const struct options *options,
                        char times[static TIMES_MAX])
{
    int failures = 0;
    size_t length = 0;
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        if (!is_wanted(options, sections[i].name))
            continue;
        struct err err = {0};
        size_t from = bench->report.count;
        int64_t began_us = clock_monotonic_us();
        if (sections[i].run(bench, &err) != ST_OK) {
            fprintf(stderr, "bench: %s: %s\n", sections[i].name, err.text);
            print_log(bench);
            failures++;
        }
        report_print(&bench->report, from);
        double seconds = 1e-6 * (double)(clock_monotonic_us() - began_us);
        length += (size_t)snprintf(times + length, TIMES_MAX - length, " %s %.0f",
                                   sections[i].name, seconds);
    }
    return failures;
}

static bool all_known(const struct options *options)
{
    int known = 0;
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        for (int j = 0; j < options->wanted_count; j++)
            known += strcmp(options->wanted[j], sections[i].name) == 0;
    }
    return known == options->wanted_count;
}

static size_t repetitions_of(const struct options *options)
{
    if (options->repetitions == 0)
        return options->quick ? 1 : REPETITIONS;
    /* The page adds three values to a figure in each. */
    size_t max = REPETITIONS_MAX / 3;
    return options->repetitions < max ? options->repetitions : max;
}

/* So that each post to the database that grows holds as many points. */
static size_t points_of(const struct options *options)
{
    size_t round = GROWN_SERIES * GROWN_RECORDS;
    size_t points = options->points;
    if (points == 0)
        points = options->quick ? GROWN_POINTS / 10 : GROWN_POINTS;
    return points < round ? round : points / round * round;
}

/* A thousand viewers are a thousand sockets here and as many in a server. */
static void allow_sockets(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= FILES_WANTED)
        return;
    files.rlim_cur = files.rlim_max < FILES_WANTED ? files.rlim_max : FILES_WANTED;
    setrlimit(RLIMIT_NOFILE, &files);
}

/* All of the benchmark; the folder is there and is removed by somebody else. */
static int measure(const struct options *options, const char *folder)
{
    struct err err = {0};
    int64_t began_us = clock_monotonic_us();
    char machine[MACHINE_MAX], times[TIMES_MAX] = "";
    struct bench bench = {.epochd = options->epochd,
                          .self = "/proc/self/exe",
                          .folder = folder,
                          .repetitions = repetitions_of(options),
                          .quick = options->quick,
                          .points = points_of(options),
                          .fill_us_max = options->points ? 0 : FILL_US_MAX};
    allow_sockets();
    describe_machine(folder, machine);
    printf("%s\n\n", machine);
    enum status status = bench_serve_bare(&bench, &bench.bare, &err);
    int failures = 0;
    if (status == ST_OK) {
        failures = run_sections(&bench, options, times);
        status = bench_stop(&bench.bare, status, &err);
    }
    if (status == ST_OK)
        status = report_write(&bench.report, options->out, machine, &err);
    if (status != ST_OK)
        fprintf(stderr, "bench: %s\n", err.text);
    else
        printf("\n%.0f s (%s); written to %s\n",
               1e-6 * (double)(clock_monotonic_us() - began_us), times + 1, options->out);
    return status != ST_OK || failures > 0;
}

static int remove_entry(const char *path, const struct stat *stat_of, int type,
                        struct FTW *ftw)
{
    (void)stat_of, (void)type, (void)ftw;
    return remove(path);
}

/* Measures in a child, so that the folder goes away however that ends. Servers die with
   the child. */
static int measure_in_folder(const struct options *options)
{
    const char *parent = getenv("BENCH_DIR");
    if (!parent)
        parent = getenv("TMPDIR");
    char folder[256];
    snprintf(folder, sizeof folder, "%s/epochd-bench-XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(folder)) {
        fprintf(stderr, "bench: %s: %s\n", folder, strerror(errno));
        return EXIT_FAILURE;
    }
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        exit(measure(options, folder));
    }
    signal(SIGINT, SIG_IGN); /* ^C ends the child; then the folder is removed */
    int code = -1;
    if (child > 0)
        waitpid(child, &code, 0);
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    return WIFEXITED(code) ? WEXITSTATUS(code) : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    static const struct option known[] = {{"quick", no_argument, NULL, 'q'},
                                          {"repetitions", required_argument, NULL, 'r'},
                                          {"points", required_argument, NULL, 'p'},
                                          {"out", required_argument, NULL, 'o'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"bare", required_argument, NULL, 'b'},
                                          {0}};
    struct options options = {.out = "build/bench.json"};
    int option;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 'q': options.quick = true; break;
        case 'r': options.repetitions = strtoul(optarg, NULL, 10); break;
        case 'p': options.points = strtoul(optarg, NULL, 10); break;
        case 'o': options.out = optarg; break;
        case 'h': return usage(EXIT_SUCCESS);
        case 'b': return bare_serve(optarg); /* how this program starts that server */
        default: return usage(EXIT_FAILURE);
        }
    }
    if (optind == argc)
        return usage(EXIT_FAILURE);
    options.epochd = argv[optind];
    options.wanted = argv + optind + 1;
    options.wanted_count = argc - optind - 1;
    return all_known(&options) ? measure_in_folder(&options) : usage(EXIT_FAILURE);
}
