# Sourced by the scripts beside it: checks that are counted, a folder that goes away, and the processes that they start.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tandem-ci.XXXXXX")
passed=0
failed=0
sidecar_pid=
other_pids=() # of processes that the sidecar needs

stop_all() {
    local pid
    for pid in $sidecar_pid "${other_pids[@]}"; do
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$scratch"
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# check WHAT COMMAND..: counts and prints whether the command succeeds.
check() {
    local what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
        printf 'pass  %s\n' "$what"
    else
        failed=$((failed + 1))
        printf 'FAIL  %s\n' "$what" | tee -a "$scratch/failures"
    fi
}

# within SECONDS COMMAND..: waits until the command succeeds, at most so long.
within() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $deadline ] || return 1
        sleep 0.1
    done
}

# contains FILE PATTERN, lacks FILE PATTERN: an extended regular expression; every file contains the empty one.
contains() { [ -z "$2" ] || grep -qE -- "$2" "$1"; }
lacks() { ! grep -qE -- "$2" "$1"; }

# What failed, once more, as the middle of a long output is easily lost; the last line is the sum. Succeeds if nothing failed.
finish() {
    [ ! -e "$scratch/failures" ] || cat "$scratch/failures"
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
