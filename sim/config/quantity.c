/* SPDX-License-Identifier: Apache-2.0 */
/* quantity.c - numbers with units. */
#include "sim/config/quantity.h"

#include <string.h>

#include "sim/base/error.h"
#include "sim/base/fraction.h"

#define K  1000u
#define M  1000000u
#define G  1000000000u
#define T  1000000000000u
#define P  1000000000000000u
#define KI 1024u
#define MI 1048576u
#define GI 1073741824u
#define TI 1099511627776u

/* value x num / den in the base unit. Units to print with come first, the largest foremost. */
struct unit {
    const char *name;
    uint64_t num;
    uint64_t den;
    bool prints;
};

static const struct unit hz_units[] = {
    {"THz", T, 1, true}, {"GHz", G, 1, true}, {"MHz", M, 1, true}, {"kHz", K, 1, true}, {"Hz", 1, 1, true}};
static const struct unit rate_units[] = {{"TB/s", T, 1, true},    {"GB/s", G, 1, true},    {"MB/s", M, 1, true},
                                         {"kB/s", K, 1, true},    {"B/s", 1, 1, true},     {"TiB/s", TI, 1, false},
                                         {"GiB/s", GI, 1, false}, {"MiB/s", MI, 1, false}, {"KiB/s", KI, 1, false},
                                         {"Tb/s", T, 8, false},   {"Gb/s", G, 8, false},   {"Mb/s", M, 8, false}};
static const struct unit fs_units[] = {{"s", P, 1, true},  {"ms", T, 1, true}, {"us", G, 1, true},
                                       {"ns", M, 1, true}, {"ps", K, 1, true}, {"fs", 1, 1, true}};
static const struct unit byte_units[] = {{"GiB", GI, 1, true}, {"MiB", MI, 1, true}, {"KiB", KI, 1, true},
                                         {"B", 1, 1, true},    {"kB", K, 1, false},  {"MB", M, 1, false},
                                         {"GB", G, 1, false}};

struct unit_list {
    const struct unit *units;
    size_t count;
    const char *base;
};

static struct unit_list units_of(enum param_type type)
{
#define LIST(array, base)                                                                                              \
    (struct unit_list)                                                                                                 \
    {                                                                                                                  \
        array, sizeof(array) / sizeof(array)[0], base                                                                  \
    }
    switch (type) {
    case PARAM_hz:
        return LIST(hz_units, "Hz");
    case PARAM_rate:
        return LIST(rate_units, "B/s");
    case PARAM_fs:
        return LIST(fs_units, "fs");
    case PARAM_bytes:
        return LIST(byte_units, "B");
    default:
        return (struct unit_list) {NULL, 0, ""};
    }
#undef LIST
}

bool quantity_units(enum param_type type, struct text *out)
{
    struct unit_list list = units_of(type);
    for (size_t i = 0; i < list.count; i++) {
        text_printf(out, "%s%s", i ? ", " : "", list.units[i].name);
    }
    return list.count != 0;
}

/* value x 10 + each digit in turn; false when it does not fit. */
static bool append_digits(uint64_t *value, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t digit = (uint64_t)(s[i] - '0');
        if (*value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        *value = *value * 10 + digit;
    }
    return true;
}

/* digits x 10^-scale; "1.50" gives 15 and 1. Returns what follows the number, or NULL with a reason. */
static const char *parse_decimal(const char *s, uint64_t *digits, uint32_t *scale, struct text *why)
{
    size_t n_whole = strspn(s, "0123456789");
    const char *fraction = s[n_whole] == '.' ? s + n_whole + 1 : s + n_whole;
    size_t n_fraction = s[n_whole] == '.' ? strspn(fraction, "0123456789") : 0;
    const char *end = fraction + n_fraction;
    if (n_whole + n_fraction == 0) {
        text_add(why, "is not a number with a unit");
        return NULL;
    }
    while (n_fraction > 0 && fraction[n_fraction - 1] == '0') {
        n_fraction--;
    }
    *digits = 0;
    *scale = (uint32_t)n_fraction;
    if (n_fraction > 19 || !append_digits(digits, s, n_whole) || !append_digits(digits, fraction, n_fraction)) {
        text_add(why, "has too many digits");
        return NULL;
    }
    return end;
}

/* digits x 10^-scale x num / den, when that is a whole number below 2^64. */
static int scale_exactly(uint64_t digits, uint32_t scale, const struct unit *unit, const char *base, uint64_t *value,
                         struct text *why)
{
    uint64_t num = unit->num;
    uint64_t tens = 1;
    for (uint32_t i = 0; i < scale; i++) {
        tens *= 10;
    }
    uint64_t dens[2] = {tens, unit->den};
    for (int i = 0; i < 2; i++) {
        uint64_t g = fraction_gcd(digits, dens[i]);
        digits /= g;
        dens[i] /= g;
        g = fraction_gcd(num, dens[i]);
        num /= g;
        dens[i] /= g;
    }
    if (dens[0] != 1 || dens[1] != 1) {
        text_printf(why, "is finer than can be held: it must be a whole number of %s", base);
        return SIM_ERR_INPUT;
    }
    if (digits && num > UINT64_MAX / digits) {
        text_add(why, "is too large");
        return SIM_ERR_INPUT;
    }
    *value = digits * num;
    return SIM_OK;
}

static const struct unit *find_unit(const struct unit_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->units[i].name, name) == 0) {
            return &list->units[i];
        }
    }
    return NULL;
}

static void unknown_unit(const struct unit_list *list, enum param_type type, const char *name, struct text *why)
{
    const char *names[16];
    for (size_t i = 0; i < list->count; i++) {
        names[i] = list->units[i].name;
    }
    const char *nearest = *name ? text_nearest(name, names, list->count) : NULL;
    if (*name) {
        text_printf(why, "has the unknown unit '%.20s'", name);
    } else {
        text_add(why, "has no unit");
    }
    text_add(why, "; allowed: ");
    quantity_units(type, why);
    if (nearest) {
        text_printf(why, "; did you mean %s?", nearest);
    }
}

int quantity_parse(enum param_type type, const char *s, uint64_t *value, struct text *why)
{
    struct unit_list list = units_of(type);
    SIM_CHECK(list.count > 0 && list.count <= 16, "type %d has no units", (int)type);
    uint64_t digits;
    uint32_t scale;
    const char *unit_name = *s == '-' ? NULL : parse_decimal(s, &digits, &scale, why);
    if (*s == '-') {
        text_add(why, "is negative");
    }
    if (!unit_name) {
        text_add(why, "; allowed units: ");
        quantity_units(type, why);
        return SIM_ERR_INPUT;
    }
    while (*unit_name == ' ') {
        unit_name++;
    }
    if (!*unit_name && digits == 0) { /* is the same in all units */
        *value = 0;
        return SIM_OK;
    }
    const struct unit *unit = find_unit(&list, unit_name);
    if (!unit) {
        unknown_unit(&list, type, unit_name, why);
        return SIM_ERR_INPUT;
    }
    return scale_exactly(digits, scale, unit, list.base, value, why);
}

void quantity_print(enum param_type type, uint64_t value, struct text *out)
{
    struct unit_list list = units_of(type);
    const struct unit *unit = NULL;
    for (size_t i = 0; i < list.count && list.units[i].prints; i++) {
        unit = &list.units[i];
        if (value >= unit->num && (type != PARAM_bytes || value % unit->num == 0)) {
            break;
        }
    }
    SIM_CHECK(unit, "type %d has no units", (int)type);
    uint64_t whole = value / unit->num;
    uint64_t rest = value % unit->num;
    text_printf(out, "%llu", (unsigned long long)whole);
    if (rest) {
        text_add(out, ".");
        for (uint64_t place = unit->num / 10; rest; place /= 10) {
            text_printf(out, "%llu", (unsigned long long)(rest / place));
            rest %= place;
        }
    }
    text_printf(out, " %s", unit->name);
}

/* ---- ratios ---- */

#define RATIO_PLACES 18

static uint64_t ten_to(uint32_t n)
{
    uint64_t power = 1;
    while (n-- > 0) {
        power *= 10;
    }
    return power;
}

/* "e-12" at the end of a number: how many places it moves to the right; -1: it is no exponent. */
static int parse_exponent(const char *s)
{
    if (*s == '\0') {
        return 0;
    }
    size_t n = s[0] == 'e' || s[0] == 'E' ? strspn(s + 2, "0123456789") : 0;
    if (n == 0 || n > 2 || s[1] != '-' || s[2 + n] != '\0') {
        return -1;
    }
    return n == 1 ? s[2] - '0' : 10 * (s[2] - '0') + (s[3] - '0');
}

int ratio_parse(const char *s, uint64_t *parts, struct text *why)
{
    uint64_t digits = 0;
    uint32_t scale = 0;
    struct text unused = {0};
    const char *end = parse_decimal(s, &digits, &scale, &unused);
    int exponent = end ? parse_exponent(end) : -1;
    text_free(&unused);
    if (exponent < 0) {
        text_add(why, *s == '-' ? "is negative" : "is not a number like 0.25 or 1e-12");
        return SIM_ERR_INPUT;
    }
    for (scale += (uint32_t)exponent; scale > 0 && digits % 10 == 0 && digits > 0; scale--) {
        digits /= 10;
    }
    if (digits == 0) {
        scale = 0;
    }
    if (scale > RATIO_PLACES) {
        text_add(why, "is finer than can be held: it must be a whole number of 1e-18");
        return SIM_ERR_INPUT;
    }
    uint64_t power = ten_to(RATIO_PLACES - scale);
    if (digits > UINT64_MAX / power) {
        text_add(why, "is too large");
        return SIM_ERR_INPUT;
    }
    *parts = digits * power;
    return SIM_OK;
}

void ratio_print(uint64_t parts, struct text *out)
{
    uint32_t places = RATIO_PLACES;
    while (places > 0 && parts % 10 == 0) {
        parts /= 10;
        places--;
    }
    text_printf(out, "%llu", (unsigned long long)parts);
    if (places > 0 && parts > 0) {
        text_printf(out, "e-%u", places);
    }
}
