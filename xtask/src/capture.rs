//! `catalog/scenarios.json`: what a test run raised, committed. One row for each code and operation, without anything that
//! differs between runs; the frames themselves are held to the catalogue, and so to the examples on its pages, by
//! [`crate::scenarios`].

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Complaints;
use crate::scenarios::{How, Record};

const PATH: &str = "catalog/scenarios.json";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Captured {
    pub code: String,
    pub operation: String,
    pub how: How,
    /// The test that raised it.
    pub scenario: String,
    /// An app written for OpenTok saw it too.
    pub opentok: bool,
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
        };
        let kept = capture.entry(key(&row.code, &row.operation)).or_insert_with(|| row.clone());
        let opentok = kept.opentok || row.opentok;
        if (row.how, &row.scenario) < (kept.how, &kept.scenario) {
            *kept = row;
        }
        kept.opentok = opentok;
    }
    capture
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
        Some(_) => None,
    });
    lost.collect()
}

fn key(code: &str, operation: &str) -> (String, String) {
    (code.to_owned(), operation.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

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
