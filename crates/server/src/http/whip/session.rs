//! One WHIP or WHEP session (RFC 9725, 4): from its offer until one of three ends it: its client by DELETE, the room, or the
//! loss of its media transport.

use std::sync::Arc;

use exedra_contract::wire::{
    self, Method, Negotiate, Negotiated, Publish, Published, StreamProperties, Subscribe, Subscribed,
    SubscriptionPreferences, VideoSource,
};
use exedra_contract::{Fault, faults};
use exedra_media::sdp::{Direction, IceFragment};
use tokio::sync::oneshot;

use super::Refusal;
use super::offer::{MediaOffer, sdp_fault};
use super::presence::{Presence, Subject};
use super::sessions::{Registration, SessionRequest};
use crate::clock;
use crate::node::Node;
use crate::room::Arrival;
use crate::signaling::gate::Admitted;
use crate::signaling::rate::{Bucket, FRAMES};

/// A client whose token and offer are good.
pub struct Newcomer {
    pub token: String,
    pub join: wire::Join,
    pub admitted: Admitted,
    pub arrival: Arrival,
    pub offer: MediaOffer,
    pub wants: Wants,
}

pub enum Wants {
    Publish {
        name: String,
    },
    /// Without an id: the newest stream.
    Watch {
        stream_id: Option<String>,
    },
}

pub struct Begun {
    pub id: String,
    pub etag: String,
    pub answer: String,
}

/// What a PATCH did.
pub enum Patched {
    Trickled,
    Restarted { fragment: String, etag: String },
}

struct Session {
    registration: Registration,
    presence: Presence,
    subject: Subject,
    offer: MediaOffer,
    /// Names the ICE session.
    etag: String,
    rate: Bucket,
}

impl Wants {
    /// Of the client's media.
    pub fn direction(&self) -> Direction {
        match self {
            Self::Publish { .. } => Direction::SendOnly,
            Self::Watch { .. } => Direction::RecvOnly,
        }
    }
}

/// The session runs by itself: it is ended in good order even when its client hangs up before the answer.
pub async fn begin(node: &Arc<Node>, newcomer: Newcomer) -> Result<Begun, Refusal> {
    let (begun, outcome) = oneshot::channel();
    tokio::spawn(live(node.clone(), newcomer, begun));
    outcome.await.unwrap_or_else(|_| Err(faults::internal().because("a session began without a word").into()))
}

async fn live(node: Arc<Node>, newcomer: Newcomer, begun: oneshot::Sender<Result<Begun, Refusal>>) {
    match open(&node, newcomer).await {
        Err(refusal) => drop(begun.send(Err(refusal))),
        Ok((mut session, answer)) => {
            let id = session.registration.id.clone();
            match begun.send(Ok(Begun { id, etag: session.etag.clone(), answer })) {
                Ok(()) => session.run().await,
                Err(_) => session.presence.leave().await,
            }
        }
    }
}

async fn open(node: &Arc<Node>, newcomer: Newcomer) -> Result<(Session, String), Refusal> {
    let Newcomer { token, join, admitted, arrival, offer, wants } = newcomer;
    let registration = Registration::new(node, token)?;
    let wants = match wants {
        Wants::Watch { stream_id } => {
            Wants::Watch { stream_id: Some(stream_to_watch(node, &join.session_id, stream_id).await?) }
        }
        publish => publish,
    };
    let mut presence = Presence::enter(node, join, admitted, arrival).await?;
    match negotiate(&mut presence, &offer, wants).await {
        Ok((subject, answer)) => {
            let rate = Bucket::new(FRAMES, clock::now_ms());
            Ok((Session { registration, presence, subject, offer, etag: entity_tag(), rate }, answer))
        }
        Err(refusal) => {
            presence.leave().await;
            Err(refusal)
        }
    }
}

/// Looked up before joining: a player that asks every few seconds should not come and go in a room where nobody publishes yet.
async fn stream_to_watch(node: &Node, session_id: &str, wanted: Option<String>) -> Result<String, Fault> {
    let streams = node.rooms.look(session_id, |room| room.streams()).await.unwrap_or_default();
    match wanted {
        Some(id) if streams.iter().any(|stream| stream.stream_id == id) => Ok(id),
        Some(id) => Err(faults::stream_not_found(id)),
        None => streams.into_iter().last().map(|stream| stream.stream_id).ok_or_else(faults::stream_not_published),
    }
}

/// Publish or subscribe, then negotiate: as every client does.
async fn negotiate(presence: &mut Presence, offer: &MediaOffer, wants: Wants) -> Result<(Subject, String), Refusal> {
    let (subject, wants_audio, wants_video) = match wants {
        Wants::Publish { name } => {
            let (audio, video) = (offer.audio.is_some(), offer.video.is_some());
            let properties = StreamProperties {
                name,
                audio_track: audio,
                video_track: video,
                has_audio: audio,
                has_video: video,
                video_source: video.then_some(VideoSource::Custom),
                ..StreamProperties::default()
            };
            let Published { stream_id } = presence.ask(Method::Publish(Publish { properties })).await?;
            (Subject::Stream { stream_id }, audio, video)
        }
        Wants::Watch { stream_id } => {
            let stream_id = stream_id.unwrap_or_default();
            let preferences = SubscriptionPreferences::default();
            let subscribe = Subscribe { stream_id: stream_id.clone(), preferences };
            let Subscribed { subscription_id, stream } = presence.ask(Method::Subscribe(subscribe)).await?;
            let properties = stream.properties;
            (Subject::Subscription { subscription_id, stream_id }, properties.audio_track, properties.video_track)
        }
    };
    presence.stay_for(subject.clone());
    let sections = offer.sections(&subject.target());
    let request = Method::Negotiate(Negotiate { offer: offer.text.clone(), sections });
    let Negotiated { answer } = presence.ask(request).await?;
    offer.check_answer(&answer, wants_audio, wants_video)?;
    Ok((subject, answer))
}

impl Session {
    async fn run(mut self) {
        let end = loop {
            tokio::select! {
                end = self.presence.ended() => break end,
                Some(request) = self.registration.requests.recv() => match request {
                    SessionRequest::Patch { if_match, fragment, done } => {
                        let _ = done.send(self.patch(if_match, &fragment).await);
                    }
                    SessionRequest::Delete { done } => {
                        self.presence.leave().await;
                        drop(self.registration);
                        let _ = done.send(());
                        return;
                    }
                },
            }
        };
        drop(self.registration);
        self.presence.go(end).await;
    }

    /// RFC 9725, 4.3. Candidates need no more than a thank-you: an ICE-lite agent waits for checks.
    async fn patch(&mut self, if_match: Option<String>, fragment: &str) -> Result<Patched, Refusal> {
        self.rate
            .take(clock::now_ms())
            .map_err(|wait_ms| faults::rate_limited(FRAMES.per_second).retry_after_ms(wait_ms))?;
        let if_match = if_match.ok_or_else(faults::precondition_required)?;
        let any = if_match.trim() == "*";
        if !any && if_match.split(',').all(|tag| tag.trim() != self.etag) {
            return Err(faults::precondition_failed(if_match.chars().take(100).collect::<String>()).into());
        }
        let fragment = IceFragment::parse(fragment).map_err(sdp_fault)?;
        if fragment == self.offer.ice {
            return Ok(Patched::Trickled);
        }
        if !any {
            return Err(faults::parameter_invalid("If-Match", "an ICE restart needs `*`").into());
        }
        self.restart_ice(fragment).await
    }

    /// The first offer again, with other credentials.
    async fn restart_ice(&mut self, ice: IceFragment) -> Result<Patched, Refusal> {
        let offer = ice.applied_to(&self.offer.text);
        let sections = self.offer.sections(&self.subject.target());
        let request = Method::Negotiate(Negotiate { offer: offer.clone(), sections });
        let Negotiated { answer } = self.presence.ask(request).await?;
        let fragment = IceFragment::of_answer(&answer).map_err(|error| faults::internal().because(error))?;
        self.offer.text = offer;
        self.offer.ice = ice;
        self.etag = entity_tag();
        Ok(Patched::Restarted { fragment, etag: self.etag.clone() })
    }
}

/// A strong one (RFC 9110, 8.8.3).
fn entity_tag() -> String {
    format!("\"{}\"", crate::random::hex(16))
}
