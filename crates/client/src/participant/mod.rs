//! A participant: joins a session, publishes synthetic media, subscribes, signals and leaves.
//!
//! Signaling runs here; media runs in a task of its own ([`driver`]). What joins them is the negotiation: every change of
//! tracks is one offer, and the server answers.

mod driver;
mod media;
mod sources;
mod whip;

pub use whip::{WhipEndpoint, WhipSession};

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use exedra_contract::wire::{
    ClientInfo, ConnectionStats, EventBody, Explanation, Join, Joined, Method, Negotiate, Negotiated, Publish,
    Published, Section, SectionTarget, Signal, StreamChanges, StreamProperties, Subscribe, Subscribed,
    SubscriptionPreferences, UpdateStream, UpdateSubscription, VideoSource,
};
use exedra_media::codec::Kind;
use tokio::sync::mpsc;

use crate::dev_join::Admission;
use crate::error::ClientError;
use crate::peer::{PeerEvent, PeerStats, ReceiveStats, SendStats};
use crate::signaling::Signaling;
use driver::Change;
use media::Media;

/// Events waiting for the application.
const EVENTS_QUEUED_MAX: usize = 1_024;

#[derive(Debug, Clone)]
pub struct JoinOptions {
    /// `http://host:port` of the server.
    pub origin: String,
    pub admission: Admission,
    /// Receive `connection_created` and `connection_destroyed` of others.
    pub connection_events: bool,
}

/// The synthetic media of a stream.
#[derive(Debug, Clone)]
pub struct SyntheticMedia {
    /// Written into the picture and the stream's properties.
    pub name: String,
    pub video: Option<PictureFormat>,
    pub audio: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureFormat {
    pub width: u32,
    pub height: u32,
    pub frame_rate: u32,
}

#[derive(Debug, Clone)]
pub enum ParticipantEvent {
    Signaling(EventBody),
    Media(PeerEvent),
    /// The signaling connection ended; nothing follows.
    Disconnected,
}

/// A stream of others that is received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    pub subscription_id: String,
    pub stream_id: String,
    pub audio_mid: Option<String>,
    pub video_mid: Option<String>,
}

/// An own stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    pub stream_id: String,
    pub audio_mid: Option<String>,
    pub video_mid: Option<String>,
}

#[derive(Debug, Clone, Default)]
pub struct ParticipantStats {
    pub peer: PeerStats,
    /// By mid.
    pub sent: Vec<(String, SendStats)>,
    pub received: Vec<(String, ReceiveStats)>,
}

impl ParticipantStats {
    pub fn received(&self, mid: &str) -> Option<ReceiveStats> {
        self.received.iter().find(|(of, _)| of == mid).map(|(_, stats)| *stats)
    }

    pub fn sent(&self, mid: &str) -> Option<SendStats> {
        self.sent.iter().find(|(of, _)| of == mid).map(|(_, stats)| *stats)
    }
}

pub struct Participant {
    signaling: Signaling,
    joined: Joined,
    media: Media,
    /// The meaning of all sections in use.
    sections: Vec<Section>,
}

impl Participant {
    /// The receiver must be read: events beyond its bound stop the reading of the signaling connection.
    pub async fn join(options: JoinOptions) -> Result<(Self, mpsc::Receiver<ParticipantEvent>), ClientError> {
        let (signaling, mut wire_events) = Signaling::connect(&options.origin).await?;
        let joined: Joined = signaling.request("join", Method::Join(join_request(&options))).await?;
        let (events, events_in) = mpsc::channel(EVENTS_QUEUED_MAX);
        let media = Media::start(&options.origin, events.clone()).await?;
        tokio::spawn(async move {
            while let Some(event) = wire_events.recv().await {
                if events.send(ParticipantEvent::Signaling(event.body)).await.is_err() {
                    return;
                }
            }
            let _ = events.send(ParticipantEvent::Disconnected).await;
        });
        Ok((Self { signaling, joined, media, sections: Vec::new() }, events_in))
    }

    /// The state of the session when it was joined.
    pub fn joined(&self) -> &Joined {
        &self.joined
    }

    /// Publishes synthetic media. Returns when the transport is up and media flows to the server.
    pub async fn publish(&mut self, media: SyntheticMedia) -> Result<Publication, ClientError> {
        let properties = stream_properties(&media);
        let published: Published = self.signaling.request("publish", Method::Publish(Publish { properties })).await?;
        let stream_id = published.stream_id;
        let target = || SectionTarget::Send { stream_id: stream_id.clone() };
        let (audio, video) = media.tracks();
        let audio_mid = self.change(audio, target()).await?;
        let video_mid = self.change(video, target()).await?;
        self.negotiate().await?;
        self.media.connected().await?;
        Ok(Publication { stream_id, audio_mid, video_mid })
    }

    pub async fn unpublish(&mut self, publication: &Publication) -> Result<(), ClientError> {
        let stream_id = publication.stream_id.clone();
        self.signaling.command("unpublish", Method::Unpublish { stream_id, media_stopped: false }).await?;
        self.stop(&[&publication.audio_mid, &publication.video_mid]).await
    }

    /// Mutes or unmutes tracks of an own stream: nothing of a muted track is sent.
    pub async fn mute(&mut self, publication: &Publication, audio: bool, video: bool) -> Result<(), ClientError> {
        for (mid, muted) in [(&publication.audio_mid, audio), (&publication.video_mid, video)] {
            if let Some(mid) = mid {
                self.media.mute(mid, muted).await?;
            }
        }
        let changes = StreamChanges { has_audio: Some(!audio), has_video: Some(!video), ..StreamChanges::default() };
        let stream_id = publication.stream_id.clone();
        self.signaling.command("update_stream", Method::UpdateStream(UpdateStream { stream_id, changes })).await
    }

    /// Subscribes to a stream with all its tracks.
    pub async fn subscribe(
        &mut self,
        stream_id: &str,
        preferences: SubscriptionPreferences,
    ) -> Result<Subscription, ClientError> {
        let subscribe = Subscribe { stream_id: stream_id.to_owned(), preferences };
        let Subscribed { subscription_id, stream } =
            self.signaling.request("subscribe", Method::Subscribe(subscribe)).await?;
        let target = || SectionTarget::Receive { subscription_id: subscription_id.clone() };
        let audio = stream.properties.audio_track.then_some(Change::Receive(Kind::Audio));
        let video = stream.properties.video_track.then_some(Change::Receive(Kind::Video));
        let audio_mid = self.change(audio, target()).await?;
        let video_mid = self.change(video, target()).await?;
        self.negotiate().await?;
        self.media.connected().await?;
        Ok(Subscription { subscription_id, stream_id: stream.stream_id, audio_mid, video_mid })
    }

    pub async fn update_subscription(
        &self,
        subscription: &Subscription,
        preferences: SubscriptionPreferences,
    ) -> Result<(), ClientError> {
        let subscription_id = subscription.subscription_id.clone();
        let update = UpdateSubscription { subscription_id, preferences };
        self.signaling.command("update_subscription", Method::UpdateSubscription(update)).await
    }

    /// What the server has counted.
    pub async fn server_stats(&self) -> Result<ConnectionStats, ClientError> {
        self.signaling.request("stats", Method::Stats {}).await
    }

    /// Why the picture of a subscription is as it is.
    pub async fn explain(&self, subscription: &Subscription) -> Result<Explanation, ClientError> {
        let subscription_id = subscription.subscription_id.clone();
        self.signaling.request("explain", Method::Explain { subscription_id }).await
    }

    pub async fn unsubscribe(&mut self, subscription: &Subscription) -> Result<(), ClientError> {
        let subscription_id = subscription.subscription_id.clone();
        self.signaling.command("unsubscribe", Method::Unsubscribe { subscription_id }).await?;
        self.stop(&[&subscription.audio_mid, &subscription.video_mid]).await
    }

    pub async fn signal(&self, signal: Signal) -> Result<(), ClientError> {
        self.signaling.command("signal", Method::Signal(signal)).await
    }

    /// Any other request without a result, as a moderator's.
    pub async fn request(&self, operation: &'static str, method: Method) -> Result<(), ClientError> {
        self.signaling.command(operation, method).await
    }

    pub async fn stats(&self) -> Result<ParticipantStats, ClientError> {
        self.media.stats().await
    }

    pub async fn leave(self) -> Result<(), ClientError> {
        self.signaling.command("leave", Method::Leave {}).await?;
        self.media.close().await
    }

    async fn change(&mut self, change: Option<Change>, target: SectionTarget) -> Result<Option<String>, ClientError> {
        let Some(change) = change else { return Ok(None) };
        let mid = self.media.add(change).await?;
        self.sections.push(Section { mid: mid.clone(), target });
        Ok(Some(mid))
    }

    async fn stop(&mut self, mids: &[&Option<String>]) -> Result<(), ClientError> {
        for mid in mids.iter().copied().flatten() {
            self.sections.retain(|section| section.mid != *mid);
            self.media.stop(mid).await?;
        }
        self.negotiate().await
    }

    async fn negotiate(&mut self) -> Result<(), ClientError> {
        let offer = self.media.offer().await?;
        let negotiate = Negotiate { offer, sections: self.sections.clone() };
        let Negotiated { answer } = self.signaling.request("negotiate", Method::Negotiate(negotiate)).await?;
        self.media.answer(answer).await
    }
}

impl SyntheticMedia {
    fn tracks(&self) -> (Option<Change>, Option<Change>) {
        let video = self.video.map(|format| Change::SendPicture { format, name: self.name.clone() });
        (self.audio.then_some(Change::SendTone), video)
    }
}

fn join_request(options: &JoinOptions) -> Join {
    let Admission { project_id, session_id, token } = options.admission.clone();
    Join {
        session_id,
        token,
        project_id: Some(project_id).filter(|id| !id.is_empty()),
        client: ClientInfo {
            sdk: "exedra-rs".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            user_agent: String::new(),
        },
        connection_events: options.connection_events,
        audio_levels: false,
        resume: None,
    }
}

fn stream_properties(media: &SyntheticMedia) -> StreamProperties {
    let (width, height) = media.video.map_or((0, 0), |format| (format.width, format.height));
    StreamProperties {
        name: media.name.clone(),
        audio_track: media.audio,
        video_track: media.video.is_some(),
        has_audio: media.audio,
        has_video: media.video.is_some(),
        video_source: media.video.map(|_| VideoSource::Custom),
        width,
        height,
        frame_rate: media.video.map(|format| format.frame_rate),
        ..StreamProperties::default()
    }
}

/// Our address on the way to the server: the one the system would send from.
pub(crate) async fn local_address(origin: &str) -> Result<SocketAddr, ClientError> {
    let unreachable = |error: std::io::Error| ClientError::Unreachable(error.to_string());
    let authority = origin.split("://").last().unwrap_or(origin).split('/').next().unwrap_or_default();
    let authority = if authority.rsplit(']').next().is_some_and(|end| end.contains(':')) {
        authority.to_owned()
    } else {
        format!("{authority}:80")
    };
    let servers: Vec<SocketAddr> = tokio::net::lookup_host(authority).await.map_err(unreachable)?.collect();
    // Media candidates are IPv4 first, as the server's are.
    let server = servers.iter().find(|address| address.is_ipv4()).or(servers.first()).copied();
    let server = server.ok_or_else(|| ClientError::Unreachable("the server's name has no address".to_owned()))?;
    let any: SocketAddr = if server.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0u16; 8], 0).into() };
    let probe = tokio::net::UdpSocket::bind(any).await.map_err(unreachable)?;
    probe.connect(server).await.map_err(unreachable)?;
    let local = probe.local_addr().map_err(unreachable)?;
    Ok(SocketAddr::new(local.ip(), 0))
}

/// Milliseconds since the epoch.
pub(crate) fn unix_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn media_leaves_from_the_address_that_leads_to_the_server() {
        for origin in ["http://127.0.0.1:4000", "http://localhost:4000/", "ws://127.0.0.1"] {
            let local = local_address(origin).await.expect("a local address");
            assert!(local.ip().is_loopback(), "{origin}: {local}");
        }
    }
}
