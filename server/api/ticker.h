/* The thread for what is due now and then. It wakes crowds of viewers of live streams;
   every 15 s it sends comment lines, which keep a quiet stream open through proxies and
   find viewers that are gone, and looks at the trash. */
#ifndef API_TICKER_H
#define API_TICKER_H

#include "base/err.h"

struct live;
struct retention;
struct ticker;
MUST_CHECK enum status ticker_start(struct live *live, struct retention *retention,
                                    struct ticker **out, struct err *err);
void ticker_stop(struct ticker *ticker); /* after live_close(); NULL is fine */

#endif
