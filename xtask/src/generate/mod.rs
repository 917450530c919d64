//! Writes the files that come from the catalogue and the wire types, or checks that they are what would be written.

mod rust;
mod typescript;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::capture::{self, Capture};
use crate::catalogue::Catalogue;
use crate::{Complaints, ledger, lint};

pub fn write(root: &Path) -> Result<(), Complaints> {
    let catalogue = lint::load(root)?;
    let promised = ledger::read(root);
    let broken = ledger::broken(&promised, &catalogue);
    if !broken.is_empty() {
        return Err(broken);
    }
    let mut changed = from_catalogue(&catalogue, &capture::read(root)?);
    changed.push(File::new(ledger::PATH, ledger::grown(&promised, &catalogue)));
    changed.retain(|file| file.differs(root));
    put(root, &changed)?;
    // Runs code of the contract crate, which the files above may just have made compile.
    let mut wire = vec![wire_typescript(root)?];
    wire.retain(|file| file.differs(root));
    put(root, &wire)?;
    for file in changed.iter().chain(&wire) {
        println!("{}", file.path.display());
    }
    Ok(())
}

pub fn check(root: &Path) -> Result<(), Complaints> {
    let catalogue = lint::load(root)?;
    let mut files = from_catalogue(&catalogue, &capture::read(root)?);
    files.push(File::new(ledger::PATH, ledger::grown(&ledger::read(root), &catalogue)));
    files.push(wire_typescript(root)?);
    files.retain(|file| file.differs(root));
    let stale: Complaints =
        files.iter().map(|file| format!("{}: stale, run cargo xtask gen", file.path.display())).collect();
    if stale.is_empty() { Ok(()) } else { Err(stale) }
}

/// A generated file; the path is relative to the workspace.
struct File {
    path: PathBuf,
    text: String,
}

impl File {
    fn new(path: &str, text: String) -> Self {
        File { path: path.into(), text }
    }

    fn differs(&self, root: &Path) -> bool {
        fs::read_to_string(root.join(&self.path)).ok().as_deref() != Some(&self.text)
    }
}

fn put(root: &Path, files: &[File]) -> Result<(), Complaints> {
    for file in files {
        let path = root.join(&file.path);
        let written = fs::create_dir_all(path.parent().expect("generated files lie in a directory"))
            .and_then(|()| fs::write(&path, &file.text));
        written.map_err(|error| vec![format!("{}: {error}", path.display())])?;
    }
    Ok(())
}

fn from_catalogue(catalogue: &Catalogue, capture: &Capture) -> Vec<File> {
    vec![
        File::new("crates/contract/src/generated/code.rs", rust::code(catalogue)),
        File::new("crates/contract/src/generated/faults.rs", rust::faults(catalogue)),
        File::new("crates/contract/src/generated/table.rs", rust::table(catalogue, capture)),
        File::new("crates/contract/src/generated/dialects.rs", rust::dialects(catalogue)),
        File::new("crates/contract/src/generated/causes.rs", rust::causes(catalogue)),
        File::new("crates/contract/src/generated/vendors.rs", rust::vendors(catalogue)),
        File::new("sdk/src/generated/problem.ts", typescript::problem(catalogue)),
        File::new("sdk/src/generated/errors.ts", typescript::errors(catalogue)),
        File::new("sdk/src/generated/causes.ts", typescript::causes(&catalogue.causes)),
        File::new(
            "sdk/src/generated/opentok_errors.ts",
            typescript::dialect("opentok", &catalogue.dialects["opentok"]),
        ),
    ]
}

fn wire_typescript(root: &Path) -> Result<File, Complaints> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let run = ["run", "--quiet", "--package", "exedra-contract", "--example", "wire_typescript"];
    let output =
        Command::new(cargo).args(run).current_dir(root).output().map_err(|error| vec![format!("cargo: {error}")])?;
    if !output.status.success() {
        return Err(vec![String::from_utf8_lossy(&output.stderr).into_owned()]);
    }
    Ok(File::new("sdk/src/generated/wire.ts", String::from_utf8_lossy(&output.stdout).into_owned()))
}

/// `TOKEN_EXPIRED` as `TokenExpired`.
fn upper_camel(code: &str) -> String {
    let words = code.split('_').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        format!("{}{}", first.to_uppercase(), rest.to_lowercase())
    });
    words.collect()
}
