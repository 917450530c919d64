//! The inventory of parsers, the feeds in the crates and the targets of coverage-guided fuzzing are one list.

use std::collections::BTreeSet;
use std::path::Path;

use exedra_malformed::{Home, INVENTORY};

fn fuzz_directory() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

#[test]
fn every_parser_of_the_inventory_is_fed_in_its_crate_and_no_other_is() {
    for (home, parsers) in [
        (Home::Contract, exedra_contract::fuzz::PARSERS),
        (Home::Media, exedra_media::fuzz::PARSERS),
        (Home::Server, exedra_server::fuzz::PARSERS),
    ] {
        let listed: BTreeSet<_> = INVENTORY.iter().filter(|entry| entry.home == home).map(|entry| entry.name).collect();
        let fed: BTreeSet<_> = parsers.iter().map(|parser| parser.name).collect();
        assert_eq!(listed, fed, "{home:?}");
        assert_eq!(fed.len(), parsers.len(), "{home:?} feeds a parser twice");
    }
}

#[test]
fn every_parser_of_the_inventory_has_a_fuzz_target_that_feeds_it() {
    let listed: BTreeSet<_> = INVENTORY.iter().map(|entry| entry.name.to_owned()).collect();
    let files: BTreeSet<_> = std::fs::read_dir(fuzz_directory().join("fuzz_targets"))
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(listed, files);

    let manifest = std::fs::read_to_string(fuzz_directory().join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let built: BTreeSet<_> =
        manifest["bin"].as_array().unwrap().iter().map(|bin| bin["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(listed, built);

    for name in listed {
        let target = std::fs::read_to_string(fuzz_directory().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(target.contains(&format!("feed(\"{name}\", input)")), "{name} feeds something else");
    }
}

/// SECURITY.md shows the list to people.
#[test]
fn every_parser_of_the_inventory_is_in_the_threat_model() {
    let document = std::fs::read_to_string(fuzz_directory().join("../SECURITY.md")).unwrap();
    for entry in INVENTORY {
        let row = format!("| `{}` | {} | {} |", entry.name, entry.reads, entry.reached_by);
        assert!(document.contains(&row), "SECURITY.md lacks the row {row}");
    }
}
