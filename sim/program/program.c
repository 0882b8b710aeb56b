/* SPDX-License-Identifier: Apache-2.0 */
/* program.c - end of a program. */
#include "sim/program/program.h"

#include <stdlib.h>

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
    }
    free(p->chip);
    arena_free(p->arena);
    *p = (struct server_program) {0};
}
