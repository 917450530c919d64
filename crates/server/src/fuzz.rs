//! How the parsers of this crate are fed for fuzzing: see `exedra_malformed`.

use exedra_malformed::Parser;

use crate::http::dev_join::Join;
use crate::http::session_create::Options;
use crate::signaling::frame;

pub const PARSERS: &[Parser] = &[
    Parser { name: "session_create_body", feed: session_create_body, samples: session_create_bodies },
    Parser { name: "dev_join_body", feed: dev_join_body, samples: dev_join_bodies },
    Parser { name: "signaling_frame", feed: signaling_frame, samples: signaling_frames },
];

fn session_create_body(input: &[u8]) -> bool {
    Options::read(input).is_ok()
}

fn dev_join_body(input: &[u8]) -> bool {
    Join::read(input).is_ok()
}

/// A frame that cannot be read is answered all the same, to its id if that much is there.
fn signaling_frame(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    match frame::read(text) {
        Ok(_) => true,
        Err(unreadable) => {
            let answer = frame::error(unreadable.id, &unreadable.fault, None);
            assert!(serde_json::from_str::<exedra_contract::wire::Response>(&answer).is_ok());
            false
        }
    }
}

fn session_create_bodies() -> Vec<Vec<u8>> {
    [
        "p2p.preference=enabled&archiveMode=manual&location=10.1.2.3&e2ee=false",
        "archiveMode=always&archiveName=lecture%201&archiveResolution=1280x720",
        r#"{"p2p.preference":"disabled","e2ee":true,"location":null}"#,
        "",
    ]
    .map(|body| body.as_bytes().to_vec())
    .to_vec()
}

fn dev_join_bodies() -> Vec<Vec<u8>> {
    [r#"{"room":"standup","name":"Ann","role":"subscriber"}"#, r#"{"room":"standup"}"#]
        .map(|body| body.as_bytes().to_vec())
        .to_vec()
}

fn signaling_frames() -> Vec<Vec<u8>> {
    [
        r#"{"id":1,"method":"ping","params":{}}"#,
        r#"{"id":2,"method":"signal","params":{"type":"chat","data":"x"}}"#,
        r#"{"id":3,"method":"negotiate","params":{"offer":"v=0","sections":[{"mid":"0","stream_id":"a"}]}}"#,
    ]
    .map(|frame| frame.as_bytes().to_vec())
    .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_input_makes_a_parser_panic() {
        for parser in PARSERS {
            let tally = exedra_malformed::exercise(parser, 1, 20_000);
            assert!(tally.understood > 0 && tally.refused > 0, "{}: {tally:?}", parser.name);
        }
    }
}
