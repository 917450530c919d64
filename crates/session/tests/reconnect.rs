//! Losing the socket for a while is nobody's business but one's own.

mod house;

use exedra_contract::Code;
use exedra_contract::token::Role;
use exedra_session::limits::{MISSED_EVENTS_MAX, RESUME_MS_MAX};
use exedra_session::{Command, LogBody, Resume};
use house::House;

/// The numbers of the events a client has received since this was last asked.
fn seqs(house: &mut House, who: &exedra_session::Admission) -> Vec<u64> {
    house.seen.remove(&who.key).unwrap_or_default().into_iter().map(|(seq, _)| seq).collect()
}

#[test]
fn a_client_that_returns_in_time_keeps_its_ids_and_gets_what_it_missed() {
    let mut house = House::new();
    let (ann, bob) = (house.join(Role::Publisher), house.join(Role::Publisher));
    let stream = house.publish_live(&ann);
    house.subscribe_live(&bob, &stream);
    house.news(&bob);
    assert_eq!(seqs(&mut house, &ann), [1, 2]);

    house.lose_socket(&ann);
    house.signal(&bob, "are you there?", None).unwrap();
    house.signal(&bob, "hello?", Some(&ann)).unwrap();
    assert_eq!(seqs(&mut house, &ann), [0; 0], "nothing is sent to a socket that is gone");
    house.pass_ms(RESUME_MS_MAX - 1);
    // It had processed the first event, and not yet the second when its socket broke.
    let again = house.resume(&ann, 1).unwrap();
    assert_eq!((again.key, &again.connection), (ann.key, &ann.connection));
    assert_eq!(seqs(&mut house, &ann), [2, 3, 4]);
    assert_eq!(house.news(&bob), ["signal: are you there?"]);
    house.pass_ms(RESUME_MS_MAX);
    assert_eq!(house.room.connection_count(), 2);
    assert!(house.log.iter().any(|entry| matches!(entry, LogBody::ConnectionResumed { missed_events: 3, .. })));
}

#[test]
fn a_client_that_stays_away_has_left_by_the_network() {
    let mut house = House::new();
    let (ann, bob) = (house.join(Role::Publisher), house.join(Role::Publisher));
    let stream = house.publish_live(&ann);
    house.subscribe_live(&bob, &stream);
    house.news(&bob);
    house.lose_socket(&ann);
    house.pass_ms(RESUME_MS_MAX);
    assert_eq!(
        house.news(&bob),
        ["stream destroyed: networkDisconnected", "connection destroyed: networkDisconnected"]
    );
    assert_eq!(house.resume(&ann, 0).unwrap_err().code(), Code::ResumeRefused);
    assert_eq!(house.closed_sockets, [], "there was no socket left to close");
}

#[test]
fn a_client_that_cannot_resume_has_left_at_once_and_once() {
    let mut house = House::new();
    let (ann, bob) = (house.join(Role::Publisher), house.join(Role::Publisher));
    house.publish_live(&ann);
    house.news(&bob);
    let vanished = |attachment| Command::Vanished { connection: ann.key, attachment };
    house.apply(vanished(exedra_session::Attachment(ann.attachment.0 + 1))).unwrap();
    assert_eq!(house.room.connection_count(), 2, "that is another socket");
    house.apply(vanished(ann.attachment)).unwrap();
    house.apply(vanished(ann.attachment)).unwrap();
    let seen = ["stream destroyed: networkDisconnected", "connection destroyed: networkDisconnected"];
    assert_eq!(house.news(&bob), seen);
    assert_eq!(house.closed_sockets, [(ann.key, ann.attachment)]);
}

#[test]
fn a_new_socket_replaces_one_that_nobody_noticed_was_dead() {
    let mut house = House::new();
    let ann = house.join(Role::Publisher);
    let again = house.resume(&ann, 0).unwrap();
    assert_ne!(again.attachment, ann.attachment);
    assert_eq!(house.closed_sockets, [(ann.key, ann.attachment)]);
    // The old socket's end is noticed at last; the connection is on another by now.
    house.lose_socket(&ann);
    house.pass_ms(2 * RESUME_MS_MAX);
    assert_eq!(house.room.connection_count(), 1);
    assert_eq!(house.room.connection_key(&ann.connection.connection_id), Some(ann.key));
}

#[test]
fn only_the_secret_continues_a_connection() {
    let mut house = House::new();
    let (ann, bob) = (house.join(Role::Publisher), house.join(Role::Publisher));
    for (connection, secret) in [
        (&ann.connection, bob.resume_secret.as_str()),
        (&ann.connection, ""),
        (&ann.connection, &ann.resume_secret[1..]),
        (&bob.connection, &ann.resume_secret),
    ] {
        let connection_id = connection.connection_id.clone();
        let resume = Resume { connection_id, secret: secret.to_owned(), last_seq: 0 };
        assert_eq!(house.apply(Command::Resume(resume)).unwrap_err().code(), Code::ResumeRefused);
    }
    assert_ne!(ann.resume_secret, bob.resume_secret);
    assert!(house.closed_sockets.is_empty());
}

#[test]
fn who_missed_more_than_is_kept_has_to_join_again() {
    let mut house = House::new();
    let (ann, bob) = (house.join(Role::Publisher), house.join(Role::Publisher));
    house.lose_socket(&ann);
    // One event is there already: bob came.
    for _ in 0..MISSED_EVENTS_MAX {
        house.pass_ms(10);
        house.signal(&bob, "news", None).unwrap();
    }
    assert_eq!(house.resume(&ann, 0).unwrap_err().code(), Code::ResumeRefused);
    assert!(house.resume(&ann, 1).is_ok());
    assert_eq!(house.resume(&ann, 2_000).unwrap_err().code(), Code::ResumeRefused);
}
