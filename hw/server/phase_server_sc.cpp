/* SPDX-License-Identifier: Apache-2.0 */
/* phase_server_sc.cpp - the server: chips, the lines between them, the host; one run. */
#include "hw/chip/chip_sc.h"
#include "hw/link/slot_switch_sc.h"
#include "hw/server/host_sc.h"
#include "hw/server/server_make_sc.h"
#include "sim/kernel/run_sc.h"

#include <algorithm>
#include <string>

extern "C" {
#include "hw/server/phase_result.h"
#include "hw/server/phase_server.h"
#include "sim/base/error.h"
}

namespace bpsim
{

constexpr uint64_t window_cycles = 65536, watchdog_default = 16 * window_cycles;

class server
{
  public:
    server(const machine *m, server_plan *plan, run_control *run, const phase_run_options *o);
    ~server();
    int run(const phase_run_options *o, diag *d);
    std::vector<chip_core *> cores;
    std::vector<slot_switch *> switches;

  private:
    void make_switches(server_plan *plan, const phase_run_options *o);
    mail_in &line_into(uint32_t link);
    void bind_chips();
    void bind_switches();
    uint64_t progress() const;
    void dump(diag *d) const;

    const machine *m_;
    run_control *run_;
    host *host_core_;
    std::vector<std::unique_ptr<chip_sc>> chips_;
    std::vector<std::unique_ptr<clock_domain>> switch_clocks_;
    std::vector<std::unique_ptr<slot_switch_sc>> switches_;
    const server_plan *plan_;
    std::unique_ptr<clock_domain> clock_;
    std::unique_ptr<host_sc> host_;
};

server::server(const machine *m, server_plan *plan, run_control *run, const phase_run_options *o)
    : m_(m), run_(run),
      host_core_(host_new(m->chips, m->switches, plan->s->repeats, static_cast<uint32_t>(plan->s->n_repeats), run)),
      plan_(plan)
{
    for (uint32_t i = 0; i < m->chips; i++)
        cores.push_back(chip_core_new(plan, i, run));
    chips_.resize(m->chips);
    for (uint32_t i : chip_order(m->chips, o->shuffle_seed))
        chips_[i] = std::make_unique<chip_sc>(("chip" + std::to_string(i)).c_str(), cores[i], *run, o->never_sleep);
    make_switches(plan, o);
    clock_ = std::make_unique<clock_domain>("host_clock", sim_clock {m->period_fs, 0}, o->never_sleep, *run);
    host_ = std::make_unique<host_sc>("host", *clock_, host_core_);
    bind_chips();
    bind_switches();
}

server::~server()
{
    host_.reset();
    clock_.reset();
    chips_.clear();
    switches_.clear();
    switch_clocks_.clear();
    for (chip_core *c : cores)
        chip_core_free(c);
    for (slot_switch *s : switches)
        slot_switch_free(s);
    host_free(host_core_);
}

void server::make_switches(server_plan *plan, const phase_run_options *o)
{
    for (uint32_t i = 0; i < m_->switches; i++) {
        const std::string name = "switch" + std::to_string(i);
        switch_plan &x = plan->switches[i];
        std::vector<switch_line> out;
        for (uint32_t k = 0; k < x.lines; k++) {
            const link &l = m_->links[x.out_links[k]];
            out.push_back({l.id, l.rate, l.latency, l.to_node >= m_->chips});
        }
        switch_line adder = {};
        if (m_->adders > 0) {
            const link &l = m_->links[machine_adder(m_, m_->chips + i)];
            adder = {l.id, l.rate, l.latency, false};
        }
        slot_switch_params p = {
            name.c_str(), x.lines, m_->flit_bytes, out.data(), m_->adders > 0 ? &adder : nullptr, plan_link_errors(m_)};
        switches.push_back(slot_switch_new(&p, &x.program, run_));
        switch_clocks_.push_back(std::make_unique<clock_domain>((name + "_clock").c_str(), sim_clock {m_->period_fs, 0},
                                                                o->never_sleep, *run_));
        switches_.push_back(std::make_unique<slot_switch_sc>(name.c_str(), *switch_clocks_[i], switches[i]));
    }
}

/* The mailbox at the far end of a chip link. */
mail_in &server::line_into(uint32_t link)
{
    uint32_t node = m_->links[link].to_node, at = plan_->incoming[link];
    return node < m_->chips ? chips_[node]->receivers[at]->line : *switches_[node - m_->chips]->line_in[at];
}

void server::bind_chips()
{
    for (uint32_t c = 0; c < m_->chips; c++) {
        chip_sc &chip = *chips_[c];
        for (uint32_t i = 0; i < cores[c]->n_out; i++)
            chip.senders[i]->line(line_into(cores[c]->out_links[i]));
        for (uint32_t i = 0; i < cores[c]->n_peers; i++) {
            const chip_core *far = cores[cores[c]->peers[i]];
            const auto at = std::find(far->peers, far->peers + far->n_peers, c) - far->peers;
            (*chip.ctl->offset_out[i])(*chips_[far->chip]->ctl->offset_in[static_cast<size_t>(at)]);
        }
        (*host_->launch_out[c])(chip.ctl->host_in);
        chip.ctl->host_out(*host_->done_in[c]);
    }
}

void server::bind_switches()
{
    for (uint32_t i = 0; i < m_->switches; i++) {
        for (uint32_t k = 0; k < plan_->switches[i].lines; k++)
            (*switches_[i]->line_out[k])(line_into(plan_->switches[i].out_links[k]));
        (*host_->launch_out[m_->chips + i])(switches_[i]->host_in);
    }
}

/* Entries done and slots passed. */
uint64_t server::progress() const
{
    uint64_t sum = run_->progress, now = sc_core::sc_time_stamp().value();
    for (const chip_core *c : cores)
        sum += controller_progress(c->controller, sim_clock_at(&c->counter.domain->clock, now));
    return sum;
}

void server::dump(diag *d) const
{
    for (const chip_core *c : cores) {
        uint64_t cycle = c->counter.domain->cycle;
        controller_dump(c->controller, cycle, d);
        for (uint32_t i = 0; i < m_->units_per_chip; i++)
            unit_dump(c->units[i], cycle, d);
        slot_network_dump(c->network, cycle, d);
        for (uint32_t i = 0; i < m_->channels_per_chip; i++)
            hbm_channel_dump(c->channels[i], cycle, d);
        for (uint32_t i = 0; i < c->n_out; i++)
            link_sender_dump(c->senders[i], cycle, d);
        for (uint32_t i = 0; i < c->n_in; i++)
            link_receiver_dump(c->receivers[i], cycle, d);
    }
    for (const slot_switch *s : switches)
        slot_switch_dump(s, s->counter.domain->cycle, d);
}

int server::run(const phase_run_options *o, diag *d)
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

static int inject(const server &s, const machine *m, const phase_injection &x, diag *d)
{
    if (x.task) {
        unit_delay(s.cores[x.chip]->units[x.neighbour], x.cycle, x.delay);
        return 0;
    }
    for (uint32_t i = 0; x.chip < m->chips && i < s.cores[x.chip]->n_out; i++) {
        if (m->links[s.cores[x.chip]->out_links[i]].to_node == x.neighbour) {
            link_sender_delay(s.cores[x.chip]->senders[i], x.cycle, x.delay);
            return 0;
        }
    }
    diag_add(d, "", 0, 0, "inject", "there is no link from chip %u to chip %u", x.chip, x.neighbour);
    return SIM_ERR_INPUT;
}

static int run_server(const machine *m, server_plan *plan, run_control *control, const phase_run_options *o,
                      run_result *result, diag *d)
{
    server s(m, plan, control, o);
    int error = 0;
    for (uint32_t i = 0; i < o->n_injections && error == 0; i++)
        error = inject(s, m, o->injections[i], d);
    if (error == 0)
        error = s.run(o, d);
    if (error == SIM_ERR_INPUT)
        return error;
    bool whole = error == 0 && control->n_faults == 0;
    phase_result_fill(result, s.cores.data(), s.switches.data(), plan, control,
                      whole ? UINT64_MAX : sc_core::sc_time_stamp().value());
    if (control->n_faults > 0) {
        faults_report(control, d);
        error = SIM_ERR_VIOLATION;
    }
    return error;
}

} // namespace bpsim

int phase_server_run(const machine *m, const schedule *s, const phase_run_options *o, run_result *result, diag *d)
{
    server_plan plan;
    run_control control = {};
    control.stall = o->stall;
    control.cross_check = o->cross_check;
    control.shuffle = o->shuffle_seed;
    control.seed = o->seed;
    control.probe = o->probe;
    int error = server_plan_init(&plan, m, s, d);
    if (error == 0) {
        try {
            bpsim::run_prepare();
            error = bpsim::run_server(m, &plan, &control, o, result, d);
        } catch (const sc_core::sc_report &report) {
            diag_add(d, "", 0, 0, "server", "%s", report.what());
            error = SIM_ERR_BUILD;
        }
    }
    server_plan_free(&plan);
    run_control_free(&control);
    return error;
}
