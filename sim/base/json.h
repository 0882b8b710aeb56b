/* SPDX-License-Identifier: Apache-2.0 */
/* json.h - writes JSON into a struct text; two-space indentation, keys in the order given.
 *
 *     json_begin_object(&j); json_key(&j, "ok"); json_bool(&j, true); json_end_object(&j);
 *
 * Commas and new lines are the writer's; reals print as text_real; NaN and infinities as null. */
#ifndef SIM_BASE_JSON_H
#define SIM_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/text.h"

struct json {
    struct text *out;
    uint32_t depth;
    bool need_comma;
    bool after_key;
    bool compact;
    uint32_t compact_depth; /* depth at which json_compact was switched on */
};

void json_init(struct json *j, struct text *out);
void json_begin_object(struct json *j);
void json_end_object(struct json *j);
void json_begin_array(struct json *j);
void json_end_array(struct json *j);
/* Arrays and objects begun from here on take one line each, until switched off. */
void json_compact(struct json *j, bool on);
void json_key(struct json *j, const char *key);
void json_string(struct json *j, const char *value);
void json_u64(struct json *j, uint64_t value);
void json_i64(struct json *j, int64_t value);
void json_real(struct json *j, double value);
void json_bool(struct json *j, bool value);
void json_null(struct json *j);
void json_raw(struct json *j, const char *value); /* text that is JSON already */
void json_hex64(struct json *j, uint64_t value);  /* 16 hex digits as a string */

/* A key with its value; no string is the empty one. */
static inline void json_key_u64(struct json *j, const char *key, uint64_t value)
{
    json_key(j, key);
    json_u64(j, value);
}

static inline void json_key_real(struct json *j, const char *key, double value)
{
    json_key(j, key);
    json_real(j, value);
}

static inline void json_key_bool(struct json *j, const char *key, bool value)
{
    json_key(j, key);
    json_bool(j, value);
}

static inline void json_key_string(struct json *j, const char *key, const char *value)
{
    json_key(j, key);
    json_string(j, value ? value : "");
}

#endif
