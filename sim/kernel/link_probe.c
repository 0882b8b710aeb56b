/* SPDX-License-Identifier: Apache-2.0 */
/* link_probe.c - busy and class of a link. */
#include "sim/kernel/link_probe.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/account.h"
#include "sim/base/mem.h"

#define CLASS_SHOWN_NONE UINT64_MAX

void link_probe_declare(struct link_probe *l, const struct probe *p, const char *id)
{
    *l = (struct link_probe) {.busy = UINT32_MAX, .class_of = UINT32_MAX, .shown = CLASS_SHOWN_NONE};
    if (!p)
        return;
    const char *dot = strrchr(id, '.');
    char *scope = dot ? mem_printf("%.*s", (int)(dot - id), id) : mem_strdup("links");
    char *name = mem_printf("%s_class", dot ? dot + 1 : id);
    l->busy = p->declare(p->self, scope, dot ? dot + 1 : id, PROBE_BIT, 1, NULL);
    l->class_of = p->declare(p->self, scope, name, PROBE_TEXT, CLASS_COUNT, class_names);
    free(scope);
    free(name);
}

void link_probe_reset(struct link_probe *l)
{
    l->until = 0;
    l->shown = CLASS_SHOWN_NONE;
}

void link_probe_burst(struct link_probe *l, const struct probe *p, const struct slot_counter *c, uint64_t from,
                      uint64_t until, uint32_t class_of)
{
    if (l->busy == UINT32_MAX && l->class_of == UINT32_MAX)
        return;
    if (l->until < from || l->until == 0) {
        if (l->until > 0)
            probe_change(p, l->busy, slot_time_fs(c, l->until), 0);
        probe_change(p, l->busy, slot_time_fs(c, from), 1);
    }
    if (l->shown != class_of)
        probe_change(p, l->class_of, slot_time_fs(c, from), class_of);
    l->shown = class_of;
    l->until = until > l->until ? until : l->until;
}

void link_probe_flush(struct link_probe *l, const struct probe *p, const struct slot_counter *c)
{
    if (l->until > 0)
        probe_change(p, l->busy, slot_time_fs(c, l->until), 0);
    l->until = 0;
}
