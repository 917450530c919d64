use super::*;

struct Scratch(std::path::PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("exedra-store-{name}-{}", uuid::Uuid::new_v4()));
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn project() -> ProjectId {
    ProjectId::parse("12345678").unwrap()
}

fn session(id: &str) -> Session {
    Session {
        id: id.into(),
        project_id: project(),
        created_ms: 7,
        media_mode: MediaMode::Relayed,
        options: r#"{"archiveMode":"manual"}"#.into(),
    }
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let scratch = Scratch::new("restart");
    let store = Store::open(&scratch.0).await.unwrap();
    store.put_project(&project(), &ProjectKey::Secret("s3cret".into()), 1).await.unwrap();
    let application = ProjectId::parse("11111111-2222-4333-8444-555555555555").unwrap();
    store.put_project(&application, &ProjectKey::PublicKeyPem("pem".into()), 2).await.unwrap();
    store.put_session(&session("1_a")).await.unwrap();
    store.events.append(vec![event("1_a", "joined"), event("1_a", "left")]).await.unwrap();
    store.close().await;

    let store = Store::open(&scratch.0).await.unwrap();
    assert!(matches!(store.project_key(&project()).await.unwrap(), Some(ProjectKey::Secret(s)) if s == "s3cret"));
    assert!(matches!(store.project_key(&application).await.unwrap(), Some(ProjectKey::PublicKeyPem(p)) if p == "pem"));
    assert_eq!(store.first_project().await.unwrap(), Some((project(), "s3cret".into())));
    assert_eq!(store.session("1_a").await.unwrap(), Some(session("1_a")));
    assert_eq!(store.session("1_b").await.unwrap(), None);
    let kinds: Vec<(String,)> = sqlx::query_as("SELECT kind FROM call_events WHERE session_id = '1_a' ORDER BY id")
        .fetch_all(&store.pool)
        .await
        .unwrap();
    assert_eq!(kinds, [("joined".into(),), ("left".into(),)]);
}

#[tokio::test]
async fn a_room_name_means_one_session_even_when_two_ask_at_once() {
    let scratch = Scratch::new("names");
    let store = Store::open(&scratch.0).await.unwrap();
    store.put_project(&project(), &ProjectKey::Secret("s".into()), 1).await.unwrap();
    let (a, b) = (session("1_a"), session("1_b"));
    let (first, second) = tokio::join!(store.session_of_room("lobby", &a), store.session_of_room("lobby", &b));
    assert_eq!(first.unwrap(), second.unwrap());
    assert_ne!(
        store.session_of_room("hall", &session("1_c")).await.unwrap().id,
        store.session_of_room("lobby", &a).await.unwrap().id
    );
}

#[tokio::test]
async fn concurrent_batches_are_all_written_in_their_order() {
    let scratch = Scratch::new("batches");
    let store = Store::open(&scratch.0).await.unwrap();
    let appends = (0..QUEUE_MAX_AND_ONE).map(|n| {
        let log = store.events.clone();
        tokio::spawn(async move {
            log.append(vec![event(&format!("1_{n}"), "joined"), event(&format!("1_{n}"), "left")]).await
        })
    });
    for append in appends.collect::<Vec<_>>() {
        append.await.unwrap().unwrap();
    }
    let (count,): (i64,) = sqlx::query_as("SELECT count(*) FROM call_events").fetch_one(&store.pool).await.unwrap();
    assert_eq!(count as usize, 2 * QUEUE_MAX_AND_ONE);
    let (disordered,): (i64,) = sqlx::query_as(
        "SELECT count(*) FROM call_events a JOIN call_events b ON a.session_id = b.session_id AND a.id > b.id AND a.kind = 'joined'",
    )
    .fetch_one(&store.pool)
    .await
    .unwrap();
    assert_eq!(disordered, 0);
}

#[tokio::test]
async fn what_nobody_waits_for_takes_no_place_of_a_log_that_is_behind() {
    let scratch = Scratch::new("behind");
    let store = Store::open(&scratch.0).await.unwrap();
    let slow_disk = store.pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let offered = event_log::QUEUE_MAX + event_log::GROUP_MAX + 1;
    let offers: Vec<_> = (0..offered)
        .map(|_| {
            let log = store.events.clone();
            tokio::spawn(async move { log.append_if_room(vec![event("1_a", "media_summary")]).await })
        })
        .collect();
    while !offers.iter().any(|offer| offer.is_finished()) {
        tokio::task::yield_now().await;
    }
    slow_disk.rollback().await.unwrap();
    let mut written = 0;
    for offer in offers {
        written += i64::from(offer.await.unwrap().is_ok());
    }
    let (count,): (i64,) = sqlx::query_as("SELECT count(*) FROM call_events").fetch_one(&store.pool).await.unwrap();
    assert_eq!(count, written);
    assert!((event_log::QUEUE_MAX as i64..offered as i64).contains(&written), "{written} of {offered}");
}

#[tokio::test]
async fn events_are_forgotten_after_their_time_as_new_ones_come() {
    let scratch = Scratch::new("forgotten");
    let store = Store::open(&scratch.0).await.unwrap();
    let at = |at_ms| CallEvent { at_ms, ..event("1_a", "joined") };
    let kept = async || -> Vec<i64> {
        let rows: Vec<(i64,)> =
            sqlx::query_as("SELECT at_ms FROM call_events ORDER BY id").fetch_all(&store.pool).await.unwrap();
        rows.into_iter().map(|(at_ms,)| at_ms).collect()
    };
    // A clock that was wrong for a moment keeps nothing back.
    let far_ms = 100 * event_log::KEPT_MS;
    sqlx::query("INSERT INTO call_events (session_id, at_ms, kind, body) VALUES ('1_a', ?, 'joined', '{}')")
        .bind(far_ms as i64)
        .execute(&store.pool)
        .await
        .unwrap();
    store.events.append(vec![at(1), at(2), at(3), at(1000)]).await.unwrap();
    store.events.append(vec![at(event_log::KEPT_MS + 1)]).await.unwrap();
    assert_eq!(kept().await.len(), 6, "to the day");
    let now_ms = event_log::KEPT_MS + 100;
    store.events.append(vec![at(now_ms)]).await.unwrap();
    assert_eq!(kept().await[..3], [far_ms as i64, 3, 1000], "two for one");
    store.events.append(vec![at(now_ms)]).await.unwrap();
    assert_eq!(kept().await[..2], [far_ms as i64, 1000]);
}

#[tokio::test]
async fn the_data_directory_is_private_and_a_session_needs_its_project() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new("private");
    let store = Store::open(&scratch.0).await.unwrap();
    assert_eq!(std::fs::metadata(&scratch.0).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(store.put_session(&session("1_a")).await.is_err());
}

const QUEUE_MAX_AND_ONE: usize = event_log::QUEUE_MAX + 1;

fn event(session_id: &str, kind: &'static str) -> CallEvent {
    CallEvent { session_id: session_id.into(), at_ms: 3, kind: kind.into(), body: "{}".into() }
}
