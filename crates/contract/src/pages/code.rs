//! The page of one code.

use std::fmt::Write;

use super::{Escaped, Text, document};
use crate::explain::{effect_words, example_words, forms, raised_by_words, retry_words};
use crate::fault::{Entry, Fault, Operation, RaisedBy, Status};
use crate::problem::DOCUMENTATION_PATH;
use crate::render::Dialect;

pub fn page(entry: &'static Entry) -> String {
    let mut body = format!(
        "<h1>{}</h1>\n<p class=\"lead\">{}</p>\n<p class=\"message\">{}</p>\n",
        entry.code,
        Text(entry.title),
        message(entry.message)
    );
    if entry.status == Status::Planned {
        body += "<p class=\"quiet\">Nothing raises this code yet.</p>\n";
    }
    actions(&mut body, entry);
    let _ = writeln!(body, "<h2>Why it happens</h2>\n<p>{}</p>\n<ul>", Text(entry.explanation));
    for cause in entry.causes {
        let _ = writeln!(body, "<li>{}</li>", Text(cause));
    }
    body += "</ul>\n";
    facts(&mut body, entry);
    arguments(&mut body, entry);
    shown_as(&mut body, entry);
    example(&mut body, entry);
    document(entry.code.as_str(), "", &body)
}

fn actions(body: &mut String, entry: &Entry) {
    body.push_str("<h2>What to do</h2>\n<dl class=\"actions\">\n");
    let who = [
        ("You use the app", entry.actions.user),
        ("You develop the app", entry.actions.developer),
        ("You run the server", entry.actions.operator),
    ];
    for (who, what) in who {
        let _ = writeln!(body, "<div><dt>{who}</dt><dd>{}</dd></div>", Text(what));
    }
    body.push_str("</dl>\n");
}

fn facts(body: &mut String, entry: &Entry) {
    let operations: Vec<String> = entry.operations.iter().map(|operation| operation_link(*operation)).collect();
    let class = format!("<a href=\"/errors#{0}\">{0}</a>", entry.class);
    let mut rows = vec![
        ("Effect", effect_words(entry).to_owned()),
        ("Try again", retry_words(entry)),
        ("Class", class),
        ("HTTP status", entry.http_status.to_string()),
        ("Raised by", raised_by_words(entry).to_owned()),
        ("Comes from", operations.join(", ")),
    ];
    if entry.raised_by != RaisedBy::Sdk {
        rows.push(("Counted in", format!("<code>exedra_faults_total{{code=&quot;{}&quot;}}</code>", entry.code)));
    }
    rows.push(("In a terminal", format!("<code>exedra explain {}</code>", entry.code)));
    body.push_str("<h2>Facts</h2>\n<dl class=\"facts\">\n");
    for (name, value) in rows {
        let _ = writeln!(body, "<div><dt>{name}</dt><dd>{value}</dd></div>");
    }
    body.push_str("</dl>\n");
}

fn arguments(body: &mut String, entry: &Entry) {
    if entry.args.is_empty() {
        return;
    }
    body.push_str("<h2>Arguments</h2>\n<dl class=\"facts\">\n");
    for arg in entry.args {
        let (name, meaning) = (arg.name, Text(arg.meaning));
        let _ = writeln!(
            body,
            "<div><dt><code>{name}</code></dt><dd>{meaning} <small>{}, {}</small></dd></div>",
            arg.kind, arg.visibility
        );
    }
    body.push_str("</dl>\n");
}

/// What apps of each vendor see of it.
fn shown_as(body: &mut String, entry: &'static Entry) {
    body.push_str("<h2>In apps written for</h2>\n<dl class=\"facts\">\n");
    for dialect in Dialect::ALL {
        for (shown, operations) in forms(entry, dialect) {
            let operations: Vec<String> = operations.iter().map(|operation| words(*operation)).collect();
            let _ = writeln!(
                body,
                "<div><dt>{}</dt><dd><code>{}</code> <small>{}</small></dd></div>",
                dialect.as_str(),
                Escaped(&shown),
                operations.join(", ")
            );
        }
    }
    body.push_str("</dl>\n");
}

fn example(body: &mut String, entry: &Entry) {
    let example = serde_json::to_string_pretty(&Fault::captured(entry.code).problem(None)).unwrap_or_default();
    let _ = writeln!(
        body,
        "<h2>Example</h2>\n<p class=\"quiet\">{}</p>\n<pre tabindex=\"0\">{}</pre>",
        Escaped(&example_words(entry)),
        Escaped(&example)
    );
}

/// The message with its args marked.
fn message(template: &str) -> String {
    Text(template).to_string().replace('{', "<var>").replace('}', "</var>")
}

fn operation_link(operation: Operation) -> String {
    format!("<a href=\"{DOCUMENTATION_PATH}by-operation#{operation}\">{}</a>", words(operation))
}

pub fn words(operation: Operation) -> String {
    operation.as_str().replace('_', " ")
}
