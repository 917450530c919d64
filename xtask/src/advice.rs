//! What may stand in an error's three actions: something to do for each of the three readers, in their words, and for the
//! operator only settings, metrics, commands and addresses that exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::Complaints;
use crate::catalogue::{Catalogue, Entry};
use crate::terms::RetryHow;

/// Shorter is no instruction.
const ACTION_CHARS_MIN: usize = 20;

/// Phrases that send the reader away without telling anything.
const EMPTY_PHRASES: [&str; 5] =
    ["contact support", "contact your administrator", "nothing to do", "something went wrong", "unknown error"];

/// Words that somebody who only uses an app need not know.
const JARGON: [&str; 16] = [
    "api",
    "codec",
    "dtls",
    "frame",
    "ice",
    "iframe",
    "json",
    "parameter",
    "proxy",
    "sdk",
    "sdp",
    "token",
    "udp",
    "url",
    "websocket",
    "webrtc",
];

/// Members of the problem object, which the operator sees in reports.
const MEMBERS: [&str; 10] =
    ["args", "cause", "class", "code", "detail", "effect", "instance", "retry", "status", "title"];

pub fn lint(root: &Path, catalogue: &Catalogue) -> Complaints {
    let names = Names::read(root);
    let of = |entry: &Entry| {
        let complaints = lint_actions(entry).into_iter().chain(names.unknown_in(entry));
        complaints.map(|what| format!("{}: {what}", entry.code)).collect::<Vec<_>>()
    };
    catalogue.errors.iter().flat_map(of).collect()
}

fn lint_actions(entry: &Entry) -> Complaints {
    let mut complaints = Vec::new();
    let actions = [("user", &entry.user), ("developer", &entry.developer), ("operator", &entry.operator)];
    for (who, text) in actions {
        let lower = text.to_lowercase();
        if text.chars().count() < ACTION_CHARS_MIN || !text.trim_end().ends_with('.') {
            complaints.push(format!("the {who}'s action is no full sentence: {text}"));
        }
        complaints.extend(
            EMPTY_PHRASES
                .iter()
                .filter(|phrase| lower.contains(*phrase))
                .map(|phrase| format!("{who}: says {phrase:?}")),
        );
    }
    if actions.iter().map(|(_, text)| text).collect::<BTreeSet<_>>().len() < actions.len() {
        complaints.push("two of the three actions are the same".to_owned());
    }
    let words = entry.user.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_lowercase);
    complaints.extend(words.filter(|word| JARGON.contains(&&**word)).map(|word| format!("user: {word:?} is jargon")));
    if entry.user.contains('`') {
        complaints.push("user: code is for developers".to_owned());
    }
    complaints.extend(contradiction(entry));
    complaints
}

/// An action that says something else than `retry`.
fn contradiction(entry: &Entry) -> Option<String> {
    let developer = entry.developer.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| developer.contains(word));
    let wrong = match entry.retry.how {
        RetryHow::Never => says(&["try again", "retry after", "`retry`", "wait the time"]) && !says(&["do not"]),
        RetryHow::NewToken => !says(&["token", "key", "permit", "role", "secret", "claim"]),
        RetryHow::After => !says(&["`retry`", "wait", "after"]),
        RetryHow::Same | RetryHow::Reconnect | RetryHow::UserGesture => says(&["do not retry", "does not help"]),
    };
    wrong.then(|| format!("the developer's action does not fit `retry`: {}", entry.developer))
}

/// What an operator can be told to look at, as the server's source has it.
struct Names {
    settings: BTreeSet<String>,
    metrics: BTreeSet<String>,
    commands: BTreeSet<String>,
    routes: Vec<String>,
}

impl Names {
    fn read(root: &Path) -> Self {
        let source = |path: &str| fs::read_to_string(root.join("crates/server/src").join(path)).unwrap_or_default();
        let (config, cli, metrics) = (source("config.rs"), source("cli.rs"), source("metrics.rs"));
        Names {
            settings: ["Draft", "ProjectDraft"]
                .iter()
                .flat_map(|name| fields(&config, &format!("struct {name}")))
                .collect(),
            metrics: metric_names(&metrics),
            commands: variants(&cli),
            routes: quoted_after(&source("http.rs"), ".route(").map(str::to_owned).collect(),
        }
    }

    fn unknown_in(&self, entry: &Entry) -> Complaints {
        let named = entry.operator.split('`').skip(1).step_by(2);
        named.filter(|name| !self.knows(name, entry)).map(|name| format!("operator: there is no `{name}`")).collect()
    }

    fn knows(&self, name: &str, entry: &Entry) -> bool {
        let bare = name.split(['{', ' ']).next().unwrap_or_default();
        match name {
            _ if name.starts_with("exedra_") => self.metrics.contains(bare),
            _ if name.starts_with("exedra ") => {
                let command = name.trim_start_matches("exedra ");
                command == "--version" || self.commands.contains(command)
            }
            _ if name.starts_with('/') => self.routes.iter().any(|route| route.starts_with(name)),
            // A header of HTTP.
            _ if name.starts_with(|c: char| c.is_ascii_uppercase()) => name.contains('-'),
            _ => {
                let argument = entry.args.iter().any(|arg| arg.name == name);
                argument || MEMBERS.contains(&name) || self.settings.contains(name)
            }
        }
    }
}

/// The public fields of a struct.
fn fields(source: &str, head: &str) -> Vec<String> {
    let body = source.split_once(&format!("{head} {{")).and_then(|(_, rest)| rest.split_once("\n}"));
    let lines = body.map_or("", |(body, _)| body).lines();
    lines.filter_map(|line| Some(line.trim().strip_prefix("pub ")?.split_once(':')?.0.to_owned())).collect()
}

/// The subcommands.
fn variants(source: &str) -> BTreeSet<String> {
    let body = source.split_once("enum Command {").and_then(|(_, rest)| rest.split_once("\n}"));
    let lines = body.map_or("", |(body, _)| body).lines().filter_map(|line| line.strip_prefix("    "));
    let names = lines.filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
    names.filter_map(|line| line.split([' ', '(', '{', ',']).next()).map(str::to_lowercase).collect()
}

/// As Prometheus shows them: counters end in `_total`. The rows of the server's tables, and what is registered by itself.
fn metric_names(source: &str) -> BTreeSet<String> {
    let rows = source.lines().filter_map(|line| {
        let (kind, rest) = line.trim().split_once(": ")?.1.split_once(" = \"")?;
        let name = rest.split_once('"')?.0;
        Some(format!("exedra_{name}{}", if kind.contains("Counter") { "_total" } else { "" }))
    });
    let single = source.split("registry.register(\"").skip(1).filter_map(|rest| rest.split_once('"'));
    rows.chain(single.map(|(name, _)| format!("exedra_{name}"))).collect()
}

fn quoted_after<'a>(source: &'a str, call: &'a str) -> impl Iterator<Item = &'a str> {
    source.split(call).skip(1).filter_map(|rest| rest.split('"').nth(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{catalogue, root};

    /// What is said about TOKEN_EXPIRED after a change to it.
    fn after(change: impl FnOnce(&mut Entry)) -> Complaints {
        let mut catalogue = catalogue::load(root()).unwrap();
        change(catalogue.errors.iter_mut().find(|entry| entry.code == "TOKEN_EXPIRED").unwrap());
        lint(root(), &catalogue)
    }

    #[test]
    fn every_action_of_the_catalogue_is_sound() {
        assert_eq!(after(|_| ()), Complaints::new());
    }

    #[test]
    fn the_servers_names_are_read_from_its_source() {
        let names = Names::read(root());
        assert!(names.settings.contains("media_addresses") && names.settings.contains("public_key_file"));
        assert!(
            names.metrics.contains("exedra_faults_total") && names.metrics.contains("exedra_udp_dropped_by_kernel")
        );
        assert!(names.metrics.contains("exedra_media_round_trip_seconds"));
        assert!(names.commands.contains("serve") && names.commands.contains("explain"), "{:?}", names.commands);
        assert!(names.routes.iter().any(|route| route == "/readyz"));
    }

    #[test]
    fn each_weakness_is_noticed() {
        for (who, text) in [
            ("user", "Reload."),
            ("user", "Contact support if it happens again."),
            ("user", "Reload the page to get a new token."),
            ("user", "Call `connect` again, if you can."),
            ("developer", "Look at the page once more, closely."),
            ("operator", "Set `no_such_setting` to a larger number."),
            ("operator", "Look at `exedra_sockets_total` in the metrics."),
            ("operator", "Run `exedra repair` on the machine."),
            ("operator", "Open `/no/such/page` in a browser."),
        ] {
            let complaints = after(|entry| match who {
                "user" => entry.user = text.into(),
                "developer" => entry.developer = text.into(),
                _ => entry.operator = text.into(),
            });
            assert_eq!(complaints.len(), 1, "{text}: {complaints:?}");
        }
        assert_eq!(after(|entry| entry.operator = entry.user.clone()).len(), 1);
    }
}
