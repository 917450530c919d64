//! The command line: production refuses what must not go to production, and errors explain themselves.

mod support;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use exedra_contract::project::ProjectId;
use exedra_contract::token::{NewClientToken, RestToken, Role};
use serde_json::{Value, json};
use support::scenario::raised;
use support::{Client, now_s, scratch_dir};

/// Reads like a number in every notation.
const PROJECT_SECRET: &str = "12345678909876543e21234567890987654321";

fn exedra(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_exedra")).args(args).output().unwrap()
}

fn write_config(dir: &Path, text: &str) -> String {
    std::fs::create_dir_all(dir).unwrap();
    let file = dir.join("exedra.toml");
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn serve_lists_every_problem_of_its_configuration_and_never_a_secret() {
    let dir = scratch_dir();
    let file = write_config(
        &dir,
        "listen = 'nowhere'\nmedia_addresses = ['0.0.0.0']\n[[projects]]\nid = '1'\nsecret = 'hunter2'\n[[projects]]\nid = '2'\nsecret = '0123456789abcdef0123456789abcdef01234567'\n",
    );
    let output = exedra(&["serve", "--config", &file]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    for expected in ["listen", "media_addresses", "data_dir", "secret of 1 is too short", "secret of 2 is an example"] {
        assert!(said.contains(expected), "{expected} is missing in:\n{said}");
    }
    assert!(said.lines().all(|line| line.contains("CONFIG_INVALID")), "{said}");
    let problems = String::from_utf8(exedra(&["serve", "--json", "--config", &file]).stdout).unwrap();
    for problem in problems.lines() {
        raised("CONFIG_INVALID", "serve", &serde_json::from_str(problem).unwrap());
    }
    assert_eq!(problems.lines().count(), said.lines().count());
    assert!(!said.contains("hunter2") && !said.contains("0123456789abcdef"), "{said}");
    let _ = std::fs::remove_dir_all(dir);
}

#[test]
fn serve_starts_with_a_file_and_variables_and_stops_at_sigterm() {
    let dir = scratch_dir();
    let file = write_config(
        &dir,
        &format!(
            "listen = '127.0.0.1:0'\nmedia_port = 0\nshards = 1\nsockets_max = 7\nmedia_addresses = ['overridden']\ndata_dir = '{}'\n",
            dir.join("data").display()
        ),
    );
    let mut child = Command::new(env!("CARGO_BIN_EXE_exedra"))
        .args(["serve", "--json", "--config", &file])
        .env("EXEDRA_PROJECT_ID", "4711")
        .env("EXEDRA_PROJECT_SECRET", PROJECT_SECRET)
        .env("EXEDRA_MEDIA_ADDRESSES", "127.0.0.1,::1")
        .env("EXEDRA_SOCKETS_MAX", "2")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    assert!(ready.get("api_secret").is_none(), "production prints no secret");
    let url = ready["url"].as_str().unwrap();
    assert_eq!(ureq::get(format!("{url}/readyz")).call().unwrap().status(), 200);
    let dev_join = ureq::post(format!("{url}/dev/join")).config().http_status_as_error(false).build().send("{}");
    assert_eq!(dev_join.unwrap().status(), 404, "development's door does not exist in production");
    let rest_token = RestToken::sign(&ProjectId::parse("4711").unwrap(), PROJECT_SECRET, now_s(), 60);
    let created = ureq::post(format!("{url}/session/create"))
        .header("accept", "application/json")
        .header("x-opentok-auth", rest_token)
        .send_empty();
    let mut created = created.expect("a secret that looks like a number is taken to the letter");
    let created: Value = created.body_mut().read_json().unwrap();
    let session_id = created[0]["session_id"].as_str().unwrap().to_owned();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut sockets = Vec::new();
        for _ in 0..2 {
            let mut socket = Client::open(url, Some("exedra.v1")).await;
            assert_eq!(socket.call("ping", json!({})).await.unwrap_err()["code"], "NOT_JOINED");
            sockets.push(socket);
        }
        let (frames, _) = Client::open(url, Some("exedra.v1")).await.rest().await;
        raised("SERVER_OVERLOADED", "connect", &frames[0]["error"]);
    });
    drop(runtime);
    for expected in [201, 201, 503] {
        assert_eq!(publish_by_whip(url, &session_id), expected, "WHIP sessions have the limit of sockets");
    }
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let _ = std::fs::remove_dir_all(dir);
}

fn publish_by_whip(url: &str, session_id: &str) -> u16 {
    let token = NewClientToken {
        project_id: &ProjectId::parse("4711").unwrap(),
        session_id,
        role: Role::Publisher,
        connection_data: None,
        issued_at_s: now_s(),
        lifetime_s: 60,
        nonce: "1",
        sandbox: Value::Null,
    };
    let request = ureq::post(format!("{url}/v1/whip/{session_id}"))
        .header("authorization", format!("Bearer {}", token.sign_jwt(PROJECT_SECRET)))
        .header("content-type", "application/sdp");
    request.config().http_status_as_error(false).build().send(support::OFFER).unwrap().status().as_u16()
}

#[test]
fn a_port_that_is_taken_is_a_named_problem() {
    let taken = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let dir = scratch_dir();
    let output = exedra(&[
        "dev",
        "--json",
        "--port",
        &port,
        "--https-port",
        "0",
        "--media-port",
        "0",
        "--data-dir",
        dir.to_str().unwrap(),
    ]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("CONFIG_INVALID") && said.contains(&port), "{said}");
    let _ = std::fs::remove_dir_all(dir);
}

#[test]
fn explain_knows_every_code_by_name_in_any_case() {
    let output = exedra(&["explain", "token_expired"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    assert!(said.contains("TOKEN_EXPIRED") && said.contains("developer"), "{said}");
    assert_eq!(exedra(&["explain", "NO_SUCH_CODE"]).status.code(), Some(1));
}
