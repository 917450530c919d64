//! The Rust half: the code enum, one typed constructor for each code, and the tables.

use std::fmt::Write;

use super::upper_camel;
use crate::capture::{self, Capture};
use crate::catalogue::{Arg, Catalogue, Dialect, Entry, Form, Retry};
use crate::scenarios::How;
use crate::terms::{ArgType, RetryHow};

const NOTICE: &str = "// Produced by `cargo xtask gen` from catalog/; do not edit.\n";

pub fn code(catalogue: &Catalogue) -> String {
    let mut out = format!(
        "{NOTICE}\n/// Every failure that can leave Exedra. Ordered by name; the number behind it is this build's own.\n\
         #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]\n#[repr(u16)]\npub enum Code {{\n"
    );
    for entry in &catalogue.errors {
        let _ = writeln!(out, "    /// {}\n    {},", entry.title, upper_camel(&entry.code));
    }
    out += "}\n\nimpl Code {\n    pub const ALL: &'static [Code] = &[\n";
    for entry in &catalogue.errors {
        let _ = writeln!(out, "        Code::{},", upper_camel(&entry.code));
    }
    out += "    ];\n\n    pub const fn as_str(self) -> &'static str {\n        match self {\n";
    for entry in &catalogue.errors {
        let _ = writeln!(out, "            Code::{} => \"{}\",", upper_camel(&entry.code), entry.code);
    }
    out += "        }\n    }\n\n    pub fn from_name(name: &str) -> Option<Self> {\n        \
            Self::ALL.binary_search_by_key(&name, |code| code.as_str()).ok().map(|at| Self::ALL[at])\n    }\n}\n";
    out
}

pub fn faults(catalogue: &Catalogue) -> String {
    let mut out = format!(
        "//! One constructor for each code, with its args in the catalogue's order.\n\n{NOTICE}\n\
         use serde_json::Value;\n\nuse crate::fault::{{Code, Fault}};\n"
    );
    for entry in &catalogue.errors {
        let params: Vec<String> = entry.args.iter().map(parameter).collect();
        let values: Vec<String> = entry.args.iter().map(value).collect();
        let _ = writeln!(out, "\n/// {}\n///\n/// {}", entry.title, entry.message);
        for arg in &entry.args {
            let _ = writeln!(out, "/// - `{}` ({}): {}", arg.name, arg.visibility, arg.meaning);
        }
        let _ = writeln!(
            out,
            "pub fn {}({}) -> Fault {{\n    Fault::raise(Code::{}, vec![{}])\n}}",
            entry.code.to_lowercase(),
            params.join(", "),
            upper_camel(&entry.code),
            values.join(", ")
        );
    }
    out
}

fn parameter(arg: &Arg) -> String {
    let kind = match arg.kind {
        ArgType::String => "impl Into<String>",
        other => other.as_str(),
    };
    format!("{}: {kind}", arg.name)
}

fn value(arg: &Arg) -> String {
    match arg.kind {
        ArgType::String => format!("Value::String({}.into())", arg.name),
        _ => format!("{}.into()", arg.name),
    }
}

pub fn table(catalogue: &Catalogue, capture: &Capture) -> String {
    let mut out = format!(
        "{NOTICE}\nuse crate::fault::*;\nuse crate::problem::Retry;\n\n\
         /// Indexed by the code's number.\npub static ENTRIES: [Entry; {}] = [\n",
        catalogue.errors.len()
    );
    for entry in &catalogue.errors {
        write_entry(&mut out, entry, capture);
    }
    out += "];\n";
    out
}

fn write_entry(out: &mut String, entry: &Entry, capture: &Capture) {
    let operations: Vec<String> =
        entry.operations.iter().map(|operation| format!("Operation::{operation:?}")).collect();
    let causes: Vec<String> = entry.causes.iter().map(|cause| format!("{:?}", prose(cause))).collect();
    let _ = writeln!(out, "    Entry {{\n        code: Code::{},", upper_camel(&entry.code));
    let _ = writeln!(out, "        class: Class::{:?},\n        since: {:?},", entry.class, entry.since);
    let _ = writeln!(out, "        status: Status::{:?},\n        blame: Blame::{:?},", entry.status, entry.blame);
    let _ = writeln!(out, "        retry: {},\n        effect: Effect::{:?},", retry(&entry.retry), entry.effect);
    let _ = writeln!(
        out,
        "        http_status: {},\n        raised_by: RaisedBy::{:?},",
        entry.http_status, entry.raised_by
    );
    let _ = writeln!(out, "        operations: &[{}],\n        args: &[", operations.join(", "));
    for arg in &entry.args {
        let _ = writeln!(
            out,
            "            ArgSpec {{ name: {:?}, kind: ArgType::{:?}, visibility: Visibility::{:?}, meaning: {:?}, example: {} }},",
            arg.name,
            arg.kind,
            arg.visibility,
            arg.meaning,
            example(arg)
        );
    }
    let _ = writeln!(out, "        ],\n        title: {:?},\n        message: {:?},", entry.title, entry.message);
    let _ = writeln!(
        out,
        "        explanation: {:?},\n        causes: &[{}],",
        prose(&entry.explanation),
        causes.join(", ")
    );
    let _ = writeln!(
        out,
        "        actions: Advice {{\n            user: {:?},\n            developer: {:?},\n            operator: {:?},\n        }},",
        prose(&entry.user),
        prose(&entry.developer),
        prose(&entry.operator)
    );
    let captured = capture::example(capture, &entry.code).map(|row| {
        let cause = row.frame.cause.as_ref().map(|cause| serde_json::to_string(cause).expect("strings and numbers"));
        let args = serde_json::to_string(&row.frame.args).expect("strings and numbers");
        let (scenario, is_real) = (&row.scenario, row.how == How::Real);
        format!("Captured {{ scenario: {scenario:?}, is_real: {is_real}, args: {args:?}, cause: {cause:?} }}")
    });
    let captured = captured.map_or("None".to_owned(), |captured| format!("Some({captured})"));
    let _ = writeln!(out, "        captured: {captured},\n    }},");
}

/// Text as one paragraph, however its lines were broken in the catalogue.
fn prose(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn retry(retry: &Retry) -> String {
    match (retry.how, retry.after_ms) {
        (RetryHow::After, Some(after_ms)) => format!("Retry::after({after_ms})"),
        (how, _) => format!("Retry::how(terms::RetryHow::{how:?})"),
    }
}

fn example(arg: &Arg) -> String {
    match arg.kind {
        ArgType::String => format!("Example::String({:?})", arg.example.as_str().unwrap_or_default()),
        ArgType::U64 => format!("Example::U64({})", arg.example),
        ArgType::I64 => format!("Example::I64({})", arg.example),
        ArgType::F64 => format!("Example::F64({})", arg.example),
        ArgType::Bool => format!("Example::Bool({})", arg.example),
    }
}

pub fn dialects(catalogue: &Catalogue) -> String {
    let mut out = format!("{NOTICE}\nuse crate::fault::*;\nuse crate::render::{{Form, Table}};\n");
    for (name, dialect) in &catalogue.dialects {
        write_dialect(&mut out, name, dialect);
    }
    out
}

fn write_dialect(out: &mut String, name: &str, dialect: &Dialect) {
    let _ = writeln!(out, "\npub static {}: Table = Table {{\n    map: &[", name.to_uppercase());
    for row in &dialect.map {
        let codes: Vec<String> = row.codes.iter().map(|code| format!("Code::{}", upper_camel(code))).collect();
        let _ =
            writeln!(out, "        (&[{}], {}, {}),", codes.join(", "), operations(&row.operations), form(&row.form));
    }
    out.push_str("    ],\n    last_resort: &[\n");
    for row in &dialect.last_resort {
        let _ =
            writeln!(out, "        (Class::{:?}, {}, {}),", row.class, operations(&row.operations), form(&row.form));
    }
    out.push_str("    ],\n};\n");
}

pub fn vendors(catalogue: &Catalogue) -> String {
    let count: usize = catalogue.vendors.values().map(|vendor| vendor.identity.len()).sum();
    let mut out = format!(
        "{NOTICE}\nuse crate::explain::{{Identity, IdentityKind}};\nuse crate::fault::*;\nuse crate::render::Dialect;\n\n\
         pub static VENDORS: [Identity; {count}] = [\n"
    );
    for (vendor, table) in &catalogue.vendors {
        let dialect = match vendor.as_str() {
            "opentok" => "OpenTok",
            "trtc" => "Trtc",
            "watchtogether" => "WatchTogether",
            other => other,
        };
        for identity in &table.identity {
            let codes: Vec<String> = identity.codes.iter().map(|code| format!("Code::{}", upper_camel(code))).collect();
            let operation = match &*identity.operation {
                "*" => "None".to_owned(),
                name => format!("Some(Operation::{})", upper_camel(name)),
            };
            let _ = writeln!(
                out,
                "    Identity {{ dialect: Dialect::{dialect}, kind: IdentityKind::{:?}, id: {:?}, context: {:?}, operation: {operation}, codes: &[{}], note: {:?} }},",
                identity.kind,
                identity.id,
                identity.context,
                codes.join(", "),
                identity.note
            );
        }
    }
    out += "];\n";
    out
}

pub fn causes(catalogue: &Catalogue) -> String {
    let causes = &catalogue.causes;
    let mut out = format!(
        "{NOTICE}\nuse crate::cause::{{CauseEntry, FactEntry, Rule, Witness}};\nuse crate::fault::terms::Stage;\n\n\
         /// What one end of an attempt can observe.\n\
         #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]\npub enum Fact {{\n"
    );
    for fact in &causes.fact {
        let _ = writeln!(out, "    /// Holds: {}. Does not: {}.\n    {},", fact.yes, fact.no, upper_camel(&fact.id));
    }
    let _ = writeln!(out, "}}\n\npub static FACTS: [FactEntry; {}] = [", causes.fact.len());
    for fact in &causes.fact {
        let camel = upper_camel(&fact.id);
        // What either end sees for itself is, here, what the server sees.
        let who = if fact.who == "client" { "Client" } else { "Server" };
        let _ = writeln!(
            out,
            "    FactEntry {{ fact: Fact::{camel}, id: {:?}, who: Witness::{who}, yes: {:?}, no: {:?} }},",
            fact.id, fact.yes, fact.no
        );
    }
    let _ = writeln!(out, "];\n\npub static CAUSES: [CauseEntry; {}] = [", causes.cause.len());
    for cause in &causes.cause {
        let _ = writeln!(
            out,
            "    CauseEntry {{\n        id: {:?},\n        stage: Stage::{:?},\n        title: {:?},\n        advice: {:?},\n        ruled_out: &{:?},\n        rules: &[",
            cause.id, cause.stage, cause.title, cause.advice, cause.ruled_out
        );
        for rule in &cause.rule {
            let when = rule.when.iter().map(|condition| match condition.strip_prefix('!') {
                Some(fact) => format!("(Fact::{}, false)", upper_camel(fact)),
                None => format!("(Fact::{}, true)", upper_camel(condition)),
            });
            let when: Vec<String> = when.collect();
            let _ = writeln!(
                out,
                "            Rule {{ when: &[{}], confidence: {:?} }},",
                when.join(", "),
                rule.confidence
            );
        }
        out.push_str("        ],\n    },\n");
    }
    out += "];\n";
    out
}

/// `None` stands for every operation.
fn operations(names: &[String]) -> String {
    if names == ["*"] {
        return "None".to_owned();
    }
    let variants: Vec<String> = names.iter().map(|name| format!("Operation::{}", upper_camel(name))).collect();
    format!("Some(&[{}])", variants.join(", "))
}

fn form(form: &Form) -> String {
    format!(
        "Form {{ code: {}, extra_code: {}, name: {:?}, message: {:?} }}",
        form.vendor_code, form.extra_code, form.name, form.message
    )
}
