/* SPDX-License-Identifier: Apache-2.0 */
/* cpython_random.h - the random numbers of CPython's `random` module, bit for bit.
 *
 *     seed (any integer) --> |seed| in 32-bit words --> MT19937 state --> u32 --> real, below, shuffle
 *
 * The study's graphs and its dynamic execution were drawn with this generator, so the step model and
 * the source `random` of `bpsim graph` need it exactly. Nothing else does: simulated blocks use
 * sim/base/rng.h. One struct is one generator; calls change only it.
 *
 * Method: Matsumoto and Nishimura, Mersenne Twister, ACM TOMACS 8(1), 1998; what CPython does with
 * it is written in the CPython sources Modules/_randommodule.c and Lib/random.py. */
#ifndef SIM_GRAPH_CPYTHON_RANDOM_H
#define SIM_GRAPH_CPYTHON_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#define CPYTHON_RANDOM_STATE 624

/* Most digits of a seed: the limit that CPython itself sets for reading an integer. */
#define CPYTHON_RANDOM_MAX_DIGITS 4300

struct cpython_random {
    struct {
        uint32_t even[CPYTHON_RANDOM_STATE / 2], odd[CPYTHON_RANDOM_STATE / 2]; /* words 0, 2 ...; 1, 3 ... */
    } states[2];                                                                /* one is made from the other */
    uint32_t now, used; /* the state that is in use; how many of its words were handed out */
};

/* random.seed(int(decimal)): sign, then decimal digits; the sign has no effect on the numbers drawn.
 * 0, or SIM_ERR_INPUT when the text is no integer or has more than CPYTHON_RANDOM_MAX_DIGITS digits. */
int cpython_random_seed(struct cpython_random *r, const char *decimal);

uint32_t cpython_random_u32(struct cpython_random *r);                        /* getrandbits(32) */
double cpython_random_real(struct cpython_random *r);                         /* random(): [0, 1), 53 bits, two words */
uint32_t cpython_random_below(struct cpython_random *r, uint32_t bound);      /* _randbelow(bound); bound > 0 */
void cpython_random_shuffle(struct cpython_random *r, uint32_t *x, size_t n); /* shuffle(x); n < 2^32 */

/* Calls random() until it is below `bound` (0..1), at most `most` times: how often it was not. `most`: it never was. */
uint64_t cpython_random_misses(struct cpython_random *r, double bound, uint64_t most);

#endif
