/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_run.c - bpsim run: one process per machine and start, one report. */
#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/cli/budget.h"
#include "sim/cli/commands.h"
#include "sim/cli/process_pool.h"
#include "sim/cli/run_child.h"
#include "sim/cli/run_merge.h"
#include "sim/cli/run_options.h"
#include "sim/cli/run_plan.h"
#include "sim/cli/terminal.h"

struct parent {
    const struct run_options *o;
    int argc;
    char **argv; /* as given: what the children get too */
    struct job job;
    struct run_plan plan;
    struct schedule given;
    char *out;
    char **vcd_paths; /* one per run; NULL without waveforms */
    struct diag d;
};

/* To a chip or, numbered behind the chips, a switch. */
static bool has_link(const struct machine *m, uint32_t chip, uint32_t neighbour)
{
    const uint32_t *neighbours;
    uint32_t n = chip < m->chips ? machine_neighbours(m, chip, &neighbours) : 0;
    for (uint32_t i = 0; i < n; i++) {
        if (neighbours[i] == neighbour) {
            return !m->links[machine_chip_link(m, chip, neighbour)].dead;
        }
    }
    return false;
}

/* A link or unit that is not there cannot be delayed. */
static int check_injections(struct parent *p)
{
    const struct machine *m = &p->job.machine;
    for (size_t i = 0; i < p->o->n_injections; i++) {
        const struct phase_injection *x = &p->o->injections[i];
        if (x->task) {
            uint32_t unit = x->chip * m->units_per_chip + x->neighbour;
            if (x->chip >= m->chips || x->neighbour >= m->units_per_chip || m->dead[unit]) {
                diag_add(&p->d, "", 0, 0, "--inject", "there is no unit %u of chip %u that works", x->neighbour,
                         x->chip);
                return SIM_ERR_INPUT;
            }
        } else if (!has_link(m, x->chip, x->neighbour)) {
            diag_add(&p->d, "", 0, 0, "--inject", "there is no link from chip %u to chip %u", x->chip, x->neighbour);
            return SIM_ERR_INPUT;
        }
    }
    return SIM_OK;
}

/* Every machine can be made of this silicon; found out once, not by each run. */
static int check_machines(struct parent *p)
{
    struct report r;
    size_t before = p->d.count;
    report_init(&r);
    int rc = budget_fill(&r, &p->job.machine, &p->job.config, &p->d);
    config_locate(&p->job.config, &p->d, before);
    report_free(&r);
    return rc;
}

static int understand(struct parent *p)
{
    const struct run_options *o = p->o;
    int rc = job_load_for(run_plan_use(o), &p->job, o->config, o->sets, o->n_sets, &p->d);
    if (rc == SIM_OK && o->schedule) {
        rc = schedule_read(&p->given, o->schedule, &p->d);
    }
    rc = rc ? rc : run_plan_make(&p->plan, o, &p->job.config, o->schedule ? &p->given : NULL, &p->d);
    rc = rc ? rc : job_machine(&p->job, &p->d);
    if (rc == SIM_OK && !o->quiet && p->job.told.n > 0) {
        fputs(p->job.told.s, stderr);
    }
    rc = rc ? rc : check_machines(p);
    return rc ? rc : check_injections(p);
}

/* Finds out now what cannot be written later. */
static int check_waveforms(struct parent *p)
{
    int rc = SIM_OK;
    if (!p->o->vcd) {
        return SIM_OK;
    }
    p->vcd_paths = mem_alloc_array(p->plan.n_runs, sizeof *p->vcd_paths);
    for (size_t i = 0; i < p->plan.n_runs; i++) {
        struct file_out f;
        p->vcd_paths[i] = run_vcd_path(p->o->vcd, &p->plan, i);
        rc = rc ? rc : file_open(&f, p->vcd_paths[i], &p->d);
        if (rc == SIM_OK) {
            file_abort(&f);
        }
    }
    return rc;
}

/* The effective configuration must not take the place of the configuration itself, unless they are the same. */
static int check_config_place(struct parent *p)
{
    struct stat given;
    struct stat there;
    char *path = mem_printf("%s/config.yaml", p->out);
    int rc = SIM_OK;
    if (stat(p->o->config, &given) == 0 && stat(path, &there) == 0 && given.st_dev == there.st_dev &&
        given.st_ino == there.st_ino) {
        struct text effective = {0};
        char *data = NULL;
        size_t bytes = 0;
        config_write(&p->job.config, &effective);
        rc = file_read(path, SIZE_MAX / 2, &data, &bytes, &p->d);
        if (rc == SIM_OK && (bytes != effective.n || memcmp(data, effective.s, bytes) != 0)) {
            diag_add(&p->d, path, 0, 0, "", "the effective configuration would overwrite it; choose another --out");
            rc = SIM_ERR_INPUT;
        }
        free(data);
        text_free(&effective);
    }
    free(path);
    return rc;
}

static int prepare(struct parent *p)
{
    p->out = p->o->out ? mem_strdup(p->o->out) : mem_printf("results/%s", p->job.config.top.name);
    int rc = check_config_place(p);
    rc = rc ? rc : file_make_dir(p->out, &p->d);
    return rc ? rc : check_waveforms(p);
}

/* bpsim run --child NAME [--child-vcd FILE] and all that the parent was given. */
static char **child_argv(const struct parent *p, size_t run)
{
    char **argv = mem_alloc_array((size_t)p->argc + 6, sizeof *argv);
    int n = 0;
    argv[n++] = (char *)(uintptr_t) "bpsim";
    argv[n++] = p->argv[0];
    argv[n++] = (char *)(uintptr_t) "--child";
    argv[n++] = p->plan.runs[run].name;
    if (p->vcd_paths) {
        argv[n++] = (char *)(uintptr_t) "--child-vcd";
        argv[n++] = p->vcd_paths[run];
    }
    memcpy(argv + n, p->argv + 1, (size_t)(p->argc - 1) * sizeof *argv);
    return argv;
}

static void pool_make(struct parent *p, struct pool *pool)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    *pool = (struct pool) {
        .n = p->plan.n_runs,
        .jobs = p->o->jobs  ? p->o->jobs
                : cores > 0 ? (uint32_t)cores
                            : 1,
        .forward = p->o->progress == PROGRESS_PLAIN,
    };
    pool->children = mem_alloc_array(pool->n, sizeof *pool->children);
    for (size_t i = 0; i < pool->n; i++) {
        pool->children[i].name = p->plan.runs[i].name;
        pool->children[i].argv = child_argv(p, i);
        pool->children[i].pipes[0] = pool->children[i].pipes[1] = -1;
    }
}

static void pool_end(struct pool *pool)
{
    for (size_t i = 0; i < pool->n; i++) {
        free(pool->children[i].argv);
        text_free(&pool->children[i].received[0]);
        text_free(&pool->children[i].received[1]);
    }
    free(pool->children);
}

static void show_progress(void *self, size_t ended)
{
    (void)self;
    progress_update(ended);
}

/* What a process left behind that could not clean up: files PATH.PID.N.tmp in a folder it wrote to. */
static void remove_temporaries(const char *folder, pid_t pid)
{
    DIR *dir = opendir(folder);
    char *pattern = mem_printf("*.%ld.*.tmp", (long)pid);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        if (text_glob(pattern, e->d_name)) {
            char *path = mem_printf("%s/%s", folder, e->d_name);
            unlink(path);
            free(path);
        }
    }
    if (dir) {
        closedir(dir);
    }
    free(pattern);
}

static void clean_up(const struct parent *p, const struct pool *pool)
{
    const char *slash = p->o->vcd ? strrchr(p->o->vcd, '/') : NULL;
    char *vcd_folder = slash ? mem_printf("%.*s", (int)(slash - p->o->vcd) + 1, p->o->vcd) : mem_strdup(".");
    for (size_t i = 0; i < pool->n; i++) {
        if (pool->children[i].ended && pool->children[i].exit_code >= 128) {
            remove_temporaries(p->out, pool->children[i].pid);
            remove_temporaries(vcd_folder, pool->children[i].pid);
        }
    }
    free(vcd_folder);
}

static int write_results(struct parent *p, const struct report *r)
{
    char *path = mem_printf("%s/config.yaml", p->out);
    int rc = config_save(&p->job.config, path, &p->d);
    free(path);
    return rc ? rc : report_write_files(r, p->out, &p->d);
}

static void headline(const struct parent *p, struct text *t)
{
    const struct machine *m = &p->job.machine;
    uint64_t mhz = m->clock_hz / 1000000;
    text_printf(t, "%s: %" PRIu32 " chip%s x %" PRIu32 " units, %" PRIu64 ".%03" PRIu64 " GHz; work: %s\n\n",
                p->job.config.top.name, m->chips, m->chips == 1 ? "" : "s", m->units_per_chip, mhz / 1000, mhz % 1000,
                workload_kind_choices.names[p->job.config.workload.kind]);
}

static void print_table(const struct parent *p, const struct report *r)
{
    struct report_style style = {.width = terminal_width(), .color = terminal_color(), .explain = p->o->explain};
    struct text t = {0};
    headline(p, &t);
    text_add(&t, "silicon budget\n");
    report_silicon_table(r, &style, &t);
    text_add(&t, "\n");
    report_table(r, &style, &t);
    text_printf(&t, "\nresults are in %s\n", p->out);
    fwrite(t.s, 1, t.n, stdout);
    text_free(&t);
}

static void print_results(const struct parent *p, const struct report *r)
{
    struct text t = {0};
    if (p->o->json) {
        report_json(r, &t);
        fwrite(t.s, 1, t.n, stdout);
    } else if (!p->o->quiet && r->n_runs) {
        print_table(p, r);
    }
    for (size_t i = 0; i < r->n_warnings; i++) {
        fprintf(stderr, "bpsim run: warning: %s\n", r->warnings[i]);
    }
    text_free(&t);
}

/* What counts first: an interruption, then a failure of our own, then the first child that failed. */
static int run_all(struct parent *p)
{
    struct pool pool;
    struct report r;
    pool_make(p, &pool);
    pool.on_end = show_progress;
    progress_begin("simulating", pool.n);
    int stopped = pool_run(&pool, &p->d);
    progress_end();
    clean_up(p, &pool);
    run_merge(&p->job, &pool, stopped, &r);
    int rc = write_results(p, &r);
    rc = rc ? rc : report_agree(&r, &p->d);
    print_results(p, &r);
    fflush(stdout); /* the table stands before what went wrong */
    int failed = run_merge_messages(&pool, stopped);
    report_free(&r);
    pool_end(&pool);
    if (stopped == SIM_ERR_INTERRUPTED || stopped == SIM_ERR_TERMINATED) {
        fprintf(stderr, "bpsim run: interrupted; what there is is in %s\n", p->out);
    }
    if (stopped || rc) {
        return sim_exit_code(stopped ? stopped : rc);
    }
    return failed;
}

static int run_parent(const struct run_options *o, int argc, char **argv)
{
    struct parent p = {.o = o, .argc = argc, .argv = argv};
    interrupt_install();
    progress_init(o->quiet ? PROGRESS_NONE : o->progress);
    diag_init(&p.d);
    schedule_init(&p.given);
    int rc = understand(&p);
    rc = rc ? rc : prepare(&p);
    int exit_code = rc ? sim_exit_code(rc) : run_all(&p);
    diag_print(&p.d, stderr);
    for (size_t i = 0; p.vcd_paths && i < p.plan.n_runs; i++) {
        free(p.vcd_paths[i]);
    }
    free(p.vcd_paths);
    free(p.out);
    schedule_free(&p.given);
    run_plan_free(&p.plan);
    job_free(&p.job);
    diag_free(&p.d);
    return exit_code;
}

int cmd_run(int argc, char **argv)
{
    struct run_options o;
    int exit_code;
    char **given = mem_alloc_array((size_t)argc + 1, sizeof *given); /* reading moves operands to the front */
    memcpy(given, argv, (size_t)argc * sizeof *given);
    if (!run_options_read(&o, argc, argv, &exit_code)) {
        exit_code = o.child ? run_child(&o) : run_parent(&o, argc, given);
    }
    run_options_free(&o);
    free(given);
    return exit_code;
}
