//! The demo participant (`exedra join --demo`): a test picture with a running clock and a tone, for whoever has no second
//! camera. Also the smallest example of [`Participant`].

use std::future::Future;
use std::time::Duration;

use exedra_contract::wire::{EventBody, SubscriptionPreferences};
use tokio::sync::mpsc;

use crate::dev_join::{self, Admission, Role};
use crate::error::ClientError;
use crate::participant::{
    JoinOptions, Participant, ParticipantEvent, PictureFormat, Publication, Subscription, SyntheticMedia, WhipEndpoint,
    WhipSession,
};

#[derive(Debug, Clone)]
pub struct DemoOptions {
    /// `http://host:port` of the server.
    pub origin: String,
    pub admission: DemoAdmission,
    /// Shown in the picture and to the others.
    pub name: String,
    pub picture: PictureFormat,
    /// Receive the others too, and say what arrives.
    pub watch: bool,
    /// Leave by itself after this long; `None`: when `stop` says so.
    pub duration: Option<Duration>,
}

#[derive(Debug, Clone)]
pub enum DemoAdmission {
    /// A room name of a development server.
    Room(String),
    /// A session and a token for it.
    Token(Admission),
    /// No signaling: by WHIP.
    Whip(WhipEndpoint),
}

impl DemoOptions {
    pub fn new(origin: impl Into<String>, room: impl Into<String>) -> Self {
        Self {
            origin: origin.into(),
            admission: DemoAdmission::Room(room.into()),
            name: "Exedra demo".to_owned(),
            picture: PictureFormat { width: 640, height: 360, frame_rate: 30 },
            watch: false,
            duration: None,
        }
    }
}

/// Runs until `stop` completes, the duration is over, or the session ends. `say` gets one line for each thing a person would
/// want to know.
pub async fn run(
    options: DemoOptions,
    stop: impl Future<Output = ()>,
    mut say: impl FnMut(&str),
) -> Result<(), ClientError> {
    let DemoOptions { origin, admission, name, picture, watch, duration } = options;
    let over = async {
        match duration {
            Some(duration) => tokio::time::sleep(duration).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(stop, over);
    let media = SyntheticMedia { name: name.clone(), video: Some(picture), audio: true };
    let admission = match admission {
        DemoAdmission::Room(room) => dev_join::admit(&origin, &room, &name, Role::Publisher).await?,
        DemoAdmission::Token(admission) => admission,
        DemoAdmission::Whip(endpoint) => {
            let session = WhipSession::publish(endpoint, &media).await?;
            say("publishing by WHIP");
            tokio::select! {
                () = &mut stop => {}
                () = &mut over => {}
            }
            session.end().await?;
            say("left");
            return Ok(());
        }
    };
    let (mut participant, mut events) =
        Participant::join(JoinOptions { origin, admission, connection_events: false }).await?;
    say(&format!("joined session {}", participant.joined().session.session_id));
    let publication = participant.publish(media).await?;
    say(&format!("publishing stream {}", publication.stream_id));

    let mut watcher = Watcher { enabled: watch, own_stream: publication.stream_id.clone(), subscriptions: Vec::new() };
    for stream in participant.joined().streams.clone() {
        watcher.subscribe(&mut participant, &stream.stream_id, &mut say).await;
    }
    loop {
        tokio::select! {
            () = &mut stop => break,
            () = &mut over => break,
            ended = next_event(&mut participant, &publication, &mut events, &mut watcher, &mut say) => {
                if let Some(result) = ended {
                    return result;
                }
            }
        }
    }
    watcher.summarize(&participant, &publication, &mut say).await;
    participant.leave().await?;
    say("left");
    Ok(())
}

/// Handles one event; returns the outcome when it was the last.
async fn next_event(
    participant: &mut Participant,
    publication: &Publication,
    events: &mut mpsc::Receiver<ParticipantEvent>,
    watcher: &mut Watcher,
    say: &mut impl FnMut(&str),
) -> Option<Result<(), ClientError>> {
    match events.recv().await {
        Some(ParticipantEvent::Signaling(EventBody::StreamCreated { stream })) => {
            watcher.subscribe(participant, &stream.stream_id, say).await;
        }
        Some(ParticipantEvent::Signaling(EventBody::StreamDestroyed { stream_id, .. })) => {
            watcher.forget(participant, &stream_id, say).await;
        }
        Some(ParticipantEvent::Signaling(EventBody::StreamMuteForced { stream_id })) => {
            if stream_id == publication.stream_id
                && let Err(error) = participant.mute(publication, true, false).await
            {
                return Some(Err(error));
            }
        }
        Some(ParticipantEvent::Signaling(EventBody::SessionDisconnected { reason, .. })) => {
            say(&format!("the session ended this connection: {reason:?}"));
            return Some(Ok(()));
        }
        Some(ParticipantEvent::Disconnected) | None => return Some(Err(ClientError::Closed)),
        Some(ParticipantEvent::Signaling(_) | ParticipantEvent::Media(_)) => {}
    }
    None
}

struct Watcher {
    enabled: bool,
    own_stream: String,
    subscriptions: Vec<Subscription>,
}

impl Watcher {
    async fn subscribe(&mut self, participant: &mut Participant, stream_id: &str, say: &mut impl FnMut(&str)) {
        let known = self.subscriptions.iter().any(|subscription| subscription.stream_id == stream_id);
        if !self.enabled || known || stream_id == self.own_stream {
            return;
        }
        match participant.subscribe(stream_id, SubscriptionPreferences::default()).await {
            Ok(subscription) => {
                say(&format!("receiving stream {stream_id}"));
                self.subscriptions.push(subscription);
            }
            // A stream may end while it is being subscribed to; the demo goes on without it.
            Err(error) => say(&format!("cannot receive stream {stream_id}: {error}")),
        }
    }

    async fn forget(&mut self, participant: &mut Participant, stream_id: &str, say: &mut impl FnMut(&str)) {
        let ended = self.subscriptions.iter().position(|subscription| subscription.stream_id == stream_id);
        if let Some(at) = ended {
            let subscription = self.subscriptions.remove(at);
            // The server ended it together with the stream; this only frees the sections, and may come too late.
            let _ = participant.unsubscribe(&subscription).await;
            say(&format!("stream {stream_id} ended"));
        }
    }

    async fn summarize(&self, participant: &Participant, publication: &Publication, say: &mut impl FnMut(&str)) {
        let Ok(stats) = participant.stats().await else { return };
        if let Some(sent) = publication.video_mid.as_ref().and_then(|mid| stats.sent(mid)) {
            let (frames, kilobytes) = (sent.frames, sent.bytes / 1_000);
            say(&format!("sent {frames} frames, {kilobytes} kB, {} packets again", sent.retransmitted));
        }
        for subscription in &self.subscriptions {
            if let Some(received) = subscription.video_mid.as_ref().and_then(|mid| stats.received(mid)) {
                say(&format!(
                    "received {} packets ({} lost) and {} frames of stream {}",
                    received.reception.received,
                    received.reception.lost,
                    received.frames.decodable,
                    subscription.stream_id
                ));
            }
        }
    }
}
