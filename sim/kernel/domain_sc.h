/* SPDX-License-Identifier: Apache-2.0 */
/* domain_sc.h - clock domain, box and mailbox ports as SystemC sees them.
 *
 *     instant of edge k   one delta
 *     ticker              timers that are due wake their boxes; each box that is awake is evaluated
 *     committer           update phase: commit, plan the next edge
 *
 * Where nothing from outside can reach a domain for a while it runs ahead (temporal decoupling): its ticker commits by
 * itself and goes on to its next edges, up to its horizon, while simulated time stands; a chip's state then stays in
 * the host's caches. Simulated cycles are the same; docs/timing.md says why.
 *
 * A box derives from clocked_box and gives eval(cycle) -> next cycle of its own (CYCLE_NEVER: none), or from core_box,
 * where that is a function of its C core, called without a visit of the module. Only the ticker, the domain's one
 * process, evaluates it: in the delta of the edge, once per cycle, so nothing that is committed can be
 * read in its instant. A module with processes of its own (RTL, say) lives beside boxes and talks through mailboxes.
 * mail_in (reader, owns nothing) exports a mailbox, mail_out binds to it; both resolve to the C mailbox. */
#ifndef SIM_KERNEL_DOMAIN_SC_H
#define SIM_KERNEL_DOMAIN_SC_H

#include <memory>
#include <systemc>
#include <type_traits>
#include <vector>

extern "C" {
#include "sim/kernel/domain.h"
#include "sim/kernel/mailbox.h"
#include "sim/kernel/run_control.h"
}

namespace bpsim
{

class clocked_box;

/* How the ticker evaluates a box: in one cycle; in this one and in those before `end` that it wants after it, all of
 * which are known. Both return the next one that it wants. */
struct alignas(32) box_call {
    void *self;
    uint64_t (*eval)(void *self, uint64_t cycle);
    uint64_t (*run)(void *self, domain *d, uint64_t cycle, uint64_t end);
};

/* run() of a box with this eval(). */
template <uint64_t (*Eval)(void *, uint64_t)> uint64_t run_box(void *self, domain *d, uint64_t cycle, uint64_t end)
{
    for (;;) {
        d->cycle = cycle;
        uint64_t next = Eval(self, cycle);
        if (next >= end)
            return next;
        cycle = next;
    }
}

/* Boxes that are evaluated together: all of a domain's, or a part of them that write nothing for each other. */
class clock_part
{
  public:
    clock_part(const sim_clock &clock, bool never_sleep, const domain *whole);
    clock_part(const clock_part &) = delete;
    clock_part &operator=(const clock_part &) = delete;
    ~clock_part();

    domain *core() const
    {
        return core_;
    }
    uint32_t join(box_call call);
    void call(uint32_t box, box_call call)
    {
        calls_[box] = call;
    }

  protected:
    friend class clock_domain;
    void tick();          /* evaluates each box that is awake */
    void run(uint32_t n); /* the next n cycles, box by box */
    template <bool Back> void sweep(size_t word);

    domain *core_;
    std::vector<box_call> calls_; /* per box */
    uint64_t evaluated_ = 0;      /* run(): the last cycle in which a box was */
};

class clock_domain : public sc_core::sc_module, public clock_part
{
  public:
    clock_domain(const sc_core::sc_module_name &name, const sim_clock &clock, bool never_sleep, run_control &run);
    ~clock_domain() override;

    /* Once: a part for boxes that write nothing for each other and what the others see `distance` cycles later at the
     * earliest. While the domain runs ahead it stays back by up to so many cycles, and then does them in a row. */
    clock_part &trail(uint32_t distance);
    /* While domain.ahead it runs ahead of simulated time by so much at most; 0: never. */
    void run_ahead_by(uint64_t most_fs);
    /* What the other domain writes for this one is ready that much behind the edge of writing at the earliest. A domain
     * that runs ahead has said so of each one that it hears. */
    void hear(const clock_domain &other, uint64_t latency_fs);

  private:
    class committer;                             /* the domain's one primitive channel */
    static constexpr uint32_t most_at_once = 64; /* bits of domain.due */

    void hook(const clock_part &part);
    void begin(); /* the ticker's process: an edge has come */
    uint64_t horizon() const;
    void run_ahead(uint64_t end);
    uint64_t next_before(uint64_t end);
    bool goes_on(uint64_t end) const;
    void catch_up(uint64_t cycle);
    void note_stop(uint64_t cycle);
    void commit();
    void plan(); /* after a commit: notifies the next edge */

    run_control &run_;
    sc_core::sc_event edge_;
    std::unique_ptr<committer> committer_;
    std::unique_ptr<clock_part> trail_; /* none: all boxes are of the domain itself */
    uint32_t distance_;
    bool ticking_;     /* a tick is under way, its commit not yet done */
    uint64_t planned_; /* cycle of the edge that is notified, CYCLE_NEVER: none */
    struct neighbour {
        const clock_domain *domain;
        uint64_t latency_fs;
    };
    std::vector<neighbour> heard_;
    uint64_t most_fs_ = 0;    /* ahead of simulated time */
    uint64_t reached_fs_ = 0; /* all edges before are done, ahead of simulated time or not */
};

class clocked_box : public sc_core::sc_module
{
  public:
    clocked_box(const sc_core::sc_module_name &name, clock_part &domain);
    uint32_t number() const
    {
        return number_;
    }
    const clock_part &part() const
    {
        return domain_;
    }

  protected:
    virtual uint64_t eval(uint64_t cycle) = 0; /* the domain's ticker only */
    clock_part &domain_;

  private:
    static uint64_t eval_box(void *self, uint64_t cycle)
    {
        return static_cast<clocked_box *>(self)->eval(cycle);
    }
    uint32_t number_;
};

/* Run, where the core has one: the same, and again in each cycle before `end` that it wants; *now: the cycle. */
template <class Core, uint64_t (*Eval)(Core *, uint64_t),
          uint64_t (*Run)(Core *, uint64_t *now, uint64_t cycle, uint64_t end) = nullptr>
class core_box : public clocked_box
{
  public:
    core_box(const sc_core::sc_module_name &name, clock_part &domain, Core *core)
        : clocked_box(name, domain), core_(core)
    {
        using run_function = uint64_t (*)(Core *, uint64_t *, uint64_t, uint64_t);
        /* not Run != nullptr, which is no constant with sanitizers */
        if constexpr (!std::is_same_v<std::integral_constant<run_function, Run>,
                                      std::integral_constant<run_function, nullptr>>)
            domain.call(number(), {core, eval_core, run_core});
        else
            domain.call(number(), {core, eval_core, run_box<eval_core>});
    }

  protected:
    uint64_t eval(uint64_t cycle) override
    {
        return Eval(core_, cycle);
    }
    static uint64_t eval_core(void *self, uint64_t cycle)
    {
        return Eval(static_cast<Core *>(self), cycle);
    }
    static uint64_t run_core(void *self, domain *d, uint64_t cycle, uint64_t end)
    {
        return Run(static_cast<Core *>(self), &d->cycle, cycle, end);
    }
    Core *core_;
};

class mail_if : public sc_core::sc_interface
{
  public:
    virtual mailbox *mail() = 0;
};

/* The reader's side: makes the mailbox. */
class mail_in : public sc_core::sc_export<mail_if>
{
  public:
    mail_in(const char *name, uint32_t item_bytes, uint32_t capacity, bool single, const clock_part &domain,
            const clocked_box &reader);
    ~mail_in() override;
    mailbox *mail()
    {
        return channel_.box;
    }

  private:
    struct channel : mail_if {
        mailbox *box = nullptr;
        mailbox *mail() override
        {
            return box;
        }
    } channel_;
};

/* The writer's side: resolve() at the end of elaboration. */
class mail_out : public sc_core::sc_port<mail_if>
{
  public:
    mail_out(const char *name, const clock_part &domain) : sc_core::sc_port<mail_if>(name), domain_(domain)
    {
    }
    mailbox *resolve();

  private:
    const clock_part &domain_;
};

} // namespace bpsim

#endif
