//! What one side tells the other about its transport in a session description.

use std::net::SocketAddr;

use crate::dtls::Fingerprint;
use crate::srtp::DtlsRole;

#[derive(Clone, PartialEq, Eq)]
pub struct TransportParams {
    pub ufrag: String,
    pub pwd: String,
    pub fingerprint: Fingerprint,
    /// UDP candidates only.
    pub candidates: Vec<SocketAddr>,
    pub setup: Setup,
    pub ice_lite: bool,
}

/// DTLS role in a session description (RFC 4145, RFC 5763).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    Active,
    Passive,
    ActPass,
}

impl Setup {
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Passive => "passive",
            Self::ActPass => "actpass",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Active, Self::Passive, Self::ActPass].into_iter().find(|setup| setup.name() == name)
    }
}

impl From<DtlsRole> for Setup {
    fn from(role: DtlsRole) -> Self {
        match role {
            DtlsRole::Client => Self::Active,
            DtlsRole::Server => Self::Passive,
        }
    }
}

/// Password and addresses stay out of logs.
impl std::fmt::Debug for TransportParams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TransportParams")
            .field("setup", &self.setup)
            .field("ice_lite", &self.ice_lite)
            .finish_non_exhaustive()
    }
}
