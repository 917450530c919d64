//! Frames as text: what the server writes on a signaling socket, and how far a client's frame can be read.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use exedra_contract::wire::{EventBody, Request};
use exedra_contract::{Fault, faults};
use serde::{Deserialize, Serialize};

/// A frame that could not be read, with the id of its request if that much was there.
#[derive(Debug)]
pub struct Unreadable {
    pub id: Option<u32>,
    pub fault: Fault,
}

pub fn read(text: &str) -> Result<Request, Unreadable> {
    serde_json::from_str(text).map_err(|source| {
        #[derive(Deserialize)]
        struct Head {
            #[serde(default)]
            id: Option<u32>,
            #[serde(default)]
            method: Option<String>,
        }
        let head: Option<Head> = serde_json::from_str(text).ok();
        let id = head.as_ref().and_then(|head| head.id);
        let fault = match head.and_then(|head| head.method) {
            Some(method) if source.to_string().starts_with("unknown variant") => {
                faults::method_unknown(excerpt(&method))
            }
            _ => faults::bad_request(excerpt(&source.to_string())),
        };
        Unreadable { id, fault }
    })
}

pub fn ok(id: u32, result: &impl Serialize) -> Utf8Bytes {
    #[derive(Serialize)]
    struct Ok<'a, R> {
        id: u32,
        result: &'a R,
    }
    text(&Ok { id, result })
}

pub fn error(id: Option<u32>, fault: &Fault, instance: Option<&str>) -> Utf8Bytes {
    #[derive(Serialize)]
    struct Err<P> {
        id: Option<u32>,
        error: P,
    }
    text(&Err { id, error: fault.problem(instance) })
}

/// Renders each event body once, however many receive it one after the other.
#[derive(Default)]
pub struct EventWriter {
    last: Option<(Arc<EventBody>, String)>,
}

impl EventWriter {
    pub fn frame(&mut self, seq: u64, body: &Arc<EventBody>) -> Utf8Bytes {
        let json = match &self.last {
            Some((rendered, json)) if Arc::ptr_eq(rendered, body) => json,
            _ => &self.last.insert((body.clone(), json(body.as_ref()))).1,
        };
        // {"event":…} becomes {"seq":1,"event":…}
        format!("{{\"seq\":{seq},{}", &json[1..]).into()
    }
}

fn text(value: &impl Serialize) -> Utf8Bytes {
    json(value).into()
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("wire types have string keys and finite numbers only")
}

fn excerpt(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use exedra_contract::wire::{Event, Method};

    use super::*;

    #[test]
    fn an_event_written_by_splicing_reads_back_as_the_wire_type() {
        let body = Arc::new(EventBody::MuteForced { active: true });
        let mut writer = EventWriter::default();
        for seq in [1, 2] {
            let event: Event = serde_json::from_str(&writer.frame(seq, &body)).unwrap();
            assert_eq!(event.seq, seq);
            assert!(matches!(event.body, EventBody::MuteForced { active: true }));
        }
        let other = Arc::new(EventBody::MuteForced { active: false });
        assert!(writer.frame(3, &other).contains("false"));
    }

    #[test]
    fn an_unreadable_frame_is_answered_to_its_id_if_it_has_one() {
        let unknown = read(r#"{"id":7,"method":"dance","params":{}}"#).unwrap_err();
        assert_eq!((unknown.id, unknown.fault.code().as_str()), (Some(7), "METHOD_UNKNOWN"));
        let shapeless = read(r#"{"id":8,"method":"publish","params":{}}"#).unwrap_err();
        assert_eq!((shapeless.id, shapeless.fault.code().as_str()), (Some(8), "BAD_REQUEST"));
        for garbage in ["", "{", "[]", "null", "\u{0}", r#"{"id":-1}"#, r#"{"id":1.5,"method":"ping"}"#] {
            let garbage = read(garbage).unwrap_err();
            assert_eq!((garbage.id, garbage.fault.code().as_str()), (None, "BAD_REQUEST"));
        }
        assert!(matches!(read(r#"{"id":1,"method":"ping","params":{}}"#).unwrap().method, Method::Ping {}));
    }
}
