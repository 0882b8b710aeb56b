/* SPDX-License-Identifier: Apache-2.0 */
/* run_trace_text.h - words of the trace format that writer and reader share. */
#ifndef SIM_TRACE_RUN_TRACE_TEXT_H
#define SIM_TRACE_RUN_TRACE_TEXT_H

#define TRACE_MAGIC     "bpsim-trace"
#define TRACE_VERSION   1u
#define TRACE_NONE      "-" /* an index that points nowhere; a hash that is not there */
#define TRACE_CONTROL   "=" /* schedule entries, in the place of a chunk */
#define TRACE_FILES_MAX 8u
#define TRACE_FILE_MAX  67108864u

#endif
