//! Reads `catalog/`. Every field is required: an optional field stays empty in practice.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::Complaints;
use crate::terms::{ArgType, Blame, Class, Effect, Operation, RaisedBy, RetryHow, Status, Visibility};

pub struct Catalogue {
    /// Sorted by code, so that the generated tables change little when a row is added.
    pub errors: Vec<Entry>,
    /// By name of the dialect: `opentok`, `trtc`, `watchtogether`.
    pub dialects: BTreeMap<String, Dialect>,
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
    pub scenario: String,
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

pub fn load(root: &Path) -> Result<Catalogue, Complaints> {
    let directory = root.join("catalog");
    let mut errors: Vec<Entry> = Vec::new();
    for (_, area) in read_all::<Area>(&directory.join("errors"))? {
        errors.extend(area.error);
    }
    errors.sort_by(|a, b| a.code.cmp(&b.code));
    let dialects = read_all(&directory.join("dialects"))?;
    Ok(Catalogue { errors, dialects })
}

fn read_all<T: DeserializeOwned>(directory: &Path) -> Result<BTreeMap<String, T>, Complaints> {
    let mut complaints = Vec::new();
    let mut files = BTreeMap::new();
    let entries = fs::read_dir(directory).map_err(|error| vec![format!("{}: {error}", directory.display())])?;
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.extension().is_some_and(|e| e == "toml")) {
        let parsed = fs::read_to_string(&path).map_err(|error| error.to_string());
        match parsed.and_then(|text| toml::from_str(&text).map_err(|error| error.to_string())) {
            Ok(file) => {
                let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                files.insert(stem, file);
            }
            Err(error) => complaints.push(format!("{}: {error}", path.display())),
        }
    }
    if complaints.is_empty() { Ok(files) } else { Err(complaints) }
}
