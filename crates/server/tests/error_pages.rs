//! An error that a client was given can be looked up on the same server, and in the terminal.

mod support;

use std::process::Command;

use support::Server;

#[test]
fn the_address_in_an_error_is_a_page_that_says_what_to_do() {
    let server = Server::start();
    let refused = server.request("POST", "/dev/join", &[("content-type", "application/json")], "{");
    let problem = refused.json();
    let page = server.get(problem["type"].as_str().unwrap());
    assert_eq!(page.status, 200);
    assert!(page.body.contains(problem["code"].as_str().unwrap()), "{}", page.body);
    for who in ["You use the app", "You develop the app", "You run the server"] {
        assert!(page.body.contains(who), "{}", page.body);
    }
}

#[test]
fn a_search_finds_the_vendors_numbers_and_an_old_link_leads_to_a_search() {
    let server = Server::start();
    for path in ["/errors?q=1500", "/errors/?q=1500", "/errors/1500", "/errors/by-vendor-code"] {
        let found = server.get(path);
        assert_eq!(found.status, 200, "{path}");
        assert!(found.body.contains("/errors/PERMISSION_DENIED"), "{path}");
    }
    let missing = server.request("GET", "/errors/TOKEN", &[("accept", "text/html")], "");
    assert_eq!(missing.status, 404);
    assert!(missing.body.contains("/errors/TOKEN_EXPIRED"), "{}", missing.body);
    assert_eq!(server.get("/errors/NO_SUCH_CODE").json()["code"], "METHOD_UNKNOWN");
}

#[test]
fn the_terminal_explains_our_codes_and_the_vendors() {
    for (question, expected) in [
        ("token_expired", "Causes"),
        ("1500", "PERMISSION_DENIED"),
        ("0x4004", "JOIN_ROOM_FAILED"),
        ("-10012", "TRTC"),
        ("token expired", "TOKEN_EXPIRED"),
    ] {
        let output =
            Command::new(env!("CARGO_BIN_EXE_exedra")).arg("explain").args(question.split(' ')).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && said.contains(expected), "{question}: {said}");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_exedra")).args(["explain", "NO_SUCH_CODE"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
}
