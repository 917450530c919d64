"""WHIP with FFmpeg's own muxer, of PyAV's build (PyPI): `publish URL TOKEN`, or `publish-active` to be the DTLS client,
which by default it is not. H.264 and Opus.

Prints a line of JSON for what happens, ends its session when standard input closes.
"""
import json
import select
import sys
import time
from fractions import Fraction

import av

from samples import RATE, SAMPLES, stripes, tone

mode, url, token = sys.argv[1:]

FRAMES_PER_SECOND = 30


def has_ended():
    return bool(select.select([sys.stdin], [], [], 0)[0])


options = {"authorization": token}
if mode == "publish-active":
    options["whip_flags"] = "dtls_active"
with av.open(url, "w", format="whip", options=options) as session:
    # A picture without B frames, as WebRTC has it.
    video = session.add_stream("libx264", rate=FRAMES_PER_SECOND, options={"profile": "baseline", "preset": "ultrafast", "tune": "zerolatency"})
    video.width, video.height, video.pix_fmt, video.gop_size = 320, 240, "yuv420p", FRAMES_PER_SECOND
    audio = session.add_stream("libopus", rate=RATE, options={"frame_duration": "20"})
    audio.layout = "stereo"
    began, number, samples = time.monotonic(), 0, 0
    while not has_ended():
        picture = stripes(number)
        picture.pts, picture.time_base = number, Fraction(1, FRAMES_PER_SECOND)
        session.mux(video.encode(picture))
        number += 1
        while samples / RATE < number / FRAMES_PER_SECOND:
            session.mux(audio.encode(tone(samples)))
            samples += SAMPLES
        time.sleep(max(0, began + number / FRAMES_PER_SECOND - time.monotonic()))
print(json.dumps({"event": "ended"}), flush=True)
