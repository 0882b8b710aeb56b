/* SPDX-License-Identifier: Apache-2.0 */
/* config_when.c - conditions under which something reads a parameter.
 *
 *     KEY = name, name and KEY > number or ...      `and` binds closer than `or` */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/config/config_reader.h"

#define KEY_MAX 64

static const char *skip_blanks(const char *s)
{
    return s + strspn(s, " ");
}

/* True when one of the names of the list (ended by "and", "or" or the end) is that of the value. */
static bool one_of(const char **s, const char *name)
{
    bool found = false;
    for (;;) {
        size_t n = strcspn(*s, ", ");
        found = found || (strlen(name) == n && strncmp(*s, name, n) == 0);
        *s += n;
        if (**s != ',') {
            return found;
        }
        *s = skip_blanks(*s + 1);
    }
}

/* Is the value, or one of the choices, among the names? *s moves past them. A value that is not known is not. */
static bool is_among(const struct config *c, struct param_ref ref, bool known, const char **s)
{
    const void *field = param_field_const(c, ref);
    const struct choice_list *list = field;
    const struct choices *choices = ref.param->choices;
    bool found = false;
    if (!known || (ref.param->type == PARAM_choices && list->n == 0)) {
        one_of(s, "");
        return false;
    }
    if (ref.param->type != PARAM_choices) {
        return one_of(s, choices->names[value_get(ref.param->type, field)]);
    }
    const char *names = *s;
    for (uint32_t i = 0; i < list->n; i++) {
        *s = names;
        found |= one_of(s, choices->names[list->value[i]]);
    }
    return found;
}

/* KEY = names | KEY > number; *s moves past it. */
static enum truth term(const struct config *c, const struct param_state *state, const char **s)
{
    char key[KEY_MAX];
    size_t n = strcspn(*s, " ");
    SIM_CHECK(n < sizeof key, "condition '%s'", *s);
    memcpy(key, *s, n);
    key[n] = '\0';
    struct param_ref ref = param_find(key);
    SIM_CHECK(ref.param, "condition on %s, which is no parameter", key);
    *s = skip_blanks(*s + n);
    char sign = **s;
    *s = skip_blanks(*s + 1);
    bool holds;
    if (sign == '=') {
        bool known = !state || (state[ref.index].filled && !state[ref.index].bad);
        holds = is_among(c, ref, known, s);
    } else {
        char *end;
        SIM_CHECK(sign == '>', "condition '%s'", *s);
        holds = value_get(ref.param->type, param_field_const(c, ref)) > strtoull(*s, &end, 10);
        *s = end;
    }
    *s = skip_blanks(*s);
    if (state && (!state[ref.index].filled || state[ref.index].bad)) {
        return TRUTH_UNKNOWN;
    }
    return holds ? TRUTH_YES : TRUTH_NO;
}

static bool skip_word(const char **s, const char *word)
{
    size_t n = strlen(word);
    if (strncmp(*s, word, n) != 0) {
        return false;
    }
    *s += n;
    return true;
}

enum truth reader_used(const struct config *c, const struct param_state *state, const struct param *p)
{
    const char *s = p->when;
    enum truth any = *s ? TRUTH_NO : TRUTH_YES;
    while (*s) {
        enum truth all = TRUTH_YES;
        do {
            enum truth one = term(c, state, &s);
            if (one == TRUTH_NO || all == TRUTH_NO) {
                all = TRUTH_NO;
            } else if (one == TRUTH_UNKNOWN) {
                all = TRUTH_UNKNOWN;
            }
        } while (skip_word(&s, "and "));
        if (all == TRUTH_YES || any == TRUTH_YES) {
            any = TRUTH_YES;
        } else if (all == TRUTH_UNKNOWN) {
            any = TRUTH_UNKNOWN;
        }
        bool more = skip_word(&s, "or ");
        SIM_CHECK(more || !*s, "condition '%s' of %s", p->when, p->name);
    }
    return any;
}
