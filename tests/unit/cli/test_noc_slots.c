/* SPDX-License-Identifier: Apache-2.0 */
/* test_noc_slots.c - the greedy schedule of synthetic traffic, replayed flit by flit on the slot network, on every
 * topology: no slot is used twice, and each packet arrives when it was said to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hw/noc/slot_network.h"
#include "sim/base/error.h"
#include "sim/cli/noc_slots.h"
#include "tests/unit/hw/core_bench.h"

#define MESH8 BPSIM_SOURCE_DIR "/configs/noc/mesh8.yaml"
#define FLITS 3u
#define RATE  (NOC_RATE_ONE / 4)

static const char *const networks[] = {
    "{topology: mesh, link_latency: 2, node_latency: 3}",
    "{topology: mesh, concentration: 4}",
    "{topology: torus}",
    "{topology: ring}",
    "{topology: crossbar}",
    "{topology: flattened_butterfly}",
    "{topology: flattened_butterfly, concentration: 2}",
    "{topology: fat_tree, concentration: 2}",
    "{topology: fat_tree, concentration: 4}",
    "{topology: partitioned_crossbar, centre_links: 3, link_latency: 5}",
};

struct bench {
    struct noc_study study;
    struct machine m;
    struct slot_plan plan;
    struct core_bench core;
    struct slot_network *n;
    struct mailbox **in, **out;
};

/* One hop of a packet; hops of all packets are sorted by start. */
struct step {
    uint64_t start;
    uint32_t packet, number, link;
};

static int by_start(const void *a, const void *b)
{
    const struct step *x = a, *y = b;
    if (x->start != y->start) {
        return x->start < y->start ? -1 : 1;
    }
    return x->packet < y->packet ? -1 : x->packet > y->packet;
}

static int packets_by_start(const void *a, const void *b)
{
    const struct slot_packet *x = a, *y = b;
    if (x->start != y->start) {
        return x->start < y->start ? -1 : 1;
    }
    return x->from < y->from ? -1 : x->from > y->from;
}

static void begin(struct bench *b, const char *network)
{
    struct diag d;
    diag_init(&d);
    *b = (struct bench) {.n = NULL};
    char *noc = mem_printf("chip.noc=%s", network);
    const char *sets[] = {"chip.units={rows: 4, cols: 4}", noc};
    int rc = noc_study_load(&b->study, MESH8, sets, 2, &d);
    rc = rc ? rc : noc_study_traffic(&b->study, "uniform", false, &d);
    rc = rc ? rc : noc_slots_machine(&b->m, &b->study, &d);
    diag_print(&d, stderr);
    assert_int_equal(rc, SIM_OK);
    diag_free(&d);
    free(noc);
    b->study.seed = 7;
    b->study.traffic.flits = FLITS;
    b->study.traffic.warm_up = 100;
    b->study.traffic.measured = 300;
    noc_slots_plan(&b->plan, &b->m, &b->study, RATE);
    assert_true(b->plan.n_packets > 300);
}

static void end(struct bench *b)
{
    noc_slots_free(&b->plan);
    machine_free(&b->m);
    noc_study_free(&b->study);
}

/* The program of the slot network: a burst per packet, hops behind its inject link. */
static struct noc_program program_of(const struct bench *b)
{
    struct noc_program p = {0};
    struct {
        VEC(struct step, steps);
    } all = {0};
    uint32_t links[MACHINE_PATH_MAX];
    for (uint32_t i = 0; i < b->plan.n_packets; i++) {
        const struct slot_packet *x = &b->plan.packets[i];
        uint32_t n = noc_slots_path(&b->m, x->from, x->to, links);
        uint64_t at = x->start;
        *VEC_PUSH(&p, bursts) = (struct noc_burst) {.transfer = i,
                                                    .port = x->from,
                                                    .latency = b->m.links[links[0]].latency,
                                                    .flits = FLITS,
                                                    .bytes = FLITS * 128,
                                                    .start = x->start};
        for (uint32_t k = 1; k < n; k++) {
            at += b->m.links[links[k - 1]].latency;
            *VEC_PUSH(&all, steps) = (struct step) {at, i, k, links[k]};
        }
        assert_int_equal(x->arrival, at + b->m.links[links[n - 1]].latency + FLITS - 1);
        assert_true(x->start >= x->created);
    }
    qsort(all.steps, all.n_steps, sizeof *all.steps, by_start);
    uint32_t *last = mem_alloc_array(b->plan.n_packets, sizeof *last);
    for (uint32_t h = 0; h < all.n_steps; h++) {
        const struct step *s = &all.steps[h];
        *VEC_PUSH(&p, hops) = (struct noc_hop) {.start = s->start,
                                                .link = s->link,
                                                .burst = s->packet,
                                                .parent = s->number == 1 ? NOC_FROM_PORT : last[s->packet],
                                                .hop = s->number,
                                                .peer = s->packet};
        last[s->packet] = h;
    }
    free(last);
    free(all.steps);
    return p;
}

static void build(struct bench *b)
{
    struct noc_link *links = mem_alloc_array(b->m.n_links, sizeof *links);
    uint32_t ports = b->m.endpoints_per_chip;
    for (uint32_t i = 0; i < b->m.n_links; i++) {
        links[i] = (struct noc_link) {.id = b->m.links[i].id, .latency = b->m.links[i].latency, .out = NOC_NO_PORT};
    }
    for (uint32_t e = 0; e < ports; e++) {
        links[b->m.endpoints[e].eject].out = e;
    }
    struct slot_network_params p = {
        .name = "noc", .n_links = (uint32_t)b->m.n_links, .n_ports = ports, .flit_bytes = 128, .links = links};
    struct noc_program program = program_of(b);
    core_bench_init(&b->core);
    b->n = slot_network_new(&p, &program, 1, &b->core.run);
    b->in = mem_alloc_array(ports, sizeof(struct mailbox *));
    b->out = mem_alloc_array(ports, sizeof(struct mailbox *));
    for (uint32_t e = 0; e < ports; e++) {
        b->in[e] = core_bench_mail(&b->core, sizeof(struct burst), (uint32_t)b->plan.n_packets);
        b->out[e] = core_bench_mail(&b->core, sizeof(struct burst), (uint32_t)b->plan.n_packets);
    }
    slot_network_connect(b->n, &b->core.counter, b->in, b->out);
    free(links);
    for (uint32_t i = 0; i < b->plan.n_packets; i++) {
        const struct noc_burst *x = &b->n->programs[0].bursts[i];
        struct burst token = {
            .transfer = i, .peer = i, .bytes = x->bytes, .flits = FLITS, .class_of = CLASS_DATA, .entered = x->start};
        mailbox_write(b->in[x->port], x->start + x->latency, &token, burst_size(&token));
        domain_commit(b->core.domain);
    }
}

static uint64_t eval(void *core, uint64_t cycle)
{
    return slot_network_eval(core, cycle);
}

static void packets_arrive_when_their_slots_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++) {
        struct bench b;
        begin(&b, networks[i]);
        qsort(b.plan.packets, b.plan.n_packets, sizeof *b.plan.packets, packets_by_start);
        uint64_t last = 0;
        for (size_t k = 0; k < b.plan.n_packets; k++) {
            last = b.plan.packets[k].arrival > last ? b.plan.packets[k].arrival : last;
        }
        build(&b);
        core_bench_run(&b.core, eval, b.n, last + 10, false);
        slot_network_end(b.n); /* the walk agrees */
        assert_int_equal(b.core.run.n_faults, 0);
        assert_int_equal(slot_network_in_flight(b.n), 0);
        uint32_t arrived = 0;
        for (uint32_t e = 0; e < b.m.endpoints_per_chip; e++) {
            for (uint32_t k = 0; k < mailbox_count(b.out[e]); k++, arrived++) {
                const struct burst *x = mailbox_item(b.out[e], k);
                assert_int_equal(b.plan.packets[x->transfer].to, e);
                assert_int_equal(x->usable, b.plan.packets[x->transfer].arrival);
            }
        }
        assert_int_equal(arrived, b.plan.n_packets);
        for (uint32_t e = 0; e < b.m.endpoints_per_chip; e++) {
            mailbox_free(b.in[e]);
            mailbox_free(b.out[e]);
        }
        free(b.in);
        free(b.out);
        slot_network_free(b.n);
        core_bench_free(&b.core);
        end(&b);
    }
}

/* From its slot on a packet takes what its path takes, whatever the load; only the wait before grows. */
static void latency_from_the_slot_does_not_know_the_load(void **state)
{
    (void)state;
    struct bench b;
    struct slot_figures low, high;
    struct slot_plan plan;
    begin(&b, "{topology: mesh}");
    for (size_t i = 0; i < b.plan.n_packets; i++) {
        const struct slot_packet *p = &b.plan.packets[i];
        uint32_t x = p->from % 4 > p->to % 4 ? p->from % 4 - p->to % 4 : p->to % 4 - p->from % 4;
        uint32_t y = p->from / 4 > p->to / 4 ? p->from / 4 - p->to / 4 : p->to / 4 - p->from / 4;
        assert_int_equal(p->arrival - p->start, 2 + 2 * (x + y) + 1 + FLITS - 1);
    }
    noc_slots_figures(&high, &b.plan, &b.m, &b.study, RATE);
    noc_slots_plan(&plan, &b.m, &b.study, NOC_RATE_ONE / 1000);
    noc_slots_figures(&low, &plan, &b.m, &b.study, NOC_RATE_ONE / 1000);
    assert_true(low.packets > 0 && low.wait_mean < 0.5 && high.wait_mean > 1);
    assert_true(low.from_slot_max <= 17 && high.from_slot_max == 17);
    noc_slots_free(&plan);
    noc_slots_plan(&plan, &b.m, &b.study, NOC_RATE_ONE);
    noc_slots_figures(&high, &plan, &b.m, &b.study, NOC_RATE_ONE);
    assert_true(high.saturated && !low.saturated);
    noc_slots_free(&plan);
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_arrive_when_their_slots_say),
        cmocka_unit_test(latency_from_the_slot_does_not_know_the_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
