/* SPDX-License-Identifier: Apache-2.0 */
/* run_trace_write.c - a trace as text, by the tables of the .bps layout. */
#include <inttypes.h>

#include "sim/base/error.h"
#include "sim/schedule/bps_layout.h"
#include "sim/trace/out_stream.h"
#include "sim/trace/run_trace.h"
#include "sim/trace/run_trace_text.h"

static void write_field(const struct bps_field *f, const unsigned char *item, struct out_stream *s)
{
    if (f->kind == BPS_HASH) {
        const char *hash = (const char *)item + f->offset;
        out_text(s, *hash ? hash : TRACE_NONE);
        return;
    }
    uint64_t value = bps_field_get(f, item);
    if (f->kind == BPS_U32 && value == SCHED_NONE) {
        out_text(s, TRACE_NONE);
    } else if (f->kind == BPS_U32 && value == SCHED_CONTROL) {
        out_text(s, TRACE_CONTROL);
    } else {
        out_u64(s, value);
    }
}

static void write_section(const struct bps_section *c, const struct schedule *sched, const struct sched_program *p,
                          struct out_stream *s)
{
    struct bps_array a = bps_array_of(c, sched, p);
    out_printf(s, "%s %zu\n", c->tag, a.count);
    for (size_t i = 0; i < a.count; i++) {
        for (uint32_t k = 0; k < c->n_fields; k++) {
            if (k) {
                out_text(s, " ");
            }
            write_field(&c->fields[k], a.items + i * c->struct_bytes, s);
        }
        out_text(s, "\n");
    }
}

static void write_strings(const struct schedule *sched, struct out_stream *s)
{
    size_t n = BPS_META_STRINGS + sched->machine.n_links;
    out_printf(s, "%s %zu\n", bps_sections[SECTION_TEXT].tag, n);
    for (size_t i = 0; i < n; i++) {
        out_text(s, bps_string(sched, i));
        out_text(s, "\n");
    }
}

static void write_files(const struct run_trace *t, struct out_stream *s)
{
    out_printf(s, "files %zu\n", t->n_files);
    for (size_t i = 0; i < t->n_files; i++) {
        out_printf(s, "file %zu %s\n", t->files[i].bytes, t->files[i].name);
        out_bytes(s, t->files[i].data, t->files[i].bytes);
        out_text(s, "\n");
    }
}

int run_trace_write(const struct run_trace *t, const char *path, struct diag *d)
{
    struct out_stream *s;
    const struct schedule *sched = &t->schedule;
    int rc = out_open(&s, path, d);
    if (rc) {
        return rc;
    }
    out_printf(s, "%s %u\n", TRACE_MAGIC, TRACE_VERSION);
    out_printf(s, "run %" PRIu64 " %016" PRIx64 " %016" PRIx64 "\n", t->makespan, t->output_checksum,
               t->numeric_checksum);
    out_printf(s, "programs %zu recorded %" PRIu32 "\n", sched->n_programs, sched->repeats[sched->n_repeats - 1]);
    write_files(t, s);
    for (int i = SECTION_META; i < SECTION_PROG; i++) {
        if (i == SECTION_TEXT) {
            write_strings(sched, s);
        } else {
            write_section(&bps_sections[i], sched, NULL, s);
        }
    }
    for (size_t p = 0; p < sched->n_programs; p++) {
        out_printf(s, "program %zu\n", p);
        for (int i = SECTION_PROG; i < SECTION_COUNT; i++) {
            write_section(&bps_sections[i], sched, &sched->programs[p], s);
        }
    }
    out_text(s, "end\n");
    return out_commit(s, d);
}
