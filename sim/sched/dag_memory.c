/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/sched/dag_memory.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/hash.h"

#define SLOTS     (1u << 16)
#define MAX_WORDS (4u << 20) /* 32 MiB */
#define MAX_LOOKS 64u        /* states of one slot that are compared */
#define SET_WORDS (DAG_EXACT_MAX_TASKS / 64)
#define ROW_WORDS (3 + DAG_EXACT_MAX_UNITS + 2 * DAG_EXACT_MAX_TASKS)

struct dag_memory {
    uint32_t slot[SLOTS]; /* first record + 1 */
    VEC(uint64_t, words); /* records: next record + 1, set, row */
    uint64_t row[ROW_WORDS];
    uint32_t n_row, n_fixed; /* fixed: words before the tasks */
    uint64_t set[SET_WORDS];
    uint64_t now;
    uint32_t label[DAG_EXACT_MAX_UNITS];
    bool delays;
};

struct dag_memory *dag_memory_new(const struct dag_exact *x)
{
    struct dag_memory *m = mem_alloc(sizeof *m);
    m->delays = x->g->delays;
    return m;
}

void dag_memory_free(struct dag_memory *m)
{
    if (m) {
        free(m->words);
        free(m);
    }
}

static bool is_alive(const struct dag_exact *x, uint32_t v)
{
    const struct task_dag *g = x->g;
    for (uint64_t e = g->succ_first[v]; e < g->succ_first[v + 1]; e++) {
        if (!x->placed[g->succ[e].task]) {
            return true;
        }
    }
    return false;
}

/* Orders the units, and says which place each has. first: first task with successors to come, n_tasks where none is. */
static void order_units(struct dag_memory *m, const struct dag_exact *x, const uint32_t *first)
{
    uint32_t order[DAG_EXACT_MAX_UNITS];
    for (uint32_t p = 0; p < x->units; p++) {
        uint32_t i = p;
        for (; i > 0; i--) {
            uint32_t q = order[i - 1];
            if (first[q] < first[p] || (first[q] == first[p] && x->avail[q] <= x->avail[p])) {
                break;
            }
            order[i] = q;
        }
        order[i] = p;
    }
    for (uint32_t i = 0; i < x->units; i++) {
        m->label[order[i]] = i;
        m->row[3 + i] = x->avail[order[i]];
    }
}

static void describe(struct dag_memory *m, const struct dag_exact *x)
{
    const struct task_dag *g = x->g;
    uint32_t first[DAG_EXACT_MAX_UNITS], alive[DAG_EXACT_MAX_TASKS], n_alive = 0;
    memset(m->set, 0, sizeof m->set);
    for (uint32_t p = 0; p < x->units; p++) {
        first[p] = g->n_tasks;
    }
    for (uint32_t v = 0; v < g->n_tasks; v++) {
        if (!x->placed[v]) {
            continue;
        }
        m->set[v / 64] |= UINT64_C(1) << (v % 64);
        if (is_alive(x, v)) {
            alive[n_alive++] = v;
            uint32_t *at = &first[x->now.unit[v]];
            *at = m->delays && v < *at ? v : *at;
        }
    }
    order_units(m, x, first);
    m->n_row = m->n_fixed = 3 + x->units;
    for (uint32_t i = 0; i < n_alive; i++) {
        uint32_t v = alive[i];
        m->row[m->n_row++] = x->now.start[v] + g->weight[v];
        m->row[m->n_row++] = m->delays ? m->label[x->now.unit[v]] : 0;
    }
}

/* Nothing to come starts before `now`: without delays what ends before it ends early enough. */
static bool dominates(const struct dag_memory *m, const uint64_t *row)
{
    if (row[0] > m->row[0] || (row[0] == m->row[0] && row[1] > m->row[1]) || row[2] > m->row[2]) {
        return false;
    }
    for (uint32_t i = 3; i < m->n_fixed; i++) {
        if (row[i] > m->row[i] && row[i] > m->now) {
            return false;
        }
    }
    for (uint32_t i = m->n_fixed; i < m->n_row; i += 2) {
        if (row[i + 1] != m->row[i + 1] || (row[i] > m->row[i] && (m->delays || row[i] > m->now))) {
            return false;
        }
    }
    return true;
}

bool dag_memory_dominated(struct dag_memory *m, const struct dag_exact *x, uint64_t last_start, uint32_t last_index,
                          uint64_t sum)
{
    m->now = last_start;
    m->row[0] = last_start;
    m->row[1] = last_index;
    m->row[2] = sum;
    describe(m, x);
    uint64_t hash = x->g->n_tasks;
    for (uint32_t i = 0; i < SET_WORDS; i++) {
        hash = mix64(hash, m->set[i]);
    }
    uint32_t *slot = &m->slot[hash % SLOTS];
    uint32_t looks = 0;
    for (size_t at = *slot; at > 0 && looks < MAX_LOOKS; at = m->words[at - 1], looks++) {
        const uint64_t *record = &m->words[at];
        if (memcmp(record, m->set, sizeof m->set) == 0 && dominates(m, record + SET_WORDS)) {
            return true;
        }
    }
    size_t size = 1 + SET_WORDS + m->n_row;
    if (m->n_words + size <= MAX_WORDS) {
        VEC_RESERVE(m, words, m->n_words + size);
        uint64_t *record = &m->words[m->n_words];
        record[0] = *slot;
        memcpy(record + 1, m->set, sizeof m->set);
        memcpy(record + 1 + SET_WORDS, m->row, m->n_row * sizeof *m->row);
        *slot = (uint32_t)m->n_words + 1;
        m->n_words += size;
    }
    return false;
}
