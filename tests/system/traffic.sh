#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# traffic.sh BPSIM CASE - what links carried and which events happened in small runs, to the byte, worked out by hand. Server as
# in closed_forms.sh: 1 GHz, flits of 64 B, hbm2: 32 B per cycle, rows of 1 KiB, bursts of 64 B. A case is a claim.
set -eu
bpsim=$(realpath "$1") name=$2
# shellcheck source=tests/system/lib.sh
. "$(dirname -- "$(realpath "$0")")/lib.sh"

# clean ARGS...: a run, counted twice (every flit and cycle is walked), in which nothing fights for anything.
clean() {
    simulate r "$@" --cross-check
    awk -F, 'NR > 1 { if ($4 != 0) print; n[$1]++ } END { for (r in n) if (n[r] % 8) print r ": " n[r] " kinds of conflicts"; if (NR < 9) print "none" }' \
        r/conflicts.csv >log
    [ ! -s log ] || fail "conflicts"
}
# links NAME CLASS: exactly these links carried something of this class in the run NAME; on stdin
# "LINK PAYLOAD PADDING BUSY QUEUE": header and retry are 0, entered = left = payload + padding.
links() {
    awk -F, -v r="phase.$1" -v c="$2" 'NR > 1 && $1 == r && $6 == c && $11 > 0 { print $2, $7, $9, $13, $14; if ($8 + $10 || $11 != $12 || $11 != $7 + $9) print "law of " $2 }' \
        r/links.csv | sort >got
    sed 's/ *#.*//; s/^ *//; s/  */ /g; /^$/d' | sort >want
    diff want got >log || fail "phase.$1: $2 (<: worked out, >: in links.csv)"
}
# totals NAME INJECTED DELIVERED REPLICATED BYTE_HOPS
totals() {
    local run=phase.$1 got
    got=$(for key in injected delivered replicated byte_hops; do field r "$run" $key; done | tr '\n' ' ')
    same "$run: injected, delivered, replicated, byte-hops" "$got" "$2 $3 $4 $5 "
    same "$run: in flight" "$(field r "$run" in_flight)" 0
}
# events NAME EVENT=COUNT...
events() {
    local run=phase.$1 pair
    shift
    for pair; do same "$run: ${pair%=*}" "$(event r "$run" "${pair%=*}")" "${pair#*=}"; done
}

case $name in
crossing_loads_each_link_of_its_way)
    # 9,000 B from chip 0 to chip 1: pieces of 4,096, 4,096 and 808 B are 64, 64 and 13 flits, 24 B of padding. They stand in the
    # port's buffer from the first slot of its eject link (203, 267, 331) until the line has them: 37 B per cycle, 110.7, 110.7, 22.5
    # cycles from 267 on without a gap: ends in 378, 489, 511. So all three are in the buffer in 331..378, and the line is busy
    # for 511 - 267 = 244 cycles. Outputs (chip 1) are written in pieces of 1 KiB; padding is that of the last one.
    stg pair.stg 1 1 -- 1-2
    config pair 1 1 1 "{ kind: stg, file: pair.stg, task_cycles: 100, edge_bytes: 9000 B }" \
        "2 { topology: ring, link: { bandwidth: 37 GB/s, latency: 20 ns } }" >c.yaml
    clean c.yaml --start steady
    for p in levels barrier list; do
        links $p.steady data <<END
            chip0.local.u0-r0 9000 24 141 0
            chip0.local.r0-p0 9000 24 141 0
            chip0-chip1       9000 24 244 9000
            chip1.local.p0-r0 9000 24 141 0
            chip1.local.r0-u0 9000 24 141 0
            chip1.local.u0-r0 9000 24 141 0     # the output
            chip1.local.r0-c0 9000 24 141 0
END
    done
    # The last piece leaves the far port when the one before has, in 509 + 64 = 573; it is here in 573 + 3 + 12. The unit waits for the
    # first piece to 464 (noc 66, link 267..398, noc 66), for the second to 575 (link to 509, noc 66), for the third 13 more.
    same "network.noc" "$(metric r phase.list steady idle.network.noc)" $((66 + 66 + 66 + 13))
    same "network.link" "$(metric r phase.list steady idle.network.link)" $((398 - 267 + 509 - 464))
    # The phase index is 4 B. list: one message starts all counters.
    links list.steady control <<END
        chip0.noc.broadcast 4 0 1 0
        chip1.noc.broadcast 4 0 1 0
END
    totals list.steady $((2 * 9000 + 8)) $((2 * 9000 + 8)) 0 $((9024 + 8))
    events list.steady chip_link_bytes=9024 flit_hops=0 burst_hops=$((3 + 3 + 9)) phase_broadcasts=2
    # levels: an index for 0, 100, 201, 588, 689 and the end.
    totals levels.steady $((2 * 9000 + 48)) $((2 * 9000 + 48)) 0 $((9024 + 48))
    ;;
multicast_is_replicated_where_it_branches)
    # Unit 0 makes 300 B (5 flits, 20 B of padding) that units 1, 2 and 3 of a 2 x 2 mesh read: one burst enters, branches at router
    # 0 (two copies) and at router 1 (two), three leave. Four outputs of 300 B go to the channel at router 0, rows first.
    stg fork.stg 1 1 1 1 1 -- 1-2 1-3 1-4 1-5
    config fork 2 2 1 "{ kind: stg, file: fork.stg, task_cycles: 100, edge_bytes: 300 B }" >c.yaml
    clean c.yaml --start steady
    for p in levels barrier list; do
        links $p.steady data <<END
            chip0.local.u0-r0 600 40 10 0
            chip0.noc.r0-r1   300 20  5 0
            chip0.noc.r0-r2   300 20  5 0
            chip0.noc.r1-r3   300 20  5 0
            chip0.local.r1-u1 300 20  5 0
            chip0.local.r2-u2 300 20  5 0
            chip0.local.r3-u3 300 20  5 0
            chip0.local.u1-r1 300 20  5 0       # outputs
            chip0.local.u2-r2 300 20  5 0
            chip0.local.u3-r3 300 20  5 0
            chip0.noc.r1-r0   300 20  5 0
            chip0.noc.r3-r2   300 20  5 0
            chip0.noc.r2-r0   600 40 10 0
            chip0.local.r0-c0 1200 80 20 0
END
        events $p.steady flit_hops=$((7 * 5)) burst_hops=$((7 + 3 + 4))
    done
    # Broadcasts of 4 B reach 4 units. levels: phases begin at 0, 100, 201, 212, 313, and the end is told.
    links levels.steady control <<<"chip0.noc.broadcast 24 0 6 0"
    links list.steady control <<<"chip0.noc.broadcast 4 0 1 0"
    totals list.steady $((300 + 4 * 300 + 4)) $((3 * 300 + 4 * 300 + 16)) $((600 + 12)) $((7 * 320 + 4))
    totals levels.steady $((300 + 4 * 300 + 24)) $((3 * 300 + 4 * 300 + 96)) $((600 + 72)) $((7 * 320 + 24))
    ;;
boot_is_control_traffic)
    # 16 KiB for each of four units from the channel at router 0; unit 3 is reached over routers 1 and 3. The program itself moves nothing.
    stg four.stg 1 1 1 1 --
    config four 2 2 1 "{ kind: stg, file: four.stg, task_cycles: 100 }" >c.yaml
    clean c.yaml --start cold
    while read -r p broadcasts; do
        links "$p.cold" control <<END
            chip0.local.c0-r0 65536 0 1024 0
            chip0.local.r0-u0 16384 0 256 0
            chip0.local.r1-u1 16384 0 256 0
            chip0.local.r2-u2 16384 0 256 0
            chip0.local.r3-u3 16384 0 256 0
            chip0.noc.r0-r1   32768 0 512 0
            chip0.noc.r0-r2   16384 0 256 0
            chip0.noc.r1-r3   16384 0 256 0
            chip0.noc.broadcast $((4 * broadcasts)) 0 $broadcasts 0
END
        links "$p.cold" data </dev/null
        totals "$p.cold" $((65536 + 4 * broadcasts)) $((65536 + 16 * broadcasts)) $((12 * broadcasts)) $((65536 + 4 * broadcasts))
        events "$p.cold" dram_act=64 dram_rd=1024 dram_wr=0 dram_ref=0 sram_read_bytes=0 sram_write_bytes=65536 phase_broadcasts="$broadcasts"
    done <<END
list 1
levels 3
barrier 6
END
    # levels: 0, 2198 and the end. barrier: each unit begins at a boundary of its own: 0, 2098, 2132, 2164, 2198, the end.
    ;;
small_matmul_counts_its_events)
    # 8 x 64 by 64 x 8 in fp16: x and weights 1,024 B each, a row of a bank and 16 bursts; the output 128 B, 2 bursts. SRAM is read for
    # both operands and to send the output; written by what arrives and by the task.
    config one 1 1 1 "{ kind: mlp, layers: 1, inputs: 64, hidden: 1, outputs: 8, batch: 8 }" >c.yaml
    clean c.yaml
    for p in levels barrier list; do
        both="macs=4096 macs_padded=4096 vector_cycles=0 tasks=1 toggles=1 flit_hops=0 chip_link_bytes=0 dram_ref=0 dram_wr=2"
        both="$both stall_cycles=0 align_holds=0 offset_messages=0 sram_read_bytes=$((1024 + 1024 + 128))"
        # shellcheck disable=SC2086
        events $p.steady $both sram_write_bytes=$((1024 + 128)) dram_act=2 dram_rd=16 burst_hops=2
        # Cold, weights and 16 KiB of entries come, too: 1 + 16 rows more, in as many pieces.
        # shellcheck disable=SC2086
        events $p.cold $both sram_write_bytes=$((16384 + 1024 + 1024 + 128)) dram_act=19 dram_rd=$((256 + 16 + 16)) burst_hops=19
    done
    links list.steady data <<END
        chip0.local.c0-r0 1024 0 16 0
        chip0.local.r0-u0 1024 0 16 0
        chip0.local.u0-r0 128 0 2 0
        chip0.local.r0-c0 128 0 2 0
END
    totals list.steady $((1024 + 128 + 4)) $((1024 + 128 + 4)) 0 4
    # 5 x 64 by 64 x 4: half the engine and more only fills up: 16 steps of 256 MACs for 1,280. x: 640 B are 10 bursts, 40 B of output 1.
    config one 1 1 1 "{ kind: mlp, layers: 1, inputs: 64, hidden: 1, outputs: 4, batch: 5 }" >c.yaml
    clean c.yaml --start steady
    events list.steady macs=1280 macs_padded=4096 dram_act=2 dram_rd=10 dram_wr=1 sram_read_bytes=$((640 + 512 + 40)) sram_write_bytes=$((640 + 40))
    links list.steady data <<END
        chip0.local.c0-r0 640 0 10 0
        chip0.local.r0-u0 640 0 10 0
        chip0.local.u0-r0 40 24 1 0
        chip0.local.r0-c0 40 24 1 0
END
    ;;
refresh_is_counted)
    # 10,101 cycles: two refreshes of each channel are due, at 3,900 and 7,800.
    stg one.stg 1 --
    config one 1 1 3 "{ kind: stg, file: one.stg, task_cycles: 10000 }" >c.yaml
    clean c.yaml --start steady
    for p in levels barrier list; do
        same "$p: makespan" "$(makespan r $p steady)" 10101
        events $p.steady dram_ref=6 dram_act=0 dram_rd=0 dram_wr=0
    done
    ;;
*) fail "no such case" ;;
esac
