#!/usr/bin/env bash
# Everything that needs no running server: format, lints, generated files, invariants, licences.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo fmt --all --check
cargo clippy --workspace --all-targets --locked --quiet -- --deny warnings
cargo xtask catalogue --check
cargo xtask tidy
