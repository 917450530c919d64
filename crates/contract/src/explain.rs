//! Finds what somebody means by an error they have seen, and explains it in a terminal.
//!
//! The question may be one of our codes, a cause, or whatever a vendor's client printed: `1500`, `0x4004`, `70009`,
//! `OT_ICE_WORKFLOW_FAILED`.

use std::fmt::Write;

use crate::cause::{CAUSES, CauseEntry};
use crate::fault::{Code, Entry, Operation, RaisedBy, RetryHow, Status};
use crate::generated::vendors::VENDORS;
use crate::render::Dialect;

/// What a vendor's page lists, and what it means here.
#[derive(Debug)]
pub struct Identity {
    pub dialect: Dialect,
    pub kind: IdentityKind,
    pub id: &'static str,
    /// The vendor's method, or the name of the number.
    pub context: &'static str,
    /// `None`: any.
    pub operation: Option<Operation>,
    /// Empty when nobody can meet it; `note` says why.
    pub codes: &'static [Code],
    pub note: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityKind {
    Code,
    Name,
    Hex,
    Account,
    Room,
}

/// What a question was found to mean.
#[derive(Debug)]
pub enum Meaning {
    Code(&'static Entry),
    Cause(&'static CauseEntry),
    /// Everything with that number or name on the vendors' pages.
    Vendor(Vec<&'static Identity>),
}

pub fn find(question: &str) -> Option<Meaning> {
    let question = question.trim();
    if let Some(code) = Code::from_name(&question.to_ascii_uppercase()) {
        return Some(Meaning::Code(code.entry()));
    }
    if let Some(cause) = CAUSES.iter().find(|cause| cause.id == question.to_ascii_lowercase()) {
        return Some(Meaning::Cause(cause));
    }
    let identities: Vec<&Identity> = VENDORS.iter().filter(|identity| identity.answers(question)).collect();
    (!identities.is_empty()).then_some(Meaning::Vendor(identities))
}

/// The answer for a terminal, or `None` when nothing is known by that name.
pub fn explain(question: &str) -> Option<String> {
    Some(match find(question)? {
        Meaning::Code(entry) => explain_code(entry),
        Meaning::Cause(cause) => explain_cause(cause),
        Meaning::Vendor(identities) => explain_identities(&identities),
    })
}

impl Identity {
    pub fn all() -> &'static [Identity] {
        &VENDORS
    }

    /// Numbers match in decimal and in hexadecimal; names without regard to case.
    fn answers(&self, question: &str) -> bool {
        // A context may be the number's name (`JOIN_ROOM_FAILED`); where it is a method it is no answer.
        let named = self.context.contains('_') && question.eq_ignore_ascii_case(self.context);
        if named || question.eq_ignore_ascii_case(self.id) {
            return true;
        }
        number(question).is_some_and(|asked| number(self.id) == Some(asked))
    }
}

fn number(text: &str) -> Option<i64> {
    match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

fn explain_code(entry: &Entry) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}  {}\n{}\n\n{}", entry.code, entry.title, facts_line(entry), wrap(entry.explanation, ""));
    if entry.status == Status::Planned {
        out.push_str("\nNothing raises this code yet.\n");
    }
    out.push_str("\nCauses\n");
    for cause in entry.causes {
        let _ = writeln!(out, "  - {}", wrap(cause, "    "));
    }
    out.push_str("\nWhat to do\n");
    for (who, what) in
        [("user", entry.actions.user), ("developer", entry.actions.developer), ("operator", entry.actions.operator)]
    {
        let _ = writeln!(out, "  {who:<11}{}", wrap(what, "             "));
    }
    out.push_str("\nShown as\n");
    for dialect in Dialect::ALL {
        for (shown, operations) in forms(entry, dialect) {
            let operations: Vec<&str> = operations.iter().map(|operation| operation.as_str()).collect();
            let line = format!("{shown}: {}", operations.join(", "));
            let _ = writeln!(out, "  {:<15}{}", dialect.as_str(), wrap(&line, "                 "));
        }
    }
    out
}

/// Class, effect, retry and HTTP status in one line.
pub(crate) fn facts_line(entry: &Entry) -> String {
    let effect = entry.effect.as_str().replace('_', " ");
    let by = match entry.raised_by {
        RaisedBy::Server => "server",
        RaisedBy::Sdk => "SDK",
        RaisedBy::Both => "server or SDK",
    };
    format!(
        "{} · {effect} · retry: {} · HTTP {} · raised by the {by}",
        entry.class,
        retry_words(entry),
        entry.http_status
    )
}

fn retry_words(entry: &Entry) -> String {
    match (entry.retry.how, entry.retry.after_ms) {
        (RetryHow::After, Some(after_ms)) => format!("after {after_ms} ms"),
        (RetryHow::Same, _) => "at once".to_owned(),
        (RetryHow::Reconnect, _) => "on a new connection".to_owned(),
        (RetryHow::NewToken, _) => "with a new token".to_owned(),
        (RetryHow::UserGesture, _) => "after a click of the user".to_owned(),
        (how, _) => how.as_str().to_owned(),
    }
}

/// How a dialect shows a code, with the operations for which it does so.
pub(crate) fn forms(entry: &Entry, dialect: Dialect) -> Vec<(String, Vec<Operation>)> {
    let mut forms: Vec<(String, Vec<Operation>)> = Vec::new();
    for operation in entry.operations {
        let form = dialect.table().form(entry.code, *operation);
        let code = match dialect {
            _ if form.code == 0 => String::new(),
            Dialect::Trtc => format!("0x{:x}", form.code),
            _ => form.code.to_string(),
        };
        let extra = if form.extra_code == 0 { String::new() } else { format!("/ {}", form.extra_code) };
        let words = [code, extra, form.name.to_owned()];
        let shown = words.iter().filter(|word| !word.is_empty()).cloned().collect::<Vec<_>>().join(" ");
        match forms.iter_mut().find(|(known, _)| *known == shown) {
            Some((_, operations)) => operations.push(*operation),
            None => forms.push((shown, vec![*operation])),
        }
    }
    forms
}

fn explain_cause(cause: &CauseEntry) -> String {
    let ruled_out = cause.ruled_out.join(", ");
    format!(
        "{}  {}\nstage {}\n\n{}\nRuled out: {ruled_out}\n",
        cause.id,
        cause.title,
        cause.stage,
        wrap(cause.advice, "")
    )
}

fn explain_identities(identities: &[&Identity]) -> String {
    let mut out = String::new();
    for identity in identities {
        let place =
            if identity.context.is_empty() || identity.context == "*" { "any method" } else { identity.context };
        let _ =
            writeln!(out, "{} {} ({place})\n  {}", identity.dialect.as_str(), identity.id, wrap(identity.note, "  "));
        if identity.codes.is_empty() {
            out.push_str("  This cannot happen here.\n");
        }
        for code in identity.codes {
            let _ = writeln!(out, "  {:<28}{}", code.as_str(), code.entry().title);
        }
        out.push('\n');
    }
    if identities.iter().any(|identity| !identity.codes.is_empty()) {
        out.push_str(
            "The error object's `code` tells which of them it was; ask again with it for causes and actions.\n",
        );
    }
    out
}

/// Breaks a paragraph into lines of at most 100 characters, all but the first behind `indent`.
fn wrap(text: &str, indent: &str) -> String {
    let mut out = String::new();
    let mut width = indent.len();
    for word in text.split_whitespace() {
        let needed = word.chars().count() + 1;
        if width + needed > 100 {
            let _ = write!(out, "\n{indent}");
            width = indent.len();
        } else if !out.is_empty() {
            out.push(' ');
        }
        out += word;
        width += needed;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_codes_are_found_however_they_are_typed() {
        for question in ["TOKEN_EXPIRED", "token_expired", " Token_Expired "] {
            assert!(explain(question).unwrap().starts_with("TOKEN_EXPIRED  The token has expired"), "{question}");
        }
    }

    #[test]
    fn a_vendor_number_lists_every_meaning_it_has() {
        let text = explain("1500").unwrap();
        assert!(text.contains("OpenTok 1500 (Session.publish)"), "{text}");
        assert!(text.contains("PERMISSION_DENIED") && text.contains("CAPTURE_DENIED"), "{text}");
    }

    #[test]
    fn vendor_names_and_hexadecimal_numbers_are_found() {
        assert!(explain("OT_ICE_WORKFLOW_FAILED").unwrap().contains("ICE_FAILED"));
        let hexadecimal = explain("0x404B").unwrap();
        assert_eq!(explain("16459"), Some(hexadecimal));
        assert!(explain("JOIN_ROOM_FAILED").unwrap().contains("TRTC 0x4004"));
        assert!(explain("70009").unwrap().contains("TOKEN_SIGNATURE_INVALID"));
    }

    #[test]
    fn what_cannot_happen_here_is_said_with_the_reason() {
        let text = explain("1026").unwrap();
        assert!(text.contains("cannot happen here") && text.contains("export"), "{text}");
    }

    #[test]
    fn causes_are_explained_too() {
        assert!(explain("udp_blocked_outbound").unwrap().contains("stage ice"));
    }

    #[test]
    fn nothing_is_known_about_nonsense() {
        for question in ["", "NO_SUCH_CODE", "99999", "*"] {
            assert_eq!(explain(question), None, "{question:?}");
        }
    }

    #[test]
    fn every_code_and_every_listed_identity_has_an_answer() {
        for code in Code::ALL {
            let text = explain(code.as_str()).unwrap();
            assert!(text.contains(code.entry().actions.operator.split(' ').next().unwrap()), "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
        }
        for identity in Identity::all() {
            assert!(explain(identity.id).is_some(), "{identity:?}");
        }
    }
}
