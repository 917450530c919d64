//! Writes the samples of every parser to a directory, one subdirectory each: where coverage-guided fuzzing starts.

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let root = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "fuzz/corpus".to_owned()));
    let all = [exedra_contract::fuzz::PARSERS, exedra_media::fuzz::PARSERS, exedra_server::fuzz::PARSERS];
    for parser in all.concat() {
        let directory = root.join(parser.name);
        std::fs::create_dir_all(&directory)?;
        for (number, sample) in (parser.samples)().iter().enumerate() {
            std::fs::write(directory.join(format!("sample-{number}")), sample)?;
        }
    }
    Ok(())
}
