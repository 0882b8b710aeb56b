/* SPDX-License-Identifier: Apache-2.0 */
/* generator.h - private to sim/codegen: the state in which tasks become CTAs.
 *
 *     tasks --levels--> kernels, CTA order --waits--> counter words --memory map--> lines --> CTAs and their pieces
 *
 * The level of a task orders kernels on all chips alike: a task reads what tasks of lower levels wrote, or of its own
 * level with a lower number (the steps of a ring). So (level, task) is one order for the whole server. */
#ifndef SIM_CODEGEN_GENERATOR_H
#define SIM_CODEGEN_GENERATOR_H

#include "sim/codegen/codegen.h"

#define CODE_LINE_BYTES 128u /* of memory: LINE_BYTES of the hardware */
#define CODE_LINE_WORDS 32u  /* counters in a line */
#define CODE_NONE       UINT32_MAX
#define WARP_THREADS    32u
#define THREAD_BYTES    128u /* 32 registers of 4 bytes for addresses, indices and loaded fragments: assumed */
#define ROUND_LINES     4u   /* lines that a warp has in flight in a round of a CTA_VECTOR: assumed */
#define SLICE_K         64u  /* elements of K in a slice at most */

/* A chunk's copy in the memory of a chip that reads it and did not write it. */
struct chunk_copy {
    uint32_t chip, line;
};

struct generator {
    struct server_program *out;
    const struct task_graph *t;
    const struct machine *m;
    const struct dynamic_machine *d;
    struct diag *diag;
    /* multicast.c */
    uint32_t *adder; /* per task: whose CTA does it: itself, of a leaf switch's sum that of the spine's */
    /* levels.c */
    uint32_t levels;
    uint32_t *level;                  /* per task */
    uint32_t *order;                  /* tasks by chip, then level, then number: the CTAs */
    uint32_t *chip_first;             /* chips + 1, into order */
    uint32_t *first_reader, *readers; /* chunk + 1 -> tasks that read it, each once, ascending */
    /* waits.c */
    uint32_t *word; /* per task: its counter on its chip, or CODE_NONE: it waits for nobody */
    uint32_t *signals;
    uint32_t *stamp; /* per task: producer + 1 that found it last */
    /* memory_map.c */
    uint32_t *line;       /* per chunk: in the memory of its chip, or CODE_NONE */
    uint32_t *first_copy; /* chunk + 1 -> copies, ascending chips */
    VEC(struct chunk_copy, copies);
};

static inline uint32_t lines_of(uint64_t bytes)
{
    return (uint32_t)((bytes + CODE_LINE_BYTES - 1) / CODE_LINE_BYTES);
}

/* Must the consumer hear of the producer by a counter? Else the order of kernels on its chip is enough. */
static inline bool needs_signal(const struct generator *g, uint32_t producer, uint32_t consumer)
{
    return !g->out->stream || g->t->tasks[producer].chip != g->t->tasks[consumer].chip ||
           g->level[producer] == g->level[consumer];
}

/* Is the task a CTA? */
static inline bool acts(const struct generator *g, uint32_t task)
{
    return g->adder[task] == task;
}

/* A CTA with rows x cols accumulators (0 x 0: none). */
static inline uint64_t register_bytes_of(const struct dynamic_machine *d, uint32_t rows, uint32_t cols)
{
    return (uint64_t)d->sm.warps_per_cta * WARP_THREADS * THREAD_BYTES + (uint64_t)rows * cols * 4;
}

/* In this order. */
void plan_adders(struct generator *g); /* adder */
void plan_levels(struct generator *g); /* level, order, chip_first, readers; the kernels of the chips */
void plan_waits(struct generator *g);  /* word, signals; counter_lines, queue_word of the chips */
int plan_memory(struct generator *g);  /* line, copies; sources and sizes of the chips */
int emit_cta(struct generator *g, uint32_t chip, uint32_t task, uint32_t kernel);

void generator_free(struct generator *g);

/* Called by plan_memory; `end`: first free line of each chip. What others push has its copies, with lines but for those
 * of sums that go to several chips. */
void place_sums(struct generator *g, uint64_t *end);
/* The last level in which a task of the chunk's own chip reads it; CODE_NONE: none does. */
uint32_t own_reader(const struct generator *g, uint32_t chunk);

/* Of a task that switches add: the chunks of its partials in the order of their chips, at most as many as chips. */
uint32_t sum_partials(const struct generator *g, uint32_t task, uint32_t *chunks);
/* Does a switch store this chunk in the memories of several chips? Of which, ascending: at most all. */
bool is_multicast(const struct generator *g, uint32_t chunk);
uint32_t sum_readers(const struct generator *g, uint32_t chunk, uint16_t *chips);
/* Home and group of a piece that lies on these chips. */
void multicast_address(struct generator *g, uint32_t task, const uint16_t *chips, uint32_t n, struct cta_piece *piece);

/* Called by emit_cta. */
void emit_pieces(struct generator *g, struct cta *c);
void emit_waits(struct generator *g, struct cta *c);
int cta_shape(const struct generator *g, struct cta *c); /* steps, shared memory, registers; the pieces are there */

#endif
