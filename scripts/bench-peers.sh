#!/bin/sh
# `make bench-peers`: our server, Janus, LiveKit, mediasoup and a server on Pion in one run on this machine; rewrites
# bench/peers.{json,md,svg}. Arguments go to exedra-load (`scripts/bench-peers.sh --quick`). Installs Janus from Debian, builds
# LiveKit and bench/peers/pion; needs root, Go, and target/release/exedra. mediasoup takes part if MEDIASOUP_WORKER_BIN is the path
# of its worker (bench/README.md); it needs Node 22.
set -eu
cd "$(dirname "$0")/.."
command -v go >/dev/null || { echo "bench-peers: Go is required to build LiveKit and bench/peers/pion" >&2; exit 1; }
if ! command -v janus >/dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends janus >/dev/null
  # It is started by the bench, with a configuration of its own.
  ! command -v systemctl >/dev/null || systemctl disable --now --quiet janus || true
fi
(cd bench/peers/pion && go build -o ../../../target/bench-peers/pion .)
(cd bench/peers/livekit && go build -o ../../../target/bench-peers/livekit github.com/livekit/livekit-server/cmd/server)
if [ -n "${MEDIASOUP_WORKER_BIN:-}" ]; then
  npm ci --silent --ignore-scripts --prefix bench/peers/mediasoup
  set -- --server mediasoup=bench/peers/mediasoup/server.mjs "$@"
else
  echo "bench-peers: without mediasoup, as MEDIASOUP_WORKER_BIN does not say where its worker is (see bench/README.md)" >&2
fi
cargo build --release --locked --quiet --package exedra-client --bin exedra-load

# Janus gathers no candidates on the loopback interface, so all of them get an address on another, in a namespace of its own.
namespace=exedra-bench-$$
trap 'ip netns del "$namespace"' EXIT
ip netns add "$namespace"
ip -n "$namespace" link set lo up
ip -n "$namespace" link add bench0 type veth peer name bench1
ip -n "$namespace" addr add 10.99.0.1/24 dev bench0
ip -n "$namespace" link set bench0 up
ip -n "$namespace" link set bench1 up

ulimit -n "$(ulimit -Hn)"
ip netns exec "$namespace" target/release/exedra-load --address 10.99.0.1 \
  --server exedra=target/release/exedra --server janus="$(command -v janus)" --server pion=target/bench-peers/pion \
  --server livekit=target/bench-peers/livekit \
  --scenarios video:50,video:200,browser:200,audio:50,audio:200 --title "Beside others" --name peers "$@"
