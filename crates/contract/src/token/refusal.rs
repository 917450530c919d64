//! Why a token was refused: which claim, what was expected, what was there.

use std::fmt;

use super::{CLOCK_SKEW_S_MAX, LIFETIME_S_MAX};
use crate::cause::{Fact, Facts, decide};
use crate::{Fault, faults};

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
    /// Valid for longer than any token may be.
    LifetimeTooLong { lifetime_s: u64 },
    /// Made for another session than the one to be joined.
    WrongSession { expected: String, got: String },
    /// Of another project than the request is about.
    WrongProject { expected: String, got: String },
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

    /// What was seen of the token until it was refused.
    fn facts(&self) -> Facts {
        let mut facts = Facts::default();
        facts.observe(Fact::TokenReadable, !matches!(self, Self::Malformed { .. }));
        match self {
            Self::Malformed { .. } => {}
            Self::UnknownProject { .. } => {
                facts.observe(Fact::ProjectKnown, false);
            }
            Self::BadSignature { .. } => {
                facts.observe(Fact::TokenSignatureRight, false);
            }
            Self::Expired { expired_at_s, now_s } => {
                let ago = format!("{} s ago", now_s.saturating_sub(*expired_at_s));
                facts.observe(Fact::TokenSignatureRight, true).observe_with(Fact::TokenPastExpiry, true, ago);
            }
            Self::NotYetValid { valid_from_s, now_s } => {
                let ahead = format!("{} s ahead", valid_from_s.saturating_sub(*now_s));
                facts.observe(Fact::TokenSignatureRight, true).observe(Fact::TokenPastExpiry, false);
                facts.observe_with(Fact::TokenFromFuture, true, ahead);
            }
            Self::LifetimeTooLong { lifetime_s } => {
                facts.observe_with(Fact::TokenClaimsRight, false, format!("exp: {lifetime_s} s"));
            }
            Self::WrongSession { .. } => {
                facts.observe(Fact::TokenSignatureRight, true).observe(Fact::TokenForThisSession, false);
            }
            Self::WrongProject { .. } => {
                facts.observe(Fact::TokenForThisProject, false);
            }
            Self::Claim { claim, .. } => {
                facts.observe_with(Fact::TokenClaimsRight, false, *claim);
            }
        }
        facts
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
            Self::LifetimeTooLong { lifetime_s } => {
                write!(f, "valid for {lifetime_s} s, at most {LIFETIME_S_MAX} s are accepted")
            }
            Self::WrongSession { expected, got } => write!(f, "for session {got}, not for {expected}"),
            Self::WrongProject { expected, got } => write!(f, "of project {got}, not of {expected}"),
            Self::Claim { claim, expected, got } => write!(f, "claim {claim}: expected {expected}, got {got}"),
        }
    }
}

impl std::error::Error for TokenRefusal {}

impl From<TokenRefusal> for Fault {
    fn from(refusal: TokenRefusal) -> Fault {
        let cause = decide(&refusal.facts());
        let fault = match refusal {
            TokenRefusal::Malformed { expected, got } => {
                faults::malformed_token(format!("expected {expected}, got {got}"))
            }
            TokenRefusal::BadSignature { .. } => faults::token_signature_invalid(),
            TokenRefusal::UnknownProject { project } => faults::project_unknown(project),
            TokenRefusal::Expired { expired_at_s, now_s } => {
                faults::token_expired(expired_at_s, now_s, CLOCK_SKEW_S_MAX)
            }
            TokenRefusal::NotYetValid { valid_from_s, now_s } => {
                faults::token_not_yet_valid(valid_from_s, now_s, CLOCK_SKEW_S_MAX)
            }
            TokenRefusal::LifetimeTooLong { lifetime_s } => faults::token_lifetime_too_long(lifetime_s, LIFETIME_S_MAX),
            TokenRefusal::WrongSession { expected, got } => faults::token_session_mismatch(expected, got),
            TokenRefusal::WrongProject { expected, got } => faults::token_project_mismatch("project", expected, got),
            TokenRefusal::Claim { claim, expected, got } => faults::token_claim_invalid(claim, expected, got),
        };
        match cause {
            Some(cause) => fault.with_cause(cause),
            None => fault,
        }
    }
}

/// A foreign value is echoed only so far that its sender recognises it.
fn excerpt(value: &str) -> String {
    const SHOWN: usize = 120;
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}
