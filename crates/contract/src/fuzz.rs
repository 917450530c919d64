//! How the parsers of this crate are fed for fuzzing: see `exedra_malformed`.

use exedra_malformed::Parser;
use serde_json::{Value, json};

use crate::project::{ProjectId, ProjectKey};
use crate::token::{NewClientToken, RestToken, Role, UnverifiedToken, form};
use crate::wire::{Request, ServerFrame};
use crate::{sandbox, session_id};

pub const PARSERS: &[Parser] = &[
    Parser { name: "signaling_request", feed: signaling_request, samples: requests },
    Parser { name: "signaling_server_frame", feed: signaling_server_frame, samples: server_frames },
    Parser { name: "client_token", feed: client_token, samples: client_tokens },
    Parser { name: "client_token_t1_claims", feed: t1_claims, samples: t1_data },
    Parser { name: "client_token_jwt_claims", feed: jwt_claims, samples: jwt_payloads },
    Parser { name: "rest_token", feed: rest_token, samples: rest_tokens },
    Parser { name: "sandbox_rules", feed: sandbox_rules, samples: rules },
    Parser { name: "session_id", feed: decode_session_id, samples: session_ids },
    Parser { name: "form", feed: read_form, samples: forms },
];

const SECRET: &str = "a secret that only this test knows";
const NOW_S: u64 = 1_700_000_100;
const SESSION: &str = "1_MX4xMjM0NTY3OH5-MTcwMDAwMDAwMDAwMH5BYkNkRWZHaElqS2xNbk9wUXJTdFV2V3h-fn4";

fn text(input: &[u8]) -> Option<&str> {
    std::str::from_utf8(input).ok()
}

fn project() -> ProjectId {
    ProjectId::ApiKey("12345678".to_owned())
}

fn key() -> ProjectKey {
    ProjectKey::Secret(SECRET.to_owned())
}

fn signaling_request(input: &[u8]) -> bool {
    let Some(request) = text(input).and_then(|text| serde_json::from_str::<Request>(text).ok()) else { return false };
    // What was understood can be said again, and means the same.
    let again = serde_json::to_string(&request).expect("a request is JSON");
    let read: Request = serde_json::from_str(&again).expect("our own JSON");
    assert_eq!(serde_json::to_string(&read).ok(), Some(again));
    true
}

fn signaling_server_frame(input: &[u8]) -> bool {
    text(input).is_some_and(|text| serde_json::from_str::<ServerFrame>(text).is_ok())
}

fn client_token(input: &[u8]) -> bool {
    let Some(token) = text(input).and_then(|text| UnverifiedToken::parse(text).ok()) else { return false };
    token.verify(&key(), NOW_S).is_ok()
}

/// The data of a T1 token lies behind its signature: only who has the secret gets this far.
fn t1_claims(input: &[u8]) -> bool {
    text(input).is_some_and(|data| verifies(&crate::token::sign_t1_data(&project(), SECRET, data)))
}

fn jwt_claims(input: &[u8]) -> bool {
    let payload = text(input).and_then(|text| serde_json::from_str::<Value>(text).ok());
    payload.is_some_and(|payload| verifies(&crate::token::sign_jwt_payload(&payload, SECRET)))
}

/// A claim that is understood is one that a caller may rely on.
fn verifies(token: &str) -> bool {
    let claims = UnverifiedToken::parse(token).and_then(|token| token.verify(&key(), NOW_S));
    let Ok(claims) = claims else { return false };
    assert!(claims.connection_data.is_none_or(|data| data.chars().count() <= crate::token::CONNECTION_DATA_CHARS_MAX));
    assert!(claims.expires_at_s + crate::token::CLOCK_SKEW_S_MAX >= NOW_S, "an expired token verified");
    true
}

fn rest_token(input: &[u8]) -> bool {
    let token = text(input).and_then(|text| RestToken::parse(text).ok());
    token.is_some_and(|token| token.verify(&key(), NOW_S).is_ok())
}

/// Rules that are understood stay within their bounds.
fn sandbox_rules(input: &[u8]) -> bool {
    let rules = text(input).and_then(|text| serde_json::from_str::<Value>(text).ok());
    let Some(rules) = rules.and_then(|rules| sandbox::read(&rules).ok()) else { return false };
    assert!(rules.len() <= sandbox::RULES_MAX && rules.iter().all(|rule| rule.times <= sandbox::TIMES_MAX));
    true
}

fn decode_session_id(input: &[u8]) -> bool {
    text(input).and_then(session_id::decode).is_some()
}

fn read_form(input: &[u8]) -> bool {
    let Some(text) = text(input) else { return false };
    for (name, value) in form::pairs(text) {
        let written = format!("{}={}", form::encode(&name), form::encode(&value));
        assert_eq!(form::pairs(&written).next(), Some((name, value)));
    }
    true
}

fn bytes(texts: impl IntoIterator<Item = impl Into<String>>) -> Vec<Vec<u8>> {
    texts.into_iter().map(|text| text.into().into_bytes()).collect()
}

/// One frame of each method.
fn requests() -> Vec<Vec<u8>> {
    let properties = json!({"name": "camera", "audio_track": true, "video_track": true, "has_audio": true,
        "has_video": false, "video_source": "camera", "width": 1280, "height": 720, "frame_rate": 30});
    let join = json!({"session_id": SESSION, "token": "T1==cGFydG5lcl9pZD0x", "project_id": "12345678",
        "client": {"sdk": "exedra-js", "version": "0.1.0", "user_agent": "test"}, "connection_events": false, "audio_levels": true,
        "resume": {"connection_id": "c", "secret": "s", "last_seq": 7}});
    let sections = json!([{"mid": "0", "stream_id": "a"}, {"mid": "1", "subscription_id": "b"}]);
    let methods = [
        ("join", join),
        ("leave", json!({})),
        ("publish", json!({ "properties": properties })),
        ("unpublish", json!({"stream_id": "a"})),
        ("update_stream", json!({"stream_id": "a", "changes": {"has_audio": false, "width": 640}})),
        ("subscribe", json!({"stream_id": "a", "audio": true, "width_max": 320, "priority": 200})),
        ("unsubscribe", json!({"subscription_id": "b"})),
        ("update_subscription", json!({"subscription_id": "b", "video": false, "frame_rate_max": 1})),
        ("negotiate", json!({"offer": "v=0\r\n", "sections": sections})),
        ("signal", json!({"type": "chat", "data": "h\u{e9}llo", "to": "c"})),
        ("force_disconnect", json!({"connection_id": "c"})),
        ("force_unpublish", json!({"stream_id": "a"})),
        ("force_mute_stream", json!({"stream_id": "a"})),
        ("force_mute_all", json!({"excluded_stream_ids": ["a", "b"]})),
        ("disable_force_mute", json!({})),
        ("request_key_frame", json!({"subscription_id": "b"})),
        ("report", json!({"operation": "publish", "subject_id": "a", "facts": {"ice": "failed", "pairs": 4}})),
        ("ping", json!({})),
    ];
    let frame = |(id, (method, params)): (usize, (&str, Value))| json!({"id": id, "method": method, "params": params});
    bytes(methods.into_iter().enumerate().map(|numbered| frame(numbered).to_string()))
}

fn server_frames() -> Vec<Vec<u8>> {
    let stream = json!({"stream_id": "a", "connection_id": "c", "created_at": 1, "name": "", "audio_track": true,
        "video_track": true, "has_audio": true, "has_video": true, "width": 1, "height": 1, "has_captions": false});
    bytes(
        [
            json!({"id": 1, "result": {}}),
            json!({"id": null, "error": {"code": "BAD_REQUEST"}}),
            json!({"seq": 1, "event": "stream_created", "data": {"stream": stream}}),
            json!({"seq": 2, "event": "stream_destroyed", "data": {"stream_id": "a", "reason": "mediaStopped"}}),
            json!({"seq": 3, "event": "signal", "data": {"type": "x", "data": "y", "from": null}}),
            json!({"seq": 4, "event": "audio_levels", "data": {"levels": [{"stream_id": "a", "level": 0.5}]}}),
            json!({"seq": 5, "event": "session_disconnected", "data": {"reason": "mediaIdle", "error": null}}),
        ]
        .map(|frame| frame.to_string()),
    )
}

fn client_tokens() -> Vec<Vec<u8>> {
    let token = NewClientToken {
        project_id: &project(),
        session_id: SESSION,
        role: Role::Moderator,
        connection_data: Some("name=Ann & Bob"),
        issued_at_s: NOW_S - 100,
        lifetime_s: 86_400,
        nonce: "42",
        sandbox: serde_json::Value::Null,
    };
    bytes([token.sign_t1(SECRET), token.sign_jwt(SECRET)])
}

fn t1_data() -> Vec<Vec<u8>> {
    bytes([
        format!(
            "session_id={SESSION}&create_time=1700000000&expire_time=1700086400&role=publisher&nonce=42&connection_data=name%3DAnn"
        ),
        format!("role=moderator&session_id={SESSION}&create_time=1700000000.5&initial_layout_class_list=full+focus"),
    ])
}

fn jwt_payloads() -> Vec<Vec<u8>> {
    let opentok = json!({"iss": "12345678", "ist": "project", "iat": 1_700_000_000u64, "exp": 1_700_086_400u64,
        "session_id": SESSION, "role": "subscriber", "nonce": 0.42, "connection_data": "x",
        "initial_layout_class_list": "focus full", "scope": "session.connect"});
    let dates_as_text = json!({"iss": 12_345_678, "iat": "1700000000", "session_id": SESSION,
        "initial_layout_class_list": ["focus"]});
    bytes([opentok, dates_as_text].map(|payload| payload.to_string()))
}

fn rest_tokens() -> Vec<Vec<u8>> {
    bytes([RestToken::sign(&project(), SECRET, NOW_S - 10, 300)])
}

fn rules() -> Vec<Vec<u8>> {
    bytes(
        [
            json!([{ "operation": "publish", "fail": "STREAM_LIMIT_EXCEEDED", "times": 2, "connection": "c" }]),
            json!([{ "operation": "publish", "fail": { "dialect": "opentok", "code": 1500 } }]),
            json!([{ "drop_media": { "for_ms": 5 } }, { "close_signaling": { "after_ms": 5, "clean": true } }]),
            json!([{ "delay": { "operation": "signal", "by_ms": 5 } }]),
        ]
        .map(|rules| rules.to_string()),
    )
}

fn session_ids() -> Vec<Vec<u8>> {
    bytes([SESSION, "1_MX4xMjM0NTY3OH5-MTcwMDAwMDAwMDAwMH5BYkNkRWZHaElqS2xNbk9wUXJTdFV2V3h-UH5-"])
}

fn forms() -> Vec<Vec<u8>> {
    bytes(["p2p.preference=disabled&archiveMode=manual&location=10.1.2.3", "a=%C3%A9+b&&c=%&d", ""])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Method;

    #[test]
    fn no_input_makes_a_parser_panic() {
        for parser in PARSERS {
            let tally = exedra_malformed::exercise(parser, 1, 20_000);
            assert!(tally.refused > 0 || parser.name == "form", "{}: {tally:?}", parser.name);
            assert!(tally.understood > 0, "{}: {tally:?}", parser.name);
        }
    }

    #[test]
    fn there_is_a_sample_for_each_method() {
        let read = |sample: &Vec<u8>| serde_json::from_slice::<Request>(sample).unwrap().method;
        let mut kinds: Vec<_> = requests().iter().map(|sample| std::mem::discriminant(&read(sample))).collect();
        kinds.dedup();
        assert_eq!(kinds.len(), 18);
        assert!(matches!(read(&requests()[0]), Method::Join(_)));
    }
}
