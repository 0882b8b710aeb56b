/* SPDX-License-Identifier: Apache-2.0 */
/* params.c - the parameter lists as tables. */
#include "sim/machine/params.h"

#include "sim/base/error.h"
#include "sim/base/fraction.h"

#define FS_PER_SECOND 1000000000000000u

/* ---- tables of names ---- */

#define X(id, name)    name,
#define T(table, LIST) static const char *const table##_names[] = {LIST(X)};
CHOICE_TABLES(T)
#undef T
#undef X

#define COUNT(array)   ((uint32_t)(sizeof(array) / sizeof(array)[0]))
#define T(table, LIST) const struct choices table##_choices = {table##_names, COUNT(table##_names)};
CHOICE_TABLES(T)
#undef T

/* ---- rows ---- */

/* The unit column is a text, except that of a choice, which names its table. */
#define UNIT_u32(u)      .unit = u
#define UNIT_u64(u)      .unit = u
#define UNIT_bool(u)     .unit = u
#define UNIT_hz(u)       .unit = u
#define UNIT_rate(u)     .unit = u
#define UNIT_ratio(u)    .unit = u
#define UNIT_fs(u)       .unit = u
#define UNIT_bytes(u)    .unit = u
#define UNIT_string(u)   .unit = u
#define UNIT_ppb_list(u) .unit = u
#define UNIT_names(u)    .unit = u
#define UNIT_choice(u)   .unit = "", .choices = &u##_choices
#define UNIT_choices(u)  .unit = "", .choices = &u##_choices

/* OWNER is the struct of the list being made into a table. */
#define ROW(t, n, d, lo, hi, u, m, s, w)                                                                               \
    {.name = #n,                                                                                                       \
     .type = PARAM_##t,                                                                                                \
     .offset = offsetof(struct OWNER, n),                                                                              \
     .def = #d,                                                                                                        \
     .min = #lo,                                                                                                       \
     .max = #hi,                                                                                                       \
     UNIT_##t(u),                                                                                                      \
     .meaning = m,                                                                                                     \
     .source = s,                                                                                                      \
     .when = w},

#define OWNER top_params
static const struct param top_table[] = {TOP_PARAMS(ROW)};
#undef OWNER
#define OWNER server_params
static const struct param server_table[] = {SERVER_PARAMS(ROW)};
#undef OWNER
#define OWNER fabric_params
static const struct param fabric_table[] = {FABRIC_PARAMS(ROW)};
#undef OWNER
#define OWNER link_params
static const struct param link_table[] = {LINK_PARAMS(ROW)};
#undef OWNER
#define OWNER chip_params
static const struct param chip_table[] = {CHIP_PARAMS(ROW)};
#undef OWNER
#define OWNER units_params
static const struct param units_table[] = {UNITS_PARAMS(ROW)};
#undef OWNER
#define OWNER engine_params
static const struct param engine_table[] = {ENGINE_PARAMS(ROW)};
#undef OWNER
#define OWNER noc_params
static const struct param noc_table[] = {NOC_PARAMS(ROW)};
#undef OWNER
#define OWNER router_params
static const struct param router_table[] = {ROUTER_PARAMS(ROW)};
#undef OWNER
#define OWNER memory_params
static const struct param memory_table[] = {MEMORY_PARAMS(ROW)};
#undef OWNER
#define OWNER phase_params
static const struct param phase_table[] = {PHASE_PARAMS(ROW)};
#undef OWNER
#define OWNER compile_params
static const struct param compile_table[] = {COMPILE_PARAMS(ROW)};
#undef OWNER
#define OWNER dynamic_params
static const struct param dynamic_table[] = {DYNAMIC_PARAMS(ROW)};
#undef OWNER
#define OWNER dynamic_sm_params
static const struct param dynamic_sm_table[] = {DYNAMIC_SM_PARAMS(ROW)};
#undef OWNER
#define OWNER dynamic_l1_params
static const struct param dynamic_l1_table[] = {DYNAMIC_L1_PARAMS(ROW)};
#undef OWNER
#define OWNER dynamic_l2_params
static const struct param dynamic_l2_table[] = {DYNAMIC_L2_PARAMS(ROW)};
#undef OWNER
#define OWNER dynamic_router_params
static const struct param dynamic_router_table[] = {DYNAMIC_ROUTER_PARAMS(ROW)};
#undef OWNER
#define OWNER workload_params
static const struct param workload_table[] = {WORKLOAD_PARAMS(ROW)};
#undef OWNER
#define OWNER parallel_params
static const struct param parallel_table[] = {PARALLEL_PARAMS(ROW)};
#undef OWNER
#define OWNER run_params
static const struct param run_table[] = {RUN_PARAMS(ROW)};
#undef OWNER

/* First index of a block = number of rows before it: a struct of one byte per row counts them. */
#define ONE_BYTE(t, n, d, lo, hi, u, m, s, w) char n;
#define B(field, path, LIST, meaning)                                                                                  \
    struct {                                                                                                           \
        LIST(ONE_BYTE)                                                                                                 \
    } field;
struct row_count {
    CONFIG_BLOCKS(B)
};
#undef B

const struct param_block config_blocks[BLOCK_COUNT] = {
#define B(field, place, LIST, text)                                                                                    \
    {.name = #field,                                                                                                   \
     .path = place,                                                                                                    \
     .meaning = text,                                                                                                  \
     .params = field##_table,                                                                                          \
     .n_params = COUNT(field##_table),                                                                                 \
     .first = offsetof(struct row_count, field),                                                                       \
     .offset = offsetof(struct config, field)},
    CONFIG_BLOCKS(B)
#undef B
};

uint32_t config_param_count(void)
{
    return (uint32_t)sizeof(struct row_count);
}

/* ---- what the numbers of a block mean together ---- */

/* Widths and pin rates: hardware numbers, "HBM generations"; HBM3 at the upper end of 5.2 to 6.4 Gb/s. */
const struct memory_generation memory_generations[] = {
    [MEMORY_HBM2] = {.width_bits = 128, .pin_bits_per_second = 2000000000},
    [MEMORY_HBM2E] = {.width_bits = 128, .pin_bits_per_second = 3200000000},
    [MEMORY_HBM3] = {.width_bits = 64, .pin_bits_per_second = 6400000000},
};

int64_t phase_drift_ppb(const struct phase_params *p, uint32_t chip)
{
    SIM_CHECK(p->drift_ppb.n == 1 || chip < p->drift_ppb.n, "chip %u of %u", chip, p->drift_ppb.n);
    return p->drift_ppb.value[p->drift_ppb.n == 1 ? 0 : chip];
}

uint64_t phase_skew(const struct phase_params *p, uint32_t chip)
{
    SIM_CHECK(p->skew_cycles.n == 1 || chip < p->skew_cycles.n, "chip %u of %u", chip, p->skew_cycles.n);
    return (uint64_t)p->skew_cycles.value[p->skew_cycles.n == 1 ? 0 : chip];
}

static uint64_t guard_of_skew(const struct phase_params *p, uint32_t chips)
{
    uint64_t low = UINT64_MAX, high = 0;
    for (uint32_t chip = 0; p->skew_cycles.n > 0 && chip < chips; chip++) {
        uint64_t skew = phase_skew(p, chip);
        low = skew < low ? skew : low;
        high = skew > high ? skew : high;
    }
    return high > low ? high - low : 0;
}

uint64_t phase_flight_cycles(uint64_t latency_fs, struct fraction rate, uint32_t bytes, uint64_t period_fs)
{
    return ceil_div(latency_fs, period_fs) + ceil_div(fraction_ticks(rate, bytes), rate.num);
}

uint64_t phase_guard_needed(const struct phase_params *p, uint32_t chips, uint64_t flight)
{
    uint64_t skew = guard_of_skew(p, chips);
    int64_t low = phase_drift_ppb(p, 0);
    int64_t high = low;
    for (uint32_t chip = 1; chip < chips; chip++) {
        int64_t drift = phase_drift_ppb(p, chip);
        low = drift < low ? drift : low;
        high = drift > high ? drift : high;
    }
    /* interval <= 10^12 and spread <= 2 x 10^6, so the product stays below 2^64; a flight is shorter. */
    uint64_t apart = high == low ? 0 : ceil_div(p->align_interval * (uint64_t)(high - low), 1000000000u) + 1;
    uint64_t longer = high < 0 ? ceil_div(flight * (uint64_t)-high, 1000000000u) : 0;
    return skew + apart + longer;
}

uint64_t clock_period_fs(uint64_t hz)
{
    return (FS_PER_SECOND + hz / 2) / hz;
}
