/* SPDX-License-Identifier: Apache-2.0 */
/* ahead_cases_sc.cpp - two domains that run ahead of each other within the latency between them. */
#include <cstring>
#include <memory>
#include <vector>

#include "sim/kernel/domain_sc.h"
#include "sim/kernel/run_sc.h"

extern "C" {
#include "tests/block/block_cases.h"
#include "tests/block/block_server.h"
}

using bpsim::clock_domain;
using bpsim::mail_in;
using bpsim::mail_out;

static constexpr uint64_t period_fs = 1000, latency = 20, cycles = 64 * latency;

/* Tells the other one in each cycle which one it is; that is heard `latency` cycles later. */
class talker : public bpsim::clocked_box
{
  public:
    talker(const sc_core::sc_module_name &name, clock_domain &domain)
        : clocked_box(name, domain), from("from", sizeof(uint64_t), 4 * latency, false, domain, *this), to("to", domain)
    {
    }
    mail_in from;
    mail_out to;
    uint64_t heard = 0, wrong = 0, visits = 0;

  private:
    void end_of_elaboration() override
    {
        box_ = to.resolve();
    }
    uint64_t eval(uint64_t cycle) override
    {
        uint64_t now = sc_core::sc_time_stamp().value();
        visits += cycle == 0 || now != visited_;
        visited_ = now;
        mailbox_write_fs(box_, (cycle + latency) * period_fs, &cycle, sizeof cycle);
        if (mailbox_front(from.mail(), cycle)) {
            uint64_t told;
            memcpy(&told, mailbox_item(from.mail(), 0), sizeof told);
            mailbox_pop(from.mail());
            wrong += told + latency != cycle;
            heard++;
        }
        return cycle + 1 < cycles ? cycle + 1 : CYCLE_NEVER;
    }
    mailbox *box_ = nullptr;
    uint64_t visited_ = 0;
};

/* Side 0 goes as far as the latency, side 1 as far again, side 0 from there... */
extern "C" void neighbours_run_ahead_by_turns(void)
{
    bpsim::run_prepare();
    run_control run = {};
    run.border_fs = cycles * period_fs;
    clock_domain left("left", sim_clock {period_fs, 0}, false, run),
        right("right", sim_clock {period_fs, 0}, false, run);
    talker a("a", left), b("b", right);
    a.to.bind(b.from);
    b.to.bind(a.from);
    for (clock_domain *d : {&left, &right}) {
        d->run_ahead_by(cycles * period_fs);
        d->hear(d == &left ? right : left, latency * period_fs);
        d->core()->ahead = true;
    }
    sc_core::sc_start(sc_core::sc_time::from_value(run.border_fs), sc_core::SC_RUN_TO_TIME);
    for (const talker *t : {&a, &b}) {
        block_equal("heard", t->heard, cycles - latency);
        block_equal("heard in another cycle", t->wrong, 0);
    }
    block_equal("visits of the left one: one of the latency, then of twice that", a.visits, 33);
    block_equal("visits of the right one, each of twice the latency", b.visits, 32);
    run_control_free(&run);
}

/* Notes who was evaluated after whom. */
class noter : public bpsim::clocked_box
{
  public:
    noter(const sc_core::sc_module_name &name, clock_domain &domain, std::vector<uint32_t> &order)
        : clocked_box(name, domain), order_(order)
    {
    }

  private:
    uint64_t eval(uint64_t cycle) override
    {
        order_.push_back(number());
        return cycle + 1;
    }
    std::vector<uint32_t> &order_;
};

/* 70 boxes, more than a word of the set holds. */
extern "C" void boxes_take_turns_forth_and_back(void)
{
    bpsim::run_prepare();
    run_control run = {};
    run.border_fs = 4 * period_fs;
    clock_domain clock("clock", sim_clock {period_fs, 0}, false, run);
    std::vector<uint32_t> order;
    std::vector<std::unique_ptr<noter>> boxes;
    const uint32_t n = 70;
    for (uint32_t i = 0; i < n; i++)
        boxes.push_back(std::make_unique<noter>(sc_core::sc_gen_unique_name("box"), clock, order));
    sc_core::sc_start(sc_core::sc_time::from_value(run.border_fs - 1), sc_core::SC_RUN_TO_TIME);
    block_equal("evaluations", order.size(), 4 * n);
    for (uint32_t cycle = 0; cycle < 4; cycle++) {
        uint32_t wrong = 0;
        for (uint32_t i = 0; i < n && cycle * n + i < order.size(); i++)
            wrong += order[cycle * n + i] != (cycle % 2 == 0 ? i : n - 1 - i);
        block_equal("boxes out of turn", wrong, 0);
    }
    run_control_free(&run);
}
