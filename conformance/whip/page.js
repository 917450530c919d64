// Publishing by WHIP and watching by WHEP in a browser, with nothing but its own means.

/** Posts the offer of a peer connection; resolves with the URL that takes PATCH and DELETE. */
async function exchange(peer, url, token) {
  await peer.setLocalDescription();
  const answer = await fetch(url, {
    method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/sdp' }, body: peer.localDescription.sdp,
  });
  if (!answer.ok) throw new Error((await answer.json()).detail);
  await peer.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
  const location = new URL(answer.headers.get('location'), url).href;
  const end = () => fetch(location, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
  return { peer, location, etag: answer.headers.get('etag'), token, end };
}

async function whip(url, token, mediaStream) {
  const peer = new RTCPeerConnection();
  for (const track of mediaStream.getTracks()) peer.addTransceiver(track, { direction: 'sendonly', streams: [mediaStream] });
  return exchange(peer, url, token);
}

async function whep(url, token, video) {
  const peer = new RTCPeerConnection();
  video.srcObject = new MediaStream(['audio', 'video'].map((kind) => peer.addTransceiver(kind, { direction: 'recvonly' }).receiver.track));
  return exchange(peer, url, token);
}
