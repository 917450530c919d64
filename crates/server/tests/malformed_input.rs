//! A server with a live call on it, and everybody who can reach it sending rubbish: strangers, people without a token, a
//! participant with valid keys. The server stays up, the call does not notice, the counters do.

mod malformed;
mod support;

use malformed::call::Call;
use malformed::intruder::{Intruder, send_as_stranger};
use malformed::{cases, samples_of, web};
use support::Server;

/// The same seed is the same series of cases; in a failure it is what to keep.
const SEED: u64 = 20_261_121;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_malformed_inputs_disturb_nobody() {
    let server = Server::start();
    let session = server.create_session("");
    let call = Call::begin(&server, &session).await;
    let before = call.received().await;
    let counted = |name: &str| server.metric(name);
    let counters = [
        "exedra_media_unauthenticated{shard=\"0\"}",
        "exedra_media_unknown{shard=\"0\"}",
        "exedra_media_refused_control{shard=\"0\"}",
        "exedra_faults_total{code=\"BAD_REQUEST\"}",
        "exedra_faults_total{code=\"SDP_INVALID\"}",
        "exedra_faults_total{code=\"MALFORMED_TOKEN\"}",
        "exedra_faults_total{code=\"TOKEN_SIGNATURE_INVALID\"}",
    ];
    let counts_before = counters.map(counted);

    let mut thrown = 0;
    let mut intruder = Intruder::connect(&server, &session).await;
    for (kind, seed, count) in [("stun", 1, 1_500), ("dtls", 2, 500), ("srtp", 3, 500), ("rtcp", 4, 200)] {
        thrown += send_as_stranger(intruder.server, cases(samples_of(kind), SEED + seed, count)).await;
    }
    for (kind, seed, count) in [("stun", 5, 500), ("dtls", 6, 1_000), ("srtp", 7, 1_000), ("srtcp", 8, 500)] {
        thrown += intruder.send_raw(cases(samples_of(kind), SEED + seed, count)).await;
    }
    let checks = |seed| cases(vec![intruder.check.clone()], SEED + seed, 500);
    let (by_strangers, by_itself) = (checks(17), checks(18));
    thrown += send_as_stranger(intruder.server, by_strangers).await;
    thrown += intruder.send_raw(by_itself).await;
    call.goes_on_from(call.received().await).await;
    for (kind, seed, count) in [("rtp", 9, 1_500), ("rtcp", 10, 1_500)] {
        thrown += intruder.send_sealed(cases(samples_of(kind), SEED + seed, count)).await;
    }
    let mut negotiator = Intruder::connect(&server, &session).await;
    thrown += web::offers(&mut negotiator, SEED + 11, 600).await;
    thrown += web::requests(&server, &session, true, SEED + 12, 1_200).await;
    thrown += web::requests(&server, &session, false, SEED + 13, 600).await;
    thrown += web::tokens(&server, &session, SEED + 14, 800).await;
    let server = tokio::task::spawn_blocking(move || {
        let thrown = web::websocket_frames(&server, SEED + 15, 600)
            + web::http(&server, SEED + 16, 1_000)
            + web::whip(&server, &session, SEED + 19, 400);
        (server, thrown)
    });
    let (server, by_tcp) = server.await.unwrap();
    thrown += by_tcp;
    assert!(thrown >= 10_000, "{thrown}");

    call.goes_on_from(call.received().await).await;
    let after = call.received().await;
    assert_eq!(call.trouble(), [""; 0]);
    for (before, after) in before.iter().zip(after) {
        assert_eq!(after.lost, before.lost, "the call lost something: {before:?}, then {after:?}");
    }
    for panics in
        ["exedra_panics_total", "exedra_media_peer_panics{shard=\"0\"}", "exedra_media_shard_panics_total{shard=\"0\"}"]
    {
        assert_eq!(server.metric(panics), 0.0, "{panics}");
    }
    for (counter, before) in counters.iter().zip(counts_before) {
        assert!(server.metric(counter) > before, "{counter} did not move");
    }
    assert_eq!(server.get("/readyz").status, 200);
}
