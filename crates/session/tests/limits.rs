//! Every limit, driven one past: the declared fault, and nothing else happens.

mod house;

use exedra_contract::fault::RetryHow;
use exedra_contract::token::Role;
use exedra_contract::wire::{Signal, StreamChanges, StreamProperties};
use exedra_contract::{Code, Fault};
use exedra_session::limits::*;
use exedra_session::{Admission, Join, Limits, MediaFact, Request, Settings};
use house::{House, camera};

fn small() -> House {
    let limits = Limits {
        connections_max: 3,
        streams_max: 4,
        streams_per_connection_max: 2,
        subscriptions_per_connection_max: 2,
        signal_rate: SignalRate { per_second: 100, burst: 200 },
    };
    House::with(Settings { limits, ..Settings::new("session") })
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Fault>, code: Code, says: &str) {
    let fault = result.unwrap_err();
    assert_eq!(fault.code(), code);
    assert!(fault.to_string().contains(says), "{fault}");
}

#[test]
fn connections() {
    let mut house = small();
    let all: Vec<_> = (0..3).map(|_| house.join(Role::Publisher)).collect();
    let join = Join { role: Role::Moderator, data: None, connection_events: true, audio_levels: true };
    refused(house.try_join(join.clone()), Code::SessionFull, "3");
    house.leave(&all[0]);
    house.try_join(join).unwrap();
}

#[test]
fn streams_of_a_connection_and_of_a_room() {
    let mut house = small();
    let all: Vec<_> = (0..3).map(|_| house.join(Role::Publisher)).collect();
    for who in &all[..2] {
        house.publish(who).unwrap();
        house.publish(who).unwrap();
    }
    refused(house.publish(&all[0]), Code::StreamLimitExceeded, "2 streams per connection");
    refused(house.publish(&all[2]), Code::StreamLimitExceeded, "4 streams per session");
    // A stream that failed or ended makes room.
    house.leave(&all[0]);
    house.publish(&all[2]).unwrap();
}

#[test]
fn subscriptions_of_a_connection() {
    let mut house = small();
    let (ann, bob) = (house.join(Role::Publisher), house.join(Role::Subscriber));
    let stream = house.publish_live(&ann);
    let first = house.subscribe_live(&bob, &stream);
    house.subscribe_live(&bob, &stream);
    refused(house.subscribe(&bob, &stream), Code::SubscriptionLimitExceeded, "2 subscriptions per connection");
    house.request(&bob, Request::Unsubscribe { subscription_id: first }).unwrap();
    house.subscribe_live(&bob, &stream);
}

#[test]
fn signals_in_a_burst_and_in_the_long_run() {
    let mut house = small();
    let ann = house.join(Role::Publisher);
    for _ in 0..200 {
        house.signal(&ann, "x", None).unwrap();
    }
    refused(house.signal(&ann, "x", None), Code::SignalRateLimited, "100");
    let retry = house.signal(&ann, "x", None).unwrap_err().retry();
    assert_eq!(retry.how, RetryHow::After);
    house.pass_ms(retry.after_ms.unwrap());
    house.signal(&ann, "x", None).unwrap();
    // Others have a rate of their own, and the server none.
    let bob = house.join(Role::Publisher);
    house.signal(&bob, "x", None).unwrap();
}

fn say(kind: usize, data: usize) -> Request {
    Request::Signal(Signal { kind: Some("t".repeat(kind)), data: Some("d".repeat(data)), to: None })
}

#[test]
fn size_and_alphabet_of_a_signal() {
    let mut house = small();
    let ann = house.join(Role::Publisher);
    house.request(&ann, say(SIGNAL_TYPE_BYTES_MAX, SIGNAL_DATA_BYTES_MAX)).unwrap();
    refused(house.request(&ann, say(SIGNAL_TYPE_BYTES_MAX + 1, 0)), Code::SignalTypeTooLong, "128");
    refused(house.request(&ann, say(0, SIGNAL_DATA_BYTES_MAX + 1)), Code::SignalDataTooLarge, "8192");
    let of_kind = |kind: &str| Request::Signal(Signal { kind: Some(kind.to_owned()), data: None, to: None });
    house.request(&ann, of_kind("AZaz09-_~")).unwrap();
    for kind in ["a b", "signal:x", "ü", "a.b", "\u{0}"] {
        refused(house.request(&ann, of_kind(kind)), Code::SignalTypeInvalid, "");
    }
    // Bytes count, not characters.
    let data = Some("é".repeat(SIGNAL_DATA_BYTES_MAX / 2 + 1));
    let accents = Request::Signal(Signal { kind: None, data, to: None });
    refused(house.request(&ann, accents), Code::SignalDataTooLarge, "8194");
}

#[test]
fn what_a_publisher_says_about_its_stream() {
    let good = StreamProperties {
        name: "n".repeat(STREAM_NAME_BYTES_MAX),
        initials: Some("i".repeat(STREAM_INITIALS_BYTES_MAX)),
        width: PICTURE_SIDE_MAX,
        height: PICTURE_SIDE_MAX,
        frame_rate: Some(FRAME_RATE_MAX),
        ..camera()
    };
    let mut house = small();
    let ann = house.join(Role::Publisher);
    let stream_id = house.publish_as(&ann, good.clone()).unwrap();
    let bad: [(&str, StreamProperties); 6] = [
        ("audio", StreamProperties { audio_track: false, video_track: false, ..good.clone() }),
        ("name", StreamProperties { name: "n".repeat(STREAM_NAME_BYTES_MAX + 1), ..good.clone() }),
        ("initials", StreamProperties { initials: Some("i".repeat(STREAM_INITIALS_BYTES_MAX + 1)), ..good.clone() }),
        ("width", StreamProperties { width: PICTURE_SIDE_MAX + 1, ..good.clone() }),
        ("height", StreamProperties { height: PICTURE_SIDE_MAX + 1, ..good.clone() }),
        ("frame_rate", StreamProperties { frame_rate: Some(FRAME_RATE_MAX + 1), ..good }),
    ];
    for (property, properties) in bad {
        refused(house.publish_as(&ann, properties), Code::StreamPropertiesInvalid, property);
    }
    for changes in [
        StreamChanges { width: Some(PICTURE_SIDE_MAX + 1), ..StreamChanges::default() },
        StreamChanges { height: Some(PICTURE_SIDE_MAX + 1), ..StreamChanges::default() },
    ] {
        let update = Request::UpdateStream { stream_id: stream_id.clone(), changes };
        refused(house.request(&ann, update), Code::StreamPropertiesInvalid, "");
    }
}

#[test]
fn roles_that_may_not_publish_or_subscribe() {
    let mut house = small();
    let (ann, viewer, speaker) =
        (house.join(Role::Publisher), house.join(Role::Subscriber), house.join(Role::PublisherOnly));
    let stream = house.publish_live(&ann);
    refused(house.publish(&viewer), Code::PermissionDenied, "publish");
    refused(house.subscribe(&speaker, &stream), Code::PermissionDenied, "subscribe");
    house.subscribe(&viewer, &stream).unwrap();
    house.publish(&speaker).unwrap();
}

#[test]
fn meters_stop_when_there_are_too_many_to_tell() {
    let mut house = House::new();
    let ann = house.join(Role::Publisher);
    let stream = house.publish_live(&ann);
    house.subscribe_live(&ann, &stream);
    let track = *house.media.tracks.first().unwrap();
    let others: Vec<Admission> = (1..AUDIO_LEVEL_LISTENERS_MAX).map(|_| house.join(Role::Subscriber)).collect();
    house.news(&ann);
    house.fact(MediaFact::AudioLevels { levels: vec![(track, 0.1)] });
    assert_eq!(house.news(&ann), ["audio levels: 1"]);
    let quiet = Join { role: Role::Subscriber, data: None, connection_events: true, audio_levels: false };
    house.try_join(quiet).unwrap();
    house.news(&ann);
    house.fact(MediaFact::AudioLevels { levels: vec![(track, 0.1)] });
    assert_eq!(house.news(&ann), ["audio levels: 1"], "who did not ask is not counted");
    let one_more = house.join(Role::Subscriber);
    house.news(&ann);
    house.fact(MediaFact::AudioLevels { levels: vec![(track, 0.1)] });
    assert_eq!(house.news(&ann), [""; 0]);
    house.leave(&one_more);
    assert_eq!(others.len() + 2, house.room.connection_count());
}
