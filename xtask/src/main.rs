//! `cargo xtask <command>`: everything CI does is one local command.

mod advice;
mod capture;
mod catalogue;
mod evidence;
mod generate;
mod ledger;
mod lint;
mod report;
mod scenarios;
/// The vocabularies of the contract crate, by path and not as a dependency: generating must work while the generated
/// code does not compile.
#[path = "../../crates/contract/src/fault/terms.rs"]
#[allow(dead_code)]
mod terms;
mod tidy;
mod vendors;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask gen                   write the Rust and TypeScript that come from catalog/ and wire.rs
cargo xtask gen --check           fail when these files are not what gen would write
cargo xtask catalogue             the report: codes by status, vendor identities by class
cargo xtask catalogue --tsv       one row for each vendor identity and operation
cargo xtask catalogue --check     the gates: lint, ledger, emitted, generated files
cargo xtask catalogue --scenarios DIR   the gates over a test run that wrote its records to DIR
cargo xtask catalogue --capture DIR     commits what a test run raised to catalog/scenarios.json
cargo xtask catalogue --promote   mark the codes that something raises as active
cargo xtask tidy                  the invariants of ARCHITECTURE.md that a look at the source can hold";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match args[..] {
        ["gen"] => generate::write(root()),
        ["gen", "--check"] => generate::check(root()),
        ["catalogue"] => report::print(root()),
        ["catalogue", "--tsv"] => report::print_tsv(root()),
        ["catalogue", "--check"] => report::check(root()),
        ["catalogue", "--scenarios", directory] => scenarios::check(root(), directory),
        ["catalogue", "--capture", directory] => scenarios::capture(root(), directory),
        ["catalogue", "--promote"] => report::promote(root()),
        ["tidy"] => tidy::check(root()),
        _ => Err(vec![USAGE.to_owned()]),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(complaints) => {
            for complaint in complaints {
                eprintln!("{complaint}");
            }
            ExitCode::FAILURE
        }
    }
}

/// What is wrong, one line each.
type Complaints = Vec<String>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace")
}
