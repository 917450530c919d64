//! A room of Exedra: the project's own signaling.

use std::sync::Mutex;

use exedra_contract::wire::{
    ClientInfo, Join, Joined, Method, Negotiate, Negotiated, Publish, Published, Section, SectionTarget,
    StreamProperties, Subscribe, Subscribed, SubscriptionPreferences, VideoSource,
};
use exedra_media::codec::Kind;
use futures_util::future::try_join_all;

use crate::dev_join::{self, Admission, Role};
use crate::error::ClientError;
use crate::load::members::Members;
use crate::peer::Peer;
use crate::signaling::Signaling;
use crate::synthetic::traffic::TrafficShape;

pub struct Room {
    origin: String,
    shape: TrafficShape,
    publisher: Admission,
    subscriber: Admission,
    /// Everything that is published, in the order of publication.
    streams: Mutex<Vec<String>>,
}

pub struct Seat {
    signaling: Signaling,
    stream_id: Option<String>,
}

impl Room {
    pub async fn open(origin: &str, shape: TrafficShape) -> Result<Self, ClientError> {
        let name = format!("load-{}", uuid::Uuid::new_v4().simple());
        Ok(Self {
            origin: origin.to_owned(),
            shape,
            publisher: dev_join::admit(origin, &name, "load", Role::Publisher).await?,
            subscriber: dev_join::admit(origin, &name, "load", Role::Subscriber).await?,
            streams: Mutex::default(),
        })
    }

    pub async fn publish(&self, peer: &mut Peer, mids: Vec<String>) -> Result<Seat, ClientError> {
        let signaling = open_session(&self.origin, self.publisher.clone()).await?;
        let publish = Publish { properties: properties(&self.shape) };
        let Published { stream_id } = signaling.request("publish", Method::Publish(publish)).await?;
        let target = SectionTarget::Send { stream_id: stream_id.clone() };
        let sections = mids.into_iter().map(|mid| Section { mid, target: target.clone() }).collect();
        let answer = negotiate(&signaling, peer.offer(), sections).await?;
        take_answer(peer, &answer)?;
        self.streams.lock().expect("nobody panics with it").push(stream_id.clone());
        Ok(Seat { signaling, stream_id: Some(stream_id) })
    }

    /// Returns the mids that will be received.
    pub async fn subscribe(&self, peer: &mut Peer) -> Result<(Seat, Vec<String>), ClientError> {
        let signaling = open_session(&self.origin, self.subscriber.clone()).await?;
        let stream = self.streams.lock().expect("nobody panics with it").first().cloned();
        let stream = stream.ok_or_else(|| ClientError::Protocol("nothing is published".to_owned()))?;
        let sections: Vec<Section> =
            subscribe(&signaling, &stream).await?.into_iter().map(|received| received.section(peer)).collect();
        let mids = sections.iter().map(|section| section.mid.clone()).collect();
        let answer = negotiate(&signaling, peer.offer(), sections).await?;
        take_answer(peer, &answer)?;
        Ok((Seat { signaling, stream_id: None }, mids))
    }

    /// A member that publishes already receives what all others publish, in one negotiation.
    pub async fn watch_others(&self, seat: &Seat, members: &Members, number: usize) -> Result<(), ClientError> {
        let others: Vec<String> = self.streams.lock().expect("nobody panics with it").clone();
        let others = others.iter().filter(|stream| Some(*stream) != seat.stream_id.as_ref());
        let received = try_join_all(others.map(|stream| subscribe(&seat.signaling, stream))).await?;
        let (offer, sections) = members
            .with(number, move |member| {
                let sections: Vec<Section> =
                    received.into_iter().flatten().map(|received| received.section(&mut member.peer)).collect();
                member.receiving = sections.iter().map(|section| section.mid.clone()).collect();
                (member.peer.offer(), sections)
            })
            .await?;
        let mut targets = seat.sending_sections(&self.shape);
        targets.extend(sections);
        let answer = negotiate(&seat.signaling, offer, targets).await?;
        members.with(number, move |member| take_answer(&mut member.peer, &answer)).await?
    }
}

impl Seat {
    /// The sections of its own stream, which came first.
    fn sending_sections(&self, shape: &TrafficShape) -> Vec<Section> {
        let Some(stream_id) = &self.stream_id else { return Vec::new() };
        let count = if shape.frames_per_second > 0 { 2 } else { 1 };
        let target = SectionTarget::Send { stream_id: stream_id.clone() };
        (0..count).map(|mid: usize| Section { mid: mid.to_string(), target: target.clone() }).collect()
    }

    pub async fn leave(&self) {
        // Who cannot say goodbye any more is gone already.
        let _ = self.signaling.command("leave", Method::Leave {}).await;
    }
}

/// A track of a subscription that is not in an offer yet.
struct Received {
    kind: Kind,
    subscription_id: String,
}

impl Received {
    fn section(self, peer: &mut Peer) -> Section {
        let target = SectionTarget::Receive { subscription_id: self.subscription_id };
        Section { mid: peer.add_receive(self.kind), target }
    }
}

async fn subscribe(signaling: &Signaling, stream_id: &str) -> Result<Vec<Received>, ClientError> {
    let subscribe = Subscribe { stream_id: stream_id.to_owned(), preferences: SubscriptionPreferences::default() };
    let Subscribed { subscription_id, stream } = signaling.request("subscribe", Method::Subscribe(subscribe)).await?;
    let tracks = [(Kind::Audio, stream.properties.audio_track), (Kind::Video, stream.properties.video_track)];
    let tracks = tracks.into_iter().filter(|(_, exists)| *exists);
    Ok(tracks.map(|(kind, _)| Received { kind, subscription_id: subscription_id.clone() }).collect())
}

/// A signaling connection that has joined; its events are read and forgotten.
async fn open_session(origin: &str, admission: Admission) -> Result<Signaling, ClientError> {
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
        audio_levels: false,
        resume: None,
    };
    let _joined: Joined = signaling.request("join", Method::Join(join)).await?;
    tokio::spawn(async move { while events.recv().await.is_some() {} });
    Ok(signaling)
}

async fn negotiate(signaling: &Signaling, offer: String, sections: Vec<Section>) -> Result<String, ClientError> {
    let negotiate = Negotiate { offer, sections };
    let Negotiated { answer } = signaling.request("negotiate", Method::Negotiate(negotiate)).await?;
    Ok(answer)
}

fn take_answer(peer: &mut Peer, answer: &str) -> Result<(), ClientError> {
    peer.handle_answer(answer).map_err(|error| ClientError::Protocol(error.to_string()))
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
