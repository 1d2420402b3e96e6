/* The ceiling of every request: libmicrohttpd with one epoll thread and nothing behind
   it. POST collects the body and answers as an accepted record is answered; POST /sync
   appends 4 KiB to a file and syncs it first; GET /bytes/N answers N bytes. */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

/* Serves until SIGTERM, like `epochd serve`: prints the line with the address. folder:
   where the file for /sync goes. Returns the exit code. */
int bare_serve(const char *folder);

#endif
