/* The table of everything epochd serves. */
#ifndef API_ROUTES_H
#define API_ROUTES_H

#include "http/route.h"

extern const struct route routes[];
extern const size_t route_count;

#endif
