//! What a subscriber hears of its picture, and what it is told when it asks.

mod house;

use exedra_contract::Code;
use exedra_contract::token::Role;
use exedra_contract::wire::{
    Explanation, Limit, NeededEncoding, StreamChanges, StreamProperties, SubscriptionPreferences, VideoQuality,
};
use exedra_session::limits::{MEDIA_SUMMARY_MS, MEDIA_SUMMARY_SUBSCRIPTIONS_MAX};
use exedra_session::{Admission, FlowKey, LogBody, MediaFact, MediaOp, Reply, Request, Wants};
use house::{House, camera};

fn explain(house: &mut House, from: &Admission, id: &str) -> (Option<FlowKey>, Explanation) {
    match house.request(from, Request::Explain { subscription_id: id.to_owned() }).unwrap() {
        Reply::Explain { flow, explanation } => (flow, *explanation),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_owner_of_a_subscription_and_nobody_else_is_told_that_its_picture_changed() {
    let mut house = House::new();
    let (ann, bob, cleo) = (house.join(Role::Publisher), house.join(Role::Subscriber), house.join(Role::Subscriber));
    let stream = house.publish_live(&ann);
    let id = house.subscribe_live(&bob, &stream);
    house.subscribe_live(&cleo, &stream);
    for who in [&ann, &bob, &cleo] {
        house.news(who);
    }
    let flow = explain(&mut house, &bob, &id).0.unwrap();
    let changed = |quality, estimate_bps| {
        let explanation =
            Explanation { quality, limited_by: Some(Limit::Bandwidth), estimate_bps, ..Explanation::default() };
        MediaFact::QualityChanged { flow, explanation: Box::new(explanation) }
    };
    house.fact(changed(VideoQuality::Good, Some(900_000)));
    house.fact(changed(VideoQuality::Endangered, Some(80_000)));
    assert_eq!(house.news(&bob), ["quality: Good, limited by Bandwidth", "quality: Endangered, limited by Bandwidth"]);
    assert_eq!((house.news(&ann), house.news(&cleo)), (vec![], vec![]));
    let logged: Vec<_> = house.log.iter().filter(|entry| matches!(entry, LogBody::VideoQuality { .. })).collect();
    let LogBody::VideoQuality { subscription_id, quality, estimate_bps, .. } = logged[0] else { unreachable!() };
    assert_eq!((logged.len(), subscription_id, quality), (1, &id, &VideoQuality::Endangered));
    assert_eq!(*estimate_bps, Some(80_000));

    house.request(&bob, Request::Unsubscribe { subscription_id: id }).unwrap();
    house.fact(changed(VideoQuality::Suspended, None));
    assert_eq!(house.news(&bob), [""; 0], "a flow that has ended concerns nobody");
}

#[test]
fn before_the_plane_has_anything_to_say_the_room_says_what_it_knows() {
    let mut house = House::new();
    let (ann, bob) = (house.join(Role::Publisher), house.join(Role::Subscriber));
    let stream = house.publish_live(&ann);
    let id = house.subscribe_live(&bob, &stream);
    let limit = |house: &mut House| explain(house, &bob, &id).1.limited_by;
    assert_eq!(limit(&mut house), Some(Limit::Starting));

    let changes = StreamChanges { has_video: Some(false), ..StreamChanges::default() };
    house.request(&ann, Request::UpdateStream { stream_id: stream, changes }).unwrap();
    assert_eq!(limit(&mut house), Some(Limit::Muted));

    let preferences =
        SubscriptionPreferences { video: Some(false), width_max: Some(320), ..SubscriptionPreferences::default() };
    house.request(&bob, Request::UpdateSubscription { subscription_id: id.clone(), preferences }).unwrap();
    let (flow, explanation) = explain(&mut house, &bob, &id);
    assert!(flow.is_some());
    assert_eq!(explanation.limited_by, Some(Limit::Subscription));
    assert_eq!((explanation.wanted.width_max, explanation.wanted.audio), (Some(320), Some(true)));

    let voice = house.publish_as(&ann, StreamProperties { video_track: false, ..camera() }).unwrap();
    let peer = house.negotiate(&ann, vec![house::sends("5", &voice)]);
    house.fact(MediaFact::TransportUp { peer });
    let id = house.subscribe_live(&bob, &voice);
    let (flow, explanation) = explain(&mut house, &bob, &id);
    assert_eq!((flow, explanation.limited_by), (None, Some(Limit::Publisher)));
}

#[test]
fn the_publisher_decides_whether_pictures_of_its_stream_give_way_to_the_sound() {
    let mut house = House::new();
    let (ann, bob) = (house.join(Role::Publisher), house.join(Role::Subscriber));
    for audio_fallback_off in [false, true] {
        let stream = house.publish_as(&ann, StreamProperties { audio_fallback_off, ..camera() }).unwrap();
        let peer = house.negotiate(&ann, vec![house::sends("0", &stream)]);
        house.fact(MediaFact::TransportUp { peer });
        house.media.ops.clear();
        let subscription_id = house.subscribe_live(&bob, &stream);
        let preferences = SubscriptionPreferences { width_max: Some(320), ..SubscriptionPreferences::default() };
        house.request(&bob, Request::UpdateSubscription { subscription_id, preferences }).unwrap();
        let given: Vec<_> = house.media.ops.iter().filter_map(wants_of).map(|wants| wants.audio_fallback).collect();
        assert_eq!(given, [!audio_fallback_off; 3], "both flows when opened, and the picture when limited");
    }
}

fn wants_of(op: &MediaOp) -> Option<Wants> {
    match op {
        MediaOp::OpenFlow { wants, .. } | MediaOp::SetFlow { wants, .. } => Some(*wants),
        _ => None,
    }
}

#[test]
fn only_the_owner_of_a_subscription_may_ask() {
    let mut house = House::new();
    let ann = house.join(Role::Publisher);
    let bob = house.join(Role::Subscriber);
    let stream = house.publish_live(&ann);
    let id = house.subscribe_live(&bob, &stream);
    for (who, subscription_id) in [(&ann, id), (&bob, "none".to_owned())] {
        let fault = house.request(who, Request::Explain { subscription_id }).unwrap_err();
        assert_eq!(fault.code(), Code::SubscriptionNotFound);
    }
}

#[test]
fn the_publisher_alone_is_told_which_of_its_encodings_somebody_needs() {
    let mut house = House::new();
    let (ann, bob) = (house.join(Role::Publisher), house.join(Role::Subscriber));
    house.publish_live(&ann);
    let tracks: Vec<_> = house.media.tracks.iter().copied().collect();
    let encodings = || [("q", true), ("f", false)].map(|(rid, needed)| NeededEncoding { rid: rid.to_owned(), needed });
    for who in [&ann, &bob] {
        house.news(who);
    }
    house.fact(MediaFact::EncodingsNeeded { track: tracks[1], encodings: encodings().into() });
    assert_eq!((house.news(&ann), house.news(&bob)), (vec!["encodings needed: q".to_owned()], vec![]));
    house.leave(&ann);
    house.fact(MediaFact::EncodingsNeeded { track: tracks[1], encodings: encodings().into() });
}

#[test]
fn a_client_may_ask_for_the_figures_of_its_own_media_and_what_ends_is_summed_up_before_it_is_closed() {
    let mut house = House::new();
    let (ann, bob) = (house.join(Role::Publisher), house.join(Role::Subscriber));
    let stream = house.publish_live(&ann);
    let subscription = house.subscribe_live(&bob, &stream);
    let mut of = |who: &Admission| match house.request(who, Request::Stats).unwrap() {
        Reply::Stats(of) => of,
        other => panic!("{other:?}"),
    };
    let (anns, bobs) = (of(&ann), of(&bob));
    assert_eq!((anns.tracks.len(), anns.flows.len(), anns.tracks[0].0 == stream), (2, 0, true));
    assert_eq!((bobs.tracks.len(), bobs.flows.len(), bobs.flows[1].0 == subscription), (0, 2, true));
    assert!(anns.peer.is_some() && bobs.peer.is_some() && anns.peer != bobs.peer);

    house.leave(&ann);
    let summed_up: Vec<_> = house.media.summarized.iter().map(|of| (of.tracks.len(), of.flows.len())).collect();
    assert_eq!(summed_up, [(0, 2), (2, 0)]);
}

#[test]
fn media_is_summed_up_every_minute_while_there_is_some_and_in_crowded_rooms_at_its_end_alone() {
    let mut house = House::new();
    let (ann, bob) = (house.join(Role::Publisher), house.join(Role::Subscriber));
    let summed_up = |house: &mut House, ms: u64| -> Vec<_> {
        house.media.summarized.clear();
        house.pass_ms(ms);
        house.media.summarized.iter().map(|of| (of.peer.is_some(), of.tracks.len(), of.flows.len())).collect()
    };
    assert_eq!(summed_up(&mut house, 5 * MEDIA_SUMMARY_MS), []);
    let stream = house.publish_live(&ann);
    assert_eq!(summed_up(&mut house, MEDIA_SUMMARY_MS - 1), []);
    let subscription = house.subscribe_live(&bob, &stream);
    assert_eq!(summed_up(&mut house, 1), [(true, 2, 0)], "of the publisher, whose minute is over");
    let second = house.subscribe_live(&bob, &stream);
    assert_eq!(
        summed_up(&mut house, MEDIA_SUMMARY_MS),
        [(true, 0, 4), (true, 2, 0)],
        "a minute after the first of both"
    );

    for subscription_id in [second, subscription] {
        house.request(&bob, Request::Unsubscribe { subscription_id }).unwrap();
    }
    assert_eq!(summed_up(&mut house, MEDIA_SUMMARY_MS), [(true, 2, 0)], "nothing is left of Bob's");

    let crowd: Vec<_> = (0..=MEDIA_SUMMARY_SUBSCRIPTIONS_MAX).map(|_| house.join(Role::Subscriber)).collect();
    for member in &crowd {
        house.subscribe_live(member, &stream);
    }
    assert_eq!(summed_up(&mut house, MEDIA_SUMMARY_MS), []);
    house.leave(&crowd[0]);
    assert_eq!(summed_up(&mut house, MEDIA_SUMMARY_MS).len(), 1 + MEDIA_SUMMARY_SUBSCRIPTIONS_MAX);
    for member in &crowd[1..] {
        house.leave(member);
    }
    assert_eq!(summed_up(&mut house, MEDIA_SUMMARY_MS), [(true, 2, 0)]);
    house.leave(&ann);
    assert_eq!(summed_up(&mut house, MEDIA_SUMMARY_MS), []);
}
