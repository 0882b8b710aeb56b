/* SPDX-License-Identifier: Apache-2.0 */
/* domain_sc.cpp - ticks, wakes and commits of a clock domain. */
#include "sim/kernel/domain_sc.h"

#include <algorithm>

extern "C" {
#include "sim/base/error.h"
}

namespace bpsim
{

class clock_domain::committer : public sc_core::sc_prim_channel
{
  public:
    explicit committer(clock_domain &owner) : sc_core::sc_prim_channel("commit"), owner_(owner)
    {
    }
    void ask()
    {
        request_update();
    }

  private:
    void update() override
    {
        domain_commit(owner_.core_);
        owner_.ticking_ = false;
        owner_.plan();
    }
    clock_domain &owner_;
};

clock_domain::clock_domain(const sc_core::sc_module_name &name, const sim_clock &clock, bool never_sleep,
                           run_control &run)
    : sc_core::sc_module(name), core_(domain_new(clock, never_sleep)), run_(run), edge_("edge"),
      committer_(std::make_unique<committer>(*this)), ticking_(false), planned_(0)
{
    core_->hooks = {this, [](void *self) {
                        auto *d = static_cast<clock_domain *>(self);
                        if (!d->ticking_)
                            d->plan(); /* a timer was set by another domain */
                    }};
    SC_HAS_PROCESS(clock_domain);
    SC_METHOD(begin);
    sensitive << edge_;
}

clock_domain::~clock_domain()
{
    domain_free(core_);
}

uint32_t clock_domain::join(box_call call)
{
    calls_.push_back(call);
    return domain_add_box(core_);
}

/* Evaluates each box that is awake. A box sends only itself to sleep, and wakes nobody before a later edge: the bits of
 * a word stand while it is gone through. */
void clock_domain::tick(uint64_t cycle)
{
    domain_begin(core_, cycle, nullptr, nullptr);
    for (size_t word = 0; word < core_->words; word++) {
        uint64_t asleep = 0;
        for (uint64_t bits = core_->awake_bits[word]; bits; bits &= bits - 1) {
            uint32_t box = static_cast<uint32_t>(word * 64) + static_cast<uint32_t>(__builtin_ctzll(bits));
            const box_call &call = calls_[box];
            if (domain_tired(core_, box, call.eval(call.self, cycle)))
                asleep |= bits & -bits;
        }
        domain_sleep(core_, word, asleep);
    }
    if (!run_.done && run_.n_faults == 0)
        return;
    uint64_t now = sim_clock_edge(&core_->clock, cycle);
    if (run_.stop_fs == 0 || now < run_.stop_fs)
        run_.stop_fs = now + 1;
}

uint64_t clock_domain::next_ahead()
{
    uint64_t next = domain_next(core_);
    return next != CYCLE_NEVER && sim_clock_edge(&core_->clock, next) < run_.horizon_fs ? next : CYCLE_NEVER;
}

/* The horizon moves when the first domain comes to it: all others have done their edges before it. */
void clock_domain::begin()
{
    uint64_t cycle = planned_, now = sc_core::sc_time_stamp().value();
    planned_ = CYCLE_NEVER;
    if (run_.stop_fs > 0 && now >= run_.stop_fs)
        return;
    if (now >= run_.horizon_fs && run_.lookahead_fs > 0)
        run_.horizon_fs = std::min(now + run_.lookahead_fs, run_.border_fs);
    ticking_ = true;
    for (;;) {
        tick(cycle);
        if (!core_->ahead || run_.horizon_fs <= now || run_.stop_fs > 0)
            break;
        /* What is written for other domains is ready behind the horizon: committed now, nobody sees it too early. */
        domain_commit(core_);
        cycle = next_ahead();
        if (cycle == CYCLE_NEVER)
            break;
    }
    committer_->ask();
}

/* An earlier notification of an event replaces a later one. */
void clock_domain::plan()
{
    uint64_t next = domain_next(core_);
    if (next == CYCLE_NEVER || next >= planned_)
        return;
    uint64_t edge = sim_clock_edge(&core_->clock, next);
    if (run_.stop_fs > 0 && edge >= run_.stop_fs)
        return;
    planned_ = next;
    edge_.notify(sc_core::sc_time::from_value(edge - sc_core::sc_time_stamp().value()));
}

clocked_box::clocked_box(const sc_core::sc_module_name &name, clock_domain &domain)
    : sc_core::sc_module(name), domain_(domain),
      number_(
          domain.join({[](void *self, uint64_t cycle) { return static_cast<clocked_box *>(self)->eval(cycle); }, this}))
{
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
