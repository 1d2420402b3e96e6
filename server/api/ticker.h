/* The thread behind the comment lines of live streams: one every 15 s keeps a quiet
   stream open through proxies and finds viewers that are gone. */
#ifndef API_TICKER_H
#define API_TICKER_H

#include "base/err.h"

struct live;
struct ticker;
MUST_CHECK enum status ticker_start(struct live *live, struct ticker **out,
                                    struct err *err);
void ticker_stop(struct ticker *ticker); /* NULL is fine */

#endif
