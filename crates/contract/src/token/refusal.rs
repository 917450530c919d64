//! Why a token was refused: which claim, what was expected, what was there.

use std::fmt;

/// The complete list of reasons. None carries a secret, a signature or the token itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenRefusal {
    /// Not a token of any known form; nothing in it could be verified.
    Malformed { expected: String, got: String },
    /// The signature does not belong to the project's key and these bytes.
    BadSignature { project: String },
    /// No such project here.
    UnknownProject { project: String },
    /// The signature is right and the time has passed.
    Expired { expired_at_s: u64, now_s: u64 },
    /// Made, by the customer's clock, in our future.
    NotYetValid { valid_from_s: u64, now_s: u64 },
    /// The signature is right and one claim is not.
    Claim { claim: &'static str, expected: String, got: String },
}

impl TokenRefusal {
    pub(super) fn malformed(expected: impl Into<String>, got: impl Into<String>) -> Self {
        Self::Malformed { expected: expected.into(), got: got.into() }
    }

    pub(super) fn claim(claim: &'static str, expected: impl Into<String>, got: impl Into<String>) -> Self {
        Self::Claim { claim, expected: expected.into(), got: excerpt(&got.into()) }
    }
}

impl fmt::Display for TokenRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { expected, got } => write!(f, "not a token: expected {expected}, got {got}"),
            Self::BadSignature { project } => write!(f, "the signature does not match the key of project {project}"),
            Self::UnknownProject { project } => write!(f, "project {project} is unknown here"),
            Self::Expired { expired_at_s, now_s } => {
                write!(f, "expired {} s ago (at {expired_at_s}, now {now_s})", now_s.saturating_sub(*expired_at_s))
            }
            Self::NotYetValid { valid_from_s, now_s } => {
                write!(f, "valid in {} s (from {valid_from_s}, now {now_s})", valid_from_s.saturating_sub(*now_s))
            }
            Self::Claim { claim, expected, got } => write!(f, "claim {claim}: expected {expected}, got {got}"),
        }
    }
}

impl std::error::Error for TokenRefusal {}

/// A foreign value is echoed only so far that its sender recognises it.
fn excerpt(value: &str) -> String {
    const SHOWN: usize = 120;
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}
