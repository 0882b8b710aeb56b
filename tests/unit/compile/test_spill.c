/* SPDX-License-Identifier: Apache-2.0 */
/* test_spill.c - where SRAM is too small for what waits in it, it is written to HBM and read again in time. */
#include "compile_fixture.h"

#define KIB  1024u
#define WORK 2000u

/* Skip connections: each task of the way down is read by the next one and by its opposite on the way up. */
static uint32_t hourglass(struct hand_graph *g, uint32_t chip, uint32_t depth, uint32_t bytes)
{
    uint32_t down[16], up = 0;
    for (uint32_t i = 0; i < depth; i++) {
        down[i] = hand_task(g, chip, WORK, i ? &down[i - 1] : NULL, i > 0, bytes, false);
    }
    for (uint32_t i = depth; i-- > 0;) {
        uint32_t in[2] = {down[i], up};
        up = hand_task(g, chip, WORK, in, i + 1 < depth ? 2 : 1, i ? bytes : 100, i == 0);
    }
    return up;
}

static uint64_t bytes_between_memory(const struct schedule *s, const struct machine *m, const struct sched_program *p,
                                     uint32_t command)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < p->n_dram; i++) {
        const struct sched_dram_op *o = &p->dram[i];
        uint32_t chunk = o->command == command ? p->transfers[o->transfer].chunk : SCHED_CONTROL;
        if (chunk != SCHED_CONTROL && s->chunks[chunk].producer != SCHED_NONE && !(s->chunks[chunk].flags & 2)) {
            bytes += (uint64_t)o->count * m->dram.burst_bytes;
        }
    }
    return bytes;
}

static void what_waits_long_is_written_to_memory_and_read_again(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(1, 1, 1);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    spec.channels = 2;
    spec.memory_bandwidth = 102400000000;
    spec.sram_bytes = 512 * KIB;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    hourglass(&g, 0, 8, 100 * KIB);
    for (uint32_t i = 0; compile_policies[i / 2]; i++) {
        bool steady = i % 2;
        compile_hand(&s, &g, &m, compile_policies[i / 2], steady);
        const struct sched_program *p = &s.programs[steady];
        uint64_t written = bytes_between_memory(&s, &m, p, DRAM_WR), read = bytes_between_memory(&s, &m, p, DRAM_RD);
        assert_true(written >= 4 * 100 * KIB);
        assert_true(read >= written);
        schedule_free(&s);
    }
    hand_end(&g);
    machine_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_waits_long_is_written_to_memory_and_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
