//! How a dialect shows a fault: a total function from (code, operation) to the vendor's number, name and message.
//!
//! The tables come from `catalog/dialects/`. Must not contain behaviour: a dialect only names things.

use crate::fault::{Class, Code, Fault, Operation};
pub use crate::generated::dialects::{OPENTOK, TRTC, WATCHTOGETHER};

/// What a vendor's client shows; texts may contain `{detail}` for our own message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    pub code: i64,
    /// A second number, where the dialect has one (TRTC's account and room-entry codes); 0 for none.
    pub extra_code: i64,
    /// Empty where the vendor's error has no name.
    pub name: &'static str,
    pub message: &'static str,
}

/// A dialect. Rows that name the operation win over rows for any operation, codes over classes.
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

impl Table {
    pub fn form(&self, code: Code, operation: Operation) -> &'static Form {
        pick(self.map, operation, |codes| codes.contains(&code))
            .or_else(|| pick(self.last_resort, operation, |class| *class == code.class()))
            .expect("the catalogue's lint requires a last resort for every class")
    }

    pub fn render(&self, fault: &Fault, operation: Operation) -> VendorError {
        let form = self.form(fault.code(), operation);
        VendorError {
            code: form.code,
            extra_code: form.extra_code,
            name: (!form.name.is_empty()).then_some(form.name),
            message: form.message.replace("{detail}", &fault.detail()),
        }
    }
}

fn pick<K>(rows: &'static [Row<K>], operation: Operation, applies: impl Fn(&K) -> bool) -> Option<&'static Form> {
    let named = |list: &Option<&[Operation]>| list.is_some_and(|list| list.contains(&operation));
    let row = rows.iter().find(|(key, list, _)| applies(key) && named(list));
    row.or_else(|| rows.iter().find(|(key, list, _)| applies(key) && list.is_none())).map(|(.., form)| form)
}
