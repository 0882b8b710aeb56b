/* SPDX-License-Identifier: Apache-2.0 */
/* json.c - a JSON writer. */
#include "sim/base/json.h"

#include <math.h>

#include "sim/base/error.h"

void json_init(struct json *j, struct text *out)
{
    *j = (struct json) {.out = out};
}

static bool on_one_line(const struct json *j)
{
    return j->compact && j->depth > j->compact_depth;
}

static void new_line(struct json *j)
{
    text_add_bytes(j->out, "\n", 1);
    for (uint32_t i = 0; i < j->depth; i++) {
        text_add_bytes(j->out, "  ", 2);
    }
}

/* What stands between the text so far and a value or key that follows. */
static void separate(struct json *j)
{
    if (j->after_key) {
        j->after_key = false;
        return;
    }
    if (j->need_comma) {
        text_add_bytes(j->out, ",", 1);
    }
    if (j->depth == 0) {
        return;
    }
    if (!on_one_line(j)) {
        new_line(j);
    } else if (j->need_comma) {
        text_add_bytes(j->out, " ", 1);
    }
}

static void begin(struct json *j, const char *bracket)
{
    separate(j);
    text_add(j->out, bracket);
    j->depth++;
    j->need_comma = false;
}

static void end(struct json *j, const char *bracket)
{
    SIM_CHECK(j->depth > 0 && !j->after_key, "%s closes nothing", bracket);
    bool one_line = on_one_line(j);
    j->depth--;
    if (j->need_comma && !one_line) {
        new_line(j);
    }
    text_add(j->out, bracket);
    j->need_comma = true;
    if (j->depth == 0) {
        text_add_bytes(j->out, "\n", 1);
    }
}

void json_begin_object(struct json *j)
{
    begin(j, "{");
}

void json_end_object(struct json *j)
{
    end(j, "}");
}

void json_begin_array(struct json *j)
{
    begin(j, "[");
}

void json_end_array(struct json *j)
{
    end(j, "]");
}

void json_compact(struct json *j, bool on)
{
    j->compact = on;
    j->compact_depth = j->depth;
}

/* Length of the valid UTF-8 sequence at s, 0 when there is none. */
static size_t utf8_length(const unsigned char *s)
{
    static const struct {
        unsigned char first, last, low, high;
        unsigned char length;
    } forms[] = {{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
                 {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
                 {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
    if (s[0] < 0x80) {
        return 1;
    }
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (s[0] < forms[i].first || s[0] > forms[i].last) {
            continue;
        }
        if (s[1] < forms[i].low || s[1] > forms[i].high) {
            return 0;
        }
        for (size_t k = 2; k < forms[i].length; k++) {
            if ((s[k] & 0xc0) != 0x80) {
                return 0;
            }
        }
        return forms[i].length;
    }
    return 0;
}

static void add_quoted(struct text *out, const char *value)
{
    text_add_bytes(out, "\"", 1);
    const unsigned char *p = (const unsigned char *)value;
    while (*p) {
        size_t n = utf8_length(p);
        if (*p == '"' || *p == '\\') {
            text_printf(out, "\\%c", *p);
        } else if (*p == '\n') {
            text_add(out, "\\n");
        } else if (*p == '\t') {
            text_add(out, "\\t");
        } else if (*p < 0x20) {
            text_printf(out, "\\u%04x", (unsigned)*p);
        } else if (n == 0) {
            text_add(out, "\\ufffd"); /* a file name may hold any byte; JSON may not */
        } else {
            text_add_bytes(out, (const char *)p, n);
        }
        p += n ? n : 1;
    }
    text_add_bytes(out, "\"", 1);
}

void json_key(struct json *j, const char *key)
{
    SIM_CHECK(j->depth > 0 && !j->after_key, "key %s has no object to stand in", key);
    separate(j);
    add_quoted(j->out, key);
    text_add_bytes(j->out, ": ", 2);
    j->after_key = true;
    j->need_comma = true;
}

void json_raw(struct json *j, const char *value)
{
    separate(j);
    text_add(j->out, value);
    j->need_comma = true;
}

void json_string(struct json *j, const char *value)
{
    separate(j);
    add_quoted(j->out, value);
    j->need_comma = true;
}

void json_u64(struct json *j, uint64_t value)
{
    separate(j);
    text_printf(j->out, "%llu", (unsigned long long)value);
    j->need_comma = true;
}

void json_i64(struct json *j, int64_t value)
{
    separate(j);
    text_printf(j->out, "%lld", (long long)value);
    j->need_comma = true;
}

void json_real(struct json *j, double value)
{
    char buf[TEXT_REAL_MAX];
    json_raw(j, isfinite(value) ? text_real(buf, value) : "null");
}

void json_bool(struct json *j, bool value)
{
    json_raw(j, value ? "true" : "false");
}

void json_null(struct json *j)
{
    json_raw(j, "null");
}

void json_hex64(struct json *j, uint64_t value)
{
    separate(j);
    text_printf(j->out, "\"%016llx\"", (unsigned long long)value);
    j->need_comma = true;
}
