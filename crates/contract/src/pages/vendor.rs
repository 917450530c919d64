//! The page of a vendor's number or name: "I see 1500: what now?"

use std::collections::BTreeSet;
use std::fmt::Write;

use super::code::words;
use super::{Text, document, link};
use crate::explain::{Identity, IdentityKind, forms_of};
use crate::fault::{Code, Operation, RaisedBy, Status};
use crate::problem::DOCUMENTATION_PATH;

pub fn page(name: &str, identities: &[&Identity]) -> String {
    let first = identities.first().map_or(name, |identity| identity.id);
    let mut body = format!("<h1>{}</h1>\n<p class=\"lead\">{}</p>\n", Text(first), lead(identities));
    for identity in identities {
        let _ = writeln!(body, "<h2>{}</h2>\n<p>{}</p>", place(identity), Text(identity.note));
        if identity.codes.is_empty() {
            body += "<p class=\"never\">This cannot happen here.</p>\n";
        }
        meanings(
            &mut body,
            identity.codes.iter().map(|code| (*code, Text(code.entry().actions.developer).to_string())),
        );
    }
    let others = also_shown(identities);
    if !others.is_empty() {
        let _ = writeln!(body, "<h2>Also shown as {}</h2>", Text(first));
        let operations =
            |operations: &[Operation]| operations.iter().map(|one| words(*one)).collect::<Vec<_>>().join(", ");
        meanings(
            &mut body,
            others.iter().map(|(code, from)| {
                (*code, format!("{} <small>{}</small>", Text(code.entry().actions.developer), operations(from)))
            }),
        );
    }
    document(first, "", &body)
}

fn lead(identities: &[&Identity]) -> &'static str {
    match identities.iter().flat_map(|identity| identity.codes).collect::<BTreeSet<_>>().len() {
        0 => "No app meets this here.",
        1 => "One failure is shown like this; here is what to do about it.",
        _ => {
            "Several failures share it. The error object’s <code>code</code> says which one it was; here is what to do \
             about each."
        }
    }
}

fn meanings(body: &mut String, codes: impl Iterator<Item = (Code, String)>) {
    let mut rows = String::new();
    for (code, what) in codes {
        let by_browser = if code.entry().raised_by == RaisedBy::Sdk { " <small>in the browser</small>" } else { "" };
        let title = Text(code.entry().title);
        let _ = writeln!(rows, "<div><dt>{} {title}{by_browser}</dt><dd>{what}</dd></div>", link(code));
    }
    if !rows.is_empty() {
        let _ = writeln!(body, "<dl class=\"rows\">\n{rows}</dl>");
    }
}

/// Codes that have this number or name without being what the vendor's page means by it.
fn also_shown(identities: &[&Identity]) -> Vec<(Code, Vec<Operation>)> {
    let meant = |code: &Code| identities.iter().any(|identity| identity.codes.contains(code));
    let raised = Code::ALL.iter().filter(|code| code.entry().status == Status::Active && !meant(code));
    let shown = raised.map(|code| {
        let mut from = Vec::new();
        for identity in identities {
            let fitting = forms_of(code.entry(), identity.dialect).filter(|(_, form)| identity.is_shown_by(form));
            for (operation, _) in fitting {
                if !from.contains(&operation) {
                    from.push(operation);
                }
            }
        }
        (*code, from)
    });
    shown.filter(|(_, from)| !from.is_empty()).collect()
}

/// Where the vendor's page has it.
pub fn place(identity: &Identity) -> String {
    let dialect = identity.dialect.as_str();
    let kind = match identity.kind {
        IdentityKind::Account => "at login",
        IdentityKind::Room => "at room entry",
        IdentityKind::Code | IdentityKind::Name | IdentityKind::Hex => "",
    };
    match identity.context {
        "" if kind.is_empty() => dialect.to_owned(),
        "" => format!("{dialect}, {kind}"),
        "*" => format!("{dialect}, any method"),
        context => format!("{dialect}, <code>{}</code>", Text(context)),
    }
}

pub fn identity_link(identity: &Identity) -> String {
    let id = Text(identity.id);
    format!("<a class=\"code\" href=\"{DOCUMENTATION_PATH}{id}\">{id}</a>")
}
