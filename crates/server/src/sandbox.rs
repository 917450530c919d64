//! Failures on request, for projects that are a sandbox: which rules wait, for whom, and how often they may still happen.
//!
//! Must not know how a failure is carried out: rooms, sockets and the REST API do that where they would meet the real one.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use exedra_contract::sandbox::{Action, Event, RULES_MAX, Rule};
use exedra_contract::{Fault, Operation, faults};
use tracing::info;

/// Tokens and sessions with rules at once.
const SCOPES_MAX: usize = 4_096;

/// Rules that were set over REST are forgotten after this long.
const SESSION_RULES_S_MAX: u64 = 24 * 3600;

/// To whom rules apply.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The bearers of one token, by a hash of it.
    Token(u64),
    /// Everybody in a session.
    Session(String),
}

#[derive(Default)]
pub struct Sandbox {
    waiting: Mutex<HashMap<Scope, Waiting>>,
    hasher: RandomState,
}

struct Waiting {
    rules: Vec<Rule>,
    until_s: u64,
}

impl Sandbox {
    pub fn token(&self, token: &str) -> Scope {
        Scope::Token(self.hasher.hash_one(token))
    }

    /// The rules in a token wait from its first use; what happened already does not happen again with the same token.
    pub fn arm_token(&self, scope: &Scope, rules: Vec<Rule>, until_s: u64, now_s: u64) -> Result<(), Fault> {
        let mut waiting = self.lock();
        if rules.is_empty() || waiting.contains_key(scope) {
            return Ok(());
        }
        make_room(&mut waiting, now_s)?;
        waiting.insert(scope.clone(), Waiting { rules, until_s });
        Ok(())
    }

    pub fn arm_session(&self, session_id: &str, rules: Vec<Rule>, now_s: u64) -> Result<(), Fault> {
        let mut waiting = self.lock();
        let scope = Scope::Session(session_id.to_owned());
        if !waiting.contains_key(&scope) {
            make_room(&mut waiting, now_s)?;
        }
        let until_s = now_s + SESSION_RULES_S_MAX;
        let armed = waiting.entry(scope).or_insert(Waiting { rules: Vec::new(), until_s });
        armed.rules.retain(|rule| rule.times > 0);
        if armed.rules.len() + rules.len() > RULES_MAX {
            let reason = format!("{} rules wait already, and a session has at most {RULES_MAX}", armed.rules.len());
            return Err(faults::parameter_invalid("rules", reason));
        }
        armed.rules.extend(rules);
        armed.until_s = until_s;
        Ok(())
    }

    pub fn clear(&self, session_id: &str) {
        self.lock().remove(&Scope::Session(session_id.to_owned()));
    }

    /// Waits as the rules ask for, and fails as they ask for. A request that is to go on gets `Ok`.
    pub async fn meet(&self, scopes: &[Scope], connection: Option<&str>, operation: Operation) -> Result<(), Fault> {
        let delay = self.take(scopes, connection, |action| match action {
            Action::Delay { operation: of, by_ms } if of == operation => Some(by_ms),
            _ => None,
        });
        if let Some(by_ms) = delay {
            info!(%operation, by_ms, "the sandbox delays a request");
            tokio::time::sleep(Duration::from_millis(by_ms)).await;
        }
        let failure = self.take(scopes, connection, |action| match action {
            Action::Fail { operation: of, code } if of == operation => Some(code),
            _ => None,
        });
        match failure {
            Some(code) => {
                info!(%operation, %code, "the sandbox makes a request fail");
                Err(Fault::example(code).because("provoked by the sandbox"))
            }
            None => Ok(()),
        }
    }

    /// What happens to this connection without being asked for, and after how long.
    pub fn events(&self, scopes: &[Scope], connection: &str) -> Vec<(Duration, Event)> {
        let next = || {
            self.take(scopes, Some(connection), |action| match action {
                Action::Happen { after_ms, what } => Some((Duration::from_millis(after_ms), what)),
                _ => None,
            })
        };
        // Each event once, however often it may still happen to others.
        let mut events = Vec::new();
        while let Some(event) = next().filter(|event| !events.contains(event)) {
            events.push(event);
        }
        events
    }

    /// Uses up one rule that fits.
    fn take<T>(&self, scopes: &[Scope], connection: Option<&str>, wanted: impl Fn(Action) -> Option<T>) -> Option<T> {
        let mut waiting = self.lock();
        for scope in scopes {
            let Some(armed) = waiting.get_mut(scope) else { continue };
            let fits = |rule: &&mut Rule| rule.connection.is_none() || rule.connection.as_deref() == connection;
            let live = armed.rules.iter_mut().filter(|rule| rule.times > 0).filter(fits);
            for rule in live {
                if let Some(found) = wanted(rule.action) {
                    rule.times -= 1;
                    return Some(found);
                }
            }
        }
        None
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Scope, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn make_room(waiting: &mut HashMap<Scope, Waiting>, now_s: u64) -> Result<(), Fault> {
    if waiting.len() >= SCOPES_MAX {
        waiting.retain(|_, armed| armed.until_s > now_s && armed.rules.iter().any(|rule| rule.times > 0));
    }
    if waiting.len() >= SCOPES_MAX {
        return Err(faults::server_overloaded("sandbox rules", SCOPES_MAX as u64));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use exedra_contract::{Code, sandbox};
    use serde_json::json;

    use super::*;

    fn rules(json: serde_json::Value) -> Vec<Rule> {
        sandbox::read(&json).unwrap()
    }

    fn scope(n: usize) -> Scope {
        Scope::Token(n as u64)
    }

    async fn code(sandbox: &Sandbox, scopes: &[Scope], connection: &str, operation: Operation) -> Option<Code> {
        sandbox.meet(scopes, Some(connection), operation).await.err().map(|fault| fault.code())
    }

    #[tokio::test]
    async fn a_rule_happens_as_often_as_it_says_to_whom_it_says_and_not_again_with_the_same_token() {
        let sandbox = Sandbox::default();
        let own = [scope(1), Scope::Session("s".into())];
        let publish = json!({ "operation": "publish", "fail": "STREAM_LIMIT_EXCEEDED", "times": 2 });
        sandbox.arm_token(&own[0], rules(json!([publish])), 100, 1).unwrap();
        assert_eq!(code(&sandbox, &own, "a", Operation::Signal).await, None, "another operation");
        assert_eq!(code(&sandbox, &[scope(2)], "a", Operation::Publish).await, None, "another token");
        for _ in 0..2 {
            assert_eq!(code(&sandbox, &own, "a", Operation::Publish).await, Some(Code::StreamLimitExceeded));
        }
        sandbox.arm_token(&own[0], rules(json!([publish])), 100, 1).unwrap();
        assert_eq!(code(&sandbox, &own, "a", Operation::Publish).await, None, "used up");

        let signal = json!([{ "operation": "signal", "fail": "SIGNAL_RATE_LIMITED", "connection": "b" }]);
        sandbox.arm_session("s", rules(signal), 1).unwrap();
        assert_eq!(code(&sandbox, &own, "a", Operation::Signal).await, None, "another connection");
        assert_eq!(code(&sandbox, &own, "b", Operation::Signal).await, Some(Code::SignalRateLimited));
    }

    #[tokio::test]
    async fn the_table_and_the_rules_of_a_session_are_bounded() {
        let sandbox = Sandbox::default();
        let one = || rules(json!([{ "drop_media": { "for_ms": 1 } }]));
        for n in 0..SCOPES_MAX {
            sandbox.arm_token(&scope(n), one(), 100, 1).unwrap();
        }
        let refused = sandbox.arm_token(&scope(SCOPES_MAX), one(), 100, 1).unwrap_err();
        assert_eq!(refused.code(), Code::ServerOverloaded);
        sandbox.arm_token(&scope(SCOPES_MAX), one(), 200, 101).expect("what has expired makes room");

        for _ in 0..RULES_MAX {
            sandbox.arm_session("s", one(), 101).unwrap();
        }
        assert_eq!(sandbox.arm_session("s", one(), 101).unwrap_err().code(), Code::ParameterInvalid);
        // What has happened makes room.
        assert_eq!(sandbox.events(&[Scope::Session("s".into())], "a").len(), 1);
        sandbox.arm_session("s", one(), 101).unwrap();
        sandbox.clear("s");
        sandbox.arm_session("s", one(), 101).unwrap();
    }
}
