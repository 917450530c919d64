//! Why an attempt failed, decided from what both ends saw.

use serde::{Deserialize, Serialize};

/// A decided cause with the facts that speak for it. Public: it is part of the problem object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    /// Key of the cause in the catalogue, for example `udp_blocked_outbound`.
    pub id: String,
    pub stage: Stage,
    /// 0 to 1. A wrong confident cause is worse than none.
    pub confidence: f64,
    pub evidence: Vec<Evidence>,
    /// What the facts exclude.
    pub ruled_out: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub who: Witness,
    pub fact: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Witness {
    Server,
    Client,
}

/// How far an attempt came before it failed. Ordered: a later stage implies that the earlier ones succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Device,
    Token,
    Signaling,
    Ice,
    Dtls,
    FirstPacket,
    FirstKeyFrame,
    Playing,
}
