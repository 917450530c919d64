//! `/metrics`: every figure that a call should move does move, and every name that is written down somewhere exists.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use exedra_client::participant::{PictureFormat, SyntheticMedia, WhipEndpoint, WhipSession};
use exedra_contract::token::Role;
use support::{PATIENCE, Server};

/// What a call without trouble leaves at zero. What comes from strangers is moved in `malformed_input.rs`.
const OF_TROUBLE: [&str; 14] = [
    "exedra_event_log_batches_lost",
    "exedra_heartbeats_missed",
    "exedra_media_events_dropped",
    "exedra_media_loss_ratio_mean",
    "exedra_media_peer_panics",
    "exedra_media_refused_control",
    "exedra_media_shard_panics",
    "exedra_media_unauthenticated",
    "exedra_media_unknown",
    "exedra_outboxes_overflowed",
    "exedra_panics",
    "exedra_udp_dropped_by_backpressure",
    "exedra_udp_dropped_by_kernel",
    "exedra_udp_refused",
];

/// Our own client divides its frames so that none needs it; `conformance/browser/call.test.mjs` moves it with a browser's.
const OF_BROWSERS: &str = "exedra_media_padding_bytes_sent";

/// The name of a sample, and its value.
fn samples(text: &str) -> impl Iterator<Item = (&str, f64)> {
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    samples.map(|line| {
        let (key, value) = line.rsplit_once(' ').unwrap();
        (key.split('{').next().unwrap(), value.parse().unwrap())
    })
}

/// What `/metrics` announces, each with the sum of its samples; of a histogram, of what was observed.
fn families(text: &str) -> BTreeMap<&str, f64> {
    let announced = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let sum = |family: &str| {
        let is_of = |name: &str| name.strip_prefix(family).is_some_and(|rest| ["", "_total", "_count"].contains(&rest));
        samples(text).filter(|(name, _)| is_of(name)).map(|(_, value)| value).sum()
    };
    announced.map(|family| (family, sum(family))).collect()
}

fn unmoved(text: &str) -> Vec<&str> {
    let is_moved_elsewhere = |family: &str| family == OF_BROWSERS || OF_TROUBLE.contains(&family);
    let resting = families(text).into_iter().filter(|(family, value)| *value == 0.0 && !is_moved_elsewhere(family));
    resting.map(|(family, _)| family).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_moves_every_metric_but_those_that_count_trouble() {
    let server = Server::start();
    let session = server.create_session("");
    let mut ann = server.join(&session, Role::Publisher).await;
    ann.call("unsubscribe", serde_json::json!({ "subscription_id": "none" })).await.unwrap_err();
    let origin = server.url.replace("localhost", "127.0.0.1");
    let door = |name: &str, role| WhipEndpoint {
        url: format!("{origin}/v1/{name}/{session}"),
        token: server.token(&session, role),
    };
    let picture = PictureFormat { width: 320, height: 180, frame_rate: 15 };
    let media = SyntheticMedia { name: "Stage".to_owned(), video: Some(picture), audio: true };
    let stage = WhipSession::publish(door("whip", Role::Publisher), &media).await.unwrap();
    let viewer = WhipSession::watch(door("whep", Role::Subscriber)).await.unwrap();

    // The means and rates come with a look at each peer, every few seconds.
    let started = Instant::now();
    let text = loop {
        let text = server.get("/metrics").body;
        if unmoved(&text).is_empty() {
            break text;
        }
        assert!(started.elapsed() < PATIENCE, "these did not move: {:?}", unmoved(&text));
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let exist: Vec<&str> = families(&text).into_keys().collect();
    assert_eq!(OF_TROUBLE.iter().filter(|name| !exist.contains(name)).collect::<Vec<_>>(), [&""; 0]);
    viewer.hang_up().await.unwrap();
    stage.end().await.unwrap();
}

/// Those of the catalogue are held by `cargo xtask catalogue --check`.
#[tokio::test]
async fn every_metric_of_the_documents_exists() {
    let server = Server::start();
    let mut socket = server.socket().await;
    socket.call("leave", serde_json::json!({})).await.unwrap_err();
    let text = server.get("/metrics").body;
    let exist: BTreeSet<&str> = samples(&text).map(|(name, _)| name).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut named = 0;
    for document in ["SECURITY.md", "README.md", "CHANGELOG.md", "docs/sandbox.md"] {
        let words = std::fs::read_to_string(root.join(document)).unwrap();
        for name in words.split('`').filter(|word| word.starts_with("exedra_")) {
            assert!(exist.contains(name), "{document} names {name}");
            named += 1;
        }
    }
    assert!(named > 0, "documents name metrics in another way now");
}
