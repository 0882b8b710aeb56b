/* SPDX-License-Identifier: Apache-2.0 */
/* test_unit_sram.c - what the SRAM of a unit holds, against an array with one entry per byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hw/unit/unit_sram.h"
#include "sim/base/rng.h"

#define BYTES 1024u
#define STEP  16u

static void put(struct unit_sram *s, uint32_t address, uint32_t bytes, uint32_t chunk, uint32_t offset)
{
    struct burst b = {.id.chunk = chunk, .offset = offset};
    unit_sram_write(s, address, bytes, &b, 1);
}

/* Chunk + 1 of a byte, its offset in *offset; 0: nothing. */
static uint32_t at(const struct unit_sram *s, uint32_t address, uint32_t *offset)
{
    uint32_t i = unit_sram_find(s, address);
    const struct sram_piece *p = i < s->n ? unit_sram_piece(s, i) : NULL;
    if (!p || p->address > address)
        return 0;
    *offset = p->burst.offset + (address - p->address);
    return p->burst.id.chunk + 1;
}

static void pieces_side_by_side_are_found_by_any_of_their_bytes(void **state)
{
    (void)state;
    struct unit_sram s;
    uint32_t offset = 0;
    unit_sram_init(&s, BYTES, 8);
    put(&s, 64, 64, 5, 0);
    put(&s, 0, 32, 6, 128);
    assert_int_equal(at(&s, 0, &offset), 7);
    assert_int_equal(at(&s, 31, &offset), 7);
    assert_int_equal(offset, 128 + 31);
    assert_int_equal(at(&s, 32, &offset), 0);
    assert_int_equal(at(&s, 127, &offset), 6);
    assert_int_equal(offset, 63);
    assert_int_equal(at(&s, 128, &offset), 0);
    unit_sram_free(&s);
}

static void writing_over_a_piece_takes_its_bytes_away(void **state)
{
    (void)state;
    struct unit_sram s;
    uint32_t offset = 0;
    unit_sram_init(&s, BYTES, 8);
    put(&s, 0, 100, 1, 0);
    put(&s, 40, 20, 2, 0); /* into the middle: a head and a tail are left */
    assert_int_equal(s.n, 3);
    assert_int_equal(at(&s, 39, &offset), 2);
    assert_int_equal(at(&s, 40, &offset), 3);
    assert_int_equal(at(&s, 60, &offset), 2);
    assert_int_equal(offset, 60);
    put(&s, 0, 100, 4, 0);
    assert_int_equal(s.n, 1);
    unit_sram_free(&s);
}

static void random_writes_leave_what_an_array_of_bytes_would_hold(void **state)
{
    (void)state;
    struct unit_sram s;
    struct rng r;
    uint32_t chunk[BYTES], offset[BYTES];
    memset(chunk, 0, sizeof chunk);
    rng_init(&r, 1, "sram");
    unit_sram_init(&s, BYTES, BYTES / STEP + 1); /* borders at multiples of 16 */
    for (uint32_t i = 1; i < 5000; i++) {
        uint32_t from = (uint32_t)rng_below(&r, BYTES / STEP) * STEP;
        uint32_t bytes = (1 + (uint32_t)rng_below(&r, (BYTES - from) / STEP)) * STEP;
        uint32_t first = (uint32_t)rng_below(&r, 9) * STEP;
        put(&s, from, bytes, i, first);
        for (uint32_t k = 0; k < bytes; k++) {
            chunk[from + k] = i + 1;
            offset[from + k] = first + k;
        }
        for (uint32_t k = 0; k < BYTES; k += i % 7 == 0 ? 1 : 13) {
            uint32_t found = 0;
            assert_int_equal(at(&s, k, &found), chunk[k]);
            assert_true(chunk[k] == 0 || found == offset[k]);
        }
    }
    unit_sram_free(&s);
}

static void after_a_new_launch_everything_was_always_here(void **state)
{
    (void)state;
    struct unit_sram s;
    unit_sram_init(&s, BYTES, 4);
    struct burst b = {.computed = 50};
    burst_stamp(&b, 60, PLACE_LINK);
    unit_sram_write(&s, 0, 64, &b, 90);
    unit_sram_age(&s);
    assert_int_equal(unit_sram_piece(&s, 0)->arrived, 0);
    assert_int_equal(unit_sram_piece(&s, 0)->burst.computed, 0);
    assert_int_equal(unit_sram_piece(&s, 0)->burst.n_stamps, 0);
    unit_sram_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_side_by_side_are_found_by_any_of_their_bytes),
        cmocka_unit_test(writing_over_a_piece_takes_its_bytes_away),
        cmocka_unit_test(random_writes_leave_what_an_array_of_bytes_would_hold),
        cmocka_unit_test(after_a_new_launch_everything_was_always_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
