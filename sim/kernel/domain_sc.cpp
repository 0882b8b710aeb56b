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
        owner_.commit();
        owner_.ticking_ = false;
        owner_.plan();
    }
    clock_domain &owner_;
};

/* ---- a part ---- */

clock_part::clock_part(const sim_clock &clock, bool never_sleep, const domain *whole)
    : core_(domain_new(clock, never_sleep))
{
    if (whole)
        core_->whole = whole;
}

clock_part::~clock_part()
{
    domain_free(core_);
}

uint32_t clock_part::join(box_call call)
{
    calls_.push_back(call);
    return domain_add_box(core_);
}

/* The host fetches what the next box looks at first while this one is evaluated: since its last evaluation the others
 * have driven it out of the nearest cache. */
static inline void fetch(const box_call &next)
{
    auto *first = static_cast<const char *>(next.self);
    for (size_t line = 0; line < 4; line++)
        __builtin_prefetch(first + line * MEM_LINE);
}

static inline uint32_t first_of(uint64_t bits)
{
    return static_cast<uint32_t>(__builtin_ctzll(bits));
}

static inline uint32_t last_of(uint64_t bits)
{
    return 63 - static_cast<uint32_t>(__builtin_clzll(bits));
}

/* The boxes of a word of the set that are awake, from the first one on or from the last one back. A box sends only
 * itself to sleep, and wakes nobody before a later edge: the bits of the word stand while it is gone through. */
template <bool Back> inline void clock_part::sweep(size_t word)
{
    domain *d = core_;
    const uint64_t cycle = d->cycle;
    const box_call *calls = &calls_[word * 64], *call = nullptr;
    uint64_t bits = d->awake_bits[word], asleep = 0;
    if (bits)
        call = &calls[Back ? last_of(bits) : first_of(bits)];
    while (bits) {
        uint64_t rest = Back ? bits ^ 1ull << last_of(bits) : bits & (bits - 1);
        const box_call *after = call;
        if (rest) {
            after = &calls[Back ? last_of(rest) : first_of(rest)];
            fetch(*after);
        }
        uint64_t next = call->eval(call->self, cycle);
        if (next != cycle + 1) {
            asleep |= bits ^ rest;
            domain_tired(d, word, bits ^ rest, next);
        }
        bits = rest;
        call = after;
    }
    domain_sleep(d, word, asleep);
}

/* In one cycle from the first box to the last one, in the next cycle back: what was looked at last is still in the
 * host's caches. */
void clock_part::tick()
{
    const size_t words = core_->words;
    if (core_->cycle & 1)
        for (size_t word = words; word > 0; word--)
            sweep<true>(word - 1);
    else
        for (size_t word = 0; word < words; word++)
            sweep<false>(word);
}

/* What a box wants within these cycles it gets at once; what lies behind them is a timer. */
void clock_part::run(uint32_t n)
{
    domain *d = core_;
    const uint64_t first = d->cycle + 1, end = first + n;
    uint64_t last = evaluated_;
    domain_take(d, n);
    for (size_t word = 0; word < d->words; word++) {
        uint64_t awake = 0;
        for (uint64_t bits = d->taken[word], rest; bits; bits = rest) {
            uint32_t box = static_cast<uint32_t>(word * 64) + first_of(bits);
            const box_call &call = calls_[box];
            rest = bits & (bits - 1);
            if (rest)
                fetch(calls_[word * 64 + first_of(rest)]);
            uint64_t due = d->due[box], next = CYCLE_NEVER;
            d->due[box] = 0;
            do {
                uint64_t cycle = first + first_of(due);
                due &= due - 1;
                next = call.run(call.self, d, cycle, d->never_sleep ? cycle + 1 : due ? first + first_of(due) : end);
                if (d->never_sleep)
                    next = cycle + 1;
                if (next < end)
                    due |= 1ull << (next - first);
            } while (due);
            if (next != end)
                domain_tired(d, word, bits ^ rest, next);
            else
                awake |= bits ^ rest;
            last = std::max(last, d->cycle);
        }
        d->awake_bits[word] = (d->awake_bits[word] & ~d->taken[word]) | awake;
    }
    d->cycle = first + n - 1;
    evaluated_ = last;
}

/* ---- the domain ---- */

clock_domain::clock_domain(const sc_core::sc_module_name &name, const sim_clock &clock, bool never_sleep,
                           run_control &run)
    : sc_core::sc_module(name), clock_part(clock, never_sleep, nullptr), run_(run), edge_("edge"),
      committer_(std::make_unique<committer>(*this)), distance_(0), ticking_(false), planned_(0)
{
    hook(*this);
    SC_HAS_PROCESS(clock_domain);
    SC_METHOD(begin);
    sensitive << edge_;
}

clock_domain::~clock_domain() = default;

void clock_domain::hook(const clock_part &part)
{
    part.core()->hooks = {this, [](void *self) {
                              auto *d = static_cast<clock_domain *>(self);
                              if (!d->ticking_)
                                  d->plan(); /* a timer was set by another domain */
                          }};
}

clock_part &clock_domain::trail(uint32_t distance)
{
    trail_ = std::make_unique<clock_part>(core_->clock, core_->never_sleep, core_);
    distance_ = std::min(std::max(distance, 1u), most_at_once);
    hook(*trail_);
    return *trail_;
}

void clock_domain::commit()
{
    domain_commit(core_);
    if (trail_)
        domain_commit(trail_->core());
}

/* The work is over in this cycle, or there is a fault: the run ends behind the first instant of which that is known. */
inline void clock_domain::note_stop(uint64_t cycle)
{
    if (!run_.done && run_.n_faults == 0)
        return;
    uint64_t at = run_.n_faults > 0 ? run_.faults[0].time_fs : sim_clock_edge(&core_->clock, cycle);
    for (size_t i = 1; i < run_.n_faults; i++)
        at = std::min(at, run_.faults[i].time_fs);
    if (run_.stop_fs == 0 || at < run_.stop_fs)
        run_.stop_fs = at + 1;
}

/* ---- ahead ---- */

/* What trails has done all that lies before a cycle; nobody else does anything there. */
void clock_domain::catch_up(uint64_t cycle)
{
    domain *d = trail_->core();
    while (d->cycle + 1 < cycle) {
        uint64_t next = std::min(domain_next(d), cycle);
        d->cycle = next - 1;
        if (next < cycle)
            trail_->run(static_cast<uint32_t>(std::min<uint64_t>(cycle - next, most_at_once)));
    }
}

/* Does the next cycle follow at once, before `end`, with nothing else to be done before? */
inline bool clock_domain::goes_on(uint64_t end) const
{
    return domain_busy(core_) && core_->cycle + 1 < end &&
           (!trail_ || core_->cycle < trail_->core()->cycle + distance_);
}

/* The next cycle before `end`, or CYCLE_NEVER. What trails may stay back as long as nothing of what it writes can be
 * due. */
uint64_t clock_domain::next_before(uint64_t end)
{
    for (;;) {
        uint64_t next = std::min(domain_next(core_), end);
        uint64_t known = trail_ ? trail_->core()->cycle + 1 + distance_ : CYCLE_NEVER;
        if (next < known && next < end)
            return next;
        if (!trail_ || trail_->core()->cycle + 1 >= end)
            return CYCLE_NEVER;
        catch_up(std::min(next, known));
    }
}

void clock_domain::run_ahead_by(uint64_t most_fs)
{
    most_fs_ = most_fs;
}

void clock_domain::hear(const clock_domain &other, uint64_t latency_fs)
{
    heard_.push_back({&other, latency_fs});
}

/* Nothing reaches this domain sooner: each of the others has done its edges before now, and one that is ahead more. So
 * neighbours come to go by turns, each as far ahead of the other as the other was, twice the latency at a time. */
uint64_t clock_domain::horizon() const
{
    uint64_t now = sc_core::sc_time_stamp().value(), at = std::min(now + most_fs_, run_.border_fs);
    for (const neighbour &n : heard_)
        at = std::min(at, std::max(now, n.domain->reached_fs_) + n.latency_fs);
    return at;
}

/* The cycles before `end`, while nothing ends the way ahead. */
void clock_domain::run_ahead(uint64_t end)
{
    while (core_->ahead && run_.stop_fs == 0) {
        if (domain_has_written(core_))
            domain_commit(core_); /* what is for other domains is ready behind the horizon: nobody sees it too early */
        uint64_t cycle = goes_on(end) ? core_->cycle + 1 : next_before(end);
        if (cycle == CYCLE_NEVER)
            break;
        domain_go_on(core_, cycle);
        tick();
        note_stop(cycle);
    }
    if (trail_) {
        catch_up(core_->cycle + 1);
        core_->cycle = trail_->core()->cycle = std::max(core_->cycle, trail_->evaluated_);
        note_stop(core_->cycle);
    }
    if (core_->ahead && run_.stop_fs == 0)
        reached_fs_ = sim_clock_edge(&core_->clock, end);
}

void clock_domain::begin()
{
    uint64_t cycle = planned_, now = sc_core::sc_time_stamp().value();
    planned_ = CYCLE_NEVER;
    if (run_.stop_fs > 0 && now >= run_.stop_fs)
        return;
    ticking_ = true;
    domain_begin(core_, cycle, nullptr, nullptr);
    if (trail_)
        domain_begin(trail_->core(), cycle, nullptr, nullptr);
    tick();
    if (trail_)
        trail_->tick();
    note_stop(cycle);
    uint64_t end = core_->ahead && run_.stop_fs == 0 ? horizon() : now;
    if (end > now) {
        commit();
        run_ahead(sim_clock_at(&core_->clock, end));
    }
    committer_->ask();
}

/* An earlier notification of an event replaces a later one. */
void clock_domain::plan()
{
    uint64_t next = domain_next(core_);
    if (trail_)
        next = std::min(next, domain_next(trail_->core()));
    if (next == CYCLE_NEVER || next >= planned_)
        return;
    uint64_t edge = sim_clock_edge(&core_->clock, next);
    if (run_.stop_fs > 0 && edge >= run_.stop_fs)
        return;
    planned_ = next;
    edge_.notify(sc_core::sc_time::from_value(edge - sc_core::sc_time_stamp().value()));
}

/* ---- boxes and ports ---- */

clocked_box::clocked_box(const sc_core::sc_module_name &name, clock_part &domain)
    : sc_core::sc_module(name), domain_(domain), number_(domain.join({this, eval_box, run_box<eval_box>}))
{
}

mail_in::mail_in(const char *name, uint32_t item_bytes, uint32_t capacity, bool single, const clock_part &domain,
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
