//! A call as its participants live it.

mod house;

use exedra_contract::token::Role;
use exedra_contract::wire::{EndReason, EventBody, StreamChanges, StreamProperties, SubscriptionPreferences};
use exedra_contract::{Code, faults};
use exedra_session::limits::*;
use exedra_session::{Admission, Command, Join, LogBody, MediaFact, MediaOp, Reply, Request, Subject, Trigger};
use house::{House, camera, muted, receives, sends};

#[test]
fn two_people_see_each_other_come_publish_subscribe_and_go() {
    let mut house = House::new();
    let ann = house.join(Role::Publisher);
    let bob = house.join(Role::Publisher);
    assert_eq!(bob.connections, std::slice::from_ref(&ann.connection));
    assert_eq!(house.news(&ann), ["connection created"]);

    let stream = house.publish_live(&ann);
    assert_eq!(house.news(&ann), ["stream created"]);
    assert_eq!(house.news(&bob), ["stream created"]);

    house.subscribe_live(&bob, &stream);
    assert_eq!(house.news(&bob), ["subscription started"]);
    assert_eq!(house.news(&ann), [""; 0]);

    house.leave(&ann);
    assert_eq!(house.news(&ann), [""; 0]);
    assert_eq!(house.news(&bob), ["stream destroyed: clientDisconnected", "connection destroyed: clientDisconnected"]);
    house.leave(&bob);
    assert!(house.room.is_empty() && house.media.is_empty());
    assert_eq!(house.closed_sockets, [(ann.key, ann.attachment), (bob.key, bob.attachment)]);
}

#[test]
fn who_comes_later_finds_what_is_there() {
    let mut house = House::new();
    let ann = house.join(Role::Publisher);
    let stream = house.publish_live(&ann);
    let invisible = house.publish(&ann).unwrap();
    let bob = house.join(Role::Subscriber);
    assert_eq!(bob.streams.iter().map(|s| s.stream_id.as_str()).collect::<Vec<_>>(), [&*stream]);
    assert_eq!(bob.streams[0].connection_id, ann.connection.connection_id);
    assert_ne!(invisible, stream);
    assert!(ann.streams.is_empty());
}

#[test]
fn a_large_audience_is_not_told_of_its_own_coming_and_going() {
    let mut house = House::new();
    let quiet = Join { role: Role::Subscriber, data: None, connection_events: false, audio_levels: true };
    let ann = house.join(Role::Publisher);
    house.publish_live(&ann);
    let viewers: Vec<_> = (0..3).map(|_| house.try_join(quiet.clone()).unwrap()).collect();
    // Of the connections only the one that publishes matters to a viewer.
    assert_eq!(viewers[2].connections, std::slice::from_ref(&ann.connection));
    // Whoever publishes later comes with the stream; the others have heard of her already.
    let data = Some("name=Cleo".to_owned());
    let cleo =
        house.try_join(Join { role: Role::Publisher, data, connection_events: true, audio_levels: true }).unwrap();
    house.publish_live(&cleo);
    let publisher_in = |house: &House, who: &Admission| match &house.seen[&who.key].last().unwrap().1 {
        EventBody::StreamCreated { stream } => stream.connection.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(publisher_in(&house, &viewers[1]), Some(cleo.connection.clone()));
    assert_eq!(publisher_in(&house, &ann), None);
    house.news(&viewers[1]);
    house.news(&ann);
    house.leave(&viewers[0]);
    assert_eq!(house.news(&viewers[1]), [""; 0]);
    assert_eq!(house.news(&ann), ["connection destroyed: clientDisconnected"]);
}

#[test]
fn a_stream_is_seen_when_the_offer_is_accepted_and_the_transport_is_up_in_either_order() {
    for transport_first in [true, false] {
        let mut house = House::new();
        let ann = house.join(Role::Publisher);
        let bob = house.join(Role::Publisher);
        let stream = house.publish(&ann).unwrap();
        let peer = *house.media.peers.first().unwrap();
        let sections = vec![sends("0", &stream)];
        for who in [&ann, &bob] {
            assert!(house.subscribe(who, &stream).is_err_and(|fault| fault.code() == Code::StreamNotFound));
        }
        if transport_first {
            house.fact(MediaFact::TransportUp { peer });
            assert_eq!(house.news(&bob), [""; 0]);
            house.negotiate(&ann, sections);
        } else {
            house.negotiate(&ann, sections);
            assert_eq!(house.news(&bob), [""; 0]);
            house.fact(MediaFact::TransportUp { peer });
        }
        assert_eq!(house.news(&bob), ["stream created"]);
    }
}

#[test]
fn an_offer_that_is_only_asked_about_changes_nothing() {
    let mut house = House::new();
    let ann = house.join(Role::Publisher);
    let stream = house.publish(&ann).unwrap();
    let peer = *house.media.peers.first().unwrap();
    house.fact(MediaFact::TransportUp { peer });
    house.request(&ann, Request::Negotiate { sections: vec![sends("0", &stream)] }).unwrap();
    assert_eq!(house.news(&ann), [""; 0]);
}

#[test]
fn a_subscription_to_a_silent_stream_starts_without_media() {
    let mut house = House::new();
    let (ann, bob) = (house.join(Role::Publisher), house.join(Role::Publisher));
    let audio_only = StreamProperties { video_track: false, ..camera() };
    let stream = house.publish_as(&ann, audio_only).unwrap();
    let peer = house.negotiate(&ann, vec![sends("0", &stream)]);
    house.fact(MediaFact::TransportUp { peer });

    let subscription = house.subscribe(&bob, &stream).unwrap();
    let peer = house.negotiate(&bob, vec![receives("0", &subscription)]);
    house.fact(MediaFact::TransportUp { peer });
    assert!(!house.news(&bob).contains(&"subscription started".to_owned()));
    // Muted: there is nothing to wait for.
    house.request(&ann, Request::UpdateStream { stream_id: stream, changes: muted(false) }).unwrap();
    assert_eq!(house.news(&bob).last().unwrap(), "subscription started");
}

#[test]
fn muting_reaches_everybody_and_the_plane_and_only_when_it_changes_something() {
    let mut house = House::new();
    let (ann, bob) = (house.join(Role::Publisher), house.join(Role::Publisher));
    let stream = house.publish_live(&ann);
    house.news(&bob);
    for _ in 0..2 {
        house.request(&ann, Request::UpdateStream { stream_id: stream.clone(), changes: muted(false) }).unwrap();
    }
    assert_eq!(house.news(&bob), [r#"stream updated: {"has_audio":false}"#]);
    assert_eq!(house.media.muted.len(), 1);
    house.request(&ann, Request::UpdateStream { stream_id: stream.clone(), changes: muted(true) }).unwrap();
    assert!(house.media.muted.is_empty());

    let refused = house.request(&bob, Request::UpdateStream { stream_id: stream, changes: muted(false) });
    assert_eq!(refused.unwrap_err().code(), Code::StreamNotOwned);
}

#[test]
fn a_track_that_was_never_published_cannot_be_switched_on() {
    let mut house = House::new();
    let ann = house.join(Role::Publisher);
    let silent = StreamProperties { audio_track: false, has_audio: true, ..camera() };
    let stream = house.publish_as(&ann, silent).unwrap();
    house.request(&ann, Request::UpdateStream { stream_id: stream.clone(), changes: muted(true) }).unwrap();
    let peer = house.negotiate(&ann, vec![sends("0", &stream)]);
    house.fact(MediaFact::TransportUp { peer });
    assert!(!house.room.streams()[0].properties.has_audio);
}

#[test]
fn a_subscriber_changes_its_mind_about_size_and_sound() {
    let mut house = House::new();
    let (ann, bob) = (house.join(Role::Publisher), house.join(Role::Publisher));
    let stream = house.publish_live(&ann);
    let subscription_id = house.subscribe_live(&bob, &stream);
    let before = house.media.ops.len();
    let update = |preferences| Request::UpdateSubscription { subscription_id: subscription_id.clone(), preferences };
    let small = SubscriptionPreferences { width_max: Some(320), ..SubscriptionPreferences::default() };
    house.request(&bob, update(small.clone())).unwrap();
    house.request(&bob, update(small)).unwrap();
    let no_sound = SubscriptionPreferences { audio: Some(false), ..SubscriptionPreferences::default() };
    house.request(&bob, update(no_sound)).unwrap();
    let set: Vec<_> = house.media.ops[before..]
        .iter()
        .map(|op| match op {
            MediaOp::SetFlow { wants, .. } => (wants.enabled, wants.width_max),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(set, [(true, Some(320)), (false, None)]);

    let others = house.request(&ann, Request::Unsubscribe { subscription_id: subscription_id.clone() });
    assert_eq!(others.unwrap_err().code(), Code::SubscriptionNotFound);
    house.request(&bob, Request::RequestKeyFrame { subscription_id: subscription_id.clone() }).unwrap();
    assert!(matches!(house.media.ops.last(), Some(MediaOp::RequestKeyFrame { .. })));
    house.request(&bob, Request::Unsubscribe { subscription_id }).unwrap();
    assert!(house.media.flows.is_empty());
}

#[test]
fn a_client_may_subscribe_twice_and_to_itself() {
    let mut house = House::new();
    let ann = house.join(Role::Publisher);
    let stream = house.publish_live(&ann);
    house.subscribe_live(&ann, &stream);
    house.subscribe_live(&ann, &stream);
    assert_eq!(house.news(&ann), ["stream created", "subscription started", "subscription started"]);
    // Levels of one stream are told once, however often it is subscribed to.
    let track = *house.media.tracks.first().unwrap();
    house.fact(MediaFact::AudioLevels { levels: vec![(track, 0.5)] });
    assert_eq!(house.news(&ann), ["audio levels: 1"]);
}

#[test]
fn the_end_of_a_stream_ends_its_subscriptions_without_further_words() {
    let mut house = House::new();
    let (ann, bob) = (house.join(Role::Publisher), house.join(Role::Publisher));
    let stream_id = house.publish_live(&ann);
    house.subscribe_live(&bob, &stream_id);
    house.news(&bob);
    house.request(&ann, Request::Unpublish { stream_id: stream_id.clone(), media_stopped: false }).unwrap();
    assert_eq!(house.news(&bob), ["stream destroyed: clientDisconnected"]);
    assert!(house.media.flows.is_empty() && house.media.tracks.is_empty());
    assert!(house.subscribe(&bob, &stream_id).is_err_and(|fault| fault.code() == Code::StreamNotFound));
}

#[test]
fn others_learn_that_a_shared_screen_ended_and_was_not_withdrawn() {
    let mut house = House::new();
    let (ann, bob) = (house.join(Role::Publisher), house.join(Role::Publisher));
    let stream_id = house.publish_live(&ann);
    house.news(&bob);
    house.request(&ann, Request::Unpublish { stream_id, media_stopped: true }).unwrap();
    assert_eq!(house.news(&bob), ["stream destroyed: mediaStopped"]);
}

#[test]
fn sections_of_what_has_ended_are_left_out_and_those_of_others_refused() {
    let mut house = House::new();
    let (ann, bob) = (house.join(Role::Publisher), house.join(Role::Publisher));
    let (kept, ended) = (house.publish(&ann).unwrap(), house.publish(&ann).unwrap());
    house.request(&ann, Request::Unpublish { stream_id: ended.clone(), media_stopped: false }).unwrap();
    let sections = vec![sends("0", &kept), sends("1", &ended), receives("2", "nothing")];
    let reply = house.request(&ann, Request::Negotiate { sections }).unwrap();
    assert!(matches!(reply, Reply::Sections(plan) if plan.plans.len() == 1));

    house.publish(&bob).unwrap();
    let theirs = house.request(&bob, Request::Negotiate { sections: vec![sends("0", &kept)] });
    assert_eq!(theirs.unwrap_err().code(), Code::StreamNotOwned);
}

#[test]
fn an_offer_before_anything_was_asked_for_is_refused() {
    let mut house = House::new();
    let ann = house.join(Role::Publisher);
    let refused = house.request(&ann, Request::Negotiate { sections: vec![] });
    assert_eq!(refused.unwrap_err().code(), Code::ParameterInvalid);
}

#[test]
fn an_attempt_that_gets_nowhere_is_diagnosed_and_fails_with_the_cause_that_was_found() {
    let mut house = House::new();
    let ann = house.join(Role::Publisher);
    let stream = house.publish(&ann).unwrap();
    house.negotiate(&ann, vec![sends("0", &stream)]);
    house.pass_ms(ATTEMPT_MS_MAX - 1);
    assert!(house.diagnoses.is_empty());
    house.pass_ms(1);
    let diagnosis = house.diagnoses.pop().unwrap();
    assert_eq!((diagnosis.trigger, diagnosis.negotiated, diagnosis.transport_up), (Trigger::TimedOut, true, false));
    assert_eq!((diagnosis.waited_ms, diagnosis.tracks.len()), (ATTEMPT_MS_MAX, 2));

    let fault = faults::dtls_failed("publish", ATTEMPT_MS_MAX);
    house.apply(Command::AttemptFailed { subject: diagnosis.subject, fault }).unwrap();
    assert_eq!(house.news(&ann), ["publish failed: DTLS_FAILED"]);
    assert!(house.media.tracks.is_empty());
    house.leave(&ann);
    assert!(house.room.is_empty() && house.media.is_empty());
}

#[test]
fn an_attempt_that_nobody_diagnoses_fails_all_the_same_with_what_the_room_knows() {
    for (offered, transport_up, expected) in [
        (false, false, "subscribe failed: OFFER_TIMEOUT"),
        (true, false, "subscribe failed: ICE_FAILED"),
        (true, true, "subscribe failed: MEDIA_TIMEOUT"),
    ] {
        let mut house = House::new();
        let (ann, bob) = (house.join(Role::Publisher), house.join(Role::Subscriber));
        let stream = house.publish_live(&ann);
        let subscription = house.subscribe(&bob, &stream).unwrap();
        let peer = *house.media.peers.last().unwrap();
        if offered {
            house.negotiate(&bob, vec![receives("0", &subscription)]);
        }
        if transport_up {
            house.fact(MediaFact::TransportUp { peer });
        }
        house.pass_ms(ATTEMPT_MS_MAX + DIAGNOSIS_MS_MAX);
        assert_eq!(house.news(&bob), ["stream created", expected]);
        assert!(house.media.flows.is_empty());
    }
}

#[test]
fn an_attempt_that_succeeds_during_its_diagnosis_has_succeeded() {
    let mut house = House::new();
    let ann = house.join(Role::Publisher);
    let stream = house.publish(&ann).unwrap();
    let peer = house.negotiate(&ann, vec![sends("0", &stream)]);
    house.pass_ms(ATTEMPT_MS_MAX);
    house.fact(MediaFact::TransportUp { peer });
    assert_eq!(house.news(&ann), ["stream created"]);
    let subject = house.diagnoses[0].subject;
    house.apply(Command::AttemptFailed { subject, fault: faults::ice_failed("publish", 1) }).unwrap();
    house.pass_ms(DIAGNOSIS_MS_MAX);
    assert_eq!(house.news(&ann), [""; 0]);
    assert_eq!(house.room.streams().len(), 1);
}

#[test]
fn an_attempt_is_diagnosed_once() {
    let mut house = House::new();
    let ann = house.join(Role::Publisher);
    house.publish(&ann).unwrap();
    let peer = *house.media.peers.first().unwrap();
    house.pass_ms(ATTEMPT_MS_MAX);
    house.fact(MediaFact::TransportFailed { peer });
    assert_eq!(house.diagnoses.len(), 1);
    house.pass_ms(DIAGNOSIS_MS_MAX);
    assert_eq!(house.news(&ann), ["publish failed: OFFER_TIMEOUT"]);
}

#[test]
fn a_failed_transport_fails_what_waits_for_it_at_once_and_the_next_attempt_gets_another() {
    let mut house = House::new();
    let ann = house.join(Role::Publisher);
    house.publish(&ann).unwrap();
    let first = *house.media.peers.first().unwrap();
    house.fact(MediaFact::TransportFailed { peer: first });
    let diagnosis = house.diagnoses.pop().unwrap();
    assert_eq!(diagnosis.trigger, Trigger::TransportFailed);
    // An attempt that begins on the failed transport is not left waiting either.
    house.publish(&ann).unwrap();
    assert_eq!(house.diagnoses.len(), 1);
    house.pass_ms(DIAGNOSIS_MS_MAX);
    assert_eq!(house.news(&ann), ["publish failed: OFFER_TIMEOUT", "publish failed: OFFER_TIMEOUT"]);
    assert!(house.media.is_empty());

    house.publish_live(&ann);
    assert_eq!(house.news(&ann), ["stream created"]);
    assert_ne!(house.media.peers.first(), Some(&first));
}

#[test]
fn media_that_is_lost_ends_streams_and_subscriptions_and_leaves_the_connection() {
    let mut house = House::new();
    let (ann, bob) = (house.join(Role::Publisher), house.join(Role::Publisher));
    let stream = house.publish_live(&ann);
    let bobs_stream = house.publish_live(&bob);
    house.subscribe_live(&bob, &stream);
    house.subscribe_live(&bob, &bobs_stream);
    house.subscribe_live(&ann, &bobs_stream);
    house.news(&ann);
    house.news(&bob);
    let bobs_peer = *house.media.peers.last().unwrap();

    house.fact(MediaFact::TransportLost { peer: bobs_peer, silent_ms: None });
    assert_eq!(house.news(&ann), ["stream destroyed: networkDisconnected"]);
    let ended = "subscription ended: networkDisconnected";
    assert_eq!(house.news(&bob), [ended, ended, "stream destroyed: networkDisconnected"]);
    assert!(!house.media.peers.contains(&bobs_peer));
    // Signaling lives: the client may publish again, over a new transport.
    house.publish_live(&bob);
    assert_eq!(house.news(&ann), ["stream created"]);
    house.fact(MediaFact::TransportLost { peer: bobs_peer, silent_ms: None });
    assert_eq!(house.news(&ann), [""; 0], "the old transport is nothing to the new one");
}

#[test]
fn who_falls_silent_is_told_why_its_streams_and_subscriptions_ended() {
    for (signaling_alive, expected) in [(true, "media_lost_signaling_alive"), (false, "network_lost")] {
        let mut house = House::new();
        let (ann, bob) = (house.join(Role::Publisher), house.join(Role::Publisher));
        let stream = house.publish_live(&ann);
        house.publish_live(&bob);
        house.subscribe_live(&bob, &stream);
        let peer = *house.media.peers.last().unwrap();
        if !signaling_alive {
            house.lose_socket(&bob);
        }
        house.news(&bob);
        house.news(&ann);
        house.fact(MediaFact::TransportLost { peer, silent_ms: Some(30_000) });
        assert_eq!(house.news(&ann), ["stream destroyed: networkDisconnected"]);
        let lost = house.log.iter().find_map(|body| match body {
            LogBody::TransportLost { cause, .. } => cause.clone(),
            _ => None,
        });
        assert_eq!(lost.as_deref(), Some(expected));
        if signaling_alive {
            let told = ["subscribe failed: TRANSPORT_LOST", "publish failed: TRANSPORT_LOST"];
            assert_eq!(house.news(&bob)[..2], told);
        }
    }
}

#[test]
fn an_attempt_with_no_common_codec_at_all_is_diagnosed_at_once() {
    let mut house = House::new();
    let ann = house.join(Role::Publisher);
    let stream = house.publish(&ann).unwrap();
    let sections = vec![sends("0", &stream), sends("1", &stream)];
    let negotiated = |without_codec: &[&str]| Command::Negotiated {
        connection: ann.key,
        sections: sections.clone(),
        without_codec: without_codec.iter().map(|mid| mid.to_string()).collect(),
    };
    house.apply(negotiated(&["1"])).unwrap();
    assert_eq!(house.diagnoses.len(), 0, "its audio will do");

    let stream = house.publish(&ann).unwrap();
    let sections = vec![sends("2", &stream), sends("3", &stream)];
    let without_codec = vec!["2".to_owned(), "3".to_owned()];
    house.apply(Command::Negotiated { connection: ann.key, sections, without_codec }).unwrap();
    assert_eq!(house.diagnoses.len(), 1);
    assert_eq!(house.diagnoses[0].trigger, exedra_session::Trigger::NoCommonCodec);
}

#[test]
fn an_attempt_on_a_transport_that_is_lost_gets_its_answer_too() {
    let mut house = House::new();
    let ann = house.join(Role::Publisher);
    house.publish_live(&ann);
    house.publish(&ann).unwrap();
    house.news(&ann);
    let peer = *house.media.peers.first().unwrap();
    house.fact(MediaFact::TransportLost { peer, silent_ms: None });
    assert_eq!(house.news(&ann), ["stream destroyed: networkDisconnected"]);
    assert_eq!(house.diagnoses.len(), 1);
    house.pass_ms(DIAGNOSIS_MS_MAX);
    assert_eq!(house.news(&ann), ["publish failed: OFFER_TIMEOUT"]);
    assert!(house.media.is_empty());
}

#[test]
fn a_picture_that_its_uplink_does_not_carry_is_suspended_beside_the_mute_and_forwarded_when_both_are_lifted() {
    let mut house = House::new();
    let (ann, bob) = (house.join(Role::Publisher), house.join(Role::Subscriber));
    let stream = house.publish_live(&ann);
    house.news(&bob);
    let mut change = |has_video: bool, suspended: bool| {
        let changes =
            StreamChanges { has_video: Some(has_video), video_suspended: Some(suspended), ..StreamChanges::default() };
        house.request(&ann, Request::UpdateStream { stream_id: stream.clone(), changes }).unwrap();
        (house.news(&bob).len(), house.media.muted.len())
    };
    assert_eq!(change(true, true), (1, 1));
    assert_eq!(change(false, true), (1, 1), "one reason more for the same silence");
    assert_eq!(change(true, true), (1, 1), "the camera is on again, and the uplink as weak as before");
    assert_eq!(change(true, false), (1, 0));
    assert_eq!(change(true, false), (0, 0));

    let voice = house.publish_as(&ann, StreamProperties { video_track: false, ..camera() }).unwrap();
    let changes = StreamChanges { video_suspended: Some(true), ..StreamChanges::default() };
    house.request(&ann, Request::UpdateStream { stream_id: voice, changes }).unwrap();
    assert!(house.media.muted.is_empty(), "a stream without a picture has none to suspend");
}

#[test]
fn who_neither_publishes_nor_subscribes_for_four_hours_is_disconnected() {
    let mut house = House::new();
    let (ann, bob) = (house.join(Role::Publisher), house.join(Role::Publisher));
    house.publish_live(&bob);
    house.news(&ann);
    house.pass_ms(MEDIA_IDLE_MS_MAX - 1);
    assert_eq!(house.news(&ann), [""; 0]);
    house.pass_ms(1);
    assert_eq!(house.news(&ann), ["session disconnected: mediaIdle"]);
    assert_eq!(house.news(&bob).last().unwrap(), "connection destroyed: networkDisconnected");
    house.pass_ms(10 * MEDIA_IDLE_MS_MAX);
    assert_eq!(house.room.connection_count(), 1);
}

#[test]
fn a_room_that_closes_tells_everybody_once_and_takes_nobody_in() {
    let mut house = House::new();
    let (ann, bob) = (house.join(Role::Publisher), house.join(Role::Publisher));
    let stream = house.publish_live(&ann);
    house.subscribe_live(&bob, &stream);
    house.news(&ann);
    house.news(&bob);
    house.apply(Command::Close { reason: EndReason::ServerRotation }).unwrap();
    assert_eq!(house.news(&bob), ["session disconnected: serverRotation"]);
    assert_eq!(house.news(&ann), ["session disconnected: serverRotation"]);
    assert!(house.room.is_empty() && house.media.is_empty());
    let late = house.try_join(Join { role: Role::Publisher, data: None, connection_events: true, audio_levels: true });
    assert_eq!(late.unwrap_err().code(), Code::ServerShuttingDown);
}

#[test]
fn the_log_tells_the_call_in_order_and_names_nobody() {
    let mut house = House::new();
    let join = Join {
        role: Role::Moderator,
        data: Some("name=Ann Example".to_owned()),
        connection_events: true,
        audio_levels: true,
    };
    let ann = house.try_join(join).unwrap();
    let named = StreamProperties { name: "Ann's camera".to_owned(), ..camera() };
    let stream = house.publish_as(&ann, named).unwrap();
    let peer = house.negotiate(&ann, vec![sends("0", &stream)]);
    house.pass_ms(40);
    house.fact(MediaFact::TransportUp { peer });
    house.fact(MediaFact::Arriving { track: *house.media.tracks.first().unwrap() });
    house.signal(&ann, "psst", None).unwrap();
    house.leave(&ann);
    let what: Vec<_> = house
        .log
        .iter()
        .map(|entry| serde_json::to_value(entry).unwrap()["what"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        what,
        [
            "connection_created",
            "publish_requested",
            "transport_up",
            "stream_created",
            "media_arrived",
            "signal",
            "stream_destroyed",
            "connection_destroyed",
        ]
    );
    assert!(house.log.iter().any(|entry| matches!(entry, LogBody::StreamCreated { waited_ms: 40, .. })));
    let text = serde_json::to_string(&house.log).unwrap();
    for private in ["Ann", "psst"] {
        assert!(!text.contains(private), "{text}");
    }
    let again: Vec<LogBody> = serde_json::from_str(&text).unwrap();
    assert_eq!(again, house.log);
}

#[test]
fn stale_words_from_the_plane_are_ignored() {
    let mut house = House::new();
    let ann = house.join(Role::Publisher);
    let stream = house.publish_live(&ann);
    let subscription = house.subscribe_live(&ann, &stream);
    let (peer, track) = (*house.media.peers.first().unwrap(), *house.media.tracks.first().unwrap());
    let flow = *house.media.flows.keys().next().unwrap();
    house.request(&ann, Request::Unsubscribe { subscription_id: subscription }).unwrap();
    house.leave(&ann);
    let entries = house.log.len();
    for fact in [
        MediaFact::TransportUp { peer },
        MediaFact::TransportFailed { peer },
        MediaFact::TransportLost { peer, silent_ms: Some(30_000) },
        MediaFact::Arriving { track },
        MediaFact::Flowing { flow },
        MediaFact::AudioLevels { levels: vec![(track, 1.0)] },
    ] {
        house.fact(fact);
    }
    let fault = faults::ice_failed("publish", 1);
    let subject = Subject::Publish(exedra_session::StreamKey(1));
    house.apply(Command::AttemptFailed { subject, fault }).unwrap();
    assert_eq!(house.log.len(), entries);
    let late = house.request(&ann, Request::Leave);
    assert_eq!(late.unwrap_err().code(), Code::NotJoined);
    assert!(house.seen.values().flatten().all(|(_, event)| !matches!(event, EventBody::AudioLevels { .. })));
}
