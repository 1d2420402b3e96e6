#include "curves/diagnosis/judge.h"
#include "curves/diagnosis/report.h"

#include <stdio.h>
#include <string.h>

#define LOOKS_MAX 200

enum { SETS_MAX = 32, RULES_MAX = 40 };

struct set {
    const char *name;
    bool healthy;
    unsigned runs, live; /* live: runs that were warned of while they went on */
    unsigned warned[RULES_MAX], told[RULES_MAX];
};

static struct set *set_of(struct set *sets, const struct labelled_run *run)
{
    const char *name = *run->set ? run->set : "logs";
    size_t i = 0;
    while (i + 1 < SETS_MAX && sets[i].name && strcmp(sets[i].name, name))
        i++;
    sets[i].name = name;
    sets[i].healthy = run->healthy;
    return &sets[i];
}

static void count_run(const struct labelled_run *run, struct set *set)
{
    struct diagnosis diagnosis;
    judge_end(run, NULL, &diagnosis);
    set->runs++;
    for (size_t i = 0; rules[i] && i < RULES_MAX; i++) {
        const struct finding *finding = judge_find(&diagnosis, rules[i]->name);
        set->told[i] += finding != NULL;
        set->warned[i] += finding && finding->severity >= SEVERITY_WARNING;
    }
    if (!run->healthy)
        return;
    struct live live;
    judge_live(run, NULL, LOOKS_MAX, &live);
    set->live += live.warned >= 0;
    if (live.warned >= 0)
        printf("  warned of a healthy run: %.100s: %s at evaluation %lld of %zu\n",
               run->id, live.by->name, (long long)live.warned + 1, live.evaluations);
}

static void print_set(const struct set *set)
{
    printf("%-34s %4u runs", set->name, set->runs);
    if (set->healthy)
        printf(", %u warned of while they went on", set->live);
    printf(":");
    for (size_t i = 0; rules[i] && i < RULES_MAX; i++) {
        bool absent = !strncmp(rules[i]->name, "no_", 3); /* what a log lacks */
        if (set->told[i] && !absent)
            printf(" %s %u+%u", rules[i]->name, set->warned[i],
                   set->told[i] - set->warned[i]);
    }
    printf("\n");
}

void report_sets(const struct runs *runs)
{
    static struct set sets[SETS_MAX];
    printf(
        "\nsets, whole runs: how many have a warning or an error + only information of a "
        "rule\n");
    for (size_t i = 0; i < runs->count; i++)
        count_run(&runs->run[i], set_of(sets, &runs->run[i]));
    for (size_t i = 0; i < SETS_MAX && sets[i].name; i++)
        print_set(&sets[i]);
}
