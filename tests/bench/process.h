/* A server under test: a child process that prints where it listens. */
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include "base/err.h"

#include <stdint.h>
#include <sys/types.h>

struct process {
    pid_t pid;
    int out; /* its stdout */
    uint16_t port;
    int64_t started_us;   /* monotonic, just before the fork */
    int64_t listening_us; /* when its line "... listening on http://HOST:PORT" was here */
};

/* Starts argv[0] with stderr appended to the file `log` and waits for the line. The child
   dies with its parent. */
MUST_CHECK enum status process_start(char *const argv[], const char *log,
                                     struct process *out, struct err *err);
/* Asks it to end and waits; kills it when it takes too long. ST_FAILED when it did not
   end by itself with exit code 0. A process that was not started is fine. */
enum status process_stop(struct process *process, struct err *err);

/* A line of /proc/PID/status: "VmRSS" (now) or "VmHWM" (at most so far); -1 on failure.
 */
long process_memory_kib(const struct process *process, const char *line);
/* What it has computed so far, in user and kernel mode; counted in ticks of 10 ms. Unlike
   rates and latencies this hardly depends on what else the machine does. */
double process_cpu_seconds(const struct process *process);
double process_own_cpu_seconds(void); /* of this process, the client */
/* Waits until the server has written nothing to the disk for a while: what is left to do
   after an answer is done. Gives up after some seconds. Returns when it last wrote,
   monotonic; `since_us` when it did not. */
int64_t process_rest(const struct process *process, int64_t since_us);

#endif
