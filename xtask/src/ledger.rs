//! `catalog/errors.lock`: what was promised. A code that was once raised is never renamed, reused or re-classed, and its
//! public args are only added to. The file only grows; `gen` never shortens it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::Complaints;
use crate::catalogue::{Catalogue, Entry};
use crate::terms::{Status, Visibility};

pub const PATH: &str = "catalog/errors.lock";

const HEAD: &str =
    "# What was promised: code, class, public args. Only `cargo xtask gen` writes it, and it only adds.\n";

/// Code to the rest of its line.
type Ledger = BTreeMap<String, Vec<String>>;

pub fn read(root: &Path) -> Ledger {
    let text = fs::read_to_string(root.join(PATH)).unwrap_or_default();
    parse(&text)
}

fn parse(text: &str) -> Ledger {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let split = lines.filter_map(|line| {
        let mut words = line.split(' ').map(str::to_owned);
        Some((words.next()?, words.collect()))
    });
    split.collect()
}

/// Promises that the catalogue breaks.
pub fn broken(promised: &Ledger, catalogue: &Catalogue) -> Complaints {
    let mut complaints = Vec::new();
    for (code, words) in promised {
        match catalogue.entry(code) {
            None => complaints.push(format!("ledger: {code} was raised once and is gone; give it the status retired")),
            Some(entry) if entry.status == Status::Planned => {
                complaints.push(format!("ledger: {code} was raised once; it is retired now, not planned"));
            }
            Some(entry) => {
                let now = promise(entry);
                if now.get(..words.len()) != Some(words) {
                    complaints.push(format!(
                        "ledger: {code} promised `{}` and is now `{}`",
                        words.join(" "),
                        now.join(" ")
                    ));
                }
            }
        }
    }
    complaints
}

/// The ledger with what is active now added to it.
pub fn grown(promised: &Ledger, catalogue: &Catalogue) -> String {
    let mut ledger = promised.clone();
    for entry in catalogue.errors.iter().filter(|entry| entry.status == Status::Active) {
        ledger.insert(entry.code.clone(), promise(entry));
    }
    let lines: Vec<String> = ledger.iter().map(|(code, words)| format!("{code} {}\n", words.join(" "))).collect();
    format!("{HEAD}{}", lines.concat())
}

fn promise(entry: &Entry) -> Vec<String> {
    let args = entry.args.iter().filter(|arg| arg.visibility == Visibility::Public);
    let mut words = vec![entry.class.to_string()];
    words.extend(args.map(|arg| format!("{}:{}", arg.name, arg.kind)));
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{catalogue, root};

    fn promised(line: &str) -> Complaints {
        let catalogue = catalogue::load(root()).unwrap();
        broken(&parse(line), &catalogue)
    }

    #[test]
    fn args_may_be_added_at_the_end() {
        assert_eq!(promised("TOKEN_EXPIRED UNAUTHENTICATED expired_at:u64"), Complaints::new());
    }

    #[test]
    fn a_code_that_vanishes_or_changes_breaks_its_promise() {
        for line in [
            "NO_SUCH_CODE INVALID",
            "TOKEN_EXPIRED PERMISSION expired_at:u64 now:u64 skew_s:u64",
            "TOKEN_EXPIRED UNAUTHENTICATED expired_at:string",
            "TOKEN_EXPIRED UNAUTHENTICATED expired_at:u64 now:u64 skew_s:u64 removed:u64",
        ] {
            assert_eq!(promised(line).len(), 1, "{line}");
        }
    }

    #[test]
    fn the_ledger_keeps_what_it_has() {
        let catalogue = catalogue::load(root()).unwrap();
        let grown = parse(&grown(&parse("GONE_CODE INVALID x:u64"), &catalogue));
        assert!(grown.contains_key("GONE_CODE") && grown.contains_key("TOKEN_EXPIRED"));
    }
}
