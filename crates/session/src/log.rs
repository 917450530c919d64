//! The event log of a call: append-only, typed, one entry for each decision.
//!
//! Entries name things by id. They hold no connection data, stream name, signal content or address: those are people's.

use exedra_contract::token::Role;
use exedra_contract::wire::{EndReason, StreamChanges, VideoQuality, VideoSource};
use serde::{Deserialize, Serialize};

/// Numbered without gaps from 1 within its room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogEntry {
    pub seq: u64,
    pub at_ms: u64,
    #[serde(flatten)]
    pub body: LogBody,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum LogBody {
    ConnectionCreated {
        connection_id: String,
        #[serde(with = "role_name")]
        role: Role,
    },
    SocketLost {
        connection_id: String,
    },
    ConnectionResumed {
        connection_id: String,
        missed_events: u64,
    },
    ConnectionDestroyed {
        connection_id: String,
        reason: EndReason,
    },
    TransportUp {
        connection_id: String,
    },
    TransportFailed {
        connection_id: String,
    },
    TransportLost {
        connection_id: String,
        cause: Option<String>,
    },
    PublishRequested {
        connection_id: String,
        stream_id: String,
        audio: bool,
        video: bool,
        source: Option<VideoSource>,
        width: u32,
        height: u32,
    },
    StreamCreated {
        connection_id: String,
        stream_id: String,
        waited_ms: u64,
    },
    /// The first packet of a track.
    MediaArrived {
        stream_id: String,
        audio: bool,
    },
    StreamUpdated {
        stream_id: String,
        changes: StreamChanges,
    },
    StreamDestroyed {
        stream_id: String,
        reason: EndReason,
    },
    SubscribeRequested {
        connection_id: String,
        stream_id: String,
        subscription_id: String,
    },
    SubscriptionStarted {
        subscription_id: String,
        waited_ms: u64,
    },
    /// The path of a subscription became too narrow for its video, or recovered.
    VideoQuality {
        subscription_id: String,
        quality: VideoQuality,
        estimate_bps: Option<u64>,
        next_bps: Option<u64>,
    },
    SubscriptionEnded {
        subscription_id: String,
        reason: EndReason,
    },
    /// An attempt to publish or subscribe that was accepted failed later.
    AttemptFailed {
        operation: String,
        subject_id: String,
        code: String,
        cause: Option<String>,
    },
    /// `from`: absent for the application's server; `to`: absent for everybody.
    Signal {
        from: Option<String>,
        to: Option<String>,
        bytes: usize,
    },
    /// `by`: absent for the application's server.
    Moderated {
        by: Option<String>,
        action: ModerationAction,
        target: Option<String>,
    },
    RoomClosed {
        reason: EndReason,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModerationAction {
    Disconnect,
    Unpublish,
    MuteStream,
    MuteAll,
    DisableMuteAll,
}

mod role_name {
    use exedra_contract::token::Role;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(role: &Role, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(role.name())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Role, D::Error> {
        let name = String::deserialize(deserializer)?;
        Role::parse(&name).ok_or_else(|| D::Error::custom("unknown role"))
    }
}
