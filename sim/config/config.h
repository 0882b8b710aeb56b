/* SPDX-License-Identifier: Apache-2.0 */
/* config.h - configuration files: YAML in, a checked struct config out.
 *
 *     file, its includes, --set --> tree --> struct config --> effective configuration (text)
 *
 * All mistakes of a file are reported in one go as file:line:col: key: what is wrong, what is
 * allowed. line and col are those of the value, of the key when it is unknown, of the mapping when
 * something is missing. Messages come in the order of files (as they were read), lines and columns;
 * those about --set come last with file "--set" and line 0. Rules: docs/config.md. */
#ifndef SIM_CONFIG_CONFIG_H
#define SIM_CONFIG_CONFIG_H

#include "sim/base/diag.h"
#include "sim/base/text.h"
#include "sim/machine/params.h"

/* Reads and checks a configuration. `sets` are `key=value` as given to --set, later ones win.
 * 0, or SIM_ERR_INPUT / SIM_ERR_IO with messages; `c` may be given to config_free in any case. */
int config_load(const char *path, const char *const *sets, size_t n_sets, struct config *c, struct diag *d);

/* What a configuration is read for. */
enum config_use {
    CONFIG_FOR_ALL,     /* every machine that it names */
    CONFIG_FOR_PHASE,   /* a phase machine too, whether the file names one or not */
    CONFIG_FOR_DYNAMIC, /* dynamic machines alone: rules of the phase machine's buffers need not hold */
    CONFIG_FOR_MEMORY,  /* the memory system of one chip of a dynamic machine: no other chips' messages either */
    /* The network of a chip: only version, chip.units.rows and cols must be given, and what nothing reads may stand
     * there. Of `c`, top, units.rows, units.cols, noc and router can be read; a network that arbitrates can be made of
     * them (sim/machine/network.h). */
    CONFIG_FOR_NETWORK,
    /* All, or a network alone where the file gives neither memory nor anything besides the chip (version and name,
     * chip.units, chip.noc). c->network_only says which. */
    CONFIG_FOR_EITHER,
};
int config_load_for(enum config_use use, const char *path, const char *const *sets, size_t n_sets, struct config *c,
                    struct diag *d);
void config_free(struct config *c);

/* Messages from number `from` on that name a key or block and no file get the place of that key: what
 * turns out wrong only when the machine or the work is made. */
void config_locate(const struct config *c, struct diag *d, size_t from);

/* Effective configuration: every value that something reads (of a network alone those of the network), with units, no
 * includes, in the order of the lists. Loading it gives the same text again, byte for byte. A workload file stands
 * there by its last name and with its SHA-256, so the text does not depend on where things lie. */
void config_write(const struct config *c, struct text *out);

/* SHA-256 of the effective configuration. */
void config_hash(const struct config *c, char hex[65]);

/* Writes the effective configuration to `path`, and the workload file, if there is one, beside it. */
int config_save(const struct config *c, const char *path, struct diag *d);

/* Parameters of a block and those below it ("chip.noc"; NULL or "" = all), as text for a terminal or
 * as JSON. SIM_ERR_INPUT and a message when there is no such block. */
int config_describe(struct text *out, const char *block, struct diag *d);
int config_describe_json(struct text *out, const char *block, struct diag *d);

/* JSON Schema (2020-12) for editors; the text of docs/config.md. */
void config_schema_json(struct text *out);
void config_docs_markdown(struct text *out);

#endif
