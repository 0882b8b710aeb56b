# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# lib.sh - what the scripts of this folder share. Sourced with $bpsim and $name (of the case) set; works in a folder of
# its own that is removed at the end. Needs bash, awk, sed, grep and coreutils only.
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

fail() {
    echo "$name: $*"
    [ ! -s log ] || head -n 40 log
    exit 1
}

# exits CODE ARGS...: bpsim ends with this exit code; what it says is in log, what it prints in out.
exits() {
    local want=$1 code=0
    shift
    "$bpsim" "$@" >out 2>log || code=$?
    [ "$code" -eq "$want" ] || fail "bpsim $* exits with $code instead of $want"
}
# interrupts SECONDS ARGS...: bpsim gets SIGINT after so long and ends with 130.
interrupts() {
    local pause=$1 code=0 pid
    shift
    set -m # else the shell starts it with SIGINT ignored
    "$bpsim" "$@" >out 2>log &
    pid=$!
    sleep "$pause"
    kill -INT $pid
    wait $pid || code=$?
    [ "$code" -eq 130 ] || fail "bpsim $* exits with $code instead of 130 after SIGINT"
}
says() { grep -qE -- "$1" log || fail "does not say \"$1\""; }
same() { [ "$2" = "$3" ] || fail "$1: $2 instead of $3"; }


# simulate DIR ARGS...: a run that must succeed, its folder fresh.
simulate() {
    local out=$1
    shift
    rm -rf "$out"
    exits 0 run "$@" --out "$out" --quiet
}

# metric DIR MACHINE START NAME: a figure of summary.csv.
metric() { awk -F, -v m="$2" -v s="$3" -v n="$4" '$1 == m && $2 == s && $3 == n { print $4 }' "$1/summary.csv"; }
makespan() { metric "$1" "phase.$2" "$3" makespan; }
# field DIR NAME KEY: a scalar of one run in results.json.
field() {
    awk -v n="    \"$2\": {" -v k="\"$3\":" 'index($0, n) == 1 { on = 1; next } on && /^    }/ { exit }
        on && $1 == k { v = $2; gsub(/[",]/, "", v); print v; exit }' "$1/results.json"
}
# event DIR NAME EVENT: a count of one run in results.json.
event() {
    awk -v n="    \"$2\": {" -v k="\"$3\":" 'index($0, n) == 1 { on = 1 } on && /^      "events"/ { e = 1 }
        e && $1 == k { v = $2; gsub(/[^0-9]/, "", v); print v; exit }' "$1/results.json"
}
# scalar FILE KEY: a top-level scalar of a JSON file that bpsim printed.
scalar() { sed -n 's/^  "'"$2"'": "\{0,1\}\([^",]*\)"\{0,1\},\{0,1\}$/\1/p' "$1"; }

# rises FILE.vcd PERIOD_FS: "SCOPE CYCLE" for each 0 -> 1 of a bit, in order of time.
rises() {
    awk -v p="$2" '
        $1 == "$scope" { scope[++n] = $3 } $1 == "$upscope" { n-- }
        $1 == "$var" && $5 == "bit" { s = scope[1]; for (i = 2; i <= n; i++) s = s "." scope[i]; name[$4] = s }
        /^#/ { t = substr($1, 2) }
        /^1/ { id = substr($1, 2); if (id in name && !was[id]) printf "%s %d\n", name[id], int(t / p + 0.5); was[id] = 1 }
        /^0/ { was[substr($1, 2)] = 0 }' "$1"
}

# durations FILE PERIOD_FS [END_FS]: "NAME VALUE CYCLES", how long each variable had each value (before END_FS); values in decimal.
durations() {
    awk -v p="$2" -v end="${3:-}" '
        function decimal(s,    i, v) { v = 0; for (i = 1; i <= length(s); i++) v = 2 * v + substr(s, i, 1); return v }
        function change(id, v) { held[id, value[id]] += t - since[id]; seen[id, value[id]] = 1; value[id] = v; since[id] = t }
        $1 == "$scope" { scope[++n] = $3 } $1 == "$upscope" { n-- }
        $1 == "$var" { s = scope[1]; for (i = 2; i <= n; i++) s = s "." scope[i]; name[$4] = s "." $5; value[$4] = 0; since[$4] = 0 }
        /^#/ { t = substr($1, 2); if (end != "" && t + 0 > end + 0) t = end }
        /^[01]/ { change(substr($1, 2), substr($1, 1, 1)) }
        /^b/ { change($2, decimal(substr($1, 2))) }
        END { for (id in name) change(id, value[id])
              for (k in seen) { split(k, q, SUBSEP); if (held[k] > 0) printf "%s %s %.0f\n", name[q[1]], q[2], held[k] / p } }' "$1"
}

agree() { # agree WHAT: the lists `waveform` and `results` are the same and not empty
    [ -s results ] || fail "$run: $1: nothing to compare"
    diff waveform results >log || fail "$run: $1"
}

gtkwave_gives_back_every_change() { # of w.vcd, in run $run
    vcd2fst w.vcd w.fst >log 2>&1 && fst2vcd w.fst >back.vcd || fail "$run: gtkwave's tools refuse the waveform"
    for f in w back; do
        awk '$1 == "$scope" { scope[++n] = $3 } $1 == "$upscope" { n-- }
             $1 == "$var" { s = scope[1]; for (i = 2; i <= n; i++) s = s "." scope[i]; name[$4] = s "." $5 }
             /^#/ { t = substr($1, 2) }
             /^[01]/ { print t, name[substr($1, 2)], substr($1, 1, 1) }
             /^b/ { v = substr($1, 2); sub(/^0+/, "", v); print t, name[$2], v == "" ? 0 : v }' $f.vcd | sort >$f.changes
    done
    mv w.changes waveform
    mv back.changes results
    agree "changes"
}

# starts FILE.bps: "TASK UNIT START END" of each operation of the measured program.
starts() {
    "$bpsim" schedule show "$1" --json | sed -n 's/^ *{"id": \([0-9]*\), "unit": "\([^"]*\)", "start": \([0-9]*\), "end": \([0-9]*\).*/\1 \2 \3 \4/p'
}

# stg FILE CYCLES... -- EDGES...: tasks of these processing times, numbered from 1; an edge is FROM-TO.
stg() {
    local file=$1 n=0 id e
    local -a times=() preds=()
    shift
    while [ "$1" != -- ]; do
        n=$((n + 1)) times[n]=$1 preds[n]=
        shift
    done
    shift
    for e; do preds[${e#*-}]+=" ${e%-*}"; done
    {
        echo "$n"
        echo "0 0 0"
        for id in $(seq "$n"); do
            [ -n "${preds[id]}" ] || preds[id]=" 0"
            echo "$id ${times[id]} $(wc -w <<<"${preds[id]}")${preds[id]}"
        done
        # shellcheck disable=SC2046
        echo "$((n + 1)) 0 $n $(seq -s ' ' "$n")"
    } >"$file"
}

# config NAME ROWS COLS CHANNELS WORKLOAD [FABRIC]: a server at a round clock (1 GHz: a cycle is 1 ns). Flits of 64 B;
# hbm2 gives 32 GB/s, 32 B per cycle, to a channel. The launch takes 100 cycles.
config() {
    local chips=1
    [ -z "${6:-}" ] || chips=${6%% *}
    cat <<END
version: 1
name: $1
server:
  chips: $chips
$([ -z "${6:-}" ] || echo "  fabric: ${6#* }")
chip:
  clock: 1 GHz
  units: { rows: $2, cols: $3, engine: { m: 8, n: 8, k: 4 }, vector_lanes: 32, sram: 256 KiB }
  noc: { topology: mesh, flit: 64 B }
  memory: { channels: $4, timing: hbm2 }
workload: $5
run: { launch: 100 ns }
END
}
