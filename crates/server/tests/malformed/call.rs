//! The live call: two people who see and hear each other the whole time.

use std::sync::{Arc, Mutex};

use exedra_client::dev_join::Admission;
use exedra_client::participant::{ParticipantStats, PictureFormat, Publication, Subscription, SyntheticMedia};
use exedra_client::peer::PeerEvent;
use exedra_client::{JoinOptions, Participant, ParticipantEvent};
use exedra_contract::token::Role;
use exedra_contract::wire::{EventBody, SubscriptionPreferences};

use crate::support::{PATIENCE, Server};

pub struct Call {
    ann: Person,
    bob: Person,
}

struct Person {
    participant: Participant,
    publication: Publication,
    subscription: Option<Subscription>,
    /// What would be a disturbance.
    trouble: Arc<Mutex<Vec<String>>>,
}

/// What one of the two has received so far.
#[derive(Debug, Clone, Copy)]
pub struct Received {
    pub audio_packets: u64,
    pub video_frames: u64,
    /// Packets that never came, frames that could not be shown.
    pub lost: u64,
}

impl Call {
    pub async fn begin(server: &Server, session_id: &str) -> Call {
        let mut ann = Person::arrive(server, session_id, "Ann").await;
        let mut bob = Person::arrive(server, session_id, "Bob").await;
        ann.watch(&bob.publication.stream_id).await;
        bob.watch(&ann.publication.stream_id).await;
        let call = Call { ann, bob };
        call.goes_on_from([Received::NOTHING; 2]).await;
        call
    }

    pub async fn received(&self) -> [Received; 2] {
        [self.ann.received().await, self.bob.received().await]
    }

    /// Waits until both have received more of everything than before: a second of video, and audio.
    pub async fn goes_on_from(&self, before: [Received; 2]) {
        let started = std::time::Instant::now();
        loop {
            let now = self.received().await;
            let more = now.iter().zip(before).all(|(now, before)| {
                now.video_frames >= before.video_frames + 15 && now.audio_packets >= before.audio_packets + 25
            });
            if more {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "media stopped: {before:?}, then {now:?}");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    pub fn trouble(&self) -> Vec<String> {
        [&self.ann, &self.bob].iter().flat_map(|person| person.trouble.lock().unwrap().clone()).collect()
    }
}

impl Received {
    const NOTHING: Received = Received { audio_packets: 0, video_frames: 0, lost: 0 };
}

impl Person {
    async fn arrive(server: &Server, session_id: &str, name: &str) -> Person {
        let admission = Admission {
            project_id: server.api_key.clone(),
            session_id: session_id.to_owned(),
            token: server.token(session_id, Role::Publisher),
        };
        let options = JoinOptions { origin: server.url.clone(), admission, connection_events: false };
        let (mut participant, mut events) = Participant::join(options).await.unwrap();
        let own = participant.joined().connection.connection_id.clone();
        let trouble = Arc::new(Mutex::new(Vec::new()));
        let notes = trouble.clone();
        let (live, mut is_live) = tokio::sync::watch::channel(Vec::new());
        tokio::spawn(async move {
            // Intruders come, publish and go; only what concerns these two is trouble.
            while let Some(event) = events.recv().await {
                let disturbing = match &event {
                    ParticipantEvent::Signaling(EventBody::StreamCreated { stream }) => {
                        if stream.properties.name == "Ann" || stream.properties.name == "Bob" {
                            live.send_modify(|streams| streams.push(stream.stream_id.clone()));
                        }
                        false
                    }
                    ParticipantEvent::Signaling(
                        EventBody::StreamDestroyed { stream_id, .. } | EventBody::StreamUpdated { stream_id, .. },
                    ) => live.borrow().contains(stream_id),
                    ParticipantEvent::Signaling(EventBody::ConnectionDestroyed { connection_id, .. }) => {
                        *connection_id == own
                    }
                    ParticipantEvent::Signaling(
                        EventBody::SubscriptionEnded { .. }
                        | EventBody::OperationFailed { .. }
                        | EventBody::MuteForced { .. }
                        | EventBody::StreamMuteForced { .. }
                        | EventBody::SessionDisconnected { .. },
                    ) => true,
                    ParticipantEvent::Media(event) => {
                        matches!(event, PeerEvent::Failed { .. } | PeerEvent::Disconnected | PeerEvent::Closed)
                    }
                    ParticipantEvent::Disconnected => true,
                    ParticipantEvent::Signaling(_) => false,
                };
                if disturbing {
                    notes.lock().unwrap().push(format!("{event:?}"));
                }
            }
        });
        let video = Some(PictureFormat { width: 320, height: 180, frame_rate: 15 });
        let media = SyntheticMedia { name: name.to_owned(), video, audio: true };
        let publication = participant.publish(media).await.unwrap();
        // Only now can others subscribe to it.
        is_live.wait_for(|streams| streams.contains(&publication.stream_id)).await.unwrap();
        Person { participant, publication, subscription: None, trouble }
    }

    async fn watch(&mut self, stream_id: &str) {
        let everything = SubscriptionPreferences::default();
        self.subscription = Some(self.participant.subscribe(stream_id, everything).await.unwrap());
    }

    async fn received(&self) -> Received {
        let stats: ParticipantStats = self.participant.stats().await.unwrap();
        let subscription = self.subscription.as_ref().unwrap();
        let of = |mid: &Option<String>| mid.as_deref().and_then(|mid| stats.received(mid)).unwrap_or_default();
        let (audio, video) = (of(&subscription.audio_mid), of(&subscription.video_mid));
        Received {
            audio_packets: audio.reception.received,
            video_frames: video.frames.decodable,
            lost: audio.reception.lost + video.reception.lost + video.frames.undecodable + video.frames.holes,
        }
    }
}
