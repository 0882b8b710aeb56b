/* SPDX-License-Identifier: Apache-2.0 */
/* dram.c - DRAM timing: nanoseconds of a generation -> cycles of the chip's clock.
 *
 * Core timings stay about constant in ns from HBM2 to HBM3, the pin rate sets the data rate
 * (hardware numbers, section 6). Values: DRAMsim3 HBM2_8Gb_x128.ini, tCK 1 ns; rtp is its tRTP_L.
 * Docs: docs/model/hbm-timing.md. */
#include "sim/machine/topology.h"

#define FS_PER_NS 1000000u

/* One list of (name, ns) per generation. Spacings are rounded up to cycles; refi, which is the
 * longest mean distance of refreshes and not a spacing, is rounded down. */
/* clang-format off */
#define HBM2_CORE(T)                                                                 \
    T(rcd, 14) T(rp, 14) T(ras, 34) T(rrd_s, 4) T(rrd_l, 6) T(ccd_s, 1) T(ccd_l, 2)  \
    T(faw, 30) T(wr, 16) T(wtr_s, 6) T(wtr_l, 8) T(rtp, 6) T(cl, 14) T(cwl, 4) T(rfc, 260)
/* clang-format on */

#define T(name, ns) uint32_t name;
struct dram_core {
    HBM2_CORE(T)
    uint32_t refi;
    uint32_t banks, groups;
};
#undef T

#define T(name, ns) .name = (ns),
static const struct dram_core hbm2_core = {HBM2_CORE(T).refi = 3900, .banks = 16, .groups = 4};
#undef T
static const struct dram_core *const cores[] = {
    [MEMORY_HBM2] = &hbm2_core, [MEMORY_HBM2E] = &hbm2_core, [MEMORY_HBM3] = &hbm2_core};

/* a/b >= c/d without a product that could overflow: compare whole parts, go on with the inverses. */
static bool not_less(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    while (a / b == c / d) {
        uint64_t rest_a = a % b, rest_c = c % d;
        if (rest_a == 0 || rest_c == 0) {
            return rest_c == 0;
        }
        a = d;
        d = rest_a;
        c = b;
        b = rest_c;
    }
    return a / b > c / d;
}

/* The bus time of so many bursts is no shorter than the spacing, in ns. */
static bool hidden(const struct machine *m, uint32_t ns, uint32_t bursts)
{
    const struct dram_timing *t = &m->dram;
    return not_less(t->burst_bytes * t->rate.den * bursts, t->rate.num, (uint64_t)ns * FS_PER_NS, m->period_fs);
}

/* A column spacing that the bus time of `bursts` bursts hides never asks for more than its whole cycles: the bus
 * keeps the exact time, and a spacing that is shorter in ns must not become longer by rounding. */
static uint32_t column_spacing(uint32_t cycles, uint32_t ns, uint32_t bursts, const struct machine *m)
{
    const struct dram_timing *t = &m->dram;
    uint64_t whole = t->burst_bytes * t->rate.den * bursts / t->rate.num;
    return hidden(m, ns, bursts) && whole < cycles ? (uint32_t)whole : cycles;
}

/* In ns: what the memory needs does not depend on the clock in which it is counted. */
static uint32_t choose_interleave(const struct machine *m, uint32_t ccd_l_ns)
{
    uint32_t n = 1;
    while (n < m->dram.groups && !hidden(m, ccd_l_ns, n)) {
        n *= 2;
    }
    return n;
}

/* The longest run opens a set of rows, writes all of them and closes them. It must fit between two
 * refreshes, else its data would never move. */
static uint64_t longest_run(const struct dram_timing *t)
{
    uint64_t burst = t->burst_bytes * t->rate.den;
    uint64_t columns = (uint64_t)t->interleave * (t->row_bytes / t->burst_bytes);
    uint64_t data = t->rcd + ceil_div(columns * burst, t->rate.num) + t->cwl + ceil_div(burst, t->rate.num) + t->wr;
    return (uint64_t)(t->interleave - 1) * t->rrd_s + (data > t->ras ? data : t->ras) + t->rp;
}

uint32_t dram_build(struct machine *m, const struct machine_spec *s, struct diag *d)
{
    const struct dram_core *core = cores[s->timing];
    struct dram_timing *t = &m->dram;
    t->banks = core->banks;
    t->groups = core->groups;
    t->row_bytes = s->row_bytes;
    t->burst_bytes = s->burst_bytes;
#define T(name, ns) t->name = (uint32_t)ceil_div((uint64_t)core->name * FS_PER_NS, m->period_fs);
    HBM2_CORE(T)
#undef T
    t->refi = s->no_refresh ? 0 : (uint32_t)((uint64_t)core->refi * FS_PER_NS / m->period_fs);
    t->rate = fraction_rate(s->memory_bandwidth, m->period_fs);
    uint64_t g = fraction_gcd(t->rate.num, s->channels);
    t->rate = (struct fraction) {.num = t->rate.num / g, .den = t->rate.den * (s->channels / g)};
    t->ccd_s = column_spacing(t->ccd_s, core->ccd_s, 1, m);
    t->interleave = choose_interleave(m, core->ccd_l);
    t->ccd_l = column_spacing(t->ccd_l, core->ccd_l, t->interleave, m);
    if (!s->no_refresh && t->refi < t->rfc + longest_run(t)) {
        diag_add(d, "", 0, 0, "chip.memory",
                 "the clock is too slow: refresh (%u cycles) is due every %u, a row takes %llu", t->rfc, t->refi,
                 (unsigned long long)longest_run(t));
        return 1;
    }
    if (t->burst_bytes * t->rate.den * t->interleave < t->ccd_l * t->rate.num ||
        t->burst_bytes * t->rate.den < t->ccd_s * t->rate.num) {
        diag_add(d, "", 0, 0, "chip.memory",
                 "bursts of %u B are over before the next may follow: the bus cannot be full", t->burst_bytes);
        return 1;
    }
    return 0;
}
