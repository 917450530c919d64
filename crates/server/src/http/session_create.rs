//! `POST /session/create`, as the vendor's server SDKs call it and parse its answer.

use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use exedra_contract::project::ProjectId;
use exedra_contract::session_id::NewSessionId;
use exedra_contract::token::form;
use exedra_contract::wire::MediaMode;
use exedra_contract::{Fault, Operation, faults};
use serde_json::{Value, json};

use super::body::Body;
use super::{java_date, rest};
use crate::clock;
use crate::node::Node;
use crate::store::{Session, unavailable};

const ARCHIVE_NAME_CHARS_MAX: usize = 80;

/// What the vendor's answer says of its ICE servers' credentials, in seconds.
const ICE_CREDENTIAL_EXPIRATION_S: u64 = 86_100;

pub async fn create(State(node): State<Arc<Node>>, headers: HeaderMap, Body(body): Body) -> Response {
    match make(&node, &headers, body).await {
        Ok(session) => answer(&headers, &session),
        Err(fault) => rest::error(&node, &headers, &fault),
    }
}

async fn make(node: &Node, headers: &HeaderMap, body: Result<Bytes, Fault>) -> Result<Session, Fault> {
    let caller = rest::authenticate(node, headers).await?;
    caller.meet(node, None, Operation::CreateSession).await?;
    let options = Options::read(&body?)?;
    let session = fresh(&caller.project_id, options.location, options.media_mode, options.to_json());
    node.store.put_session(&session).await.map_err(unavailable("insert session"))?;
    node.metrics.sessions_created.inc();
    Ok(session)
}

/// A session that nobody has seen yet.
pub fn fresh(project: &ProjectId, location: Option<Ipv4Addr>, media_mode: MediaMode, options: String) -> Session {
    let mut random = [0; 18];
    crate::random::fill(&mut random);
    let created_ms = clock::now_ms();
    let id = NewSessionId { project, location, created_ms, random, media_mode }.encode();
    Session { id, project_id: project.clone(), created_ms, media_mode, options }
}

#[derive(Debug, PartialEq)]
pub struct Options {
    media_mode: MediaMode,
    location: Option<Ipv4Addr>,
    archive_always: bool,
    archive_name: Option<String>,
    archive_resolution: Option<String>,
    e2ee: bool,
}

impl Options {
    /// A form, whatever the content type says; some SDKs send JSON's with a form in it. Unknown fields are ignored.
    pub fn read(body: &[u8]) -> Result<Self, Fault> {
        let text = std::str::from_utf8(body).map_err(|_| faults::bad_request("the body is no UTF-8"))?.trim();
        let fields: Vec<(String, String)> = match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(object)) => {
                object.into_iter().filter_map(|(name, value)| Some((name, plain(&value)?))).collect()
            }
            _ => form::pairs(text).map(|(name, value)| (name.into_owned(), value.into_owned())).collect(),
        };
        let field = |name: &str| {
            let value = fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
            value.filter(|value| !value.is_empty() && *value != "null")
        };
        let one_of = |name: &'static str, values: [&str; 2]| match field(name) {
            None => Ok(None),
            Some(value) if values.contains(&value) => Ok(Some(value)),
            Some(_) => Err(faults::parameter_invalid(name, format!("expected {} or {}", values[0], values[1]))),
        };
        let relayed = one_of("p2p.preference", ["enabled", "disabled"])? == Some("enabled");
        let archive_always = one_of("archiveMode", ["manual", "always"])? == Some("always");
        let e2ee = field("e2ee").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        if relayed && archive_always {
            return Err(faults::archive_mode_conflict());
        }
        if e2ee && (relayed || archive_always) {
            let reason = "end-to-end encryption needs routed media and no archive";
            return Err(faults::parameter_invalid("e2ee", reason));
        }
        let location = match field("location") {
            None => None,
            Some(text) => {
                let address =
                    text.parse().map_err(|_| faults::parameter_invalid("location", "expected an IPv4 address"))?;
                Some(address)
            }
        };
        let archive_name = field("archiveName").map(str::to_owned);
        let archive_resolution = field("archiveResolution").map(str::to_owned);
        if !archive_always && (archive_name.is_some() || archive_resolution.is_some()) {
            let name = if archive_name.is_some() { "archiveName" } else { "archiveResolution" };
            return Err(faults::parameter_invalid(name, "it is only used with archiveMode=always"));
        }
        if archive_name.as_ref().is_some_and(|name| name.chars().count() > ARCHIVE_NAME_CHARS_MAX) {
            let reason = format!("expected at most {ARCHIVE_NAME_CHARS_MAX} characters");
            return Err(faults::parameter_invalid("archiveName", reason));
        }
        let media_mode = if relayed { MediaMode::Relayed } else { MediaMode::Routed };
        Ok(Self { media_mode, location, archive_always, archive_name, archive_resolution, e2ee })
    }

    fn to_json(&self) -> String {
        json!({
            "archive_always": self.archive_always,
            "archive_name": self.archive_name,
            "archive_resolution": self.archive_resolution,
            "e2ee": self.e2ee,
        })
        .to_string()
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

/// JSON for whoever asks for it; XML for everybody else, as several SDKs expect.
fn answer(headers: &HeaderMap, session: &Session) -> Response {
    let project = session.project_id.as_str();
    let created = java_date::format(session.created_ms);
    if !rest::accepts_json(headers) {
        let xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<sessions><Session><session_id>{}</session_id><partner_id>{project}</partner_id><create_dt>{created}</create_dt></Session></sessions>",
            session.id
        );
        return (StatusCode::OK, [(header::CONTENT_TYPE, "text/xml")], xml).into_response();
    }
    let mut object = json!({
        "session_id": session.id,
        "project_id": project,
        "partner_id": project,
        "create_dt": created,
        "session_status": null,
        "status_invalid": null,
        "media_server_hostname": null,
        "messaging_server_url": null,
        "messaging_url": null,
        "symphony_address": null,
        "properties": null,
        "ice_server": null,
        "ice_servers": null,
        "session_segment_id": uuid::Uuid::new_v4().to_string(),
        "ice_credential_expiration": ICE_CREDENTIAL_EXPIRATION_S,
    });
    if let ProjectId::Application(id) = &session.project_id {
        object["application_id"] = json!(id);
    }
    // Exactly this media type: one SDK compares the whole value.
    (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], json!([object]).to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Options, &'static str> {
        Options::read(body.as_bytes()).map_err(|fault| fault.code().as_str())
    }

    #[test]
    fn options_default_to_routed_and_manual() {
        let default = Options {
            media_mode: MediaMode::Routed,
            location: None,
            archive_always: false,
            archive_name: None,
            archive_resolution: None,
            e2ee: false,
        };
        for body in
            ["", "p2p.preference=disabled&archiveMode=manual", "location=null&unknown=1", "{}", "{\"location\":null}"]
        {
            assert_eq!(read(body), Ok(Options { ..Options::read(b"").unwrap() }), "{body}");
            assert_eq!(read(body).unwrap(), default);
        }
    }

    #[test]
    fn every_documented_option_is_read_from_a_form_and_from_json() {
        let form = read("archiveMode=always&p2p.preference=disabled&archiveName=My+show&archiveResolution=1280x720&location=12.34.56.78").unwrap();
        assert_eq!(form.archive_name.as_deref(), Some("My show"));
        assert_eq!((form.archive_always, form.location), (true, Some(Ipv4Addr::new(12, 34, 56, 78))));
        assert_eq!(read("p2p.preference=enabled").unwrap().media_mode, MediaMode::Relayed);
        assert_eq!(read(r#"{"p2p.preference":"enabled"}"#).unwrap().media_mode, MediaMode::Relayed);
        assert!(read("e2ee=True").unwrap().e2ee);
    }

    #[test]
    fn combinations_that_cannot_be_are_refused() {
        assert_eq!(read("archiveMode=always&p2p.preference=enabled"), Err("ARCHIVE_MODE_CONFLICT"));
        for body in [
            "archiveMode=sometimes",
            "p2p.preference=maybe",
            "location=nowhere",
            "archiveName=x",
            "e2ee=true&p2p.preference=enabled",
            "e2ee=true&archiveMode=always",
            &format!("archiveMode=always&archiveName={}", "x".repeat(81)),
        ] {
            assert_eq!(read(body), Err("PARAMETER_INVALID"), "{body}");
        }
        assert!(read(&format!("archiveMode=always&archiveName={}", "x".repeat(80))).is_ok());
    }
}
