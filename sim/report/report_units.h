/* SPDX-License-Identifier: Apache-2.0 */
/* report_units.h - numbers as people read them: 123,456   70.4 us   12.3 MB   +8.1 %. Terminal only. */
#ifndef SIM_REPORT_REPORT_UNITS_H
#define SIM_REPORT_REPORT_UNITS_H

#include <stdint.h>

#define REPORT_CELL 32

const char *report_count(char buf[REPORT_CELL], uint64_t value);   /* 1,234,567 */
const char *report_seconds(char buf[REPORT_CELL], double seconds); /* 70.4 us */
const char *report_bytes(char buf[REPORT_CELL], uint64_t bytes);   /* 12.3 MB, decimal */
const char *report_percent(char buf[REPORT_CELL], double share);   /* 12.3 %; "-" for exactly 0, "<0.1 %" */
const char *report_gap(char buf[REPORT_CELL], double gap);         /* +8.1 % */
const char *report_rate(char buf[REPORT_CELL], double value, const char *unit); /* 1.23 Mcycles/s */

/* "  makespan              26,583 cycles" on stdout: a label, a count, and what follows it. */
void report_print_line(const char *label, uint64_t value, const char *more);

#endif
