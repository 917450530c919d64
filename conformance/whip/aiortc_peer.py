"""WHIP and WHEP with aiortc (PyPI): `publish URL TOKEN` or `watch URL TOKEN`.

Prints a line of JSON for what happens, ends its session when standard input closes.
"""
import asyncio
import json
import sys
import urllib.parse
import urllib.request
import zlib

from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.mediastreams import MediaStreamError

from samples import RATE, SAMPLES, stripes, tone

mode, url, token = sys.argv[1:]


def say(**what):
    print(json.dumps(what), flush=True)


def http(method, to, body=None):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
    request = urllib.request.Request(to, method=method, headers=headers, data=body and body.encode())
    return urllib.request.urlopen(request, timeout=20)


class Stripes(VideoStreamTrack):
    async def recv(self):
        pts, time_base = await self.next_timestamp()
        frame = stripes(pts // 3000)
        frame.pts, frame.time_base = pts, time_base
        return frame


class Tone(MediaStreamTrack):
    kind = "audio"

    def __init__(self):
        super().__init__()
        self.pts, self.began = 0, None

    async def recv(self):
        now = asyncio.get_running_loop().time()
        self.began = self.began or now
        await asyncio.sleep(max(0, self.began + self.pts / RATE - now))
        frame = tone(self.pts)
        self.pts += SAMPLES
        return frame


async def count(track):
    """Decoded frames, of which some differ from the one before."""
    frames, changes, last = 0, 0, None
    while True:
        try:
            frame = await track.recv()
        except MediaStreamError:  # the end of the track
            return
        data = zlib.crc32(frame.planes[0])
        frames, changes, last = frames + 1, changes + (data != last), data
        if frames % 10 == 0:
            say(event="decoded", kind=track.kind, count=frames, changes=changes)


async def main():
    peer = RTCPeerConnection()
    peer.on("connectionstatechange", lambda: say(event="connection", state=peer.connectionState))
    counting = set()
    peer.on("track", lambda track: counting.add(asyncio.ensure_future(count(track))))
    if mode == "publish":
        peer.addTrack(Tone())
        peer.addTrack(Stripes())
    else:
        for kind in ("audio", "video"):
            peer.addTransceiver(kind, direction="recvonly")
    await peer.setLocalDescription(await peer.createOffer())
    answer = await asyncio.to_thread(http, "POST", url, peer.localDescription.sdp)
    location = urllib.parse.urljoin(url, answer.headers["Location"])
    await peer.setRemoteDescription(RTCSessionDescription(answer.read().decode(), "answer"))
    say(event="answered")
    await asyncio.to_thread(sys.stdin.read)
    await asyncio.to_thread(http, "DELETE", location)
    say(event="ended")
    await peer.close()


asyncio.run(main())
