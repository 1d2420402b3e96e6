/* The ceiling of every request: libmicrohttpd with one epoll thread and nothing behind
   it. POST collects the body and answers as an accepted record is answered;

   POST /sync       appends 4 KiB to a file and syncs it first;
   POST /journal    answers once the body is in the journal (bare_journal.h);
   POST /event      tells the body to every viewer (bare_events.h);
   GET /events      is a viewer's event stream;
   GET /bytes/N     answers N bytes. */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

/* Serves until SIGTERM, like `epochd serve`: prints the line with the address. folder:
   where the file for /sync and the journal go. Returns the exit code. */
int bare_serve(const char *folder);

#endif
