/* The shapes of docs/api.md for the OpenAPI document, as tables of fields. */
#ifndef API_OPENAPI_SCHEMAS_H
#define API_OPENAPI_SCHEMAS_H

#include "base/json_out.h"

/* A type is "string", "integer", "boolean", "object", "time" (RFC 3339), "any", or the
   name of a shape with a capital letter; "Number" is a double, non-finite ones as words.
   "[]" in front makes an array of it, "{}" a map to it, "?" behind lets it be null; "A|B"
   is either. */
void openapi_write_type(struct json_out *json, const char *type);

/* components/schemas: one object with every shape. */
void openapi_write_schemas(struct json_out *json);

#endif
