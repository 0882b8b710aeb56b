/* SPDX-License-Identifier: Apache-2.0 */
/* run_options.c - the command line of `bpsim run`. */
#include "sim/cli/run_options.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/text.h"
#include "sim/cli/options.h"

enum {
    SET,
    MACHINE,
    POLICY,
    START,
    OUT,
    JOBS,
    JSON,
    SCHEDULE,
    NO_VERIFY,
    INJECT,
    ON_VIOLATION,
    KEEP,
    VCD,
    VCD_SCOPE,
    VCD_WINDOW,
    EXPLAIN,
    PROGRESS,
    QUIET,
    CROSS_CHECK,
    SHUFFLE,
    NO_SLEEP,
    LOSE_SIGNAL,
    CHILD,
    CHILD_VCD
};

static const struct cli_option options[] = {
    [SET] = {"set", 's', "KEY=VALUE", "give a key: chip.units.rows=16; may be repeated, later ones win"},
    [MACHINE] = {"machine", 'm', "GLOB",
                 "run only machines that match: phase.list, 'dynamic.*', phase; may be repeated"},
    [POLICY] = {"policy", 'p', "NAME",
                "schedule policy of the phase machine instead of the configuration's: levels, barrier, list; may be "
                "repeated"},
    [START] = {"start", 0, "NAME", "cold or steady instead of the configuration's; may be repeated"},
    [OUT] = {"out", 'o', "DIR", "folder for the results; default results/NAME"},
    [JOBS] = {"jobs", 'j', "N", "processes at a time; default: one per core"},
    [JSON] = {"json", 0, NULL, "print results.json on stdout instead of the table"},
    [SCHEDULE] = {"schedule", 0, "FILE",
                  "run this .bps instead of compiling one, on the phase machine alone; it is verified first"},
    [NO_VERIFY] = {"no-verify", 0, NULL, "run the given schedule whatever the verifier would say"},
    [INJECT] = {"inject", 0, "C:L:T:D",
                "delay by D cycles what enters the link from chip C to chip L at or after cycle T, or, where L is "
                "unitU, make the next task of that unit take D cycles longer; may be repeated"},
    [ON_VIOLATION] = {"on-violation", 0, "WHAT",
                      "phase machines: halt (exit 5) or stall (counted), instead of the configuration's"},
    [KEEP] = {"keep-schedules", 0, NULL, "write each schedule to DIR/NAME.bps"},
    [VCD] = {"vcd", 0, "FILE", "write a waveform, gzip when it ends in .gz; several runs: FILE.NAME.vcd"},
    [VCD_SCOPE] = {"vcd-scope", 0, "GLOB",
                   "only signals in scopes that match: 'chip0.unit*', '*.bit', 'chip0.l2_5'; may be repeated"},
    [VCD_WINDOW] = {"vcd-window", 0, "A:B", "only cycles A to B; either may be left out"},
    [EXPLAIN] = {"explain", 0, NULL, "show every cause with its meaning"},
    [PROGRESS] = {"progress", 0, "HOW", "auto, plain or none"},
    [QUIET] = {"quiet", 'q', NULL, "no table, no progress"},
    [CROSS_CHECK] = {"cross-check", 0, NULL,
                     "phase machines: walk every flit and cycle beside the intervals; they must agree"},
    [SHUFFLE] = {"debug-shuffle", 0, "SEED", "evaluate in another order; results must not change"},
    [NO_SLEEP] = {"debug-no-sleep", 0, NULL, "evaluate every box in every cycle; results must not change"},
    [LOSE_SIGNAL] = {"debug-lose-signal", 0, NULL,
                     "dynamic machines: one signal of the work is never sent; must end with exit code 4"},
    [CHILD] = {"child", 0, "NAME", NULL},
    [CHILD_VCD] = {"child-vcd", 0, "FILE", NULL},
};

static const struct cli_usage usage = {
    "run",
    "CONFIG",
    "Simulates every machine of a configuration, cold and steady, each in a process of its own; what phase machines\n"
    "run is compiled and verified first.\n"
    "Prints a table; writes results.json, CSV files and the effective configuration config.yaml to a folder.",
    options,
    sizeof options / sizeof options[0],
    "exit codes: 0 done; 2 bad input or a refused schedule; 3 the machine cannot be built; 4 no progress;\n"
    "5 schedule violated, wrong data read, or runs disagree about the work;\n"
    "130 and 143 interrupted (partial results, marked); 1 anything else",
};

bool run_window_parse(const char *s, uint64_t *from, uint64_t *to)
{
    const char *colon = strchr(s, ':');
    if (!colon) {
        return false;
    }
    char *first = mem_printf("%.*s", (int)(colon - s), s);
    *from = *to = 0;
    bool good = (!*first || text_parse_u64(first, from) == 0) && (!colon[1] || text_parse_u64(colon + 1, to) == 0) &&
                (!colon[1] || *to > *from) && *from < UINT32_MAX * UINT64_C(1000) && *to < UINT32_MAX * UINT64_C(1000);
    free(first);
    return good;
}

#define INJECTION_MOST (UINT64_C(1) << 40) /* cycles: far beyond any run, and sums of some do not overflow */

bool run_injection_parse(const char *s, struct phase_injection *out)
{
    static const char unit[] = "unit";
    uint64_t numbers[4];
    bool task = false;
    for (int i = 0; i < 4; i++) {
        if (i == 1 && strncmp(s, unit, sizeof unit - 1) == 0) {
            task = true;
            s += sizeof unit - 1;
        }
        size_t n = strcspn(s, ":");
        char *word = mem_printf("%.*s", (int)n, s);
        bool good = (s[n] == ':') == (i < 3) && text_parse_u64(word, &numbers[i]) == 0;
        free(word);
        if (!good || numbers[i] > (i < 2 ? UINT32_MAX : INJECTION_MOST)) {
            return false;
        }
        s += n + (i < 3);
    }
    *out = (struct phase_injection) {(uint32_t)numbers[0], (uint32_t)numbers[1], numbers[2], numbers[3], task};
    return true;
}

static bool stop(struct cli_parser *p, int exit_code)
{
    p->done = true;
    p->exit_code = exit_code;
    return false;
}

static bool read_structured(struct run_options *o, struct cli_parser *p, int i)
{
    uint64_t jobs = 0;
    switch (i) {
    case JOBS:
        if (!cli_number(p, "jobs", 1, 4096, &jobs)) {
            return false;
        }
        o->jobs = (uint32_t)jobs;
        return true;
    case SHUFFLE:
        return cli_number(p, "debug-shuffle", 0, UINT64_MAX, &o->shuffle_seed);
    case INJECT:
        if (!run_injection_parse(p->value, VEC_PUSH(o, injections))) {
            return stop(p,
                        cli_refuse(&usage, "--inject: %s is not CHIP:NEIGHBOUR:CYCLE:DELAY or CHIP:unitU:CYCLE:DELAY",
                                   p->value));
        }
        return true;
    case VCD_WINDOW:
        if (!run_window_parse(p->value, &o->vcd_from, &o->vcd_to)) {
            return stop(p, cli_refuse(&usage, "--vcd-window: %s is not A:B with A < B, in cycles", p->value));
        }
        return true;
    default:
        return cli_progress(p, &o->progress);
    }
}

/* Options whose value is taken as it is. */
static bool read_plain(struct run_options *o, const char *value, int i)
{
    const char **text = NULL;
    bool *flag = NULL;
    /* clang-format off */
    switch (i) {
    case SET:          text = VEC_PUSH(o, sets); break;
    case MACHINE:      text = VEC_PUSH(o, machines); break;
    case POLICY:       text = VEC_PUSH(o, policies); break;
    case START:        text = VEC_PUSH(o, starts); break;
    case OUT:          text = &o->out; break;
    case SCHEDULE:     text = &o->schedule; break;
    case ON_VIOLATION: text = &o->on_violation; break;
    case VCD:          text = &o->vcd; break;
    case VCD_SCOPE:    text = VEC_PUSH(o, vcd_scopes); break;
    case CHILD:        text = &o->child; break;
    case CHILD_VCD:    text = &o->child_vcd; break;
    case JSON:         flag = &o->json; break;
    case NO_VERIFY:    flag = &o->no_verify; break;
    case KEEP:         flag = &o->keep_schedules; break;
    case EXPLAIN:      flag = &o->explain; break;
    case QUIET:        flag = &o->quiet; break;
    case CROSS_CHECK:  flag = &o->cross_check; break;
    case NO_SLEEP:     flag = &o->never_sleep; break;
    case LOSE_SIGNAL:  flag = &o->lose_signal; break;
    default:           return false;
    }
    /* clang-format on */
    if (text) {
        *text = value;
    }
    if (flag) {
        *flag = true;
    }
    return true;
}

static int combination(const struct run_options *o)
{
    if (o->no_verify && !o->schedule) {
        return cli_refuse(&usage, "--no-verify goes with --schedule");
    }
    if (o->schedule && (o->n_machines || o->n_policies || o->n_starts || o->keep_schedules)) {
        return cli_refuse(&usage, "--schedule is one machine and one start: no --machine, --policy, --start or "
                                  "--keep-schedules beside it");
    }
    if (o->on_violation && strcmp(o->on_violation, "halt") != 0 && strcmp(o->on_violation, "stall") != 0) {
        return cli_refuse(&usage, "--on-violation: %s is not halt or stall", o->on_violation);
    }
    if (!o->vcd && (o->n_vcd_scopes || o->vcd_from || o->vcd_to)) {
        return cli_refuse(&usage, "--vcd-scope and --vcd-window go with --vcd");
    }
    if (o->out && !*o->out) {
        return cli_refuse(&usage, "--out: the name of the folder is empty");
    }
    return 0;
}

bool run_options_read(struct run_options *o, int argc, char **argv, int *exit_code)
{
    struct cli_parser p;
    memset(o, 0, sizeof *o);
    cli_begin(&p, &usage, argc, argv);
    for (int i; (i = cli_next(&p)) >= 0;) {
        if (!read_plain(o, p.value, i) && !read_structured(o, &p, i)) {
            break;
        }
    }
    *exit_code = p.done ? p.exit_code : cli_want_operands(&p, 1);
    if (p.done || *exit_code) {
        return true;
    }
    o->config = p.operands[0];
    *exit_code = combination(o);
    return *exit_code != 0;
}

void run_options_free(struct run_options *o)
{
    free(o->sets);
    free(o->machines);
    free(o->policies);
    free(o->starts);
    free(o->injections);
    free(o->vcd_scopes);
    memset(o, 0, sizeof *o);
}
