/* SPDX-License-Identifier: Apache-2.0 */
/* vc_flood.h - topologies of the VC network to test with, routes counted by hand, and floods. */
#ifndef TESTS_UNIT_HW_VC_FLOOD_H
#define TESTS_UNIT_HW_VC_FLOOD_H

#include "sim/kernel/probe.h"
#include "sim/kernel/slot_counter.h"
#include "tests/unit/hw/vc_traffic.h"

struct kind {
    const char *name;
    struct vc_network_params p;
};

/* 64 endpoints each, but for the odd ones. */
static inline uint32_t kinds(struct kind *k)
{
    struct vc_network_params m = vc_traffic_mesh(8, 8, 1);
    uint32_t n = 0;
    k[n++] = (struct kind) {"mesh", m};
    k[n] = (struct kind) {"torus", m};
    k[n].p.shape.topology = DYN_NOC_TORUS;
    k[n].p.shape.link_latency = 2;
    k[n++].p.shape.node_latency = 1;
    k[n] = (struct kind) {"torus 5x3", vc_traffic_mesh(3, 5, 1)};
    k[n++].p.shape.topology = DYN_NOC_TORUS;
    k[n] = (struct kind) {"ring", vc_traffic_mesh(1, 9, 1)};
    k[n++].p.shape.topology = DYN_NOC_RING;
    k[n] = (struct kind) {"ring of a grid", vc_traffic_mesh(2, 4, 1)};
    k[n++].p.shape.topology = DYN_NOC_RING;
    k[n] = (struct kind) {"crossbar", m};
    k[n++].p.shape.topology = DYN_NOC_CROSSBAR;
    k[n] = (struct kind) {"flattened butterfly", m};
    k[n].p.shape.topology = DYN_NOC_FLATFLY;
    k[n].p.rows = k[n].p.cols = k[n].p.concentration = 4;
    k[n].p.shape.link_latency = 2;
    k[n++].p.shape.node_latency = 1;
    k[n] = (struct kind) {"fat tree", m};
    k[n].p.shape.topology = DYN_NOC_FAT_TREE;
    k[n].p.arity = k[n].p.concentration = 4;
    k[n++].p.levels = 3;
    k[n] = (struct kind) {"partitioned crossbar", m};
    k[n].p.shape.topology = DYN_NOC_PARTITIONED;
    k[n].p.concentration = 32;
    k[n].p.centre_links = 8;
    k[n].p.shape.link_latency = 30;
    k[n++].p.shape.node_latency = 1;
    return n;
}

#define KINDS           16u
#define FLOOD_ENDPOINTS 130u /* where they are slow */

/* ---- routes counted by hand ---- */

static inline uint32_t apart(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}
static inline uint32_t shorter(uint32_t a, uint32_t b, uint32_t n)
{
    uint32_t d = apart(a, b);
    return d < n - d ? d : n - d;
}

/* Links between routers from endpoint a to b, and their cycles. */
static inline uint32_t links_between(const struct kind *k, uint32_t a, uint32_t b, uint32_t *cycles)
{
    const struct vc_network_params *p = &k->p;
    uint32_t c = p->concentration ? p->concentration : 1, links = 0, x, y;
    a /= c;
    b /= c;
    switch (p->shape.topology) {
    case DYN_NOC_CROSSBAR:
        break;
    case DYN_NOC_RING:
        links = shorter(a, b, p->rows * p->cols);
        break;
    case DYN_NOC_PARTITIONED:
        links = a != b;
        break;
    case DYN_NOC_FAT_TREE:
        for (; a != b; a /= p->arity, b /= p->arity)
            links += 2;
        break;
    default:
        x = apart(a % p->cols, b % p->cols);
        y = apart(a / p->cols, b / p->cols);
        if (p->shape.topology == DYN_NOC_TORUS) {
            x = shorter(a % p->cols, b % p->cols, p->cols);
            y = shorter(a / p->cols, b / p->cols, p->rows);
        }
        if (p->shape.topology == DYN_NOC_FLATFLY) {
            *cycles = (x + y) * p->shape.link_latency;
            return (x > 0 ? 1u : 0u) + (y > 0 ? 1u : 0u);
        }
        links = x + y;
    }
    *cycles = links * p->shape.link_latency;
    return links;
}

static inline bool may_be_valiant(const struct kind *k)
{
    return k->p.shape.topology != DYN_NOC_CROSSBAR && k->p.shape.topology != DYN_NOC_FAT_TREE &&
           k->p.shape.topology != DYN_NOC_PARTITIONED;
}

static inline bool may_adapt(const struct kind *k)
{
    return may_be_valiant(k) || k->p.shape.topology == DYN_NOC_FAT_TREE;
}

static inline bool may_detour(const struct kind *k)
{
    bool ugal = k->p.shape.topology == DYN_NOC_FLATFLY || k->p.shape.topology == DYN_NOC_RING;
    return k->p.shape.valiant || (k->p.shape.adaptive && ugal);
}

/* VCs without which adaptive routes could deadlock. */
static inline uint32_t adaptive_vcs(const struct kind *k)
{
    uint32_t topology = k->p.shape.topology;
    return topology == DYN_NOC_TORUS ? 4 : topology == DYN_NOC_FLATFLY || topology == DYN_NOC_RING ? 2 : 1;
}

/* ---- floods ---- */

struct flood {
    struct vc_network_params p;
    uint32_t flits;
    uint64_t shuffle;
    /* Endpoints have two places of each virtual network, and one is free again so often; 0: no end of them. */
    uint32_t slow;
    uint32_t held[FLOOD_ENDPOINTS][VN_COUNT];
    bool to_one;               /* all packets go to endpoint 0 */
    bool dumps;                /* what a dump says half-way is mixed in, too */
    const struct probe *probe; /* NULL: no waveform */
    struct slot_counter launch;
    struct domain clock;
    struct run_control run;
    struct vc_network *network;
    const struct kind *minimal; /* all routes are as short as can be; or NULL */
    uint64_t arrived;
    uint64_t mixed; /* who arrived when: sum of mixtures, whatever the order within a cycle */
};

static inline uint64_t mixture(uint64_t a, uint64_t b)
{
    uint64_t x = (a + b * 0x9e3779b97f4a7c15ull) * 0xff51afd7ed558ccdull;
    return (x ^ x >> 33) * 0xc4ceb9fe1a85ec53ull;
}

static inline void arrives(void *self, uint32_t endpoint, const struct message *m, uint64_t cycle)
{
    struct flood *t = self;
    uint32_t cycles;
    assert_int_equal(endpoint, m->to);
    assert_true(!t->minimal || m->hops == 1 + links_between(t->minimal, m->from, m->to, &cycles));
    t->arrived++;
    if (t->slow > 0)
        t->held[endpoint][message_vn(m)]++;
    t->mixed += mixture(cycle << 16 | endpoint, (uint64_t)m->tag << 8 | m->hops);
}

/* Places are free again. */
static inline void give_back(struct flood *t)
{
    for (uint32_t e = 0; e < t->p.endpoints; e++)
        for (uint32_t vn = 0; vn < VN_COUNT; vn++) {
            uint32_t given = t->held[e][vn] > 0;
            t->held[e][vn] -= given;
            vc_network_taken(t->network, e, (enum virtual_network)vn, given);
        }
}

/* Packets of the links, conflicts of the routers and what the ends have counted, mixed. */
static inline uint64_t counts_mixed(struct vc_network *n)
{
    uint64_t mixed = 0;
    vc_network_catch_up(n);
    for (uint32_t i = 0; i < vc_network_links(n); i++)
        for (uint32_t c = 0; c < CLASS_COUNT; c++) {
            struct link_account a = vc_network_account(n, i, (enum traffic_class)c);
            mixed = mixture(mixed + a.entered, a.left + a.peak_queue);
        }
    for (uint32_t e = 0; e < vc_network_endpoints(n); e++) {
        struct vc_endpoint_stat s = vc_network_endpoint(n, e);
        mixed = mixture(mixed + s.injected, s.delivered + vc_network_eject_waits(n, e));
    }
    mixed = mixture(mixed, vc_network_in_flight(n));
    for (uint32_t r = 0; r < vc_network_routers(n); r++)
        for (uint32_t o = 0; o < vc_network_ports(n, r); o++) {
            struct vc_port_conflicts c = vc_network_conflicts(n, r, o);
            mixed = mixture(mixed + c.vc_losses, c.switch_losses);
        }
    return mixed;
}

/* A message of each virtual network in turn, where there are several. */
static inline struct message next_message(const struct flood *t, uint64_t sent)
{
    static const enum message_type types[VN_COUNT][VN_COUNT] = {
        {MSG_DATA, MSG_DATA, MSG_DATA}, {MSG_WRITE, MSG_DATA, MSG_READ}, {MSG_WRITE, MSG_INVALIDATE, MSG_DATA}};
    return (struct message) {.type = (uint8_t)types[t->p.shape.vns - 1][sent % VN_COUNT], .sectors = ALL_SECTORS};
}

static inline void end_flood(struct flood *t)
{
    vc_network_free(t->network);
    run_control_free(&t->run);
}

static inline uint64_t dump_mixed(const struct vc_network *n, uint64_t cycle)
{
    struct diag d;
    uint64_t mixed = 0;
    diag_init(&d);
    vc_network_dump(n, cycle, &d);
    for (size_t i = 0; i < d.count; i++)
        for (const char *c = d.messages[i].text; *c; c++)
            mixed = mixture(mixed, (uint64_t)*c);
    diag_free(&d);
    return mixed;
}

/* Every source sends whenever it has room: far beyond saturation. Returns whether all packets have arrived in the end;
 * if nothing arrives for 2000 cycles, they never will. */
static inline bool flood_drains(struct flood *t, uint64_t cycles)
{
    struct rng random;
    uint64_t sent = 0, got = 0, quiet = 0;
    rng_init(&random, 3, "flood");
    t->run = (struct run_control) {.shuffle = t->shuffle, .cross_check = true};
    t->p.flit_bytes = LINE_BYTES / t->flits;
    t->p.out_places = 4;
    t->p.in_places = t->slow > 0 ? 2 : t->p.in_places;
    t->run.probe = t->probe;
    t->clock.clock.period_fs = 1000;
    t->launch = (struct slot_counter) {.now = {.measured = true}, .domain = &t->clock};
    t->network = vc_network_new(&t->p, &t->run);
    vc_network_on_delivery(t->network, arrives, t);
    vc_network_show(t->network, &t->launch);
    for (uint64_t now = 0; quiet < 2000 && (now < cycles || !vc_network_idle(t->network)); now++) {
        for (uint32_t i = 0; i < t->p.endpoints && now < cycles; i++)
            if (vc_network_room(t->network, i, message_infos[next_message(t, sent).type].vn)) {
                struct message m = next_message(t, sent);
                m.from = (uint16_t)i;
                m.to = t->to_one ? 0 : (uint16_t)rng_below(&random, t->p.endpoints);
                m.tag = (uint32_t)sent++;
                vc_network_offer(t->network, i, &m);
            }
        if (t->slow > 0 && now % t->slow == 0)
            give_back(t);
        vc_network_eval(t->network, now);
        if (now == cycles / 2)
            t->mixed += counts_mixed(t->network) + (t->dumps ? dump_mixed(t->network, now) : 0);
        quiet = t->arrived == got ? quiet + 1 : 0;
        got = t->arrived;
    }
    vc_network_show_end(t->network);
    vc_network_end(t->network);
    return t->arrived == sent;
}

#endif
