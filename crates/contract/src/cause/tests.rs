use serde_json::json;

use super::*;

/// What was observed, written as in the catalogue: `!` for "does not hold".
fn facts(observed: &[&str]) -> Facts {
    let mut facts = Facts::default();
    for name in observed {
        let id = name.trim_start_matches('!');
        let entry = FACTS.iter().find(|entry| entry.id == id).unwrap_or_else(|| panic!("no fact {id}"));
        facts.observe(entry.fact, !name.starts_with('!'));
    }
    facts
}

#[track_caller]
fn check(observed: &[&str], expected: &str) {
    let decided = decide(&facts(observed)).map(|cause| cause.id);
    assert_eq!(decided.as_deref(), Some(expected), "{observed:?}");
}

/// Conditions as a network lab makes them, with everything both ends would see.
#[test]
fn each_condition_is_told_from_the_others() {
    let reachable = ["signaling_alive", "others_reach_media_port", "!announced_only_private"];
    let silent =
        ["!stun_received", "!stun_authenticated", "!dtls_received", "!dtls_connected", "pairs_tried", "!pair_answered"];
    check(&[&reachable[..], &silent[..]].concat(), "udp_blocked_outbound");
    check(
        &[&["signaling_alive", "!others_reach_media_port", "!announced_only_private"][..], &silent[..]].concat(),
        "server_port_unreachable",
    );
    check(
        &[&["signaling_alive", "!others_reach_media_port", "announced_only_private"][..], &silent[..]].concat(),
        "wrong_announced_address",
    );
    check(
        &[&["signaling_alive", "others_reach_media_port", "announced_only_private"][..], &silent[..]].concat(),
        "wrong_announced_address",
    );
    let elsewhere =
        ["signaling_alive", "!others_reach_media_port", "!announced_only_private", "!announced_as_signaling"];
    check(&[&elsewhere[..], &silent[..]].concat(), "wrong_announced_address");
    check(
        &["signaling_alive", "stun_received", "stun_authenticated", "pairs_tried", "!pair_answered"],
        "udp_blocked_inbound",
    );
    check(&["signaling_alive", "stun_received", "!stun_authenticated"], "credentials_rewritten");

    let path = ["signaling_alive", "stun_received", "stun_authenticated", "pairs_tried", "pair_answered"];
    check(&[&path[..], &["!dtls_received", "!dtls_connected"]].concat(), "dtls_no_answer");
    check(&[&path[..], &["dtls_received", "!dtls_connected"]].concat(), "dtls_incomplete");
    check(&[&path[..], &["dtls_received", "!dtls_connected", "!fingerprint_matches"]].concat(), "dtls_fingerprint");

    let secured = [&path[..], &["dtls_received", "dtls_connected", "fingerprint_matches"]].concat();
    check(&[&secured[..], &["!packet_received", "!key_frame_received"]].concat(), "media_never_arrived");
    check(&[&secured[..], &["packet_received", "!key_frame_received"]].concat(), "no_key_frame");
    check(
        &[&secured[..], &["packet_received", "key_frame_received", "packet_sent", "bytes_arrive", "!frame_decoded"]]
            .concat(),
        "decoder_failed",
    );
    check(
        &[&secured[..], &["packet_received", "key_frame_received", "packet_sent", "!bytes_arrive", "!frame_decoded"]]
            .concat(),
        "downlink_blocked",
    );
    check(&[&secured[..], &["!codec_common", "packet_received"]].concat(), "decoder_unsupported");
}

#[test]
fn what_broke_during_a_call_is_told_apart() {
    // As the browser sees it.
    check(
        &["media_was_up", "!bytes_arrive", "!checks_answered", "signaling_alive", "page_online"],
        "media_lost_signaling_alive",
    );
    check(&["media_was_up", "bytes_arrive", "!checks_answered", "signaling_alive", "page_online"], "uplink_blocked");
    check(&["media_was_up", "bytes_arrive", "!signaling_alive", "page_online"], "signaling_lost_media_alive");
    check(&["media_was_up", "!bytes_arrive", "!signaling_alive", "page_online"], "network_lost");
    check(&["media_was_up", "!bytes_arrive", "!signaling_alive", "!page_online"], "client_offline");
    check(&["!media_was_up", "!signaling_alive", "page_online"], "signaling_lost");
    // As the server does.
    check(&["media_was_up", "!media_alive", "signaling_alive"], "media_lost_signaling_alive");
    check(&["media_was_up", "media_alive", "!signaling_alive"], "signaling_lost_media_alive");
    check(&["media_was_up", "!media_alive", "!signaling_alive"], "network_lost");
    check(&["media_was_up", "media_alive", "!signaling_alive", "identity_joined_elsewhere"], "duplicate_identity");
}

#[test]
fn what_is_wrong_with_a_token_is_told_apart() {
    check(&["token_signature_right", "token_past_expiry", "!token_from_future"], "token_expired");
    check(&["token_signature_right", "!token_past_expiry", "token_from_future"], "clock_skew");
    check(&["!token_signature_right"], "token_signed_with_other_secret");
    check(&["token_signature_right", "!token_for_this_session"], "token_of_other_session");
    check(&["token_signature_right", "!token_for_this_project"], "token_of_other_project");
    check(&["token_signature_right", "!token_claims_right"], "token_claim_invalid");
    check(&["!token_readable"], "token_malformed");
    check(&["token_readable", "!project_known"], "token_of_unknown_project");
}

#[test]
fn why_there_is_no_camera_is_told_apart() {
    check(&["!page_secure", "!user_allows"], "insecure_page");
    check(&["page_secure", "!policy_allows", "!user_allows"], "permission_denied_by_policy");
    check(&["page_secure", "policy_allows", "!user_allows"], "permission_denied_by_user");
    check(&["page_secure", "!user_allows"], "permission_denied_by_user");
    check(&["page_secure", "policy_allows", "!system_allows"], "permission_denied_by_system");
    check(
        &["page_secure", "policy_allows", "user_allows", "device_present", "!device_opens", "!device_was_live"],
        "device_in_use",
    );
    check(&["page_secure", "policy_allows", "user_allows", "!device_present", "device_was_live"], "device_gone");
    check(&["page_secure", "policy_allows", "user_allows", "!device_present", "!device_was_live"], "device_absent");
}

#[test]
fn what_is_wrong_with_a_relay_is_told_apart() {
    let silent = ["!stun_received", "!stun_authenticated", "signaling_alive"];
    let told = |relay: &[&'static str]| [&silent[..], relay].concat();
    check(&told(&["relay_only", "!relay_offered", "!pairs_tried", "!pair_answered"]), "relay_absent");
    check(
        &told(&["relay_only", "relay_offered", "!relay_answered", "!relay_refused", "!pairs_tried"]),
        "relay_unreachable",
    );
    check(&told(&["!relay_only", "relay_offered", "relay_answered", "relay_refused", "pairs_tried"]), "relay_refused");
}

#[test]
fn nothing_seen_decides_nothing() {
    assert_eq!(decide(&Facts::default()), None);
    // Only good news is no cause either.
    assert_eq!(
        decide(&facts(&["signaling_alive", "stun_received", "stun_authenticated", "dtls_received", "dtls_connected"])),
        None
    );
}

#[test]
fn without_the_clients_half_the_server_is_less_sure() {
    let alone = ["!stun_received", "signaling_alive", "others_reach_media_port", "!announced_only_private"];
    let one = decide(&facts(&alone)).unwrap();
    let both = decide(&facts(&[&alone[..], &["pairs_tried", "!pair_answered"]].concat())).unwrap();
    assert_eq!((one.id.as_str(), both.id.as_str()), ("udp_blocked_outbound", "udp_blocked_outbound"));
    assert!(one.confidence < 0.8 && both.confidence > one.confidence);
}

#[test]
fn a_silent_path_of_unknown_side_is_never_a_confident_accusation() {
    let cause = decide(&facts(&["!stun_received", "signaling_alive"])).unwrap();
    assert_eq!(cause.id, "no_udp_path");
    assert!(cause.confidence <= 0.5);
}

/// More observations may make a cause more certain or replace it by one that fits better; they never leave us silent.
#[test]
fn every_rule_decides_for_its_own_cause_or_a_surer_one() {
    for cause in &CAUSES {
        for rule in cause.rules {
            let mut facts = Facts::default();
            for (fact, holds) in rule.when {
                facts.observe(*fact, *holds);
            }
            let decided = decide(&facts).unwrap();
            assert!(decided.id == cause.id || decided.confidence > rule.confidence, "{}: {decided:?}", cause.id);
        }
    }
}

#[test]
fn the_evidence_says_who_saw_what_with_figures() {
    let mut facts = Facts::default();
    facts
        .observe_with(Fact::StunReceived, false, "10.0 s")
        .observe(Fact::SignalingAlive, true)
        .observe(Fact::OthersReachMediaPort, true)
        .observe(Fact::AnnouncedOnlyPrivate, false)
        .observe_report(&report(json!({
            "pairs_tried": true,
            "pairs_tried_detail": "4 pairs",
            "pair_answered": false,
            "pair_answered_detail": "0 answered",
        })));
    let cause = decide(&facts).unwrap();
    assert_eq!((cause.id.as_str(), cause.stage), ("udp_blocked_outbound", Stage::Ice));
    let said = |who: Witness, fact: &str| cause.evidence.contains(&Evidence { who, fact: fact.to_owned() });
    assert!(said(Witness::Server, "no STUN packet for this connection arrived (10.0 s)"), "{cause:?}");
    assert!(said(Witness::Client, "no candidate pair was answered (0 answered)"), "{cause:?}");
    assert!(cause.ruled_out.contains(&"dtls".to_owned()));
}

fn report(observed: serde_json::Value) -> serde_json::Map<String, serde_json::Value> {
    json!({ "ice_state": "failed", "observed": observed }).as_object().unwrap().clone()
}

#[test]
fn a_report_of_another_shape_changes_nothing() {
    let mut facts = Facts::default();
    facts.observe_report(&report(
        json!({ "pairs_tried": "many", "bytes_arrive": null, "page_online": 0, "no_fact": true }),
    ));
    facts.observe_report(&report(json!("observed")));
    assert_eq!(decide(&facts), None);
    assert!(FACTS.iter().all(|entry| facts.get(entry.fact).is_none()));
}

#[test]
fn a_client_speaks_for_itself_and_not_at_length() {
    let mut facts = Facts::default();
    facts.observe(Fact::StunReceived, false).observe(Fact::SignalingAlive, true).observe_report(&report(json!({
        "stun_received": true,
        "signaling_alive": false,
        "media_was_up": true,
        "pairs_tried": false,
        "pairs_tried_detail": "x".repeat(DETAIL_CHARS_MAX + 1),
    })));
    let seen = [Fact::StunReceived, Fact::SignalingAlive, Fact::MediaWasUp].map(|fact| facts.get(fact));
    assert_eq!(seen, [Some(false), Some(true), None]);
    let cause = decide(&facts).unwrap();
    assert_eq!(cause.id, "client_sends_no_checks");
    assert!(cause.evidence.iter().all(|evidence| !evidence.fact.contains("xx")), "{cause:?}");
}

#[test]
fn the_tables_are_indexed_by_their_facts() {
    for (at, entry) in FACTS.iter().enumerate() {
        assert_eq!(entry.fact as usize, at);
    }
}
