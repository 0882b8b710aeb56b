/* SPDX-License-Identifier: Apache-2.0 */
/* text_real.c - doubles as the shortest text that reads back, spelled as Python's repr. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/text.h"

#define DIGITS_MAX 17

/* value = 0.d1d2d3... x 10^(exponent + 1), d1 != 0 */
struct decimal {
    char digits[DIGITS_MAX + 1];
    int count;
    int exponent;
};

static double decimal_value(const struct decimal *d)
{
    char buf[DIGITS_MAX + 16];
    snprintf(buf, sizeof buf, "%se%d", d->digits, d->exponent - d->count + 1);
    return strtod(buf, NULL);
}

static void decimal_round(struct decimal *d, double value, int count)
{
    char buf[DIGITS_MAX + 16];
    snprintf(buf, sizeof buf, "%.*e", count - 1, value);
    char *e = strchr(buf, 'e');
    d->count = 0;
    for (const char *p = buf; p < e && d->count < DIGITS_MAX; p++) {
        if (*p >= '0' && *p <= '9') {
            d->digits[d->count++] = *p;
        }
    }
    d->digits[d->count] = '\0';
    d->exponent = atoi(e + 1);
}

/* The next larger number of as many digits. */
static void decimal_step(struct decimal *d)
{
    int i = d->count - 1;
    while (i >= 0 && d->digits[i] == '9') {
        d->digits[i--] = '0';
    }
    if (i >= 0) {
        d->digits[i]++;
    } else {
        d->digits[0] = '1';
        d->exponent++;
    }
}

/* Fewest digits that read back. Below a power of two doubles lie twice as dense, so there the
 * nearest text may fail where its upper neighbour reads back. */
static void decimal_shortest(struct decimal *d, double value)
{
    for (int count = 1; count <= DIGITS_MAX; count++) {
        decimal_round(d, value, count);
        if (decimal_value(d) == value) {
            break;
        }
        struct decimal up = *d;
        decimal_step(&up);
        if (decimal_value(&up) == value) {
            *d = up;
            break;
        }
    }
    while (d->count > 1 && d->digits[d->count - 1] == '0') {
        d->digits[--d->count] = '\0';
    }
}

static void print_exponent(char *out, size_t room, const char *sign, const struct decimal *d)
{
    const char *dot = d->count > 1 ? "." : "";
    int magnitude = abs(d->exponent);
    snprintf(out, room, "%s%c%s%se%c%02d", sign, d->digits[0], dot, d->digits + 1, d->exponent < 0 ? '-' : '+',
             magnitude);
}

static void print_fixed(char *out, size_t room, const char *sign, const struct decimal *d)
{
    if (d->exponent < 0) {
        snprintf(out, room, "%s0.%.*s%s", sign, -d->exponent - 1, "0000", d->digits);
    } else if (d->count <= d->exponent + 1) {
        snprintf(out, room, "%s%s%.*s.0", sign, d->digits, d->exponent + 1 - d->count, "0000000000000000");
    } else {
        snprintf(out, room, "%s%.*s.%s", sign, d->exponent + 1, d->digits, d->digits + d->exponent + 1);
    }
}

const char *text_real(char buf[TEXT_REAL_MAX], double value)
{
    if (isnan(value)) {
        snprintf(buf, TEXT_REAL_MAX, "nan");
        return buf;
    }
    const char *sign = signbit(value) ? "-" : "";
    if (isinf(value) || value == 0) {
        snprintf(buf, TEXT_REAL_MAX, "%s%s", sign, value == 0 ? "0.0" : "inf");
        return buf;
    }
    struct decimal d;
    decimal_shortest(&d, fabs(value));
    if (d.exponent < -4 || d.exponent >= 16) {
        print_exponent(buf, TEXT_REAL_MAX, sign, &d);
    } else {
        print_fixed(buf, TEXT_REAL_MAX, sign, &d);
    }
    return buf;
}

double text_round9(double value)
{
    if (!isfinite(value)) {
        return value;
    }
    char buf[TEXT_REAL_MAX];
    snprintf(buf, sizeof buf, "%.8e", value);
    return strtod(buf, NULL);
}
