/* SPDX-License-Identifier: Apache-2.0 */
/* config_rules.c - what must hold between values of a configuration; what `auto` comes to. */
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/fraction.h"
#include "sim/base/link_code.h"
#include "sim/config/config_reader.h"
#include "sim/config/quantity.h"
#include "sim/machine/fabric_shape.h"
#include "sim/machine/network.h"
#include "sim/machine/noc_layout.h"

#define UNITS_MAX     65536u         /* of a server */
#define RING_MAX      1000u          /* routers of a ring: the longest way stays below the longest path */
#define GUARD_MAX     1000000u       /* the range of guard_cycles */
#define RATE_DEN_MAX  1000000000000u /* a burst (at most 2^20 bytes) x this stays below 2^63 ticks */
#define FS_PER_SECOND 1000000000000000u

typedef unsigned long long ull;

static void rule_name(struct reader *r)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    const char *name = r->config->top.name;
    if (reader_knows(r, "name", NULL) &&
        (strlen(name) > 64 || name[0] == '.' || strspn(name, allowed) != strlen(name))) {
        reader_error(r, "name", "'%s' is no plain name; allowed: at most 64 letters, digits, . _ -, no dot first",
                     node_shown(r->config->arena, name, strlen(name)));
    }
}

/* ---- server ---- */

static uint32_t given_or_auto(uint32_t value)
{
    return value == PARAM_AUTO32 ? 0 : value;
}

static void rule_routing(struct reader *r, const struct fabric_shape *s)
{
    static const char key[] = "server.fabric.routing";
    const struct config *c = r->config;
    if (!reader_knows(r, key, "server.dead_links", NULL) || c->fabric.routing == ROUTING_MINIMAL) {
        return;
    }
    const char *given = fabric_routing_choices.names[c->fabric.routing];
    if (fabric_shape_cluster(s) == 0) {
        reader_error(r, key, "%s: no way leads by a third %s in a %s of this shape; allowed: minimal", given,
                     s->topology == FABRIC_DRAGONFLY ? "group" : "chip", fabric_topology_choices.names[s->topology]);
    } else if (c->server.dead_links.n > 0) {
        reader_error(r, key, "%s: ways round server.dead_links are the shortest ones; allowed: minimal", given);
    }
}

static void rule_fabric(struct reader *r)
{
    struct fabric_params *f = &r->config->fabric;
    if (!reader_knows(r, "server.chips", "server.fabric.topology", "server.fabric.rows", "server.fabric.cols",
                      "server.fabric.layers", "server.fabric.group", "server.fabric.global_links",
                      "server.fabric.planes", "server.fabric.leaf", "server.fabric.spines", NULL) ||
        r->config->server.chips < 2) {
        return;
    }
    struct fabric_shape s = {.topology = f->topology,
                             .chips = r->config->server.chips,
                             .rows = given_or_auto(f->rows),
                             .cols = given_or_auto(f->cols),
                             .layers = given_or_auto(f->layers),
                             .group = given_or_auto(f->group),
                             .global_links = given_or_auto(f->global_links),
                             .planes = f->planes,
                             .leaf = given_or_auto(f->leaf),
                             .spines = given_or_auto(f->spines)};
    const char *name;
    char why[FABRIC_WHY_MAX];
    if (!fabric_shape_resolve(&s, &name, why)) {
        reader_error(r, node_key(r->config->arena, "server.fabric", name), "%s", why);
        return;
    }
    f->rows = s.rows;
    f->cols = s.cols;
    f->layers = s.layers;
    f->group = s.group;
    f->global_links = s.global_links;
    f->leaf = s.leaf;
    f->spines = s.spines > 0 || f->topology != FABRIC_SWITCH ? s.spines : PARAM_AUTO32;
    rule_routing(r, &s);
}

/* ---- chip ---- */

static void rule_units(struct reader *r)
{
    struct units_params *u = &r->config->units;
    if (!reader_knows(r, "chip.units.rows", "chip.units.cols", NULL)) {
        return;
    }
    uint32_t units = u->rows * u->cols;
    if (reader_knows(r, "chip.units.count", NULL)) {
        if (u->count != PARAM_AUTO32 && u->count != units) {
            reader_error(r, "chip.units.count", "%u is not rows x cols; allowed: %u x %u = %u", u->count, u->rows,
                         u->cols, units);
        } else {
            u->count = units;
        }
    }
    if (reader_knows(r, "server.chips", NULL) && (uint64_t)units * r->config->server.chips > UNITS_MAX) {
        reader_error(r, "server.chips", "%u chips of %u units are too many; allowed: %u units in all",
                     r->config->server.chips, units, UNITS_MAX);
    }
}

static void rule_engine(struct reader *r)
{
    struct config *c = r->config;
    if (!reader_knows(r, "chip.units.engine.m", "chip.units.engine.n", "chip.units.engine.k",
                      "chip.units.macs_per_cycle", NULL)) {
        return;
    }
    uint64_t macs = (uint64_t)c->engine.m * c->engine.n * c->engine.k;
    if (macs > 1048576) {
        reader_error(r, "chip.units.engine.m", "m x n x k = %llu is too large; allowed: 1048576", (ull)macs);
    } else if (c->units.macs_per_cycle != PARAM_AUTO32 && c->units.macs_per_cycle != macs) {
        reader_error(r, "chip.units.macs_per_cycle", "%u is not engine.m x n x k; allowed: %u x %u x %u = %llu",
                     c->units.macs_per_cycle, c->engine.m, c->engine.n, c->engine.k, (ull)macs);
    } else {
        c->units.macs_per_cycle = (uint32_t)macs;
    }
}

/* What acts within the cycle of an allocation. */
static void rule_router(struct reader *r)
{
    const struct router_params *p = &r->config->router;
    static const char *const keys[] = {"chip.noc.router.speculative", "chip.noc.router.hold_switch"};
    const bool on[] = {p->speculative, p->hold_switch};
    for (size_t i = 0; i < 2; i++) {
        if (reader_knows(r, keys[i], "chip.noc.router.vc_alloc_delay", "chip.noc.router.sw_alloc_delay", NULL) &&
            on[i] && (p->vc_alloc_delay > 1 || p->sw_alloc_delay > 1)) {
            reader_error(r, keys[i],
                         "true needs allocations of one cycle; allowed: vc_alloc_delay and sw_alloc_delay 1");
        }
    }
    if (reader_knows(r, "chip.noc.router.iterations", "chip.noc.router.allocator", "chip.noc.router.vc_alloc_delay",
                     NULL) &&
        p->iterations > 1 && (p->allocator != ROUTER_ISLIP || p->vc_alloc_delay > 1)) {
        reader_error(r, "chip.noc.router.iterations", "%u needs allocator islip and vc_alloc_delay 1; allowed: 1",
                     p->iterations);
    }
}

/* The scheduled network of the topology can be laid out. */
static void rule_layout(struct reader *r)
{
    const struct noc_params *noc = &r->config->noc;
    if (!reader_knows(r, "chip.units.rows", "chip.units.cols", "chip.noc.concentration", "chip.noc.centre_links",
                      NULL)) {
        return;
    }
    struct noc_layout l;
    struct noc_wish wish = {.topology = noc->topology,
                            .unit_rows = r->config->units.rows,
                            .unit_cols = r->config->units.cols,
                            .concentration = noc->concentration,
                            .centre_links = noc->centre_links};
    struct diag d;
    diag_init(&d);
    if (noc_layout_make(&l, &wish, &d)) {
        reader_error(r, d.messages[0].key, "%s", d.messages[0].text);
    } else if (noc->topology == NOC_RING && l.routers > RING_MAX) {
        reader_error(r, "chip.noc.topology", "a ring of %u routers is too long; allowed: %u", l.routers, RING_MAX);
    } else if (reader_knows(r, "server.chips", NULL) && (uint64_t)l.links * r->config->server.chips > NOC_LINKS_MAX) {
        reader_error(r, "chip.noc.topology", "%llu links between routers are too many; allowed: %u in a server",
                     (ull)l.links * r->config->server.chips, NOC_LINKS_MAX);
    }
    diag_free(&d);
}

static bool knows_block(const struct reader *r, uint32_t block)
{
    const struct param_block *b = &config_blocks[block];
    bool known = true;
    for (uint32_t i = 0; i < b->n_params; i++) {
        known = known && r->state[b->first + i].filled && !r->state[b->first + i].bad;
    }
    return known;
}

/* The network that arbitrates can be made, where nothing else is. */
static void rule_network(struct reader *r)
{
    if (!r->config->network_only || !knows_block(r, BLOCK_noc) || !knows_block(r, BLOCK_router) ||
        !reader_knows(r, "chip.units.rows", "chip.units.cols", NULL)) {
        return;
    }
    struct network n;
    struct diag d;
    diag_init(&d);
    network_resolve(&n, r->config, &d);
    for (size_t i = 0; i < d.count; i++) {
        reader_error(r, d.messages[i].key, "%s", d.messages[i].text);
    }
    diag_free(&d);
    network_free(&n);
}

static void rule_noc(struct reader *r)
{
    struct noc_params *noc = &r->config->noc;
    if (reader_knows(r, "chip.noc.link_latency", "chip.noc.node_latency", NULL) && noc->node_latency == PARAM_AUTO32) {
        noc->node_latency = noc->link_latency;
    }
    if (reader_knows(r, "chip.units.rows", "chip.units.cols", "chip.noc.centre_links", NULL) &&
        noc->centre_links == PARAM_AUTO32) {
        uint32_t rows = r->config->units.rows, cols = r->config->units.cols;
        noc->centre_links = rows < cols ? rows : cols;
    }
    rule_router(r);
    rule_network(r);
    if (r->config->network_only || !reader_knows(r, "chip.noc.topology", NULL)) {
        return;
    }
    rule_layout(r);
}

/* Rates become exact fractions per cycle; numerator and denominator must leave room to count with. */
/* `times`: the denominator is multiplied by it later. */
static void rule_rate(struct reader *r, const char *key, uint64_t bytes_per_second, uint64_t times)
{
    if (!reader_knows(r, key, "chip.clock", NULL)) {
        return;
    }
    uint64_t period = clock_period_fs(r->config->chip.clock);
    uint64_t den = FS_PER_SECOND;
    uint64_t g = fraction_gcd(bytes_per_second, den);
    uint64_t a = bytes_per_second / g;
    den /= g;
    g = fraction_gcd(period, den);
    uint64_t b = period / g;
    den /= g;
    if (a > UINT64_MAX / b || den > RATE_DEN_MAX / times) {
        reader_error(r, key,
                     "is no short fraction of bytes per cycle at this clock (period %llu fs); "
                     "a number with fewer digits is needed",
                     (ull)period);
    }
}

static void rule_memory(struct reader *r)
{
    struct config *c = r->config;
    if (!reader_knows(r, "chip.memory.channels", "chip.memory.timing", "chip.memory.bandwidth", NULL)) {
        return;
    }
    const struct memory_generation *g = &memory_generations[c->memory.timing];
    uint64_t channel = g->width_bits * g->pin_bits_per_second / 8;
    uint64_t needed = channel * c->memory.channels;
    if (c->memory.bandwidth != PARAM_AUTO64 && c->memory.bandwidth != needed) {
        struct text text = {0};
        quantity_print(PARAM_rate, c->memory.bandwidth, &text);
        text_printf(
            &text, " is not channels x width x pin rate; allowed: %u x %u bit x %llu.%llu Gb/s = ", c->memory.channels,
            g->width_bits, (ull)(g->pin_bits_per_second / 1000000000), (ull)(g->pin_bits_per_second / 100000000 % 10));
        quantity_print(PARAM_rate, needed, &text);
        reader_error(r, "chip.memory.bandwidth", "%s", text.s);
        text_free(&text);
        return;
    }
    c->memory.bandwidth = needed;
    rule_rate(r, "chip.memory.bandwidth", channel, 1);
}

static void rule_flit(struct reader *r)
{
    const struct config *c = r->config;
    if (!reader_knows(r, "chip.noc.flit", NULL)) {
        return;
    }
    uint32_t flit = c->noc.flit;
    if (flit & (flit - 1)) {
        reader_error(r, "chip.noc.flit", "%u B is no power of two; allowed: 8, 16, 32 .. 1024 B", flit);
        return;
    }
}

/* Bursts and the buffers that take them, both of the phase machine alone. */
static void rule_bursts(struct reader *r)
{
    const struct config *c = r->config;
    uint32_t flit = c->noc.flit;
    if (!reader_knows(r, "chip.noc.flit", NULL)) {
        return;
    }
    if (reader_knows(r, "machines.phase.compile.max_burst", NULL) && c->compile.max_burst % flit) {
        reader_error(r, "machines.phase.compile.max_burst", "%u B is no multiple of chip.noc.flit, %u B",
                     c->compile.max_burst, flit);
    }
    if (reader_knows(r, "chip.memory.staging", NULL) && c->memory.staging % flit) {
        reader_error(r, "chip.memory.staging", "%u B is no multiple of chip.noc.flit, %u B", c->memory.staging, flit);
    }
}

static void rule_staging(struct reader *r)
{
    const struct config *c = r->config;
    if (!reader_knows(r, "chip.memory.staging", NULL)) {
        return;
    }
    if (reader_knows(r, "machines.phase.compile.max_burst", "machines.phase.compile.staging_slots", NULL)) {
        uint64_t needed = (uint64_t)c->compile.max_burst * c->compile.staging_slots;
        if (needed > c->memory.staging) {
            reader_error(r, "chip.memory.staging", "%u B cannot hold %u bursts of %u B; allowed: %llu B and more",
                         c->memory.staging, c->compile.staging_slots, c->compile.max_burst, (ull)needed);
        }
    }
    if (reader_knows(r, "chip.units.sram", "chip.memory.staging", NULL) && c->memory.staging >= c->units.sram) {
        reader_error(r, "chip.memory.staging", "%u B leave nothing of the %u B of a unit's SRAM; allowed: less",
                     c->memory.staging, c->units.sram);
    }
}

/* ---- machines ---- */

static bool rule_skew(struct reader *r)
{
    const struct config *c = r->config;
    const struct ppb_list *skew = &c->phase.skew_cycles;
    if (skew->n != 1 && skew->n != c->server.chips) {
        reader_error(r, "machines.phase.skew_cycles",
                     "%u numbers; allowed: 1 for all chips, or one for each of the %u chips", skew->n, c->server.chips);
        return false;
    }
    for (uint32_t i = 0; i < skew->n && reader_knows(r, "server.fabric.topology", NULL); i++) {
        if (c->server.chips > 1 && c->fabric.topology == FABRIC_SWITCH && skew->value[i] != 0) {
            reader_error(r, "machines.phase.skew_cycles",
                         "a switch keeps the time of chips that are not behind; allowed: 0 with "
                         "server.fabric.topology switch");
            return false;
        }
    }
    return true;
}

/* Of the longest burst between chips; 0 where there is none, or it is not known. */
static uint64_t flight_cycles(struct reader *r)
{
    const struct config *c = r->config;
    if (!reader_knows(r, "server.chips", "chip.clock", "machines.phase.compile.max_burst", "server.fabric.link.latency",
                      "server.fabric.link.bandwidth", "server.fabric.link.fec", "server.fabric.link.fec_latency",
                      NULL) ||
        c->server.chips == 1) {
        return 0;
    }
    uint64_t period = clock_period_fs(c->chip.clock);
    struct fraction rate = link_code_rate(&link_codes[c->link.fec], fraction_rate(c->link.bandwidth, period));
    return phase_flight_cycles(c->link.latency + c->link.fec_latency, rate, c->compile.max_burst, period);
}

static void rule_drift(struct reader *r)
{
    const struct config *c = r->config;
    if (!reader_knows(r, "server.chips", "machines.phase.drift_ppb", "machines.phase.skew_cycles",
                      "machines.phase.align_interval", NULL) ||
        !rule_skew(r)) {
        return;
    }
    uint32_t n = c->phase.drift_ppb.n;
    if (n != 1 && n != c->server.chips) {
        reader_error(r, "machines.phase.drift_ppb",
                     "%u numbers; allowed: 1 for all chips, or one for each of the %u chips", n, c->server.chips);
        return;
    }
    for (uint32_t i = 0; i < n && reader_knows(r, "server.fabric.topology", NULL); i++) {
        if (c->server.chips > 1 && c->fabric.topology == FABRIC_SWITCH && c->phase.drift_ppb.value[i] != 0) {
            reader_error(r, "machines.phase.drift_ppb",
                         "a switch keeps the time of chips that do not drift; allowed: 0 with server.fabric.topology "
                         "switch");
            return;
        }
    }
    uint64_t needed = phase_guard_needed(&c->phase, c->server.chips, flight_cycles(r));
    if (needed > GUARD_MAX) {
        reader_error(r, "machines.phase.drift_ppb",
                     "drift over align_interval, and skew, need a guard band of %llu cycles; "
                     "allowed: %u; align more often",
                     (ull)needed, GUARD_MAX);
    } else if (reader_knows(r, "machines.phase.guard_cycles", NULL) && c->phase.guard_cycles < needed) {
        reader_error(r, "machines.phase.guard_cycles",
                     "%u is less than drift and skew of the chips need; allowed: %llu and more, "
                     "or auto",
                     c->phase.guard_cycles, (ull)needed);
    }
}

/* A steady run measures a repeat that follows another. */
static void rule_repeats(struct reader *r)
{
    const struct run_params *run = &r->config->run;
    if (!reader_knows(r, "run.start", "run.repeats", NULL) || run->repeats > 1) {
        return;
    }
    for (uint32_t i = 0; i < run->start.n; i++) {
        if (run->start.value[i] == START_STEADY) {
            reader_error(r, "run.repeats", "is %u; allowed: 2 and more for a steady run, or only cold in run.start",
                         run->repeats);
        }
    }
}

/* ---- work ---- */

static void rule_transformer(struct reader *r)
{
    const struct workload_params *w = &r->config->workload;
    if (w->kind == WORKLOAD_TRANSFORMER && reader_knows(r, "workload.heads", "workload.d_model", NULL) &&
        w->d_model % w->heads) {
        reader_error(r, "workload.heads", "%u heads do not divide d_model %u; allowed: a divisor of %u", w->heads,
                     w->d_model, w->d_model);
    }
}

static void rule_cnn(struct reader *r)
{
    const struct workload_params *w = &r->config->workload;
    if (w->kind != WORKLOAD_CNN || !reader_knows(r, "workload.kernel", NULL)) {
        return;
    }
    if (w->kernel % 2 == 0) {
        reader_error(r, "workload.kernel", "%u is even; allowed: an odd number", w->kernel);
    } else if (reader_knows(r, "workload.image", NULL) && w->kernel > w->image) {
        reader_error(r, "workload.kernel", "%u is larger than the image, %u x %u", w->kernel, w->image, w->image);
    }
}

/* Widest split that gives every chip some work, and what it is the number of; UINT32_MAX: any. */
static uint32_t widest_split(const struct reader *r, const char **what)
{
    const struct workload_params *w = &r->config->workload;
    static const struct {
        uint32_t kind;
        const char *key, *name;
    } limits[] = {{WORKLOAD_TRANSFORMER, "workload.heads", "heads"},
                  {WORKLOAD_MLP, "workload.hidden", "columns of a hidden layer"},
                  {WORKLOAD_RANDOM, "workload.nodes", "nodes"}};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        if (w->kind == limits[i].kind && reader_knows(r, limits[i].key, NULL)) {
            *what = limits[i].name;
            return (uint32_t)value_get(PARAM_u32, param_field_const(r->config, param_find(limits[i].key)));
        }
    }
    return UINT32_MAX;
}

static void rule_tensor(struct reader *r)
{
    struct config *c = r->config;
    if (!reader_knows(r, "server.chips", "workload.kind", "workload.parallel.tensor", "workload.parallel.pipeline",
                      NULL)) {
        return;
    }
    const char *what = "";
    uint32_t limit = widest_split(r, &what), chips = c->server.chips, stages = c->parallel.pipeline;
    uint32_t tensor = c->parallel.tensor, share = chips / stages;
    if (stages > chips) {
        reader_error(r, "workload.parallel.pipeline", "%u is more than the chips of the server; allowed: 1..%u", stages,
                     chips);
        return;
    }
    bool narrow = tensor == PARAM_AUTO32 && limit < share; /* not all chips, and not by mistake */
    tensor = tensor != PARAM_AUTO32 ? tensor : narrow ? limit : share;
    if (tensor > chips) {
        reader_error(r, "workload.parallel.tensor", "%u is more than the chips of the server; allowed: 1..%u", tensor,
                     chips);
    } else if (tensor > limit) {
        reader_error(r, "workload.parallel.tensor", "%u chips cannot share %u %s; allowed: 1..%u", tensor, limit, what,
                     limit);
    } else if (stages > 1 && !narrow && (uint64_t)tensor * stages != chips) {
        reader_error(r, "workload.parallel.pipeline",
                     "%u stages of %u chips are not the chips of the server; allowed: tensor x pipeline = %u", stages,
                     tensor, chips);
    } else {
        c->parallel.tensor = tensor;
    }
}

static void rule_micro_batches(struct reader *r)
{
    const struct config *c = r->config;
    if (!reader_knows(r, "workload.kind", "workload.parallel.micro_batches", NULL)) {
        return;
    }
    uint32_t parts = c->parallel.micro_batches, kind = c->workload.kind;
    if (parts > 1 && (kind == WORKLOAD_RANDOM || kind == WORKLOAD_STG)) {
        reader_error(r, "workload.parallel.micro_batches",
                     "%u: work of kind %s has no batch that could be cut; allowed: 1, or more with workload.kind "
                     "transformer, cnn or mlp and workload.batch",
                     parts, workload_kind_choices.names[kind]);
    } else if (parts > 1 && reader_knows(r, "workload.batch", NULL) && c->workload.batch % parts) {
        reader_error(r, "workload.parallel.micro_batches",
                     "%u cannot share a batch of %u alike; allowed: a divisor of workload.batch", parts,
                     c->workload.batch);
    }
}

static void rule_edges(struct reader *r)
{
    struct workload_params *w = &r->config->workload;
    if (reader_knows(r, "workload.edge_bytes", "workload.kind", NULL) && w->edge_bytes == PARAM_AUTO32) {
        w->edge_bytes = w->kind == WORKLOAD_STG ? 0 : 4096;
    }
}

static void rule_link(struct reader *r)
{
    struct link_params *l = &r->config->link;
    if (!reader_knows(r, "server.chips", "server.fabric.link.fec", NULL) || r->config->server.chips == 1) {
        return;
    }
    const struct link_code *code = &link_codes[l->fec];
    if (reader_knows(r, "server.fabric.link.bandwidth", NULL)) {
        rule_rate(r, "server.fabric.link.bandwidth", l->bandwidth, code->rate.den);
    }
    if (reader_knows(r, "server.fabric.link.fec_latency", NULL) && l->fec_latency == PARAM_AUTO64) {
        l->fec_latency = code->latency_fs;
    }
}

/* After reader_rules_machines. */
static bool phase_runs(const struct reader *r)
{
    bool named = r->config->phase.policy.n > 0 || !reader_knows(r, "machines.phase.policy", NULL);
    return (named || r->use == CONFIG_FOR_PHASE) && r->use != CONFIG_FOR_DYNAMIC && r->use != CONFIG_FOR_MEMORY;
}

void reader_rules(struct reader *r)
{
    rule_name(r);
    rule_fabric(r);
    rule_units(r);
    reader_rules_degraded(r);
    rule_engine(r);
    rule_noc(r);
    rule_flit(r);
    rule_memory(r);
    rule_repeats(r);
    reader_rules_machines(r);
    if (phase_runs(r)) {
        rule_bursts(r);
        rule_staging(r);
    }
    rule_link(r);
    rule_drift(r);
    if (reader_knows(r, "workload.kind", NULL)) {
        rule_transformer(r);
        rule_cnn(r);
        rule_tensor(r);
        rule_micro_batches(r);
        rule_edges(r);
    }
}
