/* SPDX-License-Identifier: Apache-2.0 */
/* quantity.h - numbers with units as exact integers, and back.
 *
 *     819.2 GB/s <-> 819200000000 B/s      2.3 us <-> 2300000000 fs      512 KiB <-> 524288 B
 *
 * Decimal arithmetic on integers only: a text that is no whole number of the base unit is refused. */
#ifndef SIM_CONFIG_QUANTITY_H
#define SIM_CONFIG_QUANTITY_H

#include <stdint.h>

#include "sim/base/text.h"
#include "sim/machine/param_list.h"

/* Value of `s` in the base unit of hz, rate, fs or bytes. 0, or SIM_ERR_INPUT with what is wrong and
 * what is allowed in `why`. */
int quantity_parse(enum param_type type, const char *s, uint64_t *value, struct text *why);

/* Shortest exact text: the largest unit that leaves a number >= 1 (bytes: a whole number). */
void quantity_print(enum param_type type, uint64_t value, struct text *out);

/* "Hz, kHz, MHz, GHz"; true when the type is a quantity. */
bool quantity_units(enum param_type type, struct text *out);

/* A decimal number without a unit, 0.25 or 1e-12, in parts of 10^18: exact, or refused. */
int ratio_parse(const char *s, uint64_t *parts, struct text *why);
/* Shortest exact text: all digits as a whole number, and the exponent. */
void ratio_print(uint64_t parts, struct text *out);

#endif
