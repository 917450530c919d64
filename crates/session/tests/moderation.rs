//! What moderators can do to others, and that nobody else can.

mod house;

use exedra_contract::Code;
use exedra_contract::token::Role;
use exedra_session::{Command, LogBody, MediaFact, Moderation, ModerationAction, Request};
use house::{House, muted, sends};

#[test]
fn only_a_moderator_moderates() {
    let mut house = House::new();
    let publisher = house.join(Role::Publisher);
    let stream_id = house.publish_live(&publisher);
    let connection_id = publisher.connection.connection_id.clone();
    let everything = [
        Moderation::Disconnect { connection_id },
        Moderation::Unpublish { stream_id: stream_id.clone() },
        Moderation::MuteStream { stream_id },
        Moderation::MuteAll { excluded_stream_ids: vec![] },
        Moderation::DisableMuteAll,
    ];
    for role in [Role::Publisher, Role::Subscriber, Role::PublisherOnly] {
        let other = house.join(role);
        for moderation in &everything {
            let refused = house.moderate(&other, moderation.clone()).unwrap_err();
            assert_eq!(refused.code(), Code::PermissionDenied, "{role}: {moderation:?}");
        }
    }
    assert_eq!(house.room.connection_count(), 4);
    assert_eq!(house.room.streams().len(), 1);
    assert!(house.media.muted.is_empty());
}

#[test]
fn somebody_is_shown_the_door() {
    let mut house = House::new();
    let (judge, ann) = (house.join(Role::Moderator), house.join(Role::Publisher));
    house.publish_live(&ann);
    house.news(&judge);
    house.news(&ann);
    let connection_id = ann.connection.connection_id.clone();
    house.moderate(&judge, Moderation::Disconnect { connection_id: connection_id.clone() }).unwrap();
    assert_eq!(house.news(&ann), ["session disconnected: forceDisconnected"]);
    assert_eq!(house.news(&judge), ["stream destroyed: forceDisconnected", "connection destroyed: forceDisconnected"]);
    assert_eq!(house.closed_sockets, [(ann.key, ann.attachment)]);
    let twice = house.moderate(&judge, Moderation::Disconnect { connection_id });
    assert_eq!(twice.unwrap_err().code(), Code::ConnectionNotFound);
}

#[test]
fn a_stream_is_taken_off_and_its_publisher_stays() {
    let mut house = House::new();
    let (judge, ann) = (house.join(Role::Moderator), house.join(Role::Publisher));
    let stream_id = house.publish_live(&ann);
    house.news(&judge);
    house.news(&ann);
    house.moderate(&judge, Moderation::Unpublish { stream_id: stream_id.clone() }).unwrap();
    assert_eq!(house.news(&ann), ["stream destroyed: forceUnpublished"]);
    assert_eq!(house.news(&judge), ["stream destroyed: forceUnpublished"]);
    let twice = house.moderate(&judge, Moderation::Unpublish { stream_id });
    assert_eq!(twice.unwrap_err().code(), Code::StreamNotFound);
    house.publish_live(&ann);
}

#[test]
fn a_muted_stream_is_silent_at_once_and_may_speak_again() {
    let mut house = House::new();
    let (judge, ann) = (house.join(Role::Moderator), house.join(Role::Publisher));
    let stream_id = house.publish_live(&ann);
    house.news(&ann);
    house.news(&judge);
    for _ in 0..2 {
        house.moderate(&judge, Moderation::MuteStream { stream_id: stream_id.clone() }).unwrap();
    }
    let update = r#"stream updated: {"has_audio":false}"#;
    assert_eq!(house.news(&ann), ["own stream muted", update]);
    assert_eq!(house.news(&judge), [update]);
    assert_eq!(house.media.muted.len(), 1, "the plane enforces it");
    house.request(&ann, Request::UpdateStream { stream_id, changes: muted(true) }).unwrap();
    assert!(house.media.muted.is_empty());
}

#[test]
fn everybody_is_muted_now_and_later_until_that_is_lifted() {
    let mut house = House::new();
    let (judge, ann, bob) = (house.join(Role::Moderator), house.join(Role::Publisher), house.join(Role::Publisher));
    let (spared, silenced) = (house.publish_live(&ann), house.publish_live(&bob));
    let pending = house.publish(&judge).unwrap();
    for who in [&judge, &ann, &bob] {
        house.news(who);
    }
    let excluded_stream_ids = vec![spared.clone(), "gone long ago".to_owned()];
    house.moderate(&judge, Moderation::MuteAll { excluded_stream_ids }).unwrap();
    let update = r#"stream updated: {"has_audio":false}"#;
    assert_eq!(house.news(&bob), ["own stream muted", update, "mute forced: true"]);
    assert_eq!(house.news(&ann), [update, "mute forced: true"]);
    // The moderator's own stream, which nobody sees yet, is muted like the others.
    assert_eq!(house.news(&judge), [update, "own stream muted", "mute forced: true"]);

    let late = house.join(Role::Publisher);
    assert!(late.force_muted);
    let late_stream = house.publish_live(&late);
    assert_eq!(house.news(&late), ["own stream muted", "stream created"]);
    let heard = |house: &House, id: &str| house.room.stream(id).unwrap().properties.has_audio;
    assert_eq!([&spared, &silenced, &late_stream].map(|id| heard(&house, id)), [true, false, false]);

    house.moderate(&judge, Moderation::DisableMuteAll).unwrap();
    assert_eq!(house.news(&late), ["mute forced: false"]);
    assert!(!heard(&house, &late_stream), "what is muted stays muted");
    let free = house.join(Role::Publisher);
    assert!(!free.force_muted);
    let free_stream = house.publish_live(&free);
    assert!(heard(&house, &free_stream));
    let peer = house.negotiate(&judge, vec![sends("0", &pending)]);
    house.fact(MediaFact::TransportUp { peer });
    assert!(!heard(&house, &pending));
}

#[test]
fn a_stream_that_nobody_sees_yet_is_not_for_others_to_moderate() {
    let mut house = House::new();
    let (judge, ann) = (house.join(Role::Moderator), house.join(Role::Publisher));
    let stream_id = house.publish(&ann).unwrap();
    for moderation in [
        Moderation::Unpublish { stream_id: stream_id.clone() },
        Moderation::MuteStream { stream_id: stream_id.clone() },
    ] {
        assert_eq!(house.moderate(&judge, moderation.clone()).unwrap_err().code(), Code::StreamNotFound);
        let by_server = house.apply(Command::ServerModeration(moderation));
        assert_eq!(by_server.unwrap_err().code(), Code::StreamNotFound);
    }
}

#[test]
fn the_applications_server_moderates_without_being_there() {
    let mut house = House::new();
    let ann = house.join(Role::Publisher);
    let stream_id = house.publish_live(&ann);
    house.news(&ann);
    house.apply(Command::ServerModeration(Moderation::MuteStream { stream_id })).unwrap();
    let connection_id = ann.connection.connection_id.clone();
    house.apply(Command::ServerModeration(Moderation::Disconnect { connection_id })).unwrap();
    let news = house.news(&ann);
    assert_eq!(news.first().unwrap(), "own stream muted");
    assert_eq!(news.last().unwrap(), "session disconnected: forceDisconnected");
    assert!(
        house
            .log
            .iter()
            .any(|entry| matches!(entry, LogBody::Moderated { by: None, action: ModerationAction::Disconnect, .. }))
    );
    assert!(house.room.is_empty() && house.media.is_empty());
}
