//! The one report of the catalogue, and the gates that hold it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use crate::capture::{self, Capture};
use crate::catalogue::{Catalogue, Classification, Identity};
use crate::scenarios::How;
use crate::terms::{RaisedBy, Status};
use crate::{Complaints, advice, evidence, generate, ledger, lint};

const PATH: &str = "catalog/REPORT.md";

pub fn print(root: &Path) -> Result<(), Complaints> {
    let text = report(&lint::load(root)?, &capture::read(root)?);
    print!("{text}");
    fs::write(root.join(PATH), text).map_err(|error| vec![format!("{PATH}: {error}")])
}

/// Every gate that needs no running server.
pub fn check(root: &Path) -> Result<(), Complaints> {
    let catalogue = lint::load(root)?;
    let mut complaints = ledger::broken(&ledger::read(root), &catalogue);
    complaints.extend(emitted(root, &catalogue));
    complaints.extend(advice::lint(root, &catalogue));
    complaints.extend(generate::check(root).err().unwrap_or_default());
    if fs::read_to_string(root.join(PATH)).ok() != Some(report(&catalogue, &capture::read(root)?)) {
        complaints.push(format!("{PATH}: stale, run cargo xtask catalogue"));
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints) }
}

/// Active means raised by something, and planned means raised by nothing.
fn emitted(root: &Path, catalogue: &Catalogue) -> Complaints {
    let raised = evidence::raised(root, catalogue);
    let wrong = catalogue.errors.iter().filter_map(|entry| match (entry.status, raised.get(&entry.code)) {
        (Status::Active, None) => Some(format!("{}: active, and nothing raises it", entry.code)),
        (Status::Planned, Some(path)) => Some(format!(
            "{}: planned, and {} raises it: run cargo xtask catalogue --promote",
            entry.code,
            path.display()
        )),
        (Status::Retired, Some(path)) => Some(format!("{}: retired, and {} raises it", entry.code, path.display())),
        _ => None,
    });
    wrong.collect()
}

/// Changes `planned` to `active` in the catalogue's text for every code that something raises.
pub fn promote(root: &Path) -> Result<(), Complaints> {
    let catalogue = lint::load(root)?;
    let raised = evidence::raised(root, &catalogue);
    for path in area_files(root) {
        let text = fs::read_to_string(&path).map_err(|error| vec![format!("{}: {error}", path.display())])?;
        let rows: Vec<String> = text.split("[[error]]\n").map(|row| promoted(row, &raised)).collect();
        fs::write(&path, rows.join("[[error]]\n")).map_err(|error| vec![format!("{}: {error}", path.display())])?;
    }
    generate::write(root)
}

fn promoted(row: &str, raised: &BTreeMap<String, PathBuf>) -> String {
    let code = row.strip_prefix("code = \"").and_then(|rest| rest.split('"').next());
    match code {
        Some(code) if raised.contains_key(code) => row.replacen("status = \"planned\"", "status = \"active\"", 1),
        _ => row.to_owned(),
    }
}

fn area_files(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root.join("catalog/errors")).into_iter().flatten();
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect()
}

fn report(catalogue: &Catalogue, capture: &Capture) -> String {
    let mut out = String::from(
        "# Report of the error catalogue\n\nWritten by `cargo xtask catalogue` from the catalogue and from what a test run raised (`scenarios.json`, by `--capture`). *Real*: by the \
         condition itself; *sandbox*: only on request (docs/sandbox.md); both against the real server or in a real browser. *OpenTok*: an app written for it saw the failure too.\n\n\
         | codes | active | raised, real | raised, sandbox | not in the capture | seen in OpenTok's form | planned | retired |\n|---|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    let groups = [
        ("raised by the server", RaisedBy::Server),
        ("raised by the SDK", RaisedBy::Sdk),
        ("raised by either", RaisedBy::Both),
    ];
    for (name, by) in groups {
        let of = |status: Status| {
            catalogue.errors.iter().filter(move |entry| entry.raised_by == by && entry.status == status)
        };
        let raised =
            |wanted: Option<How>| of(Status::Active).filter(|entry| how(capture, &entry.code) == wanted).count();
        let opentok = |code: &str| capture.values().any(|row| row.code == code && row.opentok);
        let _ = writeln!(
            out,
            "| {name} | {} | {} | {} | {} | {} | {} | {} |",
            of(Status::Active).count(),
            raised(Some(How::Real)),
            raised(Some(How::Sandbox)),
            raised(None),
            of(Status::Active).filter(|entry| opentok(&entry.code)).count(),
            of(Status::Planned).count(),
            of(Status::Retired).count()
        );
    }
    let pairs = |wanted: How| capture.values().filter(|row| row.how == wanted).count();
    let _ = writeln!(
        out,
        "\nPairs of a code and an operation in the capture: {} real, {} by the sandbox.",
        pairs(How::Real),
        pairs(How::Sandbox)
    );
    out += "\n| vendor | identities listed | classified | mapped | SDK only | unreachable | with an active code | with a raised code |\n|---|---:|---:|---:|---:|---:|---:|---:|\n";
    for (vendor, table) in &catalogue.vendors {
        let listed: BTreeSet<(&str, &str, &str)> = catalogue
            .listed
            .iter()
            .filter(|row| &row.vendor == vendor)
            .map(|row| (&*row.kind, &*row.id, &*row.context))
            .collect();
        // The best that any row of an identity says.
        let mut best: BTreeMap<(&str, &str, &str), Classification> = BTreeMap::new();
        let mut reached = BTreeSet::new();
        let mut raised = BTreeSet::new();
        for row in &table.identity {
            let key = (row.kind.as_str(), &*row.id, &*row.context);
            best.entry(key).and_modify(|class| *class = (*class).min(row.class)).or_insert(row.class);
            if row.codes.iter().any(|code| catalogue.entry(code).is_some_and(|entry| entry.status == Status::Active)) {
                reached.insert(key);
            }
            if row.codes.iter().any(|code| how(capture, code).is_some()) {
                raised.insert(key);
            }
        }
        let classified = listed.iter().filter(|key| best.contains_key(*key)).count();
        let counts = Classification::ALL.map(|class| best.values().filter(|of| **of == class).count().to_string());
        let _ = writeln!(
            out,
            "| {vendor} | {} | {classified} | {} | {} | {} |",
            listed.len(),
            counts.join(" | "),
            reached.len(),
            raised.len()
        );
    }
    let missing: Vec<&str> = catalogue
        .errors
        .iter()
        .filter(|entry| entry.status == Status::Active && how(capture, &entry.code).is_none())
        .map(|entry| &*entry.code)
        .collect();
    let _ = writeln!(
        out,
        "\nActive and not in the capture: {}.",
        if missing.is_empty() { "none".to_owned() } else { missing.join(", ") }
    );
    out
}

/// The best way in which a code was raised.
fn how(capture: &Capture, code: &str) -> Option<How> {
    capture.values().filter(|row| row.code == code).map(|row| row.how).min()
}

pub fn print_tsv(root: &Path) -> Result<(), Complaints> {
    let catalogue = lint::load(root)?;
    let capture = capture::read(root)?;
    println!("vendor\tkind\tid\toperation\tclass\tcode_or_reason\tscenario\thow\tcontext");
    for (vendor, table) in &catalogue.vendors {
        for identity in &table.identity {
            print_identity(vendor, identity, &catalogue, &capture);
        }
    }
    Ok(())
}

fn print_identity(vendor: &str, identity: &Identity, catalogue: &Catalogue, capture: &Capture) {
    let Identity { kind, id, operation, context, class, codes, note } = identity;
    let head = format!("{vendor}\t{}\t{id}\t{operation}\t{}", kind.as_str(), class.as_str());
    if codes.is_empty() {
        println!("{head}\t{note}\t-\t-\t{context}");
    }
    for code in codes {
        let entry = catalogue.entry(code).expect("the lint knows every code");
        // From this operation if it was raised from it, else from any.
        let of_code = || capture.values().filter(|row| row.code == *code);
        let raised = of_code().find(|row| row.operation == *operation).or_else(|| of_code().min_by_key(|row| row.how));
        let (scenario, how) = match (entry.status, raised) {
            (Status::Active, Some(row)) => (&*row.scenario, if row.how == How::Real { "real" } else { "sandbox" }),
            (Status::Active, None) => ("-", "active, not in the capture"),
            (status, _) => ("-", status.as_str()),
        };
        println!("{head}\t{code}\t{scenario}\t{how}\t{context}");
    }
}
