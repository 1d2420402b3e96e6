/* Loaded before libc (LD_PRELOAD) it puts the wall clock AHEAD_S seconds ahead: a test
   need not wait for a job to go quiet. */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (!result && clock == CLOCK_REALTIME)
        now->tv_sec += AHEAD_S;
    return result;
}
