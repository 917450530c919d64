//! The gates that need a whole test run: every active code was raised against the real server or in a real browser, and
//! nothing else left on any wire. Reads what the harnesses wrote (`EXEDRA_SCENARIOS`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Complaints;
use crate::catalogue::{Catalogue, Entry};
use crate::terms::{Operation, RaisedBy, Status, Visibility};
use crate::{capture, lint, report};

/// A fault that a test saw, and whose every claim it found true.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    pub scenario: String,
    pub code: String,
    pub operation: String,
    pub how: How,
    pub raised_by: String,
    pub problem: Value,
    pub opentok: Option<OpenTok>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    Real,
    Sandbox,
}

/// What an app written for OpenTok saw of it; its REST API has no names.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenTok {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub code: i64,
    pub message: String,
}

/// Everything that left one server as a fault, by its own count.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    #[serde(rename = "kind")]
    _kind: WireKind,
    scenario: String,
    codes: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum WireKind {
    Wire,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Wire(Wire),
    Record(Record),
}

/// What one test process wrote.
#[derive(Default)]
struct Suite {
    records: Vec<Record>,
    wires: Vec<Wire>,
}

/// The gates over a run.
pub fn check(root: &Path, directory: &str) -> Result<(), Complaints> {
    let catalogue = lint::load(root)?;
    let suites = read(Path::new(directory))?;
    let mut complaints = Vec::new();
    for suite in &suites {
        complaints.extend(suite.records.iter().flat_map(|record| {
            wrong(record, &catalogue).into_iter().map(|what| format!("{} {}: {what}", record.scenario, record.code))
        }));
        complaints.extend(stray(suite, &catalogue));
    }
    let run = capture::of(suites.iter().flat_map(|suite| &suite.records));
    complaints.extend(capture::lost(&capture::read(root)?, &run));
    let raised: BTreeSet<&str> = suites.iter().flat_map(|suite| &suite.records).map(|record| &*record.code).collect();
    let active = || catalogue.errors.iter().filter(|entry| entry.status == Status::Active);
    let missing: Vec<&str> = active().map(|entry| &*entry.code).filter(|code| !raised.contains(code)).collect();
    println!("{} of {} active codes were raised by a scenario", active().count() - missing.len(), active().count());
    complaints.extend(missing.iter().map(|code| format!("{code}: active, and no scenario raised it")));
    if complaints.is_empty() { Ok(()) } else { Err(complaints) }
}

/// Commits what a run raised, and the report that follows from it.
pub fn capture(root: &Path, directory: &str) -> Result<(), Complaints> {
    let catalogue = lint::load(root)?;
    let suites = read(Path::new(directory))?;
    let records: Vec<&Record> = suites.iter().flat_map(|suite| &suite.records).collect();
    let complaints: Complaints = records.iter().flat_map(|record| wrong(record, &catalogue)).collect();
    if !complaints.is_empty() {
        return Err(complaints);
    }
    capture::write(root, capture::of(records.into_iter()))?;
    report::print(root)
}

/// All records of a run, in no particular order.
fn read(directory: &Path) -> Result<Vec<Suite>, Complaints> {
    let entries = fs::read_dir(directory).map_err(|error| vec![format!("{}: {error}", directory.display())])?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut suites = Vec::new();
    for path in paths.filter(|path| path.extension().is_some_and(|ending| ending == "jsonl")) {
        let text = fs::read_to_string(&path).map_err(|error| vec![format!("{}: {error}", path.display())])?;
        let mut suite = Suite::default();
        for (at, line) in text.lines().enumerate() {
            match serde_json::from_str(line) {
                Ok(Line::Wire(wire)) => suite.wires.push(wire),
                Ok(Line::Record(record)) => suite.records.push(record),
                Err(error) => return Err(vec![format!("{}:{}: {error}", path.display(), at + 1)]),
            }
        }
        suites.push(suite);
    }
    Ok(suites)
}

/// What in a record is not as the catalogue says.
fn wrong(record: &Record, catalogue: &Catalogue) -> Complaints {
    let Some(entry) = catalogue.entry(&record.code) else { return vec!["not in the catalogue".into()] };
    let mut complaints = Vec::new();
    if entry.status != Status::Active {
        complaints.push(format!("it is {} and was raised", entry.status));
    }
    let operation = Operation::from_name(&record.operation);
    if !operation.is_some_and(|operation| entry.operations.contains(&operation)) {
        complaints.push(format!("does not come from {}", record.operation));
    }
    if entry.raised_by != RaisedBy::Both && entry.raised_by.as_str() != record.raised_by {
        complaints.push(format!("raised by the {}, the catalogue says {}", record.raised_by, entry.raised_by));
    }
    complaints.extend(wrong_problem(&record.problem, entry));
    if let (Some(shown), Some(operation)) = (&record.opentok, operation) {
        complaints.extend(wrong_opentok(shown, entry, operation, catalogue));
    }
    complaints
}

fn wrong_problem(problem: &Value, entry: &Entry) -> Complaints {
    let expected = [
        ("/type", Value::from(format!("/errors/{}", entry.code))),
        ("/title", entry.title.as_str().into()),
        ("/status", entry.http_status.into()),
        ("/code", entry.code.as_str().into()),
        ("/class", entry.class.as_str().into()),
        ("/effect", entry.effect.as_str().into()),
        ("/retry/how", entry.retry.how.as_str().into()),
        ("/detail", filled(&entry.message, &problem["args"]).into()),
        ("/actions/user", entry.user.as_str().into()),
        ("/actions/developer", entry.developer.as_str().into()),
        ("/actions/operator", entry.operator.as_str().into()),
    ];
    let differs = expected.iter().filter(|(pointer, value)| problem.pointer(pointer) != Some(value));
    let mut complaints: Complaints =
        differs.map(|(pointer, value)| format!("{pointer} is not {value} in {problem}")).collect();
    let public: BTreeSet<&str> =
        entry.args.iter().filter(|arg| arg.visibility == Visibility::Public).map(|arg| &*arg.name).collect();
    let none = Map::new();
    let sent = problem["args"].as_object().unwrap_or(&none).keys().map(|name| &**name).collect();
    if public != sent {
        complaints.push(format!("args {sent:?}, the catalogue says {public:?}"));
    }
    complaints
}

/// The catalogue's message with these args; what an arg contains is not looked at again.
fn filled(message: &str, args: &Value) -> String {
    let mut pieces = message.split('{');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (tag, rest) = piece.split_once('}').unwrap_or((piece, ""));
        match &args[tag] {
            Value::String(shown) => text += shown,
            other => text += &other.to_string(),
        }
        text += rest;
    }
    text
}

fn wrong_opentok(shown: &OpenTok, entry: &Entry, operation: Operation, catalogue: &Catalogue) -> Option<String> {
    let form = catalogue.dialects.get("opentok")?.form(entry, operation)?;
    // Its REST API says the HTTP status where it has no number; refused authentication is always 403.
    let status = if entry.http_status == 401 { 403 } else { entry.http_status };
    let by_status = shown.name.is_none() && shown.code == i64::from(status);
    let same = shown.code == form.vendor_code && shown.name.as_ref().is_none_or(|name| *name == form.name);
    (!same && !by_status).then(|| {
        format!(
            "OpenTok's form is {:?} {}, the dialect says {} {}",
            shown.name, shown.code, form.name, form.vendor_code
        )
    })
}

/// Codes on a wire that are not in the catalogue, and internal defects that no scenario meant.
fn stray(suite: &Suite, catalogue: &Catalogue) -> Complaints {
    let mut complaints = Vec::new();
    for wire in &suite.wires {
        let unknown =
            wire.codes.keys().filter(|code| catalogue.entry(code).is_none_or(|entry| entry.status != Status::Active));
        complaints.extend(unknown.map(|code| format!("{}: {code} left a server, and is not active", wire.scenario)));
        // A record is named after its test, with the suite's name in front where one server serves many tests.
        let of_this = suite.records.iter().filter(|record| record.scenario.split(": ").next() == Some(&*wire.scenario));
        let meant = of_this.filter(|record| record.code == "INTERNAL").count() as u64;
        let internal = wire.codes.get("INTERNAL").copied().unwrap_or(0);
        if internal > meant {
            complaints.push(format!("{}: {internal} internal defects, {meant} of them meant", wire.scenario));
        }
    }
    complaints
}
