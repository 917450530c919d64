//! Reads `catalog/`. Every field is required: an optional field stays empty in practice.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::Complaints;
use crate::terms::{ArgType, Blame, Class, Effect, Operation, RaisedBy, RetryHow, Stage, Status, Visibility};

pub struct Catalogue {
    /// Sorted by code, so that the generated tables change little when a row is added.
    pub errors: Vec<Entry>,
    /// By name of the dialect: `opentok`, `trtc`, `watchtogether`.
    pub dialects: BTreeMap<String, Dialect>,
    /// What the vendors' pages list, by vendor.
    pub vendors: BTreeMap<String, Vendor>,
    pub causes: Causes,
    /// The check list: every identity on the vendors' pages.
    pub listed: Vec<Listed>,
}

impl Catalogue {
    pub fn entry(&self, code: &str) -> Option<&Entry> {
        self.errors.binary_search_by(|entry| entry.code.as_str().cmp(code)).ok().map(|at| &self.errors[at])
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Area {
    error: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub code: String,
    pub class: Class,
    pub since: String,
    pub status: Status,
    pub blame: Blame,
    #[serde(deserialize_with = "Retry::deserialize_text")]
    pub retry: Retry,
    pub effect: Effect,
    pub http_status: u16,
    pub raised_by: RaisedBy,
    pub operations: Vec<Operation>,
    pub args: Vec<Arg>,
    pub title: String,
    pub message: String,
    pub explanation: String,
    pub causes: Vec<String>,
    pub user: String,
    pub developer: String,
    pub operator: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arg {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: ArgType,
    pub visibility: Visibility,
    pub meaning: String,
    pub example: toml::Value,
}

/// Written `never`, or `after 1000 ms`.
pub struct Retry {
    pub how: RetryHow,
    pub after_ms: Option<u64>,
}

impl Retry {
    fn parse(text: &str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix("after ") {
            let after_ms = rest.strip_suffix(" ms")?.parse().ok()?;
            return Some(Retry { how: RetryHow::After, after_ms: Some(after_ms) });
        }
        let how = RetryHow::from_name(text).filter(|how| *how != RetryHow::After)?;
        Some(Retry { how, after_ms: None })
    }

    fn deserialize_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("unknown retry {text:?}")))
    }
}

/// A total function from (code, operation) to what a vendor's client shows.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialect {
    /// The first row that fits wins; rows naming codes and operations are finer than rows for any operation.
    pub map: Vec<Mapping>,
    /// For what no row of `map` fits. Each class needs one with `operations = ["*"]`.
    pub last_resort: Vec<LastResort>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    pub codes: Vec<String>,
    /// `["*"]`: every operation.
    pub operations: Vec<String>,
    #[serde(flatten)]
    pub form: Form,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastResort {
    pub class: Class,
    pub operations: Vec<String>,
    #[serde(flatten)]
    pub form: Form,
}

impl Dialect {
    /// The same order of precedence as `contract::render`.
    pub fn form(&self, entry: &Entry, operation: Operation) -> Option<&Form> {
        let of_code =
            self.map.iter().filter(|row| row.codes.contains(&entry.code)).map(|row| (&row.operations, &row.form));
        let of_class =
            self.last_resort.iter().filter(|row| row.class == entry.class).map(|row| (&row.operations, &row.form));
        pick(of_code, operation).or_else(|| pick(of_class, operation))
    }
}

fn pick<'a>(rows: impl Iterator<Item = (&'a Vec<String>, &'a Form)> + Clone, operation: Operation) -> Option<&'a Form> {
    let named = rows.clone().find(|(operations, _)| operations.iter().any(|name| name == operation.as_str()));
    named.or_else(|| rows.clone().find(|(operations, _)| *operations == &["*"])).map(|(_, form)| form)
}

/// What the vendor's client shows.
#[derive(Deserialize)]
pub struct Form {
    pub vendor_code: i64,
    /// A second number, where the dialect has one (TRTC's account and room-entry codes); 0 for none.
    pub extra_code: i64,
    /// Empty where the vendor's error has no name.
    pub name: String,
    /// With `{detail}` for our own message; pinned texts stand here literally.
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vendor {
    pub identity: Vec<Identity>,
}

/// One identity of a vendor's page and what it means here. An identity whose conditions differ may have several rows.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    pub kind: Kind,
    pub id: String,
    /// As the vendor's page names it: a method, or the name of the number.
    pub context: String,
    /// Ours, or `*` where the vendor's identity belongs to any method.
    pub operation: String,
    pub class: Classification,
    pub codes: Vec<String>,
    /// The condition; for an unreachable one, why nobody can meet it.
    pub note: String,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Code,
    Name,
    /// TRTC's main numbers, written in hexadecimal.
    Hex,
    /// TRTC's second number at login.
    Account,
    /// TRTC's second number at room entry.
    Room,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[serde(rename_all = "snake_case")]
pub enum Classification {
    /// The server raises it.
    Mapped,
    /// The browser raises it.
    SdkOnly,
    /// Nobody can.
    Unreachable,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Code => "code",
            Kind::Name => "name",
            Kind::Hex => "hex",
            Kind::Account => "account",
            Kind::Room => "room",
        }
    }
}

impl Classification {
    pub const ALL: [Self; 3] = [Self::Mapped, Self::SdkOnly, Self::Unreachable];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mapped => "mapped",
            Self::SdkOnly => "sdk_only",
            Self::Unreachable => "unreachable",
        }
    }
}

/// `catalog/causes.toml`: the decision table from observations to causes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Causes {
    pub fact: Vec<Fact>,
    pub cause: Vec<Cause>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    pub id: String,
    /// `server`, `client`, or `either`: each end for itself.
    pub who: String,
    /// What is said as evidence when it was observed to hold, and to not hold.
    pub yes: String,
    pub no: String,
}

impl Fact {
    pub fn is_seen_by_client(&self) -> bool {
        self.who != "server"
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    pub id: String,
    pub stage: Stage,
    pub title: String,
    pub advice: String,
    pub ruled_out: Vec<String>,
    pub rule: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Ids of facts; with `!` in front: observed to not hold.
    pub when: Vec<String>,
    pub confidence: f64,
}

/// A row of `catalog/vendors/identities.tsv`.
pub struct Listed {
    pub vendor: String,
    pub kind: String,
    pub id: String,
    pub context: String,
}

pub fn load(root: &Path) -> Result<Catalogue, Complaints> {
    let directory = root.join("catalog");
    let mut errors: Vec<Entry> = Vec::new();
    for (_, area) in read_all::<Area>(&directory.join("errors"))? {
        errors.extend(area.error);
    }
    errors.sort_by(|a, b| a.code.cmp(&b.code));
    let dialects = read_all(&directory.join("dialects"))?;
    let vendors = read_all(&directory.join("vendors"))?;
    let listed = read_listed(&directory.join("vendors/identities.tsv"))?;
    let causes = read_file(&directory.join("causes.toml")).map_err(|complaint| vec![complaint])?;
    Ok(Catalogue { errors, dialects, vendors, causes, listed })
}

fn read_listed(path: &Path) -> Result<Vec<Listed>, Complaints> {
    let text = fs::read_to_string(path).map_err(|error| vec![format!("{}: {error}", path.display())])?;
    let rows = text.lines().enumerate().skip(1).map(|(at, line)| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [vendor, kind, id, context, _page] = columns[..] else {
            return Err(format!("{}:{}: not five columns", path.display(), at + 1));
        };
        Ok(Listed { vendor: vendor.to_owned(), kind: kind.to_owned(), id: id.to_owned(), context: context.to_owned() })
    });
    rows.collect::<Result<_, _>>().map_err(|complaint| vec![complaint])
}

fn read_all<T: DeserializeOwned>(directory: &Path) -> Result<BTreeMap<String, T>, Complaints> {
    let mut complaints = Vec::new();
    let mut files = BTreeMap::new();
    let entries = fs::read_dir(directory).map_err(|error| vec![format!("{}: {error}", directory.display())])?;
    for path in entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
    {
        match read_file(&path) {
            Ok(file) => {
                let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                files.insert(stem, file);
            }
            Err(complaint) => complaints.push(complaint),
        }
    }
    if complaints.is_empty() { Ok(files) } else { Err(complaints) }
}

fn read_file<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string());
    let parsed = text.and_then(|text| toml::from_str(&text).map_err(|error| error.to_string()));
    parsed.map_err(|error| format!("{}: {error}", path.display()))
}
