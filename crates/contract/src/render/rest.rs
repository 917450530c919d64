//! Errors in the shapes of the REST APIs. A customer's server compares status, media type and body.

use serde_json::json;

use super::Dialect;
use crate::fault::{Fault, Operation};
use crate::problem::PROBLEM_JSON;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestError {
    pub status: u16,
    pub content_type: &'static str,
    pub body: String,
}

/// Our own API and WatchTogether's, whose error bodies are not documented.
pub fn problem(fault: &Fault, instance: Option<&str>) -> RestError {
    RestError {
        status: fault.http_status(),
        content_type: PROBLEM_JSON,
        body: fault.problem(instance).to_value().to_string(),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpentokBody {
    Json,
    /// For clients that accept nothing else.
    Xml,
}

/// `code` is the vendor's number where it has one for this, else the HTTP status. Refused authentication is always 403:
/// some of the vendor's server SDKs test for nothing else.
pub fn opentok(fault: &Fault, operation: Operation, body: OpentokBody) -> RestError {
    let status = match fault.http_status() {
        401 => 403,
        status => status,
    };
    let (code, message) = match Dialect::OpenTok.table().named(fault.code(), operation) {
        Some(form) => {
            let error = form.show(fault);
            (error.code, error.message)
        }
        None => (i64::from(status), fault.detail()),
    };
    match body {
        // Exactly this media type: one of the SDKs compares the whole value and parses XML otherwise.
        OpentokBody::Json => RestError {
            status,
            content_type: "application/json",
            body: json!({ "code": code, "message": message, "description": message }).to_string(),
        },
        OpentokBody::Xml => {
            let message = message.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let body = format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
                 <errorPayload><code>{code}</code><message>{message}</message><description>{message}</description></errorPayload>"
            );
            RestError { status, content_type: "text/xml", body }
        }
    }
}

/// TRTC answers errors with status 200; the client looks for `Response.Error`.
pub fn trtc(fault: &Fault, request_id: &str) -> RestError {
    let error = Dialect::Trtc.render(fault, Operation::Rest);
    let code = error.name.unwrap_or("InternalError");
    RestError {
        status: 200,
        content_type: "application/json",
        body: json!({ "Response": { "Error": { "Code": code, "Message": error.message }, "RequestId": request_id } })
            .to_string(),
    }
}
