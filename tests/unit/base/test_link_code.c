/* SPDX-License-Identifier: Apache-2.0 */
/* test_link_code.c - codes of chip links: rates, and what they leave, against the binomial sum in 120 digits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/base/link_code.h"

enum { NONE, KR4, KP4, PCIE6 };

static void check_rate(uint32_t code, uint64_t bytes_per_second, uint64_t num, uint64_t den)
{
    struct fraction f = link_code_rate(&link_codes[code], fraction_rate(bytes_per_second, 1000000));
    assert_int_equal(f.num, num);
    assert_int_equal(f.den, den);
}

static void a_code_takes_its_share_of_the_rate(void **state)
{
    (void)state;
    check_rate(NONE, 53125000000u, 425, 8);
    check_rate(KP4, 53125000000u, 50, 1); /* lanes of 425 Gb/s carry 400 */
    check_rate(KR4, 66000000000u, 64, 1);
    check_rate(PCIE6, 256000000000u, 242, 1); /* 256 B of a flit carry 242 */
    check_rate(KP4, 1, 1, 1062500000u);       /* 1 B/s: 1/10^9 x 16/17 */
}

/* Of a frame's bytes on the line the data's are the code's rate. */
static void frames_have_the_rate_of_their_code(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < LINK_CODES; i++) {
        const struct link_code *c = &link_codes[i];
        uint64_t bits = 0;
        for (uint32_t w = 0; w < c->words; w++)
            bits += (uint64_t)c->symbols[w] * c->symbol_bits;
        assert_int_equal(c->data_bytes * 8 * c->rate.den, bits * c->rate.num);
    }
}

/* Probability x 2^64 that a word of n symbols has more than t wrong ones, summed over all numbers of wrong symbols with
 * 120 decimal digits; of three groups, that one of them has. */
static void losses_are_those_of_the_binomial_sum(void **state)
{
    (void)state;
    static const struct {
        uint32_t code;
        uint64_t bit_errors, loss;
    } known[] = {
        {NONE, 1, 2361u},
        {NONE, 1000000u, 2361183241u}, /* 1e-12: 1.28e-10 of a flit */
        {NONE, 1000000000000u, 2361033312596070u},
        {NONE, 10000000000000000u, 13350800259726794952u},
        {KR4, 1000000000000u, 0}, /* 1.4e-23 */
        {KR4, 50000000000000u, 8111195261u},
        {KR4, 100000000000000u, 1646724336194u},
        {KR4, 1000000000000000u, 2960191563818767235u},
        {KR4, 10000000000000000u, 18446744073709490611u},
        {KP4, 50000000000000u, 0}, /* 2.7e-23 */
        {KP4, 100000000000000u, 25u},
        {KP4, 300000000000000u, 395354845u},
        {KP4, 1000000000000000u, 2822828862808804u},
        {KP4, 10000000000000000u, 18446744066651440281u},
        {PCIE6, 1u, 0},
        {PCIE6, 1000000u, 12u},
        {PCIE6, 1000000000000u, 12738731287889u}, /* 1e-6: 6.9e-7 of a flit */
        {PCIE6, 1000000000000000u, 7059595036410619868u},
        {PCIE6, 10000000000000000u, 18446732609093665684u},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_in_range(link_code_loss(&link_codes[known[i].code], known[i].bit_errors),
                        known[i].loss - (known[i].loss > 0), known[i].loss);
}

static void without_bit_errors_nothing_is_lost(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < LINK_CODES; i++)
        assert_int_equal(link_code_loss(&link_codes[i], 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_takes_its_share_of_the_rate),
        cmocka_unit_test(frames_have_the_rate_of_their_code),
        cmocka_unit_test(losses_are_those_of_the_binomial_sum),
        cmocka_unit_test(without_bit_errors_nothing_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
