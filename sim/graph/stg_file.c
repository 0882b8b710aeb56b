/* SPDX-License-Identifier: Apache-2.0 */
/* stg_file.c - reads the text of an STG file.
 *
 *     5 [2]                      number of tasks [processors]
 *     0   0   0                  id, processing time, number of predecessors, predecessors
 *     1   3   1   0
 *     2   4   2   0 1
 *     # comment
 *
 * Files of the set differ: the number counts the two dummies (entry and exit, of time 0) or does not; ids start at 0
 * or 1; there may be no entry dummy; tasks of time 0 need not be dummies. All of these are read; dummies are left
 * out. Numbers are looked at one by one and stored as they come, so no number in the file decides how
 * much memory is taken. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/graph/stg_file.h"

#define MAX_TIME 1000000000u
#define MAX_ID   UINT32_C(1000000000)

struct task {
    uint64_t time;
    uint64_t first; /* in preds; the task's are up to the next task's first */
    uint32_t line;
};

struct stg {
    const char *path;
    struct diag *d;
    const char *at, *end; /* what is not read yet */
    uint32_t line;        /* 1-based, of the line in the reader's hands */
    uint64_t declared;    /* first number of the file */
    uint32_t first_id;
    VEC(struct task, tasks);
    VEC(uint32_t, preds); /* ids; after check_ids positions in the file */
    bool drop_entry, drop_exit;
};

static int fault(const struct stg *s, uint32_t line, uint32_t col, const char *text)
{
    diag_add(s->d, s->path, line, col, "", "%s", text);
    return SIM_ERR_INPUT;
}

/* ---- lines and numbers ---- */

/* One line without its comment. */
struct line {
    const char *start, *at, *end;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static void skip_blanks(struct line *l)
{
    while (l->at < l->end && is_blank(*l->at)) {
        l->at++;
    }
}

/* The next line that holds something; false at the end of the file. */
static bool next_line(struct stg *s, struct line *l)
{
    while (s->at < s->end) {
        size_t rest = (size_t)(s->end - s->at);
        const char *newline = memchr(s->at, '\n', rest);
        const char *line_end = newline != NULL ? newline : s->end;
        const char *comment = memchr(s->at, '#', (size_t)(line_end - s->at));
        *l = (struct line) {s->at, s->at, comment != NULL ? comment : line_end};
        s->at = newline != NULL ? newline + 1 : s->end;
        s->line++;
        skip_blanks(l);
        if (l->at < l->end) {
            return true;
        }
    }
    return false;
}

static uint32_t column(const struct line *l)
{
    return (uint32_t)(l->at - l->start) + 1;
}

/* Reads one number of at most max. */
static int number(const struct stg *s, struct line *l, uint64_t max, const char *what, uint64_t *value)
{
    skip_blanks(l);
    uint32_t col = column(l);
    if (l->at == l->end || *l->at < '0' || *l->at > '9') {
        diag_add(s->d, s->path, s->line, col, "", "%s is expected here, a whole number", what);
        return SIM_ERR_INPUT;
    }
    *value = 0;
    for (; l->at < l->end && *l->at >= '0' && *l->at <= '9'; l->at++) {
        *value = *value * 10 + (uint64_t)(*l->at - '0');
        if (*value > max) {
            diag_add(s->d, s->path, s->line, col, "", "%s is larger than %llu", what, (unsigned long long)max);
            return SIM_ERR_INPUT;
        }
    }
    if (l->at < l->end && !is_blank(*l->at)) {
        diag_add(s->d, s->path, s->line, col, "", "%s is expected here, a whole number", what);
        return SIM_ERR_INPUT;
    }
    return SIM_OK;
}

static bool more(struct line *l)
{
    skip_blanks(l);
    return l->at < l->end;
}

/* ---- the file ---- */

static int read_header(struct stg *s)
{
    struct line l;
    uint64_t processors;
    if (!next_line(s, &l)) {
        return fault(s, s->line > 0 ? s->line : 1, 1, "the file is empty; the number of tasks is expected");
    }
    int error = number(s, &l, GRAPH_MAX_OPS, "the number of tasks", &s->declared);
    if (error == SIM_OK && more(&l)) {
        error = number(s, &l, MAX_ID, "the number of processors", &processors);
    }
    if (error == SIM_OK && more(&l)) {
        error = fault(s, s->line, column(&l), "the first line has more than two numbers");
    }
    return error;
}

static int read_task(struct stg *s, struct line *l)
{
    uint64_t id, time, count, pred;
    skip_blanks(l);
    uint32_t col = column(l);
    int error = number(s, l, MAX_ID, "the id of a task", &id);
    if (error == SIM_OK && s->n_tasks == 0) {
        s->first_id = (uint32_t)id;
        error = id <= 1 ? SIM_OK : fault(s, s->line, col, "ids start at 0 or 1");
    }
    if (error == SIM_OK && id != s->first_id + s->n_tasks) {
        diag_add(s->d, s->path, s->line, col, "", "task %llu where task %zu is expected", (unsigned long long)id,
                 s->first_id + s->n_tasks);
        error = SIM_ERR_INPUT;
    }
    if (error == SIM_OK) {
        error = number(s, l, MAX_TIME, "the processing time", &time);
    }
    if (error == SIM_OK) {
        error = number(s, l, MAX_ID, "the number of predecessors", &count);
    }
    if (error != SIM_OK) {
        return error;
    }
    *VEC_PUSH(s, tasks) = (struct task) {.time = time, .first = s->n_preds, .line = s->line};
    for (uint64_t i = 0; i < count && error == SIM_OK; i++) {
        error = number(s, l, MAX_ID, "a predecessor", &pred);
        if (error == SIM_OK) {
            *VEC_PUSH(s, preds) = (uint32_t)pred;
        }
    }
    if (error == SIM_OK && more(l)) {
        error = fault(s, s->line, column(l), "there are more predecessors than the line says");
    }
    if (error == SIM_OK && s->n_preds > GRAPH_MAX_EDGES) {
        error = fault(s, s->line, 1, "the graph has more than 10000000 edges");
    }
    return error;
}

static int read_tasks(struct stg *s)
{
    struct line l;
    while (next_line(s, &l)) {
        if (s->n_tasks > s->declared + 1) {
            return fault(s, s->line, 1, "there are more tasks than the first line says, dummies included");
        }
        int error = read_task(s, &l);
        if (error != SIM_OK) {
            return error;
        }
    }
    if (s->n_tasks < s->declared || s->n_tasks == 0) {
        diag_add(s->d, s->path, s->line, 1, "", "the file ends after %zu of %llu tasks", s->n_tasks,
                 (unsigned long long)s->declared);
        return SIM_ERR_INPUT;
    }
    return SIM_OK;
}

static uint64_t preds_end(const struct stg *s, size_t task)
{
    return task + 1 < s->n_tasks ? s->tasks[task + 1].first : s->n_preds;
}

/* Turns ids into positions; a predecessor must be there, and no task may name one twice. */
static int check_ids(struct stg *s)
{
    uint32_t *seen = mem_alloc_array(s->n_tasks, sizeof *seen);
    int error = SIM_OK;
    for (uint32_t v = 0; v < s->n_tasks && error == SIM_OK; v++) {
        for (uint64_t e = s->tasks[v].first; e < preds_end(s, v) && error == SIM_OK; e++) {
            uint32_t u = s->preds[e] - s->first_id; /* wraps to a large number for id 0 where ids start at 1 */
            const char *what = u >= s->n_tasks ? "is not in the file" : seen[u] == v + 1 ? "is named twice" : NULL;
            if (what != NULL) {
                diag_add(s->d, s->path, s->tasks[v].line, 1, "", "predecessor %u of task %u %s", s->preds[e],
                         v + s->first_id, what);
                error = SIM_ERR_INPUT;
            } else {
                seen[u] = v + 1;
                s->preds[e] = u;
            }
        }
    }
    free(seen);
    return error;
}

/* ---- dummies ---- */

/* What the ends of the file look like. */
struct ends {
    bool entry_free, exit_free;  /* of time 0; without predecessors, without successors */
    bool only_source, only_sink; /* and no other task is without */
};

static struct ends look_at_ends(const struct stg *s)
{
    size_t last = s->n_tasks - 1, sources = 0, sinks = s->n_tasks;
    bool *read = mem_alloc_array(s->n_tasks, sizeof *read);
    for (size_t e = 0; e < s->n_preds; e++) {
        sinks -= !read[s->preds[e]];
        read[s->preds[e]] = true;
    }
    for (size_t v = 0; v < s->n_tasks; v++) {
        sources += s->tasks[v].first == preds_end(s, v);
    }
    struct ends x = {.entry_free = s->tasks[0].time == 0 && s->tasks[0].first == preds_end(s, 0),
                     .exit_free = s->tasks[last].time == 0 && !read[last]};
    x.only_source = x.entry_free && sources == 1;
    x.only_sink = x.exit_free && sinks == 1;
    free(read);
    return x;
}

/* Decides which ends are dummies. Two tasks more than declared: both are, or the file is wrong. Otherwise an end is a
 * dummy when it is the only source or the only sink, of time 0; an entry dummy (id 0) without an exit dummy is a file
 * that was cut off. */
static int find_dummies(struct stg *s)
{
    struct ends x = look_at_ends(s);
    uint32_t last_line = s->tasks[s->n_tasks - 1].line;
    if (s->n_tasks == s->declared + 2) {
        if (!x.entry_free) {
            return fault(
                s, s->tasks[0].line, 1,
                "two tasks more than the first line says, but the first is no entry dummy (time 0, no predecessor)");
        }
        if (!x.exit_free) {
            return fault(
                s, last_line, 1,
                "two tasks more than the first line says, but the last is no exit dummy (time 0, no successor)");
        }
        s->drop_entry = s->drop_exit = true;
        return SIM_OK;
    }
    s->drop_entry = x.only_source;
    s->drop_exit = x.only_sink;
    if (s->drop_entry && !s->drop_exit && s->first_id == 0) {
        return fault(s, last_line, 1, "the file has an entry dummy but ends without an exit dummy");
    }
    if (s->n_tasks > s->declared && !s->drop_entry && !s->drop_exit) {
        return fault(s, last_line, 1,
                     "one task more than the first line says, and neither the first nor the last is a dummy");
    }
    return SIM_OK;
}

/* ---- what is left ---- */

static void keep(const struct stg *s, struct stg_file *f)
{
    uint32_t begin = s->drop_entry ? 1 : 0;
    uint32_t end = (uint32_t)s->n_tasks - (s->drop_exit ? 1 : 0);
    struct generic_nodes *x = &f->nodes;
    *x = (struct generic_nodes) {.nodes = end > begin ? end - begin : 0};
    x->first = mem_alloc_array((size_t)x->nodes + 1, sizeof *x->first);
    x->cycles = mem_alloc_array(x->nodes, sizeof *x->cycles);
    x->pred = mem_alloc_array(s->n_preds, sizeof *x->pred);
    f->line = mem_alloc_array(x->nodes, sizeof *f->line);
    f->first_id = s->first_id + begin;
    f->lines = s->line;
    uint64_t n = 0;
    for (uint32_t v = 0; v < x->nodes; v++) {
        x->first[v] = n;
        x->cycles[v] = s->tasks[v + begin].time;
        f->line[v] = s->tasks[v + begin].line;
        for (uint64_t e = s->tasks[v + begin].first; e < preds_end(s, v + begin); e++) {
            if (s->preds[e] >= begin) {
                x->pred[n++] = s->preds[e] - begin;
            }
        }
    }
    x->first[x->nodes] = n;
}

int stg_file_parse(struct stg_file *f, const char *path, const char *data, size_t bytes, struct diag *d)
{
    struct stg s = {.path = path, .d = d, .at = data, .end = data + bytes};
    *f = (struct stg_file) {0};
    int error = read_header(&s);
    error = error ? error : read_tasks(&s);
    error = error ? error : check_ids(&s);
    error = error ? error : find_dummies(&s);
    if (error == SIM_OK) {
        keep(&s, f);
    }
    free(s.tasks);
    free(s.preds);
    return error;
}

void stg_file_free(struct stg_file *f)
{
    generic_nodes_free(&f->nodes);
    free(f->line);
    *f = (struct stg_file) {0};
}
