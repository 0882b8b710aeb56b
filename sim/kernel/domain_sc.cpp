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
        if (owner_.over())
            owner_.run_.ended = true;
        owner_.plan();
    }
    clock_domain &owner_;
};

clock_domain::clock_domain(const sc_core::sc_module_name &name, const sim_clock &clock, bool never_sleep,
                           run_control &run)
    : sc_core::sc_module(name), core_(domain_new(clock, never_sleep)), run_(run), edge_("edge"),
      committer_(std::make_unique<committer>(*this)), ticking_(false), planned_(0)
{
    core_->hooks = {this, nullptr, [](void *self) {
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

uint32_t clock_domain::join(clocked_box &box)
{
    boxes_.push_back(&box);
    return domain_add_box(core_);
}

bool clock_domain::over() const
{
    return run_.done || run_.n_faults > 0;
}

/* Evaluates each box that is awake, also when another domain saw the end of the run in this same instant: what is
 * reported of it must not depend on the order of domains. The update phase behind it commits and plans the next edge. A box sends only itself
 * to sleep, and wakes nobody before a later edge: the bits of a word stand while it is gone through. */
void clock_domain::begin()
{
    if (run_.ended)
        return;
    ticking_ = true;
    domain_begin(core_, planned_, nullptr, nullptr);
    for (size_t word = 0; word < core_->words; word++)
        for (uint64_t bits = core_->awake_bits[word]; bits; bits &= bits - 1) {
            uint32_t box = static_cast<uint32_t>(word * 64) + static_cast<uint32_t>(__builtin_ctzll(bits));
            domain_rest(core_, box, boxes_[box]->eval(core_->cycle));
        }
    committer_->ask();
    planned_ = CYCLE_NEVER;
}

/* An earlier notification of an event replaces a later one. */
void clock_domain::plan()
{
    uint64_t next = over() ? CYCLE_NEVER : domain_next(core_);
    if (next >= planned_)
        return;
    planned_ = next;
    edge_.notify(sc_core::sc_time::from_value(sim_clock_edge(&core_->clock, next) - sc_core::sc_time_stamp().value()));
}

clocked_box::clocked_box(const sc_core::sc_module_name &name, clock_domain &domain)
    : sc_core::sc_module(name), domain_(domain), number_(domain.join(*this))
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
