//! What the sources say about codes: who raises them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::catalogue::Catalogue;
use crate::terms::RaisedBy;

/// For each code the first file that raises it, outside generated code and tests.
pub fn raised(root: &Path, catalogue: &Catalogue) -> BTreeMap<String, PathBuf> {
    let mut raised = BTreeMap::new();
    let rust = sources(&root.join("crates"), "rs");
    let typescript = sources(&root.join("sdk/src"), "ts");
    for path in rust.iter().filter(|path| is_product(path)) {
        for constructor in constructor_calls(&without_tests(&read(path))) {
            raised.entry(constructor.to_uppercase()).or_insert_with(|| path.clone());
        }
    }
    let by_sdk: BTreeSet<&str> =
        catalogue.errors.iter().filter(|entry| entry.raised_by != RaisedBy::Server).map(|entry| &*entry.code).collect();
    for path in typescript.iter().filter(|path| is_product(path)) {
        for word in quoted_words(&read(path)).filter(|word| by_sdk.contains(*word)) {
            raised.entry(word.to_owned()).or_insert_with(|| path.clone());
        }
    }
    raised.retain(|code, _| catalogue.entry(code).is_some());
    for path in raised.values_mut() {
        *path = path.strip_prefix(root).map(Path::to_path_buf).unwrap_or_default();
    }
    raised
}

fn sources(directory: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(directory) else { return found };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() && !["node_modules", "target", "dist", ".venv"].contains(&&*name) {
            found.extend(sources(&path, ending));
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn is_product(path: &Path) -> bool {
    let test = |part: &str| {
        matches!(part, "generated" | "tests" | "test" | "benches" | "examples" | "tests.rs")
            || part.ends_with(".test.ts")
    };
    !path.components().any(|part| test(&part.as_os_str().to_string_lossy()))
}

/// By convention the tests of a module are at its end.
fn without_tests(text: &str) -> String {
    text.split("#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned()
}

/// The names called as `faults::name(`.
fn constructor_calls(text: &str) -> impl Iterator<Item = &str> {
    text.split("faults::").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
        // Also as a function value: `.ok_or_else(faults::name)`.
        (end > 0 && rest[end..].starts_with(['(', ')', ','])).then(|| &rest[..end])
    })
}

/// The words in capitals that have a quotation mark on either side.
fn quoted_words(text: &str) -> impl Iterator<Item = &str> {
    let code = |word: &&str| word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    text.lines().flat_map(|line| line.split(['"', '\'', '`', '\\'])).filter(code)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constructor_call_counts_and_a_mention_does_not() {
        let text = "// see faults::internal for more\nErr(faults::session_full(3)).or_else(faults::not_joined)";
        assert_eq!(constructor_calls(text).collect::<Vec<_>>(), ["session_full", "not_joined"]);
    }

    #[test]
    fn codes_in_tests_of_a_module_are_not_raised_by_it() {
        assert_eq!(without_tests("a\n#[cfg(test)]\nmod tests { faults::x() }"), "a\n");
    }

    #[test]
    fn only_whole_quoted_codes_are_named() {
        let words: Vec<&str> = quoted_words("fault(\"SESSION_FULL\", 'X') // SESSION_LOCKED").collect();
        assert!(words.contains(&"SESSION_FULL") && !words.contains(&"SESSION_LOCKED"), "{words:?}");
    }
}
