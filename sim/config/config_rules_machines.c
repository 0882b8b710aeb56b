/* SPDX-License-Identifier: Apache-2.0 */
/* config_rules_machines.c - which machines run, and what the dynamic one needs of the chip. */
#include <string.h>

#include "sim/config/config_reader.h"
#include "sim/machine/dynamic.h"

/* A key of the block, or of a block below it, is given. */
static bool any_given(const struct reader *r, const char *path)
{
    size_t n = strlen(path);
    for (uint32_t i = 0; i < config_param_count(); i++) {
        const char *block = param_at(i).block->path;
        if (r->state[i].given && strncmp(block, path, n) == 0 && (block[n] == '\0' || block[n] == '.')) {
            return true;
        }
    }
    return false;
}

/* The block stands in the file, be it empty. */
static bool is_named(const struct reader *r, const char *path)
{
    const char *rest;
    node_reach(r->root, path, &rest);
    return *rest == '\0';
}

/* The machines that are named run; where none is, the phase machine does. */
static void rule_named(struct reader *r)
{
    struct config *c = r->config;
    if (!reader_knows(r, "machines.phase.policy", "machines.dynamic.preset", NULL)) {
        return;
    }
    if (is_named(r, "machines.dynamic") && !any_given(r, "machines.dynamic")) {
        struct text allowed = {0};
        value_allowed(param_find("machines.dynamic.preset").param, &allowed);
        reader_error(r, "machines.dynamic.preset", "is missing; allowed: %s", allowed.s);
        text_free(&allowed);
    }
    if (c->dynamic.preset.n && !is_named(r, "machines.phase")) {
        c->phase.policy.n = 0;
    }
    if (c->dynamic.preset.n == 0 && c->phase.policy.n == 0) {
        reader_error(r, "machines.phase.policy",
                     "leaves no machine to run; allowed: a policy, or machines.dynamic.preset");
    }
}

static bool has_ways(uint32_t topology, bool adaptive)
{
    return noc_is_grid(topology) || (adaptive && topology == NOC_FAT_TREE);
}

/* Detours and routes by credits are of the networks that arbitrate, where these have several ways. */
static void rule_routes(struct reader *r)
{
    const struct config *c = r->config;
    static const char *const keys[] = {"chip.noc.router.valiant", "chip.noc.router.adaptive"};
    const bool on[] = {c->router.valiant, c->router.adaptive};
    for (uint32_t k = 0; k < 2; k++) {
        if (c->network_only || !on[k] || !reader_knows(r, keys[k], "machines.dynamic.preset", NULL)) {
            continue;
        }
        if (c->dynamic.preset.n == 0) {
            reader_error(r, keys[k], "the phase machine's routes are fixed; allowed: with machines.dynamic.preset");
        } else if (on[0] && on[1]) {
            reader_error(r, keys[k], "routes are adaptive or Valiant's, not both");
        }
        for (uint32_t i = 0; i < c->dynamic.preset.n && reader_knows(r, "machines.dynamic.topology", NULL); i++) {
            uint32_t preset = c->dynamic.preset.value[i], topology = dynamic_topology_of(c, preset);
            if (!has_ways(topology, k == 1)) {
                reader_error(r, keys[k],
                             "machine dynamic.%s has a %s, whose routes are fixed; allowed: with "
                             "machines.dynamic.topology mesh, torus, ring, flattened_butterfly%s",
                             dynamic_preset_choices.names[preset], noc_topology_choices.names[topology],
                             k == 1 ? ", fat_tree" : "");
                break;
            }
        }
    }
}

/* Channels without which a network can deadlock. */
static void rule_channels(struct reader *r)
{
    const struct config *c = r->config;
    if (!reader_knows(r, "chip.noc.router.vcs", "machines.dynamic.preset", "machines.dynamic.protocol",
                      "machines.dynamic.topology", NULL)) {
        return;
    }
    for (uint32_t i = 0; i < c->dynamic.preset.n; i++) {
        uint32_t preset = c->dynamic.preset.value[i], topology = dynamic_topology_of(c, preset);
        bool apart = dynamic_apart(c, preset) && r->use != CONFIG_FOR_MEMORY;
        uint32_t protocol = dynamic_protocol_of(c, preset), needed = dynamic_channels(c, preset, apart);
        if (c->router.vcs < needed) {
            reader_error(r, "chip.noc.router.vcs",
                         "%u is less than machine dynamic.%s needs on a %s: %u virtual networks of protocol %s%s%s%s; "
                         "allowed: %u..32",
                         c->router.vcs, dynamic_preset_choices.names[preset], noc_topology_choices.names[topology],
                         dynamic_virtual_networks(protocol), given_protocol_choices.names[protocol + 1],
                         apart ? ", twice: messages of other chips go apart" : "",
                         noc_wraps(topology) ? ", twice: two sides of the dateline" : "",
                         dynamic_route_classes(c, topology) > 1 ? ", twice: two parts of a route" : "", needed);
            return;
        }
    }
}

/* A line that mesi puts back takes an MSHR until its home has it, beside that of the line that comes for it. */
static void rule_mshrs(struct reader *r)
{
    static const char key[] = "machines.dynamic.l1.mshrs";
    const struct config *c = r->config;
    if (!reader_knows(r, key, "machines.dynamic.preset", "machines.dynamic.protocol", NULL) ||
        c->dynamic_l1.mshrs > 1) {
        return;
    }
    for (uint32_t i = 0; i < c->dynamic.preset.n; i++) {
        uint32_t preset = c->dynamic.preset.value[i];
        if (dynamic_protocol_of(c, preset) == PROTOCOL_MESI) {
            reader_error(r, key,
                         "1 is too few for machine dynamic.%s: under mesi a line that is put back has one too; "
                         "allowed: 2..4096",
                         dynamic_preset_choices.names[preset]);
            return;
        }
    }
}

/* The network of each dynamic machine can be laid out. */
static void rule_dynamic_layout(struct reader *r)
{
    const struct config *c = r->config;
    if (r->config->network_only ||
        !reader_knows(r, "chip.units.rows", "chip.units.cols", "chip.noc.concentration", "chip.noc.centre_links",
                      "machines.dynamic.preset", "machines.dynamic.topology", NULL)) {
        return;
    }
    for (uint32_t i = 0; i < c->dynamic.preset.n; i++) {
        struct noc_layout l;
        struct diag d;
        diag_init(&d);
        int rc = dynamic_layout(&l, c, c->dynamic.preset.value[i], &d);
        if (rc) {
            bool topology = strcmp(d.messages[0].key, "chip.noc.topology") == 0;
            reader_error(r, topology ? "machines.dynamic.topology" : d.messages[0].key, "%s", d.messages[0].text);
        }
        diag_free(&d);
        if (rc) {
            return;
        }
    }
}

/* Registers, shared memory and L1 of an SM lie in a unit's share of the SRAM, and the L2 gets the rest. */
static void rule_shares(struct reader *r)
{
    static const char *const keys[] = {"machines.dynamic.sm.registers", "machines.dynamic.sm.shared",
                                       "machines.dynamic.l1.size", "chip.units.sram"};
    const struct config *c = r->config;
    uint32_t registers, shared, l1;
    if (!reader_knows(r, keys[0], keys[1], keys[2], keys[3], "machines.dynamic.preset", NULL) ||
        c->dynamic.preset.n == 0) {
        return;
    }
    dynamic_sram_shares(c, &registers, &shared, &l1);
    if ((uint64_t)registers + shared + l1 < c->units.sram) {
        return;
    }
    size_t i = 0;
    while (i < 3 && !r->state[param_find(keys[i]).index].given) {
        i++;
    }
    reader_error(
        r, keys[i],
        "registers %u B, shared memory %u B and L1 %u B leave nothing for the L2 of the %u B of a unit's SRAM; "
        "allowed: less",
        registers, shared, l1, c->units.sram);
}

/* Sums in switches: where there are adders. */
static void rule_in_switch(struct reader *r)
{
    static const char key[] = "workload.parallel.collective";
    const struct config *c = r->config;
    if (!reader_knows(r, key, "server.chips", "server.fabric.topology", NULL) || c->server.chips == 1 ||
        c->parallel.collective != PARALLEL_IN_SWITCH) {
        return;
    }
    if (c->fabric.topology != FABRIC_SWITCH) {
        reader_error(r, key, "in-switch needs switches; allowed: all other ways with server.fabric.topology %s",
                     fabric_topology_choices.names[c->fabric.topology]);
    } else if (reader_knows(r, "server.fabric.adders", NULL) && c->fabric.adders == 0) {
        reader_error(r, key, "in-switch needs switches that add; allowed: with server.fabric.adders of 1 and more");
    }
}

void reader_rules_machines(struct reader *r)
{
    rule_named(r);
    rule_routes(r);
    rule_channels(r);
    rule_mshrs(r);
    rule_dynamic_layout(r);
    rule_shares(r);
    rule_in_switch(r);
}
