//! Failures on request: the rules with which a customer provokes what their app must be able to show.
//!
//! Owns what a rule is, and which rules make sense. Must not know who may use them, nor how they are carried out.

use serde::Deserialize;
use serde_json::Value;

use crate::fault::{Code, Operation, RaisedBy, Status};
use crate::render::Dialect;

/// Rules in one token, and those set for one session.
pub const RULES_MAX: usize = 16;

/// How often one rule can happen.
pub const TIMES_MAX: u32 = 1_000;

/// No rule waits or lasts longer than this.
pub const RULE_MS_MAX: u64 = 600_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub action: Action,
    /// How often it happens before it is used up.
    pub times: u32,
    /// Only to this connection.
    pub connection: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The next request of this kind fails.
    Fail { operation: Operation, code: Code },
    /// The next request of this kind takes longer.
    Delay { operation: Operation, by_ms: u64 },
    /// Something happens to the connection without being asked for.
    Happen { after_ms: u64, what: Event },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// An established call fails.
    Fail(Code),
    /// No datagram of the connection's media gets through, either way.
    DropMedia { for_ms: u64 },
    /// The signaling socket closes: with a closing frame, or as when a network is gone.
    CloseSignaling { clean: bool },
}

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleProblem {
    /// `rules[0].fail`
    pub place: String,
    pub reason: String,
}

/// As it is written in JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    operation: Option<String>,
    fail: Option<Failure>,
    after_ms: Option<u64>,
    drop_media: Option<DropMedia>,
    close_signaling: Option<CloseSignaling>,
    delay: Option<Delay>,
    times: Option<u32>,
    connection: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Failure {
    Ours(String),
    Theirs(VendorFailure),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VendorFailure {
    dialect: String,
    name: Option<String>,
    code: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DropMedia {
    for_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CloseSignaling {
    #[serde(default)]
    after_ms: u64,
    #[serde(default)]
    clean: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Delay {
    operation: String,
    by_ms: u64,
}

/// Reads a list of rules; one that makes no sense refuses them all.
pub fn read(rules: &Value) -> Result<Vec<Rule>, RuleProblem> {
    let wrong = |place: &str, reason: String| RuleProblem { place: place.to_owned(), reason };
    let list = rules.as_array().ok_or_else(|| wrong("rules", "it is no array".into()))?;
    if list.len() > RULES_MAX {
        return Err(wrong("rules", format!("{} rules, at most {RULES_MAX} are taken", list.len())));
    }
    let read_one = |(at, rule): (usize, &Value)| {
        let draft = Draft::deserialize(rule).map_err(|source| wrong(&format!("rules[{at}]"), source.to_string()))?;
        draft.check().map_err(|(field, reason)| wrong(&format!("rules[{at}]{field}"), reason))
    };
    list.iter().enumerate().map(read_one).collect()
}

type Wrong = (&'static str, String);

impl Draft {
    fn check(self) -> Result<Rule, Wrong> {
        let times = self.times.unwrap_or(1);
        if !(1..=TIMES_MAX).contains(&times) {
            return Err((".times", format!("expected 1 to {TIMES_MAX}")));
        }
        if self.after_ms.is_some() && self.operation.as_deref() != Some("call") {
            return Err((".after_ms", "only what fails without being asked for (`call`) comes after a time".into()));
        }
        let action = match (self.fail, self.drop_media, self.close_signaling, self.delay) {
            (Some(failure), None, None, None) => {
                let operation = operation(".operation", self.operation.as_deref().unwrap_or_default())?;
                let code = failure.code(operation)?;
                match operation {
                    Operation::Call => {
                        let after_ms = duration(".after_ms", self.after_ms.unwrap_or(0))?;
                        Action::Happen { after_ms, what: Event::Fail(code) }
                    }
                    _ => Action::Fail { operation, code },
                }
            }
            (None, Some(drop), None, None) => {
                let for_ms = duration(".drop_media.for_ms", drop.for_ms)?;
                Action::Happen { after_ms: 0, what: Event::DropMedia { for_ms } }
            }
            (None, None, Some(close), None) => {
                let after_ms = duration(".close_signaling.after_ms", close.after_ms)?;
                Action::Happen { after_ms, what: Event::CloseSignaling { clean: close.clean } }
            }
            (None, None, None, Some(delay)) => Action::Delay {
                operation: operation(".delay.operation", &delay.operation)?,
                by_ms: duration(".delay.by_ms", delay.by_ms)?,
            },
            _ => return Err(("", "expected exactly one of fail, drop_media, close_signaling and delay".into())),
        };
        Ok(Rule { action, times, connection: self.connection })
    }
}

fn operation(field: &'static str, name: &str) -> Result<Operation, Wrong> {
    Operation::from_name(name).ok_or_else(|| (field, "expected an operation such as connect, publish or signal".into()))
}

fn duration(field: &'static str, ms: u64) -> Result<u64, Wrong> {
    if ms <= RULE_MS_MAX { Ok(ms) } else { Err((field, format!("expected at most {RULE_MS_MAX} ms"))) }
}

impl Failure {
    fn code(&self, operation: Operation) -> Result<Code, Wrong> {
        match self {
            Failure::Ours(name) => {
                let code = Code::from_name(name).ok_or((".fail", "there is no such code".to_owned()))?;
                let row = code.entry();
                let reason = match (row.status, row.raised_by) {
                    (_, RaisedBy::Sdk) => "it is raised in the browser; the server cannot make it happen",
                    (Status::Planned | Status::Retired, _) => "nothing raises it",
                    (Status::Active, _) if !row.operations.contains(&operation) => {
                        "it does not come from this operation"
                    }
                    (Status::Active, _) => return Ok(code),
                };
                Err((".fail", reason.to_owned()))
            }
            Failure::Theirs(failure) => failure.code(operation),
        }
    }
}

impl VendorFailure {
    /// The code of ours that this dialect shows so; one with a row of its own before one that its class stands for.
    fn code(&self, operation: Operation) -> Result<Code, Wrong> {
        let named = |dialect: &&Dialect| dialect.as_str().eq_ignore_ascii_case(&self.dialect);
        let dialect =
            Dialect::ALL.iter().find(named).ok_or((".fail.dialect", "there is no such dialect".to_owned()))?;
        if self.name.is_none() && self.code.is_none() {
            return Err((".fail", "expected a name, a code or both".into()));
        }
        let table = dialect.table();
        let shown_so = |code: &&Code| {
            let form = table.form(**code, operation);
            self.name.as_ref().is_none_or(|name| name == form.name)
                && self.code.is_none_or(|code| code == form.code || (code != 0 && code == form.extra_code))
        };
        let possible = || Code::ALL.iter().filter(|code| can_happen(**code, operation)).filter(shown_so);
        let has_row = |code: &&Code| table.map.iter().any(|(codes, ..)| codes.contains(code));
        let found = possible().find(has_row).or_else(|| possible().next());
        found
            .copied()
            .ok_or_else(|| (".fail", format!("no failure of {operation} is shown so in {}", dialect.as_str())))
    }
}

/// Whether the sandbox can make this operation fail with this code.
pub fn can_happen(code: Code, operation: Operation) -> bool {
    let row = code.entry();
    row.status == Status::Active && row.raised_by != RaisedBy::Sdk && row.operations.contains(&operation)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn one(rule: Value) -> Result<Action, RuleProblem> {
        read(&json!([rule])).map(|rules| rules[0].action)
    }

    #[test]
    fn every_form_of_a_rule_is_read() {
        let fail = |operation, code| Ok(Action::Fail { operation, code });
        let happen = |after_ms, what| Ok(Action::Happen { after_ms, what });
        assert_eq!(
            one(json!({ "operation": "publish", "fail": "STREAM_LIMIT_EXCEEDED", "times": 3, "connection": "c" })),
            fail(Operation::Publish, Code::StreamLimitExceeded)
        );
        assert_eq!(
            one(json!({ "operation": "call", "fail": "HEARTBEAT_LOST", "after_ms": 50 })),
            happen(50, Event::Fail(Code::HeartbeatLost))
        );
        assert_eq!(one(json!({ "drop_media": { "for_ms": 12000 } })), happen(0, Event::DropMedia { for_ms: 12_000 }));
        assert_eq!(
            one(json!({ "close_signaling": { "after_ms": 3000, "clean": false } })),
            happen(3000, Event::CloseSignaling { clean: false })
        );
        assert_eq!(
            one(json!({ "delay": { "operation": "publish", "by_ms": 10 } })),
            Ok(Action::Delay { operation: Operation::Publish, by_ms: 10 })
        );
    }

    #[test]
    fn a_vendors_name_or_number_is_a_code_that_it_shows_so() {
        for failure in [
            json!({ "dialect": "opentok", "name": "OT_STREAM_CREATE_FAILED" }),
            json!({ "dialect": "OpenTok", "code": 1500 }),
        ] {
            let Ok(Action::Fail { operation, code }) = one(json!({ "operation": "publish", "fail": failure })) else {
                panic!("{failure}")
            };
            let form = Dialect::OpenTok.table().form(code, operation);
            assert!(failure["name"].as_str().is_none_or(|name| name == form.name), "{code}");
            assert!(failure["code"].as_i64().is_none_or(|number| number == form.code), "{code}");
        }
    }

    #[test]
    fn rules_that_make_no_sense_are_refused_with_their_place() {
        let too_many = json!(vec![json!({ "drop_media": { "for_ms": 1 } }); RULES_MAX + 1]);
        assert_eq!(read(&too_many).unwrap_err().place, "rules");
        assert_eq!(read(&json!({})).unwrap_err().place, "rules");
        for (rule, place) in [
            (json!(7), "rules[0]"),
            (json!({}), "rules[0]"),
            (json!({ "fial": "X" }), "rules[0]"),
            (json!({ "fail": "STREAM_LIMIT_EXCEEDED" }), "rules[0].operation"),
            (json!({ "operation": "publish", "fail": "NO_SUCH_CODE" }), "rules[0].fail"),
            (json!({ "operation": "publish", "fail": "SESSION_FULL" }), "rules[0].fail"),
            (json!({ "operation": "capture", "fail": "CAPTURE_DENIED" }), "rules[0].fail"),
            (json!({ "operation": "publish", "fail": { "dialect": "nobody", "code": 1 } }), "rules[0].fail.dialect"),
            (json!({ "operation": "publish", "fail": { "dialect": "opentok", "code": 1 } }), "rules[0].fail"),
            (json!({ "operation": "publish", "fail": "INTERNAL", "after_ms": 1 }), "rules[0].after_ms"),
            (json!({ "drop_media": { "for_ms": RULE_MS_MAX + 1 } }), "rules[0].drop_media.for_ms"),
            (json!({ "drop_media": { "for_ms": 1 }, "times": TIMES_MAX + 1 }), "rules[0].times"),
            (json!({ "drop_media": { "for_ms": 1 }, "delay": { "operation": "publish", "by_ms": 1 } }), "rules[0]"),
        ] {
            let problem = read(&json!([rule])).unwrap_err();
            assert_eq!(problem.place, place, "{rule}: {}", problem.reason);
        }
    }
}
