/* SPDX-License-Identifier: Apache-2.0 */
/* chip_sc.cpp - makes and binds the boxes of a chip. */
#include "hw/chip/chip_sc.h"

#include <functional>
#include <string>

extern "C" {
#include "sim/base/rng.h"
}

namespace bpsim
{

static sim_clock clock_of(const chip_core *c)
{
    return {c->m->period_fs, c->m->drift_ppb ? c->m->drift_ppb[c->chip] : 0};
}

chip_sc::chip_sc(const sc_core::sc_module_name &name, chip_core *core, run_control &run, bool never_sleep)
    : sc_core::sc_module(name), domain("clock", clock_of(core), never_sleep, run), core_(core)
{
    slot_counter_init(&core->counter, domain.core());
    units.resize(core->m->units_per_chip);
    channels.resize(core->m->channels_per_chip);
    senders.resize(core->n_out);
    receivers.resize(core->n_in);
    make(run.shuffle);
    bind_endpoints();
    bind_control();
}

/* Boxes are made in an order that must not matter: their numbers follow. */
void chip_sc::make(uint64_t shuffle)
{
    std::vector<std::function<void()>> makers;
    auto named = [](const char *kind, size_t i) { return kind + std::to_string(i); };
    makers.push_back(
        [this] { ctl = std::make_unique<phase_controller_sc>("ctl", domain, core_->controller, core_->counter); });
    makers.push_back([this] { noc = std::make_unique<slot_network_sc>("noc", domain, core_->network); });
    for (size_t i = 0; i < units.size(); i++)
        makers.push_back(
            [=] { units[i] = std::make_unique<unit_sc>(named("unit", i).c_str(), domain, core_->units[i]); });
    for (size_t i = 0; i < channels.size(); i++)
        makers.push_back([=] {
            channels[i] = std::make_unique<hbm_channel_sc>(named("hbm", i).c_str(), domain, core_->channels[i]);
        });
    for (size_t i = 0; i < senders.size(); i++)
        makers.push_back([=] {
            senders[i] = std::make_unique<link_sender_sc>(named("sender", i).c_str(), domain, core_->senders[i]);
        });
    for (size_t i = 0; i < receivers.size(); i++)
        makers.push_back([=] {
            receivers[i] =
                std::make_unique<link_receiver_sc>(named("receiver", i).c_str(), domain, core_->receivers[i]);
        });
    rng order;
    rng_init(&order, shuffle, name());
    for (size_t i = makers.size(); shuffle != 0 && i > 1; i--)
        std::swap(makers[i - 1], makers[rng_below(&order, i)]);
    for (auto &maker : makers)
        maker();
}

/* The network's mailboxes of each endpoint: units, then channels, then link ports. */
void chip_sc::bind_endpoints()
{
    uint32_t first = machine_endpoint(core_->m, core_->chip, 0);
    for (uint32_t e = 0; e < core_->m->endpoints_per_chip; e++) {
        const endpoint &x = core_->m->endpoints[first + e];
        uint32_t link = 0;
        if (x.kind == ENDPOINT_UNIT) {
            units[x.index]->inject_out(*noc->in[e]);
            (*noc->out[e])(units[x.index]->eject_in);
        } else if (x.kind == ENDPOINT_CHANNEL) {
            channels[x.index]->inject_out(*noc->in[e]);
            (*noc->out[e])(channels[x.index]->eject_in);
        } else {
            uint32_t port = chip_core_port(core_, first + e, true, &link);
            (*receivers[link]->inject_out[port])(*noc->in[e]);
            port = chip_core_port(core_, first + e, false, &link);
            (*noc->out[e])(*senders[link]->eject_in[port]);
        }
    }
}

void chip_sc::bind_control()
{
    noc->counter(ctl->slots);
    for (size_t i = 0; i < units.size(); i++) {
        units[i]->counter(ctl->slots);
        (*ctl->phase_out[i])(units[i]->phase_in);
    }
    for (size_t i = 0; i < channels.size(); i++) {
        channels[i]->counter(ctl->slots);
        channels[i]->hold_out(*ctl->hold_in[i]);
    }
    for (auto &s : senders)
        s->counter(ctl->slots);
    for (size_t i = 0; i < receivers.size(); i++) {
        receivers[i]->counter(ctl->slots);
        receivers[i]->hold_out(*ctl->hold_in[channels.size() + i]);
    }
}

} // namespace bpsim
