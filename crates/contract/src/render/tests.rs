use serde_json::Value;

use super::rest::OpentokBody;
use super::*;
use crate::fault::{RaisedBy, Status};
use crate::{Problem, faults};

/// Every fault for every operation: what no client may ever be without.
fn everything() -> impl Iterator<Item = (Fault, Operation)> {
    Code::ALL.iter().flat_map(|code| Operation::ALL.iter().map(|operation| (Fault::example(*code), *operation)))
}

#[test]
fn every_fault_has_a_form_in_every_dialect_for_every_operation() {
    for (fault, operation) in everything() {
        for dialect in Dialect::ALL {
            let error = dialect.render(&fault, operation);
            let place = format!("{dialect:?} {} {operation}: {error:?}", fault.code());
            assert!(error.code != 0 || error.name.is_some(), "{place}");
            assert!(!error.message.is_empty() && !error.message.contains(['{', '}']), "{place}");
        }
    }
}

#[test]
fn every_fault_has_a_body_in_every_rest_shape() {
    for (fault, operation) in everything() {
        let json = rest::opentok(&fault, operation, OpentokBody::Json);
        let body: Value = serde_json::from_str(&json.body).unwrap();
        assert!(body["code"].as_i64().is_some_and(|code| code != 0), "{json:?}");
        assert_eq!(body["message"], body["description"]);
        assert!((400..600).contains(&json.status) && json.status != 401, "{json:?}");

        let trtc: Value = serde_json::from_str(&rest::trtc(&fault, "r-1").body).unwrap();
        assert!(trtc["Response"]["Error"]["Code"].as_str().is_some_and(|code| !code.is_empty()), "{trtc}");

        let ours: Problem = serde_json::from_str(&rest::problem(&fault, None).body).unwrap();
        assert_eq!(ours.code, fault.code().as_str());
    }
}

#[test]
fn a_code_is_one_thing_in_one_operation_of_a_dialect_whatever_its_args() {
    let one = Dialect::OpenTok.render(&faults::session_full(1), Operation::Connect);
    let other = Dialect::OpenTok.render(&faults::session_full(2), Operation::Connect);
    assert_eq!((one.code, one.name), (other.code, other.name));
}

#[test]
fn not_connected_means_something_else_in_each_opentok_method() {
    let fault = faults::not_joined("x");
    let shown = |operation| {
        let error = Dialect::OpenTok.render(&fault, operation);
        (error.code, error.name.unwrap())
    };
    assert_eq!(shown(Operation::Publish), (1010, "OT_NOT_CONNECTED"));
    assert_eq!(shown(Operation::Signal), (500, "OT_NOT_CONNECTED"));
    assert_eq!(shown(Operation::Subscribe), (1010, "OT_DISCONNECTED"));
    assert_eq!(shown(Operation::ForceDisconnect), (1010, "OT_NOT_CONNECTED"));
}

#[test]
fn texts_that_pages_compare_are_pinned() {
    let text = |fault: Fault, operation| Dialect::OpenTok.render(&fault, operation).message;
    assert_eq!(
        text(faults::media_timeout("publish", 10_000), Operation::Publish),
        "Session.publish :: Could not publish in a reasonable amount of time"
    );
    assert!(text(faults::ice_failed("publish", 10_000), Operation::Publish).contains("ICEWorkflow"));
    assert!(text(Fault::example(Code::CaptureDenied), Operation::Capture).starts_with("Publisher Access Denied:"));
    assert_eq!(
        text(Fault::example(Code::ScreenShareUnsupported), Operation::Capture),
        "Screen sharing is not supported."
    );
}

#[test]
fn an_unknown_project_is_an_unknown_issuer_to_opentok_servers() {
    let error = rest::opentok(&faults::project_unknown("7"), Operation::Rest, OpentokBody::Json);
    assert_eq!(error.status, 403);
    assert_eq!(error.content_type, "application/json");
    let body: Value = serde_json::from_str(&error.body).unwrap();
    assert_eq!(body["code"], -1);
    assert_eq!(body["message"], "Issuer not found");
}

#[test]
fn an_expired_token_is_forbidden_and_never_unauthorized_to_opentok_servers() {
    let error = rest::opentok(&faults::token_expired(1, 2, 3), Operation::Rest, OpentokBody::Json);
    let body: Value = serde_json::from_str(&error.body).unwrap();
    assert_eq!((error.status, body["code"].as_i64()), (403, Some(403)));
}

#[test]
fn xml_bodies_escape_what_came_from_outside() {
    let fault = faults::parameter_invalid("<b>", "a & b");
    let error = rest::opentok(&fault, Operation::Rest, OpentokBody::Xml);
    assert!(
        error.body.contains("<message>The parameter `&lt;b&gt;` is invalid: a &amp; b.</message>"),
        "{}",
        error.body
    );
}

#[test]
fn a_refused_login_reaches_trtc_apps_with_its_account_code() {
    let fault = faults::token_signature_invalid();
    let error = client::trtc(&fault, Operation::Connect, "https://video.example.com");
    assert_eq!(error["code_"], 0x4001);
    assert_eq!(error["extraCode_"], 70009);
    assert_eq!(
        error["message"],
        "The token was not signed with the secret of its project. code: 70009 \n\
         Refer to: https://video.example.com/errors/TOKEN_SIGNATURE_INVALID\n <SIGNAL_CHANNEL_SETUP_FAILED 0x4001>"
    );
}

#[test]
fn watchtogether_apps_get_number_name_and_time() {
    let error = client::watchtogether(&faults::token_expired(1, 2, 3), Operation::Connect, 1_700_000_000_000);
    assert_eq!(error["code"], 1100);
    assert_eq!(error["name"], "TOKEN_EXPIRED");
    assert_eq!(error["requestTime"], 1_700_000_000_000_u64);
}

/// Where apps react by number, ours may not all end in "internal error".
#[test]
fn active_server_faults_of_joining_and_media_are_named_in_opentok() {
    for code in Code::ALL.iter().filter(|code| code.entry().status == Status::Active) {
        let entry = code.entry();
        for operation in [Operation::Connect, Operation::Publish, Operation::Subscribe, Operation::Signal] {
            if entry.raised_by == RaisedBy::Server && entry.operations.contains(&operation) && *code != Code::Internal {
                let form = OPENTOK.form(*code, operation);
                assert_ne!(form.code, 2000, "{code} in {operation} is an internal error to OpenTok apps");
            }
        }
    }
}
