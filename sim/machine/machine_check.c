/* SPDX-License-Identifier: Apache-2.0 */
/* machine_check.c - can a machine be made of these numbers? Every fault gets its message in one go. */
#include <stddef.h>
#include <stdlib.h>

#include "sim/base/fraction.h"
#include "sim/machine/degraded.h"
#include "sim/machine/topology.h"

#define ADDERS_MAX       4096u    /* behind a line into a switch */
#define UNITS_MAX        262144u  /* of a server: bounds memory and time of the build */
#define PORTS_MAX        1048576u /* of all chip links and channels: the same */
#define CENTRE_LINKS_MAX 1024u
#define RATE_MAX         ((uint64_t)1 << 38) /* ticks of a rate over 2^26 cycles stay inside 64 bits */
#define FS_PER_SECOND    1000000000000000u

struct range {
    const char *box, *name;
    size_t offset; /* of a uint32_t in the spec */
    uint32_t min, max;
};

#define R(box, name, field, min, max)                                                                                  \
    {                                                                                                                  \
        box, name, offsetof(struct machine_spec, field), min, max                                                      \
    }
static const struct range ranges[] = {
    R("server", "chips", chips, 1, 256),
    R("chip.units", "rows", rows, 1, 128),
    R("chip.units", "cols", cols, 1, 128),
    R("chip.units", "macs_per_cycle", macs_per_cycle, 1, UINT32_MAX),
    R("chip.units.engine", "m", engine_m, 1, 1024),
    R("chip.units.engine", "n", engine_n, 1, 1024),
    R("chip.units.engine", "k", engine_k, 1, 1024),
    R("chip.units", "vector_lanes", vector_lanes, 1, UINT32_MAX),
    R("chip.units", "sram", sram_bytes, 1, UINT32_MAX),
    R("chip.units", "sram_read", sram_read, 1, UINT32_MAX),
    R("chip.units", "sram_write", sram_write, 1, UINT32_MAX),
    R("chip.noc", "topology", noc, NOC_MESH, NOC_PARTITIONED),
    R("chip.noc", "concentration", noc_concentration, 1, 16384),
    R("chip.noc", "flit", flit_bytes, 1, 65536),
    R("chip.noc", "link_latency", noc_link_latency, 1, 65536),
    R("chip.noc", "slot_router_latency", noc_router_latency, 0, 65536),
    R("chip.memory", "channels", channels, 1, 1024),
    R("chip.memory", "timing", timing, MEMORY_HBM2, MEMORY_HBM3),
    R("chip.memory", "row", row_bytes, 1, 1048576),
    R("chip.memory", "burst", burst_bytes, 1, 65536),
    R("chip.memory", "staging", staging_bytes, 1, UINT32_MAX),
    R("machines.phase.compile", "max_burst", max_burst, 1, UINT32_MAX),
};

/* Adds a message to `d` under the name of the box and counts it. */
#define FAULT(box, ...) (diag_add(d, "", 0, 0, box, __VA_ARGS__), faults++)

static uint32_t check_ranges(const struct machine_spec *s, struct diag *d)
{
    uint32_t faults = 0;
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        const struct range *r = &ranges[i];
        uint32_t value = *(const uint32_t *)(const void *)((const char *)s + r->offset);
        if (value < r->min || value > r->max) {
            FAULT(r->box, "cannot be built with %s %u: %u..%u is possible", r->name, value, r->min, r->max);
        }
    }
    if (s->noc_node_latency == 0 || (s->noc_node_latency > 65536 && s->noc_node_latency != PARAM_AUTO32)) {
        FAULT("chip.noc", "cannot be built with node_latency %u: 1..65536 is possible", s->noc_node_latency);
    }
    if (s->clock_hz == 0 || s->clock_hz > 1000000000000u) {
        FAULT("chip", "cannot be built with a clock of %llu Hz", (unsigned long long)s->clock_hz);
    }
    if (s->memory_bandwidth == 0) {
        FAULT("chip.memory", "cannot be built with bandwidth 0");
    }
    return faults;
}

/* Sums in switches. */
static uint32_t check_adders(const struct machine_spec *s, struct diag *d)
{
    uint32_t faults = 0;
    if (s->adders == 0 || s->fabric != FABRIC_SWITCH) {
        return faults;
    }
    if (s->adders > ADDERS_MAX || s->adder_latency_fs == 0 || s->adder_latency_fs > FS_PER_SECOND / 1000) {
        FAULT("server.fabric", "cannot be built with %u adders of %llu fs: 0..%u of 1 fs..1 ms are possible", s->adders,
              (unsigned long long)s->adder_latency_fs, ADDERS_MAX);
    }
    return faults;
}

static uint32_t check_fabric(const struct machine_spec *s, struct diag *d)
{
    uint32_t faults = 0;
    if (s->chips == 1 && s->fabric != MACHINE_NO_FABRIC) {
        FAULT("server.fabric", "one chip has no other to be joined with");
    }
    if (s->chips > 1 && s->fabric == MACHINE_NO_FABRIC) {
        FAULT("server.fabric", "%u chips need a fabric", s->chips);
    }
    if (s->fabric == MACHINE_NO_FABRIC) {
        return faults;
    }
    struct fabric_shape shape = machine_spec_fabric(s);
    const char *key;
    char why[FABRIC_WHY_MAX];
    if (s->fabric >= fabric_topology_choices.count) {
        FAULT("server.fabric", "cannot be built with topology %u: %u..%u is possible", s->fabric, FABRIC_RING,
              fabric_topology_choices.count - 1);
    } else if (!fabric_shape_resolve(&shape, &key, why)) {
        FAULT("server.fabric", "%s", why);
    }
    uint32_t routings = fabric_routing_choices.count;
    if (faults == 0 && s->fabric_routing != ROUTING_MINIMAL &&
        (s->fabric_routing >= routings || s->n_dead_links > 0 || fabric_shape_cluster(&shape) == 0)) {
        FAULT("server.fabric", "cannot be built with routing %u: there are no ways by a third chip", s->fabric_routing);
    }
    if (s->fabric == FABRIC_SWITCH && (s->switch_latency_fs == 0 || s->switch_latency_fs > FS_PER_SECOND / 1000)) {
        FAULT("server.fabric", "cannot be built with a switch latency of %llu fs: 1 fs..1 ms is possible",
              (unsigned long long)s->switch_latency_fs);
    }
    faults += check_adders(s, d);
    if (s->link_bandwidth == 0) {
        FAULT("server.fabric.link", "cannot be built with bandwidth 0");
    }
    if (s->link_fec >= LINK_CODES || s->link_bit_errors > BIT_ERRORS_IN_ALL / 100) {
        FAULT("server.fabric.link", "cannot be built with code %u and %llu wrong bits in 10^18", s->link_fec,
              (unsigned long long)s->link_bit_errors);
    }
    if (s->link_fec_latency_fs > FS_PER_SECOND / 1000) {
        FAULT("server.fabric.link", "cannot be built with a code that takes %llu fs: 0 fs..1 ms is possible",
              (unsigned long long)s->link_fec_latency_fs);
    }
    if (s->link_latency_fs == 0 || s->link_latency_fs > FS_PER_SECOND / 1000) {
        FAULT("server.fabric.link", "cannot be built with a latency of %llu fs: 1 fs..1 ms is possible",
              (unsigned long long)s->link_latency_fs);
    }
    return faults;
}

/* The exact fraction of a rate must be small enough to count ticks with. */
static uint32_t check_rate(const char *box, uint64_t rate, const struct link_code *code, uint64_t period_fs,
                           uint64_t parts, struct diag *d)
{
    uint32_t faults = 0;
    uint64_t reduced = rate / fraction_gcd(rate, FS_PER_SECOND);
    if (reduced <= UINT64_MAX / period_fs) {
        struct fraction f = fraction_rate(rate, period_fs);
        f = f.num < RATE_MAX && f.den < RATE_MAX ? link_code_rate(code, f) : f;
        if (f.num > 0 && f.num < RATE_MAX && f.den < RATE_MAX / parts) {
            return 0;
        }
    }
    FAULT(box,
          "%llu B/s at a clock period of %llu fs is no fraction that can be counted exactly: "
          "give the bandwidth or the clock with fewer digits",
          (unsigned long long)rate, (unsigned long long)period_fs);
    return faults;
}

static uint32_t check_rates(const struct machine_spec *s, struct diag *d)
{
    uint64_t period = clock_period_fs(s->clock_hz);
    uint32_t faults = check_rate("chip.memory", s->memory_bandwidth, &link_codes[FEC_NONE], period, s->channels, d);
    if (s->fabric != MACHINE_NO_FABRIC) {
        faults += check_rate("server.fabric.link", s->link_bandwidth, &link_codes[s->link_fec], period, 1, d);
    }
    return faults;
}

/* A fast link between slow chips has many ports, and each is an endpoint with links of its own. */
static uint32_t check_ports(const struct machine_spec *s, struct diag *d)
{
    uint32_t faults = 0;
    if (s->fabric == MACHINE_NO_FABRIC) {
        return faults;
    }
    struct fraction rate = machine_link_rate(s);
    uint64_t per_link = ceil_div(rate.num, rate.den * s->flit_bytes);
    struct fabric_shape shape = machine_spec_fabric(s);
    const char *key;
    char why[FABRIC_WHY_MAX];
    fabric_shape_resolve(&shape, &key, why); /* it has one: check_fabric */
    uint64_t links = (uint64_t)s->chips * fabric_kinds[s->fabric].degree(&shape, 0);
    if (links > 0 && per_link > PORTS_MAX / links) {
        FAULT("server.fabric.link",
              "%llu chip links with %llu ports of %u B per cycle each are too many: %u ports are possible",
              (unsigned long long)links, (unsigned long long)per_link, s->flit_bytes, PORTS_MAX);
    }
    return faults;
}

static uint32_t check_network(const struct machine_spec *s, struct noc_layout *l, struct diag *d)
{
    uint32_t faults = 0;
    uint32_t narrow = s->rows < s->cols ? s->rows : s->cols;
    struct noc_wish wish = {.topology = s->noc,
                            .unit_rows = s->rows,
                            .unit_cols = s->cols,
                            .concentration = s->noc_concentration,
                            .centre_links = s->noc_centre_links == PARAM_AUTO32 ? narrow : s->noc_centre_links};
    if (noc_layout_make(l, &wish, d)) {
        return 1;
    }
    if (s->noc == NOC_PARTITIONED && (l->centre_links == 0 || l->centre_links > CENTRE_LINKS_MAX)) {
        FAULT("chip.noc", "cannot be built with centre_links %u: 1..%u is possible", l->centre_links, CENTRE_LINKS_MAX);
    }
    if ((uint64_t)l->links * s->chips > NOC_LINKS_MAX) {
        FAULT("chip.noc", "%llu links between routers are more than the %u that can be built",
              (unsigned long long)l->links * s->chips, NOC_LINKS_MAX);
    }
    uint32_t longest = noc_kinds[s->noc].longest(l);
    if (longest + 2 > MACHINE_PATH_MAX) {
        FAULT("chip.noc", "its longest path has %u links; %u is possible", longest + 2, MACHINE_PATH_MAX);
    }
    return faults;
}

static uint32_t check_sizes(const struct machine_spec *s, struct diag *d)
{
    uint32_t faults = 0;
    uint64_t units = (uint64_t)s->chips * s->rows * s->cols;
    if (units > UNITS_MAX) {
        FAULT("server", "%llu units are more than the %u that can be built", (unsigned long long)units, UNITS_MAX);
    }
    uint64_t macs = (uint64_t)s->engine_m * s->engine_n * s->engine_k;
    if (macs != s->macs_per_cycle) {
        FAULT("chip.units.engine", "m x n x k = %llu, but a unit has %u MAC/cycle", (unsigned long long)macs,
              s->macs_per_cycle);
    }
    if (s->row_bytes % s->burst_bytes) {
        FAULT("chip.memory", "a row of %u B is not a whole number of bursts of %u B", s->row_bytes, s->burst_bytes);
    }
    if (!s->no_phase && s->max_burst % s->flit_bytes) {
        FAULT("machines.phase.compile", "max_burst %u B is not a whole number of flits of %u B", s->max_burst,
              s->flit_bytes);
    }
    if (!s->no_phase && s->max_burst > s->staging_bytes) {
        FAULT("chip.memory", "a staging buffer of %u B cannot hold one burst of %u B", s->staging_bytes, s->max_burst);
    }
    return faults;
}

static uint32_t check_skew(const struct machine_spec *s, struct diag *d)
{
    uint32_t faults = 0;
    const struct ppb_list *skew = &s->skew;
    if (skew->n > 1 && skew->n != s->chips) {
        FAULT("machines.phase", "%u values of skew for %u chips", skew->n, s->chips);
    }
    for (uint32_t i = 0; i < skew->n; i++) {
        if (skew->value[i] < 0 || skew->value[i] > 100000 || (s->fabric == FABRIC_SWITCH && skew->value[i] != 0)) {
            FAULT("machines.phase", "a skew of %lld cycles: 0..100000 is possible, with switches 0",
                  (long long)skew->value[i]);
        }
    }
    if (s->slack_permille > 10000) {
        FAULT("machines.phase", "a slack of %u permille: 0..10000 is possible", s->slack_permille);
    }
    return faults;
}

static uint32_t check_phase(const struct machine_spec *s, struct diag *d)
{
    uint32_t faults = 0;
    const struct ppb_list *drift = &s->drift_ppb;
    if (drift->n > 1 && drift->n != s->chips) {
        FAULT("machines.phase", "%u values of drift for %u chips", drift->n, s->chips);
    }
    for (uint32_t i = 0; i < drift->n; i++) {
        if (drift->value[i] < -1000000 || drift->value[i] > 1000000) {
            FAULT("machines.phase", "drift of %lld ppb is outside -1000000..1000000", (long long)drift->value[i]);
        }
    }
    for (uint32_t i = 0; s->fabric == FABRIC_SWITCH && i < drift->n; i++) {
        if (drift->value[i] != 0) {
            FAULT("machines.phase", "a switch keeps the time of chips that do not drift; 0 ppb is possible");
            break;
        }
    }
    faults += check_skew(s, d);
    if (s->align_interval == 0 || s->align_interval > 1000000000000u) {
        FAULT("machines.phase", "cannot be built with align_interval %llu", (unsigned long long)s->align_interval);
    }
    return faults;
}

/* Each unit is named once, and each chip keeps one that works. */
static uint32_t check_dead_units(const struct machine_spec *s, struct diag *d)
{
    uint32_t faults = 0, units = s->rows * s->cols;
    bool *dead = mem_alloc_array((size_t)s->chips * units, sizeof *dead);
    uint32_t *n = mem_alloc_array(s->chips, sizeof *n);
    for (uint32_t i = 0; i < s->n_dead_units; i++) {
        uint32_t unit = s->dead_units[i];
        if (unit >= s->chips * units || dead[unit]) {
            FAULT("server", "cannot be built with dead unit %u: %u units, each named once, are possible", unit,
                  s->chips * units);
            continue;
        }
        dead[unit] = true;
        if (++n[unit / units] == units) {
            FAULT("server", "chip %u has no unit that works", unit / units);
        }
    }
    free(dead);
    free(n);
    return faults;
}

static uint32_t check_slow_chips(const struct machine_spec *s, struct diag *d)
{
    uint32_t faults = 0;
    for (uint32_t i = 0; s->slow_permille && i < s->chips; i++) {
        if (s->slow_permille[i] < DEGRADED_SLOW_MIN || s->slow_permille[i] > DEGRADED_SLOW_MAX) {
            FAULT("server", "chip %u cannot take %u cycles for 1000: %u..%u are possible", i, s->slow_permille[i],
                  DEGRADED_SLOW_MIN, DEGRADED_SLOW_MAX);
        }
    }
    return faults;
}

/* The fabric is sound: check_fabric. */
static uint32_t check_dead_links(const struct machine_spec *s, struct diag *d)
{
    uint32_t faults = 0;
    struct fabric_shape shape = machine_spec_fabric(s);
    struct node_pair apart;
    const char *key;
    char why[FABRIC_WHY_MAX];
    if (s->n_dead_links == 0) {
        return faults;
    }
    if (s->fabric == MACHINE_NO_FABRIC || !fabric_shape_resolve(&shape, &key, why)) {
        FAULT("server", "one chip has no links that could be down");
    } else if (s->fabric == FABRIC_SWITCH && s->adders > 0) {
        FAULT("server.fabric", "switches that add need all of their links");
    } else if (!degraded_is_whole(&shape, s->dead_links, s->n_dead_links, &apart)) {
        FAULT("server", "no way is left from chip %u to chip %u", apart.a, apart.b);
    }
    return faults;
}

uint32_t machine_spec_check(const struct machine_spec *s, struct noc_layout *l, struct diag *d)
{
    /* What fits together is asked only of numbers that are sound by themselves. */
    uint32_t faults = check_ranges(s, d) + check_fabric(s, d) + check_phase(s, d);
    faults = faults ? faults
                    : check_rates(s, d) + check_sizes(s, d) + check_network(s, l, d) + check_dead_units(s, d) +
                          check_slow_chips(s, d) + check_dead_links(s, d);
    return faults ? faults : check_ports(s, d);
}
