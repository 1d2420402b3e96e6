/* Holds schedule_fit against logs whose schedule is known: labelled real ones, when the
   folder with them is given, and synthetic ones. Usage: bench_schedules [CURVES_FOLDER]
   [-v]; -v names every log that is not right. Never a pass or fail. */
#include "curves/schedules/sections.h"

#include <stdio.h>
#include <string.h>

bool verbose;

int main(int argc, char **argv)
{
    const char *folder = NULL;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "-v"))
            verbose = true;
        else
            folder = argv[i];
    }
    if (folder)
        real_logs(folder);
    synthetic_logs();
    stable_after();
    timings();
    return 0;
}
