/* SPDX-License-Identifier: Apache-2.0 */
/* dynamic_server_sc.cpp - the server of the dynamic machine: chips, the lines between them, the host; one run. */
#include "hw/chip/dynamic_chip_sc.h"
#include "hw/server/dynamic_switch_sc.h"
#include "hw/server/host_sc.h"
#include "hw/server/server_make_sc.h"
#include "sim/kernel/run_sc.h"

#include <algorithm>
#include <string>

extern "C" {
#include "hw/server/dynamic_result.h"
#include "hw/server/dynamic_server.h"
#include "hw/server/signal_report.h"
#include "sim/base/error.h"
}

namespace bpsim
{

constexpr uint64_t window_cycles = 65536, watchdog_default = 32 * window_cycles;

class dynamic_server
{
  public:
    dynamic_server(const machine *m, const dynamic_machine *d, const server_program *p, run_control *run,
                   const dynamic_run_options *o);
    ~dynamic_server();
    int run(const dynamic_run_options *o, diag *d);
    std::vector<dynamic_chip *> cores;
    std::vector<dynamic_switch *> switches;

  private:
    void bind_links(fabric_router_sc &router, const fabric_links &links);
    void bind();
    fabric_router_sc &router_of(uint32_t node)
    {
        return node < m_->chips ? *chips_[node]->fabric : switches_[node - m_->chips]->fabric;
    }
    const fabric_links &links_of(uint32_t node) const
    {
        return node < m_->chips ? cores[node]->links : switches[node - m_->chips]->links;
    }
    void let_run_ahead();
    void tell_ways();
    uint64_t progress() const;
    void dump(diag *d) const;

    const machine *m_;
    run_control *run_;
    std::vector<const fabric_route *> ways_; /* per chip; empty where all ways are shortest ones */
    std::vector<uint32_t> programs_;         /* the host's: one program, launched for every repeat */
    host *host_core_;
    std::vector<std::unique_ptr<dynamic_chip_sc>> chips_;
    std::vector<std::unique_ptr<dynamic_switch_sc>> switches_;
    std::unique_ptr<clock_domain> clock_;
    std::unique_ptr<host_sc> host_;
};

dynamic_server::dynamic_server(const machine *m, const dynamic_machine *d, const server_program *p, run_control *run,
                               const dynamic_run_options *o)
    : m_(m), run_(run), programs_(o->repeats, 0),
      host_core_(host_new(m->chips, m->switches, programs_.data(), o->repeats, run))
{
    for (uint32_t i = 0; i < m->chips; i++)
        cores.push_back(dynamic_chip_new(m, d, p, i, run, o->l1_table));
    chips_.resize(m->chips);
    for (uint32_t i : chip_order(m->chips, o->shuffle_seed))
        chips_[i] =
            std::make_unique<dynamic_chip_sc>(("chip" + std::to_string(i)).c_str(), cores[i], *run, o->never_sleep);
    for (uint32_t i = 0; i < m->switches; i++) {
        switches.push_back(dynamic_switch_new(m, d, p, i, run));
        switches_.push_back(std::make_unique<dynamic_switch_sc>(("switch" + std::to_string(i)).c_str(), switches[i],
                                                                sim_clock {m->period_fs, 0}, *run, o->never_sleep));
    }
    clock_ = std::make_unique<clock_domain>("host_clock", sim_clock {m->period_fs, 0}, o->never_sleep, *run);
    host_ = std::make_unique<host_sc>("host", *clock_, host_core_);
    bind();
    tell_ways();
    let_run_ahead();
}

dynamic_server::~dynamic_server()
{
    host_.reset();
    clock_.reset();
    chips_.clear();
    switches_.clear();
    for (dynamic_chip *c : cores)
        dynamic_chip_free(c);
    for (dynamic_switch *s : switches)
        dynamic_switch_free(s);
    host_free(host_core_);
}

void dynamic_server::bind_links(fabric_router_sc &router, const fabric_links &links)
{
    for (uint32_t i = 0; i < links.n; i++) {
        uint32_t node = m_->links[links.out[i]].to_node;
        fabric_router_sc &far = router_of(node);
        uint32_t at = fabric_links_incoming(&links_of(node), links.out[i]);
        (*router.line_out[i])(*far.line_in[at]);
        (*far.credit_out[at])(*router.credit_in[i]);
    }
}

void dynamic_server::bind()
{
    for (uint32_t c = 0; c < m_->chips; c++) {
        dynamic_chip_sc &chip = *chips_[c];
        if (chip.fabric)
            bind_links(*chip.fabric, cores[c]->links);
        (*host_->launch_out[c])(chip.dispatch->host_in);
        chip.dispatch->host_out(*host_->done_in[c]);
    }
    for (uint32_t i = 0; i < m_->switches; i++) {
        bind_links(switches_[i]->fabric, switches[i]->links);
        (*host_->launch_out[m_->chips + i])(switches_[i]->host_in());
    }
}

/* A source knows what lies behind the chip in between. */
void dynamic_server::tell_ways()
{
    if (machine_fabric_between(m_).cluster == 0)
        return;
    for (const dynamic_chip *c : cores)
        ways_.push_back(c->fabric->p.route);
    for (const dynamic_chip *c : cores)
        fabric_router_far(c->fabric, ways_.data());
}

/* A chip at work hears of others by links alone. */
void dynamic_server::let_run_ahead()
{
    for (const std::unique_ptr<dynamic_chip_sc> &chip : chips_)
        chip->domain.run_ahead_by(window_cycles * m_->period_fs);
    for (uint32_t i = 0; i < m_->n_links; i++) {
        const struct link *k = &m_->links[i];
        if (k->type != LINK_CHIP || k->to_node >= m_->chips)
            continue;
        const clock_domain &from =
            k->from_node < m_->chips ? chips_[k->from_node]->domain : switches_[k->from_node - m_->chips]->domain;
        chips_[k->to_node]->domain.hear(from, k->latency * m_->period_fs);
    }
}

uint64_t dynamic_server::progress() const
{
    return run_->progress;
}

void dynamic_server::dump(diag *d) const
{
    for (const dynamic_chip *c : cores) {
        uint64_t cycle = c->counter.domain->cycle;
        dispatcher_dump(c->dispatcher, cycle, d);
        for (uint32_t i = 0; i < m_->units_per_chip; i++) {
            sm_dump(c->sms[i], cycle, d);
            signal_report(cores.data(), m_->chips, c->chip, i, d);
        }
        vc_network_dump(c->network, cycle, d);
        for (uint32_t i = 0; i < c->d->l2.slices; i++)
            l2_slice_dump(c->slices[i], cycle, d);
        for (uint32_t i = 0; i < m_->channels_per_chip; i++)
            frfcfs_dump(c->channels[i], cycle, d);
        if (c->fabric)
            fabric_router_dump(c->fabric, cycle, d);
    }
    for (const dynamic_switch *s : switches)
        fabric_router_dump(s->fabric, s->counter.domain->cycle, d);
}

int dynamic_server::run(const dynamic_run_options *o, diag *d)
{
    run_limits limits;
    uint64_t watchdog = o->watchdog_cycles != 0 ? o->watchdog_cycles : watchdog_default;
    uint64_t window = watchdog < window_cycles ? watchdog : window_cycles;
    limits.window_fs = window * m_->period_fs;
    limits.watchdog_windows = ceil_div(watchdog, window);
    limits.progress = [this] { return progress(); };
    int error = run_windows(*run_, limits);
    if (error == SIM_ERR_STUCK)
        dump(d);
    return error;
}

static int run_server(const machine *m, const dynamic_machine *d, const server_program *p, run_control *control,
                      const dynamic_run_options *o, run_result *result, diag *messages)
{
    dynamic_server s(m, d, p, control, o);
    int error = s.run(o, messages);
    bool whole = error == 0 && control->n_faults == 0;
    dynamic_result_fill(result, s.cores.data(), s.switches.data(), m, p, control,
                        whole ? UINT64_MAX : sc_core::sc_time_stamp().value());
    if (control->n_faults > 0) {
        faults_report(control, messages);
        error = SIM_ERR_VIOLATION;
    }
    return error;
}

} // namespace bpsim

int dynamic_server_run(const machine *m, const dynamic_machine *d, const server_program *p,
                       const dynamic_run_options *o, run_result *result, diag *messages)
{
    run_control control = {};
    control.cross_check = o->cross_check;
    control.shuffle = o->shuffle_seed;
    control.seed = o->seed;
    control.probe = o->probe;
    int error = 0;
    try {
        bpsim::run_prepare();
        error = bpsim::run_server(m, d, p, &control, o, result, messages);
    } catch (const sc_core::sc_report &report) {
        diag_add(messages, "", 0, 0, "server", "%s", report.what());
        error = SIM_ERR_BUILD;
    }
    run_control_free(&control);
    return error;
}
