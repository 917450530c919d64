//! The invariants of ARCHITECTURE.md that a look at the source can hold.
//!
//! Deliberately simple: lines and words, no parser. Tests and fuzz feeds are exempt where the invariant is about the product.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Complaints;

/// Crates that take time as an argument and do no IO.
const PURE: [&str; 4] = ["contract", "malformed", "media", "session"];

/// What a pure crate must not say.
const IMPURE: [&str; 16] = [
    "Instant::now",
    "SystemTime",
    "UdpSocket",
    "TcpStream",
    "TcpListener",
    "std::fs",
    "std::env",
    "std::process",
    "thread::spawn",
    "thread::sleep",
    "println!",
    "eprintln!",
    "dbg!",
    "tokio",
    "getrandom",
    "std::io",
];

/// Dependencies that would break a wall: crate, and what it must not depend on.
const WALLS: [(&str, &[&str]); 6] = [
    ("malformed", &["exedra-"]),
    ("contract", &["exedra-session", "exedra-media", "exedra-udp", "exedra-client", "exedra-server", "tokio", "axum"]),
    ("session", &["exedra-media", "exedra-udp", "exedra-client", "exedra-server", "tokio", "axum"]),
    ("media", &["exedra-contract", "exedra-session", "exedra-udp", "exedra-client", "exedra-server", "tokio", "axum"]),
    ("udp", &["exedra-", "tokio"]),
    ("client", &["exedra-session", "exedra-server"]),
];

/// The one file with `unsafe` in it.
const UNSAFE_FILE: &str = "crates/udp/src/sys.rs";

/// Names that say nothing of what a file is about.
const EMPTY_NAMES: [&str; 6] = ["utils", "util", "helpers", "helper", "manager", "misc"];

const FILE_LINES_MAX: usize = 900;

pub fn check(root: &Path) -> Result<(), Complaints> {
    let mut complaints = Complaints::new();
    for path in sources(&root.join("crates"), "rs").into_iter().chain(sources(&root.join("xtask"), "rs")) {
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        match fs::read_to_string(&path) {
            Ok(text) => complaints.extend(of_file(&name, &text)),
            Err(error) => complaints.push(format!("{name}: {error}")),
        }
    }
    for (krate, forbidden) in WALLS {
        let manifest = format!("crates/{krate}/Cargo.toml");
        match fs::read_to_string(root.join(&manifest)) {
            Ok(text) => complaints.extend(of_manifest(&manifest, &text, forbidden)),
            Err(error) => complaints.push(format!("{manifest}: {error}")),
        }
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints) }
}

/// Everything wrong with one Rust file.
fn of_file(name: &str, text: &str) -> Complaints {
    let mut complaints = Complaints::new();
    let mut complain = |line: usize, what: String| complaints.push(format!("{name}:{line}: {what}"));
    let is_generated = name.contains("/generated/");
    let is_test = name.contains("/tests/") || name.ends_with("/tests.rs") || name.contains("/examples/");
    let is_feed = name.contains("/fuzz");

    let stem = Path::new(name).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    if EMPTY_NAMES.contains(&&*stem) {
        complain(1, "a file is named after what it is about".to_owned());
    }
    let lines = text.lines().count();
    if lines > FILE_LINES_MAX && !is_generated {
        complain(lines, format!("more than {FILE_LINES_MAX} lines"));
    }
    if name.contains("/src/") && !is_generated && !is_test && lines > 5 && !text.trim_start().starts_with("//!") {
        complain(1, "a module starts with what it owns and what it must not know".to_owned());
    }

    let pure = PURE.iter().any(|krate| name.starts_with(&format!("crates/{krate}/src/")));
    let mut previous_is_safety = false;
    for (number, line) in text.lines().enumerate().map(|(index, line)| (index + 1, line)) {
        // What follows is compiled for tests only.
        if line.trim() == "#[cfg(test)]" && !text.lines().nth(number).is_some_and(|next| next.trim_end().ends_with(';'))
        {
            break;
        }
        let code = line.split("//").next().unwrap_or("");
        if pure && !is_test && !is_feed {
            for word in IMPURE.iter().filter(|word| code.contains(**word)) {
                let allowed = name.starts_with("crates/malformed/") && word.ends_with("println!");
                if !allowed {
                    complain(number, format!("`{word}` in a crate without IO and clocks"));
                }
            }
        }
        if name.starts_with("crates/session/src/") && (code.contains("HashMap") || code.contains("HashSet")) {
            complain(number, "an unordered map: the same seed would no longer give the same trace".to_owned());
        }
        let has_unsafe = code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "unsafe");
        if has_unsafe && name == UNSAFE_FILE {
            let says_why = previous_is_safety || code.contains("unsafe fn");
            if !says_why {
                complain(number, "an unsafe block without a `SAFETY` comment above it".to_owned());
            }
        } else if has_unsafe && !name.starts_with("xtask/") {
            complain(number, format!("unsafe outside {UNSAFE_FILE}"));
        }
        // A comment holds for the statement below it, which may span a few lines.
        previous_is_safety = match line.trim_start() {
            trimmed if trimmed.starts_with("// SAFETY") => true,
            trimmed if trimmed.starts_with("//") => previous_is_safety,
            trimmed => previous_is_safety && !trimmed.ends_with(';') && !trimmed.ends_with('}'),
        };
    }
    complaints
}

/// Dependencies of the product; those of tests may cross walls.
fn of_manifest(name: &str, text: &str, forbidden: &[&str]) -> Complaints {
    let dependencies = text.split("[dependencies]").nth(1).unwrap_or("").split("\n[").next().unwrap_or("");
    let is_damage = |line: &&str| line.starts_with("exedra-malformed");
    dependencies
        .lines()
        .filter(|line| !is_damage(line))
        .filter(|line| forbidden.iter().any(|forbidden| line.starts_with(forbidden)))
        .map(|line| format!("{name}: `{line}` breaks a wall of ARCHITECTURE.md"))
        .collect()
}

/// All files below a directory with this extension, in a fixed order.
fn sources(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                if path.file_name().is_some_and(|name| name != "target" && name != "node_modules") {
                    directories.push(path);
                }
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_invariant_is_noticed_when_it_is_broken() {
        let doc = "//! Owns this.\n";
        let long = format!("{doc}{}", "\n".repeat(FILE_LINES_MAX));
        for (name, text, says) in [
            ("crates/session/src/a.rs", "//! x\nlet now = Instant::now();\n", "without IO and clocks"),
            ("crates/session/src/a.rs", "//! x\nuse std::collections::HashMap;\n", "unordered map"),
            ("crates/server/src/a.rs", "//! x\nunsafe { call() }\n", "unsafe outside"),
            (UNSAFE_FILE, "//! x\nunsafe { call() }\n", "without a `SAFETY`"),
            ("crates/server/src/utils.rs", doc, "named after"),
            ("crates/server/src/a.rs", &long, "more than"),
            ("crates/server/src/a.rs", "use a;\n\n\n\n\n\n", "starts with what it owns"),
        ] {
            let complaints = of_file(name, text);
            assert!(complaints.iter().any(|complaint| complaint.contains(says)), "{name}: {complaints:?}");
        }
        assert_eq!(of_manifest("m", "[dependencies]\nexedra-media.workspace = true\n", &["exedra-media"]).len(), 1);
    }

    #[test]
    fn what_only_tests_do_is_no_matter() {
        let text = "//! x\nfn f() {}\n#[cfg(test)]\nmod tests {\n    use std::time::Instant;\n    fn g() { Instant::now(); }\n}\n";
        assert_eq!(of_file("crates/media/src/a.rs", text), [""; 0]);
        let with_reason = "//! x\n// SAFETY: it is.\nunsafe { call() };\n";
        assert_eq!(of_file(UNSAFE_FILE, with_reason), [""; 0]);
        let manifest = "[dependencies]\nserde = 1\n\n[dev-dependencies]\nexedra-media = 1\n";
        assert_eq!(of_manifest("m", manifest, &["exedra-media"]), [""; 0]);
    }

    #[test]
    fn the_tree_is_tidy() {
        if let Err(complaints) = check(crate::root()) {
            panic!("{}", complaints.join("\n"));
        }
    }
}
