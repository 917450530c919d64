//! How an operation of this client can fail.

use std::fmt;

use serde_json::Value;

#[derive(Debug, Clone, PartialEq)]
pub enum ClientError {
    /// The server answered with a problem (RFC 9457).
    Refused(Problem),
    /// The signaling connection is closed.
    Closed,
    /// No answer in time.
    TimedOut { operation: &'static str },
    /// The server could not be reached, or what is there speaks another protocol.
    Unreachable(String),
    /// The server broke the protocol: a result that is not of the promised shape, an answer that does not fit the offer.
    Protocol(String),
    /// ICE or DTLS failed.
    Transport(String),
}

/// The parts of a problem object that a program acts on, and the object.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    pub code: String,
    pub title: String,
    pub object: Value,
}

impl From<Value> for Problem {
    fn from(object: Value) -> Self {
        let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { code: text("code"), title: text("title"), object }
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(problem) => write!(f, "{}: {}", problem.code, problem.title),
            Self::Closed => f.write_str("the signaling connection is closed"),
            Self::TimedOut { operation } => write!(f, "no answer to {operation} in time"),
            Self::Unreachable(why) => write!(f, "the server cannot be reached: {why}"),
            Self::Protocol(what) => write!(f, "the server broke the protocol: {what}"),
            Self::Transport(what) => write!(f, "the media transport failed: {what}"),
        }
    }
}

impl std::error::Error for ClientError {}
