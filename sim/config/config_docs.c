/* SPDX-License-Identifier: Apache-2.0 */
/* config_docs.c - docs/config.md from the parameter lists. */
#include <string.h>

#include "sim/config/config.h"
#include "sim/config/config_describe.h"
#include "sim/config/config_reader.h"
#include "sim/config/quantity.h"

/* clang-format off */
static const char head[] =
"# Configuration\n"
"\n"
"<!-- Generated: bpsim describe --markdown. Change the lists in sim/machine/params.h instead. -->\n"
"\n"
"One YAML file describes a server, the machines that are compared on it, the work and the run. A small complete one is\n"
"`configs/run/quickstart.yaml`; `bpsim check FILE` says everything that is wrong with a file, `bpsim describe [BLOCK]`\n"
"prints what stands here, `bpsim describe --schema` a JSON Schema for editors.\n"
"\n"
"## How a file is read\n"
"\n"
"- **Quantities** carry units: `1.5 GHz`, `450 GB/s`, `150 ns`, `512 KiB`. They are exact: a text that is no whole number\n"
"  of Hz, bytes per second, femtoseconds or bytes is refused. `kB MB GB TB` are powers of 1000, `KiB MiB GiB` of 1024;\n"
"  `b` is a bit, `B` a byte. `0` needs no unit.\n"
"- **Includes.** `include: ../server/ring4.yaml` may stand in any map; the path is relative to the file that holds it.\n"
"  Keys beside `include` are laid over the included ones, map by map. No file may include itself, on any way.\n"
"- **`null`** (or `~`) takes a key away, as if it had not been given: `--set server.fabric=null`.\n"
"- **`--set chip.units.rows=16`** gives a key on the command line, after all files; the value is YAML. A map given so\n"
"  replaces the whole map. Paths in it are relative to the current folder.\n"
"- **Nothing is ignored.** Unknown keys are errors, and so are keys that no block of the described server could read\n"
"  (\"read when\" below). A key given twice, anchors, aliases, merge keys and tags are errors.\n"
"- **Bounds.** A file has at most 1 MiB, 32 levels, 5000 values; at most 64 files are included.\n"
"- **Errors** look like `chip.yaml:14:9: chip.noc.router.vcs: 0 is outside 1..32`: file, line and column of the value (of\n"
"  the key when it is unknown, of the map when something is missing), full key, what is wrong, what is allowed. All\n"
"  mistakes are told in one go, in the order of files, lines and columns; those of `--set` come last. Exit code 2.\n"
"\n"
"## Effective configuration\n"
"\n"
"Each run writes the configuration that it used: every value that something reads, with units, no includes, presets and\n"
"`auto` resolved, in the order of this page (`bpsim check FILE --effective`). It runs again to the same results, and\n"
"reading it gives the same text byte for byte. `config_hash` is its SHA-256. A workload file is copied beside it and stands\n"
"in it by its last name and its SHA-256 (`workload.file_sha256`, compared when it is given), so that neither text nor hash\n"
"depends on where files lie.\n";

static const char rules[] =
"\n"
"## What must hold between keys\n"
"\n"
"- `chip.units.count` = rows x cols; `chip.units.macs_per_cycle` = engine.m x n x k; at most 65536 units in all.\n"
"- `chip.memory.bandwidth` = channels x width x pin rate of `timing`: hbm2 128 bit x 2.0 Gb/s = 32 GB/s, hbm2e 128 bit x\n"
"  3.2 Gb/s = 51.2 GB/s, hbm3 64 bit x 6.4 Gb/s = 51.2 GB/s per channel.\n"
"- `chip.noc.flit` is a power of two; `max_burst` and `staging` are multiples of it; `staging` holds `staging_slots` bursts\n"
"  and is smaller than a unit's SRAM: where a phase machine is among those that run (`bpsim run --machine 'dynamic.*'`,\n"
"  `mem` and `micro` have none). A ring network has at most 1000 routers.\n"
"- Blocks of `concentration` units fill the grid. A fat tree has `concentration`^n units; crossbars have concentration 1,\n"
"  and that of a dynamic machine ignores it. A partitioned crossbar has at least two units. A server has at most 2097152\n"
"  links between routers.\n"
"- `bpsim noc` needs no more than `version`, `chip.units.rows` and `cols`; a torus and a ring need two virtual channels\n"
"  there, one for each side of the dateline, an adaptive torus four. A ring with detours (`valiant`, `adaptive`) has at\n"
"  most 254 routers. `bpsim check` takes a file with a chip, no `chip.memory` and nothing besides for such a network.\n"
"- `machines.phase.guard_cycles` is `auto` or at least what drift and skew need: of drift 0 when all chips drift alike, else\n"
"  ceil(align_interval x (largest - smallest drift_ppb) / 10^9) + 1; where all are fast (drift_ppb below 0)\n"
"  ceil(F x -largest / 10^9), F: cycles of the longest burst between chips; and largest - smallest skew_cycles.\n"
"- `server.dead_units` leaves each chip a unit that works, `server.dead_links` a way between any two chips; nothing is named\n"
"  twice, and switches that add have all of their links.\n"
"- Machines that are named run: the policies of `machines.phase`, the presets of `machines.dynamic`; without both all\n"
"  policies do. `none` takes all of one kind away, not of both.\n"
"- `chip.noc.router.vcs` is at least the number of virtual networks: 2 (vi), 3 (mesi); twice that in a server of several\n"
"  chips on all networks but a crossbar; twice that again on a torus and a ring (the two sides of the dateline). `machines.dynamic.l1.mshrs` is 2 and more under mesi: a line that is put back has one too. Registers, shared memory and L1 of an SM are less than `chip.units.sram`. With neither given, L1 is 1/16 and shared memory 3/16 of it; with one given\n"
"  below a quarter, the other is what it leaves of the quarter.\n"
"- A bandwidth must be a fraction of bytes per cycle whose denominator is at most 10^12: a number with few digits is.\n"
"- `workload.heads` divides `d_model`; `workload.kernel` is odd and not larger than the image.\n"
"- `workload.parallel.tensor` <= `server.chips`, and <= heads (transformer), hidden (mlp), nodes (random).\n"
"- `workload.parallel.tensor` x `pipeline` = `server.chips` where `pipeline` > 1, with as many layers (operations, where a\n"
"  graph has no layers) at least; `micro_batches` divides `workload.batch` (transformer, cnn, mlp). `parallel: auto`: docs/model/parallel.md.\n"
"- A steady run has at least 2 `run.repeats`.\n"
"- A server of one chip has no `server.fabric`.\n";
/* clang-format on */

static void row(const struct param *p, struct text *out)
{
    struct text def = {0};
    struct text allowed = {0};
    describe_default(p, &def);
    describe_allowed(p, &allowed);
    text_printf(out, "| `%s` | %s | %s | %s | %s%s%s%s%s%s%s |\n", p->name, describe_type(p->type), def.s, allowed.s,
                p->meaning, *p->source ? " (" : "", p->source, *p->source ? ")" : "", *p->when ? "; read when `" : "",
                p->when, *p->when ? "`" : "");
    text_free(&def);
    text_free(&allowed);
}

static void blocks(struct text *out)
{
    for (uint32_t b = 0; b < BLOCK_COUNT; b++) {
        const struct param_block *block = &config_blocks[b];
        text_printf(out, "\n### %s%s%s\n\n%c%s.\n\n", *block->path ? "`" : "", *block->path ? block->path : "Top",
                    *block->path ? "`" : "", block->meaning[0] - ('a' - 'A') * (block->meaning[0] >= 'a'),
                    block->meaning + 1);
        text_add(out, "| key | type | default | allowed | meaning |\n| --- | --- | --- | --- | --- |\n");
        for (uint32_t i = 0; i < block->n_params; i++) {
            row(&block->params[i], out);
        }
    }
}

static void types(struct text *out)
{
    static const struct {
        enum param_type type;
        const char *meaning;
    } quantities[] = {{PARAM_hz, "whole Hz"},
                      {PARAM_rate, "whole bytes per second"},
                      {PARAM_fs, "whole femtoseconds"},
                      {PARAM_bytes, "whole bytes"}};
    text_add(out, "\n## Types\n\n| type | written as | units |\n| --- | --- | --- |\n"
                  "| number | a whole number | - |\n"
                  "| numbers | one whole number for all chips, or a list with one per chip | - |\n"
                  "| name | one of the names | - |\n"
                  "| names | one of the names or a list of them; one run per combination | - |\n"
                  "| ratio | a decimal number, 0.25 or 1e-12, whole parts of 1e-18 | - |\n"
                  "| text | text | - |\n"
                  "| texts | a text or a list of them; `none` and an empty list: none | - |\n");
    for (size_t i = 0; i < sizeof quantities / sizeof quantities[0]; i++) {
        text_printf(out, "| %s | number and unit, %s | ", describe_type(quantities[i].type), quantities[i].meaning);
        quantity_units(quantities[i].type, out);
        text_add(out, " |\n");
    }
}

static void presets(struct text *out)
{
    text_add(out, "\n## Presets\n\nA preset of `workload.preset` sets these keys where the file does not:\n\n"
                  "| preset | kind | keys |\n| --- | --- | --- |\n");
    for (uint32_t i = 0; i < preset_value_count; i++) {
        const struct preset_value *v = &preset_values[i];
        bool first = i == 0 || v[-1].preset != v->preset;
        if (first) {
            text_printf(out, "| %s | %s | ", workload_preset_choices.names[v->preset],
                        workload_kind_choices.names[v->kind]);
        }
        text_printf(out, "%s%s %s", first ? "" : ", ", strrchr(v->key, '.') + 1, v->text);
        if (i + 1 == preset_value_count || v[1].preset != v->preset) {
            text_add(out, " |\n");
        }
    }
}

void config_docs_markdown(struct text *out)
{
    text_add(out, head);
    types(out);
    text_add(out, "\n## Keys\n");
    blocks(out);
    presets(out);
    text_add(out, rules);
}
