/* SPDX-License-Identifier: Apache-2.0 */
/* cache_cost - host nanoseconds of the caches' cores, alone in one process: an L1 hit, and a load that misses in the
 * L1 and hits in the slice (both cores and the mailboxes between them; the network is a copy).
 *
 *     cache_cost [vi|mesi] [accesses]     prints "hit NS", "miss NS" */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hw/cache/l1.h"
#include "hw/cache/l2_slice.h"
#include "tests/unit/hw/port_bench.h"

struct pair {
    struct domain *domain;
    struct run_control run;
    struct l1 *l1;
    struct l2_slice *l2;
    struct message_store store;
    struct net_port up, down; /* of the L1, of the slice */
    struct credit_line up_credit, down_credit;
    struct mailbox *dram_out, *dram_in;
    uint32_t to_down[VN_COUNT], to_up[VN_COUNT];
    uint64_t cycle, done;
};

static struct mailbox *mail(struct pair *p, uint32_t bytes)
{
    struct mailbox *m = mailbox_new("mail", bytes, 256, false);
    mailbox_connect_reader(m, p->domain, 0);
    mailbox_connect_writer(m, p->domain);
    return m;
}

static void port(struct pair *p, struct net_port *n, struct credit_line *out)
{
    *n = (struct net_port) {.out = mail(p, sizeof(uint32_t)),
                            .in = mail(p, sizeof(uint32_t)),
                            .store = &p->store,
                            .out_credit = out,
                            .out_places = 64,
                            .in_places = 64};
    credit_line_init(out, p->domain);
    credit_line_init(&n->in_credit, p->domain);
}

static void build(struct pair *p, uint32_t protocol)
{
    struct l1_params a = {
        .bytes = 128 << 10, .ways = 4, .hit_latency = 30, .mshrs = 256, .mshr_targets = 8, .protocol = protocol};
    struct l2_params b = {.slices = 1,
                          .bytes = 1 << 20,
                          .ways = 16,
                          .latency = 60,
                          .mshrs = 64,
                          .mshr_targets = 8,
                          .queue = 32,
                          .protocol = protocol};
    struct l1_map up = {.home = {1, 1}, .endpoint = 0, .first_slice = 1, .first_port = 2, .ports = 1};
    struct l2_map down = {.home = {1, 1}, .endpoint = 1, .caches = 1, .first_port = 2, .ports = 1};
    message_store_init(&p->store, PORT_BENCH_PLACES);
    p->domain = domain_new((struct sim_clock) {1000, 0}, false);
    domain_add_box(p->domain);
    port(p, &p->up, &p->up_credit);
    port(p, &p->down, &p->down_credit);
    p->dram_out = mail(p, sizeof(struct dram_request));
    p->dram_in = mail(p, sizeof(struct dram_reply));
    p->l1 = l1_new("l1", &a, &up, &p->run);
    p->l2 = l2_slice_new("l2", &b, &down, &p->run);
    l1_connect(p->l1, &p->up);
    l2_slice_connect(p->l2, &p->down, NULL, p->dram_out, p->dram_in);
}

/* In order, while the other side has room. */
static void carry(struct pair *p, struct net_port *from, struct net_port *to, uint32_t *sent)
{
    const struct message *m;
    while ((m = port_sent(from, p->cycle))) {
        uint32_t vn = message_vn(m);
        if (sent[vn] - credit_line_seen(&to->in_credit, vn, p->cycle) == to->in_places)
            return;
        sent[vn]++;
        port_deliver(to, p->cycle + 1, m);
        credit_line_give(from->out_credit, vn, 1);
        port_sent_pop(from);
    }
}

/* One cycle; one access when `r` is not NULL. Returns whether it was accepted. */
static bool step(struct pair *p, const struct l1_request *r)
{
    p->domain->cycle = p->cycle;
    l1_begin(p->l1, p->cycle);
    while (l1_done(p->l1, p->cycle))
        p->done++;
    bool accepted = r && l1_access(p->l1, p->cycle, r) == L1_ACCEPTED;
    l1_end(p->l1, p->cycle);
    l2_slice_eval(p->l2, p->cycle);
    carry(p, &p->up, &p->down, p->to_down);
    carry(p, &p->down, &p->up, p->to_up);
    const struct dram_request *q;
    while ((q = mailbox_front(p->dram_out, p->cycle))) {
        struct dram_reply reply = {.tag = q->tag, .write = q->write, .done = p->cycle};
        mailbox_write(p->dram_in, p->cycle + 1, &reply, sizeof reply);
        mailbox_pop(p->dram_out);
    }
    domain_commit(p->domain);
    p->domain->n_timers = 0;
    p->cycle++;
    return accepted;
}

/* The L1 alone, every access a hit. */
static bool hit_step(struct pair *p, const struct l1_request *r)
{
    l1_begin(p->l1, p->cycle);
    while (l1_done(p->l1, p->cycle))
        p->done++;
    bool accepted = r && l1_access(p->l1, p->cycle, r) == L1_ACCEPTED;
    l1_end(p->l1, p->cycle);
    p->cycle++;
    return accepted;
}

/* `n` loads over `lines` lines, one after the other. */
static double run(struct pair *p, uint64_t n, uint32_t lines, bool (*one)(struct pair *, const struct l1_request *))
{
    struct timespec a, b;
    struct l1_request r = {.kind = L1_LOAD, .sectors = ALL_SECTORS};
    uint64_t made = 0, until = p->done + n;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    while (p->done < until) {
        r.line = (uint32_t)(made % lines);
        made += one(p, made < n ? &r : NULL);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    return ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / (double)n;
}

int main(int argc, char **argv)
{
    struct pair p;
    memset(&p, 0, sizeof p);
    uint64_t n = argc > 2 ? strtoull(argv[2], NULL, 10) : 2000000;
    build(&p, argc > 1 && strcmp(argv[1], "mesi") == 0 ? PROTOCOL_MESI : PROTOCOL_VI);
    run(&p, 4096, 4096, step); /* into the slice */
    double miss = run(&p, n, 4096, step);
    run(&p, 512, 512, step);
    double hit = run(&p, n, 512, hit_step);
    printf("hit %.1f\nmiss %.1f\n", hit, miss);
    return 0;
}
