//! Why an attempt failed, decided from what both ends saw.
//!
//! The observations, the causes and the rules between them are data (`catalog/causes.toml`). [`decide`] is a pure
//! function of the observations. Invariant: what nobody observed decides nothing, in either direction.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use crate::fault::terms::Stage;
pub use crate::generated::causes::{CAUSES, FACTS, Fact};

/// A decided cause with the facts that speak for it. Public: it is part of the problem object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    /// Key of the cause in the catalogue, for example `udp_blocked_outbound`.
    pub id: String,
    pub stage: Stage,
    /// 0 to 1. A wrong confident cause is worse than none.
    pub confidence: f64,
    pub evidence: Vec<Evidence>,
    /// What the facts exclude.
    pub ruled_out: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub who: Witness,
    pub fact: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Witness {
    Server,
    Client,
}

/// A row of the catalogue's facts.
#[derive(Debug)]
pub struct FactEntry {
    pub fact: Fact,
    pub id: &'static str,
    pub who: Witness,
    pub yes: &'static str,
    pub no: &'static str,
}

/// A row of the catalogue's causes.
#[derive(Debug)]
pub struct CauseEntry {
    pub id: &'static str,
    pub stage: Stage,
    pub title: &'static str,
    pub advice: &'static str,
    pub ruled_out: &'static [&'static str],
    pub rules: &'static [Rule],
}

/// Decides for its cause when every fact is known and as stated.
#[derive(Debug)]
pub struct Rule {
    pub when: &'static [(Fact, bool)],
    pub confidence: f64,
}

/// Of a client's figures more are not repeated.
const DETAIL_CHARS_MAX: usize = 64;

/// What was observed of one attempt, by either end.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    observed: Vec<Observation>,
}

#[derive(Debug, Clone)]
struct Observation {
    fact: Fact,
    holds: bool,
    /// Figures, for the evidence: `rtt 48 ms`.
    detail: Option<String>,
}

impl Facts {
    /// A later observation of the same fact replaces the earlier one.
    pub fn observe(&mut self, fact: Fact, holds: bool) -> &mut Self {
        self.record(fact, holds, None)
    }

    /// With figures for whoever reads the evidence. They must be fit for the client's eyes: no address, no id of others.
    pub fn observe_with(&mut self, fact: Fact, holds: bool, detail: impl Into<String>) -> &mut Self {
        self.record(fact, holds, Some(detail.into()))
    }

    fn record(&mut self, fact: Fact, holds: bool, detail: Option<String>) -> &mut Self {
        self.observed.retain(|observation| observation.fact != fact);
        self.observed.push(Observation { fact, holds, detail });
        self
    }

    pub fn get(&self, fact: Fact) -> Option<bool> {
        self.find(fact).map(|observation| observation.holds)
    }

    fn find(&self, fact: Fact) -> Option<&Observation> {
        self.observed.iter().find(|observation| observation.fact == fact)
    }

    /// Takes what a browser reported (`wire::Report::facts`): under `observed` its facts by their ids, each `true` or
    /// `false`; and as `<id>_detail` the figures. A browser speaks for itself only. What it does not say, or says in a form
    /// that is not understood, stays unknown.
    pub fn observe_report(&mut self, report: &Map<String, Value>) -> &mut Self {
        let Some(observed) = report.get("observed").and_then(Value::as_object) else { return self };
        for entry in FACTS.iter().filter(|entry| entry.who == Witness::Client) {
            let Some(holds) = observed.get(entry.id).and_then(Value::as_bool) else { continue };
            let detail = observed.get(&format!("{}_detail", entry.id)).and_then(Value::as_str);
            let detail = detail.filter(|detail| detail.chars().count() <= DETAIL_CHARS_MAX);
            self.record(entry.fact, holds, detail.map(str::to_owned));
        }
        self
    }

    fn evidence(&self, rule: &Rule) -> Vec<Evidence> {
        let stated = rule.when.iter().filter_map(|(fact, _)| self.find(*fact));
        let say = |observation: &Observation| {
            let entry = &FACTS[observation.fact as usize];
            let text = if observation.holds { entry.yes } else { entry.no };
            let fact = match &observation.detail {
                Some(detail) => format!("{text} ({detail})"),
                None => text.to_owned(),
            };
            Evidence { who: entry.who, fact }
        };
        stated.map(say).collect()
    }
}

/// The most confident cause for which every observation that it needs was made. `None`: too little was seen.
pub fn decide(facts: &Facts) -> Option<Cause> {
    let holds = |rule: &&Rule| rule.when.iter().all(|(fact, expected)| facts.get(*fact) == Some(*expected));
    let fitting = CAUSES.iter().flat_map(|cause| cause.rules.iter().filter(holds).map(move |rule| (cause, rule)));
    // Of equally confident ones the first in the catalogue wins: it lists the more specific before the more general.
    let (cause, rule) = fitting.reduce(|best, next| if next.1.confidence > best.1.confidence { next } else { best })?;
    Some(Cause {
        id: cause.id.to_owned(),
        stage: cause.stage,
        confidence: rule.confidence,
        evidence: facts.evidence(rule),
        ruled_out: cause.ruled_out.iter().map(|&what| what.to_owned()).collect(),
    })
}

#[cfg(test)]
mod tests;
