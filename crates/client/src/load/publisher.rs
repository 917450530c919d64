//! The publisher of a load run: traffic of a fixed shape from a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use exedra_contract::wire::{Method, Publish, Published, Section, SectionTarget, StreamProperties, VideoSource};
use exedra_media::codec::Kind;
use exedra_media::dtls::Identity;
use exedra_udp::{RecvBatch, SendBatch, Socket, sleep_until_readable};

use super::LoadOptions;
use super::join::{negotiate, open_peer, open_session, unix_time};
use crate::dev_join::{self, Role};
use crate::error::ClientError;
use crate::peer::{Peer, PeerEvent};
use crate::signaling::Signaling;
use crate::synthetic::traffic::{TrafficShape, TrafficVideo, audio_payload};

const CONNECTED_WITHIN: Duration = Duration::from_secs(10);

const AUDIO_EVERY: Duration = Duration::from_millis(20);

pub struct Publisher {
    signaling: Signaling,
    stream_id: String,
    shared: Arc<Shared>,
    thread: thread::JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    packets: AtomicU64,
    connected: AtomicBool,
    stop: AtomicBool,
}

impl Publisher {
    /// Joins, publishes, and returns once packets flow to the server.
    pub async fn start(options: &LoadOptions, room: &str) -> Result<Self, ClientError> {
        let transport = |error: &dyn std::fmt::Display| ClientError::Transport(error.to_string());
        let admission = dev_join::admit(&options.origin, room, "load", Role::Publisher).await?;
        let signaling = open_session(&options.origin, admission).await?;
        let publish = Publish { properties: properties(&options.shape) };
        let Published { stream_id } = signaling.request("publish", Method::Publish(publish)).await?;

        let identity = Arc::new(Identity::generate().map_err(|error| transport(&error))?);
        let (socket, mut peer) = open_peer(options, identity, u64::MAX)?;
        let has_video = options.shape.frames_per_second > 0;
        let audio_mid = peer.add_send(Kind::Audio);
        let video_mid = has_video.then(|| peer.add_send(Kind::Video));
        let section =
            |mid: &String| Section { mid: mid.clone(), target: SectionTarget::Send { stream_id: stream_id.clone() } };
        let sections = [Some(&audio_mid), video_mid.as_ref()].into_iter().flatten().map(section).collect();
        negotiate(&signaling, &mut peer, sections).await?;

        let shared = Arc::new(Shared::default());
        let sender = Sender {
            peer,
            socket,
            shape: options.shape,
            audio_mid,
            video: video_mid.map(|mid| (mid, TrafficVideo::new(options.shape, 0))),
            shared: Arc::clone(&shared),
            // Packets of one frame would leave as one message, which no real network brings.
            batch: SendBatch::without_gso(),
            datagram: Vec::new(),
        };
        let thread = thread::Builder::new().name("publisher".to_owned()).spawn(move || sender.run());
        let thread = thread.map_err(|error| transport(&error))?;
        let deadline = Instant::now() + CONNECTED_WITHIN;
        while !shared.connected.load(Ordering::Relaxed) {
            if Instant::now() > deadline {
                return Err(ClientError::Transport("the publisher does not connect".to_owned()));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(Self { signaling, stream_id, shared, thread })
    }

    pub fn stream_id(&self) -> &str {
        &self.stream_id
    }

    /// Media packets sent so far.
    pub fn packets(&self) -> u64 {
        self.shared.packets.load(Ordering::Relaxed)
    }

    pub async fn leave(self) {
        let _ = self.signaling.command("leave", Method::Leave {}).await;
        self.shared.stop.store(true, Ordering::Relaxed);
        let _ = self.thread.join();
    }
}

fn properties(shape: &TrafficShape) -> StreamProperties {
    let has_video = shape.frames_per_second > 0;
    StreamProperties {
        name: "load".to_owned(),
        audio_track: true,
        video_track: has_video,
        has_audio: true,
        has_video,
        video_source: has_video.then_some(VideoSource::Custom),
        width: if has_video { 640 } else { 0 },
        height: if has_video { 360 } else { 0 },
        ..StreamProperties::default()
    }
}

struct Sender {
    peer: Peer,
    socket: Socket,
    shape: TrafficShape,
    audio_mid: String,
    video: Option<(String, TrafficVideo)>,
    shared: Arc<Shared>,
    batch: SendBatch,
    datagram: Vec<u8>,
}

impl Sender {
    fn run(mut self) {
        let mut receive = RecvBatch::new();
        let started = Instant::now();
        let (mut frames, mut sounds) = (0u64, 0u64);
        while !self.shared.stop.load(Ordering::Relaxed) {
            let now = Instant::now();
            let video_at = self
                .video
                .as_ref()
                .map(|_| started + Duration::from_nanos(frames * 1_000_000_000 / self.shape.frames_per_second));
            let audio_at = started + AUDIO_EVERY * sounds as u32;
            if video_at.is_some_and(|at| at <= now) {
                self.send_frame(frames, now);
                frames += 1;
            }
            if audio_at <= now {
                let payload = audio_payload(&self.shape, unix_time());
                let sent = self.peer.send_payload(&self.audio_mid, &payload, sounds as u32 * 960, false, now);
                self.shared.packets.fetch_add(u64::from(sent), Ordering::Relaxed);
                sounds += 1;
            }
            self.peer.handle_timeout(now);
            self.take_events();
            self.transmit();

            let next = [video_at, Some(audio_at), self.peer.poll_timeout()].into_iter().flatten().min();
            let wait = next.map(|next| next.saturating_duration_since(Instant::now()));
            if sleep_until_readable(&self.socket, wait).unwrap_or(false) {
                while self.socket.recv_batch(&mut receive).is_ok_and(|count| count > 0) {
                    let now = Instant::now();
                    for datagram in receive.datagrams() {
                        self.peer.handle_datagram(datagram.from, datagram.payload, now);
                    }
                }
                self.transmit();
            }
        }
    }

    fn send_frame(&mut self, number: u64, now: Instant) {
        let Some((mid, video)) = &mut self.video else { return };
        let timestamp = (number * 90_000 / self.shape.frames_per_second) as u32;
        let mut packets = 0;
        video.frame(unix_time(), |payload, last| {
            packets += u64::from(self.peer.send_payload(mid, payload, timestamp, last, now));
        });
        if packets == 0 {
            video.request_key_frame();
        }
        self.shared.packets.fetch_add(packets, Ordering::Relaxed);
    }

    fn take_events(&mut self) {
        while let Some(event) = self.peer.poll_event() {
            match event {
                PeerEvent::Connected => self.shared.connected.store(true, Ordering::Relaxed),
                PeerEvent::KeyFrameRequested { .. } => {
                    if let Some((_, video)) = &mut self.video {
                        video.request_key_frame();
                    }
                }
                _ => {}
            }
        }
    }

    fn transmit(&mut self) {
        while let Some(to) = self.peer.poll_transmit(&mut self.datagram) {
            self.batch.push(&self.socket, to, &self.datagram);
        }
        self.batch.flush(&self.socket);
    }
}
