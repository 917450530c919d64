//! The one report of the catalogue, and the gates that hold it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use crate::catalogue::{Catalogue, Classification, Identity};
use crate::terms::{RaisedBy, Status};
use crate::{Complaints, advice, evidence, generate, ledger, lint};

const PATH: &str = "catalog/REPORT.md";

pub fn print(root: &Path) -> Result<(), Complaints> {
    let text = report(root, &lint::load(root)?);
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

fn report(root: &Path, catalogue: &Catalogue) -> String {
    let tested = evidence::tested(root, catalogue);
    let mut out = String::from(
        "# Report of the error catalogue\n\nWritten by `cargo xtask catalogue`. *Tested*: a test against the real server or in a real browser names the code.\n\n\
         | codes | active | of these tested | planned | retired |\n|---|---:|---:|---:|---:|\n",
    );
    let groups = [
        ("raised by the server", RaisedBy::Server),
        ("raised by the SDK", RaisedBy::Sdk),
        ("raised by either", RaisedBy::Both),
    ];
    for (name, by) in groups {
        let count = |status: Status| {
            catalogue.errors.iter().filter(|entry| entry.raised_by == by && entry.status == status).count()
        };
        let proven = catalogue
            .errors
            .iter()
            .filter(|entry| entry.raised_by == by && entry.status == Status::Active && tested.contains(&entry.code))
            .count();
        let _ = writeln!(
            out,
            "| {name} | {} | {proven} | {} | {} |",
            count(Status::Active),
            count(Status::Planned),
            count(Status::Retired)
        );
    }
    out += "\n| vendor | identities listed | classified | mapped | SDK only | unreachable | with an active code |\n|---|---:|---:|---:|---:|---:|---:|\n";
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
        for row in &table.identity {
            let key = (row.kind.as_str(), &*row.id, &*row.context);
            best.entry(key).and_modify(|class| *class = (*class).min(row.class)).or_insert(row.class);
            if row.codes.iter().any(|code| catalogue.entry(code).is_some_and(|entry| entry.status == Status::Active)) {
                reached.insert(key);
            }
        }
        let classified = listed.iter().filter(|key| best.contains_key(*key)).count();
        let counts = Classification::ALL.map(|class| best.values().filter(|of| **of == class).count().to_string());
        let _ = writeln!(
            out,
            "| {vendor} | {} | {classified} | {} | {} |",
            listed.len(),
            counts.join(" | "),
            reached.len()
        );
    }
    let untested: Vec<&str> = catalogue
        .errors
        .iter()
        .filter(|entry| entry.status == Status::Active && !tested.contains(&entry.code))
        .map(|entry| &*entry.code)
        .collect();
    let _ = writeln!(
        out,
        "\nActive and not yet tested: {}.",
        if untested.is_empty() { "none".to_owned() } else { untested.join(", ") }
    );
    out
}

pub fn print_tsv(root: &Path) -> Result<(), Complaints> {
    let catalogue = lint::load(root)?;
    let tested = evidence::tested(root, &catalogue);
    println!("vendor\tkind\tid\toperation\tclass\tcode_or_reason\tscenario\thow");
    for (vendor, table) in &catalogue.vendors {
        for identity in &table.identity {
            print_identity(vendor, identity, &catalogue, &tested);
        }
    }
    Ok(())
}

fn print_identity(vendor: &str, identity: &Identity, catalogue: &Catalogue, tested: &BTreeSet<String>) {
    let Identity { kind, id, operation, class, codes, note, .. } = identity;
    let head = format!("{vendor}\t{}\t{id}\t{operation}\t{}", kind.as_str(), class.as_str());
    if codes.is_empty() {
        println!("{head}\t{note}\t-\t-");
    }
    for code in codes {
        let entry = catalogue.entry(code).expect("the lint knows every code");
        let how = match (entry.status, tested.contains(code)) {
            (Status::Active, true) => "real",
            (Status::Active, false) => "untested",
            (status, _) => status.as_str(),
        };
        println!("{head}\t{code}\t{}\t{how}", entry.scenario);
    }
}
