/* SPDX-License-Identifier: Apache-2.0 */
/* test_lower_oracle.c - what tasks read, against the mathematics of each op element by element. The oracle knows
 * single elements only: no areas, no tiles, no code of sim/lower. */
#include "sim/base/rng.h"
#include "tests/unit/lower/lower_fixture.h"

/* Marks of one operand's tensor: what a task must read. */
struct marks {
    const struct tensor *t;
    uint8_t *need;
};

static void mark(struct marks *x, uint32_t row, uint32_t col)
{
    assert_true(row < x->t->rows && col < x->t->cols);
    x->need[(size_t)row * x->t->cols + col] = 1;
}

static void mark_window(struct marks *x, const struct op *o, const struct operand *operand, uint32_t r,
                        uint32_t channel)
{
    const struct op_window *w = &o->window;
    for (uint32_t dy = 0; dy < w->kernel; dy++) {
        for (uint32_t dx = 0; dx < w->kernel; dx++) {
            int64_t y = (int64_t)(r / w->out_width) * w->stride + dy - w->pad;
            int64_t z = (int64_t)(r % w->out_width) * w->stride + dx - w->pad;
            if (y >= 0 && y < w->in_height && z >= 0 && z < w->in_width)
                mark(x, (uint32_t)(y * w->in_width + z), operand->col0 + channel);
        }
    }
}

/* Elements of the operand that step k of output element (r, c) reads. */
static void mark_step(struct marks *x, const struct op_graph *g, const struct op *o, uint32_t operand, uint32_t r,
                      uint32_t c, uint32_t k)
{
    const struct operand *p = &g->operands[o->first_operand + operand];
    uint32_t start = 0;
    for (uint32_t i = 0; i < operand; i++)
        if (g->operands[o->first_operand + i].role == ROLE_A)
            start += g->operands[o->first_operand + i].cols;
    if (p->role == ROLE_A && k >= start && k < start + p->cols)
        mark(x, r, p->col0 + k - start);
    if (p->role == ROLE_B)
        mark(x, k, p->col0 + c);
    if (p->role == ROLE_B_T)
        mark(x, c, p->col0 + k);
    if (p->role == ROLE_ELEMENT)
        mark(x, r, p->col0 + c);
    for (uint32_t i = 0; p->role == ROLE_ROWS && i < p->cols; i++)
        mark(x, r, p->col0 + i);
    if (p->role == ROLE_WINDOW)
        mark_window(x, o, p, r, o->kind == OP_CONV ? k / (o->window.kernel * o->window.kernel) : c);
}

/* Elements that the task reads beyond its need are counted: only windows may have any. */
static uint64_t check_operand(const struct task_graph *t, const struct task *x, uint32_t operand)
{
    const struct op *o = &t->ops->ops[x->op];
    struct marks m = {.t = &t->ops->tensors[t->ops->operands[o->first_operand + operand].tensor]};
    size_t elements = (size_t)m.t->rows * m.t->cols;
    m.need = mem_alloc(elements);
    uint8_t *read = mem_alloc(elements);
    for (uint32_t r = x->row0; r < x->row0 + x->rows; r++)
        for (uint32_t c = x->col0; c < x->col0 + x->cols; c++)
            for (uint32_t k = x->k_first; k < x->k_first + (o->k > 0 ? x->k_part : 1); k++)
                mark_step(&m, t->ops, o, operand, r, c, k);
    for (uint32_t i = 0; i < x->n_inputs; i++) {
        const struct task_input *in = &t->inputs[x->first_input + i];
        const struct chunk *c = &t->chunks[in->chunk];
        for (uint32_t e = 0; in->operand == operand && e < c->rows * c->cols; e++)
            read[(size_t)(c->row0 + e / c->cols) * m.t->cols + c->col0 + e % c->cols]++;
    }
    uint64_t surplus = 0;
    for (size_t i = 0; i < elements; i++) {
        assert_true(read[i] <= 1);
        assert_true(m.need[i] <= read[i]);
        surplus += (uint64_t)(read[i] - m.need[i]);
    }
    free(m.need);
    free(read);
    return surplus;
}

static void check_reads(const struct task_graph *t)
{
    for (size_t i = 0; i < t->n_tasks; i++) {
        const struct task *x = &t->tasks[i];
        const struct op *o = &t->ops->ops[x->op];
        for (uint32_t k = 0; x->kind == TASK_COMPUTE && k < o->n_operands; k++) {
            uint64_t surplus = check_operand(t, x, k);
            assert_true(surplus == 0 || o->window.kernel > 0);
        }
    }
}

/* Every element of an op's output, over its contraction, is computed exactly once: by one chip, or where the op is
 * replicated, once on each chip. */
static void check_writes(const struct fixture *f, uint32_t op)
{
    const struct op *o = &f->partition.ops->ops[op];
    uint32_t chips = f->partition.chips;
    uint32_t *steps = mem_alloc_array((size_t)o->m * o->n * chips, sizeof *steps);
    for (size_t i = 0; i < f->tasks.n_tasks; i++) {
        const struct task *x = &f->tasks.tasks[i];
        for (uint32_t e = 0; x->op == op && x->kind == TASK_COMPUTE && e < x->rows * x->cols; e++)
            steps[((size_t)(x->row0 + e / x->cols) * o->n + x->col0 + e % x->cols) * chips + x->chip] +=
                o->k > 0 ? x->k_part : 1;
    }
    for (size_t e = 0; e < (size_t)o->m * o->n; e++) {
        uint64_t sum = 0;
        for (uint32_t chip = 0; chip < chips; chip++)
            sum += steps[e * chips + chip];
        uint32_t copies = f->partition.spread[op] == SPREAD_ALL ? f->partition.tensor_parallel : 1;
        assert_int_equal(sum, (uint64_t)(o->k > 0 ? o->k : 1) * copies);
    }
    free(steps);
}

/* ---- random works ---- */

static uint32_t draw(struct rng *r, uint32_t low, uint32_t high)
{
    return low + (uint32_t)rng_below(r, high - low + 1);
}

static enum op_split draw_split(struct rng *r, bool matrix)
{
    static const enum op_split splits[] = {SPLIT_REPLICATE, SPLIT_COLUMNS, SPLIT_K};
    return splits[draw(r, 0, matrix ? 2 : 1)];
}

/* Q, K and V are slices of one tensor; heads are groups. */
static uint32_t add_attention(struct op_graph *g, struct rng *r, uint32_t x)
{
    uint32_t rows = g->tensors[x].rows, head = draw(r, 1, 12), heads = draw(r, 1, 4), values[4];
    uint32_t qkv = add_matmul(g, x, rows, 3 * head * heads, g->tensors[x].cols, SPLIT_COLUMNS);
    g->ops[qkv].group_cols = 3 * head;
    g->ops[qkv].group_count = heads;
    for (uint32_t h = 0; h < heads; h++) {
        uint32_t q = h * 3 * head, out = op_graph_add_tensor(g, TENSOR_ACTIVATION, rows, rows, 2, "s%u", h);
        uint32_t scores = op_graph_add_op(g, OP_SCORES, out, "scores%u", h);
        op_graph_add_operand(g, scores, output_of(g, qkv), q, head, ROLE_A);
        op_graph_add_operand(g, scores, output_of(g, qkv), q + head, head, ROLE_B_T);
        uint32_t softmax = add_rowwise(g, OP_SOFTMAX, out, ROLE_ROWS);
        values[h] = op_graph_add_tensor(g, TENSOR_ACTIVATION, rows, head, 2, "v%u", h);
        uint32_t op = op_graph_add_op(g, OP_VALUES, values[h], "values%u", h);
        op_graph_add_operand(g, op, output_of(g, softmax), 0, rows, ROLE_A);
        op_graph_add_operand(g, op, output_of(g, qkv), q + 2 * head, head, ROLE_B);
        g->ops[scores].k = head;
        g->ops[op].k = rows;
        for (uint32_t i = scores; i <= op; i++) {
            g->ops[i].macs = (uint64_t)g->ops[i].m * g->ops[i].n * g->ops[i].k;
            g->ops[i].split = SPLIT_GROUP;
            g->ops[i].group = h;
            g->ops[i].group_count = heads;
        }
    }
    uint32_t n = draw(r, 1, 40), k = head * heads;
    uint32_t w = op_graph_add_tensor(g, TENSOR_WEIGHT, k, n, 2, "w");
    uint32_t out = op_graph_add_tensor(g, TENSOR_ACTIVATION, rows, n, 2, "proj");
    uint32_t op = op_graph_add_op(g, OP_MATMUL, out, "proj");
    for (uint32_t h = 0; h < heads; h++)
        op_graph_add_operand(g, op, values[h], 0, head, ROLE_A);
    op_graph_add_operand(g, op, w, 0, n, ROLE_B);
    g->ops[op].k = k;
    g->ops[op].macs = (uint64_t)rows * n * k;
    g->ops[op].split = SPLIT_K;
    g->ops[op].group_cols = head;
    return out;
}

static uint32_t add_residual(struct op_graph *g, struct rng *r, uint32_t x)
{
    uint32_t other = add_rowwise(g, OP_GELU, x, ROLE_ELEMENT);
    g->ops[other].split = draw_split(r, false);
    uint32_t op = add_rowwise(g, OP_RESIDUAL, x, ROLE_ELEMENT);
    op_graph_add_operand(g, op, output_of(g, other), 0, g->tensors[x].cols, ROLE_ELEMENT);
    return output_of(g, op);
}

static uint32_t add_random(struct op_graph *g, struct rng *r, uint32_t x)
{
    switch (draw(r, 0, 4)) {
    case 0: {
        uint32_t op = add_matmul(g, x, g->tensors[x].rows, draw(r, 1, 150), g->tensors[x].cols, draw_split(r, true));
        return output_of(g, op);
    }
    case 1:
        return add_attention(g, r, x);
    case 2: {
        uint32_t op = add_rowwise(g, OP_SOFTMAX, x, ROLE_ROWS);
        return output_of(g, op);
    }
    case 3:
        return add_residual(g, r, x);
    default: {
        uint32_t op = add_rowwise(g, OP_GELU, x, ROLE_ELEMENT);
        g->ops[op].split = draw_split(r, false);
        return output_of(g, op);
    }
    }
}

static void add_image(struct op_graph *g, struct rng *r)
{
    struct op_window w = {.in_height = draw(r, 3, 14), .in_width = draw(r, 3, 14)};
    uint32_t x = op_graph_add_tensor(g, TENSOR_INPUT, w.in_height * w.in_width, draw(r, 1, 12), 2, "image");
    for (uint32_t i = 0; i < 3; i++) {
        w.kernel = draw(r, 1, 3);
        w.stride = draw(r, 1, 3);
        w.pad = draw(r, 0, w.kernel - 1);
        if (w.in_height + 2 * w.pad < w.kernel || w.in_width + 2 * w.pad < w.kernel)
            continue;
        uint32_t op = add_window(g, x, w, draw(r, 0, 1) * draw(r, 1, 20));
        g->ops[op].split = draw_split(r, g->ops[op].k > 0);
        x = output_of(g, op);
        w.in_height = g->ops[op].window.out_height;
        w.in_width = g->ops[op].window.out_width;
    }
}

static struct op_graph *random_work(struct rng *r)
{
    struct op_graph *g = op_graph_new("test");
    if (draw(r, 0, 2) == 0) {
        add_image(g, r);
        if (g->n_ops > 0)
            return g;
    }
    uint32_t x = op_graph_add_tensor(g, TENSOR_INPUT, draw(r, 1, 40), draw(r, 1, 150), 2, "x");
    for (uint32_t n = draw(r, 1, 5); n > 0; n--)
        x = add_random(g, r, x);
    return g;
}

static void random_works_read_what_their_mathematics_needs(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 150; seed++) {
        struct rng r;
        rng_init(&r, seed, "test.lower.oracle");
        struct op_graph *g = random_work(&r);
        uint32_t chips = draw(&r, 1, 6);
        struct machine_spec s = server(chips, draw(&r, 1, 3), draw(&r, 1, 3));
        s.staging_bytes = 4096;
        s.sram_bytes = draw(&r, 0, 1) == 0 ? 524288 : 262144;
        struct lower_options o = {.tensor_parallel = draw(&r, 1, chips), .collective = (uint8_t)draw(&r, 0, 3)};
        struct fixture f = lowered_on(g, &s, &o);
        check_reads(&f.tasks);
        for (uint32_t i = 0; i < f.partition.ops->n_ops; i++)
            if (f.partition.ops->ops[i].kind != OP_COLLECTIVE)
                check_writes(&f, i);
        fixture_free(&f);
    }
}

/* The surplus of a window is at most the columns of the image that padding and stride leave out, never a row. */
static void a_convolution_reads_no_image_row_that_its_windows_do_not_touch(void **state)
{
    (void)state;
    for (uint32_t stride = 1; stride <= 3; stride++) {
        struct op_graph *g = op_graph_new("test");
        uint32_t x = op_graph_add_tensor(g, TENSOR_INPUT, 20 * 11, 8, 2, "image");
        struct op_window w = {.in_height = 20, .in_width = 11, .kernel = 3, .stride = stride, .pad = 1};
        uint32_t op = add_window(g, x, w, 16);
        w = g->ops[op].window;
        struct fixture f = lowered(g, 2, 2);
        bool cut = false;
        for (size_t i = 0; i < f.tasks.n_tasks; i++) {
            const struct task *t = &f.tasks.tasks[i];
            uint32_t first = t->row0 / w.out_width * stride,
                     last = ((t->row0 + t->rows - 1) / w.out_width) * stride + 2;
            assert_int_equal(t->row0 % w.out_width, 0);
            cut = cut || t->rows < f.partition.ops->ops[op].m;
            for (uint32_t k = 0; t->kind == TASK_COMPUTE && k < t->n_inputs; k++) {
                const struct chunk *c = &f.tasks.chunks[f.tasks.inputs[t->first_input + k].chunk];
                if (c->tensor != x)
                    continue;
                assert_true(c->row0 / 11 + 1 >= first);
                assert_true((c->row0 + c->rows - 1) / 11 + 1 <= last);
            }
        }
        assert_true(cut);
        fixture_free(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_works_read_what_their_mathematics_needs),
        cmocka_unit_test(a_convolution_reads_no_image_row_that_its_windows_do_not_touch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
