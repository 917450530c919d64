//! Subscribers join over signaling and are then handed to the threads that receive.

use std::sync::Arc;
use std::time::{Duration, Instant};

use exedra_contract::wire::{
    ClientInfo, Join, Joined, Method, Negotiate, Negotiated, Section, SectionTarget, Subscribe, Subscribed,
    SubscriptionPreferences,
};
use exedra_media::codec::Kind;
use exedra_media::dtls::Identity;
use exedra_udp::{Socket, SocketOptions};
use futures_util::StreamExt;

use super::LoadOptions;
use super::subscribers::{Subscriber, Workers};
use crate::dev_join::{self, Admission, Role};
use crate::error::ClientError;
use crate::participant::unix_ms;
use crate::peer::{Peer, PeerConfig};
use crate::signaling::Signaling;

/// 50 ms of the load, were the thread that drains it held up.
const RECEIVE_BUFFER_BYTES: usize = 256 << 10;

/// Those who joined, and when each began to.
pub struct Joins {
    signaling: Vec<Signaling>,
}

impl Joins {
    /// Milliseconds from opening the WebSocket to the first media packet, sorted.
    pub async fn first_packet_ms(&self, workers: &Workers) -> Result<Vec<f64>, ClientError> {
        let waits = workers.snapshot().await?.join_times;
        let mut waits: Vec<f64> = waits.iter().map(|wait| wait.as_secs_f64() * 1_000.0).collect();
        waits.sort_unstable_by(f64::total_cmp);
        Ok(waits)
    }

    pub async fn leave(self) {
        let leaving = self.signaling.iter().map(|signaling| signaling.command("leave", Method::Leave {}));
        // Those who cannot say goodbye any more are gone already.
        futures_util::future::join_all(leaving).await;
    }
}

pub async fn join_all(
    options: &LoadOptions,
    room: &str,
    stream_id: &str,
    decrypting_one_in: usize,
    workers: &Workers,
) -> Result<Joins, ClientError> {
    let admission = dev_join::admit(&options.origin, room, "load", Role::Subscriber).await?;
    let identity = Arc::new(Identity::generate().map_err(|error| ClientError::Transport(error.to_string()))?);
    let joining = futures_util::stream::iter(0..options.subscribers).map(|number| {
        let (admission, identity) = (admission.clone(), Arc::clone(&identity));
        async move {
            let (signaling, mut subscriber) = join(options, admission, identity, stream_id, number).await?;
            subscriber.peer.set_decrypting(number % decrypting_one_in == 0);
            workers.add(number, subscriber)?;
            Ok::<_, ClientError>(signaling)
        }
    });
    let joined: Vec<_> = joining.buffer_unordered(options.joining_max.max(1)).collect().await;
    Ok(Joins { signaling: joined.into_iter().collect::<Result<_, _>>()? })
}

async fn join(
    options: &LoadOptions,
    admission: Admission,
    identity: Arc<Identity>,
    stream_id: &str,
    number: usize,
) -> Result<(Signaling, Subscriber), ClientError> {
    let started = Instant::now();
    let signaling = open_session(&options.origin, admission).await?;

    let subscribe = Subscribe { stream_id: stream_id.to_owned(), preferences: SubscriptionPreferences::default() };
    let Subscribed { subscription_id, stream } = signaling.request("subscribe", Method::Subscribe(subscribe)).await?;
    let (socket, mut peer) = open_peer(options, identity, number as u64)?;
    let mut sections = Vec::new();
    let tracks = [(Kind::Audio, stream.properties.audio_track), (Kind::Video, stream.properties.video_track)];
    for (kind, _) in tracks.iter().filter(|(_, exists)| *exists) {
        let target = SectionTarget::Receive { subscription_id: subscription_id.clone() };
        sections.push(Section { mid: peer.add_receive(*kind), target });
    }
    let mids = sections.iter().map(|section| section.mid.clone()).collect();
    negotiate(&signaling, &mut peer, sections).await?;
    Ok((signaling, Subscriber::new(peer, socket, mids, started)))
}

/// A signaling connection that has joined; its events are read and forgotten.
pub async fn open_session(origin: &str, admission: Admission) -> Result<Signaling, ClientError> {
    let (signaling, mut events) = Signaling::connect(origin).await?;
    let join = Join {
        session_id: admission.session_id,
        token: admission.token,
        project_id: Some(admission.project_id).filter(|id| !id.is_empty()),
        client: ClientInfo {
            sdk: "exedra-load".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            user_agent: String::new(),
        },
        connection_events: false,
        resume: None,
    };
    let _joined: Joined = signaling.request("join", Method::Join(join)).await?;
    tokio::spawn(async move { while events.recv().await.is_some() {} });
    Ok(signaling)
}

pub fn open_peer(options: &LoadOptions, identity: Arc<Identity>, seed: u64) -> Result<(Socket, Peer), ClientError> {
    let socket_options = SocketOptions {
        receive_buffer_bytes: RECEIVE_BUFFER_BYTES,
        gro: options.gro,
        timestamps: true,
        ..SocketOptions::default()
    };
    let socket = Socket::bind_with((options.local, 0).into(), socket_options)
        .map_err(|error| ClientError::Transport(format!("socket: {error}")))?;
    let config = PeerConfig { identity, local: socket.local_addr(), seed, unix_ms: unix_ms() };
    let peer = Peer::new(config, Instant::now());
    Ok((socket, peer))
}

pub async fn negotiate(signaling: &Signaling, peer: &mut Peer, sections: Vec<Section>) -> Result<(), ClientError> {
    let negotiate = Negotiate { offer: peer.offer(), sections };
    let Negotiated { answer } = signaling.request("negotiate", Method::Negotiate(negotiate)).await?;
    peer.handle_answer(&answer).map_err(|error| ClientError::Protocol(error.to_string()))
}

/// Time since the epoch.
pub fn unix_time() -> Duration {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default()
}
