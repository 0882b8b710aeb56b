#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# micro.sh BPSIM CASE - claims about `bpsim micro` on a chip of four SMs at 1 GHz. Needs bash, awk, sed, grep.
set -u
bpsim=$1 name=$2 here=$(dirname "$(realpath "$0")")
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"
config micro 2 2 4 '{ kind: mlp, preset: mlp-small }' >m.yaml
echo 'machines: { dynamic: { preset: [gpu-today, gpu-persistent] } }' >>m.yaml

# micro NAME ARGS...: "SERIES|X VALUE" of each point in points.
micro() {
    exits 0 micro m.yaml "$@" --json
    sed -n 's/^ *{"series": "\(.*\)", "x": \([0-9]*\), "value": \([0-9.e+]*\)},\{0,1\}$/\1|\2 \3/p' out >points
    [ -s points ] || fail "no points: $(cat out)"
}
value() { awk -F'|' -v s="$1" -v x="$2" '$1 == s { split($2, f, " "); if (f[1] == x) print f[2] }' points; }
holds() { awk "BEGIN { exit !($1) }" || fail "$1 does not hold"$'\n'"$(cat points)"; }

# 256 KiB a unit: an L1 of 16 KiB. What fits takes the configured latency of a hit, exactly; what fits L2 always the same.
chase_has_three_plateaus() {
    micro pointer-chase --set machines.dynamic.l1.hit_latency=41
    same "L1 plateau, 4 KiB" "$(value load 4096)" 41.0
    same "L1 plateau, 16 KiB" "$(value load 16384)" 41.0
    l2=$(value load 32768)
    same "L2 plateau" "$(value load 262144)" "$l2"
    holds "$l2 > 41"
    dram=$(tail -n 1 points | cut -d' ' -f2)
    holds "$dram > $l2 + 20"
    micro pointer-chase
    same "L2 latency is not of the L1's hits" "$(value load 32768)" "$l2"
    exits 0 describe machines.dynamic.l2 --json
}

# L2 latency enters one for one.
chase_sees_each_cycle_of_the_l2() {
    micro pointer-chase --set machines.dynamic.l2.latency=100
    first=$(value load 65536)
    micro pointer-chase --set machines.dynamic.l2.latency=117
    holds "$(value load 65536) == $first + 17"
}

# No wire carries more than its width: a flit of 64 B per SM; 32 B per cycle and channel of four.
streams_stay_below_the_wires() {
    micro stream-bandwidth
    holds "$(value L2 1) <= 64 && $(value L2 1) > 16"
    holds "$(value L2 4) > 2 * $(value L2 1) && $(value L2 4) <= 256"
    holds "$(value DRAM 4) <= 128 && $(value DRAM 4) > 40"
}

# Each row of the table in docs/model/micro-benchmarks.md, measured.
what_streams_from_dram_lose() {
    local source rows=0 key cells x column
    source=$(realpath "$here/../..")
    cp "$source/configs/run/quickstart.yaml" m.yaml
    while IFS='|' read -r _ key cells; do
        key=${key//[\` ]/}
        [ "$key" = nothing ] && micro stream-bandwidth || micro stream-bandwidth --set "$key"
        column=0
        for x in 1 4 16; do
            column=$((column + 1))
            same "bytes per cycle of $x SMs with $key" "$(cut -d '|' -f $column <<<"$cells" | tr -d ' ')" "$(printf '%.0f' "$(value DRAM $x)")"
        done
        rows=$((rows + 1))
    done < <(sed -n '/^| .--set. | 1 SM /,/^$/p' "$source/docs/model/micro-benchmarks.md" | sed '1,2d;$d')
    same "rows of the table" $rows 4
}

# 8 x 8 x 4 = 256 MACs per cycle at most; the longer, the less the start counts.
engines_come_near_their_peak() {
    micro mma-throughput
    awk -F'[| ]' '$3 <= last { exit 1 } { last = $3 } END { exit !(last > 150 && last <= 256) }' points ||
        fail "not rising to the peak: $(cat points)"
}

# A period is what one more kernel costs: kernel_launch and cta_start enter one for one, at 1 cycle per ns.
each_kernel_costs_its_launch_and_start() {
    micro kernel-chain --set "machines.dynamic.kernel_launch=700 ns" --set machines.dynamic.cta_start=300
    own=$(value "empty, kernel_launch 0" 8)
    holds "$(value empty 8) == $own + 700"
    holds "$(value store 8) > $(value empty 8)"
    micro kernel-chain --set machines.dynamic.cta_start=10 --machine gpu-persistent
    holds "$(value "empty, kernel_launch 0" 8) == $own - 290"
}

hand_overs_by_flag_and_line() {
    micro sharing-ping-pong --set machines.dynamic.l2.latency=100
    flag=$(value flag 2) line=$(value line 2)
    holds "$flag > 100 && $line > 100"
    micro sharing-ping-pong --set machines.dynamic.l2.latency=200
    holds "$(value flag 2) > $flag + 99 && $(value line 2) > $line + 99"
}

points_do_not_depend_on_jobs() {
    exits 0 micro m.yaml stream-bandwidth --json --jobs 1
    cp out one
    exits 0 micro m.yaml stream-bandwidth --json --jobs 5
    cmp -s out one || fail "other bytes with other --jobs"
    grep -q '"x_unit": "SMs in use"' out && grep -q '"value_unit": "bytes per cycle"' out && grep -q '"name": "stream-bandwidth"' out ||
        fail "units are missing"
}

wrong_names_are_told() {
    exits 0 micro --list
    for n in pointer-chase stream-bandwidth mma-throughput kernel-chain sharing-ping-pong; do
        grep -q "^$n " out || fail "$n is not listed"
    done
    exits 0 micro m.yaml --list
    exits 2 micro m.yaml pointer-chas
    says 'did you mean pointer-chase[?];'
    exits 2 micro m.yaml nothing
    says 'no micro-benchmark nothing;'
    exits 2 micro m.yaml
    exits 2 micro m.yaml pointer-chase --machine dynamic.nothing
    exits 2 micro missing.yaml pointer-chase
    sed -i 's/preset: \[gpu-today, gpu-persistent\]/preset: none/' m.yaml
    exits 2 micro m.yaml pointer-chase
}

"$name"
