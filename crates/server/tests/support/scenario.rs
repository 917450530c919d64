//! What tests saw of faults: checked against the catalogue, and written down for its gates (`cargo xtask catalogue
//! --scenarios`) where `EXEDRA_SCENARIOS` names a directory.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use exedra_contract::fault::Visibility;
use exedra_contract::{Code, Operation};
use serde_json::{Value, json};

/// How the failure came about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// By the condition that the catalogue describes.
    Real,
    /// On request, see docs/sandbox.md.
    Sandbox,
}

/// The problem has every member of its row, exactly the public args, and comes from this operation. Call it last, when the
/// test has seen that effect and advice are true.
#[track_caller]
pub fn raised(expected: &str, operation: &str, problem: &Value) {
    record(How::Real, expected, operation, problem, Value::Null);
}

/// The same for a failure that the sandbox made.
#[track_caller]
pub fn provoked(expected: &str, operation: &str, problem: &Value) {
    record(How::Sandbox, expected, operation, problem, Value::Null);
}

/// The same for a failure that was also seen in OpenTok's form.
#[track_caller]
pub fn raised_in_opentok(expected: &str, operation: &str, problem: &Value, opentok: &Value) {
    record(How::Real, expected, operation, problem, opentok.clone());
}

#[track_caller]
fn record(how: How, expected: &str, operation: &str, problem: &Value, opentok: Value) {
    assert_problem(problem, expected);
    let row = Code::from_name(expected).expect("in the catalogue").entry();
    let named = Operation::from_name(operation).unwrap_or_else(|| panic!("{operation} is no operation"));
    assert!(row.operations.contains(&named), "{expected} does not come from {operation}");
    write(&json!({
        "scenario": scenario(),
        "code": expected,
        "operation": operation,
        "how": if how == How::Real { "real" } else { "sandbox" },
        "raised_by": "server",
        "problem": problem,
        "opentok": opentok,
    }));
}

/// The problem has every member of its row, and exactly the public args.
#[track_caller]
fn assert_problem(problem: &Value, expected: &str) {
    assert_eq!(problem["code"], expected, "{problem}");
    let row = Code::from_name(expected).expect("in the catalogue").entry();
    assert_eq!(problem["class"], row.class.as_str());
    assert_eq!(problem["status"], row.http_status);
    assert_eq!(problem["effect"], row.effect.as_str());
    assert_eq!(problem["retry"]["how"], row.retry.how.as_str());
    assert_eq!(problem["type"], format!("/errors/{expected}"));
    assert_eq!(problem["title"], row.title);
    assert_eq!(problem["actions"]["developer"], row.actions.developer);
    let public: BTreeSet<&str> =
        row.args.iter().filter(|arg| arg.visibility == Visibility::Public).map(|arg| arg.name).collect();
    let sent: BTreeSet<&str> = problem["args"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(sent, public, "{problem}");
}

/// Everything that left a server as a fault while it ran, by its own count.
pub fn wire(metrics: &str) {
    let codes: serde_json::Map<String, Value> = metrics
        .lines()
        .filter_map(|line| {
            let (code, count) = line.strip_prefix("exedra_faults_total{code=\"")?.split_once("\"} ")?;
            Some((code.to_owned(), json!(count.parse::<u64>().ok()?)))
        })
        .collect();
    write(&json!({ "kind": "wire", "scenario": scenario(), "codes": codes }));
}

/// Whether anybody wants to know.
pub fn recording() -> bool {
    std::env::var_os("EXEDRA_SCENARIOS").is_some()
}

/// The suite and the test that runs on this thread.
fn scenario() -> String {
    format!("{}::{}", env!("CARGO_CRATE_NAME"), std::thread::current().name().unwrap_or("main"))
}

fn write(line: &Value) {
    let Some(directory) = std::env::var_os("EXEDRA_SCENARIOS") else { return };
    let name = format!("{}-{}.jsonl", env!("CARGO_CRATE_NAME"), std::process::id());
    let mut file = OpenOptions::new().create(true).append(true).open(Path::new(&directory).join(name)).unwrap();
    // In one piece: other tests of this process append too.
    file.write_all(format!("{line}\n").as_bytes()).unwrap();
}
