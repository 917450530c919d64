//! The TypeScript half: the problem object with typed args, the faults the SDK raises itself, the facades' tables.

use std::fmt::Write;

use crate::catalogue::{Catalogue, Causes, Dialect, Entry, Form};
use crate::terms::{ArgType, Class, Effect, Operation, RaisedBy, RetryHow, Stage, Visibility};

const NOTICE: &str = "// Produced by `cargo xtask gen` from catalog/; do not edit.\n";

pub fn problem(catalogue: &Catalogue) -> String {
    let mut out = format!(
        r#"{NOTICE}
export type ProblemClass = {classes};

export type RetryHow = {retries};

export type Effect = {effects};

/** What was being attempted. */
export type Operation = {operations};

export interface Retry {{
  how: RetryHow;
  /** Set when `how` is `after`. */
  after_ms?: number;
}}

/** How far an attempt came before it failed, in order. */
export type Stage = {stages};

export interface Evidence {{
  who: "server" | "client";
  fact: string;
}}

/** Why an attempt failed, decided from what both ends saw. */
export interface Cause {{
  id: string;
  stage: Stage;
  /** 0 to 1. */
  confidence: number;
  evidence: Evidence[];
  ruled_out: string[];
}}

export interface Actions {{
  user: string;
  developer: string;
  operator: string;
}}

export interface ProblemOf<C extends string, A> {{
  /** Path of the page that explains the code, on the server's origin. */
  type: string;
  title: string;
  /** HTTP status. */
  status: number;
  detail: string;
  /** This occurrence, as the server's log knows it. */
  instance?: string;
  code: C;
  class: ProblemClass;
  args: A;
  retry: Retry;
  effect: Effect;
  cause?: Cause;
  actions: Actions;
}}

/** The error object of every Exedra wire (RFC 9457). A newer server may send a `code` this build does not know. */
export type Problem = ProblemOf<string, Record<string, unknown>>;

/** The public args of each code. */
export interface ArgsByCode {{
"#,
        classes = union(Class::ALL.iter().map(|term| term.as_str())),
        retries = union(RetryHow::ALL.iter().map(|term| term.as_str())),
        effects = union(Effect::ALL.iter().map(|term| term.as_str())),
        stages = union(Stage::ALL.iter().map(|term| term.as_str())),
        operations = union(Operation::ALL.iter().map(|term| term.as_str())),
    );
    for entry in &catalogue.errors {
        let _ = writeln!(out, "  /** {} */\n  {}: {};", entry.title, entry.code, args(entry));
    }
    out += "}\n\nexport type Code = keyof ArgsByCode;\n\n\
            /** Discriminated by `code`: checking it gives `args` its type. */\n\
            export type KnownProblem = { [C in Code]: ProblemOf<C, ArgsByCode[C]> }[Code];\n";
    out
}

/// The part of the decision table that a browser can use: rules whose every fact it can observe.
pub fn causes(causes: &Causes) -> String {
    let seen = |condition: &String| {
        let id = condition.trim_start_matches('!');
        causes.fact.iter().any(|fact| fact.id == id && fact.is_seen_by_client())
    };
    let facts: Vec<_> = causes.fact.iter().filter(|fact| fact.is_seen_by_client()).collect();
    let mut out = format!(
        r#"{NOTICE}
import type {{ Stage }} from "./problem";

/** What a browser can observe of an attempt or a call. */
export type Fact = {facts};

/** Facts that must hold, with `!` must not hold, for the cause to be decided with this confidence. */
export interface Rule {{
  when: (Fact | `!${{Fact}}`)[];
  confidence: number;
}}

export interface CauseRow {{
  id: string;
  stage: Stage;
  ruledOut: string[];
  rules: Rule[];
}}

/** What is said as evidence when a fact was observed to hold, and to not hold. */
export const FACTS: Record<Fact, {{ yes: string; no: string }}> = {{
"#,
        facts = union(facts.iter().map(|fact| &*fact.id))
    );
    for fact in &facts {
        let _ = writeln!(out, "  {}: {{ yes: {:?}, no: {:?} }},", fact.id, fact.yes, fact.no);
    }
    out += "};\n\nexport const CAUSES: CauseRow[] = [\n";
    for cause in &causes.cause {
        let rules: Vec<_> = cause.rule.iter().filter(|rule| rule.when.iter().all(seen)).collect();
        if rules.is_empty() {
            continue;
        }
        let _ = writeln!(
            out,
            "  {{\n    id: {:?},\n    stage: {:?},\n    ruledOut: {:?},\n    rules: [",
            cause.id,
            cause.stage.as_str(),
            cause.ruled_out
        );
        for rule in rules {
            let _ = writeln!(out, "      {{ when: {:?}, confidence: {:?} }},", rule.when, rule.confidence);
        }
        out += "    ],\n  },\n";
    }
    out += "];\n";
    out
}

fn union<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("\n  | {name:?}")).collect()
}

fn args(entry: &Entry) -> String {
    let public = entry.args.iter().filter(|arg| arg.visibility == Visibility::Public);
    let fields: Vec<String> = public
        .map(|arg| {
            let kind = match arg.kind {
                ArgType::String => "string",
                ArgType::Bool => "boolean",
                ArgType::U64 | ArgType::I64 | ArgType::F64 => "number",
            };
            format!("{}: {kind}", arg.name)
        })
        .collect();
    if fields.is_empty() { "Record<never, never>".to_owned() } else { format!("{{ {} }}", fields.join("; ")) }
}

pub fn errors(catalogue: &Catalogue) -> String {
    let mut out = format!(
        r#"{NOTICE}
import type {{ Actions, ArgsByCode, Code, Effect, KnownProblem, Problem, ProblemClass, ProblemOf, Retry }} from "./problem";

interface Row {{
  class: ProblemClass;
  status: number;
  retry: Retry;
  effect: Effect;
  title: string;
  message: string;
  actions: Actions;
}}

/** What the catalogue says of the faults that are raised in the browser. */
const SDK_ROWS = {{
"#
    );
    for entry in catalogue.errors.iter().filter(|entry| entry.raised_by != RaisedBy::Server) {
        write_row(&mut out, entry);
    }
    out += r#"} satisfies { [C in Code]?: Row };

export type SdkCode = keyof typeof SDK_ROWS;

/** The problem object of a fault raised in the browser. */
export function sdkProblem<C extends SdkCode>(code: C, args: ArgsByCode[C]): ProblemOf<C, ArgsByCode[C]> {
  const { message, ...row }: Row = SDK_ROWS[code];
  const values = args as Record<string, unknown>;
  const detail = message.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
  return { type: `/errors/${code}`, code, detail, args, ...row };
}

const CODES: ReadonlySet<string> = new Set<Code>([
"#;
    for entry in &catalogue.errors {
        let _ = writeln!(out, "  {:?},", entry.code);
    }
    out += r#"]);

/** Narrows a problem to the codes of this build. */
export function isKnown(problem: Problem): problem is KnownProblem {
  return CODES.has(problem.code);
}
"#;
    out
}

fn write_row(out: &mut String, entry: &Entry) {
    let after = entry.retry.after_ms.map(|after_ms| format!(", after_ms: {after_ms}")).unwrap_or_default();
    let _ = write!(
        out,
        r#"  {}: {{
    class: {:?},
    status: {},
    retry: {{ how: {:?}{after} }},
    effect: {:?},
    title: {},
    message: {},
    actions: {{
      user: {},
      developer: {},
      operator: {},
    }},
  }},
"#,
        entry.code,
        entry.class.as_str(),
        entry.http_status,
        entry.retry.how.as_str(),
        entry.effect.as_str(),
        string(&entry.title),
        string(&entry.message),
        string(&entry.user),
        string(&entry.developer),
        string(&entry.operator),
    );
}

/// A TypeScript string literal; JSON's are.
fn string(text: &str) -> String {
    serde_json::to_string(&text.split_whitespace().collect::<Vec<_>>().join(" ")).expect("a string is JSON")
}

/// The table of one facade, with the same order of precedence as `contract::render`.
pub fn dialect(name: &str, dialect: &Dialect) -> String {
    let mut out = format!(
        "{NOTICE}\nimport type {{ Code, ProblemClass, Operation }} from \"./problem\";\n\n\
         export interface VendorForm {{\n  code: number;\n  /** A second number, where the dialect has one; else 0. */\n  \
         extraCode: number;\n  name: string | undefined;\n  message: string;\n}}\n\n\
         type Row<K> = readonly [keys: readonly K[], operations: readonly Operation[] | null, form: VendorForm];\n\n\
         const MAP: readonly Row<Code>[] = [\n"
    );
    for row in &dialect.map {
        let _ = writeln!(out, "  [{:?}, {}, {}],", row.codes, operations(&row.operations), form(&row.form));
    }
    out += "];\n\nconst LAST_RESORT: readonly Row<ProblemClass>[] = [\n";
    for row in &dialect.last_resort {
        let _ = writeln!(out, "  [[{:?}], {}, {}],", row.class.as_str(), operations(&row.operations), form(&row.form));
    }
    let _ = write!(
        out,
        r#"];

/** What a client of this vendor sees of a problem. Total: every class has a last resort. */
export function {name}Error(
  problem: {{ code: string; class: ProblemClass; detail: string }},
  operation: Operation,
): VendorForm {{
  const form = find(MAP, problem.code, operation) ?? find(LAST_RESORT, problem.class, operation);
  if (!form) throw new Error(`no last resort for ${{problem.class}}`);
  return {{ ...form, message: form.message.replace("{{detail}}", () => problem.detail) }};
}}

function find<K extends string>(rows: readonly Row<K>[], key: string, operation: Operation): VendorForm | undefined {{
  const fits = rows.filter(([keys]) => (keys as readonly string[]).includes(key));
  const row = fits.find(([, operations]) => operations?.includes(operation)) ?? fits.find(([, operations]) => operations === null);
  return row?.[2];
}}
"#
    );
    out
}

fn operations(names: &[String]) -> String {
    if names == ["*"] { "null".to_owned() } else { format!("{names:?}") }
}

fn form(form: &Form) -> String {
    let name = if form.name.is_empty() { "undefined".to_owned() } else { string(&form.name) };
    let message = serde_json::to_string(&form.message).expect("a string is JSON");
    format!("{{ code: {}, extraCode: {}, name: {name}, message: {message} }}", form.vendor_code, form.extra_code)
}
