/* SPDX-License-Identifier: Apache-2.0 */
/* memory_chip_sc.cpp - makes and binds the boxes of a chip's memory system. */
#include "hw/chip/memory_chip_sc.h"

#include <string>

#include "hw/chip/chip_bind_sc.h"

namespace bpsim
{

memory_chip_sc::memory_chip_sc(const sc_core::sc_module_name &name, memory_chip *core, run_control &run,
                               bool never_sleep)
    : sc_core::sc_module(name), domain("clock", sim_clock {core->site.m->period_fs, 0}, never_sleep, run),
      launch("launch", core->counter), memory_(domain.trail(frfcfs_soonest(core->channels[0]))), core_(core)
{
    slot_counter_init(&core->counter, domain.core());
    domain.core()->ahead = true; /* nothing is outside: it goes on to the end of each window */
    domain.run_ahead_by(memory_window * core->site.m->period_fs);
    players.resize(core->units);
    slices.resize(core->n_slices);
    channels.resize(core->n_channels);
    make(run.shuffle);
    bind();
}

void memory_chip_sc::make(uint64_t shuffle)
{
    memory_chip *c = core_;
    uint32_t per_channel = c->n_slices / c->n_channels, requests = c->site.d->l2.mshrs + c->site.d->l2.queue;
    std::vector<std::function<void()>> makers;
    auto named = [](const char *kind, size_t i) { return kind + std::to_string(i); };
    makers.push_back([=] { noc = std::make_unique<vc_network_sc>("noc", domain, c->network); });
    for (size_t i = 0; i < players.size(); i++)
        makers.push_back([=] {
            players[i] =
                std::make_unique<trace_player_sc>(named("unit", i).c_str(), domain, &c->players[i], &c->ports[i]);
        });
    for (size_t i = 0; i < slices.size(); i++)
        makers.push_back([=] {
            slices[i] = std::make_unique<l2_slice_sc>(named("l2_", i).c_str(), domain, c->slices[i],
                                                      &c->ports[players.size() + i], requests);
        });
    for (size_t i = 0; i < channels.size(); i++)
        makers.push_back([=] {
            channels[i] = std::make_unique<frfcfs_sc>(named("hbm", i).c_str(), memory_, c->channels[i], per_channel,
                                                      requests, false);
        });
    make_boxes(makers, shuffle, name());
}

void memory_chip_sc::bind()
{
    for (uint32_t e = 0; e < players.size() + slices.size(); e++) {
        noc->in_credit[e] = &core_->ports[e].in_credit;
        if (e < players.size())
            bind_endpoint(*noc, e, *players[e]);
        else
            bind_endpoint(*noc, e, *slices[e - players.size()]);
    }
    for (size_t i = 0; i < slices.size(); i++) {
        slices[i]->launch(launch);
        bind_slice(*slices[i], i, channels);
    }
}

} // namespace bpsim
