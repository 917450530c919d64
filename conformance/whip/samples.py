"""What the peers made with PyAV publish: a picture and a sound that are never the same for long, and can be told."""
import math
import struct
from fractions import Fraction

from av import AudioFrame, VideoFrame

RATE, SAMPLES = 48_000, 960


def stripes(number):
    """Grey stripes that wander upwards from one picture to the next."""
    frame = VideoFrame(320, 240, "yuv420p")
    rows = (bytes([40 + (row + 4 * number) // 16 % 8 * 24]) * frame.planes[0].line_size for row in range(frame.height))
    frame.planes[0].update(b"".join(rows))
    for plane in frame.planes[1:]:
        plane.update(bytes([128]) * plane.buffer_size)
    return frame


def tone(start):
    """20 ms of 440 Hz, from this sample on."""
    frame = AudioFrame("s16", "stereo", SAMPLES)
    wave = (round(8000 * math.sin(math.tau * 440 * (start + n) / RATE)) for n in range(SAMPLES))
    frame.planes[0].update(b"".join(struct.pack("<hh", level, level) for level in wave))
    frame.pts, frame.sample_rate, frame.time_base = start, RATE, Fraction(1, RATE)
    return frame
