use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const SECRET: &str = "0123456789abcdef0123456789abcdef01234567";
const NOW_S: u64 = 1_700_000_100;
const SESSION: &str = "1_MX4xMjM0NTY3OH5-MTcwMDAwMDAwMDAwMH5BYkNkRWZHaElqS2xNbk9wUXJTdFV2V3h-fn4";
const T1: &str = "T1==cGFydG5lcl9pZD0xMjM0NTY3OCZzaWc9NTI2M2Y3ODNjOWM0NDFkNDM3MDU5MWFlYmM1ZWI2YzkyMTE1NTNjNTpzZXNzaW9uX2lkPTFfTVg0eE1qTTBOVFkzT0g1LU1UY3dNREF3TURBd01EQXdNSDVCWWtOa1JXWkhhRWxxUzJ4TmJrOXdVWEpUZEZWMlYzaC1mbjQmY3JlYXRlX3RpbWU9MTcwMDAwMDAwMCZleHBpcmVfdGltZT0xNzAwMDg2NDAwJnJvbGU9cHVibGlzaGVyJm5vbmNlPTQyNDI0MiZpbml0aWFsX2xheW91dF9jbGFzc19saXN0PSZjb25uZWN0aW9uX2RhdGE9bmFtZSUzREFubg==";
const JWT: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiIxMjM0NTY3OCIsImlzdCI6InByb2plY3QiLCJpYXQiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDA4NjQwMCwic2Vzc2lvbl9pZCI6IjFfTVg0eE1qTTBOVFkzT0g1LU1UY3dNREF3TURBd01EQXdNSDVCWWtOa1JXWkhhRWxxUzJ4TmJrOXdVWEpUZEZWMlYzaC1mbjQiLCJjcmVhdGVfdGltZSI6MTcwMDAwMDAwMCwibm9uY2UiOjAuNDIsInJvbGUiOiJtb2RlcmF0b3IiLCJleHBpcmVfdGltZSI6MTcwMDA4NjQwMCwiY29ubmVjdGlvbl9kYXRhIjoibmFtZT1Bbm4iLCJpbml0aWFsX2xheW91dF9jbGFzc19saXN0IjoiZm9jdXMgZnVsbCIsInNjb3BlIjoic2Vzc2lvbi5jb25uZWN0In0.oNcgdCgrIjqRAdGgu7P32upVpX5Khn8x-EnVXp9qgG4";
const REST: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiIxMjM0NTY3OCIsImlzdCI6InByb2plY3QiLCJpYXQiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMDMwMH0.XmhiSxLBJUId5GQuBXzcQmwvdjuF5In5DE6Cp9igXuk";

fn project() -> ProjectId {
    ProjectId::parse("12345678").unwrap()
}

fn key() -> ProjectKey {
    ProjectKey::Secret(SECRET.into())
}

fn verify(token: &str) -> Result<TokenClaims, TokenRefusal> {
    UnverifiedToken::parse(token)?.verify(&key(), NOW_S)
}

fn t1(data: &str) -> String {
    super::t1::sign(&project(), SECRET, data)
}

fn hs256(payload: Value) -> String {
    jwt::sign_hs256(&payload, SECRET)
}

fn refused_claim(token: &str) -> &'static str {
    match verify(token) {
        Err(TokenRefusal::Claim { claim, .. }) => claim,
        other => panic!("expected a refused claim, got {other:?}"),
    }
}

#[test]
fn the_vendors_worked_examples_verify() {
    let claims = verify(T1).unwrap();
    assert_eq!(claims.session_id, SESSION);
    assert_eq!(claims.role, Role::Publisher);
    assert_eq!(claims.connection_data.as_deref(), Some("name=Ann"));
    assert_eq!((claims.issued_at_s, claims.expires_at_s), (Some(1_700_000_000), 1_700_086_400));

    let claims = verify(JWT).unwrap();
    assert_eq!(claims.session_id, SESSION);
    assert_eq!(claims.role, Role::Moderator);
    assert_eq!(claims.layout_classes, ["focus", "full"]);
    assert_eq!(claims.connection_data.as_deref(), Some("name=Ann"));

    let rest = RestToken::parse(REST).unwrap().verify(&key(), NOW_S).unwrap();
    assert_eq!(
        rest,
        RestClaims { project_id: project(), account: false, expires_at_s: rest.expires_at_s, sandbox: Vec::new() }
    );
}

#[test]
fn our_own_t1_and_jwt_equal_the_worked_examples_in_form() {
    let data = "session_id=1_MX4xMjM0NTY3OH5-MTcwMDAwMDAwMDAwMH5BYkNkRWZHaElqS2xNbk9wUXJTdFV2V3h-fn4&create_time=1700000000&expire_time=1700086400&role=publisher&nonce=424242&initial_layout_class_list=&connection_data=name%3DAnn";
    assert_eq!(t1(data), T1);

    let project_id = project();
    let new = NewClientToken {
        project_id: &project_id,
        session_id: SESSION,
        role: Role::Moderator,
        connection_data: Some("{\"name\":\"Änn & Bob\"}"),
        issued_at_s: NOW_S,
        lifetime_s: 60,
        nonce: "0.5",
        sandbox: serde_json::json!([{ "operation": "publish", "fail": "STREAM_LIMIT_EXCEEDED" }]),
    };
    assert_eq!(verify(&new.sign_jwt(SECRET)).unwrap(), verify(&new.sign_t1(SECRET)).unwrap());
    assert_eq!(verify(&new.sign_t1(SECRET)).unwrap().connection_data.as_deref(), new.connection_data);
}

#[test]
fn t1_is_accepted_in_any_order_alphabet_and_padding() {
    let shuffled = t1(
        "session_id=s&nonce=-55&initial_layout_class_list=focus full&role=subscriber&create_time=1700000000&scope=session.connect",
    );
    let claims = verify(&shuffled).unwrap();
    assert_eq!(claims.role, Role::Subscriber);
    assert_eq!(claims.layout_classes, ["focus", "full"]);
    assert_eq!(claims.expires_at_s, 1_700_000_000 + LIFETIME_S_DEFAULT, "no expire_time: 24 hours");

    // 0xFB 0xEF 0xBE encodes to "++++"-like characters in one alphabet and "----" in the other.
    let inner = STANDARD.decode(&t1("session_id=s&create_time=1700000000&connection_data=~~~???>>>ÿ")[4..]).unwrap();
    let url_safe = format!("T1=={}", URL_SAFE_NO_PAD.encode(&inner));
    assert!(url_safe.contains('_') || url_safe.contains('-'));
    assert_eq!(verify(&url_safe).unwrap().connection_data.as_deref(), Some("~~~???>>>ÿ"));
}

#[test]
fn jwt_variants_of_all_server_sdks_are_accepted() {
    let base = json!({ "iss": "12345678", "ist": "project", "iat": NOW_S, "exp": NOW_S + 300, "session_id": "s" });
    let with = |changes: Value| {
        let mut payload = base.clone();
        for (name, value) in changes.as_object().unwrap() {
            payload[name] = value.clone();
        }
        verify(&hs256(payload)).unwrap()
    };
    assert_eq!(with(json!({ "nonce": "0.42", "connection_data": null })).connection_data, None);
    assert_eq!(with(json!({ "data": null })).connection_data, None);
    assert_eq!(with(json!({ "role": null })).role, Role::Publisher);
    assert_eq!(with(json!({ "iss": 12345678 })).project_id, project());
    assert_eq!(with(json!({ "exp": null, "expireTime": null })).expires_at_s, NOW_S + LIFETIME_S_DEFAULT);
    assert_eq!(with(json!({ "exp": null, "expire_time": NOW_S + 7 })).expires_at_s, NOW_S + 7);
    assert_eq!(with(json!({ "exp": (NOW_S + 9) as f64 + 0.5 })).expires_at_s, NOW_S + 9);
    for classes in [
        json!({ "initial_layout_class_list": "focus full" }),
        json!({ "initial_layout_list": "focus full" }),
        json!({ "initial_layout_class_list": "focus+full" }),
        json!({ "initial_layout_class_list": "focus%20full" }),
        json!({ "initial_layout_class_list": ["focus", "full"] }),
    ] {
        assert_eq!(with(classes.clone()).layout_classes, ["focus", "full"], "{classes}");
    }
}

#[test]
fn an_altered_token_of_any_form_is_refused_by_its_signature() {
    let bad_signature = TokenRefusal::BadSignature { project: "12345678".into() };
    let inner = String::from_utf8(STANDARD.decode(&T1[4..]).unwrap()).unwrap();
    let promoted = format!("T1=={}", STANDARD.encode(inner.replace("role=publisher", "role=moderator")));
    assert_eq!(verify(&promoted), Err(bad_signature.clone()));

    let (head, _signature) = JWT.rsplit_once('.').unwrap();
    let (header, payload) = head.split_once('.').unwrap();
    let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(payload).unwrap())
        .unwrap()
        .replace("12345678\",\"ist", "12345678\",\"xst");
    let altered = format!("{header}.{}.{}", URL_SAFE_NO_PAD.encode(claims), JWT.rsplit_once('.').unwrap().1);
    assert_eq!(verify(&altered), Err(bad_signature.clone()));

    let foreign = ProjectKey::Secret("f".repeat(40));
    assert_eq!(UnverifiedToken::parse(JWT).unwrap().verify(&foreign, NOW_S), Err(bad_signature));
}

#[test]
fn a_token_cannot_choose_its_own_algorithm() {
    let payload = URL_SAFE_NO_PAD.encode(json!({ "iss": "12345678", "iat": NOW_S, "session_id": "s" }).to_string());
    for header in [r#"{"alg":"none"}"#, r#"{"alg":"HS512"}"#, r#"{"alg":"RS256"}"#] {
        let unsigned = format!("{}.{payload}.", URL_SAFE_NO_PAD.encode(header));
        assert_eq!(refused_claim(&unsigned), "alg", "{header}");
    }
}

#[test]
fn expiry_allows_a_small_clock_skew_and_says_how_late_it_is() {
    let token = |iat: u64, exp: u64| hs256(json!({ "iss": "12345678", "iat": iat, "exp": exp, "session_id": "s" }));
    let start = NOW_S - 100;
    assert!(verify(&token(start, NOW_S - CLOCK_SKEW_S_MAX)).is_ok());
    assert_eq!(
        verify(&token(start, NOW_S - CLOCK_SKEW_S_MAX - 1)),
        Err(TokenRefusal::Expired { expired_at_s: NOW_S - CLOCK_SKEW_S_MAX - 1, now_s: NOW_S })
    );
    assert!(verify(&token(NOW_S + CLOCK_SKEW_S_MAX, NOW_S + 100)).is_ok());
    assert_eq!(
        verify(&token(NOW_S + CLOCK_SKEW_S_MAX + 1, NOW_S + 100)),
        Err(TokenRefusal::NotYetValid { valid_from_s: NOW_S + CLOCK_SKEW_S_MAX + 1, now_s: NOW_S })
    );
    let lifetime_s = LIFETIME_S_MAX + CLOCK_SKEW_S_MAX + 1;
    assert_eq!(verify(&token(NOW_S, NOW_S + lifetime_s)), Err(TokenRefusal::LifetimeTooLong { lifetime_s }));
    assert!(verify(&token(NOW_S, NOW_S + LIFETIME_S_MAX)).is_ok());
}

#[test]
fn each_wrong_claim_is_named() {
    let with = |name: &str, value: Value| {
        let mut payload = json!({ "iss": "12345678", "iat": NOW_S, "session_id": "s" });
        payload[name] = value;
        hs256(payload)
    };
    assert_eq!(refused_claim(&with("role", json!("king"))), "role");
    assert_eq!(refused_claim(&with("scope", json!("archive.list"))), "scope");
    assert_eq!(refused_claim(&with("ist", json!("account"))), "ist");
    assert_eq!(refused_claim(&with("session_id", Value::Null)), "session_id");
    assert_eq!(refused_claim(&with("iat", Value::Null)), "exp");
    assert_eq!(refused_claim(&with("exp", json!("tomorrow"))), "exp");
    assert_eq!(
        refused_claim(&with("connection_data", json!("x".repeat(CONNECTION_DATA_CHARS_MAX + 1)))),
        "connection_data"
    );
    assert!(verify(&with("connection_data", json!("ü".repeat(CONNECTION_DATA_CHARS_MAX)))).is_ok());
    assert_eq!(
        refused_claim(&with("initial_layout_class_list", json!("x".repeat(LAYOUT_CLASSES_CHARS_MAX + 1)))),
        "initial_layout_class_list"
    );

    let claims = verify(T1).unwrap();
    assert!(claims.check_session(SESSION).is_ok());
    assert_eq!(
        claims.check_session("1_other"),
        Err(TokenRefusal::WrongSession { expected: "1_other".into(), got: SESSION.into() })
    );
    assert!(claims.check_project("12345678").is_ok());
    assert_eq!(
        claims.check_project("87654321"),
        Err(TokenRefusal::WrongProject { expected: "87654321".into(), got: "12345678".into() })
    );
}

#[test]
fn no_refusal_shows_a_secret_or_a_token() {
    let foreign = ProjectKey::Secret("f".repeat(40));
    for token in [T1, JWT] {
        let refusal = UnverifiedToken::parse(token).unwrap().verify(&foreign, NOW_S).unwrap_err();
        let shown = format!("{refusal} {refusal:?}");
        assert!(
            !shown.contains(&token[10..40]) && !shown.contains("ffffffff") && !shown.contains("5263f783"),
            "{shown}"
        );
    }
    assert!(format!("{}", verify(&"x".repeat(TOKEN_BYTES_MAX + 1)).unwrap_err()).len() < 200);
}

#[test]
fn a_page_with_placeholders_fails_as_unauthenticated() {
    assert!(matches!(verify("1234"), Err(TokenRefusal::Malformed { .. })));
}

#[test]
fn a_client_token_never_opens_the_rest_api() {
    let refusal = RestToken::parse(JWT).unwrap().verify(&key(), NOW_S).unwrap_err();
    assert!(matches!(refusal, TokenRefusal::Claim { claim: "scope", .. }));
}

#[test]
fn rest_tokens_of_all_server_sdks_are_accepted() {
    let verify = |payload: Value| RestToken::parse(&hs256(payload)).unwrap().verify(&key(), NOW_S);
    let month =
        json!({ "iss": "12345678", "ist": "project", "iat": NOW_S, "exp": NOW_S + 400 * 24 * 3600, "jti": "0.123" });
    assert!(verify(month).is_ok());
    assert!(verify(json!({ "iss": "12345678", "ist": "account", "iat": NOW_S, "exp": NOW_S + 9 })).unwrap().account);

    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT","ist":"project"}"#);
    let signed = format!(
        "{header}.{}",
        URL_SAFE_NO_PAD.encode(json!({ "iss": "12345678", "iat": NOW_S, "exp": NOW_S + 9 }).to_string())
    );
    let signature =
        crypto::sign(signed.as_bytes(), &EncodingKey::from_secret(SECRET.as_bytes()), Algorithm::HS256).unwrap();
    assert!(RestToken::parse(&format!("{signed}.{signature}")).unwrap().verify(&key(), NOW_S).is_ok());

    let expired = verify(json!({ "iss": "12345678", "iat": 1, "exp": 2 }));
    assert_eq!(expired, Err(TokenRefusal::Expired { expired_at_s: 2, now_s: NOW_S }));
}

/// A Vonage application with a fresh key pair.
struct Application {
    key: KeyPair,
}

impl Application {
    const ID: &str = "11111111-2222-4333-8444-555555555555";

    fn new() -> Self {
        Self { key: KeyPair::generate(KeySize::Rsa2048).unwrap() }
    }

    fn public(&self) -> ProjectKey {
        let der: PublicKeyX509Der = self.key.public_key().as_der().unwrap();
        ProjectKey::PublicKeyPem(format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            STANDARD.encode(der.as_ref())
        ))
    }

    fn sign(&self, payload: Value) -> String {
        let der: Pkcs8V1Der = self.key.as_der().unwrap();
        let pem =
            format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.as_ref()));
        let key = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","typ":"JWT"}"#),
            URL_SAFE_NO_PAD.encode(payload.to_string())
        );
        let signature = crypto::sign(signed.as_bytes(), &key, Algorithm::RS256).unwrap();
        format!("{signed}.{signature}")
    }
}

#[test]
fn vonage_tokens_verify_with_the_public_key_of_their_application_only() {
    let application = Application::new();
    let payload = json!({
        "scope": "session.connect", "session_id": "s", "role": "publisher", "initial_layout_class_list": ["a", "b"],
        "subject": "video", "acl": { "paths": { "/session/**": {} } }, "jti": "00000000-0000-4000-8000-000000000000",
        "iat": NOW_S, "exp": NOW_S + 900, "application_id": Application::ID,
    });
    let token = application.sign(payload.clone());
    let unverified = UnverifiedToken::parse(&token).unwrap();
    assert_eq!(unverified.project_id(), &ProjectId::Application(Application::ID.into()));
    let claims = unverified.verify(&application.public(), NOW_S).unwrap();
    assert_eq!(claims.layout_classes, ["a", "b"]);

    let foreign = unverified.verify(&Application::new().public(), NOW_S);
    assert_eq!(foreign, Err(TokenRefusal::BadSignature { project: Application::ID.into() }));

    // Public keys are public: signing HS256 with one must not pass as RS256.
    let ProjectKey::PublicKeyPem(pem) = application.public() else { unreachable!() };
    let forged = jwt::sign_hs256(&payload, &pem);
    let refusal = UnverifiedToken::parse(&forged).unwrap().verify(&application.public(), NOW_S).unwrap_err();
    assert!(matches!(refusal, TokenRefusal::Claim { claim: "alg", .. }));
}

#[test]
fn vonage_rest_tokens_verify() {
    let application = Application::new();
    let token =
        application.sign(json!({ "application_id": Application::ID, "iat": NOW_S, "exp": NOW_S + 900, "jti": "x" }));
    assert!(RestToken::parse(&token).unwrap().verify(&application.public(), NOW_S).is_ok());
}

/// The cause that a client is told with the refusal, and the last thing said as evidence.
fn cause_of(refusal: TokenRefusal) -> (String, String) {
    let cause = crate::Fault::from(refusal).cause().expect("every refusal has its cause").clone();
    (cause.id, cause.evidence.last().expect("and evidence").fact.clone())
}

#[test]
fn each_refusal_names_its_cause() {
    let signed = |changes: Value| {
        let mut payload = json!({ "iss": "12345678", "session_id": SESSION, "iat": NOW_S, "exp": NOW_S + 60 });
        payload.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        hs256(payload)
    };
    let cause = |changes: Value| cause_of(verify(&signed(changes)).unwrap_err()).0;
    assert_eq!(cause(json!({ "iat": NOW_S - 120, "exp": NOW_S - 60 })), "token_expired");
    assert_eq!(cause(json!({ "iat": NOW_S + 60, "exp": NOW_S + 120 })), "clock_skew");
    let wrong_claims = [
        json!({ "exp": NOW_S + LIFETIME_S_MAX + 600 }),
        json!({ "exp": "soon" }),
        json!({ "iat": "today" }),
        json!({ "role": "king" }),
        json!({ "scope": "archive.list" }),
        json!({ "ist": "account" }),
        json!({ "session_id": null }),
        json!({ "connection_data": "x".repeat(CONNECTION_DATA_CHARS_MAX + 1) }),
        json!({ "initial_layout_class_list": "x".repeat(LAYOUT_CLASSES_CHARS_MAX + 1) }),
    ];
    for changes in wrong_claims {
        let (cause, evidence) = cause_of(verify(&signed(changes.clone())).unwrap_err());
        let claim = changes.as_object().unwrap().keys().next().unwrap();
        assert_eq!(cause, "token_claim_invalid", "{changes}");
        assert!(evidence.contains(claim.as_str()), "{evidence} names {claim}");
    }
    assert_eq!(cause_of(verify("no token").unwrap_err()).0, "token_malformed");
    let forged = jwt::sign_hs256(&json!({ "iss": "12345678", "session_id": SESSION }), "another secret");
    assert_eq!(cause_of(verify(&forged).unwrap_err()).0, "token_signed_with_other_secret");
    let claims = verify(JWT).unwrap();
    assert_eq!(cause_of(claims.check_session("another").unwrap_err()).0, "token_of_other_session");
    assert_eq!(cause_of(claims.check_project("another").unwrap_err()).0, "token_of_other_project");
    assert_eq!(cause_of(TokenRefusal::UnknownProject { project: "1".into() }).0, "token_of_unknown_project");
}

proptest! {
    #[test]
    fn any_text_is_refused_without_panic(text in ".{0,200}") {
        prop_assert!(verify(&text).is_err());
        prop_assert!(RestToken::parse(&text).is_err());
    }

    #[test]
    fn any_one_changed_character_of_the_signed_data_is_refused(at in 120..T1.len() - 3, to in "[A-Za-z0-9+/]") {
        let mut altered = T1.to_owned();
        altered.replace_range(at..=at, &to);
        if altered != T1 {
            prop_assert!(verify(&altered).is_err());
        }
    }

    #[test]
    fn any_bytes_inside_a_t1_are_refused_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let token = format!("T1=={}", STANDARD.encode(bytes));
        prop_assert!(verify(&token).is_err());
    }

    #[test]
    fn connection_data_survives_both_forms(data in "\\PC{1,200}") {
        let project_id = project();
        let new = NewClientToken {
            project_id: &project_id, session_id: "s", role: Role::Publisher, connection_data: Some(&data),
            issued_at_s: NOW_S, lifetime_s: 60, nonce: "1", sandbox: serde_json::Value::Null,
        };
        for token in [new.sign_jwt(SECRET), new.sign_t1(SECRET)] {
            prop_assert_eq!(verify(&token).unwrap().connection_data, Some(data.clone()));
        }
    }
}
