/* SPDX-License-Identifier: Apache-2.0 */
/* noc_rates.h - the rates of a sweep: where a network saturates is looked for, then its curve up to there is filled in.
 *
 *     1. upward   0.01, 4 x, 16 x, ...   to the first rate that saturates
 *     2. halving                         until saturation is known to a hundredth of itself
 *     3. `beyond`: rate 1                what goes through when everybody always has something
 *     4. filling  10, 20, ... 80, 87, 93, 97 % of saturation, where no rate was run that is close */
#ifndef SIM_CLI_NOC_RATES_H
#define SIM_CLI_NOC_RATES_H

#include <stdbool.h>
#include <stdint.h>

/* Runs each rate once by `run`, in billionths, which returns 0, or what ends the sweep. *knee: the greatest rate run
 * that keeps up, below all that do not; 0: none. */
int noc_rates_sweep(int (*run)(void *self, uint32_t rate, bool *saturated), void *self, bool beyond, uint32_t *knee);

#endif
