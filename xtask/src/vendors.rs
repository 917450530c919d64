//! The check list of the vendors' pages: nothing on them may be missing, and every claim must agree with the dialect maps.

use std::collections::BTreeSet;

use crate::Complaints;
use crate::catalogue::{Catalogue, Classification, Dialect, Form, Identity, Kind};
use crate::terms::{Operation, RaisedBy};

pub fn lint(catalogue: &Catalogue) -> Complaints {
    let mut complaints = missing(catalogue);
    for (vendor, table) in &catalogue.vendors {
        let Some(dialect) = catalogue.dialects.get(vendor) else {
            complaints.push(format!("vendor {vendor} has no dialect"));
            continue;
        };
        for identity in &table.identity {
            let what = lint_identity(identity, dialect, catalogue);
            let place = format!("vendor {vendor}: {} {} {}", identity.kind.as_str(), identity.id, identity.context);
            complaints.extend(what.into_iter().map(|what| format!("{place}: {what}")));
        }
    }
    complaints
}

/// What is listed and not classified, or classified and not listed.
fn missing(catalogue: &Catalogue) -> Complaints {
    let listed: BTreeSet<(&str, &str, &str, &str)> =
        catalogue.listed.iter().map(|row| (&*row.vendor, &*row.kind, &*row.id, &*row.context)).collect();
    let classified: BTreeSet<(&str, &str, &str, &str)> = catalogue
        .vendors
        .iter()
        .flat_map(|(vendor, table)| {
            table.identity.iter().map(move |row| (&**vendor, row.kind.as_str(), &*row.id, &*row.context))
        })
        .collect();
    let unclassified =
        listed.difference(&classified).map(|row| format!("{row:?} is on a vendor's page and not classified"));
    let unlisted = classified.difference(&listed).map(|row| format!("{row:?} is classified and on no vendor's page"));
    unclassified.chain(unlisted).collect()
}

fn lint_identity(identity: &Identity, dialect: &Dialect, catalogue: &Catalogue) -> Complaints {
    let mut complaints = Vec::new();
    if identity.note.trim().is_empty() {
        complaints.push("no note".to_owned());
    }
    if (identity.class == Classification::Unreachable) != identity.codes.is_empty() {
        complaints.push("an identity is either unreachable or has codes".to_owned());
    }
    let mut by_server = false;
    for code in &identity.codes {
        let Some(entry) = catalogue.entry(code) else {
            complaints.push(format!("unknown code {code}"));
            continue;
        };
        by_server |= entry.raised_by != RaisedBy::Sdk;
        // For an identity of any method it is enough that one operation of the code shows it.
        let operations = match &*identity.operation {
            "*" => entry.operations.clone(),
            name => Operation::from_name(name).into_iter().collect(),
        };
        let shown: Vec<&Form> = operations.iter().filter_map(|operation| dialect.form(entry, *operation)).collect();
        if !shown.iter().any(|form| shows(form, identity)) {
            let forms: Vec<String> =
                shown.iter().map(|form| format!("{}/{} {}", form.vendor_code, form.extra_code, form.name)).collect();
            complaints.push(format!("{code} is shown as {}", forms.join(", ")));
        }
    }
    let claimed = identity.class == Classification::Mapped;
    if !identity.codes.is_empty() && claimed != by_server {
        complaints.push(format!("classified {}, but by_server is {by_server}", identity.class.as_str()));
    }
    complaints
}

fn shows(form: &Form, identity: &Identity) -> bool {
    match identity.kind {
        Kind::Code => identity.id.parse() == Ok(form.vendor_code),
        Kind::Name => identity.id == form.name,
        Kind::Hex => {
            identity.id.strip_prefix("0x").and_then(|hex| i64::from_str_radix(hex, 16).ok()) == Some(form.vendor_code)
        }
        Kind::Account | Kind::Room => identity.id.parse() == Ok(form.extra_code),
    }
}
