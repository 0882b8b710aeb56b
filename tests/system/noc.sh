#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# noc.sh BPSIM CASE SOURCE - claims about `bpsim noc`. Needs bash, awk, sed, grep, coreutils.
set -u
bpsim=$1 name=$2 source=$3
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"
mesh8=$source/configs/noc/mesh8.yaml

# near WHAT VALUE LOW HIGH
near() { awk -v v="$2" -v a="$3" -v b="$4" 'BEGIN { exit !(v >= a && v <= b) }' || fail "$1: $2 is not in $3..$4"; }
# quick ARGS...: few cycles of mesh8, as JSON.
quick() { exits 0 noc "$mesh8" --cycles 2000 --warmup 1000 --json "$@"; }

json_has_the_keys_of_the_contract() {
    quick --rate 0.1
    grep -o '"[a-z_0-9]*"' out | tr -d '"' >got
    printf '%s\n' packet_latency_mean packet_latency_ci95 packet_latency_p50 packet_latency_p99 packet_latency_max \
        network_latency_mean flit_latency_mean hops_mean offered accepted saturated packets flit_hops cycles >want
    diff want got >log || fail "other keys"
    near packet_latency_mean "$(scalar out packet_latency_mean)" 33 35
    near hops_mean "$(scalar out hops_mean)" 6.1 6.4
    near offered "$(scalar out offered)" 0.095 0.105
    same saturated "$(scalar out saturated)" false
    same packet_latency_ci95 "$(scalar out packet_latency_ci95)" null
}

same_seed_gives_the_same_bytes() {
    quick --rate 0.3 --packet-flits 5 --traffic hotspot --seed 7
    mv out first
    for shuffle in 0 1 2; do
        quick --rate 0.3 --packet-flits 5 --traffic hotspot --seed 7 --debug-shuffle $shuffle
        cmp -s first out || fail "other bytes, shuffled by $shuffle"
    done
    quick --rate 0.3 --packet-flits 5 --traffic hotspot --seed 8
    ! cmp -s first out || fail "another seed gives the same"
}

repeats_give_an_interval() {
    quick --rate 0.2 --repeat 4
    near ci95 "$(scalar out packet_latency_ci95)" 0.001 1
    near mean "$(scalar out packet_latency_mean)" 34.5 35.8
    quick --rate 0.2 --repeat 1 --seed 2
    one=$(scalar out packets)
    quick --rate 0.2 --repeat 2 --seed 1
    two=$(scalar out packets)
    quick --rate 0.2 --seed 1
    same "packets of both seeds" "$two" "$((one + $(scalar out packets)))"
}

overload_exits_0_and_says_so() {
    quick --rate 1
    same saturated "$(scalar out saturated)" true
    near accepted "$(scalar out accepted)" 0.36 0.41
    exits 0 noc "$mesh8" --rate 1 --cycles 2000 --warmup 1000
    grep -q SATURATED out || fail "the table does not say it"
}

packets_of_one_to_65535_flits() {
    local cycles
    for flits in 1 2 7 100 128 129 1000 65535; do
        quick --rate 0.001 --packet-flits $flits --traffic neighbor --cycles $((300000 + flits * 100))
        cycles=$(scalar out packet_latency_p50) # neighbor: 3 routers where nothing wraps; 5 cycles each, 2, and a flit per cycle
        near "latency of $flits flits" "$cycles" $((17 + flits - 1)) $((17 + flits + 3))
    done
}

every_pattern_runs() {
    for pattern in uniform transpose bitcomp bitrev shuffle tornado neighbor hotspot; do
        quick --rate 0.05 --traffic $pattern
        near "$pattern accepted" "$(scalar out accepted)" 0.045 0.055
    done
    quick --rate 0.05 --no-self # mean distance without oneself: 5.25 x 64 / 63 links, and a router
    near "hops without self" "$(scalar out hops_mean)" 6.25 6.42
}

permutation_file_is_followed() {
    { echo "# bit complement"; for i in $(seq 63 -1 0); do echo "$i # one a line"; done; } >p.txt
    quick --rate 0.1 --traffic p.txt
    mv out first
    quick --rate 0.1 --traffic bitcomp
    cmp -s first out || fail "bitcomp from a file is another"
}

files_that_are_no_permutation_are_told() {
    seq 0 63 >p.txt
    sed '5s/.*/64/; 9s/.*/7/; 10s/.*/x y/' p.txt >bad.txt
    exits 2 noc "$mesh8" --rate 0.1 --traffic bad.txt
    for message in '5:1: 64 is no node; there are 0 to 63' '9:1: no permutation: nodes 7 and 8 both send to 7' \
        '10:1: x is no node' '10:3: y is no node' '64:1: more than the 64 nodes'; do
        says "^bad.txt:$message"
    done
    head -n 10 p.txt >short.txt
    exits 2 noc "$mesh8" --rate 0.1 --traffic short.txt
    says '^short.txt:10:1: ends after 10 of 64 nodes'
    : >empty.txt
    exits 2 noc "$mesh8" --rate 0.1 --traffic empty.txt
    says 'ends after 0 of 64 nodes'
    exits 2 noc "$mesh8" --rate 0.1 --traffic nosuchfile
    says 'nosuchfile: cannot be read'
    exits 2 noc "$mesh8" --rate 0.1 --traffic unifrom
    says 'did you mean uniform'
}

bad_options_exit_2() {
    for rate in 0 -1 1.01 nan inf x 1e-12 1e-300 1e-400 9e-10 ''; do
        exits 2 noc "$mesh8" "--rate=$rate"
        says "--rate: $rate is no number in 1e-9..1"
    done
    for flits in 0 65536 x; do
        exits 2 noc "$mesh8" --rate 0.1 --packet-flits $flits
        says '--packet-flits: .*1\.\.65535'
    done
    exits 2 noc "$mesh8"
    says '--rate RATE or --sweep is needed'
    exits 2 noc "$mesh8" --sweep --rate 0.1
    exits 2 noc "$mesh8" --rate 0.1 --out x
    exits 2 noc "$mesh8" --rate 0.1 --cycles 0
    exits 2 noc "$mesh8" --rate 0.1 --repeat 0
    exits 2 noc --rate 0.1
    says 'CONFIG is missing'
    exits 2 noc "$mesh8" --rate 0.1 --traffic transpose --set chip.units.rows=4
    says 'transpose needs as many rows as columns'
    exits 2 noc "$mesh8" --rate 0.1 --traffic bitrev --set chip.units.rows=3
    says 'bitrev needs a power of two'
    exits 2 noc "$mesh8" --rate 0.1 --no-self --set chip.units.rows=1 --set chip.units.cols=1
    says 'another node to send to'
    exits 0 noc --help
}

# wrong LINE:COL KEY MESSAGE: net.yaml is refused there.
wrong() {
    exits 2 noc net.yaml --rate 0.1
    says "^net.yaml:$1: $2: .*$3"
}

networks_that_cannot_be_are_told_with_their_place() {
    printf 'version: 1\nchip:\n  units: { rows: 8, cols: 6 }\n  noc:\n    %s\n' 'concentration: 4' >net.yaml
    exits 0 noc net.yaml --rate 0.1 --cycles 500
    printf 'version: 1\nchip:\n  units: { rows: 8, cols: 6 }\n  noc:\n    %s\n' 'concentration: 5' >net.yaml
    wrong 5:20 chip.noc.concentration 'do not fill the grid of 8 x 6'
    printf 'version: 1\nchip:\n  units: { rows: 8, cols: 8 }\n  noc: { topology: torus, router: { vcs: 1 } }\n' >net.yaml
    wrong 4:42 chip.noc.router.vcs 'can deadlock'
    printf 'version: 1\nchip:\n  units: { rows: 8, cols: 8 }\n  noc: { topology: torus, router: { vcs: 3, valiant: true } }\n' >net.yaml
    wrong 4:42 chip.noc.router.vcs 'Valiant routes can deadlock'
    exits 0 noc net.yaml --rate 0.1 --cycles 500 --set chip.noc.router.vcs=4
    printf 'version: 1\nchip:\n  units: { rows: 8, cols: 8 }\n  noc: { topology: crossbar, router: { valiant: true } }\n' >net.yaml
    wrong 4:49 chip.noc.router.valiant 'has no detours'
    for topology in crossbar partitioned_crossbar; do
        printf 'version: 1\nchip:\n  units: { rows: 8, cols: 8 }\n  noc:\n    topology: %s\n    router: { adaptive: true }\n' \
            "$topology" >net.yaml
        wrong 6:25 chip.noc.router.adaptive 'routes of this topology are fixed'
    done
    printf 'version: 1\nchip:\n  units: { rows: 8, cols: 8 }\n  noc: { router: { valiant: true, adaptive: true } }\n' >net.yaml
    wrong 4:45 chip.noc.router.adaptive 'not both'
    exits 0 noc net.yaml --rate 0.1 --cycles 500 --set chip.noc.router.valiant=false
    printf 'version: 1\nchip:\n  units: { rows: 8, cols: 8 }\n  noc: { topology: flattened_butterfly, router: { adaptive: true, vcs: 1 } }\n' >net.yaml
    wrong 4:72 chip.noc.router.vcs 'flattened_butterfly with 1 virtual channel and adaptive routes can deadlock'
    exits 0 noc net.yaml --rate 0.1 --cycles 500 --set chip.noc.router.vcs=2
    printf 'version: 1\nchip:\n  units: { rows: 8, cols: 8 }\n  noc: { topology: torus, router: { adaptive: true, vcs: 3 } }\n' >net.yaml
    wrong 4:58 chip.noc.router.vcs 'adaptive routes can deadlock.*allowed: 4..32'
    exits 0 noc net.yaml --rate 0.1 --cycles 500 --set chip.noc.router.vcs=4
    printf 'version: 1\nchip:\n  units: { rows: 8, cols: 8 }\n  noc: { topology: ring, router: { adaptive: true, vcs: 1 } }\n' >net.yaml
    wrong 4:57 chip.noc.router.vcs 'can deadlock.*allowed: 2..32'
    exits 0 noc net.yaml --rate 0.05 --cycles 500 --set chip.noc.router.vcs=2
    printf 'version: 1\nchip:\n  units: { rows: 16, cols: 16 }\n  noc: { topology: ring, router: { adaptive: true } }\n' >net.yaml
    wrong 4:20 chip.noc.topology 'too long; allowed: 254'
    exits 0 noc net.yaml --rate 0.01 --cycles 500 --set chip.noc.router.adaptive=false
    printf 'version: 1\nchip:\n  units: { rows: 8, cols: 8 }\n  noc: { router: { iterations: 2, allocator: separable_input_first } }\n' >net.yaml
    wrong 4:32 chip.noc.router.iterations 'needs allocator islip'
    exits 0 noc net.yaml --rate 0.1 --cycles 500 --set chip.noc.router.allocator=islip
    printf 'version: 1\nchip:\n  units: { rows: 32, cols: 32 }\n  noc: { topology: ring }\n' >net.yaml
    wrong 4:20 chip.noc.topology 'too long'
    printf 'version: 1\nchip:\n  units: { rows: 40, cols: 40 }\n  noc: { topology: crossbar }\n' >net.yaml
    wrong 4:8 chip.noc.router.vcs 'too wide'
    printf 'version: 1\nchip:\n  units: { rows: 8, cols: 8 }\n  noc: { topology: crossbar, concentration: 2 }\n' >net.yaml
    wrong 4:45 chip.noc.concentration 'do not stand in a grid'
    printf 'version: 1\nchip:\n  units: { rows: 128, cols: 128 }\n  noc: { router: { vcs: 32, depth: 255 } }\n' >net.yaml
    wrong 4:36 chip.noc.router.depth 'hold too many'
    printf 'version: 1\nchip:\n  units: { rows: 8 }\n  noc: { topology: mash, router: { vcs: 0 } }\n' >net.yaml
    exits 2 noc net.yaml --rate 0.1
    says '^net.yaml:3:10: chip.units.cols: is missing'
    says '^net.yaml:4:20: chip.noc.topology: .mash'
    says '^net.yaml:4:41: chip.noc.router.vcs: 0 is outside'
}

machines_refuse_detours_and_networks_that_cannot_be() {
    printf 'include: %s\nchip:\n  noc: { router: { valiant: true } }\n' "$source/configs/run/tiny.yaml" >run.yaml
    exits 2 check run.yaml
    says "^run.yaml:3:29: chip.noc.router.valiant: the phase machine's routes are fixed"
    printf 'include: %s\nchip:\n  noc: { router: { adaptive: true } }\n' "$source/configs/run/tiny.yaml" >run.yaml
    exits 2 check run.yaml
    says "^run.yaml:3:30: chip.noc.router.adaptive: the phase machine's routes are fixed"
    exits 2 check run.yaml --set machines.dynamic.preset=gpu-today
    says '^run.yaml:3:30: chip.noc.router.adaptive: machine dynamic.gpu-today has a crossbar, whose routes are fixed; allowed: .*fat_tree$'
    exits 2 check run.yaml --set machines.dynamic.preset=gpu-today --set machines.dynamic.topology=mesh --set chip.noc.router.valiant=true
    says '^run.yaml:3:30: chip.noc.router.adaptive: routes are adaptive or'
    exits 0 check run.yaml --set machines.dynamic.preset=gpu-today --set machines.dynamic.topology=fat_tree --set chip.noc.concentration=2
    printf 'include: %s\nchip:\n  noc: { topology: fat_tree }\n' "$source/configs/run/tiny.yaml" >run.yaml
    exits 2 check run.yaml
    says '^run.yaml:3:8: chip.noc.concentration: .*fat tree'
    printf 'include: %s\nchip:\n  noc: { concentration: 3 }\n' "$source/configs/run/tiny.yaml" >run.yaml
    exits 2 run run.yaml --out r
    says '^run.yaml:3:25: chip.noc.concentration: '
    printf 'include: %s\nchip:\n  noc: { concentration: 2 }\n' "$source/configs/run/tiny.yaml" >run.yaml
    exits 0 check run.yaml
    exits 0 noc run.yaml --rate 0.1 --cycles 500 # the network of a whole configuration is read all the same
}

sweep_finds_saturation_and_writes_the_curve() {
    exits 0 noc "$mesh8" --sweep --out d/s --cycles 3000 --warmup 1000 --json
    near saturation "$(scalar out saturation)" 0.40 0.425
    [ "$(head -n 1 d/s/load-latency.csv | cut -d, -f1-5)" = rate,offered,accepted,saturated,packet_latency_mean ] || fail "columns"
    awk -F, 'NR > 1 { if ($1 <= last) exit 1; last = $1; n++; bad += NF != 15 } END { exit !(n >= 10 && last == 1 && !bad) }' \
        d/s/load-latency.csv || fail "rows"
    same points "$(grep -c '"rate"' out)" "$(($(wc -l <d/s/load-latency.csv) - 1))"
    { head -n 1 d/s/load-latency.svg | grep -q '^<svg ' && tail -n 1 d/s/load-latency.svg | grep -q '^</svg>'; } || fail "figure"
    ! grep -q 'nan\|inf' d/s/load-latency.svg || fail "figure with numbers that are none"
    cp d/s/load-latency.svg first.svg
    exits 0 noc "$mesh8" --sweep --out d/s --cycles 3000 --warmup 1000
    grep -q 'keeps up to 0.4' out || fail "table"
    cmp first.svg d/s/load-latency.svg || fail "other bytes"
    : >file
    exits 1 noc "$mesh8" --sweep --out file/s
}

# Transpose: links that seven nodes share are the limit, 1/7. The curve has its points where it bends, as well.
sweep_finds_the_limit_of_a_few_links() {
    exits 0 noc "$mesh8" --sweep --traffic transpose --out d/t --json
    near saturation "$(scalar out saturation)" 0.1400 0.1457
    awk -F, -v s="$(scalar out saturation)" '
        NR > 1 && $1 <= s { n++; bend += $1 > 0.8 * s; bad += $4 == "true"; bad += $5 < last * 0.97; last = $5 }
        NR > 1 && $1 > s { bad += $4 == "false" }
        END { exit !(n >= 11 && bend >= 5 && !bad) }' d/t/load-latency.csv || fail "rows"
    grep -q 'keeps up to 0.14' d/t/load-latency.svg || fail "figure"
}

# The command of docs/model/noc.md makes the files that stand in docs/figures, byte for byte.
scheduled_figure_is_the_committed_one() {
    local name
    exits 0 noc "$mesh8" --sweep --scheduled --warmup 1000 --cycles 4000 --out f
    for name in load-scheduled.csv load-scheduled.svg; do
        cmp "f/$name" "$source/docs/figures/$name" >log || fail "$name is not the committed one"
    done
    [ "$(ls f | wc -l)" -eq 2 ] || fail "other files: $(ls f)"
    # From its slot a packet needs the same at every load; from creation, both networks have a knee.
    awk -F, '$1 == "scheduled" { n++; if ($11 < 13.3 || $11 > 13.8) exit 1; last = $6 } $1 == "queued" { q = $6; m += $5 == "false" }
             END { exit !(n > 11 && m > 11 && last > 100 && q > 100) }' f/load-scheduled.csv || fail "figures"
    exits 2 noc "$mesh8" --rate 0.1 --scheduled
    exits 2 noc "$mesh8" --sweep --scheduled --repeat 2
    exits 0 noc "$mesh8" --sweep --scheduled --warmup 100 --cycles 400 --json
    grep -q '"scheduled": \[' out || fail "no list in JSON"
}

interrupted_run_is_marked() {
    "$bpsim" noc "$mesh8" --rate 0.3 --cycles 400000000 --json >out 2>log &
    local pid=$! code=0 caught=
    for _ in $(seq 1000); do
        caught=$(sed -n 's/^SigCgt:.*\(.\)$/\1/p' /proc/$pid/status)
        [ $((0x${caught:-0} & 2)) -eq 0 ] || break
        sleep 0.01
    done
    sleep 0.3
    kill -INT $pid
    wait $pid || code=$?
    same "exit code" $code 130
    grep -q '"interrupted": true' out || fail "not marked"
    says interrupted
}

# latency CONFIG RATE REFERENCE [PER_CENT]: mean packet latency of configs/noc/CONFIG.yaml; the reference is BookSim2's.
latency() {
    exits 0 noc "$source/configs/noc/$1.yaml" --rate "$2" --json
    near "$1 at $2" "$(scalar out packet_latency_mean)" \
        "$(awk -v r="$3" -v p="${4:-1}" 'BEGIN { print r * (1 - p / 100) }')" \
        "$(awk -v r="$3" -v p="${4:-1}" 'BEGIN { print r * (1 + p / 100) }')"
}
# alone CONFIG PER_HOP REST: at next to no load a packet takes PER_HOP cycles a router and REST.
alone() {
    exits 0 noc "$source/configs/noc/$1.yaml" --rate 0.0005 --cycles 100000 --json
    awk -v h="$(scalar out hops_mean)" -v l="$(scalar out packet_latency_mean)" -v a="$2" -v b="$3" \
        'BEGIN { d = l - a * h - b; exit !(d >= -0.001 && d < 0.05) }' || fail "$1: $(cat out)"
}
networks_to_begin_with_are_those_of_the_reference() {
    latency mesh8 0.3 37.95
    latency mesh8_separable 0.3 38.071
    latency torus8 0.4 35.655
    alone mesh8 5 2
    alone mesh8_lookahead 4 2
    alone mesh8_speculative 3 2
    alone mesh16 5 2
    alone torus8 6 1
    for config in "$source"/configs/noc/*.yaml; do
        exits 0 noc "$config" --rate 0.1 --json
        same "$config saturated" "$(scalar out saturated)" false
    done
}

# Every topology, 16 nodes: everything arrives, with the mean number of routers that its definition gives.
every_topology_carries_uniform_traffic() {
    hops() { # TOPOLOGY MEAN KEYS...
        local topology=$1 mean=$2
        shift 2
        exits 0 noc "$source/configs/noc/mesh8.yaml" --set chip.units.rows=4 --set chip.units.cols=4 --rate 0.1 \
            --set chip.noc.topology=$topology "$@" --json
        near "$topology" "$(scalar out hops_mean)" \
            "$(awk -v m="$mean" 'BEGIN { print m * 0.99 }')" "$(awk -v m="$mean" 'BEGIN { print m * 1.01 }')"
        near "$topology accepted" "$(scalar out accepted)" 0.097 0.103
    }
    hops mesh 3.5                                          # 1 + 2 x 1.25 links
    hops torus 3                                           # 1 + 2 x 1
    hops ring 5                                            # 1 + 4
    hops crossbar 1
    hops partitioned_crossbar 1.5                          # half of the packets cross
    hops flattened_butterfly 2.5                           # 1 + 2 x 3/4
    hops flattened_butterfly 2 --set chip.noc.concentration=4 # 2 x 2 routers: 1 + 2 x 1/2
    hops fat_tree 2.5 --set chip.noc.concentration=4       # a quarter turns at the leaf, the others at a root: 1, 3
}

"$name"
