/* SPDX-License-Identifier: Apache-2.0 */
/* bps_layout.c - the tables of docs/formats/bps.md. */
#include "sim/schedule/bps_layout.h"

#include <string.h>

#include "sim/base/error.h"

/* clang-format off */
#define OF(type, member) (uint32_t)offsetof(struct type, member)

static const struct bps_field meta_fields[] = {
    {"work_hash",      OF(schedule, work_hash),      BPS_HASH, RANGE_ANY},
    {"tasks_hash",     OF(schedule, tasks_hash),     BPS_HASH, RANGE_ANY},
    {"lower_bound",    OF(schedule, lower_bound),    BPS_U64,  RANGE_CYCLE},
    {"schedule_bound", OF(schedule, schedule_bound), BPS_U64,  RANGE_CYCLE},
    {"iterations",     OF(schedule, iterations),     BPS_U32,  RANGE_ANY},
    {"local_timers",   OF(schedule, local_timers),   BPS_BOOL, RANGE_BIT},
};

static const struct bps_field machine_fields[] = {
    {"clock_hz",          OF(sched_machine, clock_hz),          BPS_U64, RANGE_ANY},
    {"period_fs",         OF(sched_machine, period_fs),         BPS_U64, RANGE_ANY},
    {"launch_cycles",     OF(sched_machine, launch_cycles),     BPS_U64, RANGE_CYCLE},
    {"align_interval",    OF(sched_machine, align_interval),    BPS_U64, RANGE_CYCLE},
    {"chips",             OF(sched_machine, chips),             BPS_U32, RANGE_ANY},
    {"units_per_chip",    OF(sched_machine, units_per_chip),    BPS_U32, RANGE_ANY},
    {"channels_per_chip", OF(sched_machine, channels_per_chip), BPS_U32, RANGE_ANY},
    {"ports_per_chip",    OF(sched_machine, ports_per_chip),    BPS_U32, RANGE_ANY},
    {"routers_per_chip",  OF(sched_machine, routers_per_chip),  BPS_U32, RANGE_ANY},
    {"sram_bytes",        OF(sched_machine, sram_bytes),        BPS_U32, RANGE_ANY},
    {"flit_bytes",        OF(sched_machine, flit_bytes),        BPS_U32, RANGE_ANY},
    {"staging_bytes",     OF(sched_machine, staging_bytes),     BPS_U32, RANGE_ANY},
    {"max_burst",         OF(sched_machine, max_burst),         BPS_U32, RANGE_ANY},
    {"toggle_cycles",     OF(sched_machine, toggle_cycles),     BPS_U32, RANGE_ANY},
    {"broadcast_cycles",  OF(sched_machine, broadcast_cycles),  BPS_U32, RANGE_ANY},
    {"guard_cycles",      OF(sched_machine, guard_cycles),      BPS_U32, RANGE_ANY},
    {"dram.rate.num",     OF(sched_machine, dram.rate.num),     BPS_U64, RANGE_ANY},
    {"dram.rate.den",     OF(sched_machine, dram.rate.den),     BPS_U64, RANGE_ANY},
    {"dram.banks",        OF(sched_machine, dram.banks),        BPS_U32, RANGE_ANY},
    {"dram.groups",       OF(sched_machine, dram.groups),       BPS_U32, RANGE_ANY},
    {"dram.row_bytes",    OF(sched_machine, dram.row_bytes),    BPS_U32, RANGE_ANY},
    {"dram.burst_bytes",  OF(sched_machine, dram.burst_bytes),  BPS_U32, RANGE_ANY},
    {"dram.rcd",          OF(sched_machine, dram.rcd),          BPS_U32, RANGE_ANY},
    {"dram.rp",           OF(sched_machine, dram.rp),           BPS_U32, RANGE_ANY},
    {"dram.ras",          OF(sched_machine, dram.ras),          BPS_U32, RANGE_ANY},
    {"dram.rrd_s",        OF(sched_machine, dram.rrd_s),        BPS_U32, RANGE_ANY},
    {"dram.rrd_l",        OF(sched_machine, dram.rrd_l),        BPS_U32, RANGE_ANY},
    {"dram.ccd_s",        OF(sched_machine, dram.ccd_s),        BPS_U32, RANGE_ANY},
    {"dram.ccd_l",        OF(sched_machine, dram.ccd_l),        BPS_U32, RANGE_ANY},
    {"dram.faw",          OF(sched_machine, dram.faw),          BPS_U32, RANGE_ANY},
    {"dram.wr",           OF(sched_machine, dram.wr),           BPS_U32, RANGE_ANY},
    {"dram.wtr_s",        OF(sched_machine, dram.wtr_s),        BPS_U32, RANGE_ANY},
    {"dram.wtr_l",        OF(sched_machine, dram.wtr_l),        BPS_U32, RANGE_ANY},
    {"dram.rtp",          OF(sched_machine, dram.rtp),          BPS_U32, RANGE_ANY},
    {"dram.cl",           OF(sched_machine, dram.cl),           BPS_U32, RANGE_ANY},
    {"dram.cwl",          OF(sched_machine, dram.cwl),          BPS_U32, RANGE_ANY},
    {"dram.rfc",          OF(sched_machine, dram.rfc),          BPS_U32, RANGE_ANY},
    {"dram.refi",         OF(sched_machine, dram.refi),         BPS_U32, RANGE_ANY},
    {"dram.interleave",   OF(sched_machine, dram.interleave),   BPS_U32, RANGE_ANY},
};

static const struct bps_field endpoint_fields[] = {
    {"kind",      OF(sched_endpoint, kind),      BPS_U32, RANGE_KIND},
    {"chip",      OF(sched_endpoint, chip),      BPS_U32, RANGE_CHIP},
    {"router",    OF(sched_endpoint, router),    BPS_U32, RANGE_ROUTER},
    {"inject",    OF(sched_endpoint, inject),    BPS_U32, RANGE_LINK},
    {"eject",     OF(sched_endpoint, eject),     BPS_U32, RANGE_LINK},
    {"host_unit", OF(sched_endpoint, host_unit), BPS_U32, RANGE_UNIT},
    {"neighbour", OF(sched_endpoint, neighbour), BPS_U32, RANGE_LINK_OR_NONE},
};

static const struct bps_field link_fields[] = {
    {"type",      OF(sched_link, type),      BPS_U32, RANGE_LINK_TYPE},
    {"from_node", OF(sched_link, from_node), BPS_U32, RANGE_ANY},
    {"to_node",   OF(sched_link, to_node),   BPS_U32, RANGE_ANY},
    {"latency",   OF(sched_link, latency),   BPS_U32, RANGE_ANY},
    {"rate.num",  OF(sched_link, rate.num),  BPS_U64, RANGE_ANY},
    {"rate.den",  OF(sched_link, rate.den),  BPS_U64, RANGE_ANY},
};

static const struct bps_field task_fields[] = {
    {"op",            OF(sched_task, op),            BPS_U32, RANGE_ANY},
    {"chip",          OF(sched_task, chip),          BPS_U32, RANGE_CHIP},
    {"kind",          OF(sched_task, kind),          BPS_U32, RANGE_TASK_KIND},
    {"tensor",        OF(sched_task, tensor),        BPS_U32, RANGE_ANY},
    {"first_input",   OF(sched_task, first_input),   BPS_U32, RANGE_ANY},
    {"n_inputs",      OF(sched_task, n_inputs),      BPS_U32, RANGE_ANY},
    {"first_output",  OF(sched_task, first_output),  BPS_U32, RANGE_ANY},
    {"n_outputs",     OF(sched_task, n_outputs),     BPS_U32, RANGE_ANY},
    {"k_first",       OF(sched_task, k_first),       BPS_U32, RANGE_ANY},
    {"k_part",        OF(sched_task, k_part),        BPS_U32, RANGE_ANY},
    {"k_whole",       OF(sched_task, k_whole),       BPS_U32, RANGE_ANY},
    {"cycles",        OF(sched_task, cycles),        BPS_U64, RANGE_CYCLE},
    {"matrix_cycles", OF(sched_task, matrix_cycles), BPS_U64, RANGE_CYCLE},
    {"vector_cycles", OF(sched_task, vector_cycles), BPS_U64, RANGE_CYCLE},
    {"macs",          OF(sched_task, macs),          BPS_U64, RANGE_ANY},
    {"macs_padded",   OF(sched_task, macs_padded),   BPS_U64, RANGE_ANY},
};

static const struct bps_field chunk_fields[] = {
    {"tensor",   OF(sched_chunk, tensor),   BPS_U32, RANGE_ANY},
    {"producer", OF(sched_chunk, producer), BPS_U32, RANGE_TASK_OR_NONE},
    {"chip",     OF(sched_chunk, chip),     BPS_U32, RANGE_CHIP},
    {"bytes",    OF(sched_chunk, bytes),    BPS_U32, RANGE_ANY},
    {"k_part",   OF(sched_chunk, k_part),   BPS_U32, RANGE_ANY},
    {"k_whole",  OF(sched_chunk, k_whole),  BPS_U32, RANGE_ANY},
    {"flags",    OF(sched_chunk, flags),    BPS_U32, RANGE_FLAGS},
};

static const struct bps_field input_fields[] = {
    {"chunk",   OF(sched_input, chunk),   BPS_U32, RANGE_CHUNK},
    {"operand", OF(sched_input, operand), BPS_U32, RANGE_ANY},
};

static const struct bps_field repeat_fields[] = {
    {"program", 0, BPS_U32, RANGE_PROGRAM},
};

static const struct bps_field program_fields[] = {
    {"makespan", OF(sched_program, makespan), BPS_U64, RANGE_CYCLE},
};

static const struct bps_field op_fields[] = {
    {"task",   OF(sched_op, task),   BPS_U32, RANGE_TASK},
    {"unit",   OF(sched_op, unit),   BPS_U32, RANGE_UNIT},
    {"start",  OF(sched_op, start),  BPS_U64, RANGE_CYCLE},
    {"finish", OF(sched_op, finish), BPS_U64, RANGE_CYCLE},
    {"off",    OF(sched_op, off),    BPS_U64, RANGE_CYCLE},
};

static const struct bps_field transfer_fields[] = {
    {"chunk",     OF(sched_transfer, chunk),     BPS_U32, RANGE_CHUNK_OR_OTHER},
    {"offset",    OF(sched_transfer, offset),    BPS_U32, RANGE_ANY},
    {"bytes",     OF(sched_transfer, bytes),     BPS_U32, RANGE_ANY},
    {"flits",     OF(sched_transfer, flits),     BPS_U32, RANGE_ANY},
    {"class",     OF(sched_transfer, class_of),  BPS_U32, RANGE_CLASS},
    {"first_hop", OF(sched_transfer, first_hop), BPS_U32, RANGE_ANY},
    {"n_hops",    OF(sched_transfer, n_hops),    BPS_U32, RANGE_ANY},
};

static const struct bps_field hop_fields[] = {
    {"transfer", OF(sched_hop, transfer), BPS_U32, RANGE_TRANSFER},
    {"link",     OF(sched_hop, link),     BPS_U32, RANGE_LINK},
    {"parent",   OF(sched_hop, parent),   BPS_U32, RANGE_ANY},
    {"start",    OF(sched_hop, start),    BPS_U64, RANGE_CYCLE},
};

static const struct bps_field dram_fields[] = {
    {"channel",  OF(sched_dram_op, channel),  BPS_U32, RANGE_CHANNEL},
    {"command",  OF(sched_dram_op, command),  BPS_U32, RANGE_COMMAND},
    {"set",      OF(sched_dram_op, set),      BPS_U32, RANGE_ANY},
    {"row",      OF(sched_dram_op, row),      BPS_U32, RANGE_ANY},
    {"column",   OF(sched_dram_op, column),   BPS_U32, RANGE_ANY},
    {"count",    OF(sched_dram_op, count),    BPS_U32, RANGE_ANY},
    {"transfer", OF(sched_dram_op, transfer), BPS_U32, RANGE_TRANSFER_OR_NONE},
    {"cycle",    OF(sched_dram_op, cycle),    BPS_U64, RANGE_CYCLE},
};

static const struct bps_field sram_fields[] = {
    {"unit",    OF(sched_sram, unit),    BPS_U32, RANGE_UNIT},
    {"address", OF(sched_sram, address), BPS_U32, RANGE_ANY},
    {"bytes",   OF(sched_sram, bytes),   BPS_U32, RANGE_ANY},
    {"chunk",   OF(sched_sram, chunk),   BPS_U32, RANGE_CHUNK_OR_OTHER},
    {"initial", OF(sched_sram, initial), BPS_U32, RANGE_BIT},
    {"from",    OF(sched_sram, from),    BPS_U64, RANGE_CYCLE},
    {"to",      OF(sched_sram, to),      BPS_U64, RANGE_CYCLE},
};

static const struct bps_field phase_fields[] = {
    {"start",     OF(sched_phase, start),     BPS_U64, RANGE_CYCLE},
    {"units_on",  OF(sched_phase, units_on),  BPS_U32, RANGE_ANY},
    {"tasks",     OF(sched_phase, tasks),     BPS_U32, RANGE_ANY},
    {"transfers", OF(sched_phase, transfers), BPS_U32, RANGE_ANY},
};

#define FIELDS(f) f, sizeof f / sizeof f[0]
#define ARRAY_IN(type, part, member) \
    offsetof(struct type, part member), offsetof(struct type, part n_##member), offsetof(struct type, part cap_##member)
#define ARRAY(type, member) ARRAY_IN(type, , member)

const struct bps_section bps_sections[SECTION_COUNT] = {
    {"META", false, true,  FIELDS(meta_fields),     sizeof(struct schedule),       0, 0, 0},
    {"TEXT", false, false, NULL, 0,                 0,                             0, 0, 0},
    {"MACH", false, true,  FIELDS(machine_fields),  sizeof(struct sched_machine),  offsetof(struct schedule, machine), 0, 0},
    {"ENDP", false, false, FIELDS(endpoint_fields), sizeof(struct sched_endpoint), ARRAY_IN(schedule, machine., endpoints)},
    {"LINK", false, false, FIELDS(link_fields),     sizeof(struct sched_link),     ARRAY_IN(schedule, machine., links)},
    {"TASK", false, false, FIELDS(task_fields),     sizeof(struct sched_task),     ARRAY(schedule, tasks)},
    {"CHNK", false, false, FIELDS(chunk_fields),    sizeof(struct sched_chunk),    ARRAY(schedule, chunks)},
    {"INPT", false, false, FIELDS(input_fields),    sizeof(struct sched_input),    ARRAY(schedule, inputs)},
    {"REPT", false, false, FIELDS(repeat_fields),   sizeof(uint32_t),              ARRAY(schedule, repeats)},
    {"PROG", true,  true,  FIELDS(program_fields),  sizeof(struct sched_program),  0, 0, 0},
    {"OPER", true,  false, FIELDS(op_fields),       sizeof(struct sched_op),       ARRAY(sched_program, ops)},
    {"XFER", true,  false, FIELDS(transfer_fields), sizeof(struct sched_transfer), ARRAY(sched_program, transfers)},
    {"HOPS", true,  false, FIELDS(hop_fields),      sizeof(struct sched_hop),      ARRAY(sched_program, hops)},
    {"DRAM", true,  false, FIELDS(dram_fields),     sizeof(struct sched_dram_op),  ARRAY(sched_program, dram)},
    {"SRAM", true,  false, FIELDS(sram_fields),     sizeof(struct sched_sram),     ARRAY(sched_program, sram)},
    {"PHAS", true,  false, FIELDS(phase_fields),    sizeof(struct sched_phase),    ARRAY(sched_program, phases)},
};
/* clang-format on */

uint32_t bps_field_bytes(const struct bps_field *f)
{
    switch (f->kind) {
    case BPS_U64:
        return 8;
    case BPS_HASH:
        return BPS_HASH_BYTES;
    case BPS_U32:
    case BPS_BOOL:
        break;
    }
    return 4;
}

uint32_t bps_record_bytes(const struct bps_section *c)
{
    uint32_t bytes = 0;
    for (uint32_t i = 0; i < c->n_fields; i++) {
        bytes += bps_field_bytes(&c->fields[i]);
    }
    return bytes;
}

struct bps_array bps_array_of(const struct bps_section *c, const struct schedule *s, const struct sched_program *p)
{
    const unsigned char *owner = c->per_program ? (const unsigned char *)p : (const unsigned char *)s;
    struct bps_array a;
    if (c->single) {
        a.items = owner + c->items;
        a.count = 1;
        return a;
    }
    memcpy(&a.items, owner + c->items, sizeof a.items);
    memcpy(&a.count, owner + c->count, sizeof a.count);
    return a;
}

static bool fits_machine(enum bps_range range, uint64_t v, const struct sched_machine *m)
{
    switch (range) {
    case RANGE_CHIP:
        return v < m->chips;
    case RANGE_ROUTER:
        return v < (uint64_t)m->chips * m->routers_per_chip;
    case RANGE_UNIT:
        return v < (uint64_t)m->chips * m->units_per_chip;
    case RANGE_CHANNEL:
        return v < (uint64_t)m->chips * m->channels_per_chip;
    case RANGE_LINK_OR_NONE:
        return v == SCHED_NONE || v < m->n_links;
    case RANGE_LINK:
        return v < m->n_links;
    default:
        return false;
    }
}

bool bps_value_fits(enum bps_range range, uint64_t v, const struct schedule *s, const struct sched_program *p)
{
    switch (range) {
    case RANGE_ANY:
        return true;
    case RANGE_CYCLE:
        return v <= BPS_MAX_CYCLE;
    case RANGE_BIT:
    case RANGE_TASK_KIND:
        return v <= SCHED_IN_SWITCH;
    case RANGE_LINK_TYPE:
        return v < LINK_TYPES || v == SCHED_DEAD_LINK;
    case RANGE_FLAGS:
        return v <= 3;
    case RANGE_KIND:
        return v <= SCHED_DEAD_UNIT;
    case RANGE_CLASS:
        return v < CLASS_COUNT;
    case RANGE_COMMAND:
        return v < DRAM_COMMANDS;
    case RANGE_TASK_OR_NONE:
        return v == SCHED_NONE || v < s->n_tasks;
    case RANGE_TASK:
        return v < s->n_tasks;
    case RANGE_CHUNK_OR_OTHER:
        return v >= SCHED_CONTROL || v < s->n_chunks;
    case RANGE_CHUNK:
        return v < s->n_chunks;
    case RANGE_TRANSFER_OR_NONE:
        return v == SCHED_NONE || v < p->n_transfers;
    case RANGE_TRANSFER:
        return v < p->n_transfers;
    case RANGE_PROGRAM:
        return v < s->n_programs;
    default:
        return fits_machine(range, v, &s->machine);
    }
}

const char *bps_string(const struct schedule *s, size_t i)
{
    const char *const meta[BPS_META_STRINGS] = {s->policy, s->start, s->work_name, s->lower_bound_by};
    const char *string = i < BPS_META_STRINGS ? meta[i] : s->machine.links[i - BPS_META_STRINGS].id;
    return string ? string : "";
}
