use super::*;
use crate::cause::{Evidence, Stage, Witness};
use crate::faults;

#[test]
fn every_code_finds_its_own_row_and_its_own_name() {
    for code in Code::ALL {
        assert_eq!(code.entry().code, *code);
        assert_eq!(Code::from_name(code.as_str()), Some(*code));
    }
    assert_eq!(Code::from_name("NO_SUCH_CODE"), None);
}

#[test]
fn the_message_carries_the_args() {
    let fault = faults::token_expired(1_700_000_300, 1_700_000_925, 30);
    assert_eq!(
        fault.to_string(),
        "TOKEN_EXPIRED: The token expired at 1700000300; the server's clock says 1700000925, and 30 s of difference are tolerated."
    );
}

#[test]
fn no_message_of_an_example_has_an_open_tag() {
    for code in Code::ALL {
        let detail = Fault::example(*code).detail();
        assert!(!detail.contains('{') && !detail.contains('}'), "{code}: {detail}");
    }
}

#[test]
fn what_really_happened_reaches_the_log_and_nothing_else() {
    let fault =
        faults::store_unavailable("insert session").because("disk I/O error").because("SQLITE_FULL at /data/x.db");
    assert_eq!(fault.internal().to_string(), "operation=\"insert session\"; disk I/O error; SQLITE_FULL at /data/x.db");

    let public = format!("{fault} {fault:?} {}", fault.problem(Some("i-1")).to_value());
    for secret in ["insert session", "disk", "SQLITE"] {
        assert!(!public.contains(secret), "{public}");
    }
}

#[test]
fn the_wire_object_has_every_documented_member() {
    let cause = Cause {
        id: "udp_blocked_outbound".to_owned(),
        stage: Stage::Ice,
        confidence: 0.93,
        evidence: vec![Evidence { who: Witness::Server, fact: "no STUN packet".to_owned() }],
        ruled_out: vec!["token".to_owned()],
    };
    let value = faults::ice_failed("publish", 10_000).with_cause(cause).problem(Some("0f3a")).to_value();
    assert_eq!(value["type"], "/errors/ICE_FAILED");
    assert_eq!(value["status"], 504);
    assert_eq!(value["instance"], "0f3a");
    assert_eq!(value["code"], "ICE_FAILED");
    assert_eq!(value["class"], "NETWORK");
    assert_eq!(value["effect"], "operation_fails");
    assert_eq!(value["args"], serde_json::json!({ "operation": "publish", "timeout_ms": 10_000 }));
    assert_eq!(value["retry"], serde_json::json!({ "how": "reconnect" }));
    assert_eq!(value["cause"]["id"], "udp_blocked_outbound");
    assert_eq!(value["cause"]["stage"], "ice");
    assert_eq!(value["cause"]["evidence"][0]["who"], "server");
    for member in ["title", "detail", "actions"] {
        assert!(!value[member].is_null(), "{member}");
    }
}

#[test]
fn a_problem_survives_the_wire() {
    for code in Code::ALL {
        let problem = Fault::example(*code).problem(None);
        assert_eq!(serde_json::from_value::<Problem>(problem.to_value()).unwrap(), problem);
    }
}

#[test]
fn a_known_waiting_time_replaces_the_catalogues() {
    let fault = faults::rate_limited(50);
    assert_eq!(fault.retry(), Retry::after(1000));
    assert_eq!(fault.retry_after_ms(250).retry(), Retry::after(250));
}

#[test]
fn a_fault_is_one_pointer_wide() {
    assert_eq!(size_of::<Fault>(), size_of::<usize>());
}

#[test]
fn an_arg_that_looks_like_a_tag_stays_as_it_is() {
    let fault = faults::parameter_invalid("{reason}", "{name}");
    assert_eq!(fault.detail(), "The parameter `{reason}` is invalid: {name}.");
}
