#include "api/routes.h"

#include "api/handlers.h"
#include "api/schedule_json.h"
#include "base/limits.h"

/* A body up to this is parsed where it arrives: handing it to a worker costs more. */
#define EPOCHS_INLINE_BYTES (64 << 10)

#define PARAMS(...)         ((const char *const[]){__VA_ARGS__, NULL})

/* schedule_param_names and "steps": one list, because a table has no way to add. */
