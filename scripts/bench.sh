#!/bin/sh
# `make bench`: forwarding without system calls, then a server under load; rewrites bench/scoreboard.{json,md,svg}.
# Arguments go to exedra-load (`scripts/bench.sh --quick`). Expects target/release/exedra.
set -eu
cd "$(dirname "$0")/.."
# Two files for each subscriber.
ulimit -n "$(ulimit -Hn)"
cargo build --release --locked --quiet --package exedra-client --bin exedra-load
forward=$(mktemp)
trap 'rm -f "$forward"' EXIT
cargo run --release --locked --quiet --package exedra-bench --bin forward | tee "$forward"
target/release/exedra-load --forward "$forward" "$@"
