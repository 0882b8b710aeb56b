/* SPDX-License-Identifier: Apache-2.0 */
/* run_child.c - one run of one machine in a process of its own. */
#include "sim/cli/run_child.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/error.h"
#include "sim/base/progress.h"
#include "sim/cli/commands.h"
#include "sim/cli/grace.h"
#include "sim/cli/process_pool.h"
#include "sim/cli/run_plan.h"
#include "sim/cli/simulate.h"
#include "sim/program/program_damage.h"
#include "sim/stats/result_text.h"
#include "sim/trace/vcd.h"

struct child {
    const struct run_options *o;
    struct job job;
    struct run_plan plan;
    const struct planned_run *run;
    struct schedule schedule;      /* of a phase machine */
    struct server_program program; /* of a dynamic machine */
    bool has_program;
    struct vcd *vcd;
    struct diag d;
};

static int find_run(struct child *c)
{
    for (size_t i = 0; i < c->plan.n_runs; i++) {
        if (strcmp(c->plan.runs[i].name, c->o->child) == 0) {
            c->run = &c->plan.runs[i];
            return SIM_OK;
        }
    }
    diag_add(&c->d, "", 0, 0, "--child", "%s is no run of this configuration", c->o->child);
    return SIM_ERR_INPUT;
}

static int open_vcd(struct child *c)
{
    if (!c->o->child_vcd) {
        return SIM_OK;
    }
    char *producer = mem_printf("bpsim %s", bpsim_version());
    struct vcd_options o = {
        .path = c->o->child_vcd,
        .scopes = c->o->vcd_scopes,
        .n_scopes = c->o->n_vcd_scopes,
        .window_from = c->o->vcd_from,
        .window_to = c->o->vcd_to,
        .period_fs = c->job.machine.period_fs,
        .producer = producer,
    };
    int rc = vcd_open(&c->vcd, &o, &c->d);
    free(producer);
    return rc;
}

static int keep_schedule(struct child *c)
{
    if (!c->o->keep_schedules) {
        return SIM_OK;
    }
    char *path = c->o->out ? mem_printf("%s/%s.bps", c->o->out, c->run->name)
                           : mem_printf("results/%s/%s.bps", c->job.config.top.name, c->run->name);
    int rc = schedule_write(&c->schedule, path, &c->d);
    free(path);
    return rc;
}

static int make_schedule(struct child *c)
{
    if (c->o->schedule) {
        int rc = job_matches(&c->job, &c->schedule, c->o->schedule, &c->d);
        return rc || c->o->no_verify ? rc : job_verify(&c->schedule, c->o->schedule, &c->d);
    }
    int rc = job_compile(&c->job, NULL, c->run->policy, c->run->start, &c->schedule, &c->d);
    return rc ? rc : keep_schedule(c);
}

static int hand_over(const struct run_result *r, struct diag *d)
{
    struct text t = {0};
    size_t at = 0;
    result_text_write(r, &t);
    while (at < t.n) {
        ssize_t n = write(POOL_FD, t.s + at, t.n - at);
        if (n <= 0) {
            diag_add(d, "", 0, 0, "", "the result cannot be handed to the parent process");
            break;
        }
        at += (size_t)n;
    }
    int rc = at == t.n ? SIM_OK : SIM_ERR_IO;
    text_free(&t);
    return rc;
}

/* A waveform up to the place where something went wrong is what one wants to look at. */
static int finish_vcd(struct child *c, const struct run_result *r, int rc)
{
    const char *note = rc == SIM_OK ? NULL : rc == SIM_ERR_VIOLATION ? "halted by a violation" : "ended early";
    struct vcd *v = c->vcd;
    c->vcd = NULL;
    if (!v) {
        return SIM_OK;
    }
    return vcd_finish(v, r->makespan_cycles * c->job.machine.period_fs, note, &c->d);
}

/* ---- kinds of machines ---- */

static int prepare_phase(struct child *c)
{
    int rc = job_lower(&c->job, &c->d);
    return rc ? rc : make_schedule(c);
}

static int run_phase(struct child *c, struct run_result *r)
{
    struct phase_run_options o = simulate_options(&c->job, &c->schedule);
    o.cross_check = c->o->cross_check;
    o.never_sleep = c->o->never_sleep;
    o.shuffle_seed = c->o->shuffle_seed;
    o.injections = c->o->injections;
    o.n_injections = (uint32_t)c->o->n_injections;
    o.probe = c->vcd ? vcd_probe(c->vcd) : NULL;
    return simulate(&c->job, &c->schedule, &o, r, &c->d);
}

static int lose_signal(struct child *c)
{
    const struct lost_signal *lost = &c->program.lost;
    if (!program_lose_signal(&c->program)) {
        diag_add(&c->d, "", 0, 0, "--debug-lose-signal", "no task of %s signals anything", c->run->name);
        return SIM_ERR_INPUT;
    }
    diag_add(&c->d, "", 0, 0, "--debug-lose-signal", "task %u of chip %u does not add to counter word %u of chip %u",
             lost->from_task, lost->from_chip, lost->word, lost->chip);
    return SIM_OK;
}

static int prepare_dynamic(struct child *c)
{
    int rc = job_dynamic(&c->job, c->run->choice, &c->d);
    rc = rc ? rc : job_generate(&c->job, c->run->start, &c->program, &c->d);
    c->has_program = rc == SIM_OK;
    return rc == SIM_OK && c->o->lose_signal ? lose_signal(c) : rc;
}

static int run_dynamic(struct child *c, struct run_result *r)
{
    struct dynamic_run_options o = simulate_dynamic_options(&c->job, c->run->start);
    o.cross_check = c->o->cross_check;
    o.never_sleep = c->o->never_sleep;
    o.shuffle_seed = c->o->shuffle_seed;
    o.probe = c->vcd ? vcd_probe(c->vcd) : NULL;
    return simulate_dynamic(&c->job, &c->program, c->run->start, &o, r, &c->d);
}

static const struct {
    int (*prepare)(struct child *c); /* the work, as this kind of machine gets it */
    int (*run)(struct child *c, struct run_result *r);
} kinds[RUN_KINDS] = {
    [RUN_PHASE] = {prepare_phase, run_phase},
    [RUN_DYNAMIC] = {prepare_dynamic, run_dynamic},
};

static int run(struct child *c)
{
    struct run_result r;
    int rc = kinds[c->run->kind].run(c, &r);
    int error = finish_vcd(c, &r, rc);
    if (!error && (rc == SIM_OK || rc == SIM_ERR_INTERRUPTED || rc == SIM_ERR_TERMINATED)) {
        error = hand_over(&r, &c->d);
    }
    run_result_free(&r);
    return rc ? rc : error;
}

static int all_steps(struct child *c)
{
    int rc = job_load_for(run_plan_use(c->o), &c->job, c->o->config, c->o->sets, c->o->n_sets, &c->d);
    if (rc == SIM_OK && c->o->schedule) {
        rc = schedule_read(&c->schedule, c->o->schedule, &c->d);
    }
    rc = rc ? rc : run_plan_make(&c->plan, c->o, &c->job.config, c->o->schedule ? &c->schedule : NULL, &c->d);
    rc = rc ? rc : find_run(c);
    rc = rc ? rc : job_machine(&c->job, &c->d);
    rc = rc ? rc : open_vcd(c);
    rc = rc ? rc : kinds[c->run->kind].prepare(c);
    return rc ? rc : run(c);
}

int run_child(const struct run_options *o)
{
    struct child c = {.o = o};
    pool_child_begin();
    interrupt_install();
    grace_begin(GRACE_SECONDS);
    progress_init(o->progress == PROGRESS_PLAIN ? PROGRESS_PLAIN : PROGRESS_NONE);
    diag_init(&c.d);
    schedule_init(&c.schedule);
    int rc = all_steps(&c);
    vcd_abort(c.vcd);
    diag_print(&c.d, stderr);
    schedule_free(&c.schedule);
    if (c.has_program) {
        server_program_free(&c.program);
    }
    run_plan_free(&c.plan);
    job_free(&c.job);
    diag_free(&c.d);
    return sim_exit_code(rc);
}
