/* SPDX-License-Identifier: Apache-2.0 */
/* edit_schedule.c - damages a valid schedule in one place, for tests that want it caught.
 *
 *     edit_schedule IN.bps OUT.bps drop N        takes transfer N of the measured program away, with its hops and its
 *                                                memory commands
 *     edit_schedule IN.bps OUT.bps earlier T D   operation of task T starts D cycles earlier
 *     edit_schedule IN.bps OUT.bps lighter T     task T does half of its MACs in half of the matrix engine's cycles
 *     edit_schedule IN.bps OUT.bps forget        the first chunk of a result is no result
 *     edit_schedule IN.bps OUT.bps misplace N    segment N of unit 0's entries lies where the one before it lies
 *     edit_schedule IN.bps OUT.bps divert N      what transfer N brings to a switch goes to another one that is a
 * neighbour edit_schedule IN.bps count                 prints the number of transfers of the measured program
 *
 * Everything else stays as it is; the counts of the phase table follow, so that nothing but the damage is wrong. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/schedule/schedule.h"

static struct sched_program *measured(struct schedule *s)
{
    return &s->programs[s->repeats[s->n_repeats - 1]];
}

static void forget_in_phase(struct sched_program *p, uint64_t root_start)
{
    size_t i = p->n_phases;
    while (i > 1 && p->phases[i - 1].start > root_start) {
        i--;
    }
    if (i > 0) {
        p->phases[i - 1].transfers--;
    }
}

static void drop_hops(struct sched_program *p, uint32_t x)
{
    uint32_t first = p->transfers[x].first_hop, n = p->transfers[x].n_hops;
    memmove(&p->hops[first], &p->hops[first + n], (p->n_hops - first - n) * sizeof *p->hops);
    p->n_hops -= n;
    for (size_t i = 0; i < p->n_hops; i++) {
        p->hops[i].transfer -= p->hops[i].transfer > x;
    }
    for (size_t i = 0; i < p->n_transfers; i++) {
        p->transfers[i].first_hop -= p->transfers[i].first_hop > first ? n : 0;
    }
}

static void drop_commands(struct sched_program *p, uint32_t x)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->n_dram; i++) {
        struct sched_dram_op *d = &p->dram[i];
        if (d->transfer == x) {
            continue;
        }
        d->transfer -= d->transfer != SCHED_NONE && d->transfer > x;
        p->dram[kept++] = *d;
    }
    p->n_dram = kept;
}

static int drop(struct sched_program *p, uint32_t x)
{
    if (x >= p->n_transfers) {
        fprintf(stderr, "there is no transfer %" PRIu32 "\n", x);
        return EXIT_FAILURE;
    }
    printf("transfer %" PRIu32 " chunk %" PRIu32 "\n", x, p->transfers[x].chunk);
    forget_in_phase(p, p->hops[p->transfers[x].first_hop].start);
    drop_commands(p, x);
    drop_hops(p, x);
    memmove(&p->transfers[x], &p->transfers[x + 1], (p->n_transfers - x - 1) * sizeof *p->transfers);
    p->n_transfers--;
    return EXIT_SUCCESS;
}

static int compare_ops(const void *a, const void *b)
{
    const struct sched_op *x = a, *y = b;
    if (x->start != y->start) {
        return x->start < y->start ? -1 : 1;
    }
    return x->unit < y->unit ? -1 : x->unit > y->unit;
}

static int earlier(struct sched_program *p, uint32_t task, uint64_t by)
{
    for (size_t i = 0; i < p->n_ops; i++) {
        struct sched_op *o = &p->ops[i];
        if (o->task == task) {
            o->start -= by;
            o->finish -= by;
            o->off -= by;
            qsort(p->ops, p->n_ops, sizeof *p->ops, compare_ops);
            return EXIT_SUCCESS;
        }
    }
    fprintf(stderr, "there is no task %" PRIu32 "\n", task);
    return EXIT_FAILURE;
}

static int lighter(struct schedule *s, uint32_t task)
{
    if (task >= s->n_tasks || s->tasks[task].matrix_cycles % 2) {
        fprintf(stderr, "task %" PRIu32 " cannot be halved\n", task);
        return EXIT_FAILURE;
    }
    s->tasks[task].macs /= 2;
    s->tasks[task].macs_padded /= 2;
    s->tasks[task].matrix_cycles /= 2;
    return EXIT_SUCCESS;
}

static int forget(struct schedule *s)
{
    for (size_t i = 0; i < s->n_chunks; i++) {
        if (s->chunks[i].flags & 2) {
            s->chunks[i].flags &= ~2u;
            return EXIT_SUCCESS;
        }
    }
    return EXIT_FAILURE;
}

static int misplace(struct sched_program *p, uint32_t number)
{
    struct sched_sram *before = NULL;
    for (size_t i = 0; i < p->n_sram; i++) {
        struct sched_sram *r = &p->sram[i];
        if (r->chunk != SCHED_CONTROL || r->unit > 0 || r->from == 0) {
            continue;
        }
        if (number-- == 0 && before) {
            r->address = before->address;
            return EXIT_SUCCESS;
        }
        before = r;
    }
    fprintf(stderr, "there are not so many segments\n");
    return EXIT_FAILURE;
}

static int divert(struct schedule *s, uint32_t x)
{
    const struct sched_machine *m = &s->machine;
    struct sched_program *p = measured(s);
    struct sched_hop *last =
        x < p->n_transfers ? &p->hops[p->transfers[x].first_hop + p->transfers[x].n_hops - 1] : NULL;
    for (uint32_t i = 0; last && i < m->n_links; i++) {
        const struct sched_link *from = &m->links[last->link], *to = &m->links[i];
        if (from->type == LINK_CHIP && from->to_node >= m->chips && to->type == LINK_CHIP && i != last->link &&
            to->from_node == from->from_node && to->to_node >= m->chips) {
            last->link = i;
            return EXIT_SUCCESS;
        }
    }
    fprintf(stderr, "transfer %" PRIu32 " has no other switch to go to\n", x);
    return EXIT_FAILURE;
}

static int edit(struct schedule *s, int argc, char **argv)
{
    struct sched_program *p = measured(s);
    if (argc == 3 && strcmp(argv[2], "count") == 0) {
        printf("%zu\n", p->n_transfers);
        return EXIT_SUCCESS;
    }
    if (argc == 5 && strcmp(argv[3], "drop") == 0) {
        return drop(p, (uint32_t)strtoul(argv[4], NULL, 10));
    }
    if (argc == 6 && strcmp(argv[3], "earlier") == 0) {
        return earlier(p, (uint32_t)strtoul(argv[4], NULL, 10), strtoull(argv[5], NULL, 10));
    }
    if (argc == 5 && strcmp(argv[3], "misplace") == 0) {
        return misplace(p, (uint32_t)strtoul(argv[4], NULL, 10));
    }
    if (argc == 5 && strcmp(argv[3], "divert") == 0) {
        return divert(s, (uint32_t)strtoul(argv[4], NULL, 10));
    }
    if (argc == 5 && strcmp(argv[3], "lighter") == 0) {
        return lighter(s, (uint32_t)strtoul(argv[4], NULL, 10));
    }
    if (argc == 4 && strcmp(argv[3], "forget") == 0) {
        return forget(s);
    }
    fprintf(stderr,
            "usage: edit_schedule IN.bps (OUT.bps drop N | OUT.bps earlier TASK CYCLES | OUT.bps lighter TASK | "
            "OUT.bps divert N | OUT.bps forget | count)\n");
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct schedule s;
    struct diag d;
    diag_init(&d);
    schedule_init(&s);
    int rc = argc > 2 ? schedule_read(&s, argv[1], &d) : SIM_ERR_INPUT;
    int code = rc == SIM_OK ? edit(&s, argc, argv) : EXIT_FAILURE;
    if (code == EXIT_SUCCESS && argc > 3) {
        code = schedule_write(&s, argv[2], &d) == SIM_OK ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    diag_print(&d, stderr);
    schedule_free(&s);
    diag_free(&d);
    return code;
}
