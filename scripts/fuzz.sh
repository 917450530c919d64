#!/usr/bin/env bash
# Runs every fuzz target for FUZZ_SECONDS each (default 30), or only those named as arguments. Starts from the samples that
# the unit tests use. Stops at the first crash; its input is left in fuzz/artifacts.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${FUZZ_SECONDS:-30}"

command -v cargo-fuzz >/dev/null || cargo install --locked --quiet cargo-fuzz
if [ $# -eq 0 ]; then
  mapfile -t targets < <(cargo +nightly fuzz list)
else
  targets=("$@")
fi
[ $# -gt 0 ] || cargo +nightly fuzz build
cargo run --quiet --package exedra-server --example fuzz_corpus -- fuzz/corpus
for target in "${targets[@]}"; do
  printf '\n=== %s, %s s\n' "$target" "$seconds"
  cargo +nightly fuzz run "$target" -- -max_total_time="$seconds" -max_len=70000 -timeout=10 -print_final_stats=1
done
