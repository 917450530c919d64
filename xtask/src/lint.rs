//! The first gate: the catalogue is well formed in itself.

use std::collections::BTreeSet;
use std::path::Path;

use crate::Complaints;
use crate::catalogue::{self, Arg, Catalogue, Causes, Dialect, Entry, Form};
use crate::terms::{ArgType, Class, Operation, Visibility};
use crate::vendors;

/// The catalogue, when it is well formed.
pub fn load(root: &Path) -> Result<Catalogue, Complaints> {
    let catalogue = catalogue::load(root)?;
    let complaints = lint(&catalogue);
    if complaints.is_empty() { Ok(catalogue) } else { Err(complaints) }
}

pub fn lint(catalogue: &Catalogue) -> Complaints {
    let mut complaints = Vec::new();
    let mut seen = BTreeSet::new();
    for entry in &catalogue.errors {
        if !seen.insert(&entry.code) {
            complaints.push(format!("{}: defined twice", entry.code));
        }
        complaints.extend(lint_entry(entry).into_iter().map(|what| format!("{}: {what}", entry.code)));
    }
    for (name, dialect) in &catalogue.dialects {
        complaints.extend(lint_dialect(dialect, catalogue).into_iter().map(|what| format!("dialect {name}: {what}")));
    }
    complaints.extend(vendors::lint(catalogue));
    complaints.extend(lint_causes(&catalogue.causes).into_iter().map(|what| format!("causes: {what}")));
    complaints
}

fn lint_causes(causes: &Causes) -> Complaints {
    let mut complaints = Vec::new();
    let mut facts = BTreeSet::new();
    for fact in &causes.fact {
        if !facts.insert(&*fact.id)
            || !["server", "client", "either"].contains(&&*fact.who)
            || fact.yes.is_empty()
            || fact.no.is_empty()
        {
            complaints.push(format!("fact {}: twice, of nobody, or without words", fact.id));
        }
    }
    let mut used = BTreeSet::new();
    for cause in &causes.cause {
        if cause.title.is_empty() || cause.advice.is_empty() || cause.rule.is_empty() {
            complaints.push(format!("{}: title, advice or rule missing", cause.id));
        }
        for rule in &cause.rule {
            if !(rule.confidence > 0.0 && rule.confidence < 1.0) {
                complaints.push(format!("{}: {} is not between 0 and 1", cause.id, rule.confidence));
            }
            for fact in rule.when.iter().map(|condition| condition.trim_start_matches('!')) {
                used.insert(fact);
                if !facts.contains(fact) {
                    complaints.push(format!("{}: unknown fact {fact}", cause.id));
                }
            }
        }
    }
    complaints.extend(facts.difference(&used).map(|fact| format!("fact {fact} decides nothing")));
    complaints
}

fn lint_entry(entry: &Entry) -> Complaints {
    let mut complaints = Vec::new();
    let well_formed = entry.code.starts_with(|c: char| c.is_ascii_uppercase())
        && entry.code.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    if !well_formed || entry.code.len() > 63 {
        complaints.push("a code is UPPER_SNAKE of at most 63 characters".to_owned());
    }
    if !(400..=599).contains(&entry.http_status) {
        complaints.push(format!("HTTP status {} is not an error", entry.http_status));
    }
    if entry.operations.is_empty() {
        complaints.push("comes from no operation".to_owned());
    }
    let texts = [
        ("since", &entry.since),
        ("title", &entry.title),
        ("message", &entry.message),
        ("explanation", &entry.explanation),
        ("user", &entry.user),
        ("developer", &entry.developer),
        ("operator", &entry.operator),
    ];
    complaints
        .extend(texts.iter().filter(|(_, text)| text.trim().is_empty()).map(|(field, _)| format!("{field} is empty")));
    if entry.causes.is_empty() || entry.causes.iter().any(|cause| cause.trim().is_empty()) {
        complaints.push("causes are missing".to_owned());
    }
    let public: BTreeSet<&str> =
        entry.args.iter().filter(|arg| arg.visibility == Visibility::Public).map(|arg| arg.name.as_str()).collect();
    let tags: BTreeSet<&str> = tags(&entry.message).collect();
    if public != tags {
        complaints.push(format!("public args {public:?} are not the tags of the message {tags:?}"));
    }
    complaints.extend(entry.args.iter().filter_map(lint_arg));
    complaints
}

fn lint_arg(arg: &Arg) -> Option<String> {
    let fits = match arg.kind {
        ArgType::String => arg.example.is_str(),
        ArgType::U64 => arg.example.as_integer().is_some_and(|number| number >= 0),
        ArgType::I64 => arg.example.is_integer(),
        ArgType::F64 => arg.example.is_float(),
        ArgType::Bool => arg.example.is_bool(),
    };
    if !fits {
        return Some(format!("arg {}: the example is no {}", arg.name, arg.kind));
    }
    arg.meaning.trim().is_empty().then(|| format!("arg {}: no meaning", arg.name))
}

/// The names between braces.
fn tags(message: &str) -> impl Iterator<Item = &str> {
    message.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0))
}

fn lint_dialect(dialect: &Dialect, catalogue: &Catalogue) -> Complaints {
    let mut complaints = Vec::new();
    let known: BTreeSet<&str> = catalogue.errors.iter().map(|entry| entry.code.as_str()).collect();
    for mapping in &dialect.map {
        complaints.extend(
            mapping
                .codes
                .iter()
                .filter(|code| !known.contains(code.as_str()))
                .map(|code| format!("unknown code {code}")),
        );
        complaints.extend(lint_operations(&mapping.operations));
        complaints.extend(lint_form(&mapping.form));
    }
    complaints.extend(ambiguous(dialect));
    for class in Class::ALL {
        if !dialect.last_resort.iter().any(|row| row.class == *class && row.operations == ["*"]) {
            complaints.push(format!("class {class} has no last resort"));
        }
    }
    for row in &dialect.last_resort {
        complaints.extend(lint_operations(&row.operations));
        complaints.extend(lint_form(&row.form));
    }
    complaints
}

/// A code that two rows claim for the same operation.
fn ambiguous(dialect: &Dialect) -> Complaints {
    let mut seen = BTreeSet::new();
    let mut complaints = Vec::new();
    for row in &dialect.map {
        for code in &row.codes {
            for operation in &row.operations {
                if !seen.insert((code, operation)) {
                    complaints.push(format!("{code} has two rows for {operation}"));
                }
            }
        }
    }
    complaints
}

fn lint_operations(operations: &[String]) -> Complaints {
    if operations == ["*"] {
        return Vec::new();
    }
    let unknown = operations.iter().filter(|name| Operation::from_name(name).is_none());
    unknown.map(|name| format!("unknown operation {name}")).collect()
}

fn lint_form(form: &Form) -> Option<String> {
    let unknown = tags(&form.message).find(|tag| *tag != "detail")?;
    Some(format!("{} {}: unknown tag {{{unknown}}}", form.vendor_code, form.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::root;

    /// What the lint says after a change to the catalogue.
    fn after(change: impl FnOnce(&mut Catalogue)) -> Complaints {
        let mut catalogue = catalogue::load(root()).unwrap();
        change(&mut catalogue);
        lint(&catalogue)
    }

    fn entry<'a>(catalogue: &'a mut Catalogue, code: &str) -> &'a mut Entry {
        catalogue.errors.iter_mut().find(|entry| entry.code == code).unwrap()
    }

    #[test]
    fn the_catalogue_is_well_formed() {
        assert_eq!(after(|_| ()), Complaints::new());
    }

    #[test]
    fn each_defect_is_noticed() {
        assert!(
            !after(|c| entry(c, "TOKEN_EXPIRED").message.push_str(" {unknown}")).is_empty(),
            "a tag without an arg"
        );
        assert!(!after(|c| entry(c, "TOKEN_EXPIRED").operator.clear()).is_empty(), "no advice for the operator");
        assert!(!after(|c| entry(c, "TOKEN_EXPIRED").http_status = 200).is_empty(), "an error that is a success");
        assert!(
            !after(|c| c.dialects.get_mut("trtc").unwrap().last_resort.clear()).is_empty(),
            "a dialect that is not total"
        );
        assert!(
            !after(|c| drop(c.vendors.get_mut("opentok").unwrap().identity.pop())).is_empty(),
            "an identity left out"
        );
        assert!(
            !after(|c| c.vendors.get_mut("trtc").unwrap().identity[0].codes.push("INTERNAL".into())).is_empty(),
            "a false claim"
        );
        assert!(!after(|c| c.causes.cause[0].rule[0].when.push("no_such_fact".into())).is_empty(), "an unknown fact");
    }
}
