/* SPDX-License-Identifier: Apache-2.0 */
/* params.h - every parameter of a configuration, one list per block.
 *
 *     server ---- chips ---- units, noc, memory        machines.phase: how the phase machine runs
 *        \__ fabric, link                              machines.dynamic: the dynamic machine, of the same silicon
 *                                                      workload, run: what is run, and how often
 *
 * Rows: param_list.h. To add a block: a list, a row in CONFIG_BLOCKS, a table in params.c. */
#ifndef SIM_MACHINE_PARAMS_H
#define SIM_MACHINE_PARAMS_H

#include "sim/base/fraction.h"
#include "sim/base/mem.h"
#include "sim/machine/param_list.h"

/* ---- tables of names ---- */

#define FABRIC_TOPOLOGIES(X)                                                                                           \
    X(FABRIC_RING, "ring")                                                                                             \
    X(FABRIC_FULLY_CONNECTED, "fully-connected")                                                                       \
    X(FABRIC_TORUS2D, "torus2d")                                                                                       \
    X(FABRIC_TORUS3D, "torus3d")                                                                                       \
    X(FABRIC_DRAGONFLY, "dragonfly")                                                                                   \
    X(FABRIC_SWITCH, "switch")
#define FABRIC_ROUTINGS(X) X(ROUTING_MINIMAL, "minimal") X(ROUTING_VALIANT, "valiant") X(ROUTING_ADAPTIVE, "adaptive")
/* In the order of link_codes (sim/base/link_code.h). */
#define LINK_FECS(X) X(FEC_NONE, "none") X(FEC_KR4, "kr4") X(FEC_KP4, "kp4") X(FEC_PCIE6, "pcie6")
#define NOC_TOPOLOGIES(X)                                                                                              \
    X(NOC_MESH, "mesh")                                                                                                \
    X(NOC_TORUS, "torus")                                                                                              \
    X(NOC_RING, "ring")                                                                                                \
    X(NOC_CROSSBAR, "crossbar")                                                                                        \
    X(NOC_FLATFLY, "flattened_butterfly")                                                                              \
    X(NOC_FAT_TREE, "fat_tree")                                                                                        \
    X(NOC_PARTITIONED, "partitioned_crossbar")
#define ROUTER_ALLOCATORS(X)                                                                                           \
    X(ROUTER_ISLIP, "islip")                                                                                           \
    X(ROUTER_SEPARABLE_INPUT, "separable_input_first")                                                                 \
    X(ROUTER_SEPARABLE_OUTPUT, "separable_output_first")
#define MEMORY_TIMINGS(X) X(MEMORY_HBM2, "hbm2") X(MEMORY_HBM2E, "hbm2e") X(MEMORY_HBM3, "hbm3")
#define PHASE_POLICIES(X)                                                                                              \
    X(POLICY_LEVELS, "levels") X(POLICY_BARRIER, "barrier") X(POLICY_LIST, "list") X(POLICY_SEARCH, "search")
/* Warp schedulers in the order of enum warp_policy. `preset`: what the preset says. */
#define DYNAMIC_PRESETS(X) X(DYNAMIC_GPU_TODAY, "gpu-today") X(DYNAMIC_GPU_PERSISTENT, "gpu-persistent")
#define GIVEN_PROTOCOLS(X) X(GIVEN_PROTOCOL_PRESET, "preset") X(GIVEN_PROTOCOL_VI, "vi") X(GIVEN_PROTOCOL_MESI, "mesi")
#define GIVEN_DISPATCHES(X)                                                                                            \
    X(GIVEN_DISPATCH_PRESET, "preset") X(GIVEN_DISPATCH_GRAPH, "graph") X(GIVEN_DISPATCH_PERSISTENT, "persistent")
#define GIVEN_TOPOLOGIES(X)                                                                                            \
    X(GIVEN_TOPOLOGY_PRESET, "preset")                                                                                 \
    X(GIVEN_TOPOLOGY_CROSSBAR, "crossbar")                                                                             \
    X(GIVEN_TOPOLOGY_MESH, "mesh")                                                                                     \
    X(GIVEN_TOPOLOGY_TORUS, "torus")                                                                                   \
    X(GIVEN_TOPOLOGY_RING, "ring")                                                                                     \
    X(GIVEN_TOPOLOGY_FLATFLY, "flattened_butterfly")                                                                   \
    X(GIVEN_TOPOLOGY_FAT_TREE, "fat_tree")                                                                             \
    X(GIVEN_TOPOLOGY_PARTITIONED, "partitioned_crossbar")
#define PARALLELISMS(X)    X(PARALLEL_GIVEN, "given") X(PARALLEL_CHOSEN, "auto")
#define PLACEMENTS(X)      X(PLACEMENT_OWN, "own") X(PLACEMENT_PHASE, "phase")
#define WARP_SCHEDULERS(X) X(SCHEDULER_LRR, "lrr") X(SCHEDULER_GTO, "gto") X(SCHEDULER_GTY, "gty")
#define ON_VIOLATIONS(X)   X(VIOLATION_HALT, "halt") X(VIOLATION_STALL, "stall")
#define WORKLOAD_KINDS(X)                                                                                              \
    X(WORKLOAD_TRANSFORMER, "transformer")                                                                             \
    X(WORKLOAD_CNN, "cnn")                                                                                             \
    X(WORKLOAD_MLP, "mlp")                                                                                             \
    X(WORKLOAD_RANDOM, "random")                                                                                       \
    X(WORKLOAD_STG, "stg")
#define WORKLOAD_PRESETS(X)                                                                                            \
    X(PRESET_NONE, "none")                                                                                             \
    X(PRESET_GPT2_SMALL, "gpt2-small")                                                                                 \
    X(PRESET_GPT2_MEDIUM, "gpt2-medium")                                                                               \
    X(PRESET_GPT2_LARGE, "gpt2-large")                                                                                 \
    X(PRESET_GPT2_XL, "gpt2-xl")                                                                                       \
    X(PRESET_TINY, "tiny")                                                                                             \
    X(PRESET_MLP_SMALL, "mlp-small")                                                                                   \
    X(PRESET_CNN_SMALL, "cnn-small")                                                                                   \
    X(PRESET_LENET_5, "lenet-5")                                                                                       \
    X(PRESET_VGG_11, "vgg-11")
#define WORKLOAD_SHAPES(X) X(SHAPE_REAL, "real") X(SHAPE_PLAIN, "plain")
#define DTYPES(X)          X(DTYPE_FP16, "fp16") X(DTYPE_BF16, "bf16") X(DTYPE_FP32, "fp32") X(DTYPE_INT8, "int8")
#define COLLECTIVES(X)                                                                                                 \
    X(PARALLEL_AUTO, "auto")                                                                                           \
    X(PARALLEL_RING, "ring")                                                                                           \
    X(PARALLEL_ONE_SHOT, "one-shot")                                                                                   \
    X(PARALLEL_TWO_STEP, "two-step")                                                                                   \
    X(PARALLEL_TREE, "tree") X(PARALLEL_DOUBLING, "doubling") X(PARALLEL_IN_SWITCH, "in-switch")
#define STARTS(X)  X(START_COLD, "cold") X(START_STEADY, "steady")
#define TILINGS(X) X(TILING_BEST, "best") X(TILING_COMMON, "common")

/* Every table: enum NAME, and `const struct choices NAME_choices`. */
#define CHOICE_TABLES(T)                                                                                               \
    T(fabric_topology, FABRIC_TOPOLOGIES)                                                                              \
    T(fabric_routing, FABRIC_ROUTINGS)                                                                                 \
    T(link_fec, LINK_FECS)                                                                                             \
    T(noc_topology, NOC_TOPOLOGIES)                                                                                    \
    T(router_allocator, ROUTER_ALLOCATORS)                                                                             \
    T(memory_timing, MEMORY_TIMINGS)                                                                                   \
    T(phase_policy, PHASE_POLICIES)                                                                                    \
    T(dynamic_preset, DYNAMIC_PRESETS)                                                                                 \
    T(given_protocol, GIVEN_PROTOCOLS)                                                                                 \
    T(given_dispatch, GIVEN_DISPATCHES)                                                                                \
    T(given_topology, GIVEN_TOPOLOGIES)                                                                                \
    T(parallel_choice, PARALLELISMS)                                                                                   \
    T(placement, PLACEMENTS)                                                                                           \
    T(warp_scheduler, WARP_SCHEDULERS)                                                                                 \
    T(on_violation, ON_VIOLATIONS)                                                                                     \
    T(workload_kind, WORKLOAD_KINDS)                                                                                   \
    T(workload_preset, WORKLOAD_PRESETS)                                                                               \
    T(workload_shape, WORKLOAD_SHAPES)                                                                                 \
    T(dtype, DTYPES)                                                                                                   \
    T(collective, COLLECTIVES)                                                                                         \
    T(start, STARTS)                                                                                                   \
    T(tiling, TILINGS)

#define X(id, name)    id,
#define T(table, LIST) enum table { LIST(X) };
CHOICE_TABLES(T)
#undef T
#undef X
#define T(table, LIST) extern const struct choices table##_choices;
CHOICE_TABLES(T)
#undef T

/* ---- parameters ---- */
/* clang-format off */

#define TOP_PARAMS(P) \
    P(u32, version, required, 1, 1, "1", "version of the configuration format", "", "") \
    P(string, name, bpsim, -, -, "", "name of the run: letters, digits, . _ -; no dot first", "", "")

#define SERVER_PARAMS(P) \
    P(u32, chips, 1, 1, 256, "1", "chips of the server", "", "") \
    P(names, dead_units, none, none, -, "", "units that do not work, on both machines, as chip0.unit3: no tasks, no tensors; their routers, and what they hold for ports, do", "", "") \
    P(names, dead_links, none, none, -, "", "chip links that are down, both ways, on both machines, as chip0-chip1 or chip0-switch1", "", "server.chips > 1") \
    P(names, slow_chips, none, none, -, "", "chips whose engines take longer, on both machines, as chip1 x 1.25; factor 1..100, at most three digits behind the point", "", "")

#define DYNAMIC_ON "machines.dynamic.preset = gpu-today, gpu-persistent"
#define FABRIC_PARAMS(P) \
    P(choice, topology, required, -, -, fabric_topology, "how the chips are joined", "", "server.chips > 1") \
    P(u32, rows, auto, 2, 128, "1", "rows of chips of a torus", "", "server.chips > 1 and server.fabric.topology = torus2d, torus3d") \
    P(u32, cols, auto, 2, 128, "1", "columns of chips of a torus", "", "server.chips > 1 and server.fabric.topology = torus2d, torus3d") \
    P(u32, layers, auto, 2, 64, "1", "layers of rows x cols chips of a torus; auto: sides as equal as can be, cols the longest", "", "server.chips > 1 and server.fabric.topology = torus3d") \
    P(u32, group, auto, 2, 128, "1", "chips of a group of a dragonfly, each joined to each; auto: fewest links of a chip", "", "server.chips > 1 and server.fabric.topology = dragonfly") \
    P(u32, global_links, auto, 1, 127, "1", "links of a chip to other groups", "", "server.chips > 1 and server.fabric.topology = dragonfly") \
    P(u32, planes, 1, 1, 8, "1", "links of a chip, each to a switch of its own", "", "server.chips > 1 and server.fabric.topology = switch") \
    P(u32, leaf, auto, 2, 256, "1", "chips of a switch; auto: all. Fewer than all: spine switches join the switches of a plane", "", "server.chips > 1 and server.fabric.topology = switch") \
    P(u32, spines, auto, 1, 128, "1", "spine switches of a plane; auto: as many as a leaf has chips", "", "server.chips > 1 and server.fabric.topology = switch") \
    P(fs, switch_latency, 100 ns, 1 ps, 1 ms, "s", "time of the first bit through a switch; at least a cycle", "assumed", "server.chips > 1 and server.fabric.topology = switch") \
    P(u32, adders, 0, 0, 4096, "1", "fp32 adders behind each line into a switch from chips, and into a spine from leaves, for workload.parallel.collective in-switch; 0: switches do not add", "assumed", "server.chips > 1 and server.fabric.topology = switch") \
    P(fs, adder_latency, 10 ns, 1 ps, 1 ms, "s", "last addition of a burst to its first bit on the lines out; at least a cycle", "assumed", "server.chips > 1 and server.fabric.topology = switch") \
    P(choice, routing, minimal, -, -, fabric_routing, "ways of packets of the dynamic machines. minimal: the shortest; valiant: by a chip of a third group of a dragonfly, of other topologies by any third chip; adaptive: such a way where less waits for it at the source (UGAL)", "Valiant 1982; Kim 2008", "server.chips > 1 and " DYNAMIC_ON) \
    P(bytes, link_cost, auto, 0 B, 1 GiB, "B", "adaptive: what a link more costs, in bytes that wait; auto: what a link carries in its latency", "", "server.fabric.routing = adaptive and server.chips > 1 and " DYNAMIC_ON)

#define LINK_PARAMS(P) \
    P(rate, bandwidth, required, 1 MB/s, 100 TB/s, "B/s", "raw bandwidth of a chip link in one direction", "", "server.chips > 1") \
    P(fs, latency, required, 1 ps, 1 ms, "s", "time of the first bit from chip to chip", "", "server.chips > 1") \
    P(choice, fec, none, -, -, link_fec, "code that corrects bit errors: it takes its share of the bandwidth and adds its latency", "", "server.chips > 1") \
    P(fs, fec_latency, auto, 0 s, 1 ms, "s", "encoder and decoder; auto: the code's, 100 ns, of pcie6 2 ns", "", "server.chips > 1 and server.fabric.link.fec = kr4, kp4, pcie6") \
    P(ratio, bit_error_rate, 0, 0, 0.01, "1", "probability that a bit is wrong on the line, before it is corrected", "", "server.chips > 1")

#define CHIP_PARAMS(P) \
    P(hz, clock, required, 1 MHz, 100 GHz, "Hz", "the clock of everything on a chip; its period is rounded to whole fs", "", "")

#define UNITS_PARAMS(P) \
    P(u32, rows, required, 1, 128, "1", "rows of the grid of units", "", "") \
    P(u32, cols, required, 1, 128, "1", "columns of the grid of units", "", "") \
    P(u32, count, auto, 1, 16384, "1", "units of a chip; must be rows x cols", "", "") \
    P(u32, macs_per_cycle, auto, 1, 1048576, "MAC/cycle", "multiply-accumulates of a unit's matrix engine per cycle; must be engine.m x n x k", "", "") \
    P(u32, vector_lanes, 128, 1, 65536, "op/cycle", "vector operations of a unit per cycle", "assumed", "") \
    P(bytes, sram, 512 KiB, 4 KiB, 1 GiB, "B", "SRAM of a unit, everything it holds included", "assumed", "") \
    P(bytes, sram_read, 256 B, 1 B, 64 KiB, "B/cycle", "bytes that the compute engines of a unit read from SRAM per cycle", "assumed", "") \
    P(bytes, sram_write, 128 B, 1 B, 64 KiB, "B/cycle", "bytes that the compute engines of a unit write to SRAM per cycle", "assumed", "")

#define ENGINE_PARAMS(P) \
    P(u32, m, 16, 1, 1024, "1", "output rows that the matrix engine computes at a time", "assumed", "") \
    P(u32, n, 8, 1, 1024, "1", "output columns that the matrix engine computes at a time", "assumed", "") \
    P(u32, k, 8, 1, 1024, "1", "steps of the contraction that the matrix engine adds at a time", "assumed", "")

#define NOC_PARAMS(P) \
    P(choice, topology, mesh, -, -, noc_topology, "how the routers of a chip are joined", "assumed", "") \
    P(bytes, flit, 128 B, 8 B, 1 KiB, "B", "width of a network link: bytes per cycle and direction; a power of two", "assumed", "") \
    P(u32, link_latency, 1, 1, 64, "cycles", "cycles of a flit on a link between routers", "assumed", "") \
    P(u32, node_latency, auto, 1, 64, "cycles", "cycles of a flit between a router and a unit, channel or port; auto: link_latency", "", "") \
    P(u32, concentration, 1, 1, 64, "1", "units of a router: a block of the grid, as square as it can be; of a fat tree its arity; 1 for crossbars", "assumed", "") \
    P(u32, centre_links, auto, 1, 128, "1", "links between the halves of a partitioned crossbar, each way; auto: the bisection of a mesh of the units", "assumed", "") \
    P(u32, slot_router_latency, 1, 0, 64, "cycles", "cycles that a router of the scheduled network adds", "assumed", "")

#define ROUTER_PARAMS(P) \
    P(u32, vcs, 4, 1, 32, "1", "virtual channels of a port (networks that arbitrate)", "assumed", "") \
    P(u32, depth, 8, 1, 255, "flits", "buffer of one virtual channel (networks that arbitrate)", "assumed", "") \
    P(choice, allocator, islip, -, -, router_allocator, "matching of virtual channels, and of the switch", "BookSim2, mesh8_D", "") \
    P(u32, iterations, 1, 1, 4, "1", "iterations of islip in a cycle", "BookSim2, mesh8_D", "") \
    P(u32, routing_delay, 0, 0, 64, "cycles", "route of a packet; 0: computed one router ahead", "assumed", "") \
    P(u32, vc_alloc_delay, 1, 1, 64, "cycles", "allocation of a virtual channel", "BookSim2, mesh8_D", "") \
    P(u32, sw_alloc_delay, 1, 1, 64, "cycles", "allocation of the switch", "BookSim2, mesh8_D", "") \
    P(u32, credit_delay, 0, 0, 16, "cycles", "arrival of a credit to its use", "BookSim2, mesh8_D", "") \
    P(bool, speculative, false, -, -, "", "a head bids for the switch in the cycle in which it asks for a virtual channel", "BookSim2, mesh8_D", "") \
    P(bool, wait_for_tail_credit, false, -, -, "", "a virtual channel is free again when all its credits are back, not when the tail is sent", "BookSim2, mesh8_D", "") \
    P(bool, hold_switch, false, -, -, "", "input and output stay connected while a packet has flits and credits", "BookSim2, mesh8_D", "") \
    P(bool, valiant, false, -, -, "", "a packet goes by a router that is drawn for it (bpsim noc, dynamic machines; mesh, torus, ring, flattened_butterfly)", "Valiant 1982", "") \
    P(bool, adaptive, false, -, -, "", "a packet goes where the router sees more credits (bpsim noc, dynamic machines; mesh: odd-even turns, torus: O1TURN, fat_tree: any way up, ring and flattened_butterfly: UGAL)", "Chiu 2000, Seo 2005, Kim 2007", "")

#define MEMORY_PARAMS(P) \
    P(u32, channels, required, 1, 256, "1", "HBM channels of a chip", "", "") \
    P(choice, timing, hbm2e, -, -, memory_timing, "generation of HBM: channel width, pin rate, timing table", "HBM timing default", "") \
    P(rate, bandwidth, auto, 1 GB/s, 100 TB/s, "B/s", "of all channels; must be channels x width x pin rate of the timing", "", "") \
    P(bool, refresh, true, -, -, "", "false: memory that needs no refresh (limit tests)", "", "") \
    P(bytes, staging, 16 KiB, 64 B, 1 MiB, "B", "staging buffer of a channel or link port, in the SRAM of the unit at that port", "assumed", "")

#define PHASE_PARAMS(P) \
    P(choices, policy, first 3, none, -, phase_policy, "schedule policies to run; none where machines.dynamic is given and machines.phase is not", "", "") \
    P(u32, search_steps, 200, 1, 1000000000, "1", "steps of policy search", "", "machines.phase.policy = search") \
    P(u32, toggle_cycles, 1, 0, 1000, "cycles", "a unit's bit going 0 to 1, or a change of its operation", "assumed", "") \
    P(u32, guard_cycles, auto, 0, 1000000, "cycles", "guard band around transfers between chips; auto: what drift and skew need", "", "") \
    P(u32, slack_permille, 0, 0, 10000, "permille", "what is added to the planned time of a task, of its cycles, rounded up", "", "") \
    P(u32, broadcast_cycles, auto, 0, 100000, "cycles", "phase index from the controller to the farthest unit; auto: the farthest path of the network", "", "") \
    P(ppb_list, drift_ppb, 0, -1000000, 1000000, "ppb", "clock drift: one number for all chips, or a list with one per chip", "assumed", "") \
    P(ppb_list, skew_cycles, 0, 0, 100000, "cycles", "how far a chip's counter is behind after an alignment: one number for all chips, or a list with one per chip", "assumed", "") \
    P(u64, align_interval, 1000000, 1000, 1000000000000, "cycles", "cycles between two alignments of the chips' counters", "assumed", "") \
    P(choice, on_violation, halt, -, -, on_violation, "what a unit does when its input is late", "", "")

#define COMPILE_PARAMS(P) \
    P(bytes, max_burst, 4 KiB, 64 B, 1 MiB, "B", "longest burst; a multiple of the flit", "assumed", "") \
    P(u32, staging_slots, 4, 1, 64, "1", "bursts that a staging buffer holds; x max_burst must fit in chip.memory.staging", "assumed", "")

/* Cycles are of the chip's clock. Sources: rows of the hardware numbers, or "assumed". */
#define DYNAMIC_PARAMS(P) \
    P(choices, preset, none, none, -, dynamic_preset, "dynamic machines to run; without it none does", "", "") \
    P(choice, protocol, preset, -, -, given_protocol, "coherence of the L1 caches: vi write-through, valid or invalid; mesi with a directory", "", DYNAMIC_ON) \
    P(choice, dispatch, preset, -, -, given_dispatch, "graph: one kernel after the other; persistent: one kernel whose CTAs take tasks from a queue", "", DYNAMIC_ON) \
    P(choice, topology, preset, -, -, given_topology, "network of a chip", "", DYNAMIC_ON) \
    P(choice, placement, own, -, -, placement, "SM of a CTA. own: whichever has room, or asks the queue first; phase: the unit that the phase compiler would choose", "", DYNAMIC_ON) \
    P(fs, kernel_launch, auto, 0 s, 1 ms, "s", "end of a kernel to the first CTA of the next, less what is modelled (graph); auto: the preset's", "", DYNAMIC_ON) \
    P(u32, cta_rate, 1, 1, 64, "CTA/cycle", "CTAs that a chip's dispatcher starts per cycle", "CTA dispatch rate, about 1 per clock", DYNAMIC_ON) \
    P(u32, cta_start, 300, 0, 1000000, "cycles", "dispatch of a CTA to its first instruction", "CTA start, 300 to 600 cycles", DYNAMIC_ON) \
    P(bytes, link_header, 32 B, 0 B, 256 B, "B", "header of a packet between chips; its payload is padded to 16 B", "NVLink packets, 128 / (128 + 32) = 0.80", DYNAMIC_ON) \
    P(u32, link_queue, auto, 1, 1048576, "packets", "packets that a chip link's far end holds per virtual network and dateline class; auto: those of two latencies and 64 cycles", "", DYNAMIC_ON) \
    P(bytes, link_replay, auto, 1 B, 1 GiB, "B", "packets that a chip link's sender keeps until they are acknowledged; auto: what the longest link carries in two latencies and 64 cycles, and a packet", "", "server.fabric.link.bit_error_rate > 0 and " DYNAMIC_ON) \
    P(u32, dram_queue, 64, 1, 4096, "requests", "requests of a memory channel that FR-FCFS chooses among", "assumed", DYNAMIC_ON)

#define DYNAMIC_SM_PARAMS(P) \
    P(u32, subcores, 4, 1, 32, "1", "warp schedulers of an SM, each issues one instruction per cycle", "Warps/SM, schedulers/SM", DYNAMIC_ON) \
    P(choice, scheduler, gty, -, -, warp_scheduler, "lrr: round robin; gto: greedy, then oldest; gty: greedy, then youngest", "Warp scheduler CGGTY", DYNAMIC_ON) \
    P(u32, warps_per_cta, 8, 1, 64, "1", "warps of a CTA", "assumed", DYNAMIC_ON) \
    P(u32, cta_slots, 4, 1, 64, "1", "CTAs resident on an SM at most", "assumed", DYNAMIC_ON) \
    P(bytes, registers, auto, 1 KiB, 1 GiB, "B", "registers of an SM; auto: a quarter of chip.units.sram", "", DYNAMIC_ON) \
    P(bytes, shared, auto, 1 KiB, 1 GiB, "B", "shared memory of an SM; auto: three sixteenths of chip.units.sram, see below", "", DYNAMIC_ON) \
    P(u32, mma_latency, 33, 1, 1000, "cycles", "matrix instruction to the use of its result", "MMA m16n8k16 with fp32 sums, A100", DYNAMIC_ON) \
    P(u32, alu_latency, 4, 1, 1000, "cycles", "arithmetic instruction to the use of its result", "FP32/INT dependent latency", DYNAMIC_ON) \
    P(u32, shared_latency, 23, 1, 1000, "cycles", "load from shared memory to the use of its result", "Shared memory load, A100", DYNAMIC_ON) \
    P(u32, barrier_latency, 23, 1, 1000, "cycles", "last arrival at a barrier to the first instruction behind it", "__syncthreads, A100, one warp", DYNAMIC_ON) \
    P(u32, branch_latency, 8, 1, 1000, "cycles", "branch to the next instruction of the warp", "assumed", DYNAMIC_ON) \
    P(u32, lsu_interval, 2, 1, 1000, "cycles", "cycles between two memory instructions of an SM", "Memory issue, 1 request per 2 clocks", DYNAMIC_ON) \
    P(u32, stages, 3, 2, 16, "1", "slices of operands in flight of a software pipeline", "assumed", DYNAMIC_ON) \
    P(u32, poll_interval, 100, 1, 1000000, "cycles", "cycles between two polls of a counter that is not there yet", "assumed; a flag from SM to SM then takes about the published 0.16 us", DYNAMIC_ON) \
    P(u32, max_writes, 256, 1, 65536, "1", "stores of an SM that are not acknowledged yet", "assumed", DYNAMIC_ON)

#define DYNAMIC_L1_PARAMS(P) \
    P(bytes, size, auto, 512 B, 1 GiB, "B", "data of an L1 cache; auto: a sixteenth of chip.units.sram, see below", "", DYNAMIC_ON) \
    P(u32, ways, 4, 1, 64, "1", "lines of a set", "assumed", DYNAMIC_ON) \
    P(u32, hit_latency, 33, 1, 1000, "cycles", "load that hits to the use of its result", "L1 hit, pointer chase, A100", DYNAMIC_ON) \
    P(u32, mshrs, 256, 1, 4096, "1", "lines that an L1 cache awaits", "assumed", DYNAMIC_ON) \
    P(u32, mshr_targets, 8, 1, 64, "1", "accesses that wait for one line", "gpgpu-sim V100 merges 8", DYNAMIC_ON)

#define DYNAMIC_L2_PARAMS(P) \
    P(u32, ways, 16, 1, 64, "1", "lines of a set", "assumed", DYNAMIC_ON) \
    P(u32, latency, 189, 1, 10000, "cycles", "request to answer in a slice: what L1 and network leave of the 205 cycles of an L2 hit", "L2 hit near, A100", DYNAMIC_ON) \
    P(u32, mshrs, 128, 1, 4096, "1", "lines that a slice awaits from memory", "assumed", DYNAMIC_ON) \
    P(u32, mshr_targets, 8, 1, 64, "1", "requests that wait for one line", "assumed", DYNAMIC_ON) \
    P(u32, queue, 64, 2, 4096, "1", "requests that wait at a slice, and writes on their way to memory", "assumed", DYNAMIC_ON)

#define DYNAMIC_ROUTER_PARAMS(P) \
    P(u32, routing_delay, auto, 0, 64, "cycles", "route of a packet; auto: chip.noc.router.routing_delay (a crossbar has nothing to compute)", "", DYNAMIC_ON) \
    P(u32, credit_delay, auto, 0, 16, "cycles", "arrival of a credit to its use; auto: chip.noc.router.credit_delay", "", DYNAMIC_ON)

#define WORKLOAD_PARAMS(P) \
    P(choice, kind, required, -, -, workload_kind, "where the work comes from", "", "") \
    P(choice, preset, none, -, -, workload_preset, "a known model: sets the keys that are not given", "", "workload.kind = mlp or workload.kind = transformer, cnn and workload.shape = real") \
    P(choice, shape, real, -, -, workload_shape, "real: dimensions and bytes; plain: equal tasks, the shape of the graph only", "", "workload.kind = transformer, cnn") \
    P(u32, layers, preset, 1, 1000, "1", "blocks of a transformer; layers of a CNN or MLP", "", "workload.kind = transformer, mlp or workload.kind = cnn and workload.preset = none, cnn-small") \
    P(u32, heads, preset, 1, 1024, "1", "attention heads; must divide d_model", "", "workload.kind = transformer") \
    P(u32, sequence, preset, 1, 131072, "tokens", "tokens of a sequence", "", "workload.kind = transformer and workload.shape = real") \
    P(u32, d_model, preset, 1, 65536, "1", "width of the model", "", "workload.kind = transformer and workload.shape = real") \
    P(u32, d_ff, preset, 1, 262144, "1", "width of the feed-forward layer", "", "workload.kind = transformer and workload.shape = real") \
    P(u32, branches, preset, 1, 1024, "1", "parallel branches of a layer", "", "workload.kind = cnn and workload.preset = none, cnn-small") \
    P(u32, image, preset, 1, 4096, "pixels", "height and width of the input image", "", "workload.kind = cnn and workload.shape = real and workload.preset = none, cnn-small") \
    P(u32, in_channels, preset, 1, 4096, "1", "channels of the input image", "", "workload.kind = cnn and workload.shape = real and workload.preset = none, cnn-small") \
    P(u32, channels, preset, 1, 65536, "1", "output channels of a branch", "", "workload.kind = cnn and workload.shape = real and workload.preset = none, cnn-small") \
    P(u32, kernel, preset, 1, 31, "pixels", "height and width of the convolution; odd", "", "workload.kind = cnn and workload.shape = real and workload.preset = none, cnn-small") \
    P(u32, classes, preset, 1, 1000000, "1", "outputs of the last layer", "", "workload.kind = cnn and workload.shape = real and workload.preset = none, cnn-small") \
    P(u32, inputs, preset, 1, 1048576, "1", "width of the input", "", "workload.kind = mlp") \
    P(u32, hidden, preset, 1, 1048576, "1", "width of the layers between", "", "workload.kind = mlp") \
    P(u32, outputs, preset, 1, 1048576, "1", "width of the output", "", "workload.kind = mlp") \
    P(u32, batch, 1, 1, 65536, "1", "rows of an MLP's input, images of a CNN, sequences of a transformer, copies of a plain graph", "", "workload.kind = transformer, cnn, mlp") \
    P(choice, dtype, fp16, -, -, dtype, "type of weights and activations; sums are fp32", "", "workload.kind = transformer, cnn, mlp and workload.shape = real") \
    P(u32, nodes, required, 1, 200000, "1", "nodes of the random graph", "", "workload.kind = random") \
    P(string, edge_prob, required, 0, 1, "1", "probability of each edge, a decimal number", "", "workload.kind = random") \
    P(u64, seed, 1, 0, 18446744073709551615, "1", "seed of the random graph", "", "workload.kind = random") \
    P(string, file, required, -, -, "", "STG file, relative to the file that names it", "", "workload.kind = stg") \
    P(string, file_sha256, none, -, -, "", "SHA-256 of that file, 64 hex digits; none: not compared", "", "workload.kind = stg") \
    P(u32, task_cycles, 1000, 1, 1000000000, "cycles", "cost of a node (stg: of one unit of processing time)", "assumed", "workload.kind = random, stg or workload.shape = plain") \
    P(bytes, edge_bytes, auto, 0 B, 64 MiB, "B", "bytes on each edge; auto: 4 KiB, for stg 0 (dependence only)", "assumed", "workload.kind = random, stg or workload.shape = plain")

#define PARALLEL_PARAMS(P) \
    P(choice, choose, given, -, -, parallel_choice, "given: tensor, pipeline and micro_batches are; auto (or parallel: auto): the best of a few by an estimate that knows neither machine", "", "") \
    P(u32, tensor, auto, 1, 256, "chips", "chips that share each operation; auto: all, as far as heads allow", "", "workload.parallel.choose = given") \
    P(u32, pipeline, 1, 1, 256, "stages", "stages that the layers are cut into (operations in topological order, where a graph has no layers), each on tensor chips of its own", "", "workload.parallel.choose = given") \
    P(u32, micro_batches, 1, 1, 65536, "1", "parts of the batch that go through the stages one behind the other; divides workload.batch", "", "workload.parallel.choose = given") \
    P(choice, collective, auto, -, -, collective, "how partial sums are added; auto: the fastest by an estimate from size and fabric, never tree or doubling; in-switch: by server.fabric.adders", "", "server.chips > 1")

#define RUN_PARAMS(P) \
    P(choices, start, all, -, -, start, "cold: everything in HBM; steady: as the repeat before left it", "", "") \
    P(u32, repeats, 3, 1, 1000, "1", "repeats of a steady run, the last is measured", "", "") \
    P(fs, launch, 2.3 us, 0 s, 1 s, "s", "one launch message per chip and repeat", "Launch API to kernel start, A100 2.26 us", "") \
    P(choice, tiling, best, -, -, tiling, "best: each machine's own best; common: one that fits all", "", "") \
    P(u64, seed, 1, 0, 18446744073709551615, "1", "seed of every random stream of the machine", "", "")

/*    field      place in the file           list             meaning */
#define CONFIG_BLOCKS(B) \
    B(top,       "",                         TOP_PARAMS,      "the file as a whole")                       \
    B(server,    "server",                   SERVER_PARAMS,   "the server")                                \
    B(fabric,    "server.fabric",            FABRIC_PARAMS,   "the network between chips")                 \
    B(link,      "server.fabric.link",       LINK_PARAMS,     "a chip link, one direction")                \
    B(chip,      "chip",                     CHIP_PARAMS,     "a chip; all chips are equal")               \
    B(units,     "chip.units",               UNITS_PARAMS,    "the units of a chip")                       \
    B(engine,    "chip.units.engine",        ENGINE_PARAMS,   "the matrix engine of a unit")               \
    B(noc,       "chip.noc",                 NOC_PARAMS,      "the network of a chip")                     \
    B(router,    "chip.noc.router",          ROUTER_PARAMS,   "a router that arbitrates")                  \
    B(memory,    "chip.memory",              MEMORY_PARAMS,   "the memory of a chip")                      \
    B(phase,     "machines.phase",           PHASE_PARAMS,    "the phase machine")                         \
    B(compile,   "machines.phase.compile",   COMPILE_PARAMS,  "the compiler of the phase machine")         \
    B(dynamic,   "machines.dynamic",         DYNAMIC_PARAMS,  "the dynamic machine")                       \
    B(dynamic_sm, "machines.dynamic.sm",     DYNAMIC_SM_PARAMS, "the SMs of the dynamic machine")          \
    B(dynamic_l1, "machines.dynamic.l1",     DYNAMIC_L1_PARAMS, "the L1 caches of the dynamic machine")    \
    B(dynamic_l2, "machines.dynamic.l2",     DYNAMIC_L2_PARAMS, "the L2 slices of the dynamic machine")    \
    B(dynamic_router, "machines.dynamic.router", DYNAMIC_ROUTER_PARAMS, "the routers of the dynamic machine") \
    B(workload,  "workload",                 WORKLOAD_PARAMS, "the work")                                  \
    B(parallel,  "workload.parallel",        PARALLEL_PARAMS, "how the work is spread over chips")         \
    B(run,       "run",                      RUN_PARAMS,      "how the work is run")

/* clang-format on */

#define B(field, path, LIST, meaning)                                                                                  \
    struct field##_params {                                                                                            \
        LIST(PARAM_FIELD)                                                                                              \
    };
CONFIG_BLOCKS(B)
#undef B

enum config_block {
#define B(field, path, LIST, meaning) BLOCK_##field,
    CONFIG_BLOCKS(B)
#undef B
        BLOCK_COUNT
};

/* A checked configuration. After config_load nothing is `auto` but guard_cycles, broadcast_cycles and the
 * keys of machines.dynamic (PARAM_AUTO32, PARAM_AUTO64), which need the machine or the preset. Made by config_load,
 * ended by config_free. */
struct config {
#define B(field, path, LIST, meaning) struct field##_params field;
    CONFIG_BLOCKS(B)
#undef B
    char *workload_path; /* where workload.file lies, as a path that opens from the current folder; NULL without one */
    bool network_only;   /* of a chip: of the rest nothing can be read (config.h) */
    const struct node *root; /* what was read, for the places of keys in messages */
    struct arena *arena;     /* holds every string and list */
};

extern const struct param_block config_blocks[BLOCK_COUNT];

/* Number of parameters of all blocks. */
uint32_t config_param_count(void);

/* Width and pin rate of one channel: bandwidth = width x pin rate / 8. Row = enum memory_timing. */
struct memory_generation {
    uint32_t width_bits;
    uint64_t pin_bits_per_second;
};
extern const struct memory_generation memory_generations[];

/* Cycles of `bytes` on a chip link, from the first one at one end to the last one at the other. Its time is its own. */
uint64_t phase_flight_cycles(uint64_t latency_fs, struct fraction rate, uint32_t bytes, uint64_t period_fs);

/* Guard band that drift and skew of `chips` chips need: of drift 0 where all chips drift alike, else
 * ceil(align_interval x (largest - smallest drift) / 10^9) + 1 cycles; where even the slowest one is fast,
 * ceil(flight x its drift / 10^9), as a flight (phase_flight_cycles; 0: there is none) takes more of its cycles; and
 * largest - smallest skew. */
uint64_t phase_guard_needed(const struct phase_params *p, uint32_t chips, uint64_t flight);

/* Clock period, rounded once to whole fs. */
uint64_t clock_period_fs(uint64_t hz);

/* Cycles that a chip's counter is behind. */
uint64_t phase_skew(const struct phase_params *p, uint32_t chip);

/* Drift of a chip in ppb. */
int64_t phase_drift_ppb(const struct phase_params *p, uint32_t chip);

#endif
