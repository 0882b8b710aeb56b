/* SPDX-License-Identifier: Apache-2.0 */
/* program_check.c - the rules of a program, from the program alone: shapes, pieces, sources, identities, results. */
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/hash.h"
#include "sim/program/program_rules.h"

/* ---- ranges ---- */

static void check_kernels(const struct chip_program *c, uint32_t chip)
{
    uint32_t next = 0;
    for (uint32_t k = 0; k < c->n_kernels; k++) {
        SIM_CHECK(c->kernels[k].first_cta == next && c->kernels[k].n_ctas > 0, "chip %u: CTAs of kernel %u", chip, k);
        SIM_CHECK(c->kernels[k].name != NULL, "chip %u: kernel %u has no name", chip, k);
        next += c->kernels[k].n_ctas;
        SIM_CHECK(next <= c->n_ctas, "chip %u: kernel %u has more CTAs than there are", chip, k);
        for (uint32_t i = c->kernels[k].first_cta; i < next; i++)
            SIM_CHECK(c->ctas[i].kernel == k, "chip %u: CTA %u is not of kernel %u", chip, i, k);
    }
    SIM_CHECK(next == c->n_ctas, "chip %u: %zu CTAs, %u in kernels", chip, c->n_ctas, next);
}

static void check_ranges(const struct chip_program *c, uint32_t chip)
{
    uint32_t piece = 0, wait = 0, signal = 0;
    for (uint32_t i = 0; i < c->n_ctas; i++) {
        const struct cta *x = &c->ctas[i];
        SIM_CHECK(x->first_piece == piece && x->first_wait == wait && x->first_signal == signal,
                  "chip %u: CTA %u does not follow the one before it", chip, i);
        piece += x->n_pieces;
        wait += x->n_waits;
        signal += x->n_signals;
        SIM_CHECK(x->steps > 0 && x->kind <= CTA_CYCLES, "chip %u: CTA %u has kind %u, %u steps", chip, i, x->kind,
                  x->steps);
        SIM_CHECK(x->k_part <= x->k_whole && !(x->reduce && x->kind != CTA_VECTOR), "chip %u: CTA %u, k %u of %u", chip,
                  i, x->k_part, x->k_whole);
    }
    SIM_CHECK(piece == c->n_pieces && wait == c->n_waits && signal == c->n_signals, "chip %u: rows of no CTA", chip);
}

static void check_counters(const struct chip_program *c, uint32_t chip)
{
    SIM_CHECK(c->counter_lines > 0 && c->counter_lines <= c->memory_lines, "chip %u: %u lines of counters", chip,
              c->counter_lines);
    uint32_t queues = c->units > 0 ? c->units : 1, lines = (queues - 1) / RULE_LINE_WORDS + 1;
    SIM_CHECK(c->queue_word == (c->counter_lines - lines) * RULE_LINE_WORDS, "chip %u: queue in word %u", chip,
              c->queue_word);
}

/* ---- sources ---- */

/* In place order, none overlaps the next, inputs are side by side. */
static void check_sources(const struct chip_program *c, uint32_t chip)
{
    uint32_t next = c->counter_lines, inputs = 0;
    SIM_CHECK((uint64_t)c->input_first + c->input_lines <= c->memory_lines, "chip %u: place of inputs", chip);
    for (size_t i = 0; i < c->n_sources; i++) {
        const struct memory_source *s = &c->sources[i];
        SIM_CHECK(s->bytes > 0 && s->lines == (s->bytes - 1) / RULE_LINE_BYTES + 1, "chip %u: source %zu has %u lines",
                  chip, i, s->lines);
        SIM_CHECK(s->line >= next && (uint64_t)s->line + s->lines <= c->memory_lines, "chip %u: place of source %zu",
                  chip, i);
        bool inside = s->line >= c->input_first && s->line + s->lines <= c->input_first + c->input_lines;
        SIM_CHECK(inside == !s->weight, "chip %u: source %zu lies in the wrong part", chip, i);
        next = s->line + s->lines;
        inputs += s->weight ? 0 : s->lines;
    }
    SIM_CHECK(inputs == c->input_lines, "chip %u: %u lines of inputs, %u are used", chip, c->input_lines, inputs);
}

static const struct memory_source *find_source(const struct chip_program *c, uint32_t line)
{
    size_t low = 0, high = c->n_sources;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (c->sources[mid].line < line)
            low = mid + 1;
        else
            high = mid;
    }
    return low < c->n_sources && c->sources[low].line == line ? &c->sources[low] : NULL;
}

/* ---- pieces ---- */

static bool role_fits(const struct cta *x, uint8_t role)
{
    if (role == PIECE_OUTPUT || (role == PIECE_CONSTANT && !x->reduce))
        return true;
    if (role == PIECE_PARTIAL)
        return x->reduce;
    if (x->kind != CTA_MATRIX)
        return role == PIECE_ROUND;
    return role == PIECE_STREAM_A || role == PIECE_STREAM_B || role == PIECE_LATE;
}

/* Lines of a chip that are none of its counters. */
static void check_lines(const struct rules *r, const struct cta_piece *x, uint32_t chip, uint32_t task)
{
    const struct chip_program *home = &r->p->chip[chip];
    SIM_CHECK(x->line >= home->counter_lines && (uint64_t)x->line + x->lines <= home->memory_lines,
              "task %u: chunk %u lies in lines %u.. of chip %u", task, x->chunk, x->line, chip);
}

static bool of_switch(const struct rules *r, const struct cta_piece *x)
{
    return x->home >= r->p->chips;
}

static void check_place(const struct rules *r, const struct cta_piece *x, uint32_t task)
{
    SIM_CHECK((!of_switch(r, x) || x->group < r->p->n_groups) && x->tensor < r->p->n_tensors && x->k_part <= x->k_whole,
              "task %u: a piece of tensor %u", task, x->tensor);
    if (x->role == PIECE_CONSTANT) {
        SIM_CHECK(x->lines == 0 && x->bytes == 0, "task %u: a constant has lines", task);
        return;
    }
    SIM_CHECK(x->bytes > 0 && x->lines == (x->bytes - 1) / RULE_LINE_BYTES + 1, "task %u: chunk %u has %u lines", task,
              x->chunk, x->lines);
    if (!of_switch(r, x)) {
        check_lines(r, x, x->home, task);
        return;
    }
    const struct multicast_group *group = &r->p->groups[x->group];
    for (uint32_t i = 0; i < group->n; i++)
        check_lines(r, x, r->p->group_chips[group->first + i], task);
}

/* Sum and partials: one of each chip of the group, in the same lines. */
static void check_sum(const struct rules *r, const struct cta_piece *sum, uint32_t after, uint32_t task)
{
    const struct multicast_group *group = &r->p->groups[sum->group];
    uint32_t chunks = 0, k = 0;
    SIM_CHECK(sum->role == PIECE_ROUND && after == group->n, "task %u: a sum of %u partials over %u chips", task, after,
              group->n);
    for (uint32_t i = 0; i < after; i++) {
        const struct cta_piece *x = &sum[1 + i];
        SIM_CHECK(x->role == PIECE_PARTIAL && x->home == r->p->group_chips[group->first + i] && x->line == sum->line &&
                      x->bytes == sum->bytes && x->operand == sum->operand && x->k_whole == sum->k_whole,
                  "task %u: partial %u of a sum", task, i);
        chunks += x->chunk;
        k += x->k_part;
    }
    SIM_CHECK(chunks == sum->chunk && k == sum->k_part && k == sum->k_whole, "task %u: partials of %u of %u", task, k,
              sum->k_whole);
}

static void check_source_piece(const struct chip_program *c, const struct cta_piece *x, uint32_t task)
{
    const struct memory_source *s = find_source(c, x->line);
    SIM_CHECK(s && s->lines == x->lines && s->bytes == x->bytes && s->chunk == x->chunk && s->tensor == x->tensor &&
                  s->weight == x->weight,
              "task %u: source chunk %u is not in lines %u..", task, x->chunk, x->line);
}

/* Where an input lies: in the own chip's memory, or in that of others for a switch that adds it. */
static void check_home(const struct rules *r, uint32_t chip, const struct cta *x, const struct cta_piece *y)
{
    uint32_t left = x->first_piece + x->n_pieces - (uint32_t)(y - r->p->chip[chip].pieces) - 1, partials = 0;
    while (partials < left && y[1 + partials].role == PIECE_PARTIAL)
        partials++;
    if (of_switch(r, y))
        check_sum(r, y, partials, x->task);
    else
        SIM_CHECK(y->role == PIECE_PARTIAL || (y->home == chip && partials == 0), "task %u: input chunk %u", x->task,
                  y->chunk);
}

static void check_cta(const struct rules *r, uint32_t chip, const struct cta *x)
{
    const struct chip_program *c = &r->p->chip[chip];
    uint32_t operands = 0;
    for (uint32_t i = x->first_piece; i < x->first_piece + x->n_pieces; i++) {
        const struct cta_piece *y = &c->pieces[i];
        const struct cta_piece *before = i > x->first_piece ? &c->pieces[i - 1] : NULL;
        SIM_CHECK(role_fits(x, y->role), "task %u: a piece of role %u", x->task, y->role);
        check_place(r, y, x->task);
        if (y->role == PIECE_OUTPUT) {
            SIM_CHECK(!y->source && (!y->through || y->home == chip), "task %u: output chunk %u", x->task, y->chunk);
            continue;
        }
        SIM_CHECK(!before || (before->role != PIECE_OUTPUT && before->operand <= y->operand),
                  "task %u: inputs are not in operand order", x->task);
        SIM_CHECK(!y->through, "task %u: input chunk %u", x->task, y->chunk);
        check_home(r, chip, x, y);
        operands += !before || before->operand != y->operand;
        if (y->source)
            check_source_piece(c, y, x->task);
    }
    SIM_CHECK(operands == x->n_operands, "task %u has %u operands, says %u", x->task, operands, x->n_operands);
}

/* ---- identities ---- */

/* What the CTA will find c of its result to be, in this version. */
static uint64_t fold(const struct rules *r, const struct chip_program *c, const struct cta *x, uint32_t version)
{
    const uint64_t *tensor_c = r->p->tensor_c[version];
    uint64_t sum = x->op;
    for (uint32_t i = x->first_piece; i < x->first_piece + x->n_pieces; i++) {
        const struct cta_piece *y = &c->pieces[i];
        if (y->role == PIECE_OUTPUT)
            break;
        if (i > x->first_piece && y->operand == y[-1].operand) {
            SIM_CHECK(y->tensor == y[-1].tensor, "task %u: operand %u is two tensors", x->task, y->operand);
            continue;
        }
        SIM_CHECK(!x->reduce || i == x->first_piece || tensor_c[y->tensor] == sum,
                  "task %u adds partials of different values", x->task);
        sum = x->reduce ? tensor_c[y->tensor] : mix64(sum, tensor_c[y->tensor]);
    }
    return sum;
}

static void check_identity(const struct rules *r, const struct chip_program *c, const struct cta *x)
{
    uint32_t versions[] = {0, r->p->versions - 1};
    for (size_t v = 0; v < 2; v++) {
        uint64_t sum = fold(r, c, x, versions[v]);
        for (uint32_t i = x->first_piece; i < x->first_piece + x->n_pieces; i++)
            SIM_CHECK(c->pieces[i].role != PIECE_OUTPUT || r->p->tensor_c[versions[v]][c->pieces[i].tensor] == sum,
                      "task %u: c of chunk %u is not what its operands fold to", x->task, c->pieces[i].chunk);
    }
}

/* ---- what is written ---- */

static int by_place(const void *a, const void *b)
{
    const struct written *x = a, *y = b;
    if (x->piece->chunk != y->piece->chunk)
        return x->piece->chunk < y->piece->chunk ? -1 : 1;
    return (x->home > y->home) - (x->home < y->home);
}

struct written *rules_find(const struct rules *r, uint32_t chunk, uint32_t home)
{
    if (r->n_written == 0)
        return NULL;
    struct cta_piece piece = {.chunk = chunk};
    struct written key = {.piece = &piece, .home = home};
    return bsearch(&key, r->written, r->n_written, sizeof *r->written, by_place);
}

/* An output of a CTA of this chip: once, or in the memory of each chip of its group. */
static void add_written(struct rules *r, uint32_t chip, uint32_t cta, const struct cta_piece *piece)
{
    const struct multicast_group *group = of_switch(r, piece) ? &r->p->groups[piece->group] : NULL;
    uint32_t kernel = r->p->chip[chip].ctas[cta].kernel;
    for (uint32_t i = 0; i < (group ? group->n : 1); i++)
        *VEC_PUSH(r, written) = (struct written) {.piece = piece,
                                                  .home = group ? r->p->group_chips[group->first + i] : piece->home,
                                                  .cta = r->first_cta[chip] + cta,
                                                  .from = chip,
                                                  .birth = kernel,
                                                  .last_read = kernel};
}

static void index_written(struct rules *r)
{
    uint64_t output_bytes = 0;
    for (uint32_t chip = 0; chip < r->p->chips; chip++) {
        const struct chip_program *c = &r->p->chip[chip];
        for (uint32_t i = 0; i < c->n_ctas; i++) {
            const struct cta *x = &c->ctas[i];
            for (uint32_t k = x->first_piece; k < x->first_piece + x->n_pieces; k++)
                if (c->pieces[k].role == PIECE_OUTPUT)
                    add_written(r, chip, i, &c->pieces[k]);
        }
    }
    if (r->n_written > 0)
        qsort(r->written, r->n_written, sizeof *r->written, by_place);
    for (size_t i = 0; i < r->n_written; i++) {
        SIM_CHECK(i == 0 || by_place(&r->written[i - 1], &r->written[i]) < 0, "chunk %u is written twice",
                  r->written[i].piece->chunk);
        output_bytes += r->written[i].piece->through ? r->written[i].piece->bytes : 0;
    }
    SIM_CHECK(output_bytes == r->p->output_bytes, "results have %llu bytes, the work has %llu",
              (unsigned long long)output_bytes, (unsigned long long)r->p->output_bytes);
}

bool rules_reads(const struct rules *r, const struct cta_piece *piece)
{
    return piece->role != PIECE_OUTPUT && piece->role != PIECE_CONSTANT && !of_switch(r, piece);
}

/* Every input that is no source is an output of one CTA, in the same place. */
static void match_inputs(struct rules *r)
{
    for (uint32_t chip = 0; chip < r->p->chips; chip++) {
        const struct chip_program *c = &r->p->chip[chip];
        for (size_t i = 0; i < c->n_ctas; i++) {
            for (uint32_t k = c->ctas[i].first_piece; k < c->ctas[i].first_piece + c->ctas[i].n_pieces; k++) {
                const struct cta_piece *x = &c->pieces[k];
                if (!rules_reads(r, x) || x->source)
                    continue;
                struct written *w = rules_find(r, x->chunk, x->home);
                SIM_CHECK(w && w->piece->line == x->line && w->piece->bytes == x->bytes &&
                              w->piece->tensor == x->tensor && w->piece->k_part == x->k_part &&
                              w->piece->k_whole == x->k_whole && !x->weight && !w->piece->weight,
                          "task %u reads chunk %u where nobody writes it", c->ctas[i].task, x->chunk);
                if (x->role == PIECE_PARTIAL)
                    w->last_read = UINT32_MAX;
                else if (c->ctas[i].kernel > w->last_read)
                    w->last_read = c->ctas[i].kernel;
            }
        }
    }
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* No task is two CTAs. */
static void check_tasks(const struct rules *r)
{
    uint32_t n = 0, *tasks = mem_alloc_array(r->first_cta[r->p->chips], sizeof *tasks);
    for (uint32_t chip = 0; chip < r->p->chips; chip++)
        for (size_t i = 0; i < r->p->chip[chip].n_ctas; i++)
            tasks[n++] = r->p->chip[chip].ctas[i].task;
    qsort(tasks, n, sizeof *tasks, by_number);
    for (uint32_t i = 1; i < n; i++)
        SIM_CHECK(tasks[i - 1] != tasks[i], "task %u is two CTAs", tasks[i]);
    free(tasks);
}

void server_program_check(const struct server_program *p)
{
    struct rules r = {.p = p, .first_cta = mem_alloc_array((size_t)p->chips + 1, sizeof *r.first_cta)};
    SIM_CHECK(p->versions > 0 && p->tensor_c != NULL, "a program without identities");
    for (uint32_t chip = 0; chip < p->chips; chip++) {
        const struct chip_program *c = &p->chip[chip];
        check_kernels(c, chip);
        check_ranges(c, chip);
        check_counters(c, chip);
        check_sources(c, chip);
        for (size_t i = 0; i < c->n_ctas; i++) {
            check_cta(&r, chip, &c->ctas[i]);
            check_identity(&r, c, &c->ctas[i]);
        }
        r.first_cta[chip + 1] = r.first_cta[chip] + (uint32_t)c->n_ctas;
    }
    check_tasks(&r);
    index_written(&r);
    match_inputs(&r);
    rules_order(&r);
    rules_memory(&r);
    for (uint32_t chip = 0; chip < p->chips; chip++)
        free(r.owner[chip]);
    free(r.owner);
    free(r.edges);
    free(r.written);
    free(r.first_cta);
}
