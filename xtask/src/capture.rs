//! `catalog/scenarios.json`: what a test run raised, committed. One row for each code and operation, without anything that
//! differs between runs: of a frame only the args and the cause, as everything else in it is the catalogue's row, to which
//! [`crate::scenarios`] holds it. The pages of the codes show these frames as their examples.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Complaints;
use crate::scenarios::{How, Record};

const PATH: &str = "catalog/scenarios.json";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Captured {
    pub code: String,
    pub operation: String,
    pub how: How,
    /// The test that raised it.
    pub scenario: String,
    /// An app written for OpenTok saw it too.
    pub opentok: bool,
    #[serde(default, skip_serializing_if = "Frame::is_empty")]
    pub frame: Frame,
}

/// What of a frame is neither the catalogue's nor another one in the next run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// An arg that is missing differs between runs, and has the catalogue's example.
    pub args: BTreeMap<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    id: String,
    stage: String,
    confidence: f64,
    evidence: Vec<Evidence>,
    ruled_out: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Evidence {
    who: String,
    fact: String,
}

impl Frame {
    fn of(problem: &Value) -> Self {
        let args = problem["args"].as_object().into_iter().flatten();
        let args = args.filter(|(name, value)| !differs_between_runs(name, value));
        let args = args.map(|(name, value)| (name.clone(), value.clone())).collect();
        let mut cause: Option<Cause> = serde_json::from_value(problem["cause"].clone()).ok();
        for evidence in cause.iter_mut().flat_map(|cause| &mut cause.evidence) {
            // What was measured stands in brackets behind the fact: `(3 in 12.0 s)`.
            if let Some((fact, measured)) = evidence.fact.rsplit_once(" (")
                && measured.contains(|character: char| character.is_ascii_digit())
            {
                evidence.fact = fact.to_owned();
            }
        }
        Frame { args, cause }
    }

    fn is_empty(&self) -> bool {
        self.args.is_empty() && self.cause.is_none()
    }

    fn text(&self) -> String {
        serde_json::to_string(self).expect("strings and numbers")
    }
}

/// Measured times, and texts with an id, a port or a time in them.
fn differs_between_runs(name: &str, value: &Value) -> bool {
    match value {
        Value::Number(_) => name.ends_with("_ms") || name.ends_with("_s") || name.ends_with("_at"),
        Value::String(text) => {
            let words = text.split(|character: char| !character.is_ascii_alphanumeric());
            words.into_iter().any(|word| word.len() >= 4 && word.contains(|character: char| character.is_ascii_digit()))
        }
        _ => false,
    }
}

/// By code and operation.
pub type Capture = BTreeMap<(String, String), Captured>;

pub fn read(root: &Path) -> Result<Capture, Complaints> {
    let text = fs::read_to_string(root.join(PATH)).map_err(|error| vec![format!("{PATH}: {error}")])?;
    let rows: Vec<Captured> = serde_json::from_str(&text).map_err(|error| vec![format!("{PATH}: {error}")])?;
    Ok(rows.into_iter().map(|row| (key(&row.code, &row.operation), row)).collect())
}

/// A real condition before the sandbox; then the first name, so that the order in which tests run does not matter.
pub fn of<'a>(records: impl Iterator<Item = &'a Record>) -> Capture {
    let mut capture = Capture::new();
    for record in records {
        let row = Captured {
            code: record.code.clone(),
            operation: record.operation.clone(),
            how: record.how,
            scenario: record.scenario.clone(),
            opentok: record.opentok.is_some(),
            frame: Frame::of(&record.problem),
        };
        let kept = capture.entry(key(&row.code, &row.operation)).or_insert_with(|| row.clone());
        let opentok = kept.opentok || row.opentok;
        if rank(&row) < rank(kept) {
            *kept = row;
        }
        kept.opentok = opentok;
    }
    capture
}

/// The frame for the page of a code.
pub fn example<'a>(capture: &'a Capture, code: &str) -> Option<&'a Captured> {
    capture.values().filter(|row| row.code == code).min_by_key(|row| rank(row))
}

fn rank(row: &Captured) -> (How, &str, bool, String) {
    (row.how, &row.scenario, row.frame.cause.is_none(), row.frame.text())
}

/// Takes over what a run raised; what it did not run stays.
pub fn write(root: &Path, run: Capture) -> Result<(), Complaints> {
    let mut capture = read(root).unwrap_or_default();
    capture.extend(run);
    let rows: Vec<String> =
        capture.values().map(|row| serde_json::to_string(row).expect("strings and flags")).collect();
    let text = format!("[\n{}\n]\n", rows.join(",\n"));
    fs::write(root.join(PATH), text).map_err(|error| vec![format!("{PATH}: {error}")])
}

/// What was raised once and is not any more, or only by the sandbox.
pub fn lost(committed: &Capture, run: &Capture) -> Complaints {
    let lost = committed.iter().filter_map(|(key, row)| match run.get(key) {
        None => Some(format!("{} from {}: {} raised it, and nothing does now", row.code, row.operation, row.scenario)),
        Some(now) if now.how > row.how => {
            Some(format!("{} from {}: only the sandbox raises it now", row.code, row.operation))
        }
        Some(now) if now.scenario == row.scenario && row.frame.cause.is_some() && now.frame.cause.is_none() => Some(
            format!("{} from {}: {} saw it with its cause, and without now", row.code, row.operation, row.scenario),
        ),
        Some(_) => None,
    });
    lost.collect()
}

fn key(code: &str, operation: &str) -> (String, String) {
    (code.to_owned(), operation.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(how: How, scenario: &str) -> Record {
        Record {
            scenario: scenario.into(),
            code: "SESSION_FULL".into(),
            operation: "connect".into(),
            how,
            raised_by: "server".into(),
            problem: Value::Null,
            opentok: None,
        }
    }

    #[test]
    fn a_frame_is_the_same_in_the_next_run_and_may_not_lose_its_cause() {
        let seen = |id: &str, ms: u64| {
            let evidence = json!([{ "who": "server", "fact": format!("no packet arrived (0 in {ms} ms)") }]);
            let cause = json!({ "id": "x", "stage": "ice", "confidence": 0.6, "evidence": evidence, "ruled_out": [] });
            let args = json!({ "stream_id": id, "timeout_ms": ms, "limit": 8, "capability": "publish" });
            Record { problem: json!({ "args": args, "cause": cause }), ..record(How::Real, "a") }
        };
        let capture = of([&seen("b2c4f1e8", 12_001)].into_iter());
        assert_eq!(capture, of([&seen("0f5a77c1", 11_999)].into_iter()));
        let frame = &capture.values().next().unwrap().frame;
        assert_eq!(frame.args.keys().collect::<Vec<_>>(), ["capability", "limit"]);
        assert_eq!(frame.cause.as_ref().unwrap().evidence[0].fact, "no packet arrived");
        assert_eq!(lost(&capture, &of([&record(How::Real, "a")].into_iter())).len(), 1);
    }

    #[test]
    fn a_real_condition_wins_whichever_test_ran_first_and_may_not_be_lost() {
        let (real, sandbox) = (record(How::Real, "z"), record(How::Sandbox, "a"));
        let capture = of([&sandbox, &real].into_iter());
        assert_eq!(capture, of([&real, &sandbox].into_iter()));
        assert_eq!(capture.values().next().unwrap().scenario, "z");
        assert!(lost(&capture, &capture).is_empty());
        assert_eq!(lost(&capture, &of([&sandbox].into_iter())).len(), 1, "only by the sandbox");
        assert_eq!(lost(&capture, &Capture::new()).len(), 1, "not at all");
    }
}
