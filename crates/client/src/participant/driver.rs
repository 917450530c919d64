//! The task that gives a [`Peer`] its socket, its clock and its sources.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use exedra_media::codec::Kind;
use exedra_media::dtls::Identity;
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot};

use super::sources::Source;
use super::{ParticipantEvent, ParticipantStats, PictureFormat, unix_ms};
use crate::error::ClientError;
use crate::peer::{AnswerError, Peer, PeerConfig, PeerEvent};

const COMMANDS_QUEUED_MAX: usize = 64;

/// Larger than any datagram of a media path.
const DATAGRAM_BYTES_MAX: usize = 2_048;

pub enum Change {
    SendTone,
    SendPicture { format: PictureFormat, name: String },
    Receive(Kind),
}

pub enum Command {
    /// Adds a track to the next offer; answers with its mid.
    Add {
        change: Change,
        reply: oneshot::Sender<String>,
    },
    Stop {
        mid: String,
    },
    Mute {
        mid: String,
        muted: bool,
    },
    Offer {
        reply: oneshot::Sender<String>,
    },
    Answer {
        answer: String,
        reply: oneshot::Sender<Result<(), AnswerError>>,
    },
    WaitConnected {
        reply: oneshot::Sender<Result<(), String>>,
    },
    Stats {
        reply: oneshot::Sender<ParticipantStats>,
    },
    Close {
        reply: oneshot::Sender<()>,
    },
}

pub struct Driver {
    peer: Peer,
    socket: UdpSocket,
    sources: Vec<Source>,
    mids: Vec<String>,
    waiting: Vec<oneshot::Sender<Result<(), String>>>,
    events: mpsc::Sender<ParticipantEvent>,
    datagram: Vec<u8>,
}

impl Driver {
    /// The task ends with a `Close`, or when the sender is dropped.
    pub async fn start(
        local: SocketAddr,
        events: mpsc::Sender<ParticipantEvent>,
    ) -> Result<mpsc::Sender<Command>, ClientError> {
        let transport = |error: &dyn std::fmt::Display| ClientError::Transport(error.to_string());
        let socket = UdpSocket::bind(local).await.map_err(|error| transport(&error))?;
        let local = socket.local_addr().map_err(|error| transport(&error))?;
        let identity = Arc::new(Identity::generate().map_err(|error| transport(&error))?);
        let seed = uuid::Uuid::new_v4().as_u64_pair().0;
        let peer = Peer::new(PeerConfig { identity, local, seed, unix_ms: unix_ms() }, Instant::now());
        let driver = Self {
            peer,
            socket,
            sources: Vec::new(),
            mids: Vec::new(),
            waiting: Vec::new(),
            events,
            datagram: Vec::new(),
        };
        let (commands, commands_in) = mpsc::channel(COMMANDS_QUEUED_MAX);
        tokio::spawn(driver.run(commands_in));
        Ok(commands)
    }

    async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut buffer = [0; DATAGRAM_BYTES_MAX];
        loop {
            self.transmit().await;
            self.take_events();
            let sources = self.sources.iter().map(Source::next_at);
            let deadline = sources.chain(self.peer.poll_timeout()).min();
            tokio::select! {
                received = self.socket.recv_from(&mut buffer) => {
                    // Errors are late ICMP answers to something we sent; ICE decides when a path is gone.
                    if let Ok((len, from)) = received {
                        self.peer.handle_datagram(from, &mut buffer[..len], Instant::now());
                    }
                }
                () = sleep_until(deadline) => {
                    let now = Instant::now();
                    self.peer.handle_timeout(now);
                    let clock_ms = unix_ms() % 86_400_000;
                    for source in &mut self.sources {
                        source.run(&mut self.peer, clock_ms, now);
                    }
                }
                command = commands.recv() => match command {
                    Some(Command::Close { reply }) => {
                        self.close().await;
                        let _ = reply.send(());
                        return;
                    }
                    Some(command) => self.obey(command),
                    None => {
                        self.close().await;
                        return;
                    }
                },
            }
        }
    }

    fn obey(&mut self, command: Command) {
        // Nobody listens to a reply only when the participant was dropped meanwhile.
        match command {
            Command::Add { change, reply } => drop(reply.send(self.add(change))),
            Command::Stop { mid } => {
                self.sources.retain(|source| source.mid != mid);
                self.mids.retain(|known| *known != mid);
                self.peer.stop(&mid);
            }
            Command::Mute { mid, muted } => {
                for source in self.sources.iter_mut().filter(|source| source.mid == mid) {
                    source.muted = muted;
                    source.request_key_frame();
                }
            }
            Command::Offer { reply } => drop(reply.send(self.peer.offer())),
            Command::Answer { answer, reply } => drop(reply.send(self.peer.handle_answer(&answer))),
            Command::WaitConnected { reply } => match self.peer.is_connected() {
                true => drop(reply.send(Ok(()))),
                false => self.waiting.push(reply),
            },
            Command::Stats { reply } => drop(reply.send(self.stats())),
            Command::Close { .. } => unreachable!("taken by the loop"),
        }
    }

    fn add(&mut self, change: Change) -> String {
        let now = Instant::now();
        let mid = match &change {
            Change::SendTone => self.peer.add_send(Kind::Audio),
            Change::SendPicture { .. } => self.peer.add_send(Kind::Video),
            Change::Receive(kind) => self.peer.add_receive(*kind),
        };
        self.mids.push(mid.clone());
        match change {
            Change::SendTone => self.sources.push(Source::tone(mid.clone(), now)),
            Change::SendPicture { format, name } => {
                self.sources.push(Source::picture(mid.clone(), format, &name, now));
            }
            Change::Receive(_) => {}
        }
        mid
    }

    fn stats(&self) -> ParticipantStats {
        let sent = |mid: &String| Some((mid.clone(), self.peer.send_stats(mid)?));
        let received = |mid: &String| Some((mid.clone(), self.peer.receive_stats(mid)?));
        ParticipantStats {
            peer: self.peer.stats(),
            sent: self.mids.iter().filter_map(sent).collect(),
            received: self.mids.iter().filter_map(received).collect(),
        }
    }

    fn take_events(&mut self) {
        while let Some(event) = self.peer.poll_event() {
            match &event {
                PeerEvent::Connected => self.waiting.drain(..).for_each(|reply| drop(reply.send(Ok(())))),
                PeerEvent::Failed { reason } => {
                    self.waiting.drain(..).for_each(|reply| drop(reply.send(Err(reason.clone()))));
                }
                PeerEvent::KeyFrameRequested { mid } => {
                    let wanted = self.sources.iter_mut().filter(|source| source.mid == *mid);
                    wanted.for_each(Source::request_key_frame);
                }
                PeerEvent::Disconnected | PeerEvent::Closed | PeerEvent::FirstFrame { .. } => {}
            }
            // An application that does not read loses media events; signaling is never dropped.
            let _ = self.events.try_send(ParticipantEvent::Media(event));
        }
    }

    async fn transmit(&mut self) {
        while let Some(destination) = self.peer.poll_transmit(&mut self.datagram) {
            // A datagram that cannot be sent is a lost datagram.
            let _ = self.socket.send_to(&self.datagram, destination).await;
        }
    }

    async fn close(&mut self) {
        self.peer.close(Instant::now());
        self.transmit().await;
    }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}
