/* SPDX-License-Identifier: Apache-2.0 */
/* verify.c - the verifier's frame: what the parts share, their order, the list of violations. */
#include "sim/schedule/verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/digit_sort.h"
#include "sim/base/error.h"
#include "sim/schedule/schedule_check.h"

/* ---- reporting ---- */

static void report(struct verify *v, const char *rule, const char *where, const char *fmt, va_list args)
{
    v->found++;
    if (v->out->n_violations >= v->max_violations) {
        return;
    }
    struct sched_violation *x = VEC_PUSH(v->out, violations);
    *x = (struct sched_violation) {0};
    snprintf(x->rule, sizeof x->rule, "%s", rule);
    snprintf(x->where, sizeof x->where, "%s", where);
    size_t n = 0;
    if (v->s->n_programs > 1 && v->p) {
        n = (size_t)snprintf(x->message, sizeof x->message, "program %u: ", v->program);
    }
    vsnprintf(x->message + n, sizeof x->message - n, fmt, args);
}

void verify_fail(struct verify *v, const char *rule, const char *where, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    report(v, rule, where, fmt, args);
    va_end(args);
}

void verify_fail_unit(struct verify *v, const char *rule, uint32_t unit, const char *fmt, ...)
{
    char name[SCHED_NAME_MAX];
    va_list args;
    va_start(args, fmt);
    report(v, rule, sched_unit_name(name, v->m, unit), fmt, args);
    va_end(args);
}

/* ---- sorting: into groups, then each by time ---- */

#define MOST_KEPT (1u << 22) /* groups that are counted one by one */

#define TIME_OF(e)  ((e)->time)
#define GROUP_OF(e) ((e)->group)
DIGIT_SORT(by_time, struct verify_event, TIME_OF)
DIGIT_SORT(by_group, struct verify_event, GROUP_OF)

static void copy(struct verify_event *to, const struct verify_event *from, size_t n)
{
    if (to != from && n > 0) {
        memcpy(to, from, n * sizeof *to);
    }
}

void verify_sort_times(struct verify_event *events, struct verify_event *spare, size_t n)
{
    copy(events, by_time(events, spare, n), n);
}

/* Where the events of each group begin, groups + 1; NULL: there are too many groups for so few events. */
static size_t *count_groups(const struct verify_event *events, size_t n, uint32_t *groups)
{
    uint32_t last = 0;
    for (size_t i = 0; i < n; i++) {
        last = events[i].group > last ? events[i].group : last;
    }
    if (last >= n || last >= MOST_KEPT) {
        return NULL;
    }
    size_t *first = mem_alloc_array(last + 2, sizeof *first);
    for (size_t i = 0; i < n; i++) {
        first[events[i].group + 1]++;
    }
    for (uint32_t k = 0; k <= last; k++) {
        first[k + 1] += first[k];
    }
    *groups = last + 1;
    return first;
}

/* What a group has stands together after one pass over all, and its times are sorted where they are in a cache. */
void verify_sort(struct verify_event *events, size_t n)
{
    if (n < 2) {
        return;
    }
    struct verify_event *spare = mem_alloc_uncleared(n, sizeof *spare);
    uint32_t groups;
    size_t *first = count_groups(events, n, &groups);
    if (!first) {
        struct verify_event *timed = by_time(events, spare, n);
        copy(events, by_group(timed, timed == events ? spare : events, n), n);
    } else {
        for (size_t i = 0; i < n; i++) {
            spare[first[events[i].group]++] = events[i];
        }
        size_t from = 0;
        for (uint32_t k = 0; k < groups; k++) { /* first[k] is where the next one begins by now */
            verify_sort_times(spare + from, events + from, first[k] - from);
            from = first[k];
        }
        copy(events, spare, n);
    }
    free(first);
    free(spare);
}

/* ---- frame ---- */

static void machine_begin(struct verify *v)
{
    const struct sched_machine *m = v->m;
    v->n_units = m->chips * m->units_per_chip;
    v->n_channels = m->chips * m->channels_per_chip;
    v->link_role = mem_alloc_array(m->n_links, sizeof *v->link_role);
    v->link_endpoint = mem_alloc_array(m->n_links, sizeof *v->link_endpoint);
    for (size_t i = 0; i < m->n_links; i++) {
        static const uint8_t roles[] = {ROLE_NOC, ROLE_NOC, ROLE_CHIP, ROLE_ADDER};
        v->link_role[i] = roles[sched_link_type(&m->links[i])];
        v->link_endpoint[i] = SCHED_NONE;
    }
    for (uint32_t e = 0; e < m->n_endpoints; e++) {
        v->link_role[m->endpoints[e].inject] = ROLE_INJECT;
        v->link_role[m->endpoints[e].eject] = ROLE_EJECT;
        v->link_endpoint[m->endpoints[e].inject] = v->link_endpoint[m->endpoints[e].eject] = e;
    }
}

static void work_begin(struct verify *v)
{
    v->sum_of = mem_alloc_array(v->s->n_chunks, sizeof *v->sum_of);
    memset(v->sum_of, 0xff, v->s->n_chunks * sizeof *v->sum_of);
    for (uint32_t t = 0; t < v->s->n_tasks; t++) {
        const struct sched_task *k = &v->s->tasks[t];
        for (uint32_t i = 0; k->kind == SCHED_IN_SWITCH && i < k->n_inputs; i++) {
            v->sum_of[v->s->inputs[k->first_input + i].chunk] = t;
        }
    }
}

static void program_begin(struct verify *v, uint32_t program)
{
    v->program = program;
    v->p = &v->s->programs[program];
    v->op_of_task = mem_alloc_array(v->s->n_tasks, sizeof *v->op_of_task);
    v->sum_end = mem_alloc_array(v->s->n_tasks, sizeof *v->sum_end);
    v->broken = mem_alloc_array(v->p->n_transfers, sizeof *v->broken);
    v->hop_end = mem_alloc_uncleared(v->p->n_hops, sizeof *v->hop_end); /* verify_links sets them */
    v->hop_there = mem_alloc_uncleared(v->p->n_hops, sizeof *v->hop_there);
    v->reads = mem_alloc_array(v->p->n_transfers, sizeof *v->reads);
    v->writes = mem_alloc_array(v->p->n_hops, sizeof *v->writes);
}

static void program_end(struct verify *v)
{
    free(v->op_of_task);
    free(v->sum_end);
    free(v->broken);
    free(v->hop_end);
    free(v->hop_there);
    free(v->reads);
    free(v->writes);
    free(v->places);
    free(v->unit_places);
    free(v->arrivals);
    v->places = NULL;
    v->arrivals = NULL;
    v->n_places = v->cap_places = v->n_arrivals = v->cap_arrivals = 0;
}

static void verify_program(struct verify *v, uint32_t program, struct verify_left *left)
{
    program_begin(v, program);
    verify_units(v);
    verify_phases(v);
    verify_shape(v);
    verify_links(v);
    verify_dram(v);
    verify_hops(v);
    verify_sums(v);
    verify_sram(v);
    verify_contents(v);
    verify_staging(v);
    verify_outputs(v);
    verify_entries(v);
    verify_leave(v, left);
    program_end(v);
}

static void verify_policy(struct verify *v)
{
    bool list = strcmp(v->s->policy, "list") == 0 || strcmp(v->s->policy, "search") == 0;
    if (list != v->s->local_timers) {
        verify_fail(v, "policy", "server", "policy %s %s local timers", v->s->policy, list ? "needs" : "has no");
    }
}

int schedule_verify(const struct schedule *s, uint32_t max_violations, struct sched_verdict *out)
{
    *out = (struct sched_verdict) {0};
    struct verify v = {.s = s, .m = &s->machine, .out = out, .max_violations = max_violations};
    struct sched_fault fault;
    if (!schedule_check(s, &fault)) {
        if (fault.in_program) {
            v.program = fault.program;
            v.p = &s->programs[fault.program];
        }
        verify_fail(&v, "format", fault.section, "%s", fault.message);
        return SIM_ERR_INPUT;
    }
    machine_begin(&v);
    work_begin(&v);
    verify_policy(&v);
    struct verify_left *left = mem_alloc_array(s->n_programs, sizeof *left);
    for (uint32_t i = 0; i < s->n_programs; i++) {
        verify_program(&v, i, &left[i]);
    }
    verify_dram_data(&v);
    verify_repeats(&v, left);
    for (uint32_t i = 0; i < s->n_programs; i++) {
        free(left[i].records);
    }
    free(left);
    free(v.sum_of);
    free(v.link_role);
    free(v.link_endpoint);
    return v.found ? SIM_ERR_INPUT : SIM_OK;
}
