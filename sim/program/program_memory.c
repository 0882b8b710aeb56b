/* SPDX-License-Identifier: Apache-2.0 */
/* program_memory.c - no line of memory holds two things at a time.
 *
 *     kernel  0      1      2      3        a place is in use from the kernel that writes it to the last that reads it;
 *     chunk a |==write===read==|            results from then on, sources, what other chips push, and all without a
 *     chunk b                  |==write=    stream: for ever. b may take the lines of a */
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/program/program_rules.h"

#define FOR_EVER UINT32_MAX

struct place {
    uint32_t line, lines;
    uint32_t birth, death; /* kernels, both included */
    uint32_t chunk;
};

struct places {
    VEC(struct place, places);
    uint32_t *border; /* all first lines and ends, ascending, once each */
    size_t n_borders;
    uint32_t *free_from; /* per stretch between borders: kernel from which on it is free */
};

static int by_line(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static int by_birth(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->birth != y->birth)
        return x->birth < y->birth ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

static void collect(const struct rules *r, uint32_t chip, struct places *s)
{
    const struct chip_program *c = &r->p->chip[chip];
    for (size_t i = 0; i < c->n_sources; i++)
        *VEC_PUSH(s, places) =
            (struct place) {c->sources[i].line, c->sources[i].lines, 0, FOR_EVER, c->sources[i].chunk};
    for (size_t i = 0; i < r->n_written; i++) {
        const struct written *w = &r->written[i];
        if (w->home != chip)
            continue;
        bool stream = r->p->stream && w->from == chip;
        *VEC_PUSH(s, places) = (struct place) {.line = w->piece->line,
                                               .lines = w->piece->lines,
                                               .birth = stream ? w->birth : 0,
                                               .death = stream && !w->piece->through ? w->last_read : FOR_EVER,
                                               .chunk = w->piece->chunk};
    }
}

static void find_borders(struct places *s)
{
    size_t n = 0;
    s->border = mem_alloc_array(2 * s->n_places, sizeof *s->border);
    for (size_t i = 0; i < s->n_places; i++) {
        s->border[n++] = s->places[i].line;
        s->border[n++] = s->places[i].line + s->places[i].lines;
    }
    qsort(s->border, n, sizeof *s->border, by_line);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || s->border[i] != s->border[i - 1])
            s->border[s->n_borders++] = s->border[i];
    s->free_from = mem_alloc_array(s->n_borders, sizeof *s->free_from);
}

static size_t stretch_at(const struct places *s, uint32_t line)
{
    const uint32_t *at = bsearch(&line, s->border, s->n_borders, sizeof line, by_line);
    return (size_t)(at - s->border);
}

static void check_chip(const struct rules *r, uint32_t chip)
{
    struct places s = {0};
    collect(r, chip, &s);
    if (s.n_places == 0)
        return;
    find_borders(&s);
    qsort(s.places, s.n_places, sizeof *s.places, by_birth);
    for (size_t i = 0; i < s.n_places; i++) {
        const struct place *x = &s.places[i];
        for (size_t k = stretch_at(&s, x->line); s.border[k] < x->line + x->lines; k++) {
            SIM_CHECK(s.free_from[k] <= x->birth, "chip %u: chunk %u lies in line %u, which is in use", chip, x->chunk,
                      s.border[k]);
            s.free_from[k] = x->death == FOR_EVER ? FOR_EVER : x->death + 1;
        }
    }
    free(s.places);
    free(s.border);
    free(s.free_from);
}

void rules_memory(struct rules *r)
{
    for (uint32_t chip = 0; chip < r->p->chips; chip++)
        check_chip(r, chip);
}
