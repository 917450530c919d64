//! Two native participants in one session of a real server: what each does is what the other sees.

mod support;

use std::time::Duration;

use exedra_client::dev_join::{Role, admit};
use exedra_client::participant::{
    JoinOptions, Participant, ParticipantEvent, PictureFormat, Subscription, SyntheticMedia,
};
use exedra_contract::wire::{EndReason, EventBody, Limit, MediaKind, Signal, SubscriptionPreferences, VideoQuality};
use support::{PATIENCE, Server};
use tokio::sync::mpsc::Receiver;

async fn join(server: &Server, name: &str) -> (Participant, Receiver<ParticipantEvent>) {
    let origin = server.url.replace("localhost", "127.0.0.1");
    let admission = admit(&origin, "room", name, Role::Publisher).await.unwrap();
    Participant::join(JoinOptions { origin, admission, connection_events: true }).await.unwrap()
}

fn media(name: &str) -> SyntheticMedia {
    let video = Some(PictureFormat { width: 320, height: 180, frame_rate: 15 });
    SyntheticMedia { name: name.to_owned(), video, audio: true }
}

/// Reads events until one fits.
async fn event<T>(events: &mut Receiver<ParticipantEvent>, fits: impl Fn(EventBody) -> Option<T>) -> T {
    let waiting = async {
        loop {
            match events.recv().await.expect("the connection lives") {
                ParticipantEvent::Signaling(body) => {
                    if let Some(found) = fits(body) {
                        return found;
                    }
                }
                ParticipantEvent::Media(_) => {}
                ParticipantEvent::Disconnected => panic!("the signaling connection ended"),
            }
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("the event comes")
}

/// Frames shown and sounds heard so far.
async fn seen_and_heard(participant: &Participant, subscription: &Subscription) -> (u64, u64) {
    let stats = participant.stats().await.unwrap();
    let video = stats.received(subscription.video_mid.as_ref().unwrap()).unwrap_or_default();
    let audio = stats.received(subscription.audio_mid.as_ref().unwrap()).unwrap_or_default();
    (video.frames.decodable, audio.reception.received)
}

/// Waits until this many more frames are shown and sounds heard than now.
async fn media_flows(participant: &Participant, subscription: &Subscription, frames: u64, sounds: u64) {
    let before = seen_and_heard(participant, subscription).await;
    let flowing = async {
        loop {
            let now = seen_and_heard(participant, subscription).await;
            if now.0 >= before.0 + frames && now.1 >= before.1 + sounds {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    if tokio::time::timeout(PATIENCE, flowing).await.is_err() {
        let now = seen_and_heard(participant, subscription).await;
        panic!("media does not flow: {before:?}, later {now:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_participants_see_and_hear_each_other_until_they_stop() {
    let server = Server::start();
    let (mut ann, mut ann_events) = join(&server, "Ann").await;
    let ann_publication = ann.publish(media("Ann")).await.unwrap();
    let (mut bob, mut bob_events) = join(&server, "Bob").await;
    let bob_publication = bob.publish(media("Bob")).await.unwrap();

    let own_or_bobs = |body| match body {
        EventBody::StreamCreated { stream } => Some(stream),
        _ => None,
    };
    let bobs = loop {
        let stream = event(&mut ann_events, own_or_bobs).await;
        if stream.stream_id == bob_publication.stream_id {
            break stream;
        }
    };
    assert_eq!(bobs.properties.name, "Bob");
    let ann_sees = ann.subscribe(&bobs.stream_id, SubscriptionPreferences::default()).await.unwrap();
    let bob_sees = bob.subscribe(&ann_publication.stream_id, SubscriptionPreferences::default()).await.unwrap();
    media_flows(&ann, &ann_sees, 10, 20).await;
    media_flows(&bob, &bob_sees, 10, 20).await;

    bob.mute(&bob_publication, false, true).await.unwrap();
    let changes = event(&mut ann_events, |body| match body {
        EventBody::StreamUpdated { changes, .. } => Some(changes),
        _ => None,
    });
    assert_eq!(changes.await.has_video, Some(false));
    media_flows(&ann, &ann_sees, 0, 20).await;
    let frames = seen_and_heard(&ann, &ann_sees).await.0;
    media_flows(&ann, &ann_sees, 0, 20).await;
    assert_eq!(seen_and_heard(&ann, &ann_sees).await.0, frames, "sound goes on, the picture stands still");
    bob.mute(&bob_publication, false, false).await.unwrap();
    media_flows(&ann, &ann_sees, 10, 20).await;

    let hello = Signal { kind: Some("chat".to_owned()), data: Some("hello".to_owned()), to: None };
    ann.signal(hello).await.unwrap();
    let data = event(&mut bob_events, |body| match body {
        EventBody::Signal { signal, .. } => Some(signal.data),
        _ => None,
    });
    assert_eq!(data.await.as_deref(), Some("hello"));

    bob.unpublish(&bob_publication).await.unwrap();
    let destroyed = |body| match body {
        EventBody::StreamDestroyed { stream_id, reason } => Some((stream_id, reason)),
        _ => None,
    };
    assert_eq!(event(&mut ann_events, destroyed).await.0, bob_publication.stream_id);
    media_flows(&bob, &bob_sees, 10, 20).await;

    ann.leave().await.unwrap();
    let (stream_id, reason) = event(&mut bob_events, destroyed).await;
    if stream_id == bob_publication.stream_id {
        assert_eq!(event(&mut bob_events, destroyed).await, (ann_publication.stream_id, EndReason::ClientDisconnected));
    } else {
        assert_eq!((stream_id, reason), (ann_publication.stream_id, EndReason::ClientDisconnected));
    }
    bob.leave().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscriber_learns_why_its_picture_is_as_it_is_when_it_asks_and_when_that_changes() {
    let server = Server::start();
    let (mut ann, _ann_events) = join(&server, "Ann").await;
    let publication = ann.publish(media("Ann")).await.unwrap();
    let (mut bob, mut events) = join(&server, "Bob").await;
    let sees = bob.subscribe(&publication.stream_id, SubscriptionPreferences::default()).await.unwrap();
    media_flows(&bob, &sees, 20, 20).await;
    let explanation = bob.explain(&sees).await.unwrap();
    assert_eq!((explanation.limited_by, explanation.quality), (None, VideoQuality::Good));
    let sent = explanation.sent.unwrap();
    assert_eq!((sent.width, sent.height), (Some(320), Some(180)));
    assert!(sent.frame_rate > 5 && sent.bitrate_bps > 0 && explanation.sent == explanation.best, "{explanation:?}");

    let none = SubscriptionPreferences { video: Some(false), ..SubscriptionPreferences::default() };
    bob.update_subscription(&sees, none).await.unwrap();
    let (id, told) = event(&mut events, |body| match body {
        EventBody::QualityChanged { subscription_id, explanation } => Some((subscription_id, explanation)),
        _ => None,
    })
    .await;
    assert_eq!((&id, told.limited_by, told.sent), (&sees.subscription_id, Some(Limit::Subscription), None));
    assert_eq!(told.wanted.video, Some(false));
    assert_eq!(told.best.unwrap().width, Some(320), "{told:?}");

    let not_his = ann.explain(&sees).await.unwrap_err();
    assert!(format!("{not_his:?}").contains("SUBSCRIPTION_NOT_FOUND"), "{not_his:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_has_counted_is_told_when_asked_and_kept_in_the_calls_log() {
    let server = Server::start();
    let (mut ann, _ann_events) = join(&server, "Ann").await;
    let publication = ann.publish(media("Ann")).await.unwrap();
    let (mut bob, _bob_events) = join(&server, "Bob").await;
    let sees = bob.subscribe(&publication.stream_id, SubscriptionPreferences::default()).await.unwrap();
    media_flows(&bob, &sees, 20, 20).await;

    let anns = ann.server_stats().await.unwrap();
    let video = anns.published.iter().find(|track| track.kind == MediaKind::Video).unwrap();
    assert_eq!((&video.stream_id, video.subscribers, video.encodings.len()), (&publication.stream_id, 1, 1));
    assert!(video.encodings[0].packets >= 20 && video.encodings[0].needed, "{video:?}");
    assert!(anns.transport.unwrap().packets_received >= 40 && anns.subscribed.is_empty());

    let bobs = bob.server_stats().await.unwrap();
    assert_eq!((bobs.published.len(), bobs.subscribed.len()), (0, 2));
    for track in &bobs.subscribed {
        assert!(track.subscription_id == sees.subscription_id && track.packets >= 20 && track.flowing, "{track:?}");
    }
    assert!(bobs.transport.unwrap().packets_sent >= 40);

    let session = ann.joined().session.session_id.clone();
    let (subscription, stream) = (sees.subscription_id.clone(), publication.stream_id.clone());
    ann.leave().await.unwrap();
    bob.leave().await.unwrap();
    let bodies = loop {
        let bodies = server.logged(&session, "media_summary").await;
        if bodies.len() >= 2 {
            break bodies;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let tracks = |of: &str| bodies.iter().filter_map(|body| body[of].as_array()).find(|list| !list.is_empty()).unwrap();
    let received = tracks("subscribed");
    assert_eq!((received.len(), received[0]["subscription_id"].as_str()), (2, Some(&*subscription)));
    let sent = tracks("published");
    assert_eq!((sent.len(), sent[0]["stream_id"].as_str()), (2, Some(&*stream)));
    assert!(server.metric("exedra_udp_gso_run_mean{shard=\"0\"}") >= 1.0);
}
