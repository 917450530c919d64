#!/usr/bin/env bash
# The gate. Builds once (dev profile), then runs every suite against that one binary.
set -euo pipefail
cd "$(dirname "$0")/.."
step() { printf '\n=== %s (%ss)\n' "$*" "$SECONDS"; }

step "set-up"
scripts/setup.sh test
make --no-print-directory web

step "checks"
scripts/check.sh

# What each suite saw of faults, for the catalogue's gates at the end.
export EXEDRA_SCENARIOS="$PWD/target/scenarios"
rm -rf "$EXEDRA_SCENARIOS"
mkdir -p "$EXEDRA_SCENARIOS"

step "Rust: units, properties, simulations, the real server"
cargo build --workspace --locked --quiet
cargo test --workspace --locked --quiet

step "SDK and console units"
(cd sdk && npm test --silent)
(cd console && npm test --silent)

step "vendor packages and real browsers"
export EXEDRA_BIN="${EXEDRA_BIN:-$PWD/target/debug/exedra}"
(cd conformance && npm ci --no-audit --no-fund --loglevel=error && npm test --silent)

step "the network lab, a part of it (all: make lab-matrix)"
if [ "$(id -u)" = 0 ] && ip netns add exedra-probe 2>/dev/null; then
  ip netns del exedra-probe
  lab/matrix.mjs --repeats 1 --only loss-5,udp-blocked,token
else
  echo "skipped: network namespaces cannot be made here (that needs root)"
fi

step "the error catalogue: what was raised"
cargo xtask catalogue --scenarios "$EXEDRA_SCENARIOS"
