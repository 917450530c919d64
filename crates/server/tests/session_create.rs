//! `POST /session/create` as the vendor's server SDKs call it.

mod support;

use exedra_contract::project::ProjectId;
use exedra_contract::session_id;
use exedra_contract::token::{RestToken, Role};
use exedra_contract::wire::MediaMode;
use support::{Server, now_s};

const JSON: (&str, &str) = ("accept", "application/json");

#[test]
fn the_json_answer_has_the_exact_media_type_and_an_id_that_sdks_decode() {
    let server = Server::start();
    let token = server.rest_token();
    for (form, media_mode) in [
        ("", MediaMode::Routed),
        ("p2p.preference=disabled&archiveMode=manual", MediaMode::Routed),
        ("p2p.preference=enabled&archiveMode=manual&location=null", MediaMode::Relayed),
    ] {
        let answer = server.request("POST", "/session/create", &[JSON, ("x-opentok-auth", &token)], form);
        assert_eq!((answer.status, &*answer.content_type), (200, "application/json"), "{}", answer.body);
        let session = &answer.json()[0];
        let decoded = session_id::decode(session["session_id"].as_str().unwrap()).unwrap();
        assert_eq!((decoded.project, decoded.media_mode), (server.project(), media_mode));
        assert_eq!(session["partner_id"], server.api_key);
        assert!(session["create_dt"].as_str().unwrap().contains(" UTC 20"));
        for field in ["session_status", "media_server_hostname", "ice_server", "properties"] {
            assert!(session.as_object().unwrap().contains_key(field), "{field}");
        }
    }
}

#[test]
fn without_an_accept_for_json_the_answer_is_xml() {
    let server = Server::start();
    let token = server.rest_token();
    for accept in ["*/*", "text/xml"] {
        let answer = server.request("POST", "/session/create", &[("accept", accept), ("x-opentok-auth", &token)], "");
        assert_eq!((answer.status, &*answer.content_type), (200, "text/xml"));
        assert!(answer.body.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>"));
        assert!(answer.body.contains(&format!("<partner_id>{}</partner_id>", server.api_key)));
        let id = answer.body.split("<session_id>").nth(1).unwrap().split('<').next().unwrap();
        assert!(session_id::decode(id).is_some(), "{id}");
    }
}

#[test]
fn odd_requests_of_real_sdks_are_tolerated() {
    let server = Server::start();
    let token = server.rest_token();
    let auth = ("x-opentok-auth", token.as_str());
    let json_type = ("content-type", "application/json");
    let odd_header = ("headers", "[object Object]");
    let form = "p2p.preference=enabled&media_mode=relayed&api_key=1";
    for (headers, body) in
        [(vec![JSON, auth, json_type, odd_header], form), (vec![JSON, auth], ""), (vec![JSON, auth, json_type], "")]
    {
        let answer = server.request("POST", "/session/create", &headers, body);
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    let bearer = format!("Bearer {token}");
    let answer = server.request("POST", "/session/create", &[JSON, ("authorization", &bearer)], "");
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[test]
fn wrong_authentication_is_403_with_a_message_whatever_is_wrong() {
    let server = Server::start();
    let stranger = ProjectId::parse("999").unwrap();
    let session = server.create_session("");
    let tokens = [
        ("an unknown project", RestToken::sign(&stranger, &server.api_secret, now_s(), 300), -1, "Issuer not found"),
        (
            "a wrong secret",
            RestToken::sign(&server.project(), "wrong", now_s(), 300),
            403,
            "not signed with the secret",
        ),
        (
            "an expired token",
            RestToken::sign(&server.project(), &server.api_secret, now_s() - 900, 300),
            403,
            "expired",
        ),
        ("a client's token", server.token(&session, Role::Moderator), 403, "client token"),
        ("no token at all", "1234".into(), 403, "cannot be read"),
    ];
    for (what, token, code, message) in tokens {
        let answer = server.request("POST", "/session/create", &[JSON, ("x-opentok-auth", &token)], "");
        assert_eq!((answer.status, &*answer.content_type), (403, "application/json"), "{what}");
        let body = answer.json();
        assert_eq!(body["code"], code, "{what}");
        assert!(body["message"].as_str().unwrap().contains(message), "{what}: {body}");
        assert_eq!(body["message"], body["description"]);
        assert!(!answer.body.contains(&server.api_secret));
    }
    let answer = server.request("POST", "/session/create", &[JSON], "");
    assert_eq!(answer.status, 403);
    let xml = server.request("POST", "/session/create", &[("accept", "text/xml")], "");
    assert_eq!((xml.status, &*xml.content_type), (403, "text/xml"));
    assert!(xml.body.contains("<errorPayload><code>403</code><message>"));
}

#[test]
fn options_that_contradict_each_other_are_400() {
    let server = Server::start();
    let token = server.rest_token();
    for form in ["archiveMode=always&p2p.preference=enabled", "location=moon", "e2ee=true&p2p.preference=enabled"] {
        let answer = server.request("POST", "/session/create", &[JSON, ("x-opentok-auth", &token)], form);
        assert_eq!((answer.status, &answer.json()["code"]), (400, &400.into()), "{form}");
    }
}

#[test]
fn a_body_one_byte_past_the_limit_is_refused_and_one_at_the_limit_is_not() {
    let server = Server::start();
    let token = server.rest_token();
    let send = |len: usize| {
        let body = format!("x={}", "y".repeat(len - 2));
        server.request("POST", "/session/create", &[JSON, ("x-opentok-auth", &token)], &body)
    };
    assert_eq!(send(256 * 1024).status, 200);
    let answer = send(256 * 1024 + 1);
    assert_eq!((answer.status, &*answer.content_type), (413, "application/json"), "{}", answer.body);
    assert!(!answer.json()["message"].as_str().unwrap().is_empty());
}

#[test]
fn the_project_in_the_path_must_be_the_one_that_signed() {
    let server = Server::start();
    let token = server.rest_token();
    let session = server.create_session("");
    let auth = [("x-opentok-auth", token.as_str())];
    let foreign = server.request("POST", &format!("/v2/project/123/session/{session}/signal"), &auth, "{}");
    assert_eq!(foreign.status, 403, "{}", foreign.body);
    let own = format!("/v2/project/{}", server.api_key);
    let nobody_there = server.request("POST", &format!("{own}/session/{session}/signal"), &auth, "{}");
    assert_eq!(nobody_there.status, 404, "{}", nobody_there.body);
    let no_id = server.request("POST", &format!("{own}/session/lobby/signal"), &auth, "{}");
    assert_eq!(no_id.status, 400, "{}", no_id.body);
    let unknown = server.request("GET", &format!("{own}/teapot"), &auth, "");
    assert_eq!((unknown.status, &*unknown.content_type), (404, "application/json"));
    assert_eq!(server.request("GET", &format!("{own}/teapot"), &[], "").status, 403);
}

#[test]
fn sessions_and_keys_survive_a_restart() {
    let server = Server::start();
    let (key, secret) = (server.api_key.clone(), server.api_secret.clone());
    let session = server.create_session("");
    let server = server.restart();
    assert_eq!((&server.api_key, &server.api_secret), (&key, &secret));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        server.join(&session, Role::Publisher).await;
    });
}
