#!/usr/bin/env bash
# Installs what Debian packages offer and this machine lacks. `build`: to compile. `test`: also browsers and Python.
set -euo pipefail

missing=()
need() { # command package
  command -v "$1" >/dev/null 2>&1 || missing+=("$2")
}

need cc gcc
need c++ g++
if [ "${1:-build}" = test ]; then
  need chromium chromium
  need firefox-esr firefox-esr
  need python3 python3
  # The network lab.
  need ip iproute2
  need nft nftables
  python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
fi
for tool in cargo node npm; do
  command -v "$tool" >/dev/null 2>&1 || { echo "setup: $tool is required: see the README" >&2; exit 1; }
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "setup: installing ${missing[*]}"
sudo=; [ "$(id -u)" = 0 ] || sudo=sudo
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
