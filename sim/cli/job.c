/* SPDX-License-Identifier: Apache-2.0 */
/* job.c - the way from a configuration to a schedule or a program. */
#include "sim/cli/job.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/cli/parallel_auto.h"
#include "sim/cli/schedule_fit.h"
#include "sim/cli/workload.h"
#include "sim/codegen/codegen.h"

#define MAX_VIOLATIONS 20u
#define FINER_TASKS    10000u /* where there are more, one tiling is enough to compile */

int job_load_for(enum config_use use, struct job *j, const char *path, const char *const *sets, size_t n_sets,
                 struct diag *d)
{
    memset(j, 0, sizeof *j);
    j->has_config = true;
    return config_load_for(use, path, sets, n_sets, &j->config, d);
}

int job_load(struct job *j, const char *path, const char *const *sets, size_t n_sets, struct diag *d)
{
    return job_load_for(CONFIG_FOR_ALL, j, path, sets, n_sets, d);
}

int job_machine(struct job *j, struct diag *d)
{
    size_t before = d->count;
    int rc = machine_build(&j->machine, &j->config, d);
    j->has_machine = rc == SIM_OK;
    rc = rc ? rc : parallel_auto(&j->config, &j->machine, &j->told, d);
    config_locate(&j->config, d, before);
    return rc;
}

static struct lower_options lowering(const struct config *c)
{
    static const int collectives[] = {
        [PARALLEL_AUTO] = COLLECTIVE_AUTO,           [PARALLEL_RING] = COLLECTIVE_RING,
        [PARALLEL_ONE_SHOT] = COLLECTIVE_ONE_SHOT,   [PARALLEL_TWO_STEP] = COLLECTIVE_TWO_STEP,
        [PARALLEL_TREE] = COLLECTIVE_TREE,           [PARALLEL_DOUBLING] = COLLECTIVE_DOUBLING,
        [PARALLEL_IN_SWITCH] = COLLECTIVE_IN_SWITCH,
    };
    struct lower_options o = {
        .tensor_parallel = c->parallel.tensor,
        .pipeline = c->parallel.pipeline,
        .micro_batches = c->parallel.micro_batches,
        .collective = COLLECTIVE_AUTO,
        .tiling_common = c->run.tiling == TILING_COMMON,
    };
    if (c->server.chips > 1) {
        o.collective = collectives[c->parallel.collective];
    }
    return o;
}

static int spread(struct job *j, const struct lower_options *o, struct diag *d)
{
    struct op_graph *g;
    int rc = workload_build(&j->config, &g, d);
    if (rc) {
        return rc;
    }
    rc = lower_partition(&j->partition, g, &j->machine, o, d);
    j->has_partition = rc == SIM_OK;
    return rc;
}

static int lower(struct job *j, struct diag *d)
{
    struct lower_options o = lowering(&j->config);
    int rc = spread(j, &o, d);
    if (rc) {
        return rc;
    }
    rc = lower_tasks(&j->tasks, &j->partition, &j->machine, &o, d);
    j->has_tasks = rc == SIM_OK;
    return rc;
}

static int lower_dynamic(struct job *j, uint32_t preset, struct diag *d)
{
    struct lower_options o = lowering(&j->config);
    int rc = dynamic_resolve(&j->dynamic, &j->machine, &j->config, preset, d);
    rc = rc ? rc : spread(j, &o, d);
    if (rc) {
        return rc;
    }
    rc = codegen_lower(&j->tasks, &j->partition, &j->machine, &j->dynamic, &o, d);
    j->has_tasks = rc == SIM_OK;
    return rc;
}

int job_lower(struct job *j, struct diag *d)
{
    size_t before = d->count;
    int rc = lower(j, d);
    config_locate(&j->config, d, before);
    return rc;
}

int job_dynamic(struct job *j, uint32_t preset, struct diag *d)
{
    size_t before = d->count;
    int rc = lower_dynamic(j, preset, d);
    config_locate(&j->config, d, before);
    return rc;
}

uint32_t job_repeats(const struct job *j, const char *start)
{
    return strcmp(start, "steady") == 0 ? j->config.run.repeats : 1;
}

int job_generate(const struct job *j, const char *start, struct server_program *p, struct diag *d)
{
    int rc = codegen(p, &j->tasks, &j->machine, &j->dynamic, job_repeats(j, start), d);
    if (rc || !j->dynamic.placed) {
        return rc;
    }
    uint32_t *unit_of = compile_placement(&j->tasks, &j->machine);
    server_program_place(p, unit_of, j->machine.units_per_chip);
    free(unit_of);
    return SIM_OK;
}

void job_free(struct job *j)
{
    if (j->has_tasks) {
        task_graph_free(&j->tasks);
    }
    if (j->has_partition) {
        partition_free(&j->partition);
    }
    if (j->has_machine) {
        machine_free(&j->machine);
    }
    if (j->has_config) {
        config_free(&j->config);
    }
    text_free(&j->told);
    memset(j, 0, sizeof *j);
}

/* The other ways to cut the work that the policy looks at; those that come to the same tasks as one before are left
 * out. made[0 .. *n) are the caller's to free, also on an error. */
static int lower_others(const struct job *j, struct compile_options *o, struct task_graph *made, uint32_t *n,
                        struct diag *d)
{
    const struct task_graph *last = &j->tasks;
    for (enum compile_tiling k = TILING_FINE; k < COMPILE_TILINGS; k++) {
        struct lower_options cut = lowering(&j->config);
        if (!compile_takes(o->policy, k)) {
            continue;
        }
        cut.fine = true;
        cut.cold = cut.whole = !o->steady;
        cut.column_shares = k == TILING_COLUMNS;
        int rc = lower_tasks(&made[*n], &j->partition, &j->machine, &cut, d);
        if (rc) {
            return rc;
        }
        o->others[k] = strcmp(made[*n].tasks_hash, last->tasks_hash) != 0 ? &made[*n] : NULL;
        last = &made[(*n)++];
    }
    return SIM_OK;
}

/* One tiling is enough where that takes long, and where all machines are to have the same one. */
static int compile_tilings(const struct job *j, const struct compile_options *o, struct schedule *s, struct diag *d)
{
    struct compile_options all = *o;
    struct task_graph made[COMPILE_TILINGS];
    uint32_t n = 0;
    int rc = SIM_OK;
    if (!lowering(&j->config).tiling_common && j->tasks.n_tasks <= FINER_TASKS) {
        rc = lower_others(j, &all, made, &n, d);
    }
    if (rc == SIM_OK) {
        rc = compile_schedule(s, &j->tasks, &j->partition, &j->machine, &all, d);
    }
    for (uint32_t i = 0; i < n; i++) {
        task_graph_free(&made[i]);
    }
    return rc;
}

int job_compile(const struct job *j, const struct job_search *search, const char *policy, const char *start,
                struct schedule *s, struct diag *d)
{
    struct compile_options o = {
        .policy = policy,
        .steady = strcmp(start, "steady") == 0,
        .repeats = job_repeats(j, start),
        .work_name = j->config.top.name,
        .search_iterations = search ? search->iterations : j->config.phase.search_steps,
        .search_seconds = search ? search->seconds : 0,
    };
    int rc = compile_tilings(j, &o, s, d);
    if (rc) {
        return rc;
    }
    struct sched_verdict verdict = {0};
    rc = schedule_verify(s, 1, &verdict);
    SIM_CHECK(rc == SIM_OK, "the compiler made a schedule that the verifier refuses: %s: %s: %s",
              verdict.violations[0].rule, verdict.violations[0].where, verdict.violations[0].message);
    sched_verdict_free(&verdict);
    return SIM_OK;
}

int job_verify(const struct schedule *s, const char *path, struct diag *d)
{
    struct sched_verdict verdict = {0};
    int rc = schedule_verify(s, MAX_VIOLATIONS, &verdict);
    for (size_t i = 0; i < verdict.n_violations; i++) {
        const struct sched_violation *v = &verdict.violations[i];
        diag_add(d, path, 0, 0, v->where, "%s: %s", v->rule, v->message);
    }
    sched_verdict_free(&verdict);
    return rc;
}

struct size_pair {
    const char *what;
    uint64_t here, there;
};

static int sizes_agree(const struct size_pair *pairs, size_t n, const char *path, struct diag *d)
{
    int rc = SIM_OK;
    for (size_t i = 0; i < n; i++) {
        if (pairs[i].here != pairs[i].there) {
            diag_add(d, path, 0, 0, "", "made for a machine with %llu %s; the configuration has %llu",
                     (unsigned long long)pairs[i].there, pairs[i].what, (unsigned long long)pairs[i].here);
            rc = SIM_ERR_INPUT;
        }
    }
    return rc;
}

static int machine_fits(const struct job *j, const struct schedule *s, const char *path, struct diag *d)
{
    const struct machine *m = &j->machine;
    const struct sched_machine *t = &s->machine;
    const struct size_pair pairs[] = {
        {"chips", m->chips, t->chips},
        {"units per chip", m->units_per_chip, t->units_per_chip},
        {"channels per chip", m->channels_per_chip, t->channels_per_chip},
        {"link ports per chip", m->ports_per_chip, t->ports_per_chip},
        {"routers per chip", m->routers_per_chip, t->routers_per_chip},
        {"endpoints", m->n_endpoints, t->n_endpoints},
        {"links", m->n_links, t->n_links},
        {"bytes per flit", m->flit_bytes, t->flit_bytes},
        {"bytes of SRAM per unit", m->sram_bytes, t->sram_bytes},
    };
    return sizes_agree(pairs, sizeof pairs / sizeof pairs[0], path, d);
}

/* What does not work here must not be in use there; a schedule that leaves out more is as good. */
static int faults_fit(const struct job *j, const struct schedule *s, const char *path, struct diag *d)
{
    const struct machine *m = &j->machine;
    int rc = SIM_OK;
    for (size_t i = 0; i < m->n_endpoints; i++) {
        const struct endpoint *e = &m->endpoints[i];
        if (e->kind == ENDPOINT_UNIT && m->dead[e->host_unit] && s->machine.endpoints[i].kind != SCHED_DEAD_UNIT) {
            diag_add(d, path, 0, 0, "", "made for a server in which chip%u.unit%u works", e->chip, e->index);
            rc = SIM_ERR_INPUT;
        }
    }
    for (size_t i = 0; i < m->n_links; i++) {
        if (m->links[i].dead && s->machine.links[i].type != SCHED_DEAD_LINK) {
            diag_add(d, path, 0, 0, "", "made for a server in which %s works", m->links[i].id);
            rc = SIM_ERR_INPUT;
        }
    }
    return rc;
}

int job_matches(const struct job *j, const struct schedule *s, const char *path, struct diag *d)
{
    int rc = machine_fits(j, s, path, d);
    rc = rc ? rc : faults_fit(j, s, path, d);
    if (strcmp(s->work_hash, j->partition.work_hash) != 0) {
        diag_add(d, path, 0, 0, "", "made for other work: its work_hash is %.12s..., the configuration's %.12s...",
                 s->work_hash, j->partition.work_hash);
        rc = SIM_ERR_INPUT;
    }
    return rc ? rc : schedule_fit(s, j->partition.ops, &j->machine, path, d);
}
