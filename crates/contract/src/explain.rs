//! Finds what somebody means by an error they have seen, and explains it in a terminal.
//!
//! The question may be one of our codes, a cause, or whatever a vendor's client printed: `1500`, `0x4004`, `trtc:-10012`,
//! `OT_ICE_WORKFLOW_FAILED`. Anything else is searched for.

use std::fmt::Write;

use crate::cause::{CAUSES, CauseEntry};
use crate::fault::{Code, Effect, Entry, Fault, Operation, RaisedBy, RetryHow, Status};
use crate::generated::vendors::VENDORS;
use crate::render::{Dialect, Form};
use crate::search::{Hit, search};

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

/// What has exactly this name or number. A vendor in front (`trtc:-10012`) leaves only its own.
pub fn find(question: &str) -> Option<Meaning> {
    let question = question.trim();
    if let Some((vendor, rest)) = question.split_once(':') {
        let dialect = Dialect::ALL.into_iter().find(|dialect| dialect.as_str().eq_ignore_ascii_case(vendor.trim()))?;
        return vendor_meaning(rest.trim(), |identity| identity.dialect == dialect);
    }
    if let Some(code) = Code::from_name(&question.to_ascii_uppercase()) {
        return Some(Meaning::Code(code.entry()));
    }
    if let Some(cause) = CAUSES.iter().find(|cause| cause.id == question.to_ascii_lowercase()) {
        return Some(Meaning::Cause(cause));
    }
    vendor_meaning(question, |_| true)
}

fn vendor_meaning(question: &str, wanted: impl Fn(&Identity) -> bool) -> Option<Meaning> {
    let identities = VENDORS.iter().filter(|identity| wanted(identity) && identity.answers(question));
    let identities: Vec<&Identity> = identities.collect();
    (!identities.is_empty()).then_some(Meaning::Vendor(identities))
}

/// The answer for a terminal, or `None` when nothing fits.
pub fn explain(question: &str) -> Option<String> {
    match find(question) {
        Some(Meaning::Code(entry)) => Some(explain_code(entry)),
        Some(Meaning::Cause(cause)) => Some(explain_cause(cause)),
        Some(Meaning::Vendor(identities)) => Some(explain_identities(&identities)),
        None => found(question),
    }
}

/// Nothing has that name; what it may be about.
fn found(question: &str) -> Option<String> {
    let hits = search(question);
    let mut out = format!("Nothing is called {question:?}. What fits it, best first:\n\n");
    for hit in &hits.best {
        let (name, title) = match hit {
            Hit::Code(entry) => (entry.code.as_str(), entry.title),
            Hit::Vendor(identity) => (identity.id, identity.note),
            Hit::Cause(cause) => (cause.id, cause.title),
        };
        let _ = writeln!(out, "  {name:<28}{}", wrap(title, "                              "));
    }
    if hits.left_out > 0 {
        let _ = writeln!(out, "\nand {} more.", hits.left_out);
    }
    (!hits.best.is_empty()).then_some(out)
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

    /// Whether a client that is given this form sees the number or name.
    pub(crate) fn is_shown_by(&self, form: &Form) -> bool {
        match self.kind {
            IdentityKind::Code | IdentityKind::Hex => number(self.id) == Some(form.code),
            IdentityKind::Name => self.id == form.name,
            IdentityKind::Account | IdentityKind::Room => number(self.id) == Some(form.extra_code),
        }
    }
}

fn number(text: &str) -> Option<i64> {
    match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

fn explain_code(entry: &'static Entry) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{}  {}\n{}\n\n{}",
        entry.code,
        entry.title,
        wrap(&facts_line(entry), ""),
        wrap(entry.explanation, "")
    );
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
    let seen = Fault::captured(entry.code);
    let _ = writeln!(out, "\nExample\n  {}\n  {}", wrap(&example_words(entry), "  "), wrap(&seen.detail(), "  "));
    if let Some(cause) = seen.cause() {
        let facts: Vec<&str> = cause.evidence.iter().map(|evidence| &*evidence.fact).collect();
        let line = format!("cause {} ({}): {}", cause.id, cause.confidence, facts.join("; "));
        let _ = writeln!(out, "  {}", wrap(&line, "    "));
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
fn facts_line(entry: &Entry) -> String {
    format!(
        "{} · {} · retry: {} · HTTP {} · raised by {}",
        entry.class,
        effect_words(entry),
        retry_words(entry),
        entry.http_status,
        raised_by_words(entry)
    )
}

pub(crate) fn effect_words(entry: &Entry) -> &'static str {
    match entry.effect {
        Effect::OperationFails => "only this operation fails",
        Effect::StreamEnds => "the stream ends",
        Effect::ConnectionCloses => "the connection closes",
        Effect::SessionCloses => "the session ends for everybody",
        Effect::ProcessEnds => "the server does not start",
    }
}

pub(crate) fn raised_by_words(entry: &Entry) -> &'static str {
    match entry.raised_by {
        RaisedBy::Server => "the server",
        RaisedBy::Sdk => "the SDK in the browser",
        RaisedBy::Both => "the server or the SDK, whichever notices first",
    }
}

pub(crate) fn retry_words(entry: &Entry) -> String {
    match (entry.retry.how, entry.retry.after_ms) {
        (RetryHow::Never, _) => "no, the same attempt fails again".to_owned(),
        (RetryHow::After, after_ms) => format!("after {} s", after_ms.unwrap_or_default() as f64 / 1000.0),
        (RetryHow::Same, _) => "at once".to_owned(),
        (RetryHow::Reconnect, _) => "on a new connection".to_owned(),
        (RetryHow::NewToken, _) => "with a new token".to_owned(),
        (RetryHow::UserGesture, _) => "after a click of the user".to_owned(),
    }
}

/// What a dialect makes of a code in each operation.
pub(crate) fn forms_of(entry: &'static Entry, dialect: Dialect) -> impl Iterator<Item = (Operation, &'static Form)> {
    entry.operations.iter().map(move |operation| (*operation, dialect.table().form(entry.code, *operation)))
}

/// How a dialect shows a code, with the operations for which it does so.
pub(crate) fn forms(entry: &'static Entry, dialect: Dialect) -> Vec<(String, Vec<Operation>)> {
    let mut forms: Vec<(String, Vec<Operation>)> = Vec::new();
    for (operation, form) in forms_of(entry, dialect) {
        let code = match dialect {
            _ if form.code == 0 => String::new(),
            Dialect::Trtc => format!("0x{:x}", form.code),
            _ => form.code.to_string(),
        };
        let extra = if form.extra_code == 0 { String::new() } else { format!("/ {}", form.extra_code) };
        let words = [code, extra, form.name.to_owned()];
        let shown = words.iter().filter(|word| !word.is_empty()).cloned().collect::<Vec<_>>().join(" ");
        match forms.iter_mut().find(|(known, _)| *known == shown) {
            Some((_, operations)) => operations.push(operation),
            None => forms.push((shown, vec![operation])),
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

/// Where the example of a code comes from.
pub(crate) fn example_words(entry: &Entry) -> String {
    match &entry.captured {
        Some(captured) => {
            let how = if captured.is_real { "met its real condition" } else { "provoked it in the sandbox" };
            format!("As received when the test {} {how}; what differs each time is an example.", captured.scenario)
        }
        None => "Made from the catalogue; no test run has recorded it.".to_owned(),
    }
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
    fn a_vendor_in_front_leaves_only_its_own() {
        assert!(explain("trtc:-10012").unwrap().starts_with("TRTC -10012"));
        assert!(explain("WatchTogether: TOKEN_EXPIRED").unwrap().contains("1100"));
        assert_eq!(explain("trtc:1500"), None);
    }

    #[test]
    fn what_has_no_such_name_is_searched_for() {
        assert!(explain("uses it another program").unwrap().contains("  DEVICE_IN_USE"));
        assert!(explain("token expired").unwrap().contains("  TOKEN_EXPIRED"));
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
