/* SPDX-License-Identifier: Apache-2.0 */
/* fabric_cases_sc.cpp - two chips that are fabric routers with a stand-in for their networks. */
#include <array>

#include "hw/link/fabric_router_sc.h"
#include "sim/kernel/run_sc.h"

extern "C" {
#include "tests/block/block_cases.h"
#include "tests/block/block_server.h"
}

using bpsim::clock_domain;
using bpsim::fabric_router_sc;
using bpsim::mail_in;
using bpsim::mail_out;

/* A network of one port: hands over a message in cycle 0, notes when one comes. */
class one_port_net : public bpsim::clocked_box
{
  public:
    one_port_net(const sc_core::sc_module_name &name, clock_domain &domain, const net_port &port, const message *m)
        : clocked_box(name, domain), from("from", sizeof(uint32_t), 4, false, domain, *this), to("to", domain),
          port_(port), first_(m)
    {
        credit_line_init(&credit, domain.core());
    }
    mail_in from;
    mail_out to;
    credit_line credit;
    uint64_t seen = 0, evals = 0;

  private:
    void end_of_elaboration() override
    {
        box_ = to.resolve();
    }
    uint64_t eval(uint64_t cycle) override
    {
        evals++;
        if (first_) {
            uint32_t number = message_take(port_.store);
            *message_at(port_.store, number) = *first_;
            mailbox_write(box_, cycle + 1, &number, sizeof number);
        }
        first_ = nullptr;
        if (mailbox_front(from.mail(), cycle)) {
            seen = cycle;
            message_give(port_.store, *static_cast<const uint32_t *>(mailbox_item(from.mail(), 0)));
            mailbox_pop(from.mail());
            credit_line_give(&credit, VN_REQUEST, 1);
        }
        return CYCLE_NEVER;
    }
    const net_port &port_;
    const message *first_;
    mailbox *box_ = nullptr;
};

struct fabric_chip {
    packet_link_params link;
    fabric_router *core;
    message_store store;
    net_port port;
    std::unique_ptr<clock_domain> domain;
    std::unique_ptr<fabric_router_sc> router;
    std::unique_ptr<one_port_net> net;
};

static void make_chip(fabric_chip &x, fabric_chip &other, uint16_t chip, run_control &run, const message *m)
{
    static const uint32_t paths[2] = {0, 1}; /* link 0 from chip 0, link 1 from chip 1 */
    std::array<fabric_route, 2> route = {};
    route[1 - chip].ways = 1;
    route[1 - chip].path[0] = &paths[chip];
    route[1 - chip].hops[0] = 1;
    fabric_router_params p = {};
    p.name = chip ? "chip1.fabric" : "chip0.fabric";
    p.chip = chip;
    p.chips = p.machine_links = 2;
    p.ports = p.links = 1;
    p.size = {32, 8, 1, 0, 0};
    p.out = &x.link;
    p.in = &other.link;
    p.route = route.data();
    x.core = fabric_router_new(&p, &run);
    x.domain = std::make_unique<clock_domain>(chip ? "domain1" : "domain0", sim_clock {1000, 0}, false, run);
    x.router =
        std::make_unique<fabric_router_sc>(chip ? "router1" : "router0", *x.domain, x.core, &x.port, 4 * VN_COUNT);
    x.net = std::make_unique<one_port_net>(chip ? "net1" : "net0", *x.domain, x.port, m);
    message_store_init(&x.store, 16);
    x.port.store = &x.store;
    x.port.in_places = x.port.out_places = 4;
    x.port.out_credit = &x.net->credit;
    x.net->to.bind(*x.router->port_in[0]);
    x.router->port_out[0]->bind(x.net->from);
}

static void join(fabric_chip &from, fabric_chip &to)
{
    from.router->line_out[0]->bind(*to.router->line_in[0]);
    to.router->credit_out[0]->bind(*from.router->credit_in[0]);
}

/* 32 B at 16 B per cycle: 2 cycles, latency 50; seen by the far network at 1 + 2 + 50 + 1. */
extern "C" void a_request_between_chips_takes_line_and_latency(void)
{
    bpsim::run_prepare();
    run_control run = {};
    message m = {};
    m.type = MSG_READ;
    m.to_chip = 1;
    std::array<fabric_chip, 2> chip = {};
    chip[0].link = {"chip0-chip1", 1, {16, 1}, 50, 0, false, {}};
    chip[1].link = {"chip1-chip0", 0, {16, 1}, 50, 0, false, {}};
    make_chip(chip[0], chip[1], 0, run, &m);
    make_chip(chip[1], chip[0], 1, run, nullptr);
    join(chip[0], chip[1]);
    join(chip[1], chip[0]);
    sc_core::sc_start(sc_core::sc_time::from_value(1000 * 1000), sc_core::SC_RUN_TO_TIME);
    block_equal("seen", chip[1].net->seen, 54);
    block_equal("evaluations of the far network", chip[1].net->evals, 2); /* cycle 0 and then */
    block_equal("credit is back", chip[0].core->senders[0].used[VN_REQUEST][0], 0);
    block_equal("idle", fabric_router_idle(chip[0].core) && fabric_router_idle(chip[1].core), 1);
    for (fabric_chip &x : chip) {
        fabric_router_free(x.core);
        message_store_free(&x.store);
    }
    run_control_free(&run);
}
