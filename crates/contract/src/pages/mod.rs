//! The documentation of the catalogue as web pages, which the binary serves under `/errors`.
//!
//! One page for each code and for each number or name of a vendor; indexes by class, operation, vendor and cause; a search. Pages
//! are complete without scripts, need nothing from another host, and fit a phone.

mod code;
mod index;
mod vendor;

use std::fmt::{self, Write as _};

use crate::explain::{Meaning, find};
use crate::fault::Code;
use crate::problem::DOCUMENTATION_PATH;

/// The page for a path below `/errors`, with or without a slash in front; `None` when there is none of that name.
pub fn page(path: &str) -> Option<String> {
    match path.trim_matches('/') {
        "" => Some(index::by_class()),
        "by-operation" => Some(index::by_operation()),
        "by-vendor-code" => Some(index::by_vendor_code()),
        "by-cause" => Some(index::by_cause()),
        name => find(name).map(|meaning| match meaning {
            Meaning::Code(entry) => code::page(entry),
            Meaning::Cause(_) => index::by_cause(),
            Meaning::Vendor(identities) => vendor::page(name, &identities),
        }),
    }
}

/// What fits a question, as a page.
pub fn search(question: &str) -> String {
    index::results(question)
}

fn link(code: Code) -> String {
    format!("<a class=\"code\" href=\"{DOCUMENTATION_PATH}{code}\">{code}</a>")
}

/// The frame of every page; `question` is what stands in the search box.
fn document(title: &str, question: &str, body: &str) -> String {
    let question = Escaped(question);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title} · Exedra errors</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n\
         <a class=\"home\" href=\"/errors\">Exedra errors</a>\n\
         <form role=\"search\" action=\"/errors\"><label for=\"search\">Code, vendor’s number or name, or message</label>\n\
         <input id=\"search\" name=\"q\" type=\"search\" value=\"{question}\" placeholder=\"1500, OT_TIMEOUT, token…\" \
         autocomplete=\"off\" autocapitalize=\"off\" spellcheck=\"false\"> <button>Search</button></form>\n\
         <nav aria-label=\"Indexes\"><a href=\"/errors\">Classes</a> <a href=\"/errors/by-operation\">Operations</a> \
         <a href=\"/errors/by-vendor-code\">Vendors</a> <a href=\"/errors/by-cause\">Causes</a></nav>\n\
         </header>\n<main id=\"main\">\n{body}</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        title = Escaped(title)
    )
}

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("search.js");

/// Text as it is.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// The catalogue's prose: what stands between backticks is code.
struct Text<'a>(&'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, piece) in self.0.split('`').enumerate() {
            match at % 2 {
                0 => write!(f, "{}", Escaped(piece))?,
                _ => write!(f, "<code>{}</code>", Escaped(piece))?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
