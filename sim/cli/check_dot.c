/* SPDX-License-Identifier: Apache-2.0 */
/* check_dot.c - the drawing that --dot asks for, of the machine or of a network alone. */
#include "sim/cli/check_dot.h"

#include <string.h>

#include "sim/base/error.h"
#include "sim/machine/machine_dot.h"

static const char *const names[] = {
    [CHECK_DOT_SERVER] = "server", [CHECK_DOT_CHIP] = "chip", [CHECK_DOT_DYNAMIC] = "dynamic", [CHECK_DOT_ALL] = "all"};

bool check_dot_read(struct check_dot *w, const char *value)
{
    *w = (struct check_dot) {.what = CHECK_DOT_BEST};
    if (!value) {
        return true;
    }
    for (uint32_t i = CHECK_DOT_SERVER; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(value, names[i]) == 0) {
            w->what = (enum check_dot_what)i;
            return true;
        }
    }
    uint64_t chip;
    if (strncmp(value, "chip", 4) != 0 || text_parse_u64(value + 4, &chip) || chip > UINT32_MAX) {
        return false;
    }
    w->what = CHECK_DOT_CHIP;
    w->chip = (uint32_t)chip;
    return true;
}

static int draw_network(const struct check_dot *w, const struct config *c, struct text *out, struct diag *d)
{
    if ((w->what != CHECK_DOT_BEST && w->what != CHECK_DOT_CHIP) || w->chip > 0) {
        diag_add(d, "", 0, 0, "--dot", "the network of a chip alone has no other drawing; allowed: chip");
        return SIM_ERR_INPUT;
    }
    struct network n;
    int rc = network_resolve(&n, c, d);
    if (rc == SIM_OK) {
        network_dot(&n, out);
    }
    network_free(&n);
    return rc;
}

/* Of several presets the first: their networks differ in nothing that is drawn. */
static int draw_dynamic(const struct config *c, const struct machine *m, struct text *out, struct diag *d)
{
    struct dynamic_machine dynamic;
    if (c->dynamic.preset.n == 0) {
        diag_add(d, "", 0, 0, "--dot", "there is no dynamic machine; machines.dynamic.preset names one");
        return SIM_ERR_INPUT;
    }
    int rc = dynamic_resolve(&dynamic, m, c, c->dynamic.preset.value[0], d);
    if (rc == SIM_OK) {
        dynamic_dot(&dynamic, m, out);
    }
    return rc;
}

int check_dot_draw(const struct check_dot *w, const struct config *c, const struct machine *m, struct text *out,
                   struct diag *d)
{
    if (!m) {
        return draw_network(w, c, out, d);
    }
    if (w->chip >= m->chips) {
        diag_add(d, "", 0, 0, "--dot", "there is no chip%u; allowed: chip0..chip%u", w->chip, m->chips - 1);
        return SIM_ERR_INPUT;
    }
    if (w->what == CHECK_DOT_DYNAMIC) {
        return draw_dynamic(c, m, out, d);
    }
    if (w->what == CHECK_DOT_ALL) {
        machine_dot_all(m, out);
    } else if (w->what == CHECK_DOT_SERVER || (w->what == CHECK_DOT_BEST && m->chips > 1)) {
        machine_dot_server(m, out);
    } else {
        machine_dot_chip(m, w->chip, out);
    }
    return SIM_OK;
}
