//! The documentation of the catalogue as web pages, which the binary serves under `/errors`.
//!
//! One page for each code, and one index that is searched in the browser and lists everything by class, by operation, by
//! vendor and by cause. Pages are complete without scripts, need nothing from another host, and fit a phone.

use std::fmt::{self, Write};

use crate::cause::CAUSES;
use crate::explain::{Identity, facts_line, forms};
use crate::fault::{Class, Code, Entry, Fault, Operation, Status};
use crate::problem::DOCUMENTATION_PATH;
use crate::render::Dialect;

/// The page for a path below `/errors`, with or without a slash in front; `None` when there is none of that name.
pub fn page(path: &str) -> Option<String> {
    match path.trim_matches('/') {
        "" => Some(index()),
        name => Code::from_name(&name.to_ascii_uppercase()).map(|code| code_page(code.entry())),
    }
}

fn index() -> String {
    let mut body = String::from(
        "<h1>Errors</h1>\n<p>Every failure that can leave Exedra: what it means, and what to do next. Look for a code, a vendor's \
         number or name, or a word.</p>\n\
         <input id=\"search\" type=\"search\" placeholder=\"1500, OT_TIMEOUT, token…\" aria-label=\"Search\" autofocus>\n\
         <nav><a href=\"#class\">By class</a> <a href=\"#operation\">By operation</a> <a href=\"#vendor\">By vendor code</a> \
         <a href=\"#cause\">By cause</a></nav>\n",
    );
    body += "<section id=\"class\"><h2>By class</h2>\n";
    for class in Class::ALL {
        let _ = writeln!(body, "<h3>{class}</h3>\n<ul>");
        for code in Code::ALL.iter().filter(|code| code.class() == *class) {
            item(&mut body, code.entry());
        }
        body += "</ul>\n";
    }
    body += "</section>\n<section id=\"operation\"><h2>By operation</h2>\n";
    for operation in Operation::ALL {
        let codes: Vec<Code> =
            Code::ALL.iter().copied().filter(|code| code.entry().operations.contains(operation)).collect();
        if codes.is_empty() {
            continue;
        }
        let _ = writeln!(body, "<h3>{}</h3>\n<ul>", operation.as_str().replace('_', " "));
        for code in codes {
            item(&mut body, code.entry());
        }
        body += "</ul>\n";
    }
    body += "</section>\n<section id=\"vendor\"><h2>By vendor code</h2>\n";
    for dialect in Dialect::ALL {
        let _ = writeln!(body, "<h3>{}</h3>\n<dl>", dialect.as_str());
        for identity in Identity::all().iter().filter(|identity| identity.dialect == dialect) {
            vendor_item(&mut body, identity);
        }
        body += "</dl>\n";
    }
    body += "</section>\n<section id=\"cause\"><h2>By cause</h2>\n<dl>\n";
    for cause in &CAUSES {
        let _ = writeln!(
            body,
            "<div class=\"row\" id=\"cause-{id}\"><dt><b>{id}</b> <small>{stage}</small></dt><dd>{title}. {advice}</dd></div>",
            id = cause.id,
            stage = cause.stage,
            title = Escaped(cause.title),
            advice = Escaped(cause.advice)
        );
    }
    body += "</dl>\n</section>\n<p id=\"nothing\" hidden>Nothing found.</p>\n";
    body += SEARCH;
    document("Errors", &body)
}

fn item(body: &mut String, entry: &Entry) {
    let planned = if entry.status == Status::Planned { " <small>planned</small>" } else { "" };
    let _ = writeln!(body, "<li class=\"row\">{} {}{planned}</li>", link(entry.code), Escaped(entry.title));
}

fn vendor_item(body: &mut String, identity: &Identity) {
    let codes: Vec<String> = identity.codes.iter().map(|code| link(*code)).collect();
    let codes = if codes.is_empty() { "cannot happen here".to_owned() } else { codes.join(", ") };
    let _ = writeln!(
        body,
        "<div class=\"row\"><dt><b>{}</b> <small>{}</small></dt><dd>{}<br>{codes}</dd></div>",
        Escaped(identity.id),
        Escaped(identity.context),
        Escaped(identity.note)
    );
}

fn code_page(entry: &Entry) -> String {
    let mut body = format!(
        "<nav><a href=\"{DOCUMENTATION_PATH}\">All errors</a></nav>\n<h1>{}</h1>\n<p class=\"title\">{}</p>\n<p class=\"facts\">{}</p>\n<p>{}</p>\n",
        entry.code,
        Escaped(entry.title),
        Escaped(&facts_line(entry)),
        Escaped(entry.explanation)
    );
    if entry.status == Status::Planned {
        body += "<p class=\"facts\">Nothing raises this code yet.</p>\n";
    }
    body += "<h2>What to do</h2>\n<dl>\n";
    for (who, what) in
        [("User", entry.actions.user), ("Developer", entry.actions.developer), ("Operator", entry.actions.operator)]
    {
        let _ = writeln!(body, "<dt>{who}</dt><dd>{}</dd>", Escaped(what));
    }
    body += "</dl>\n<h2>Causes</h2>\n<ul>\n";
    for cause in entry.causes {
        let _ = writeln!(body, "<li>{}</li>", Escaped(cause));
    }
    body += "</ul>\n";
    if !entry.args.is_empty() {
        body += "<h2>Arguments</h2>\n<dl>\n";
        for arg in entry.args {
            let _ = writeln!(
                body,
                "<dt><code>{}</code> <small>{}, {}</small></dt><dd>{}</dd>",
                arg.name,
                arg.kind,
                arg.visibility,
                Escaped(arg.meaning)
            );
        }
        body += "</dl>\n";
    }
    body += "<h2>Shown as</h2>\n<div class=\"scroll\"><table>\n<tr><th>Dialect</th><th>Error</th><th>Operations</th></tr>\n";
    for dialect in Dialect::ALL {
        for (shown, operations) in forms(entry, dialect) {
            let operations: Vec<String> =
                operations.iter().map(|operation| operation.as_str().replace('_', " ")).collect();
            let _ = writeln!(
                body,
                "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
                dialect.as_str(),
                Escaped(&shown),
                operations.join(", ")
            );
        }
    }
    let example = serde_json::to_string_pretty(&Fault::example(entry.code).problem(None)).unwrap_or_default();
    let _ = writeln!(body, "</table></div>\n<h2>Example</h2>\n<pre>{}</pre>", Escaped(&example));
    document(entry.code.as_str(), &body)
}

fn link(code: Code) -> String {
    format!("<a href=\"{DOCUMENTATION_PATH}{code}\">{code}</a>")
}

fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title} · Exedra</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
}

const STYLE: &str = "
:root { color-scheme: light dark; --quiet: color-mix(in srgb, currentColor 60%, transparent); --line: color-mix(in srgb, currentColor 18%, transparent); }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 1rem 1rem 4rem; }
h1 { font-size: 1.5rem; margin: .6em 0 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2em 0 .4em; }
h3 { font-size: 1rem; margin: 1.4em 0 .2em; }
.title { font-size: 1.15rem; margin: .2em 0; }
.facts, small { color: var(--quiet); font-size: .85rem; }
input { width: 100%; box-sizing: border-box; font: inherit; padding: .6em .8em; border: 1px solid var(--line); border-radius: .5em; background: transparent; color: inherit; }
nav a { margin-right: 1em; display: inline-block; padding: .5em 0; }
ul { padding-left: 1.2em; } li { margin: .3em 0; overflow-wrap: anywhere; }
dl { margin: 0; } dt { font-weight: 600; margin-top: .8em; overflow-wrap: anywhere; } dd { margin: 0; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; } td, th { text-align: left; padding: .3em 1em .3em 0; border-bottom: 1px solid var(--line); vertical-align: top; }
pre { overflow-x: auto; padding: .8em; border: 1px solid var(--line); border-radius: .5em; font-size: .85rem; }
";

/// Hides the rows, and then the headings, that do not contain every word. `?q=` searches on arrival.
const SEARCH: &str = "<script>
const search = document.getElementById('search');
const rows = [...document.querySelectorAll('.row')].map((row) => [row, row.textContent.toLowerCase()]);
const groups = [...document.querySelectorAll('section > ul, section > dl')];
function filter() {
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let found = 0;
  for (const [row, text] of rows) { row.hidden = !words.every((word) => text.includes(word)); found += row.hidden ? 0 : 1; }
  for (const group of groups) {
    const empty = !group.querySelector('.row:not([hidden])');
    group.hidden = empty;
    if (group.previousElementSibling?.tagName === 'H3') group.previousElementSibling.hidden = empty;
  }
  for (const section of document.querySelectorAll('section')) section.hidden = !section.querySelector('.row:not([hidden])');
  document.getElementById('nothing').hidden = found > 0;
}
search.value = new URLSearchParams(location.search).get('q') ?? '';
search.addEventListener('input', filter);
filter();
</script>
";

/// Text as HTML.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_page_that_tells_three_people_what_to_do() {
        for code in Code::ALL {
            let entry = code.entry();
            let page = page(&format!("/{code}")).unwrap();
            for text in
                [entry.title, entry.actions.user, entry.actions.developer, entry.actions.operator, entry.causes[0]]
            {
                assert!(page.contains(&Escaped(text).to_string()), "{code}: {text}");
            }
        }
    }

    #[test]
    fn the_path_in_every_problem_is_a_page() {
        for code in Code::ALL {
            let kind = Fault::example(*code).problem(None).kind;
            let below = kind.strip_prefix(DOCUMENTATION_PATH).unwrap();
            assert!(page(below).is_some(), "{kind}");
        }
    }

    #[test]
    fn the_index_lists_every_code_every_identity_and_every_cause() {
        let index = page("").unwrap();
        for code in Code::ALL {
            assert!(index.contains(&link(*code)), "{code}");
        }
        for identity in Identity::all() {
            assert!(index.contains(&format!("<b>{}</b>", identity.id)), "{identity:?}");
        }
        for cause in &CAUSES {
            assert!(index.contains(cause.id), "{}", cause.id);
        }
    }

    #[test]
    fn pages_need_nothing_from_another_host() {
        for path in ["", "TOKEN_EXPIRED"] {
            let page = page(path).unwrap();
            assert!(!page.contains("src=\"") && !page.contains("href=\"http"), "{path}");
        }
    }

    #[test]
    fn other_paths_have_no_page() {
        for path in ["NO_SUCH_CODE", "../etc/passwd", "TOKEN_EXPIRED/x"] {
            assert_eq!(page(path), None, "{path}");
        }
    }
}
