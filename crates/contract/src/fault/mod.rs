//! A failure, from the place that noticed it to the edge that shows it.
//!
//! Owns the two halves of a fault: the public one (code, public args, cause) that may be shown to whoever asked, and the
//! internal one that only the operator's log may see. Must not know HTTP, WebSockets or any vendor: `render` does that.
//! Invariant: nothing given to [`Fault::because`], and no internal arg, is reachable except through [`Fault::internal`].

pub mod terms;

use std::fmt;

use serde_json::{Map, Value};

use crate::cause::Cause;
pub use crate::generated::code::Code;
use crate::generated::table;
use crate::problem::{Problem, Retry};
pub use terms::{ArgType, Blame, Class, Effect, Operation, RaisedBy, RetryHow, Status, Visibility};

/// One row of the catalogue.
#[derive(Debug)]
pub struct Entry {
    pub code: Code,
    pub class: Class,
    /// The version that first had it.
    pub since: &'static str,
    pub status: Status,
    pub blame: Blame,
    pub retry: Retry,
    pub effect: Effect,
    pub http_status: u16,
    pub raised_by: RaisedBy,
    pub operations: &'static [Operation],
    pub args: &'static [ArgSpec],
    pub title: &'static str,
    /// With `{arg}` tags.
    pub message: &'static str,
    pub explanation: &'static str,
    pub causes: &'static [&'static str],
    pub actions: Advice,
    /// How a test run met it.
    pub captured: Option<Captured>,
}

/// What a test saw of a code, without what differs between runs.
#[derive(Debug)]
pub struct Captured {
    pub scenario: &'static str,
    /// By the condition itself, not by the sandbox.
    pub is_real: bool,
    /// A JSON object; an arg that is not in it is the catalogue's example.
    pub args: &'static str,
    /// A [`Cause`] as JSON.
    pub cause: Option<&'static str>,
}

#[derive(Debug)]
pub struct ArgSpec {
    pub name: &'static str,
    pub kind: ArgType,
    pub visibility: Visibility,
    pub meaning: &'static str,
    pub example: Example,
}

#[derive(Debug, Clone, Copy)]
pub enum Example {
    String(&'static str),
    U64(u64),
    I64(i64),
    F64(f64),
    Bool(bool),
}

/// What to do next, for the three people who may be looking at the fault.
#[derive(Debug)]
pub struct Advice {
    pub user: &'static str,
    pub developer: &'static str,
    pub operator: &'static str,
}

impl Code {
    /// The catalogue's row for this code.
    pub fn entry(self) -> &'static Entry {
        &table::ENTRIES[self as usize]
    }

    pub fn class(self) -> Class {
        self.entry().class
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Made by the constructors in [`crate::faults`]; one pointer wide, so that `Result<T, Fault>` stays small.
pub struct Fault(Box<Halves>);

struct Halves {
    code: Code,
    /// Values of the catalogue's args, in its order.
    args: Vec<Value>,
    cause: Option<Cause>,
    retry_after_ms: Option<u64>,
    because: Vec<String>,
}

impl Fault {
    /// For the generated constructors, which know that the args fit the code.
    pub(crate) fn raise(code: Code, args: Vec<Value>) -> Self {
        debug_assert_eq!(args.len(), code.entry().args.len());
        Fault(Box::new(Halves { code, args, cause: None, retry_after_ms: None, because: Vec::new() }))
    }

    /// The fault with the catalogue's example args: what documentation shows and the sandbox raises.
    pub fn example(code: Code) -> Self {
        Self::raise(code, code.entry().args.iter().map(|arg| arg.example.value()).collect())
    }

    /// The fault as a test run met it; the catalogue's example where none did.
    pub fn captured(code: Code) -> Self {
        let mut fault = Self::example(code);
        let Some(captured) = &code.entry().captured else { return fault };
        let args: Map<String, Value> = serde_json::from_str(captured.args).unwrap_or_default();
        for (spec, value) in code.entry().args.iter().zip(&mut fault.0.args) {
            if let Some(seen) = args.get(spec.name) {
                *value = seen.clone();
            }
        }
        fault.0.cause = captured.cause.and_then(|cause| serde_json::from_str(cause).ok());
        fault
    }

    /// Attaches what really happened, for the log. May be called several times, outermost last.
    #[must_use]
    pub fn because(mut self, source: impl fmt::Display) -> Self {
        self.0.because.push(source.to_string());
        self
    }

    /// Attaches the decided cause with its evidence; it is public.
    #[must_use]
    pub fn with_cause(mut self, cause: Cause) -> Self {
        self.0.cause = Some(cause);
        self
    }

    /// Replaces the catalogue's waiting time where the real one is known.
    #[must_use]
    pub fn retry_after_ms(mut self, after_ms: u64) -> Self {
        self.0.retry_after_ms = Some(after_ms);
        self
    }

    pub fn code(&self) -> Code {
        self.0.code
    }

    pub fn entry(&self) -> &'static Entry {
        self.0.code.entry()
    }

    pub fn class(&self) -> Class {
        self.entry().class
    }

    pub fn effect(&self) -> Effect {
        self.entry().effect
    }

    pub fn http_status(&self) -> u16 {
        self.entry().http_status
    }

    pub fn cause(&self) -> Option<&Cause> {
        self.0.cause.as_ref()
    }

    pub fn retry(&self) -> Retry {
        match self.0.retry_after_ms {
            Some(after_ms) => Retry { how: RetryHow::After, after_ms: Some(after_ms) },
            None => self.entry().retry,
        }
    }

    /// The public args by name.
    pub fn args(&self) -> impl Iterator<Item = (&'static str, &Value)> + Clone {
        self.args_visible(Visibility::Public)
    }

    fn args_visible(&self, visibility: Visibility) -> impl Iterator<Item = (&'static str, &Value)> + Clone {
        let specs = self.entry().args.iter();
        specs
            .zip(&self.0.args)
            .filter(move |(spec, _)| spec.visibility == visibility)
            .map(|(spec, value)| (spec.name, value))
    }

    /// The catalogue's message with this fault's args.
    pub fn detail(&self) -> String {
        fill(self.entry().message, self.args())
    }

    /// The public half as the object that goes on every wire of ours. `instance` identifies this occurrence in the log.
    pub fn problem(&self, instance: Option<&str>) -> Problem {
        Problem::of(self, instance)
    }

    /// The internal half, for the operator's log and nothing else.
    pub fn internal(&self) -> Internal<'_> {
        Internal(self)
    }
}

/// Replaces `{name}` by the arg of that name, in one pass: what an arg contains is not looked at again. The lint
/// guarantees that every tag has an arg.
fn fill<'a>(template: &str, args: impl Iterator<Item = (&'static str, &'a Value)> + Clone) -> String {
    let mut pieces = template.split('{');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (tag, rest) = piece.split_once('}').unwrap_or((piece, ""));
        let value = args.clone().find(|(name, _)| *name == tag).map(|(_, value)| value);
        match value {
            Some(Value::String(shown)) => text += shown,
            Some(other) => text += &other.to_string(),
            None => {}
        }
        text += rest;
    }
    text
}

impl Example {
    pub fn value(self) -> Value {
        match self {
            Example::String(text) => text.into(),
            Example::U64(number) => number.into(),
            Example::I64(number) => number.into(),
            Example::F64(number) => number.into(),
            Example::Bool(flag) => flag.into(),
        }
    }
}

impl std::error::Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.detail())
    }
}

/// Shows the public half, as `Display` does: a fault that is printed by mistake gives nothing away.
impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fault({self})")
    }
}

pub struct Internal<'a>(&'a Fault);

impl fmt::Display for Internal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let args = self.0.args_visible(Visibility::Internal).map(|(name, value)| format!("{name}={value}"));
        let parts: Vec<String> = args.chain(self.0.0.because.iter().cloned()).collect();
        f.write_str(&parts.join("; "))
    }
}

#[cfg(test)]
mod tests;
