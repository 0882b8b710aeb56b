/* SPDX-License-Identifier: Apache-2.0 */
/* vcd_reader.h - an independent reader of value change dumps for tests: every change as
 * "time full.name value", sorted by time, then name; plain or gzip. */
#ifndef TESTS_UNIT_TRACE_VCD_READER_H
#define TESTS_UNIT_TRACE_VCD_READER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "sim/base/mem.h"
#include "sim/base/text.h"

struct read_change {
    uint64_t time;
    char *name;
    char value[72];
};

struct read_vcd {
    VEC(struct read_change, changes);
    char *ids[4096], *names[4096];
    size_t n_names;
    size_t scalar_bytes, scalar_changes; /* of the lines after the header */
    size_t vector_over;                  /* longest vector line beyond its bits */
    uint64_t end;
};

static char *slurp(const char *path)
{
    gzFile f = gzopen(path, "rb");
    struct text t = {0};
    char buffer[4096];
    int n;
    if (!f) {
        return NULL;
    }
    while ((n = gzread(f, buffer, sizeof buffer)) > 0) {
        text_add_bytes(&t, buffer, (size_t)n);
    }
    gzclose(f);
    return t.s ? t.s : mem_strdup("");
}

static const char *name_of(const struct read_vcd *v, const char *id)
{
    for (size_t i = 0; i < v->n_names; i++) {
        if (strcmp(v->ids[i], id) == 0) {
            return v->names[i];
        }
    }
    return NULL;
}

static int by_time_and_name(const void *a, const void *b)
{
    const struct read_change *x = a;
    const struct read_change *y = b;
    if (x->time != y->time) {
        return x->time < y->time ? -1 : 1;
    }
    return strcmp(x->name, y->name);
}

static void read_header_line(struct read_vcd *v, char *line, char *scope)
{
    char name[256];
    char id[16];
    unsigned bits;
    if (sscanf(line, "$scope module %255s", name) == 1) {
        snprintf(scope + strlen(scope), 512 - strlen(scope), "%s.", name);
    } else if (strncmp(line, "$upscope", 8) == 0) {
        scope[strlen(scope) - 1] = '\0';
        char *dot = strrchr(scope, '.');
        *(dot ? dot + 1 : scope) = '\0';
    } else if (sscanf(line, "$var wire %u %15s %255s", &bits, id, name) == 3) {
        char *bracket = strchr(name, '[');
        if (bracket) {
            *bracket = '\0';
        }
        v->ids[v->n_names] = mem_strdup(id);
        v->names[v->n_names++] = mem_printf("%s%s", scope, name);
    }
}

/* Leading zeros mean nothing; a value of zero is "0". */
static void normalise(char out[72], const char *bits, size_t n)
{
    while (n > 1 && *bits == '0') {
        bits++;
        n--;
    }
    snprintf(out, 72, "%.*s", (int)n, bits);
}

static void read_value_line(struct read_vcd *v, const char *line, uint64_t time)
{
    struct read_change c = {.time = time};
    const char *id;
    if (line[0] == 'b') {
        size_t n = strcspn(line, " ");
        normalise(c.value, line + 1, n - 1);
        id = line + n + 1;
        size_t over = strlen(line) + 1 - (n - 1);
        v->vector_over = over > v->vector_over ? over : v->vector_over;
    } else {
        normalise(c.value, line, 1);
        id = line + 1;
        v->scalar_bytes += strlen(line) + 1;
        v->scalar_changes++;
    }
    const char *name = name_of(v, id);
    if (name) {
        c.name = mem_strdup(name);
        *VEC_PUSH(v, changes) = c;
    }
}

static struct read_vcd *read_vcd(const char *path)
{
    char *s = slurp(path);
    if (!s) {
        return NULL;
    }
    struct read_vcd *v = mem_alloc(sizeof *v);
    char scope[512] = "";
    uint64_t time = 0;
    bool header = true;
    for (char *line = strtok(s, "\n"); line; line = strtok(NULL, "\n")) {
        if (header) {
            header = strncmp(line, "$enddefinitions", 15) != 0;
            read_header_line(v, line, scope);
        } else if (line[0] == '#') {
            time = strtoull(line + 1, NULL, 10);
            v->end = time;
        } else if (line[0] != '$') {
            read_value_line(v, line, time);
        }
    }
    if (v->n_changes) {
        qsort(v->changes, v->n_changes, sizeof *v->changes, by_time_and_name);
    }
    free(s);
    return v;
}

static void read_vcd_free(struct read_vcd *v)
{
    for (size_t i = 0; i < v->n_changes; i++) {
        free(v->changes[i].name);
    }
    for (size_t i = 0; i < v->n_names; i++) {
        free(v->ids[i]);
        free(v->names[i]);
    }
    free(v->changes);
    free(v);
}

#endif
