#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# mem.sh BPSIM CASE SOURCE - claims about `bpsim mem`. Counts are worked out by hand in the comments: they follow from
# the protocol alone, whatever the machine's latencies are. Needs bash, awk, sed, grep, gzip.
set -u
bpsim=$1 name=$2 source=$3
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"
quickstart=$source/configs/run/quickstart.yaml

# replay PROTOCOL TRACE ARGS...: figures of a trace of folder traces, in out.
replay() {
    local protocol=$1 trace=$2
    shift 2
    exits 0 mem "$quickstart" --trace "$source/traces/$trace" --set "machines.dynamic.protocol=$protocol" --json "$@"
}
# counts "KEY N ...": these counts, and all other messages and states are zero.
counts() {
    local want got
    # shellcheck disable=SC2086
    want=$(printf '%s %s\n' $1 | grep -v ' 0$' | sort)
    got=$(sed -n 's/^ *"\([a-zA-Z_]*\)": \([1-9][0-9]*\),\{0,1\}$/\1 \2/p' out |
        grep -vE '^(cycles|refreshes|read_columns|write_columns|row_hits|row_misses|latency_mean) ' | sort)
    [ "$want" = "$got" ] || fail "wanted and got differ:"$'\n'"$(diff <(echo "$want") <(echo "$got"))"
}

# 128 sectors of 32 lines, one after the other. vi asks for each sector (memory moves two); mesi for whole lines.
sequential_read_misses_per_sector_or_line() {
    replay vi sequential-read.mem
    counts "requests 128 misses 128 I 32 V 96 read 128 data 128 reads 64"
    replay mesi sequential-read.mem
    counts "requests 128 hits 96 misses 32 I 32 S 96 read 32 data 32 reads 32"
}

# 16 lines, twice round: the second time they are there.
pointer_chase_hits_the_second_time() {
    replay vi pointer-chase.mem
    counts "requests 32 hits 16 misses 16 I 16 V 16 read 16 data 16 reads 16"
    replay mesi pointer-chase.mem
    counts "requests 32 hits 16 misses 16 I 16 S 16 read 16 data 16 reads 16"
}

# u0 writes and u1 reads, eight times. mesi: one read_ex of what nobody has (from memory); each read is forwarded to the
# owner, whose data goes home; each later write upgrades and invalidates u1. vi: u1 keeps its first copy, which nobody
# takes from it; the home gets the sector by the first write and asks memory for nothing.
producer_consumer_costs_a_forward_and_an_invalidation() {
    replay mesi producer-consumer.mem
    counts "requests 16 misses 16 I 9 S 7 read_ex 1 data_ex 1 read 8 forward_read 8 owner_data 8 data 8 upgrade 7 \
        invalidate 7 invalidate_ack 7 upgrade_ack 7 invalidations 7 reads 1"
    replay vi producer-consumer.mem
    counts "requests 16 hits 7 misses 9 I 9 V 7 write 8 write_ack 8 read 1 data 1"
}

# The chip is alone: no staging buffers, and no messages of other chips that would need channels of their own.
needs_nothing_that_only_other_machines_or_chips_have() {
    local key
    replay mesi ping-pong.mem --set 'chip.memory.staging=512 KiB' --set 'server.fabric.link.bandwidth=10 TB/s'
    replay mesi ping-pong.mem --set machines.dynamic.topology=mesh --set chip.noc.router.vcs=4
    counts "requests 16 misses 16 I 16 read_ex 16 data_ex 16 forward_read_ex 15 owner_data 15 reads 1"
    for key in protocol=mesi topology=mesh; do local some+=(--set "machines.dynamic.$key"); done
    exits 2 check "$quickstart" "${some[@]}" --set chip.noc.router.vcs=4
    says 'messages of other chips go apart'
}

# Sixteen writes, two writers in turn: the line moves each time, through the home.
ping_pong_moves_the_line_each_time() {
    replay mesi ping-pong.mem
    counts "requests 16 misses 16 I 16 read_ex 16 data_ex 16 forward_read_ex 15 owner_data 15 reads 1"
    replay vi ping-pong.mem
    counts "requests 16 misses 16 I 16 write 16 write_ack 16"
}

# Four requesters, each reads and writes its own word of one line, in turn, four times. mesi: the first is alone (S, since
# nobody has stored, then an upgrade that tells nobody); everybody else takes the line from the last owner and then
# invalidates it. vi: a copy once fetched stays, writes go through.
false_sharing_costs_mesi_what_vi_does_not_pay() {
    replay mesi false-sharing.mem
    counts "requests 32 misses 32 I 16 S 16 read 16 forward_read 15 owner_data 15 data 16 upgrade 16 \
        invalidate 15 invalidate_ack 15 upgrade_ack 16 invalidations 15 reads 1"
    replay vi false-sharing.mem
    counts "requests 32 hits 12 misses 20 I 4 V 28 read 4 data 4 write 16 write_ack 16 reads 1"
}

# 1024 whole lines are written; nothing is read for that. mesi: 32 KiB of L1 keep 256 of them, the others go home.
write_back_pressure_puts_what_does_not_fit() {
    replay mesi write-back-pressure.mem.gz --set "machines.dynamic.l1.size=32 KiB"
    counts "requests 1024 misses 1024 I 1024 read_ex 1024 data_ex 1024 put 768 put_ack 768 writebacks 768"
    replay vi write-back-pressure.mem.gz
    counts "requests 1024 misses 1024 I 1024 write 1024 write_ack 1024"
}

# Bytes 0x7c .. 0x83 lie in the last sector of line 0 and the first of line 1; 300 bytes from 0x20 in lines 0 to 2.
access_that_crosses_lines_counts_for_each() {
    printf -- '- 0 r 7c 8\n- 0 w 20 300\n' >t.mem
    exits 0 mem "$quickstart" --trace t.mem --set machines.dynamic.protocol=vi --json
    counts "requests 5 misses 5 I 3 V 2 read 2 data 2 write 3 write_ack 3 reads 2"
}

# u0 takes a dependent access up when the one before is done, and one with a time not before it.
times_and_dependence_are_kept() {
    printf '1000 0 r 0\n' >one.mem
    printf '1000 0 r 0\n- 0 r 0\n' >two.mem
    printf '1000 0 r 0\n1000 0 r 80\n' >both.mem
    printf '1000 0 r 0\n9000000 0 r 80\n' >late.mem
    for t in one two both late; do
        exits 0 mem "$quickstart" --trace $t.mem --json
        eval "$t=$(scalar out cycles)"
    done
    # shellcheck disable=SC2154
    exits 0 mem "$quickstart" --trace two.mem --json
    # shellcheck disable=SC2154
    { [ "$one" -gt 1000 ] && [ "$two" -gt "$one" ] && [ $((two - one)) -lt $(((one - 1000) / 3)) ]; } ||
        fail "a hit behind a miss: $one, $two"
    # shellcheck disable=SC2154
    [ $((both - one)) -lt $(((one - 1000) / 2)) ] || fail "two misses do not overlap: $one, $both"
    # shellcheck disable=SC2154
    [ "$late" -gt 9000000 ] || fail "an access comes before its time: $late"
}

bad_lines_are_told_all_at_once() {
    printf '# head\n\n- u99 r 0\nx 0 r 0\n1 0 q 0\n1 0 r zz\n1 0 r 0 0\n1 0 r ffffffff 2\n9 0 r 0\n8 0 r 0\n1 0 r\n1 0 r 0 4 4\n' >bad.mem
    exits 2 mem "$quickstart" --trace bad.mem
    for at in 3:3 4:1 5:5 6:7 7:9 8:7 10:1 11:5 12:11; do
        says "^bad.mem:$at: "
    done
    [ "$(grep -c '^bad.mem:' log)" -eq 9 ] || fail "not nine mistakes"
    for i in $(seq 50); do echo "$i 0 r"; done >many.mem
    exits 2 mem "$quickstart" --trace many.mem
    says 'and 30 more mistakes'
    : >empty.mem
    exits 2 mem "$quickstart" --trace empty.mem
    says 'holds no access'
    exits 2 mem "$quickstart" --trace missing.mem
    says '^missing.mem: cannot be read: No such file'
    mkdir folder
    exits 2 mem "$quickstart" --trace folder
    says '^folder: cannot be read: Is a directory'
    exits 2 trace replay folder
    says '^folder: cannot be read: Is a directory'
    exits 2 mem "$quickstart"
    exits 2 mem "$quickstart" --trace empty.mem --machine dynamic.gpu-tody
    says 'did you mean gpu-today'
}

# noise REQUESTERS N: accesses of many at once to few lines, most of them dependent. The numbers are a linear congruential generator's of 24
# bits (Knuth's conditions of a full period), the same in every awk: rand() is not.
noise() {
    awk -v r="$1" -v n="$2" 'function below(k) { x = (x * 16598013 + 12820163) % 16777216; return int(x / 16777216 * k) }
        function access(    c, u, w, a) { c = below(10) < 7 ? "-" : 0; u = below(r); w = below(10) < 4 ? "w" : "r"; a = below(4096)
            printf "%s %d %s %x %d\n", c, u, w, a, 1 + below(40) }
        BEGIN { x = 7; for (i = 0; i < n; i++) access() }'
}

# same_bytes TRACE ARGS...: whatever the order of evaluation is, and whether boxes sleep.
same_bytes() {
    local trace=$1 options
    shift
    exits 0 mem "$quickstart" --trace "$trace" --json "$@"
    cp out first
    for options in --debug-no-sleep "--debug-shuffle 1" "--debug-shuffle 2" "--debug-shuffle 3 --debug-no-sleep"; do
        # shellcheck disable=SC2086
        exits 0 mem "$quickstart" --trace "$trace" --json "$@" $options
        cmp -s first out || fail "$trace $* $options: other bytes"
    done
}

same_bytes_in_any_order_and_asleep_or_awake() {
    noise 8 4000 >noise.mem
    # Every requester's lines fall into few sets of its L1: most attempts are refused.
    awk 'BEGIN { for (i = 0; i < 3000; i++) printf "0 %d %s %x 128\n", i % 8, i % 5 ? "r" : "w", i * 1024 }' >sets.mem
    for protocol in vi mesi; do
        same_bytes noise.mem --set "machines.dynamic.protocol=$protocol"
        same_bytes noise.mem --set "machines.dynamic.protocol=$protocol" --set machines.dynamic.l1.mshrs=2 \
            --set machines.dynamic.l1.mshr_targets=2 --set machines.dynamic.l2.mshrs=4
        same_bytes sets.mem --set "machines.dynamic.protocol=$protocol" --set machines.dynamic.topology=mesh \
            --set chip.noc.router.vcs=6
    done
}

figures_add_up() {
    noise 16 6000 >noise.mem
    for protocol in vi mesi; do
        exits 0 mem "$quickstart" --trace noise.mem --set "machines.dynamic.protocol=$protocol" --json
        awk -v p="$protocol" '{ gsub(/[",:{]/, " ") } NF == 2 { if ($1 in v) exit 1; v[$1] = $2 }
            $1 == "by_state" { s = 1 } $1 == "messages" { s = 0 } s && NF == 2 { states += $2 }
            END { if (v["hits"] + v["misses"] != v["requests"] || states != v["requests"]) exit 1
                if (v["read_columns"] + v["write_columns"] != v["row_hits"] + v["row_misses"]) exit 1
                if (v["read_columns"] < v["reads"] || v["read_columns"] > 2 * v["reads"]) exit 1
                if (v["write_columns"] < v["writes"] || v["write_columns"] > 2 * v["writes"]) exit 1
                if (v["write"] != v["write_ack"] || v["invalidate"] != v["invalidations"]) exit 1
                if (v["put"] + v["put_clean"] != v["put_ack"]) exit 1
                if (v["read"] + v["read_ex"] + v["upgrade"] != v["data"] + v["data_ex"] + v["upgrade_ack"]) exit 1
                if (v["invalidate"] + v["forward_read"] + v["forward_read_ex"] != v["invalidate_ack"] + v["owner_data"]) exit 1
                if (p == "mesi" ? !v["invalidate"] || v["write"] : !v["write"] || v["invalidate"]) exit 1 }' out ||
            fail "$protocol: figures do not add up: $(cat out)"
    done
}

# An access so late that no machine gets there with all boxes awake; interrupted once the program catches the signal.
interrupted_replay_is_marked() {
    noise 16 4000 >noise.mem
    echo "4000000000 u0 r 1000" >>noise.mem
    "$bpsim" mem "$quickstart" --trace noise.mem --debug-no-sleep --json >out 2>log &
    local pid=$! code=0 caught=
    for _ in $(seq 1000); do
        caught=$(sed -n 's/^SigCgt:.*\(.\)$/\1/p' /proc/$pid/status)
        [ $((0x${caught:-0} & 2)) -eq 0 ] || break
        sleep 0.01
    done
    sleep 0.3
    kill -INT $pid
    wait $pid || code=$?
    [ "$code" -eq 130 ] || fail "exit $code instead of 130"
    grep -q '"interrupted": true' out || fail "the figures of what was done are not there, or not marked"
    says interrupted
}

"$name"
