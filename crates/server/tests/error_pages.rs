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
    assert!(page.body.contains("<dt>Developer</dt>") && page.body.contains("<dt>Operator</dt>"), "{}", page.body);
}

#[test]
fn the_index_knows_the_vendors_numbers_and_unknown_names_are_not_found() {
    let server = Server::start();
    for path in ["/errors", "/errors/"] {
        let index = server.get(path);
        assert_eq!(index.status, 200, "{path}");
        assert!(index.body.contains("<b>1500</b>") && index.body.contains("<b>OT_TIMEOUT</b>"));
    }
    assert_eq!(server.get("/errors/NO_SUCH_CODE").status, 404);
}

#[test]
fn the_terminal_explains_our_codes_and_the_vendors() {
    for (question, expected) in
        [("token_expired", "Causes"), ("1500", "PERMISSION_DENIED"), ("0x4004", "JOIN_ROOM_FAILED")]
    {
        let output = Command::new(env!("CARGO_BIN_EXE_exedra")).args(["explain", question]).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && said.contains(expected), "{question}: {said}");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_exedra")).args(["explain", "NO_SUCH_CODE"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
}
