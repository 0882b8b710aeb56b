/* SPDX-License-Identifier: Apache-2.0 */
/* vc_network_bench - CPU time of the VC network's core per flit-hop and per packet, sources included.
 *
 *     vc_network_bench [CYCLES [ROW]]      measured cycles of each row, default 20000; ROW: only that one, 1 is the
 *                                          first */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/unit/hw/vc_traffic.h"

static unsigned long rows, wanted;

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void row(const char *what, struct vc_network_params p, uint32_t flits, uint32_t per_mille, uint64_t cycles)
{
    if (++rows != wanted && wanted > 0)
        return;
    struct noc_traffic_params params = vc_traffic(p, flits, per_mille, cycles / 10, cycles, 1);
    struct noc_traffic *t = noc_traffic_new(&params);
    const struct noc_traffic_result *r = noc_traffic_result(t);
    double begin = cpu_seconds();
    noc_traffic_run(t);
    double ns = (cpu_seconds() - begin) * 1e9;
    printf("%-14s %u flits, load %.3f: %6.1f ns per flit-hop, %7.1f per packet, %7.1f per cycle, latency %.3f%s\n",
           what, flits, per_mille / 1000.0, ns / (double)r->flits_hops, ns / (double)r->packets_in,
           ns / (double)r->cycles, (double)r->packet.sum / (double)r->packet.n, r->saturated ? " (saturated)" : "");
    noc_traffic_free(t);
}

static struct vc_network_params crossbar(uint32_t ports)
{
    struct vc_network_params p = vc_traffic_mesh(1, ports, 1);
    p.shape.topology = DYN_NOC_CROSSBAR;
    return p;
}

int main(int argc, char **argv)
{
    uint64_t cycles = argc > 1 ? strtoull(argv[1], NULL, 10) : 20000;
    wanted = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    row("mesh 8x8", vc_traffic_mesh(8, 8, 1), 1, 5, cycles * 4);
    row("mesh 8x8", vc_traffic_mesh(8, 8, 1), 1, 100, cycles);
    row("mesh 8x8", vc_traffic_mesh(8, 8, 1), 1, 300, cycles);
    row("mesh 8x8", vc_traffic_mesh(8, 8, 5), 5, 100, cycles);
    row("mesh 8x8", vc_traffic_mesh(8, 8, 5), 5, 300, cycles);
    row("mesh 16x16", vc_traffic_mesh(16, 16, 1), 1, 5, cycles);
    row("mesh 16x16", vc_traffic_mesh(16, 16, 1), 1, 100, cycles / 4);
    row("mesh 32x32", vc_traffic_mesh(32, 32, 1), 1, 5, cycles / 4);
    row("mesh 32x32", vc_traffic_mesh(32, 32, 1), 1, 50, cycles / 16);
    row("mesh 64x64", vc_traffic_mesh(64, 64, 1), 1, 5, cycles / 16);
    row("mesh 64x64", vc_traffic_mesh(64, 64, 1), 1, 25, cycles / 32);
    row("mesh 64x64", vc_traffic_mesh(64, 64, 1), 1, 50, cycles / 64);
    row("crossbar 36", crossbar(36), 1, 100, cycles);
    row("crossbar 36", crossbar(36), 1, 300, cycles);
    row("crossbar 132", crossbar(132), 1, 100, cycles / 4);
    row("crossbar 132", crossbar(132), 1, 300, cycles / 4);
    return 0;
}
