//! How a dialect shows a fault: a total function from (code, operation) to the vendor's number, name and message.
//!
//! The tables come from `catalog/dialects/`; `rest` and `client` put what they say into each vendor's shapes. Must not
//! contain behaviour: a dialect only names things.

pub mod client;
pub mod rest;

use crate::fault::{Class, Code, Fault, Operation};
use crate::generated::dialects::{OPENTOK, TRTC, WATCHTOGETHER};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    OpenTok,
    Trtc,
    WatchTogether,
}

/// What a vendor's client shows; texts may contain `{detail}` for our own message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// 0 where only a name is shown, as in TRTC's REST API.
    pub code: i64,
    /// A second number, where the dialect has one (TRTC's account and room-entry codes); 0 for none.
    pub extra_code: i64,
    /// Empty where the vendor's error has no name.
    pub name: &'static str,
    pub message: &'static str,
}

/// A dialect's table. Rows that name the operation win over rows for any operation, codes over classes.
pub struct Table {
    pub map: &'static [Row<&'static [Code]>],
    pub last_resort: &'static [Row<Class>],
}

/// What it applies to, the operations (`None`: any), and the form.
pub type Row<K> = (K, Option<&'static [Operation]>, Form);

/// A fault as one client sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorError {
    pub code: i64,
    pub extra_code: i64,
    pub name: Option<&'static str>,
    pub message: String,
}

impl Dialect {
    pub const ALL: [Dialect; 3] = [Dialect::OpenTok, Dialect::Trtc, Dialect::WatchTogether];

    pub fn table(self) -> &'static Table {
        match self {
            Dialect::OpenTok => &OPENTOK,
            Dialect::Trtc => &TRTC,
            Dialect::WatchTogether => &WATCHTOGETHER,
        }
    }

    /// The vendor's own spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Dialect::OpenTok => "OpenTok",
            Dialect::Trtc => "TRTC",
            Dialect::WatchTogether => "WatchTogether",
        }
    }

    pub fn render(self, fault: &Fault, operation: Operation) -> VendorError {
        self.table().form(fault.code(), operation).show(fault)
    }
}

impl Table {
    pub fn form(&self, code: Code, operation: Operation) -> &'static Form {
        pick(self.map, operation, |codes| codes.contains(&code))
            .or_else(|| pick(self.last_resort, operation, |class| *class == code.class()))
            .expect("the catalogue's lint requires a last resort for every class")
    }

    /// The row that names both the code and the operation, if there is one.
    pub fn named(&self, code: Code, operation: Operation) -> Option<&'static Form> {
        let fits = |(codes, operations, _): &&Row<&[Code]>| codes.contains(&code) && names(*operations, operation);
        self.map.iter().find(fits).map(|(.., form)| form)
    }
}

impl Form {
    pub(crate) fn show(&self, fault: &Fault) -> VendorError {
        VendorError {
            code: self.code,
            extra_code: self.extra_code,
            name: (!self.name.is_empty()).then_some(self.name),
            message: self.message.replace("{detail}", &fault.detail()),
        }
    }
}

fn pick<K>(rows: &'static [Row<K>], operation: Operation, applies: impl Fn(&K) -> bool) -> Option<&'static Form> {
    let named = rows.iter().find(|(key, operations, _)| applies(key) && names(*operations, operation));
    let any = || rows.iter().find(|(key, operations, _)| applies(key) && operations.is_none());
    named.or_else(any).map(|(.., form)| form)
}

fn names(operations: Option<&[Operation]>, operation: Operation) -> bool {
    operations.is_some_and(|list| list.contains(&operation))
}

#[cfg(test)]
mod tests;
