//! Messages between clients.

mod house;

use exedra_contract::Code;
use exedra_contract::token::Role;
use exedra_contract::wire::Signal;
use exedra_session::{Command, Join, LogBody, Settings};
use house::House;

#[test]
fn a_signal_to_all_reaches_the_sender_too_and_one_to_somebody_only_that_one() {
    let mut house = House::new();
    let (ann, bob, eve) = (house.join(Role::Publisher), house.join(Role::Publisher), house.join(Role::Subscriber));
    for who in [&ann, &bob] {
        house.news(who);
    }
    house.signal(&ann, "to all", None).unwrap();
    house.signal(&ann, "to bob", Some(&bob)).unwrap();
    house.signal(&ann, "to me", Some(&ann)).unwrap();
    assert_eq!(house.news(&ann), ["signal: to all", "signal: to me"]);
    assert_eq!(house.news(&bob), ["signal: to all", "signal: to bob"]);
    assert_eq!(house.news(&eve), ["signal: to all"]);
}

#[test]
fn signals_of_one_sender_arrive_in_their_order_numbered_without_a_gap() {
    let mut house = House::new();
    let (ann, bob) = (house.join(Role::Publisher), house.join(Role::Publisher));
    for i in 0..100 {
        house.signal(&ann, &i.to_string(), (i % 3 == 0).then_some(&bob)).unwrap();
    }
    let seen = house.seen.remove(&bob.key).unwrap();
    assert_eq!(seen.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), (1..=100).collect::<Vec<_>>());
    let texts: Vec<_> = seen.iter().map(|(_, event)| house::in_words(event)).collect();
    assert_eq!(texts, (0..100).map(|i| format!("signal: {i}")).collect::<Vec<_>>());
}

#[test]
fn a_signal_to_somebody_who_is_not_there_is_refused() {
    let mut house = House::new();
    let (ann, bob) = (house.join(Role::Publisher), house.join(Role::Publisher));
    house.leave(&bob);
    assert_eq!(house.signal(&ann, "too late", Some(&bob)).unwrap_err().code(), Code::ConnectionNotFound);
}

#[test]
fn viewers_may_signal_only_where_the_room_says_so() {
    for (may, role, allowed) in [
        (false, Role::Subscriber, false),
        (true, Role::Subscriber, true),
        (true, Role::PublisherOnly, false),
        (false, Role::Publisher, true),
        (false, Role::Moderator, true),
    ] {
        let mut house = House::with(Settings { subscribers_may_signal: may, ..Settings::new("session") });
        let ann = house.join(role);
        assert_eq!(ann.capabilities.signal, allowed);
        let result = house.signal(&ann, "hello", None);
        assert_eq!(result.as_ref().err().map(|fault| fault.code()), (!allowed).then_some(Code::PermissionDenied));
        assert_eq!(house.news(&ann).len(), usize::from(allowed));
    }
}

#[test]
fn the_applications_server_signals_without_a_sender() {
    let mut house = House::new();
    let (ann, bob) = (house.join(Role::Subscriber), house.join(Role::Subscriber));
    house.news(&ann);
    let signal = |to| Signal { kind: Some("news".to_owned()), data: Some("now".to_owned()), to };
    house.apply(Command::ServerSignal(signal(None))).unwrap();
    house.apply(Command::ServerSignal(signal(Some(bob.connection.connection_id.clone())))).unwrap();
    assert_eq!(house.news(&ann), ["signal from the server: now"]);
    assert_eq!(house.news(&bob), ["signal from the server: now"; 2]);
    let nobody = house.apply(Command::ServerSignal(signal(Some("nobody".to_owned()))));
    assert_eq!(nobody.unwrap_err().code(), Code::ConnectionNotFound);
}

#[test]
fn an_empty_signal_only_identifies_its_sender() {
    let mut house = House::new();
    let ann = house.join(Role::Publisher);
    let ping = Signal { kind: None, data: None, to: None };
    house.request(&ann, exedra_session::Request::Signal(ping)).unwrap();
    assert_eq!(house.news(&ann), ["signal: "]);
}

#[test]
fn the_log_keeps_how_much_was_said_and_not_what() {
    let mut house = House::new();
    let join =
        Join { role: Role::Publisher, data: Some("id=4711".to_owned()), connection_events: true, audio_levels: true };
    let ann = house.try_join(join).unwrap();
    house.signal(&ann, "the password is swordfish", None).unwrap();
    let said = house.log.iter().find(|entry| matches!(entry, LogBody::Signal { .. })).unwrap();
    let expected = LogBody::Signal { from: Some(ann.connection.connection_id.clone()), to: None, bytes: 25 };
    assert_eq!(*said, expected);
}
