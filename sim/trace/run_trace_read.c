/* SPDX-License-Identifier: Apache-2.0 */
/* run_trace_read.c - a trace from its text. The file is not trusted: arrays grow with the lines that are there. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/text.h"
#include "sim/schedule/bps_layout.h"
#include "sim/schedule/schedule_check.h"
#include "sim/trace/in_stream.h"
#include "sim/trace/run_trace.h"
#include "sim/trace/run_trace_text.h"

struct reader {
    struct in_stream *in;
    struct run_trace *t;
    uint64_t programs;
};

/* A line that must be there. */
static char *want_line(struct reader *r, const char *what)
{
    char *line = in_line(r->in);
    if (!line) {
        in_refuse(r->in, "the file ends where %s should follow", what);
    }
    return line;
}

/* Cuts the next word off; NULL when there is none. */
static char *next_word(char **line)
{
    char *word = *line;
    if (!word || !*word) {
        return NULL;
    }
    char *space = strchr(word, ' ');
    *line = space ? space + 1 : NULL;
    if (space) {
        *space = '\0';
    }
    return word;
}

static bool next_number(char **line, uint64_t *value)
{
    char *word = next_word(line);
    return word && text_parse_u64(word, value) == 0;
}

static bool next_hex(char **line, uint64_t *value)
{
    char *word = next_word(line);
    if (!word || strlen(word) != 16 || strspn(word, "0123456789abcdef") != 16) {
        return false;
    }
    *value = strtoull(word, NULL, 16);
    return true;
}

static bool next_is(char **line, const char *expected)
{
    char *word = next_word(line);
    return word && strcmp(word, expected) == 0;
}

static int read_head(struct reader *r)
{
    uint64_t version = 0;
    uint64_t recorded;
    char *line = want_line(r, "the first line");
    if (!line) {
        return SIM_ERR_INPUT;
    }
    if (!next_is(&line, TRACE_MAGIC) || !next_number(&line, &version)) {
        return in_refuse(r->in, "not a trace: it does not begin with \"%s %u\"", TRACE_MAGIC, TRACE_VERSION);
    }
    if (version != TRACE_VERSION) {
        return in_refuse(r->in, "version %" PRIu64 "; this program reads version %u", version, TRACE_VERSION);
    }
    line = want_line(r, "\"run\"");
    if (!line || !next_is(&line, "run") || !next_number(&line, &r->t->makespan) ||
        !next_hex(&line, &r->t->output_checksum) || !next_hex(&line, &r->t->numeric_checksum)) {
        return in_refuse(r->in, "\"run MAKESPAN CHECKSUM CHECKSUM\" should stand here");
    }
    line = want_line(r, "\"programs\"");
    if (!line || !next_is(&line, "programs") || !next_number(&line, &r->programs) || !next_is(&line, "recorded") ||
        !next_number(&line, &recorded) || r->programs < 1 || r->programs > BPS_MAX_PROGRAMS ||
        recorded >= r->programs) {
        return in_refuse(r->in, "\"programs N recorded P\" should stand here, N in 1..%u, P below N", BPS_MAX_PROGRAMS);
    }
    return SIM_OK;
}

/* A name is used to make a file: no folders, nothing hidden. */
static bool good_name(const char *name)
{
    return name && *name && *name != '.' && !strchr(name, '/') && strlen(name) < 200;
}

static int read_file(struct reader *r, char *rest)
{
    uint64_t bytes = 0;
    if (!next_number(&rest, &bytes) || bytes > TRACE_FILE_MAX || !good_name(rest) || r->t->n_files == TRACE_FILES_MAX) {
        return in_refuse(r->in, "\"file BYTES NAME\" should stand here, at most %u of them", TRACE_FILES_MAX);
    }
    char *name = mem_strdup(rest);
    char *data = in_bytes(r->in, bytes);
    if (data) {
        *VEC_PUSH(r->t, files) = (struct trace_file) {.name = name, .data = data, .bytes = bytes};
    } else {
        free(name);
        return SIM_ERR_INPUT;
    }
    char *line = want_line(r, "the end of a file");
    return line && !*line ? SIM_OK : in_refuse(r->in, "file %s does not end where it should", name);
}

static int read_field(struct reader *r, const struct bps_field *f, unsigned char *item, char **line)
{
    char *word = next_word(line);
    uint64_t value = 0;
    if (!word) {
        return in_refuse(r->in, "%s is missing", f->name);
    }
    bool none = strcmp(word, TRACE_NONE) == 0;
    if (f->kind == BPS_HASH) {
        size_t n = none ? 0 : strlen(word);
        if (n != 0 && (n != BPS_HASH_BYTES || strspn(word, "0123456789abcdef") != n)) {
            return in_refuse(r->in, "%s: %.20s is no SHA-256", f->name, word);
        }
        snprintf((char *)item + f->offset, BPS_HASH_BYTES + 1, "%s", none ? "" : word);
        return SIM_OK;
    }
    if (f->kind == BPS_U32 && (none || strcmp(word, TRACE_CONTROL) == 0)) {
        value = none ? SCHED_NONE : SCHED_CONTROL;
    } else if (text_parse_u64(word, &value) || (f->kind == BPS_U32 && value > UINT32_MAX) ||
               (f->kind == BPS_BOOL && value > 1)) {
        return in_refuse(r->in, "%s: %.40s is no number that may stand there", f->name, word);
    }
    uint32_t narrow = (uint32_t)value;
    bool bit = value != 0;
    const void *from = f->kind == BPS_U64 ? (const void *)&value : f->kind == BPS_U32 ? (const void *)&narrow : &bit;
    memcpy(item + f->offset, from, f->kind == BPS_U64 ? 8 : f->kind == BPS_U32 ? 4 : sizeof bit);
    return SIM_OK;
}

static int read_record(struct reader *r, const struct bps_section *c, unsigned char *item)
{
    char *line = want_line(r, c->tag);
    for (uint32_t k = 0; line && k < c->n_fields; k++) {
        if (read_field(r, &c->fields[k], item, &line)) {
            return SIM_ERR_INPUT;
        }
        if (!line && k + 1 < c->n_fields) {
            return in_refuse(r->in, "%s: %s is missing", c->tag, c->fields[k + 1].name);
        }
    }
    if (line) {
        return in_refuse(r->in, "%s: something follows the last field: %.40s", c->tag, line);
    }
    return in_failed(r->in) ? SIM_ERR_INPUT : SIM_OK;
}

static int read_section_head(struct reader *r, const struct bps_section *c, uint64_t *count)
{
    char *line = want_line(r, c->tag);
    if (!line || !next_is(&line, c->tag) || !next_number(&line, count) || line || *count > UINT32_MAX - 2 ||
        (c->single && *count != 1)) {
        return in_refuse(r->in, "\"%s COUNT\" should stand here", c->tag);
    }
    return SIM_OK;
}

/* The array's three fields in its owner always agree, so the schedule can be freed at any time. */
static int read_section(struct reader *r, const struct bps_section *c, unsigned char *owner)
{
    uint64_t count = 0;
    if (read_section_head(r, c, &count)) {
        return SIM_ERR_INPUT;
    }
    if (c->single) {
        return read_record(r, c, owner + c->items);
    }
    unsigned char *items = NULL;
    size_t capacity = 0;
    int rc = SIM_OK;
    size_t n = 0;
    for (; rc == SIM_OK && n < count; n++) {
        items = vec_grow(items, &capacity, n + 1, c->struct_bytes);
        memset(items + n * c->struct_bytes, 0, c->struct_bytes);
        rc = read_record(r, c, items + n * c->struct_bytes);
    }
    memcpy(owner + c->items, &items, sizeof items);
    memcpy(owner + c->count, &n, sizeof n);
    memcpy(owner + c->capacity, &capacity, sizeof capacity);
    return rc;
}

/* Strings come before the links that the later ones belong to. */
struct strings {
    VEC(char *, s);
};

static int read_strings(struct reader *r, struct strings *strings)
{
    uint64_t count = 0;
    if (read_section_head(r, &bps_sections[SECTION_TEXT], &count)) {
        return SIM_ERR_INPUT;
    }
    for (uint64_t i = 0; i < count; i++) {
        char *line = want_line(r, "a string");
        if (!line) {
            return SIM_ERR_INPUT;
        }
        for (const char *p = line; *p; p++) {
            if ((unsigned char)*p < 0x20 || *p == 0x7f || p - line > (long)BPS_MAX_STRING) {
                return in_refuse(r->in, "the string is too long or holds control characters");
            }
        }
        *VEC_PUSH(strings, s) = mem_strdup(line);
    }
    return SIM_OK;
}

static int give_strings(struct reader *r, struct strings *strings)
{
    struct schedule *s = &r->t->schedule;
    char **owner[BPS_META_STRINGS] = {&s->policy, &s->start, &s->work_name, &s->lower_bound_by};
    if (strings->n_s != BPS_META_STRINGS + s->machine.n_links) {
        return in_refuse(r->in, "%zu strings for %zu links", strings->n_s, s->machine.n_links);
    }
    for (size_t i = 0; i < strings->n_s; i++) {
        *(i < BPS_META_STRINGS ? owner[i] : &s->machine.links[i - BPS_META_STRINGS].id) = strings->s[i];
        strings->s[i] = NULL;
    }
    return SIM_OK;
}

static int read_tables(struct reader *r)
{
    struct strings strings = {0};
    int rc = SIM_OK;
    for (int i = SECTION_META; rc == SIM_OK && i < SECTION_PROG; i++) {
        rc = i == SECTION_TEXT ? read_strings(r, &strings)
                               : read_section(r, &bps_sections[i], (unsigned char *)&r->t->schedule);
    }
    rc = rc ? rc : give_strings(r, &strings);
    for (size_t i = 0; i < strings.n_s; i++) {
        free(strings.s[i]);
    }
    free(strings.s);
    return rc;
}

static int read_program(struct reader *r, uint64_t number)
{
    uint64_t found;
    char *line = want_line(r, "a program");
    if (!line || !next_is(&line, "program") || !next_number(&line, &found) || line || found != number) {
        return in_refuse(r->in, "\"program %" PRIu64 "\" should stand here", number);
    }
    struct sched_program *p = VEC_PUSH(&r->t->schedule, programs);
    memset(p, 0, sizeof *p);
    for (int i = SECTION_PROG; i < SECTION_COUNT; i++) {
        if (read_section(r, &bps_sections[i], (unsigned char *)p)) {
            return SIM_ERR_INPUT;
        }
    }
    return SIM_OK;
}

static int read_files(struct reader *r)
{
    uint64_t count = 0;
    char *line = want_line(r, "\"files\"");
    if (!line || !next_is(&line, "files") || !next_number(&line, &count) || line || count > TRACE_FILES_MAX) {
        return in_refuse(r->in, "\"files COUNT\" should stand here, COUNT at most %u", TRACE_FILES_MAX);
    }
    for (uint64_t i = 0; i < count; i++) {
        line = want_line(r, "\"file\"");
        if (!line || !next_is(&line, "file")) {
            return in_refuse(r->in, "\"file BYTES NAME\" should stand here");
        }
        if (read_file(r, line)) {
            return SIM_ERR_INPUT;
        }
    }
    return SIM_OK;
}

static int read_end(struct reader *r)
{
    char *line = want_line(r, "\"end\"");
    if (!line || strcmp(line, "end") != 0) {
        return in_refuse(r->in, "\"end\" should stand here");
    }
    if (in_line(r->in)) {
        return in_refuse(r->in, "something follows the end");
    }
    return in_failed(r->in) ? SIM_ERR_INPUT : SIM_OK;
}

static int check_sense(struct reader *r)
{
    struct sched_fault fault;
    if (schedule_check(&r->t->schedule, &fault)) {
        return SIM_OK;
    }
    return in_refuse(r->in, "the trace makes no sense: section %s: %s", fault.section, fault.message);
}

int run_trace_read(struct run_trace *t, const char *path, struct diag *d)
{
    struct reader r = {.t = t};
    run_trace_init(t);
    int rc = in_open(&r.in, path, d);
    if (rc) {
        return rc;
    }
    rc = read_head(&r);
    rc = rc ? rc : read_files(&r);
    rc = rc ? rc : read_tables(&r);
    for (uint64_t i = 0; rc == SIM_OK && i < r.programs; i++) {
        rc = read_program(&r, i);
    }
    rc = rc ? rc : read_end(&r);
    rc = rc ? rc : check_sense(&r);
    in_close(r.in);
    return rc;
}
