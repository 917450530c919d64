//! The error object on our own wires: RFC 9457 problem details with our members, the same on HTTP and on the WebSocket.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::cause::Cause;
use crate::fault::{Class, Effect, Fault, RetryHow};

/// Media type of a [`Problem`] in an HTTP body (RFC 9457, section 3).
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Where a code is explained, relative to any Exedra origin.
pub const DOCUMENTATION_PATH: &str = "/errors/";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// A URI reference to the page of the code.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    /// HTTP status; present on the WebSocket too, so that the object is the same everywhere.
    pub status: u16,
    pub detail: String,
    /// This occurrence, as the server's log knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// A string, because a newer server may send a code that this build does not know; `class` is always known.
    pub code: String,
    pub class: Class,
    pub args: Map<String, Value>,
    pub retry: Retry,
    pub effect: Effect,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    pub actions: Actions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    pub how: RetryHow,
    /// Set when `how` is `after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_ms: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actions {
    pub user: String,
    pub developer: String,
    pub operator: String,
}

impl Problem {
    pub(crate) fn of(fault: &Fault, instance: Option<&str>) -> Self {
        let entry = fault.entry();
        Problem {
            kind: format!("{DOCUMENTATION_PATH}{}", entry.code),
            title: entry.title.to_owned(),
            status: entry.http_status,
            detail: fault.detail(),
            instance: instance.map(str::to_owned),
            code: entry.code.as_str().to_owned(),
            class: entry.class,
            args: fault.args().map(|(name, value)| (name.to_owned(), value.clone())).collect(),
            retry: fault.retry(),
            effect: entry.effect,
            cause: fault.cause().cloned(),
            actions: Actions {
                user: entry.actions.user.to_owned(),
                developer: entry.actions.developer.to_owned(),
                operator: entry.actions.operator.to_owned(),
            },
        }
    }

    /// For the places of the wire that hold a problem as plain JSON.
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).expect("a problem has string keys and finite numbers only")
    }
}

impl Retry {
    pub const fn how(how: RetryHow) -> Self {
        Retry { how, after_ms: None }
    }

    pub const fn after(after_ms: u64) -> Self {
        Retry { how: RetryHow::After, after_ms: Some(after_ms) }
    }
}
