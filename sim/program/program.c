/* SPDX-License-Identifier: Apache-2.0 */
/* program.c - SMs of a program's CTAs; its end. */
#include "sim/program/program.h"

#include <stdlib.h>

#include "sim/base/error.h"

void server_program_free(struct server_program *p)
{
    for (uint32_t i = 0; p->chip && i < p->chips; i++) {
        struct chip_program *c = &p->chip[i];
        free(c->ctas);
        free(c->pieces);
        free(c->waits);
        free(c->signals);
        free(c->kernels);
        free(c->sources);
        free(c->unit_first);
        free(c->unit_ctas);
    }
    free(p->chip);
    free(p->groups);
    free(p->group_chips);
    arena_free(p->arena);
    *p = (struct server_program) {0};
}

static void place_chip(struct chip_program *c, const uint32_t *unit_of, uint32_t units)
{
    c->units = units;
    c->unit_first = mem_alloc_array(units + 1u, sizeof *c->unit_first);
    c->unit_ctas = mem_alloc_array(c->n_ctas + 1, sizeof *c->unit_ctas);
    for (size_t i = 0; i < c->n_ctas; i++) {
        uint32_t unit = unit_of[c->ctas[i].task];
        SIM_CHECK(unit < units, "task %u has SM %u of %u", c->ctas[i].task, unit, units);
        c->unit_first[unit + 1]++;
    }
    for (uint32_t u = 0; u < units; u++)
        c->unit_first[u + 1] += c->unit_first[u];
    uint32_t *at = mem_alloc_array(units, sizeof *at);
    for (size_t i = 0; i < c->n_ctas; i++) {
        uint32_t unit = unit_of[c->ctas[i].task];
        c->unit_ctas[c->unit_first[unit] + at[unit]++] = (uint32_t)i;
    }
    free(at);
}

void server_program_place(struct server_program *p, const uint32_t *unit_of, uint32_t units)
{
    for (uint32_t i = 0; i < p->chips; i++)
        place_chip(&p->chip[i], unit_of, units);
}
