//! Failures on request: everything the catalogue says the server raises can be provoked on the real server, looks and acts
//! like the real failure, and only where a project is a sandbox.

mod support;

use std::process::{Child, Command, Stdio};

use exedra_contract::fault::{Effect, RaisedBy, RetryHow, Status};
use exedra_contract::token::{RestToken, Role};
use exedra_contract::{Code, Operation};
use serde_json::{Value, json};
use support::scenario::{provoked, raised};
use support::{Client, OFFER, Server, eventually, eventually_async, now_s};

/// A server, and a room on it in which a participant really publishes.
struct Stage {
    server: Server,
    session: String,
    /// A stream that can be subscribed to.
    stream: Value,
    publisher: Child,
    tokens: u32,
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.publisher.kill();
        let _ = self.publisher.wait();
    }
}

impl Stage {
    async fn new() -> Self {
        let server = Server::start();
        let body = json!({ "room": "stage" }).to_string();
        let session = server.request("POST", "/dev/join", &[], &body).json()["session_id"].as_str().unwrap().to_owned();
        let publisher = Command::new(env!("CARGO_BIN_EXE_exedra"))
            .args(["join", "--demo", "--url", &server.url, "--room", "stage"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut viewer = server.join(&session, Role::Publisher).await;
        let stream = match viewer.joined["streams"].get(0) {
            Some(stream) => stream["stream_id"].clone(),
            None => viewer.event("stream_created").await["stream"]["stream_id"].clone(),
        };
        viewer.call("leave", json!({})).await.unwrap();
        Self { server, session, stream, publisher, tokens: 0 }
    }

    /// A token that no other client has.
    fn token(&mut self, rules: Value) -> String {
        self.tokens += 1;
        let nonce = self.tokens.to_string();
        self.server.token_with(&self.session, Role::Moderator, |token| {
            token.nonce = Box::leak(nonce.into_boxed_str());
            token.sandbox = rules;
        })
    }

    async fn join(&mut self, rules: Value) -> (Client, String) {
        let token = self.token(rules);
        let mut client = self.server.socket().await;
        client.joined = client.join(&self.session, &token).await.unwrap();
        (client, token)
    }

    fn rest(&self, rules: &Value, path: &str, body: &str) -> support::Answer {
        let token = RestToken::sign_with(&self.server.project(), &self.server.api_secret, now_s(), 300, rules);
        let headers = [("accept", "application/problem+json"), ("x-opentok-auth", token.as_str())];
        self.server.request("POST", path, &headers, body)
    }

    fn rules_path(&self) -> String {
        format!("/v1/sessions/{}/sandbox", self.session)
    }
}

/// Every active code of the server's with every operation it can come from.
fn pairs() -> impl Iterator<Item = (Code, Operation)> {
    let of_server = |code: &&Code| code.entry().status == Status::Active && code.entry().raised_by != RaisedBy::Sdk;
    let pairs =
        Code::ALL.iter().filter(of_server).flat_map(|code| code.entry().operations.iter().map(|op| (*code, *op)));
    // What keeps a server from starting is not for its clients to provoke.
    pairs.filter(|(_, operation)| *operation != Operation::Serve)
}

fn rule(code: Code, operation: Operation) -> Value {
    json!([{ "operation": operation.as_str(), "fail": code.as_str() }])
}

/// How an operation is asked for, in a form that succeeds when nothing makes it fail.
async fn request(stage: &Stage, client: &mut Client, operation: Operation) -> (&'static str, Value) {
    let publish =
        json!({ "properties": { "audio_track": true, "video_track": false, "has_audio": true, "has_video": false } });
    let own_stream = |published: Result<Value, Value>| published.unwrap()["stream_id"].clone();
    match operation {
        Operation::Publish => ("publish", publish),
        Operation::Unpublish => {
            ("unpublish", json!({ "stream_id": own_stream(client.call("publish", publish).await) }))
        }
        Operation::UpdateStream => {
            let stream = own_stream(client.call("publish", publish).await);
            ("update_stream", json!({ "stream_id": stream, "changes": { "has_audio": false } }))
        }
        Operation::Subscribe => ("subscribe", json!({ "stream_id": stage.stream })),
        Operation::Unsubscribe | Operation::UpdateSubscription => {
            let subscribed = client.call("subscribe", json!({ "stream_id": stage.stream })).await.unwrap();
            let subscription = json!({ "subscription_id": subscribed["subscription_id"], "preferences": {} });
            let method = if operation == Operation::Unsubscribe { "unsubscribe" } else { "update_subscription" };
            (method, subscription)
        }
        Operation::Negotiate => {
            let stream = own_stream(client.call("publish", publish).await);
            ("negotiate", json!({ "offer": OFFER, "sections": [{ "mid": "0", "stream_id": stream }] }))
        }
        Operation::Signal => ("signal", json!({ "data": "x" })),
        Operation::ForceMute => ("disable_force_mute", json!({})),
        Operation::ForceDisconnect => {
            let other = stage.server.join(&stage.session, Role::Publisher).await;
            ("force_disconnect", json!({ "connection_id": other.id() }))
        }
        // Succeeding would leave nothing for the next one.
        Operation::ForceUnpublish => ("force_unpublish", json!({ "stream_id": "none" })),
        Operation::Report => ("report", json!({ "operation": "publish", "subject_id": "none", "facts": {} })),
        other => panic!("no client asks for {other}"),
    }
}

/// The problem that a request met: in its answer, or in the event that ends what was accepted first.
async fn problem(client: &mut Client, method: &str, params: &Value) -> Value {
    match client.call(method, params.clone()).await {
        Err(problem) => problem,
        Ok(_) => client.event("operation_failed").await["error"].clone(),
    }
}

fn resumed(client: &Client) -> Value {
    let last_seq = client.last_seq;
    json!({ "resume": { "connection_id": client.id(), "secret": client.joined["resume_secret"], "last_seq": last_seq } })
}

#[tokio::test]
async fn every_request_of_a_client_fails_with_every_code_it_can_fail_with() {
    let mut stage = Stage::new().await;
    let outside = [Operation::Connect, Operation::Resume, Operation::Call, Operation::Rest, Operation::CreateSession];
    for (code, operation) in pairs().filter(|(_, operation)| !outside.contains(operation)) {
        let (mut client, token) = stage.join(rule(code, operation)).await;
        let (method, params) = request(&stage, &mut client, operation).await;
        let problem = problem(&mut client, method, &params).await;
        let row = code.entry();
        if row.effect == Effect::ConnectionCloses {
            assert!(client.rest().await.1.is_some(), "{code} {operation}: the socket closes");
            let mut again = stage.server.socket().await;
            again.last_seq = client.last_seq;
            again.join_with(&stage.session, &token, resumed(&client)).await.expect("a new socket continues");
            again.call("leave", json!({})).await.unwrap();
        } else {
            client.call("ping", json!({})).await.expect("the connection goes on");
            // What was accepted first is gone; the same can be asked for again.
            if row.retry.how != RetryHow::Never {
                let outcome = client.call(method, params).await;
                let reached_the_room = match operation {
                    Operation::ForceUnpublish => outcome.as_ref().is_err_and(|e| e["code"] == "STREAM_NOT_FOUND"),
                    _ => outcome.is_ok(),
                };
                assert!(reached_the_room, "{code} {operation}: {outcome:?}");
            }
            client.call("leave", json!({})).await.unwrap();
        }
        provoked(code.as_str(), operation.as_str(), &problem);
    }
}

#[tokio::test]
async fn every_way_in_fails_with_every_code_it_can_fail_with() {
    let mut stage = Stage::new().await;
    let at_the_door = [Operation::Connect, Operation::Resume];
    for (code, operation) in pairs().filter(|(_, operation)| at_the_door.contains(operation)) {
        let (earlier, _) = stage.join(json!([])).await;
        let token = stage.token(rule(code, operation));
        let more = if operation == Operation::Resume { resumed(&earlier) } else { json!({}) };
        let mut client = stage.server.socket().await;
        let problem = client.join_with(&stage.session, &token, more.clone()).await.unwrap_err();
        if code.entry().effect == Effect::ConnectionCloses {
            assert!(client.rest().await.1.is_some(), "{code} {operation}: the socket closes");
            client = stage.server.socket().await;
        }
        let token = if code.entry().retry.how == RetryHow::NewToken { stage.token(json!([])) } else { token };
        client.last_seq = earlier.last_seq;
        client.join_with(&stage.session, &token, more).await.expect("the next attempt succeeds");
        client.call("leave", json!({})).await.unwrap();
        provoked(code.as_str(), operation.as_str(), &problem);
    }
}

#[tokio::test]
async fn every_failure_that_nobody_asked_for_happens_to_a_call() {
    let mut stage = Stage::new().await;
    for (code, operation) in pairs().filter(|(_, operation)| *operation == Operation::Call) {
        let (mut client, token) = stage.join(rule(code, operation)).await;
        let problem = client.answer_to(None).await.unwrap_err();
        if code.entry().effect == Effect::ConnectionCloses {
            assert!(client.rest().await.1.is_some(), "{code}: the socket closes");
            let mut again = stage.server.socket().await;
            again.last_seq = client.last_seq;
            again.join_with(&stage.session, &token, resumed(&client)).await.expect("a new socket continues");
        } else {
            client.call("ping", json!({})).await.expect("the connection goes on");
        }
        provoked(code.as_str(), operation.as_str(), &problem);
    }
}

#[tokio::test]
async fn every_request_of_a_customers_server_fails_with_every_code_it_can_fail_with() {
    let stage = Stage::new().await;
    let signal = format!("/v2/project/{}/session/{}/signal", stage.server.api_key, stage.session);
    let of_servers = [Operation::Rest, Operation::CreateSession];
    for (code, operation) in pairs().filter(|(_, operation)| of_servers.contains(operation)) {
        let path = if operation == Operation::Rest { &*signal } else { "/session/create" };
        // The rules of a token, and those of a session for who cannot write tokens.
        let by_token = stage.rest(&rule(code, operation), path, "");
        assert_eq!(by_token.status, code.entry().http_status, "{code} {operation}: {}", by_token.body);
        provoked(code.as_str(), operation.as_str(), &by_token.json());
        if operation == Operation::Rest {
            let rules = json!({ "rules": rule(code, operation) }).to_string();
            assert_eq!(stage.rest(&Value::Null, &stage.rules_path(), &rules).status, 204);
            let by_session = stage.rest(&Value::Null, path, "");
            provoked(code.as_str(), operation.as_str(), &by_session.json());
        }
        assert!(stage.rest(&Value::Null, path, "").status < 300, "{code} {operation}: once");
    }
}

#[tokio::test]
async fn rules_speak_the_vendors_language_too_and_end_when_they_are_cleared() {
    let mut stage = Stage::new().await;
    let (mut client, _) = stage.join(json!([])).await;
    let failure = json!({ "dialect": "opentok", "name": "OT_STREAM_CREATE_FAILED" });
    let rules =
        json!({ "rules": [{ "operation": "publish", "fail": failure, "times": 2, "connection": client.id() }] });
    assert_eq!(stage.rest(&Value::Null, &stage.rules_path(), &rules.to_string()).status, 204);
    let (mut other, _) = stage.join(json!([])).await;
    let (method, params) = request(&stage, &mut other, Operation::Publish).await;
    other.call(method, params.clone()).await.expect("the rule names another connection");
    let problem = client.call(method, params.clone()).await.unwrap_err();
    let code = Code::from_name(problem["code"].as_str().unwrap()).unwrap();
    let shown = exedra_contract::render::Dialect::OpenTok.table().form(code, Operation::Publish);
    assert_eq!(shown.name, "OT_STREAM_CREATE_FAILED", "{code}");

    let token = stage.server.rest_token();
    let cleared = stage.server.request("DELETE", &stage.rules_path(), &[("x-opentok-auth", &token)], "");
    assert_eq!(cleared.status, 204);
    client.call(method, params).await.expect("no rule is left");
}

#[tokio::test]
async fn a_t1_token_carries_rules_in_its_signed_part() {
    let stage = Stage::new().await;
    let project_id = stage.server.project();
    let token = exedra_contract::token::NewClientToken {
        project_id: &project_id,
        session_id: &stage.session,
        role: Role::Publisher,
        connection_data: None,
        issued_at_s: now_s(),
        lifetime_s: 60,
        nonce: "t1",
        sandbox: rule(Code::SessionFull, Operation::Connect),
    };
    let token = token.sign_t1(&stage.server.api_secret);
    let mut client = stage.server.socket().await;
    assert_eq!(client.join(&stage.session, &token).await.unwrap_err()["code"], "SESSION_FULL");
    client.join(&stage.session, &token).await.unwrap();
}

#[tokio::test]
async fn rules_that_make_no_sense_are_refused_with_their_place() {
    let mut stage = Stage::new().await;
    let wrong = json!([{ "operation": "publish", "fail": "NO_SUCH_CODE" }]);
    let answer = stage.rest(&Value::Null, &stage.rules_path(), &json!({ "rules": wrong }).to_string()).json();
    assert_eq!((&answer["code"], &answer["args"]["name"]), (&json!("PARAMETER_INVALID"), &json!("rules[0].fail")));
    raised("PARAMETER_INVALID", "rest", &answer);
    let token = stage.token(wrong);
    let mut client = stage.server.socket().await;
    let problem = client.join(&stage.session, &token).await.unwrap_err();
    assert_eq!((&problem["code"], &problem["args"]["claim"]), (&json!("TOKEN_CLAIM_INVALID"), &json!("sandbox")));
}

#[tokio::test]
async fn signaling_closes_with_or_without_a_word_and_can_be_resumed() {
    let mut stage = Stage::new().await;
    for clean in [true, false] {
        let (mut client, token) = stage.join(json!([{ "close_signaling": { "after_ms": 50, "clean": clean } }])).await;
        let (_, close) = client.rest().await;
        assert_eq!(close.is_some(), clean);
        let mut again = stage.server.socket().await;
        again.last_seq = client.last_seq;
        again.join_with(&stage.session, &token, resumed(&client)).await.unwrap();
        again.call("ping", json!({})).await.expect("it happens once");
    }
}

#[tokio::test]
async fn a_delayed_request_is_answered_after_its_time_and_not_before() {
    let mut stage = Stage::new().await;
    let (mut client, _) = stage.join(json!([{ "delay": { "operation": "signal", "by_ms": 300 } }])).await;
    let started = std::time::Instant::now();
    client.call("signal", json!({ "data": "x" })).await.unwrap();
    assert!(started.elapsed().as_millis() >= 300, "{:?}", started.elapsed());
}

#[tokio::test]
async fn dropped_media_is_lost_for_as_long_as_it_says_and_then_flows_again() {
    let mut stage = Stage::new().await;
    let (viewer, _) = stage.join(json!([])).await;
    let publisher = viewer.joined["streams"][0]["connection_id"].clone();
    const LOST: &str = "exedra_media_unauthenticated{shard=\"0\"}";
    assert_eq!(stage.server.metric(LOST), 0.0);
    let rules = json!({ "rules": [{ "drop_media": { "for_ms": 700 }, "connection": publisher }] });
    assert_eq!(stage.rest(&Value::Null, &stage.rules_path(), &rules.to_string()).status, 204);
    eventually("its packets are lost", || stage.server.metric(LOST) > 10.0).await;
    let received = "exedra_udp_datagrams_received{shard=\"0\"}";
    eventually_async("its packets are taken in again", async || {
        let (lost, before) = (stage.server.metric(LOST), stage.server.metric(received));
        eventually("more came", || stage.server.metric(received) > before + 20.0).await;
        stage.server.metric(LOST) == lost
    })
    .await;
}

#[tokio::test]
async fn a_project_that_is_no_sandbox_refuses_rules_in_every_form() {
    let server = Server::serve("");
    let session = server.create_session("");
    let rules = rule(Code::SessionFull, Operation::Connect);
    let token = server.token_with(&session, Role::Publisher, |token| token.sandbox = rules.clone());
    let mut client = server.socket().await;
    let refused = client.join(&session, &token).await.unwrap_err();
    let honest = server.token(&session, Role::Publisher);
    client.join(&session, &honest).await.expect("without rules it is a token like any other");
    raised("SANDBOX_DISABLED", "connect", &refused);

    let token = server.rest_token();
    let path = format!("/v1/sessions/{session}/sandbox");
    for (method, body) in [("POST", json!({ "rules": rules }).to_string()), ("DELETE", String::new())] {
        let answer = server.request(method, &path, &[("x-opentok-auth", token.as_str())], &body);
        assert_eq!(answer.status, 403);
        raised("SANDBOX_DISABLED", "rest", &answer.json());
    }
    let marked = Server::serve("sandbox = true");
    let session = marked.create_session("");
    let token = marked.token_with(&session, Role::Publisher, |token| token.sandbox = rules);
    assert_eq!(marked.socket().await.join(&session, &token).await.unwrap_err()["code"], "SESSION_FULL");
}
