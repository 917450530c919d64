//! The lists of everything, and what a search found.

use std::fmt::Write;

use super::code::words;
use super::vendor::{identity_link, place};
use super::{Text, document, link};
use crate::cause::{CAUSES, CauseEntry, FACTS, Rule};
use crate::explain::Identity;
use crate::fault::{Class, Code, Entry, Operation, Status};
use crate::problem::DOCUMENTATION_PATH;
use crate::render::Dialect;
use crate::search::{Hit, search};

pub fn by_class() -> String {
    let mut body = String::from(
        "<h1>Errors</h1>\n<p class=\"lead\">Every failure that can leave Exedra: what it means, and what to do next.</p>\n\
         <p>The class says what an app can do about a code that it does not know.</p>\n",
    );
    jumps(&mut body, Class::ALL.iter().map(|class| (class.as_str(), class.as_str().to_owned())));
    for class in Class::ALL {
        let codes = Code::ALL.iter().filter(|code| code.class() == *class);
        let _ = writeln!(body, "<h2 id=\"{class}\">{class}</h2>\n<p class=\"quiet\">{}</p>", class_words(*class));
        list(&mut body, codes.map(|code| code_row(code.entry())));
    }
    document("By class", "", &body)
}

pub fn by_operation() -> String {
    let used = |operation: &&Operation| Code::ALL.iter().any(|code| code.entry().operations.contains(operation));
    let operations: Vec<Operation> = Operation::ALL.iter().filter(used).copied().collect();
    let mut body = String::from(
        "<h1>Errors by operation</h1>\n<p class=\"lead\">What can go wrong with each thing an app does.</p>\n",
    );
    jumps(&mut body, operations.iter().map(|operation| (operation.as_str(), words(*operation))));
    for operation in operations {
        let codes = Code::ALL.iter().filter(|code| code.entry().operations.contains(&operation));
        let _ = writeln!(body, "<h2 id=\"{operation}\">{}</h2>", words(operation));
        list(&mut body, codes.map(|code| code_row(code.entry())));
    }
    document("By operation", "", &body)
}

pub fn by_vendor_code() -> String {
    let mut body = String::from(
        "<h1>Errors by vendor code</h1>\n<p class=\"lead\">Every number and name on the vendors’ error pages, and what it is here.</p>\n",
    );
    jumps(&mut body, Dialect::ALL.iter().map(|dialect| (dialect.as_str(), dialect.as_str().to_owned())));
    for dialect in Dialect::ALL {
        let identities = Identity::all().iter().filter(|identity| identity.dialect == dialect);
        let _ = writeln!(body, "<h2 id=\"{0}\">{0}</h2>", dialect.as_str());
        list(&mut body, identities.map(identity_row));
    }
    document("By vendor code", "", &body)
}

pub fn by_cause() -> String {
    let mut body = String::from(
        "<h1>Causes of failures</h1>\n<p class=\"lead\">What can be told from what both ends saw: the <code>cause</code> of an error \
         object.</p>\n\
         <p>Server and browser note facts. A rule names facts that must all have been seen as stated; what nobody saw decides \
         nothing. Of the rules that fit, the one with the highest confidence decides; above 0.8 nothing else that is known \
         produces all of its facts. The evidence in the error object is the facts of that rule, with who saw them.</p>\n",
    );
    list(&mut body, CAUSES.iter().map(cause_row));
    document("By cause", "", &body)
}

pub fn results(question: &str) -> String {
    let hits = search(question);
    let found = match hits.best.len() {
        0 => "Nothing found. Fewer words, or a number or name alone, find more.".to_owned(),
        count if hits.left_out > 0 => format!("The first {count}; {} more fit. More words find fewer.", hits.left_out),
        1 => "One found.".to_owned(),
        count => format!("{count} found."),
    };
    let mut body = format!("<h1>Search</h1>\n<p class=\"lead\" role=\"status\">{found}</p>\n");
    list(
        &mut body,
        hits.best.into_iter().map(|hit| match hit {
            Hit::Code(entry) => code_row(entry),
            Hit::Vendor(identity) => identity_row(identity),
            Hit::Cause(cause) => cause_row(cause),
        }),
    );
    document("Search", question, &body)
}

fn jumps<'a>(body: &mut String, targets: impl Iterator<Item = (&'a str, String)>) {
    body.push_str("<nav class=\"jumps\" aria-label=\"On this page\">");
    for (id, name) in targets {
        let _ = write!(body, "<a href=\"#{id}\">{name}</a> ");
    }
    body.push_str("</nav>\n");
}

fn list(body: &mut String, rows: impl Iterator<Item = String>) {
    body.push_str("<dl class=\"rows\">\n");
    body.extend(rows);
    body.push_str("</dl>\n");
}

fn code_row(entry: &Entry) -> String {
    let planned = if entry.status == Status::Planned { " <small>planned</small>" } else { "" };
    format!("<div><dt>{}</dt><dd>{}{planned}</dd></div>\n", link(entry.code), Text(entry.title))
}

fn identity_row(identity: &Identity) -> String {
    let codes: Vec<String> = identity.codes.iter().map(|code| link(*code)).collect();
    let codes =
        if codes.is_empty() { "<span class=\"never\">Cannot happen here.</span>".to_owned() } else { codes.join(", ") };
    format!(
        "<div><dt>{} <small>{}</small></dt><dd>{}<br>{codes}</dd></div>\n",
        identity_link(identity),
        place(identity),
        Text(identity.note)
    )
}

fn cause_row(cause: &CauseEntry) -> String {
    let ruled_out = match cause.ruled_out {
        [] => String::new(),
        some => format!("<br><small>Rules out: {}.</small>", some.join(", ")),
    };
    format!(
        "<div id=\"{id}\"><dt><a class=\"code\" href=\"{DOCUMENTATION_PATH}by-cause#{id}\">{id}</a> <small>{stage}</small></dt>\
         <dd>{title}. {advice}{ruled_out}{rules}</dd></div>\n",
        id = cause.id,
        stage = cause.stage.as_str().replace('_', " "),
        title = Text(cause.title),
        advice = Text(cause.advice),
        rules = cause.rules.iter().map(rule_line).collect::<String>()
    )
}

fn rule_line(rule: &Rule) -> String {
    let facts = rule.when.iter().map(|(fact, holds)| {
        let entry = &FACTS[*fact as usize];
        if *holds { entry.yes } else { entry.no }
    });
    let facts = facts.collect::<Vec<_>>().join("; ");
    format!("<br><small>{} when: {}.</small>", rule.confidence, Text(&facts))
}

/// What a client can do that knows the class alone.
fn class_words(class: Class) -> &'static str {
    match class {
        Class::Invalid => "The request is wrong in itself: correct it, it fails again as it is.",
        Class::Unauthenticated => "The server does not know who asks: fetch a new token.",
        Class::Permission => "The server, the browser or the project knows who asks and does not allow it.",
        Class::NotFound => "What the request is about is not there, or not any more: forget its id.",
        Class::Conflict => "Right in itself, and not in the present state: look at the state first.",
        Class::Exhausted => "A limit was reached: do less, or wait.",
        Class::Unsupported => "This browser, SDK or server cannot do it: offer something else.",
        Class::Device => "Camera, microphone, screen or sound, or the permission to use them: the user has to act.",
        Class::Network => "The network between the two ends: try again on a new connection, or on another network.",
        Class::Timeout => "Something did not answer in time: try again.",
        Class::Cancelled => "The app gave it up itself: nothing to repair.",
        Class::Unavailable => "The service cannot do it now: try again after a while.",
        Class::Internal => "A defect: report it with the occurrence’s id.",
    }
}
