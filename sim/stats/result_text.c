/* SPDX-License-Identifier: Apache-2.0 */
/* result_text.c - a run_result as lines of text, and back. */
#include "sim/stats/result_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"

#define MAX_FIELDS 24u

/* One list for both directions: the plain numbers of a result. */
#define NUMBERS(X)                                                                                                     \
    X(makespan_cycles)                                                                                                 \
    X(clock_hz)                                                                                                        \
    X(period_fs)                                                                                                       \
    X(macs_executed)                                                                                                   \
    X(macs_padded)                                                                                                     \
    X(output_checksum)                                                                                                 \
    X(numeric_checksum)                                                                                                \
    X(lower_bound)                                                                                                     \
    X(schedule_bound)                                                                                                  \
    X(injected)                                                                                                        \
    X(delivered)                                                                                                       \
    X(replicated)                                                                                                      \
    X(in_flight)                                                                                                       \
    X(byte_hops)                                                                                                       \
    X(stalls)

static void write_links(const struct run_result *r, struct text *out)
{
    for (size_t i = 0; i < r->n_links; i++) {
        const struct result_link *l = &r->links[i];
        text_printf(out, "link\t%s\t%s\t%s\t%d\t%" PRIu64 "\n", l->id, l->from, l->to, (int)l->type, l->wire_walked);
        for (int c = 0; c < CLASS_COUNT; c++) {
            const struct link_account *a = &l->classes[c];
            text_printf(out, "class\t%d\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64, c, a->payload, a->header,
                        a->padding, a->retry);
            text_printf(out, "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", a->entered, a->left,
                        a->busy_cycles, a->peak_queue);
        }
    }
}

static const char *or_empty(const char *s)
{
    return s ? s : "";
}

static void write_numbers(const struct run_result *r, struct text *out)
{
    text_printf(out, "run\t%s\t%s\t%s\t%s\t%s\t%s\n", or_empty(r->name), or_empty(r->machine), or_empty(r->kind),
                or_empty(r->policy), or_empty(r->preset), or_empty(r->start));
#define X(key) text_printf(out, "number\t" #key "\t%" PRIu64 "\n", r->key);
    NUMBERS(X)
#undef X
    text_printf(out, "macs_per_cycle\t%u\ninterrupted\t%u\n", r->macs_per_cycle, (unsigned)r->interrupted);
    text_printf(out, "work_hash\t%s\ntasks_hash\t%s\nbound_by\t%s\n", r->work_hash, r->tasks_hash,
                or_empty(r->lower_bound_by));
}

void result_text_write(const struct run_result *r, struct text *out)
{
    write_numbers(r, out);
    for (size_t i = 0; i < r->n_units; i++) {
        text_printf(out, "unit\t%s\t%" PRIu64, r->units[i].name, r->units[i].account.on_cycles);
        for (int c = 0; c < CAUSE_COUNT; c++) {
            text_printf(out, "\t%" PRIu64, r->units[i].account.cycles[c]);
        }
        text_add(out, "\n");
    }
    write_links(r, out);
    for (size_t i = 0; i < r->n_conflicts; i++) {
        const struct result_conflict *c = &r->conflicts[i];
        text_printf(out, "conflict\t%s\t%s\t%" PRIu64 "\n", c->place, c->kind, c->count);
    }
    for (size_t i = 0; i < r->n_events; i++) {
        text_printf(out, "event\t%s\t%" PRIu64 "\n", r->events[i].name, r->events[i].count);
    }
    for (size_t i = 0; i < r->n_phases; i++) {
        const struct result_phase *p = &r->phases[i];
        text_printf(out, "phase\t%" PRIu64 "\t%" PRIu64 "\t%u\t%u\t%u\n", p->start, p->length, p->units_on, p->tasks,
                    p->transfers);
    }
    text_add(out, "end\n");
}

/* A line cut at its tabs; `bad` stays set once a number did not read. */
struct fields {
    char *f[MAX_FIELDS];
    uint32_t n;
    bool bad;
};

static uint64_t number(struct fields *l, uint32_t i)
{
    uint64_t value = 0;
    if (i >= l->n || text_parse_u64(l->f[i], &value)) {
        l->bad = true;
        return 0;
    }
    return value;
}

static char *string(struct fields *l, uint32_t i)
{
    if (i >= l->n) {
        l->bad = true;
        return mem_strdup("");
    }
    return mem_strdup(l->f[i]);
}

static uint32_t number32(struct fields *l, uint32_t i)
{
    uint64_t value = number(l, i);
    l->bad |= value > UINT32_MAX;
    return (uint32_t)value;
}

static void read_run(struct run_result *r, struct fields *l)
{
    if (r->name) {
        l->bad = true;
        return;
    }
    r->name = string(l, 1);
    r->machine = string(l, 2);
    r->kind = string(l, 3);
    r->policy = string(l, 4);
    r->preset = string(l, 5);
    r->start = string(l, 6);
}

static void read_number(struct run_result *r, struct fields *l)
{
    uint64_t value = number(l, 2);
    if (l->bad) {
        return;
    }
#define X(key)                                                                                                         \
    if (strcmp(l->f[1], #key) == 0) {                                                                                  \
        r->key = value;                                                                                                \
        return;                                                                                                        \
    }
    NUMBERS(X)
#undef X
    l->bad = true;
}

static void read_hash(char hash[65], struct fields *l)
{
    if (l->n != 2 || strlen(l->f[1]) > 64) {
        l->bad = true;
        return;
    }
    memcpy(hash, l->f[1], strlen(l->f[1]) + 1);
}

static void read_unit(struct run_result *r, struct fields *l)
{
    struct result_unit *u = VEC_PUSH(r, units);
    memset(u, 0, sizeof *u);
    u->name = string(l, 1);
    u->account.on_cycles = number(l, 2);
    for (uint32_t c = 0; c < CAUSE_COUNT; c++) {
        u->account.cycles[c] = number(l, 3 + c);
    }
}

static void read_link(struct run_result *r, struct fields *l)
{
    struct result_link *link = VEC_PUSH(r, links);
    memset(link, 0, sizeof *link);
    link->id = string(l, 1);
    link->from = string(l, 2);
    link->to = string(l, 3);
    uint64_t type = number(l, 4);
    l->bad |= type >= LINK_TYPES;
    link->type = (enum link_type)type;
    link->wire_walked = number(l, 5);
}

static void read_class(struct run_result *r, struct fields *l)
{
    uint64_t c = number(l, 1);
    if (c >= CLASS_COUNT || r->n_links == 0) {
        l->bad = true;
        return;
    }
    r->links[r->n_links - 1].classes[c] = (struct link_account) {
        .payload = number(l, 2),
        .header = number(l, 3),
        .padding = number(l, 4),
        .retry = number(l, 5),
        .entered = number(l, 6),
        .left = number(l, 7),
        .busy_cycles = number(l, 8),
        .peak_queue = number(l, 9),
    };
}

static void read_conflict(struct run_result *r, struct fields *l)
{
    struct result_conflict *c = VEC_PUSH(r, conflicts);
    *c = (struct result_conflict) {.place = string(l, 1), .kind = string(l, 2), .count = number(l, 3)};
}

static void read_event(struct run_result *r, struct fields *l)
{
    struct result_event *e = VEC_PUSH(r, events);
    *e = (struct result_event) {.name = string(l, 1), .count = number(l, 2)};
}

static void read_phase(struct run_result *r, struct fields *l)
{
    struct result_phase *p = VEC_PUSH(r, phases);
    *p = (struct result_phase) {
        .start = number(l, 1),
        .length = number(l, 2),
        .units_on = number32(l, 3),
        .tasks = number32(l, 4),
        .transfers = number32(l, 5),
    };
}

static void read_macs_per_cycle(struct run_result *r, struct fields *l)
{
    r->macs_per_cycle = number32(l, 1);
}

static void read_interrupted(struct run_result *r, struct fields *l)
{
    r->interrupted = number(l, 1) != 0;
}

static void read_work_hash(struct run_result *r, struct fields *l)
{
    read_hash(r->work_hash, l);
}

static void read_tasks_hash(struct run_result *r, struct fields *l)
{
    read_hash(r->tasks_hash, l);
}

static void read_bound_by(struct run_result *r, struct fields *l)
{
    free(r->lower_bound_by);
    r->lower_bound_by = string(l, 1);
}

static const struct {
    const char *word;
    void (*read)(struct run_result *r, struct fields *l);
} lines[] = {
    {"class", read_class},
    {"phase", read_phase},
    {"link", read_link},
    {"unit", read_unit},
    {"number", read_number},
    {"event", read_event},
    {"conflict", read_conflict},
    {"run", read_run},
    {"macs_per_cycle", read_macs_per_cycle},
    {"interrupted", read_interrupted},
    {"work_hash", read_work_hash},
    {"tasks_hash", read_tasks_hash},
    {"bound_by", read_bound_by},
};

static void cut(struct fields *l, char *line)
{
    *l = (struct fields) {.n = 1};
    l->f[0] = line;
    for (char *p = line; *p; p++) {
        if (*p != '\t') {
            continue;
        }
        *p = '\0';
        if (l->n == MAX_FIELDS) {
            l->bad = true;
            return;
        }
        l->f[l->n++] = p + 1;
    }
}

static void read_line(struct run_result *r, struct fields *l)
{
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (strcmp(l->f[0], lines[i].word) == 0) {
            lines[i].read(r, l);
            return;
        }
    }
    l->bad = true;
}

int result_text_read(struct run_result *r, char *s)
{
    run_result_init(r);
    while (*s) {
        char *end = strchr(s, '\n');
        if (!end) {
            return SIM_ERR_INPUT;
        }
        *end = '\0';
        if (strcmp(s, "end") == 0) {
            return end[1] == '\0' && r->name ? SIM_OK : SIM_ERR_INPUT;
        }
        struct fields l;
        cut(&l, s);
        if (!l.bad) {
            read_line(r, &l);
        }
        if (l.bad) {
            return SIM_ERR_INPUT;
        }
        s = end + 1;
    }
    return SIM_ERR_INPUT;
}
