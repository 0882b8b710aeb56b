/* SPDX-License-Identifier: Apache-2.0 */
/* dynamic_chip_sc.cpp - makes and binds the boxes of a chip of the dynamic machine. */
#include "hw/chip/dynamic_chip_sc.h"

#include <string>

#include "hw/chip/chip_bind_sc.h"

namespace bpsim
{

/* Not hardware: clears the counts of the boxes when the measured repeat is announced. Nothing moves on the chip then.
 */
class dynamic_chip_sc::stat_clerk : public clocked_box
{
  public:
    stat_clerk(const sc_core::sc_module_name &name, clock_domain &domain, dynamic_chip *core)
        : clocked_box(name, domain), launch("launch"), core_(core), cleared_(false)
    {
    }
    counter_in launch;

  private:
    void end_of_elaboration() override
    {
        launch.resolve(*this);
    }
    uint64_t eval(uint64_t cycle) override
    {
        if (core_->counter.now.measured && !cleared_) {
            dynamic_chip_clear(core_, cycle);
            cleared_ = true;
        }
        return CYCLE_NEVER;
    }

    dynamic_chip *core_;
    bool cleared_;
};

dynamic_chip_sc::dynamic_chip_sc(const sc_core::sc_module_name &name, dynamic_chip *core, run_control &run,
                                 bool never_sleep)
    : sc_core::sc_module(name), domain("clock", sim_clock {core->m->period_fs, 0}, never_sleep, run),
      memory_(domain.trail(frfcfs_soonest(core->channels[0]))), core_(core)
{
    slot_counter_init(&core->counter, domain.core());
    sms.resize(core->m->units_per_chip);
    slices.resize(core->d->l2.slices);
    channels.resize(core->m->channels_per_chip);
    make(run.shuffle);
    bind_network();
    bind_control();
}

dynamic_chip_sc::~dynamic_chip_sc() = default;

/* Boxes are made in an order that must not matter: their numbers follow. */
void dynamic_chip_sc::make(uint64_t shuffle)
{
    dynamic_chip *c = core_;
    uint32_t per_channel = c->d->l2.slices / c->m->channels_per_chip, requests = c->d->l2.mshrs + c->d->l2.queue;
    std::vector<std::function<void()>> makers;
    auto named = [](const char *kind, size_t i) { return kind + std::to_string(i); };
    makers.push_back(
        [=] { dispatch = std::make_unique<dispatcher_sc>("dispatch", domain, c->dispatcher, c->counter); });
    makers.push_back([=] { noc = std::make_unique<vc_network_sc>("noc", domain, c->network); });
    makers.push_back([=] { clerk_ = std::make_unique<stat_clerk>("clerk", domain, c); });
    for (size_t i = 0; i < sms.size(); i++)
        makers.push_back(
            [=] { sms[i] = std::make_unique<sm_sc>(named("unit", i).c_str(), domain, c->sms[i], &c->ports[i]); });
    for (size_t i = 0; i < slices.size(); i++)
        makers.push_back([=] {
            slices[i] = std::make_unique<l2_slice_sc>(named("l2_", i).c_str(), domain, c->slices[i],
                                                      &c->ports[sms.size() + i], requests);
        });
    for (size_t i = 0; i < channels.size(); i++)
        makers.push_back([=] {
            channels[i] =
                std::make_unique<frfcfs_sc>(named("hbm", i).c_str(), memory_, c->channels[i], per_channel, requests);
        });
    if (c->fabric)
        makers.push_back([=] {
            fabric = std::make_unique<fabric_router_sc>(
                "fabric", domain, c->fabric, &c->ports[sms.size() + slices.size()], VN_COUNT * c->ports[0].in_places);
        });
    make_boxes(makers, shuffle, name());
}

/* The network's mailboxes of each endpoint: SMs, slices, then ports of the fabric router. */
void dynamic_chip_sc::bind_network()
{
    for (uint32_t e = 0; e < core_->endpoints; e++) {
        noc->in_credit[e] = &core_->ports[e].in_credit;
        if (e < sms.size()) {
            bind_endpoint(*noc, e, *sms[e]);
        } else if (e < sms.size() + slices.size()) {
            bind_endpoint(*noc, e, *slices[e - sms.size()]);
        } else {
            size_t port = e - sms.size() - slices.size();
            (*fabric->port_out[port])(*noc->in[e]);
            (*noc->out[e])(*fabric->port_in[port]);
        }
    }
}

void dynamic_chip_sc::bind_control()
{
    clerk_->launch(dispatch->launch);
    for (size_t i = 0; i < sms.size(); i++) {
        sms[i]->launch(dispatch->launch);
        (*dispatch->start_out[i])(sms[i]->start_in);
        sms[i]->done_out(*dispatch->done_in[i]);
    }
    for (size_t i = 0; i < slices.size(); i++) {
        slices[i]->launch(dispatch->launch);
        bind_slice(*slices[i], i, channels);
    }
    for (auto &channel : channels)
        (*channel->launch)(dispatch->launch);
}

} // namespace bpsim
