/* SPDX-License-Identifier: Apache-2.0 */
/* report_units.c - numbers as people read them. */
#include "sim/report/report_units.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static const char *nothing(char buf[REPORT_CELL])
{
    buf[0] = '-';
    buf[1] = '\0';
    return buf;
}

const char *report_count(char buf[REPORT_CELL], uint64_t value)
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRIu64, value);
    int out = 0;
    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0) {
            buf[out++] = ',';
        }
        buf[out++] = digits[i];
    }
    buf[out] = '\0';
    return buf;
}

/* Three significant digits of a value in [1, 1000). */
static const char *three_digits(char buf[REPORT_CELL], double value, const char *unit)
{
    int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    snprintf(buf, REPORT_CELL, "%.*f %s", decimals, value, unit);
    return buf;
}

static const char *scaled(char buf[REPORT_CELL], double value, const char *unit, const char *const *prefixes, int count)
{
    char with_prefix[16];
    int i = 0;
    while (value >= 999.5 && i + 1 < count) {
        value /= 1000;
        i++;
    }
    snprintf(with_prefix, sizeof with_prefix, "%s%s", prefixes[i], unit);
    return three_digits(buf, value, with_prefix);
}

const char *report_seconds(char buf[REPORT_CELL], double seconds)
{
    static const char *const prefixes[] = {"p", "n", "u", "m", ""};
    if (!isfinite(seconds)) {
        return nothing(buf);
    }
    return scaled(buf, seconds * 1e12, "s", prefixes, 5);
}

const char *report_bytes(char buf[REPORT_CELL], uint64_t bytes)
{
    static const char *const prefixes[] = {"", "k", "M", "G", "T", "P"};
    if (bytes == 0) {
        return nothing(buf);
    }
    if (bytes < 1000) {
        snprintf(buf, REPORT_CELL, "%" PRIu64 " B", bytes);
        return buf;
    }
    return scaled(buf, (double)bytes, "B", prefixes, 6);
}

const char *report_percent(char buf[REPORT_CELL], double share)
{
    if (!isfinite(share) || share == 0) {
        return nothing(buf);
    }
    if (share < 0.0005) {
        snprintf(buf, REPORT_CELL, "<0.1 %%");
        return buf;
    }
    snprintf(buf, REPORT_CELL, "%.1f %%", 100 * share);
    return buf;
}

const char *report_gap(char buf[REPORT_CELL], double gap)
{
    if (!isfinite(gap)) {
        return nothing(buf);
    }
    snprintf(buf, REPORT_CELL, "%+.1f %%", 100 * gap);
    return buf;
}

const char *report_rate(char buf[REPORT_CELL], double value, const char *unit)
{
    static const char *const prefixes[] = {"", "k", "M", "G"};
    if (!isfinite(value)) {
        return nothing(buf);
    }
    return scaled(buf, value, unit, prefixes, 4);
}

void report_print_line(const char *label, uint64_t value, const char *more)
{
    char b[REPORT_CELL];
    printf("  %-16s %12s%s\n", label, report_count(b, value), more);
}
