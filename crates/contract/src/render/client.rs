//! Errors as the vendors' browser SDKs hand them to an app. The facades build the same objects in the browser; these are
//! for what is shown, documented and compared on this side.

use serde_json::{Value, json};

use super::Dialect;
use crate::fault::{Fault, Operation};
use crate::problem::DOCUMENTATION_PATH;

pub fn opentok(fault: &Fault, operation: Operation) -> Value {
    let error = Dialect::OpenTok.render(fault, operation);
    json!({ "name": error.name, "code": error.code, "message": error.message })
}

/// `origin` is where the pages of our codes are served.
pub fn trtc(fault: &Fault, operation: Operation, origin: &str) -> Value {
    let error = Dialect::Trtc.render(fault, operation);
    let text = format!("{} \nRefer to: {origin}{DOCUMENTATION_PATH}{}\n", error.message, fault.code());
    let message = format!("{text} <{} 0x{:x}>", error.name.unwrap_or_default(), error.code);
    json!({ "name": "RtcError", "code_": error.code, "extraCode_": error.extra_code, "message_": text, "message": message })
}

pub fn watchtogether(fault: &Fault, operation: Operation, at_ms: u64) -> Value {
    let error = Dialect::WatchTogether.render(fault, operation);
    json!({ "code": error.code, "name": error.name, "message": error.message, "requestTime": at_ms })
}
