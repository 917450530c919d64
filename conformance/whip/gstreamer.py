"""WHIP and WHEP with GStreamer's webrtcbin (Debian's packages, its Python bindings): `publish URL TOKEN` or `watch URL TOKEN`.

Prints a line of JSON for what happens, ends its session when standard input closes. The exchange over HTTP is here because Debian 12
has no whipsink; the WebRTC is GStreamer's.
"""
import hashlib
import json
import re
import ssl
import subprocess
import sys
import threading
import urllib.parse
import urllib.request
import zlib

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

PUBLISHED = """
  webrtcbin name=peer bundle-policy=max-bundle
  videotestsrc is-live=true pattern=ball background-color=0xff808080 ! video/x-raw,width=320,height=240,framerate=15/1 ! videoconvert
    ! vp8enc deadline=1 keyframe-max-dist=30 ! rtpvp8pay ! application/x-rtp,media=video,encoding-name=VP8,payload=96 ! peer.
  audiotestsrc is-live=true ! audioconvert ! audioresample ! opusenc ! rtpopuspay
    ! application/x-rtp,media=audio,encoding-name=OPUS,payload=97 ! peer.
"""
WATCHED = {
    "video": "application/x-rtp,media=video,encoding-name=VP8,payload=96,clock-rate=90000,rtcp-fb-nack-pli=true",
    "audio": "application/x-rtp,media=audio,encoding-name=OPUS,payload=97,clock-rate=48000",
}

# GStreamer 1.22 makes itself an RSA certificate, of which Exedra's DTLS wants none. Given an ECDSA one it takes the key for a part of
# what it fingerprints, so the offer gets the right fingerprint here.
NEW = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=gstreamer -keyout - -out -"
KEY_AND_CERTIFICATE = subprocess.run(NEW.split(), check=True, capture_output=True, text=True).stdout
DER = ssl.PEM_cert_to_DER_cert(KEY_AND_CERTIFICATE[KEY_AND_CERTIFICATE.index("-----BEGIN CERTIFICATE"):])
FINGERPRINT = "a=fingerprint:sha-256 " + hashlib.sha256(DER).digest().hex(":").upper()

mode, url, token = sys.argv[1:]
loop = GLib.MainLoop()
saying = threading.Lock()
location = None


def say(**what):
    with saying:  # several threads do
        print(json.dumps(what), flush=True)


def http(method, to, body=None):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
    request = urllib.request.Request(to, method=method, headers=headers, data=body and body.encode())
    return urllib.request.urlopen(request, timeout=20)


def on_offer(promise, peer):
    global location
    reply = promise.get_reply()  # owns the offer
    offer = reply.get_value("offer")
    peer.emit("set-local-description", offer, None)
    answer = http("POST", url, re.sub("a=fingerprint:[^\r\n]*", FINGERPRINT, offer.sdp.as_text()))
    location = urllib.parse.urljoin(url, answer.headers["Location"])
    _, sdp = GstSdp.SDPMessage.new_from_text(answer.read().decode())
    peer.emit("set-remote-description", GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, sdp), None)
    say(event="answered")


def on_negotiation_needed(peer):
    peer.emit("create-offer", None, Gst.Promise.new_with_change_func(on_offer, peer))


def on_state(peer, _):
    say(event="connection", state=peer.get_property("connection-state").value_nick)


def on_element(_pipeline, _bin, element):
    factory = element.get_factory()
    if factory and factory.get_name() == "dtlsdec":
        element.set_property("pem", KEY_AND_CERTIFICATE)


class Counted:
    """Decoded pictures, of which some differ from the one before; or decoded sound that is not silent."""

    def __init__(self, kind):
        self.kind, self.count, self.changes, self.last = kind, 0, 0, None

    def take(self, _sink, buffer, _pad):
        data = zlib.crc32(buffer.extract_dup(0, buffer.get_size()))
        self.count += 1
        self.changes += data != self.last
        self.last = data
        if self.count % 10 == 0:
            say(event="decoded", kind=self.kind, count=self.count, changes=self.changes)


def on_decoded(_bin, pad, pipeline):
    kind = "video" if pad.get_current_caps().to_string().startswith("video") else "audio"
    sink = Gst.ElementFactory.make("fakesink")
    sink.set_property("signal-handoffs", True)
    sink.connect("handoff", Counted(kind).take)
    pipeline.add(sink)
    sink.sync_state_with_parent()
    pad.link(sink.get_static_pad("sink"))


def on_incoming(_peer, pad, pipeline):
    if pad.get_direction() != Gst.PadDirection.SRC:
        return
    decoder = Gst.ElementFactory.make("decodebin")
    decoder.connect("pad-added", on_decoded, pipeline)
    pipeline.add(decoder)
    decoder.sync_state_with_parent()
    pad.link(decoder.get_static_pad("sink"))


def end():
    """The test closes standard input when it has seen enough."""
    sys.stdin.read()
    http("DELETE", location)
    say(event="ended")
    loop.quit()


Gst.init(None)
if mode == "publish":
    pipeline = Gst.parse_launch(PUBLISHED)
    peer = pipeline.get_by_name("peer")
else:
    pipeline = Gst.Pipeline()
    peer = Gst.ElementFactory.make("webrtcbin", "peer")
    peer.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
    pipeline.add(peer)
    peer.connect("pad-added", on_incoming, pipeline)
pipeline.connect("deep-element-added", on_element)
peer.connect("on-negotiation-needed", on_negotiation_needed)
peer.connect("notify::connection-state", on_state)
if mode == "watch":
    for caps in WATCHED.values():
        peer.emit("add-transceiver", GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY, Gst.Caps.from_string(caps))
threading.Thread(target=end, daemon=True).start()
pipeline.set_state(Gst.State.PLAYING)
loop.run()
pipeline.set_state(Gst.State.NULL)
