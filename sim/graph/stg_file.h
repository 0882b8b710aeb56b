/* SPDX-License-Identifier: Apache-2.0 */
/* stg_file.h - files of the Standard Task Graph Set (Tobita and Kasahara, J. Scheduling 5(5), 2002): tasks with
 * processing times and predecessors, without communication. For sim/graph only.
 *
 *     text --stg_file_parse--> generic nodes (the two dummies left out) and the line of each */
#ifndef SIM_GRAPH_STG_FILE_H
#define SIM_GRAPH_STG_FILE_H

#include "sim/graph/graph_build.h"

#define STG_MAX_FILE_BYTES ((size_t)64 << 20)

struct stg_file {
    struct generic_nodes nodes; /* cycles: processing times as they stand in the file */
    uint32_t *line;             /* of node v, 1-based */
    uint32_t first_id;          /* node v is task first_id + v of the file */
    uint32_t lines;             /* last line that was read */
};

/* Text of `bytes` bytes that came from `path`. 0, or SIM_ERR_INPUT with a message; then *f is empty. That the
 * predecessors make no cycle is not checked. */
int stg_file_parse(struct stg_file *f, const char *path, const char *data, size_t bytes, struct diag *d);
void stg_file_free(struct stg_file *f);

#endif
