/* SPDX-License-Identifier: Apache-2.0 */
/* domain_sc.cpp - ticks, wakes and commits of a clock domain. */
#include "sim/kernel/domain_sc.h"

extern "C" {
#include "sim/base/error.h"
}

namespace bpsim
{

class clock_domain::committer : public sc_core::sc_prim_channel
{
  public:
    explicit committer(domain *core) : sc_core::sc_prim_channel("commit"), core_(core) {}
    void ask() { request_update(); }

  private:
    void update() override { domain_commit(core_); }
    domain *core_;
};

clock_domain::clock_domain(const sc_core::sc_module_name &name, const sim_clock &clock, bool never_sleep,
                           const run_control &run)
    : sc_core::sc_module(name), core_(domain_new(clock, never_sleep)), run_(run), tick_("tick"), replan_("replan"),
      committer_(std::make_unique<committer>(core_)), state_(WAITING), planned_(0)
{
    core_->hooks = {this, [](void *self) { static_cast<clock_domain *>(self)->committer_->ask(); },
                    [](void *self) {
                        auto *d = static_cast<clock_domain *>(self);
                        if (d->state_ == WAITING)
                            d->replan_.notify(sc_core::SC_ZERO_TIME);
                    }};
    SC_HAS_PROCESS(clock_domain);
    SC_METHOD(turn);
}

clock_domain::~clock_domain()
{
    domain_free(core_);
}

uint32_t clock_domain::join(clocked_box &box)
{
    boxes_.push_back(&box);
    return domain_add_box(core_);
}

void clock_domain::begin(uint64_t cycle)
{
    domain_begin(
        core_, cycle, [](void *self, uint32_t box) { static_cast<clock_domain *>(self)->boxes_[box]->wake(); }, this);
    tick_.notify(sc_core::SC_ZERO_TIME);
    state_ = BEGUN;
}

void clock_domain::plan()
{
    state_ = WAITING;
    planned_ = run_.done || run_.n_faults > 0 ? CYCLE_NEVER : domain_next(core_);
    if (planned_ == CYCLE_NEVER) {
        next_trigger(replan_);
        return;
    }
    uint64_t now = sc_core::sc_time_stamp().value();
    uint64_t edge = sim_clock_edge(&core_->clock, planned_);
    next_trigger(sc_core::sc_time::from_value(edge - now), replan_);
}

/* Activations of one tick: at the edge begin(); one delta later the boxes evaluate and their update phase
 * commits; one more delta later everything is known that decides the next edge. */
void clock_domain::turn()
{
    uint64_t now = sc_core::sc_time_stamp().value();
    if (state_ == BEGUN) {
        state_ = COMMITTING;
        next_trigger(sc_core::SC_ZERO_TIME);
    } else if (state_ == WAITING && planned_ != CYCLE_NEVER && now == sim_clock_edge(&core_->clock, planned_)) {
        begin(planned_);
        next_trigger(sc_core::SC_ZERO_TIME);
    } else {
        plan();
    }
}

clocked_box::clocked_box(const sc_core::sc_module_name &name, clock_domain &domain)
    : sc_core::sc_module(name), domain_(domain), number_(domain.join(*this)), last_eval_cycle_(CYCLE_NEVER), wake_("wake")
{
    SC_HAS_PROCESS(clocked_box);
    SC_METHOD(on_tick);
    sensitive << domain.tick();
    dont_initialize();
}

void clocked_box::on_tick()
{
    uint64_t cycle = domain_.core()->cycle;
    if (!domain_.tick().triggered() || last_eval_cycle_ == cycle)
        return; /* woken: back to the tick, which comes in the next delta */
    last_eval_cycle_ = cycle;
    if (domain_rest(domain_.core(), number_, eval(cycle)))
        next_trigger(wake_);
}

mail_in::mail_in(const char *name, uint32_t item_bytes, uint32_t capacity, bool single, const clock_domain &domain,
                 const clocked_box &reader)
    : sc_core::sc_export<mail_if>(name)
{
    std::string full = std::string(reader.name()) + "." + name;
    channel_.box = mailbox_new(full.c_str(), item_bytes, capacity, single);
    mailbox_connect_reader(channel_.box, domain.core(), reader.number());
    bind(channel_);
}

mail_in::~mail_in()
{
    mailbox_free(channel_.box);
}

mailbox *mail_out::resolve()
{
    mailbox *m = (*this)->mail();
    mailbox_connect_writer(m, domain_.core());
    return m;
}

} // namespace bpsim
