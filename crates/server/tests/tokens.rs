//! Who may join: every way in which a token can be wrong is refused with its own fault, in front of the real server.

mod support;

use exedra_contract::project::ProjectId;
use exedra_contract::session_id::NewSessionId;
use exedra_contract::token::Role;
use exedra_contract::wire::MediaMode;
use serde_json::{Value, json};
use support::scenario::raised;
use support::{Client, Server, now_s};

async fn refusal(client: &mut Client, session_id: &str, token: &str) -> Value {
    let error = client.join(session_id, token).await.unwrap_err();
    assert_eq!(error["effect"], "operation_fails", "{error}");
    error
}

#[tokio::test]
async fn jwt_and_t1_are_accepted_and_carry_role_and_data() {
    let server = Server::start();
    let session = server.create_session("");
    let project_id = server.project();
    let new = exedra_contract::token::NewClientToken {
        project_id: &project_id,
        session_id: &session,
        role: Role::Moderator,
        connection_data: Some("name=Ann"),
        issued_at_s: now_s(),
        lifetime_s: 60,
        nonce: "7",
        sandbox: serde_json::Value::Null,
    };
    for token in [new.sign_jwt(&server.api_secret), new.sign_t1(&server.api_secret)] {
        let joined = server.socket().await.join(&session, &token).await.unwrap();
        assert_eq!(joined["connection"]["data"], "name=Ann");
        assert_eq!(joined["capabilities"]["force_disconnect"], true);
        assert_eq!(joined["session"]["session_id"], session);
    }
}

#[tokio::test]
async fn every_wrong_token_is_refused_with_its_own_fault_and_the_next_good_one_on_the_same_socket_is_accepted() {
    let server = Server::start();
    let session = server.create_session("");
    let other = server.create_session("");
    let mut client = server.socket().await;
    let good = server.token(&session, Role::Publisher);

    let altered = {
        let (head, signature) = good.rsplit_once('.').unwrap();
        let flipped: String = signature.chars().rev().collect();
        format!("{head}.{flipped}")
    };
    let expired = server.token_with(&session, Role::Publisher, |token| token.issued_at_s = now_s() - 1000);
    let future = server.token_with(&session, Role::Publisher, |token| token.issued_at_s = now_s() + 1000);
    let eternal = server.token_with(&session, Role::Publisher, |token| token.lifetime_s = 400 * 24 * 3600);
    let foreign = {
        let stranger = ProjectId::parse("999").unwrap();
        server.token_with(&session, Role::Publisher, |token| token.project_id = Box::leak(Box::new(stranger)))
    };
    let cases = [
        ("1234", "MALFORMED_TOKEN"),
        ("", "MALFORMED_TOKEN"),
        ("T1==1234", "MALFORMED_TOKEN"),
        (&*altered, "TOKEN_SIGNATURE_INVALID"),
        (&*expired, "TOKEN_EXPIRED"),
        (&*future, "TOKEN_NOT_YET_VALID"),
        (&*eternal, "TOKEN_LIFETIME_TOO_LONG"),
        (&*foreign, "PROJECT_UNKNOWN"),
        (&*server.token(&other, Role::Publisher), "TOKEN_SESSION_MISMATCH"),
        (&*server.rest_token(), "TOKEN_CLAIM_INVALID"),
    ];
    for (token, code) in cases {
        let error = refusal(&mut client, &session, token).await;
        assert_eq!((&error["code"], &error["class"]), (&json!(code), &json!("UNAUTHENTICATED")), "{error}");
        let shown = error.to_string();
        assert!(!shown.contains(&server.api_secret), "{shown}");
        assert!(token.is_empty() || token == "1234" || !shown.contains(token), "{shown}");
        raised(code, "connect", &error);
    }
    client.join(&session, &good).await.unwrap();
}

#[tokio::test]
async fn an_expired_token_is_told_both_clocks() {
    let server = Server::start();
    let session = server.create_session("");
    let token = server.token_with(&session, Role::Publisher, |token| {
        token.issued_at_s = now_s() - 1000;
        token.lifetime_s = 100;
    });
    let error = refusal(&mut server.socket().await, &session, &token).await;
    let args = &error["args"];
    let late_s = args["now"].as_u64().unwrap() - args["expired_at"].as_u64().unwrap();
    assert!((900..960).contains(&late_s), "{args}");
    assert_eq!(args["skew_s"], 30);
    assert_eq!(error["retry"]["how"], "new_token");
}

#[tokio::test]
async fn placeholders_everywhere_fail_as_unauthenticated_and_not_as_a_wrong_session() {
    let server = Server::start();
    let mut client = server.socket().await;
    let error = client.join_with("1234", "1234", json!({ "project_id": "1234" })).await.unwrap_err();
    assert_eq!((&error["code"], &error["class"]), (&json!("MALFORMED_TOKEN"), &json!("UNAUTHENTICATED")));
}

#[tokio::test]
async fn a_session_must_be_an_id_and_exist_and_belong_to_the_project() {
    let server = Server::start();
    let mut client = server.socket().await;
    let error = refusal(&mut client, "lobby", &server.token("lobby", Role::Publisher)).await;
    raised("SESSION_ID_INVALID", "connect", &error);

    let project = server.project();
    let id = |project: &ProjectId| {
        NewSessionId { project, location: None, created_ms: 1, random: [7; 18], media_mode: MediaMode::Routed }.encode()
    };
    let unknown = id(&project);
    let error = refusal(&mut client, &unknown, &server.token(&unknown, Role::Publisher)).await;
    raised("SESSION_NOT_FOUND", "connect", &error);
    let foreign = id(&ProjectId::parse("999").unwrap());
    let error = refusal(&mut client, &foreign, &server.token(&foreign, Role::Publisher)).await;
    raised("TOKEN_PROJECT_MISMATCH", "connect", &error);

    let session = server.create_session("");
    let token = server.token(&session, Role::Publisher);
    let error = client.join_with(&session, &token, json!({ "project_id": "999" })).await.unwrap_err();
    assert_eq!(error["code"], "TOKEN_PROJECT_MISMATCH");
    client.join_with(&session, &token, json!({ "project_id": server.api_key })).await.unwrap();
}
