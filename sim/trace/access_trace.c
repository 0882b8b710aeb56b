/* SPDX-License-Identifier: Apache-2.0 */
/* access_trace.c - lines of a trace of memory accesses. */
#include "sim/trace/access_trace.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/text.h"
#include "sim/trace/in_stream.h"

#define FIELDS 5u

struct reader {
    const char *path;
    struct diag *d;
    uint32_t line, requesters;
    uint32_t mistakes;
    uint64_t *latest; /* per requester: greatest cycle so far */
};

struct field {
    char *text;
    uint32_t col;
};

#define REFUSE(r, f, ...)                                                                                              \
    do {                                                                                                               \
        if ((r)->mistakes++ < ACCESS_MISTAKES)                                                                         \
            diag_add((r)->d, (r)->path, (r)->line, (f)->col, "", __VA_ARGS__);                                         \
    } while (0)

/* Lines and fields are short: loops here are over before a call of strspn has begun. */
static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Splits in place; what follows a # is a comment. Returns the number of fields, at most FIELDS + 1. */
static uint32_t split(char *line, struct field *fields)
{
    uint32_t n = 0;
    for (char *at = line; n <= FIELDS;) {
        while (is_blank(*at))
            at++;
        if (!*at || *at == '#')
            break;
        fields[n++] = (struct field) {at, (uint32_t)(at - line) + 1};
        while (*at && *at != '#' && !is_blank(*at))
            at++;
        bool comment = *at == '#';
        if (*at)
            *at++ = '\0';
        if (comment)
            break;
    }
    return n;
}

static void read_requester(struct reader *r, const struct field *f, struct memory_access *a)
{
    uint64_t number = 0;
    const char *digits = f->text + (*f->text == 'u');
    if (text_parse_u64(digits, &number) || number >= r->requesters)
        REFUSE(r, f, "%.40s is no requester; there are u0 to u%" PRIu32, f->text, r->requesters - 1);
    else
        a->requester = (uint16_t)number;
}

static void read_cycle(struct reader *r, const struct field *f, struct memory_access *a)
{
    a->dependent = strcmp(f->text, "-") == 0;
    if (a->dependent)
        return;
    if (text_parse_u64(f->text, &a->cycle) || a->cycle >= ACCESS_CYCLES) {
        REFUSE(r, f, "%.40s is neither - nor a cycle below %" PRIu64, f->text, ACCESS_CYCLES);
        a->cycle = 0;
    }
}

static void read_kind(struct reader *r, const struct field *f, struct memory_access *a)
{
    a->write = strcmp(f->text, "w") == 0;
    if (!a->write && strcmp(f->text, "r") != 0)
        REFUSE(r, f, "%.40s is neither r nor w", f->text);
}

static bool hex_digit(char c, uint64_t *digit)
{
    if (c >= '0' && c <= '9')
        *digit = (uint64_t)(c - '0');
    else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
        *digit = (uint64_t)((c | 0x20) - 'a') + 10;
    else
        return false;
    return true;
}

static bool parse_hex(const char *s, uint64_t *value)
{
    uint64_t digit;
    if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
        s += 2;
    *value = 0;
    const char *at = s;
    while (hex_digit(*at, &digit)) {
        *value = *value << 4 | digit;
        at++;
    }
    return at > s && at - s <= 16 && !*at;
}

static void read_place(struct reader *r, const struct field *f, uint32_t n, struct memory_access *a)
{
    uint64_t address = 0, size = 4;
    if (n == FIELDS && (text_parse_u64(f[4].text, &size) || size == 0 || size > ACCESS_SIZE)) {
        REFUSE(r, &f[4], "%.40s is no size from 1 to %u bytes", f[4].text, ACCESS_SIZE);
        size = 1;
    }
    if (!parse_hex(f[3].text, &address))
        REFUSE(r, &f[3], "%.40s is no hexadecimal address", f[3].text);
    else if (address >= ACCESS_MEMORY || size > ACCESS_MEMORY - address)
        REFUSE(r, &f[3], "the access ends beyond the memory of %" PRIu64 " GiB", ACCESS_MEMORY >> 30);
    a->address = (uint32_t)address;
    a->size = (uint32_t)size;
}

static void read_access(struct reader *r, struct access_trace *t, char *line)
{
    struct field f[FIELDS + 1];
    struct memory_access a = {.source = r->line};
    uint32_t n = split(line, f), before = r->mistakes;
    if (n == 0)
        return;
    if (n < FIELDS - 1 || n > FIELDS) {
        REFUSE(r, &f[n > FIELDS ? FIELDS : n - 1], "a line is: cycle|- requester r|w address-hex [size]");
        return;
    }
    read_cycle(r, &f[0], &a);
    read_requester(r, &f[1], &a);
    read_kind(r, &f[2], &a);
    read_place(r, f, n, &a);
    if (r->mistakes > before)
        return;
    if (!a.dependent && a.cycle < r->latest[a.requester])
        REFUSE(r, &f[0], "cycle %" PRIu64 " comes after cycle %" PRIu64 " of u%u", a.cycle, r->latest[a.requester],
               a.requester);
    else if (!a.dependent)
        r->latest[a.requester] = a.cycle;
    *VEC_PUSH(t, accesses) = a;
}

int access_trace_read(struct access_trace *t, const char *path, uint32_t requesters, struct diag *d)
{
    struct in_stream *in;
    struct reader r = {.path = path, .d = d, .requesters = requesters};
    memset(t, 0, sizeof *t);
    int rc = in_open(&in, path, d);
    if (rc)
        return rc;
    r.latest = mem_alloc_array(requesters, sizeof *r.latest);
    for (char *line; (line = in_text_line(in));) {
        r.line++;
        read_access(&r, t, line);
        if (t->n_accesses == UINT32_MAX / 64) {
            in_refuse(in, "more than %zu accesses", t->n_accesses - 1);
            break;
        }
    }
    if (r.mistakes > ACCESS_MISTAKES)
        diag_add(d, path, 0, 0, "", "and %" PRIu32 " more mistakes", r.mistakes - ACCESS_MISTAKES);
    bool failed = in_failed(in) || r.mistakes > 0;
    if (!failed && t->n_accesses == 0) {
        diag_add(d, path, 0, 0, "", "holds no access");
        failed = true;
    }
    in_close(in);
    free(r.latest);
    return failed ? SIM_ERR_INPUT : SIM_OK;
}

void access_trace_free(struct access_trace *t)
{
    free(t->accesses);
    memset(t, 0, sizeof *t);
}
