/* SPDX-License-Identifier: Apache-2.0 */
/* link_code.h - codes that correct bit errors on a chip link (forward error correction): rate, latency, what is left.
 *
 *     frame: data bytes --encoder--> words of symbols ~~line, each bit wrong with probability p~~> decoder --> data
 *
 * A frame is what is decoded at once: one or more words (interleaved), each of which can have `correct` wrong
 * symbols. With more in one of them the frame is lost, and known to be lost: the decoder or a CRC sees it. Without a
 * code a frame is a 16-byte flit of which each bit must be right. Bit errors are independent (bursts of errors and what
 * an equaliser makes of them: not modelled).
 *
 *     code    frame                                         data / line   corrects            latency
 *     none    16 B                                          1             nothing             0
 *     kr4     RS(528,514) of 10 bits                        32/33         7 symbols           100 ns
 *     kp4     RS(544,514) of 10 bits                        16/17         15 symbols          100 ns
 *     pcie6   256 B: 242 data, 8 CRC, 6 FEC; 3 groups       121/128       a byte of a group   2 ns
 *
 * kr4, kp4: IEEE 802.3 clause 91, with 256b/257b transcoding: 20 blocks of 257 bits are the 514 symbols, so 5,120 of
 * 5,280 or 5,440 bits are data (425 Gb/s of lanes carry 400 Gb/s). About 100 ns is what PCI-SIG names for such codes in
 * networking; the code itself needs less where a link is faster. pcie6: PCI Express 6.0, flit mode. */
#ifndef SIM_BASE_LINK_CODE_H
#define SIM_BASE_LINK_CODE_H

#include <stdint.h>

#include "sim/base/fraction.h"

#define LINK_CODES        4u
#define LINK_CODE_WORDS   3u
#define BIT_ERRORS_IN_ALL 1000000000000000000u /* a bit error rate is given in parts of this */

struct link_code {
    uint32_t data_bytes; /* of a frame */
    struct fraction rate;
    uint32_t symbol_bits, words;
    uint32_t symbols[LINK_CODE_WORDS]; /* of each word */
    uint32_t correct;
    uint64_t latency_fs; /* encoder and decoder */
};

/* In the order of enum link_fec. */
extern const struct link_code link_codes[LINK_CODES];

/* What a line of this raw rate carries: lowest terms. Numerator below 2^56, denominator below 2^56. */
struct fraction link_code_rate(const struct link_code *c, struct fraction raw);

/* A frame is lost when a number drawn from 0..2^64-1 is below this: its probability x 2^64, rounded down, at
 * `bit_errors` / 10^18 wrong bits. In 128-bit fixed point, so the same everywhere; it is off by one at most. */
uint64_t link_code_loss(const struct link_code *c, uint64_t bit_errors);

#endif
