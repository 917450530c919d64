use super::*;
use crate::cause::CAUSES;
use crate::explain::Identity;
use crate::fault::{Code, Fault, Operation};

#[test]
fn every_code_has_a_page_that_tells_three_people_what_to_do() {
    for code in Code::ALL {
        let entry = code.entry();
        let page = page(&format!("/{code}")).unwrap();
        for text in [entry.title, entry.actions.user, entry.actions.developer, entry.actions.operator, entry.causes[0]]
        {
            assert!(page.contains(&Text(text).to_string()), "{code}: {text}");
        }
    }
}

#[test]
fn the_path_in_every_problem_is_a_page() {
    for code in Code::ALL {
        let kind = Fault::example(*code).problem(None).kind;
        let below = kind.strip_prefix(DOCUMENTATION_PATH).unwrap();
        assert!(page(below).unwrap().contains(&format!("<h1>{code}</h1>")), "{kind}");
    }
}

#[test]
fn every_identity_has_a_page_with_its_codes_or_with_the_reason_why_it_cannot_happen() {
    for identity in Identity::all() {
        let page = page(identity.id).unwrap();
        assert!(page.contains(&Text(identity.note).to_string()), "{identity:?}");
        assert!(identity.codes.iter().all(|code| page.contains(&link(*code))), "{identity:?}");
        assert!(!identity.codes.is_empty() || page.contains("This cannot happen here."), "{identity:?}");
    }
}

#[test]
fn a_number_leads_to_every_failure_that_is_shown_with_it() {
    let page = page("1500").unwrap();
    for code in [Code::CaptureDenied, Code::DeviceNotFound, Code::MediaTimeout, Code::WebrtcUnsupported] {
        assert!(page.contains(&link(code)), "{code}");
    }
    assert!(!page.contains(&link(Code::SessionNotFound)));
}

#[test]
fn the_indexes_list_every_code_operation_identity_and_cause() {
    let by_class = page("").unwrap();
    let by_operation = page("by-operation").unwrap();
    for code in Code::ALL {
        assert!(by_class.contains(&link(*code)) && by_operation.contains(&link(*code)), "{code}");
    }
    for operation in Operation::ALL {
        let used = Code::ALL.iter().any(|code| code.entry().operations.contains(operation));
        assert_eq!(by_operation.contains(&format!("id=\"{operation}\"")), used, "{operation}");
    }
    let by_vendor_code = page("by-vendor-code").unwrap();
    for identity in Identity::all() {
        assert!(by_vendor_code.contains(&vendor::identity_link(identity)), "{identity:?}");
    }
    let by_cause = page("by-cause").unwrap();
    for cause in &CAUSES {
        assert!(by_cause.contains(&format!("id=\"{}\"", cause.id)), "{}", cause.id);
        assert!(by_cause.contains(&Text(cause.advice).to_string()), "{}", cause.id);
        for rule in cause.rules {
            let (first, holds) = rule.when[0];
            let entry = &crate::cause::FACTS[first as usize];
            let said = Text(if holds { entry.yes } else { entry.no }).to_string();
            assert!(by_cause.contains(&format!("{} when: {said}", rule.confidence)), "{}", cause.id);
        }
    }
}

#[test]
fn every_link_in_a_page_leads_to_a_page() {
    for path in ["", "by-operation", "by-vendor-code", "by-cause", "1500", "1026", "TOKEN_EXPIRED", "ICE_FAILED"] {
        let page_of_path = page(path).unwrap();
        for target in page_of_path.split("href=\"/errors").skip(1).filter_map(|rest| rest.split('"').next()) {
            let (below, id) = target.split_once('#').unwrap_or((target, ""));
            let found = page(below).unwrap_or_else(|| panic!("{path} links to {target}"));
            assert!(id.is_empty() || found.contains(&format!("id=\"{id}\"")), "{path} links to {target}");
        }
    }
}

#[test]
fn a_search_shows_what_was_asked_and_what_was_found() {
    let page = search("1500 \"><script>alert(1)</script>");
    assert!(!page.contains("<script>alert"), "{page}");
    assert!(page.contains("value=\"1500 &quot;&gt;&lt;script&gt;"), "{page}");
    assert!(search("ot_timeout").contains("href=\"/errors/OT_TIMEOUT\""));
    assert!(search("zzyzx").contains("Nothing found"));
}

#[test]
fn pages_need_nothing_from_another_host() {
    for path in ["", "TOKEN_EXPIRED", "1500"] {
        let page = page(path).unwrap();
        assert!(!page.contains("src=\"") && !page.contains("href=\"http"), "{path}");
    }
}

#[test]
fn other_paths_have_no_page() {
    for path in ["NO_SUCH_CODE", "../etc/passwd", "TOKEN_EXPIRED/x"] {
        assert_eq!(page(path), None, "{path}");
    }
}

#[test]
fn the_example_of_a_code_is_the_frame_that_a_test_received_and_names_the_test() {
    let captured = Code::ALL.iter().filter_map(|code| Some((code, code.entry().captured.as_ref()?)));
    let mut causes = 0;
    for (code, captured) in captured {
        let args: serde_json::Map<String, serde_json::Value> = serde_json::from_str(captured.args).unwrap();
        let problem = Fault::captured(*code).problem(None);
        assert!(args.iter().all(|(name, value)| problem.args.get(name) == Some(value)), "{code}: {problem:?}");
        assert_eq!(problem.cause.is_some(), captured.cause.is_some(), "{code}");
        causes += u32::from(problem.cause.is_some());
        assert!(page(code.as_str()).unwrap().contains(&Escaped(captured.scenario).to_string()), "{code}");
    }
    assert!(causes > 0, "no frame has a cause");
}
