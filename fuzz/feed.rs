//! Finds the feed of a target by its name. The feeds themselves live in the crates of their parsers.

use std::sync::OnceLock;

use exedra_malformed::Parser;

pub fn feed(name: &'static str, input: &[u8]) {
    static PARSER: OnceLock<Parser> = OnceLock::new();
    let parser = PARSER.get_or_init(|| {
        let all = [exedra_contract::fuzz::PARSERS, exedra_media::fuzz::PARSERS, exedra_server::fuzz::PARSERS];
        *all.concat().iter().find(|parser| parser.name == name).expect("a parser of that name")
    });
    (parser.feed)(input);
}
