/* SPDX-License-Identifier: Apache-2.0 */
/* degraded.c - names of what does not work. */
#include "sim/machine/degraded.h"

#include <stdlib.h>
#include <string.h>

#include "sim/machine/topology.h"

/* Reads `word` and a plain number behind it, below `count`; *s is moved on. */
static bool read_part(const char **s, const char *word, uint32_t count, uint32_t *number)
{
    size_t n = strlen(word);
    if (strncmp(*s, word, n) != 0) {
        return false;
    }
    const char *digits = *s + n;
    size_t len = strspn(digits, "0123456789");
    if (len == 0 || len > 9 || (digits[0] == '0' && len > 1)) {
        return false;
    }
    *number = (uint32_t)strtoul(digits, NULL, 10);
    *s = digits + len;
    return *number < count;
}

bool degraded_unit(const char *name, uint32_t chips, uint32_t units_per_chip, uint32_t *unit)
{
    uint32_t chip, local;
    if (!read_part(&name, "chip", chips, &chip) || !read_part(&name, ".unit", units_per_chip, &local) || *name) {
        return false;
    }
    *unit = chip * units_per_chip + local;
    return true;
}

/* A decimal number of at most three digits before and behind the point, in thousandths. */
static bool read_permille(const char *s, uint32_t *permille)
{
    size_t whole = strspn(s, "0123456789"), part = 0;
    uint32_t value = 0;
    for (size_t i = 0; i < whole && whole <= 3; i++) {
        value = value * 10 + (uint32_t)(s[i] - '0');
    }
    value *= 1000;
    if (s[whole] == '.') {
        part = strspn(s + whole + 1, "0123456789");
        uint32_t scale = 100;
        for (size_t i = 0; i < part && part <= 3; i++, scale /= 10) {
            value += (uint32_t)(s[whole + 1 + i] - '0') * scale;
        }
        if (part == 0) {
            return false;
        }
    }
    *permille = value;
    return whole > 0 && whole <= 3 && part <= 3 && s[whole + (part ? part + 1 : 0)] == '\0';
}

bool degraded_chip(const char *name, uint32_t chips, uint32_t *chip, uint32_t *permille)
{
    return read_part(&name, "chip", chips, chip) && strncmp(name, " x ", 3) == 0 && read_permille(name + 3, permille) &&
           *permille >= DEGRADED_SLOW_MIN && *permille <= DEGRADED_SLOW_MAX;
}

/* ---- links ---- */

static bool read_node(const char **s, const struct fabric_shape *shape, uint32_t *node)
{
    uint32_t nodes = fabric_kinds[shape->topology].nodes(shape), number;
    if (read_part(s, "chip", shape->chips, node)) {
        return true;
    }
    if (!read_part(s, "switch", nodes - shape->chips, &number)) {
        return false;
    }
    *node = shape->chips + number;
    return true;
}

static uint32_t *neighbours_of(const struct fabric_shape *s, uint32_t node, uint32_t *n)
{
    *n = fabric_kinds[s->topology].degree(s, node);
    uint32_t *list = mem_alloc_array(*n, sizeof *list);
    fabric_kinds[s->topology].neighbours(s, node, list);
    return list;
}

bool degraded_link(const char *name, const struct fabric_shape *s, struct node_pair *link)
{
    uint32_t a, b, n;
    bool found = false;
    if (!read_node(&name, s, &a) || *name++ != '-' || !read_node(&name, s, &b) || *name) {
        return false;
    }
    uint32_t *list = neighbours_of(s, a, &n);
    for (uint32_t i = 0; i < n; i++) {
        found = found || list[i] == b;
    }
    free(list);
    *link = (struct node_pair) {a < b ? a : b, a < b ? b : a};
    return found;
}

static bool is_dead(const struct node_pair *dead, uint32_t n, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < n; i++) {
        if (dead[i].a == (a < b ? a : b) && dead[i].b == (a < b ? b : a)) {
            return true;
        }
    }
    return false;
}

bool degraded_is_whole(const struct fabric_shape *s, const struct node_pair *dead, uint32_t n, struct node_pair *apart)
{
    uint32_t nodes = fabric_kinds[s->topology].nodes(s), count = 1;
    bool *reached = mem_alloc_array(nodes, sizeof *reached);
    uint32_t *queue = mem_alloc_array(nodes, sizeof *queue); /* chip 0 first */
    reached[0] = true;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t degree, *list = neighbours_of(s, queue[i], &degree);
        for (uint32_t k = 0; k < degree; k++) {
            if (!reached[list[k]] && !is_dead(dead, n, queue[i], list[k])) {
                reached[list[k]] = true;
                queue[count++] = list[k];
            }
        }
        free(list);
    }
    uint32_t chip = 0;
    while (chip < s->chips && reached[chip]) {
        chip++;
    }
    *apart = (struct node_pair) {0, chip};
    free(reached);
    free(queue);
    return chip == s->chips;
}
