/* SPDX-License-Identifier: Apache-2.0 */
/* test_bps_reader.c - a reader written from docs/formats/bps.md reads what the program writes, number by number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/base/error.h"
#include "tests/unit/schedule/schedule_example.h"
#include "tests/validation/bps_independent_reader.h"

/* The numbers of one section, in the order that the page gives them. */
struct numbers {
    VEC(uint64_t, value);
};

static void add(struct numbers *n, size_t count, const uint64_t *values)
{
    for (size_t i = 0; i < count; i++) {
        *VEC_PUSH(n, value) = values[i];
    }
}

#define ADD(...) add(n, sizeof((uint64_t[]) {__VA_ARGS__}) / 8, (uint64_t[]) {__VA_ARGS__})

static void hash(struct numbers *n, const char *hex)
{
    for (int i = 0; i < 64; i += 8) {
        uint64_t v = 0;
        for (int k = 7; k >= 0; k--) {
            v = v << 8 | (unsigned char)hex[i + k];
        }
        ADD(v);
    }
}

static void machine(struct numbers *n, const struct sched_machine *m)
{
    const struct dram_timing *d = &m->dram;
    ADD(m->clock_hz, m->period_fs, m->launch_cycles, m->align_interval, m->chips, m->units_per_chip);
    ADD(m->channels_per_chip, m->ports_per_chip, m->routers_per_chip, m->sram_bytes, m->flit_bytes, m->staging_bytes);
    ADD(m->max_burst, m->toggle_cycles, m->broadcast_cycles, m->guard_cycles, d->rate.num, d->rate.den, d->banks);
    ADD(d->groups, d->row_bytes, d->burst_bytes, d->rcd, d->rp, d->ras, d->rrd_s, d->rrd_l, d->ccd_s, d->ccd_l, d->faw);
    ADD(d->wr, d->wtr_s, d->wtr_l, d->rtp, d->cl, d->cwl, d->rfc, d->refi, d->interleave);
}

static void task(struct numbers *n, const struct sched_task *t)
{
    ADD(t->op, t->chip, t->kind, t->tensor, t->first_input, t->n_inputs, t->first_output, t->n_outputs, t->k_first);
    ADD(t->k_part, t->k_whole, t->cycles, t->matrix_cycles, t->vector_cycles, t->macs, t->macs_padded);
}

static void work(struct numbers *n, const char *name, const struct schedule *s)
{
    for (size_t i = 0; strcmp(name, "ENDP") == 0 && i < s->machine.n_endpoints; i++) {
        const struct sched_endpoint *e = &s->machine.endpoints[i];
        ADD(e->kind, e->chip, e->router, e->inject, e->eject, e->host_unit, e->neighbour);
    }
    for (size_t i = 0; strcmp(name, "LINK") == 0 && i < s->machine.n_links; i++) {
        const struct sched_link *l = &s->machine.links[i];
        ADD(l->type, l->from_node, l->to_node, l->latency, l->rate.num, l->rate.den);
    }
    for (size_t i = 0; strcmp(name, "TASK") == 0 && i < s->n_tasks; i++) {
        task(n, &s->tasks[i]);
    }
    for (size_t i = 0; strcmp(name, "CHNK") == 0 && i < s->n_chunks; i++) {
        const struct sched_chunk *c = &s->chunks[i];
        ADD(c->tensor, c->producer, c->chip, c->bytes, c->k_part, c->k_whole, c->flags);
    }
    for (size_t i = 0; strcmp(name, "INPT") == 0 && i < s->n_inputs; i++) {
        ADD(s->inputs[i].chunk, s->inputs[i].operand);
    }
    for (size_t i = 0; strcmp(name, "REPT") == 0 && i < s->n_repeats; i++) {
        ADD(s->repeats[i]);
    }
    if (strcmp(name, "META") == 0) {
        hash(n, s->work_hash);
        hash(n, s->tasks_hash);
        ADD(s->lower_bound, s->schedule_bound, s->iterations, s->local_timers);
    }
    if (strcmp(name, "MACH") == 0) {
        machine(n, &s->machine);
    }
}

static void program(struct numbers *n, const char *name, const struct sched_program *p)
{
    for (size_t i = 0; strcmp(name, "OPER") == 0 && i < p->n_ops; i++) {
        ADD(p->ops[i].task, p->ops[i].unit, p->ops[i].start, p->ops[i].finish, p->ops[i].off);
    }
    for (size_t i = 0; strcmp(name, "XFER") == 0 && i < p->n_transfers; i++) {
        const struct sched_transfer *t = &p->transfers[i];
        ADD(t->chunk, t->offset, t->bytes, t->flits, t->class_of, t->first_hop, t->n_hops);
    }
    for (size_t i = 0; strcmp(name, "HOPS") == 0 && i < p->n_hops; i++) {
        ADD(p->hops[i].transfer, p->hops[i].link, p->hops[i].parent, p->hops[i].start);
    }
    for (size_t i = 0; strcmp(name, "DRAM") == 0 && i < p->n_dram; i++) {
        const struct sched_dram_op *o = &p->dram[i];
        ADD(o->channel, o->command, o->set, o->row, o->column, o->count, o->transfer, o->cycle);
    }
    for (size_t i = 0; strcmp(name, "SRAM") == 0 && i < p->n_sram; i++) {
        const struct sched_sram *r = &p->sram[i];
        ADD(r->unit, r->address, r->bytes, r->chunk, r->initial, r->from, r->to);
    }
    for (size_t i = 0; strcmp(name, "PHAS") == 0 && i < p->n_phases; i++) {
        ADD(p->phases[i].start, p->phases[i].units_on, p->phases[i].tasks, p->phases[i].transfers);
    }
    if (strcmp(name, "PROG") == 0) {
        ADD(p->makespan);
    }
}

/* A few values that the example leaves at 0. */
static void fill(struct schedule *s)
{
    s->iterations = 17;
    for (uint32_t i = 0; i < s->n_tasks; i++) {
        struct sched_task *t = &s->tasks[i];
        t->macs = UINT64_C(0x0123456789abcdef) + i;
        t->macs_padded = t->macs + 5;
        t->vector_cycles = 3;
        t->k_first = 64 * i;
        t->k_part = 64;
        t->k_whole = 512;
    }
}

static void compare(const struct reader_section *x, const struct schedule *s)
{
    struct numbers n = {0};
    work(&n, x->name, s);
    program(&n, x->name, &s->programs[x->program]);
    assert_int_equal(n.n_value, x->records * x->fields);
    for (size_t i = 0; i < n.n_value; i++) {
        if (n.value[i] != x->values[i]) {
            fail_msg("%s of program %u: number %zu is %llu, read as %llu", x->name, x->program, i,
                     (unsigned long long)n.value[i], (unsigned long long)x->values[i]);
        }
    }
    free(n.value);
}

static void a_reader_written_from_the_page_alone_reads_every_number(void **state)
{
    (void)state;
    struct builder b;
    struct reader_file f;
    struct diag d;
    char path[64];
    snprintf(path, sizeof path, "test_bps_reader.%ld.bps", (long)getpid());
    diag_init(&d);
    example(&b);
    fill(&b.s);
    assert_int_equal(schedule_write(&b.s, path, &d), SIM_OK);
    const char *fault = bps_independent_read(path, &f);
    unlink(path);
    assert_null(fault);
    assert_int_equal(f.programs, 2);
    assert_int_equal(f.n_sections, 9 + 2 * 7);
    for (size_t i = 0; i < f.n_sections; i++) {
        if (strcmp(f.sections[i].name, "TEXT") != 0) {
            compare(&f.sections[i], &b.s);
        }
    }
    assert_int_equal(f.n_strings, 4 + b.s.machine.n_links);
    assert_string_equal(f.strings[0], "list");
    assert_string_equal(f.strings[1], "steady");
    assert_string_equal(f.strings[2], "by hand");
    assert_string_equal(f.strings[3], "path");
    for (size_t i = 0; i < b.s.machine.n_links; i++) {
        assert_string_equal(f.strings[4 + i], b.s.machine.links[i].id);
    }
    bps_independent_free(&f);
    schedule_free(&b.s);
    diag_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_written_from_the_page_alone_reads_every_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
