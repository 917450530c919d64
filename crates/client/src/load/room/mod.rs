//! How members come into a room of each kind of server: the signaling differs, the media does not.

pub mod exedra;
mod janus;
mod livekit;
mod whip;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use exedra_media::codec::Kind;
use exedra_media::dtls::Identity;
use exedra_udp::{Socket, SocketOptions};

use super::members::{Member, Members};
use super::server::{Server, ServerKind};
use super::source::Source;
use crate::error::ClientError;
use crate::participant::unix_ms;
use crate::peer::{Peer, PeerConfig};
use crate::synthetic::traffic::TrafficShape;

/// 50 ms of the load, were the thread that drains it held up.
const RECEIVE_BUFFER_BYTES: usize = 256 << 10;

/// What all members of a run share.
pub struct Endpoints {
    /// Where their sockets are bound.
    pub local: IpAddr,
    pub gro: bool,
    identity: Arc<Identity>,
}

impl Endpoints {
    pub fn new(local: IpAddr, gro: bool) -> Result<Self, ClientError> {
        let identity = Identity::generate().map_err(|error| ClientError::Transport(error.to_string()))?;
        Ok(Self { local, gro, identity: Arc::new(identity) })
    }

    fn open(&self, number: usize) -> Result<(Socket, Peer), ClientError> {
        let options = SocketOptions {
            receive_buffer_bytes: RECEIVE_BUFFER_BYTES,
            gro: self.gro,
            timestamps: true,
            ..SocketOptions::default()
        };
        let socket = Socket::bind_with((self.local, 0).into(), options)
            .map_err(|error| ClientError::Transport(format!("socket: {error}")))?;
        let identity = Arc::clone(&self.identity);
        let config = PeerConfig { identity, local: socket.local_addr(), seed: number as u64, unix_ms: unix_ms() };
        Ok((socket, Peer::new(config, Instant::now())))
    }
}

/// A room of one server.
pub enum Room {
    Exedra(exedra::Room),
    Janus(janus::Room),
    LiveKit(livekit::Room),
    Whip(whip::Room),
}

/// What must stay open while a member takes part.
pub enum Seat {
    Exedra(exedra::Seat),
    /// What holds it lasts as long as the server.
    OfRoom,
}

impl Room {
    pub async fn open(server: &Server, shape: TrafficShape) -> Result<Self, ClientError> {
        Ok(match server.kind {
            ServerKind::Exedra => Self::Exedra(exedra::Room::open(&server.origin, shape).await?),
            ServerKind::Janus => Self::Janus(janus::Room::open(&server.origin).await?),
            ServerKind::LiveKit => Self::LiveKit(livekit::Room::new(&server.origin)),
            ServerKind::Whip => Self::Whip(whip::Room::new(&server.origin)),
        })
    }

    /// A member that publishes traffic of this shape; it becomes `number` of `members`.
    pub async fn publish(
        &self,
        endpoints: &Endpoints,
        members: &Members,
        number: usize,
        shape: TrafficShape,
    ) -> Result<Seat, ClientError> {
        let started = Instant::now();
        let (socket, mut peer) = endpoints.open(number)?;
        let audio = peer.add_send(Kind::Audio);
        let video = (shape.frames_per_second > 0).then(|| peer.add_send(Kind::Video));
        let mids: Vec<String> = [Some(&audio), video.as_ref()].into_iter().flatten().cloned().collect();
        let seat = match self {
            Self::Exedra(room) => Seat::Exedra(room.publish(&mut peer, mids).await?),
            Self::Janus(room) => room.publish(&mut peer).await.map(|()| Seat::OfRoom)?,
            Self::LiveKit(room) => {
                let kinds = [Kind::Audio, Kind::Video];
                let tracks: Vec<_> = kinds.into_iter().zip(mids).collect();
                room.publish(&mut peer, &tracks).await.map(|()| Seat::OfRoom)?
            }
            Self::Whip(room) => room.publish(&mut peer).await.map(|()| Seat::OfRoom)?,
        };
        let source = Source::new(shape, audio, video);
        members.add(number, Member::new(peer, socket, Some(source), Vec::new(), started))?;
        Ok(seat)
    }

    /// A member that receives what the room's publisher sends.
    pub async fn subscribe(
        &self,
        endpoints: &Endpoints,
        members: &Members,
        number: usize,
        decrypting: bool,
        shape: TrafficShape,
    ) -> Result<Seat, ClientError> {
        let started = Instant::now();
        let (socket, mut peer) = endpoints.open(number)?;
        peer.set_decrypting(decrypting);
        let kinds: &[Kind] = match shape.frames_per_second {
            0 => &[Kind::Audio],
            _ => &[Kind::Audio, Kind::Video],
        };
        let (seat, receiving) = match self {
            Self::Exedra(room) => {
                let (seat, mids) = room.subscribe(&mut peer).await?;
                (Seat::Exedra(seat), mids)
            }
            Self::Janus(room) => (Seat::OfRoom, room.subscribe(&mut peer, kinds.len()).await?),
            Self::LiveKit(room) => (Seat::OfRoom, room.subscribe(&mut peer, kinds).await?),
            Self::Whip(room) => (Seat::OfRoom, room.subscribe(&mut peer, kinds).await?),
        };
        members.add(number, Member::new(peer, socket, None, receiving, started))?;
        Ok(seat)
    }
}

impl Seat {
    /// Servers of others are ended with the run; nobody says goodbye to them.
    pub async fn leave(&self) {
        if let Self::Exedra(seat) = self {
            seat.leave().await;
        }
    }
}
