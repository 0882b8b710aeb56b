/* SPDX-License-Identifier: Apache-2.0 */
/* frfcfs_speed - host nanoseconds per request of the FR-FCFS channel, with its mailboxes: sequential, random, idle. */
#include <stdio.h>
#include <time.h>

#include "../unit/hw/frfcfs_bench.h"

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void measure(const char *name, bool random, uint32_t write_part)
{
    struct dram_timing t = bench_dram;
    struct bench b;
    uint32_t n = 20000;
    bench_init(&b, &t, 64, 1);
    bench_open(&b);
    frfcfs_listen(b.channel, &(struct frfcfs_listener) {0});
    for (uint32_t i = 0; i < n; i++) {
        uint64_t x = mix64(i, 5);
        bench_send(&b, 1, i % BENCH_SLICES, random ? (uint32_t)x % b.p.lines : i % b.p.lines, ALL_SECTORS,
                   (x >> 32) % 16 < write_part);
    }
    double begin = now_ns();
    bench_run(&b, n * 10ull, false);
    double spent = now_ns() - begin;
    const struct frfcfs_stats *s = frfcfs_stat(b.channel);
    printf("%-20s %7.1f ns per request, %5.2f evaluations, %5.2f cycles, bus %4.1f %%, hits %4.1f %%\n", name,
           spent / n, (double)b.evaluations / n, (double)bench_last(&b) / n,
           100.0 * (double)s->bus_busy / (double)bench_last(&b),
           100.0 * (double)s->hits / (double)(s->hits + s->misses + s->conflicts));
    bench_free(&b);
}

int main(void)
{
    measure("sequential", false, 0);
    measure("sequential writes", false, 16);
    measure("random", true, 0);
    measure("random, 1/4 writes", true, 4);
    return 0;
}
