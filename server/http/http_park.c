/* libmicrohttpd's rules: suspend only on the event thread; resume each suspension exactly
   once, from any thread; nothing is called for a suspended connection, so it cannot end
   meanwhile; stopping with one aborts the process.

   One atomic word holds the number of holders and two flags. Whoever moves it from PARKED
   to WOKEN resumes, nobody else, and does not touch the exchange after that. */
#include "http/http_private.h"

#include <assert.h>

enum {
    PARKED = 1, /* suspended */
    WOKEN = 2,  /* go on, now or when about to park */
    HOLDER = 4  /* times the number of holders */
};

void http_hold(struct http_private *p)
{
    atomic_fetch_add(&p->parking, HOLDER);
}

bool http_let_go(struct http_private *p)
{
    struct MHD_Connection *connection = p->connection;
    unsigned now = atomic_load(&p->parking), then;
    do {
        assert(now >= HOLDER);
        then = now - HOLDER;
        if (then < HOLDER)
            then = WOKEN;
    } while (!atomic_compare_exchange_weak(&p->parking, &now, then));
    if (then != WOKEN)
        return false;
    if (now & PARKED)
        MHD_resume_connection(connection);
    return true;
}

bool http_is_held(const struct http_private *p)
{
    return atomic_load(&p->parking) >= HOLDER;
}

bool http_is_held_once(const struct http_private *p)
{
    return atomic_load(&p->parking) / HOLDER == 1;
}

void http_park(struct http_private *p)
{
    struct MHD_Connection *connection = p->connection;
    MHD_suspend_connection(connection);
    unsigned now = atomic_load(&p->parking);
    do {
        if (now & WOKEN) {
            MHD_resume_connection(connection);
            return;
        }
    } while (!atomic_compare_exchange_weak(&p->parking, &now, now | PARKED));
}

void http_rearm(struct http_private *p)
{
    atomic_fetch_and(&p->parking, ~(unsigned)(PARKED | WOKEN));
}

void http_reserve(struct http_private *p)
{
    if (!p->held)
        atomic_fetch_add(&p->server->held, 1);
    p->held = true;
}

void http_unreserve(struct http_private *p)
{
    if (p->held)
        atomic_fetch_sub(&p->server->held, 1);
    p->held = false;
}

void http_defer(struct http_exchange *x)
{
    http_hold(x->private_);
}

void http_finish(struct http_exchange *x)
{
    http_let_go(x->private_);
}

void http_wake(struct http_exchange *x)
{
    struct http_private *p = x->private_;
    struct MHD_Connection *connection = p->connection;
    unsigned now = atomic_load(&p->parking);
    do {
        /* Before the answer there is nothing to wake: the source is read anyway. */
        if (now >= HOLDER)
            return;
    } while (!atomic_compare_exchange_weak(&p->parking, &now, WOKEN));
    if (now & PARKED)
        MHD_resume_connection(connection);
}
