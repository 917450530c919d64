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
  need openssl openssl
  # An implementation of WebRTC for WHIP and WHEP, with bindings of Debian's own Python.
  /usr/bin/python3 - 2>/dev/null <<'PYTHON' || missing+=(python3-gst-1.0 gir1.2-gst-plugins-bad-1.0 gstreamer1.0-{nice,plugins-{base,good,bad}})
import gi
gi.require_version("GstWebRTC", "1.0")
from gi.repository import Gst
Gst.init(None)
assert all(map(Gst.ElementFactory.find, ["webrtcbin", "nicesrc", "vp8enc", "opusenc", "videotestsrc"]))
PYTHON
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
