#!/bin/sh
# `make bench`: forwarding without system calls, then a server under load; rewrites bench/scoreboard.{json,md}.
# Arguments go to exedra-load (`scripts/bench.sh --subscribers 50 --repeats 1`). Expects target/release/exedra.
set -eu
cd "$(dirname "$0")/.."
cargo build --release --locked --quiet --package exedra-client --bin exedra-load
forward=$(mktemp)
trap 'rm -f "$forward"' EXIT
cargo run --release --locked --quiet --package exedra-bench --bin forward | tee "$forward"
target/release/exedra-load --server target/release/exedra --forward "$forward" --out bench "$@"
