/* SPDX-License-Identifier: Apache-2.0 */
/* run_merge.c - what the children handed over becomes one report. */
#include "sim/cli/run_merge.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/cli/budget.h"
#include "sim/cli/commands.h"
#include "sim/stats/result_text.h"

static void add_result(const struct job *j, const struct pool_child *c, struct report *r)
{
    struct run_result result;
    if (result_text_read(&result, c->received[0].s)) {
        run_result_free(&result);
        *VEC_PUSH(r, warnings) = mem_printf("%s: its result did not arrive whole", c->name);
        return;
    }
    if (result.stalls) {
        const char *why = j->machine.link_bit_errors > 0 ? "bursts that chip links lost came late"
                                                         : "the schedule does not fit this machine";
        *VEC_PUSH(r, warnings) = mem_printf("%s: %" PRIu64 " stalls: %s", c->name, result.stalls, why);
    }
    *VEC_PUSH(r, runs) = result;
    *VEC_PUSH(r, hosts) = (struct report_host) {c->cpu_seconds, c->peak_bytes};
}

void run_merge(const struct job *j, const struct pool *pool, int stopped, struct report *r)
{
    report_init(r);
    r->name = mem_strdup(j->config.top.name);
    r->version = bpsim_version();
    config_hash(&j->config, r->config_hash);
    r->interrupted = stopped == SIM_ERR_INTERRUPTED || stopped == SIM_ERR_TERMINATED;
    struct diag d;
    diag_init(&d);
    int rc = budget_fill(r, &j->machine, &j->config, &d);
    SIM_CHECK(rc == SIM_OK, "a machine that could be made cannot be made any more");
    diag_free(&d);
    for (size_t i = 0; i < pool->n; i++) {
        const struct pool_child *c = &pool->children[i];
        if (c->received[0].n) {
            add_result(j, c, r);
        } else if (r->interrupted) {
            *VEC_PUSH(r, warnings) = mem_printf("%s: interrupted before it had a result", c->name);
        }
        if (c->ended && c->exit_code && !r->interrupted) {
            *VEC_PUSH(r, failures) = (struct report_failure) {mem_strdup(c->name), c->exit_code};
        }
    }
}

static const char *said(const struct pool_child *c)
{
    return c->received[1].n ? c->received[1].s : "";
}

/* An earlier child that ended the same way with the same words, or NULL. */
static const struct pool_child *said_before(const struct pool *pool, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        const struct pool_child *c = &pool->children[k];
        if (c->exit_code == pool->children[i].exit_code && *said(c) && strcmp(said(c), said(&pool->children[i])) == 0) {
            return c;
        }
    }
    return NULL;
}

static void print_messages(const struct pool_child *c)
{
    const char *s = said(c);
    while (*s) {
        size_t n = strcspn(s, "\n");
        fprintf(stderr, "%s: %.*s\n", c->name, (int)n, s);
        s += n + (s[n] == '\n');
    }
}

int run_merge_messages(const struct pool *pool, int stopped)
{
    int first = 0;
    for (size_t i = 0; i < pool->n; i++) {
        const struct pool_child *c = &pool->children[i];
        const struct pool_child *before = said_before(pool, i);
        if (before) {
            fprintf(stderr, "%s: the same as %s\n", c->name, before->name);
        } else {
            print_messages(c);
        }
        if (c->ended && c->exit_code && !before && !stopped) {
            fprintf(stderr, "bpsim run: %s failed with exit code %d\n", c->name, c->exit_code);
        }
        first = first ? first : c->exit_code;
    }
    return first;
}
