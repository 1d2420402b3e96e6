/* How long schedule_fit takes on long logs. */
#include "curves/schedules/judge.h"
#include "curves/schedules/sections.h"

#include <stdio.h>
#include <string.h>

enum { RUNS = 7 };

static int64_t steps[SYNTHETIC_POINTS_MAX];
static double values[SYNTHETIC_POINTS_MAX];

/* Every step of one planned run of a type, as it is or rounded to 4 digits. */
static void whole_run(const struct recipe_type *type, size_t count, bool round)
{
    struct recipe recipe = {.total = 0};
    struct dice dice = {7};
    const char *why;
    do {
        recipe = (struct recipe){.total = 0};
        type->make(&dice, (double)count, &recipe);
    } while (schedule_check(&recipe.schedule, &why));
    for (size_t i = 0; i < count; i++) {
        double lr = schedule_lr(&recipe.schedule, (double)i);
        double unit = lr > 0 ? pow(10, floor(log10(lr)) - 3) : 1;
        steps[i] = (int64_t)i;
        values[i] = round ? rint(lr / unit) * unit : lr;
    }
}

static double fastest(size_t count)
{
    struct answer answer;
    struct series lr = {steps, values, count};
    double least = INFINITY;
    for (int run = 0; run < RUNS; run++) {
        answer_to(&lr, NULL, &answer);
        least = fmin(least, answer.ms);
    }
    return least;
}

void timings(void)
{
    printf("\nms of schedule_fit, comparison included (fastest of %d)\n%-28s %21s %21s\n",
           RUNS, "", "10,000 points", "100,000 points");
    printf("%-28s %10s %10s %10s %10s\n", "", "as it is", "4 digits", "as it is",
           "4 digits");
    for (size_t type = 0; type < recipe_type_count; type++) {
        if (!strcmp(recipe_types[type].name, "ReduceLROnPlateau"))
            continue; /* has no curve without losses */
        printf("%-28s", recipe_types[type].name);
        for (int i = 0; i < 4; i++) {
            size_t count = i < 2 ? 10000 : 100000;
            whole_run(&recipe_types[type], count, i % 2);
            printf(" %10.2f", fastest(count));
        }
        printf("\n");
    }
    for (size_t i = 0; i < SYNTHETIC_POINTS_MAX; i++) { /* what nothing explains */
        steps[i] = (int64_t)i;
        values[i] = 0.5 + 0.5 * sin((double)i * (double)i);
    }
    printf("%-28s %10.2f %10s %10.2f\n", "noise", fastest(10000), "",
           fastest(SYNTHETIC_POINTS_MAX));
}
