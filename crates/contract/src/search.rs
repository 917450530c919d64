//! Finds errors by whatever somebody has in hand: a code, a vendor's number or name, words, or a message as an app showed it.

use std::sync::LazyLock;

use crate::cause::{CAUSES, CauseEntry};
use crate::explain::{Identity, Meaning, find};
use crate::fault::{Code, Entry};
use crate::render::Dialect;

/// More than anybody reads; what is left out is said.
pub const HITS_MAX: usize = 60;

/// A pasted message is shorter; the rest of a longer question is not looked at.
const QUESTION_CHARS_MAX: usize = 500;

/// A message with less text of its own fits everything.
const MESSAGE_CHARS_MIN: usize = 10;

#[derive(Debug, Clone, Copy)]
pub enum Hit {
    Code(&'static Entry),
    Vendor(&'static Identity),
    Cause(&'static CauseEntry),
}

/// The best first, and how many more there are than [`HITS_MAX`].
pub struct Hits {
    pub best: Vec<Hit>,
    pub left_out: usize,
}

/// How well something fits, best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// It is exactly what was asked for.
    Name,
    /// The question contains its message.
    Message,
    /// Every word is in its heading.
    Heading,
    /// Every word is somewhere in its text.
    Text,
}

/// What is searched, in lower case.
struct Document {
    hit: Hit,
    heading: String,
    text: String,
    /// Each message as the texts between its args.
    messages: Vec<Vec<String>>,
}

static DOCUMENTS: LazyLock<Vec<Document>> = LazyLock::new(|| {
    let codes = Code::ALL.iter().map(|code| Document::of_code(code.entry()));
    let vendors = Identity::all().iter().map(Document::of_identity);
    let causes = CAUSES.iter().map(Document::of_cause);
    codes.chain(vendors).chain(causes).collect()
});

pub fn search(question: &str) -> Hits {
    let question: String = question.chars().take(QUESTION_CHARS_MAX).collect::<String>().to_lowercase();
    let words: Vec<&str> = question.split_whitespace().collect();
    // A question of signs alone (`*`) names nothing, though messages contain them.
    if !question.contains(char::is_alphanumeric) {
        return Hits { best: Vec::new(), left_out: 0 };
    }
    let exact = find(&question);
    let mut found: Vec<(Fit, Hit)> = DOCUMENTS
        .iter()
        .filter_map(|document| Some((document.fit(&question, &words, exact.as_ref())?, document.hit)))
        .collect();
    found.sort_by_key(|(fit, _)| *fit);
    let left_out = found.len().saturating_sub(HITS_MAX);
    Hits { best: found.into_iter().take(HITS_MAX).map(|(_, hit)| hit).collect(), left_out }
}

impl Document {
    fn of_code(entry: &'static Entry) -> Self {
        let mut messages = vec![pieces(entry.message)];
        for dialect in Dialect::ALL {
            for operation in entry.operations {
                let shown = pieces(dialect.table().form(entry.code, *operation).message);
                if !messages.contains(&shown) {
                    messages.push(shown);
                }
            }
        }
        messages.retain(|pieces| pieces.iter().map(String::len).sum::<usize>() >= MESSAGE_CHARS_MIN);
        let actions = [entry.actions.user, entry.actions.developer, entry.actions.operator];
        Document {
            hit: Hit::Code(entry),
            heading: format!("{} {}", entry.code, entry.title).to_lowercase(),
            text: [entry.code.as_str(), entry.title, entry.message, entry.explanation]
                .iter()
                .chain(entry.causes)
                .chain(&actions)
                .copied()
                .collect::<Vec<_>>()
                .join(" ")
                .to_lowercase(),
            messages,
        }
    }

    fn of_identity(identity: &'static Identity) -> Self {
        let place = if identity.context == "*" { "any method" } else { identity.context };
        let heading = format!("{} {} {place}", identity.dialect.as_str(), identity.id).to_lowercase();
        let codes: Vec<&str> = identity.codes.iter().map(|code| code.as_str()).collect();
        let text = format!("{heading} {} {}", identity.note, codes.join(" ")).to_lowercase();
        Document { hit: Hit::Vendor(identity), heading, text, messages: Vec::new() }
    }

    fn of_cause(cause: &'static CauseEntry) -> Self {
        let heading = format!("{} {}", cause.id, cause.title).to_lowercase();
        let text = format!("{heading} {} {}", cause.stage, cause.advice).to_lowercase();
        Document { hit: Hit::Cause(cause), heading, text, messages: Vec::new() }
    }

    fn fit(&self, question: &str, words: &[&str], exact: Option<&Meaning>) -> Option<Fit> {
        let all_in = |text: &str| words.iter().all(|word| text.contains(word));
        if exact.is_some_and(|meaning| self.hit.is_in(meaning)) {
            Some(Fit::Name)
        } else if self.messages.iter().any(|pieces| fits(pieces, question)) {
            Some(Fit::Message)
        } else if all_in(&self.heading) {
            Some(Fit::Heading)
        } else {
            all_in(&self.text).then_some(Fit::Text)
        }
    }
}

impl Hit {
    fn is_in(&self, meaning: &Meaning) -> bool {
        match (self, meaning) {
            (Hit::Code(entry), Meaning::Code(asked)) => entry.code == asked.code,
            (Hit::Cause(cause), Meaning::Cause(asked)) => cause.id == asked.id,
            (Hit::Vendor(identity), Meaning::Vendor(asked)) => asked.iter().any(|one| std::ptr::eq(*one, *identity)),
            _ => false,
        }
    }
}

/// The texts between the tags of a message.
fn pieces(message: &str) -> Vec<String> {
    let between = message.split('{').map(|piece| piece.split_once('}').map_or(piece, |(_, rest)| rest));
    between.map(|piece| piece.trim().to_lowercase()).filter(|piece| !piece.is_empty()).collect()
}

/// Whether the pieces follow each other in the question, whatever is between them.
fn fits(pieces: &[String], question: &str) -> bool {
    let mut rest = question;
    pieces.iter().all(|piece| match rest.split_once(piece.as_str()) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Fault;

    fn first(question: &str) -> String {
        match search(question).best.first() {
            Some(Hit::Code(entry)) => entry.code.to_string(),
            Some(Hit::Vendor(identity)) => format!("{} {}", identity.dialect.as_str(), identity.id),
            Some(Hit::Cause(cause)) => cause.id.to_owned(),
            None => "nothing".to_owned(),
        }
    }

    #[test]
    fn a_name_or_number_is_found_before_anything_that_only_mentions_it() {
        assert_eq!(first("token_expired"), "TOKEN_EXPIRED");
        assert_eq!(first("1500"), "OpenTok 1500");
        assert_eq!(first("ot_timeout"), "OpenTok OT_TIMEOUT");
        assert_eq!(first("0x4004"), "TRTC 0x4004");
        assert_eq!(first("udp_blocked_outbound"), "udp_blocked_outbound");
    }

    #[test]
    fn every_code_is_found_by_its_title_and_by_the_message_an_app_shows() {
        for code in Code::ALL {
            let is_it = |hit: &Hit| matches!(hit, Hit::Code(entry) if entry.code == *code);
            assert!(search(code.entry().title).best.iter().any(is_it), "{code}: {}", code.entry().title);
            let detail = format!("Error: {}", Fault::example(*code).detail());
            assert!(search(&detail).best.iter().any(is_it), "{code}: {detail}");
        }
    }

    #[test]
    fn a_vendors_pinned_message_finds_what_it_stands_for() {
        let hits = search("Session.publish :: Could not publish in a reasonable amount of time").best;
        assert!(hits.iter().any(|hit| matches!(hit, Hit::Code(entry) if entry.code == Code::MediaTimeout)), "{hits:?}");
    }

    #[test]
    fn words_are_found_in_any_order_and_what_is_left_out_is_counted() {
        let hits = search("firewall udp");
        assert!(hits.best.iter().any(|hit| matches!(hit, Hit::Code(entry) if entry.code == Code::IceFailed)));
        let hits = search("the");
        assert_eq!(hits.best.len(), HITS_MAX);
        assert!(hits.left_out > 0);
    }

    #[test]
    fn nothing_is_found_for_nothing_and_for_nonsense() {
        for question in ["", "  ", "zzyzx", &"x".repeat(100_000)] {
            assert_eq!(first(question), "nothing");
        }
    }
}
