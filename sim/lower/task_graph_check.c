/* SPDX-License-Identifier: Apache-2.0 */
/* task_graph_check.c - the rules of a task graph, recomputed from the op graph alone. */
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/lower/lowering.h"

/* Areas that must cover a whole without a gap or an overlap. */
struct cover {
    VEC(struct area, areas);
};

static int by_position(const void *a, const void *b)
{
    const struct area *x = a, *y = b;
    if (x->rows.first != y->rows.first)
        return x->rows.first < y->rows.first ? -1 : 1;
    return (x->cols.first > y->cols.first) - (x->cols.first < y->cols.first);
}

/* Inside, pairwise apart, and as many elements in sum: an exact cover. Sorted by rows, so that only areas that
 * share rows are compared. */
static bool covers(struct cover *c, struct area whole)
{
    uint64_t sum = 0;
    qsort(c->areas, c->n_areas, sizeof *c->areas, by_position);
    for (size_t i = 0; i < c->n_areas; i++) {
        sum += area_elements(c->areas[i]);
        if (!area_inside(c->areas[i], whole))
            return false;
        for (size_t j = i + 1; j < c->n_areas && c->areas[j].rows.first < c->areas[i].rows.end; j++)
            if (!area_empty(area_intersect(c->areas[i], c->areas[j])))
                return false;
    }
    return sum == area_elements(whole);
}

static struct area chunk_area(const struct chunk *c)
{
    return (struct area) {{c->row0, c->row0 + c->rows}, {c->col0, c->col0 + c->cols}};
}

static struct area task_area(const struct task *x)
{
    return (struct area) {{x->row0, x->row0 + x->rows}, {x->col0, x->col0 + x->cols}};
}

static void check_chunk(const struct task_graph *t, uint32_t i)
{
    const struct chunk *c = &t->chunks[i];
    SIM_CHECK(c->tensor < t->ops->n_tensors && c->chip < t->chips, "chunk %u: tensor %u, chip %u", i, c->tensor,
              c->chip);
    const struct tensor *x = &t->ops->tensors[c->tensor];
    uint64_t element = c->k_part < c->k_whole ? PARTIAL_BYTES : x->elem_bytes;
    SIM_CHECK(c->bytes == (uint64_t)c->rows * c->cols * element, "chunk %u has %u bytes", i, c->bytes);
    SIM_CHECK(area_inside(chunk_area(c), (struct area) {{0, x->rows}, {0, x->cols}}), "chunk %u leaves its tensor", i);
    SIM_CHECK(c->k_part <= c->k_whole, "chunk %u holds %u of %u", i, c->k_part, c->k_whole);
    SIM_CHECK(c->is_weight == (x->kind == TENSOR_WEIGHT), "chunk %u of %s: weight or not", i, x->name);
    SIM_CHECK((c->producer == TASK_NONE) == (x->producer == OP_NONE), "chunk %u of %s: source or not", i, x->name);
    if (c->producer == TASK_NONE)
        return;
    SIM_CHECK(c->producer < t->n_tasks, "chunk %u is of task %u", i, c->producer);
    const struct task *p = &t->tasks[c->producer];
    SIM_CHECK(i >= p->first_output && i - p->first_output < p->n_outputs && c->chip == p->chip,
              "chunk %u is not among the outputs of task %u", i, c->producer);
}

static void check_outputs(const struct task_graph *t, uint32_t i, struct cover *cover)
{
    const struct task *x = &t->tasks[i];
    SIM_CHECK(x->n_outputs > 0 && (size_t)x->first_output + x->n_outputs <= t->n_chunks, "outputs of task %u", i);
    cover->n_areas = 0;
    for (uint32_t k = 0; k < x->n_outputs; k++) {
        const struct chunk *c = &t->chunks[x->first_output + k];
        SIM_CHECK(c->producer == i && c->k_part == x->k_part && c->k_whole == x->k_whole, "output %u of task %u", k, i);
        *VEC_PUSH(cover, areas) = chunk_area(c);
    }
    SIM_CHECK(covers(cover, task_area(x)), "the chunks of task %u do not cover its tile", i);
}

/* Inputs of one operand, [first, end) of the task's: whole chunks that cover what the operand needs. */
static void check_operand(const struct task_graph *t, uint32_t i, uint32_t first, uint32_t end, struct cover *cover)
{
    const struct task *x = &t->tasks[i];
    uint32_t operand = t->inputs[first].operand;
    cover->n_areas = 0;
    for (uint32_t k = first; k < end; k++) {
        const struct chunk *c = &t->chunks[t->inputs[k].chunk];
        SIM_CHECK(c->producer == TASK_NONE ? c->chip == x->chip : c->producer < i, "task %u runs before its input %u",
                  i, k);
        *VEC_PUSH(cover, areas) = chunk_area(c);
    }
    struct area want = task_area(x);
    if (x->kind == TASK_COMPUTE) {
        struct box box = {
            {x->row0, x->row0 + x->rows}, {x->col0, x->col0 + x->cols}, {x->k_first, x->k_first + x->k_part}};
        const struct op *o = &t->ops->ops[x->op];
        SIM_CHECK(operand < o->n_operands, "task %u has operand %u", i, operand);
        SIM_CHECK(t->chunks[t->inputs[first].chunk].tensor == t->ops->operands[o->first_operand + operand].tensor,
                  "task %u reads another tensor than its op", i);
        want = operand_area(t->ops, x->op, operand, &box);
    }
    SIM_CHECK(covers(cover, want), "the inputs of operand %u of task %u do not cover what it needs", operand, i);
}

/* What a task holds after it: the sum of its partials must say the same. */
static void check_k(const struct task_graph *t, uint32_t i)
{
    const struct task *x = &t->tasks[i];
    const struct op *o = &t->ops->ops[x->op];
    uint64_t sum = 0;
    SIM_CHECK(x->k_part <= x->k_whole, "task %u holds %u of %u", i, x->k_part, x->k_whole);
    if (x->kind == TASK_COMPUTE) {
        SIM_CHECK(x->k_whole == o->k && x->k_first + x->k_part <= o->k, "contraction of task %u", i);
        SIM_CHECK(x->needs.macs == (uint64_t)x->rows * x->cols * x->k_part, "MACs of task %u", i);
        return;
    }
    for (uint32_t k = 0; k < x->n_inputs; k++) {
        const struct task_input *in = &t->inputs[x->first_input + k];
        const struct chunk *c = &t->chunks[in->chunk];
        bool next = k == 0 || in->operand != in[-1].operand;
        SIM_CHECK(c->k_part < c->k_whole && c->k_whole == x->k_whole, "task %u adds what is no partial", i);
        SIM_CHECK(next ? in->operand == (k == 0 ? 0 : in[-1].operand + 1) : c->k_part == t->chunks[in[-1].chunk].k_part,
                  "partials of task %u are out of order", i);
        sum += next ? c->k_part : 0;
    }
    SIM_CHECK(sum == x->k_part && x->needs.macs == 0, "task %u adds up to %llu of %u", i, (unsigned long long)sum,
              x->k_part);
}

/* One chunk of each operand, one operand of each chip. */
static void check_switch(const struct task_graph *t, uint32_t i)
{
    const struct task *x = &t->tasks[i];
    for (uint32_t k = 0; k < x->n_inputs; k++) {
        const struct task_input *in = &t->inputs[x->first_input + k];
        SIM_CHECK(k == 0 || (in->operand > in[-1].operand && t->chunks[in->chunk].chip > t->chunks[in[-1].chunk].chip),
                  "input %u of task %u is not the next chip's", k, i);
    }
}

static void check_task(const struct task_graph *t, uint32_t i, struct cover *cover)
{
    const struct task *x = &t->tasks[i];
    SIM_CHECK(x->op < t->ops->n_ops && x->chip < t->chips, "task %u: op %u, chip %u", i, x->op, x->chip);
    SIM_CHECK((size_t)x->first_input + x->n_inputs <= t->n_inputs && (x->needs.cycles > 0) == (x->kind != TASK_SWITCH),
              "inputs of task %u", i);
    check_outputs(t, i, cover);
    for (uint32_t k = x->first_input, end = 0; k < x->first_input + x->n_inputs; k = end) {
        for (end = k; end < x->first_input + x->n_inputs && t->inputs[end].operand == t->inputs[k].operand;)
            SIM_CHECK(t->inputs[end++].chunk < t->n_chunks, "task %u reads a chunk that is not there", i);
        SIM_CHECK(end == x->first_input + x->n_inputs || t->inputs[end].operand > t->inputs[k].operand,
                  "operands of task %u are out of order", i);
        check_operand(t, i, k, end, cover);
    }
    check_k(t, i);
    if (x->kind == TASK_SWITCH)
        check_switch(t, i);
}

struct result {
    uint32_t tensor;
    struct area area;
};

static int by_tensor(const void *a, const void *b)
{
    const struct result *x = a, *y = b;
    return (x->tensor > y->tensor) - (x->tensor < y->tensor);
}

static struct result *results_of(const struct task_graph *t, size_t *n)
{
    struct result *results = mem_alloc_array(t->n_chunks, sizeof *results);
    *n = 0;
    for (size_t i = 0; i < t->n_chunks; i++) {
        const struct chunk *c = &t->chunks[i];
        if (!c->is_output)
            continue;
        SIM_CHECK(c->k_part == c->k_whole, "chunk %zu is no whole result", i);
        results[(*n)++] = (struct result) {c->tensor, chunk_area(c)};
    }
    qsort(results, *n, sizeof *results, by_tensor);
    return results;
}

/* Each element of a result has exactly one output chunk, and that holds a whole value. */
static void check_results(const struct task_graph *t, struct cover *cover)
{
    size_t n;
    struct result *results = results_of(t, &n);
    bool *written = mem_alloc_array(t->ops->n_tensors, sizeof *written);
    for (size_t i = 0, end = 0; i < n; i = end) {
        const struct tensor *x = &t->ops->tensors[results[i].tensor];
        cover->n_areas = 0;
        for (end = i; end < n && results[end].tensor == results[i].tensor; end++)
            *VEC_PUSH(cover, areas) = results[end].area;
        SIM_CHECK(covers(cover, (struct area) {{0, x->rows}, {0, x->cols}}), "results of tensor %s", x->name);
        written[results[i].tensor] = true;
    }
    for (size_t i = 0; i < t->ops->n_tensors; i++)
        SIM_CHECK(written[i] || !t->ops->tensors[i].is_output, "tensor %s is never written", t->ops->tensors[i].name);
    free(results);
    free(written);
}

void task_graph_check(const struct task_graph *t)
{
    struct cover cover = {0};
    uint64_t *macs = mem_alloc_array(t->ops->n_ops, sizeof *macs), sum = 0;
    for (uint32_t i = 0; i < t->n_chunks; i++)
        check_chunk(t, i);
    for (uint32_t i = 0; i < t->n_tasks; i++) {
        check_task(t, i, &cover);
        macs[t->tasks[i].op] += t->tasks[i].needs.macs;
        sum += t->tasks[i].needs.macs;
    }
    for (size_t i = 0; i < t->ops->n_ops; i++)
        SIM_CHECK(macs[i] == t->ops->ops[i].macs, "tasks of %s do %llu MACs", t->ops->ops[i].name,
                  (unsigned long long)macs[i]);
    SIM_CHECK(sum == t->macs, "tasks do %llu of %llu MACs", (unsigned long long)sum, (unsigned long long)t->macs);
    check_results(t, &cover);
    free(cover.areas);
    free(macs);
}
