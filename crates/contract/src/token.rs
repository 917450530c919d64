//! Client tokens and REST tokens of every form the vendor's server SDKs make, verified without a clock or a store.
//!
//! Owns: reading a token, checking its signature against a project's key, checking its claims against a given time.
//! Must not know: which projects exist, which sessions exist. The caller reads [`UnverifiedToken::project_id`], looks the
//! key up, and verifies. Nothing of a token is believed, or even parsed further than needed to find the key, before its
//! signature was right. No error contains a secret, a signature or the token.

mod claims;
pub mod form;
mod jwt;
mod refusal;
mod rest;
mod t1;

use std::fmt;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::project::{ProjectId, ProjectKey};
use crate::wire::Capabilities;

pub use claims::{NewClientToken, TokenClaims};
pub use refusal::TokenRefusal;
pub use rest::{RestClaims, RestToken};

pub(crate) use jwt::sign_hs256 as sign_jwt_payload;
pub(crate) use t1::sign as sign_t1_data;

/// Percent-encoded connection data and layout classes of the greatest length fit.
pub const TOKEN_BYTES_MAX: usize = 32 * 1024;

/// How far a customer's clock may be from ours before it matters.
pub const CLOCK_SKEW_S_MAX: u64 = 30;

/// A token that names no expiry lives this long from its creation.
pub const LIFETIME_S_DEFAULT: u64 = 24 * 3600;

/// A client token that was made to live longer is refused.
pub const LIFETIME_S_MAX: u64 = 30 * 24 * 3600;

pub const CONNECTION_DATA_CHARS_MAX: usize = 1024;
pub const LAYOUT_CLASSES_CHARS_MAX: usize = 1024;

/// A client token, read just far enough to know whose key must verify it.
pub struct UnverifiedToken {
    form: Form,
}

enum Form {
    T1(t1::T1),
    Jwt(jwt::Jwt),
}

impl UnverifiedToken {
    pub fn parse(text: &str) -> Result<Self, TokenRefusal> {
        let text = text.trim();
        if text.len() > TOKEN_BYTES_MAX {
            return Err(TokenRefusal::malformed(
                format!("at most {TOKEN_BYTES_MAX} bytes"),
                format!("{} bytes", text.len()),
            ));
        }
        let form = match text.strip_prefix("T1==") {
            Some(encoded) => Form::T1(t1::T1::parse(encoded)?),
            None => Form::Jwt(jwt::Jwt::parse(text)?),
        };
        Ok(Self { form })
    }

    /// The project the token claims to be of.
    pub fn project_id(&self) -> &ProjectId {
        match &self.form {
            Form::T1(token) => token.project_id(),
            Form::Jwt(token) => token.project_id(),
        }
    }

    /// Checks the signature first, then every claim.
    pub fn verify(&self, key: &ProjectKey, now_s: u64) -> Result<TokenClaims, TokenRefusal> {
        let claims = match &self.form {
            Form::T1(token) => token.verify(key)?,
            Form::Jwt(token) => token.verify(key)?.client_claims(self.project_id().clone())?,
        };
        claims.check_time(now_s)?;
        Ok(claims)
    }
}

/// What a token lets its bearer do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    Subscriber,
    #[default]
    Publisher,
    PublisherOnly,
    Moderator,
}

impl Role {
    pub const NAMES: &str = "subscriber, publisher, publisheronly or moderator";

    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "subscriber" => Self::Subscriber,
            "publisher" => Self::Publisher,
            "publisheronly" => Self::PublisherOnly,
            "moderator" => Self::Moderator,
            _ => return None,
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Subscriber => "subscriber",
            Self::Publisher => "publisher",
            Self::PublisherOnly => "publisheronly",
            Self::Moderator => "moderator",
        }
    }

    /// `subscriber_may_signal` is the operator's choice: the vendor's documentation leaves it open.
    pub fn capabilities(self, subscriber_may_signal: bool) -> Capabilities {
        let moderator = self == Self::Moderator;
        Capabilities {
            publish: self != Self::Subscriber,
            subscribe: self != Self::PublisherOnly,
            signal: matches!(self, Self::Publisher | Self::Moderator)
                || (self == Self::Subscriber && subscriber_may_signal),
            force_unpublish: moderator,
            force_disconnect: moderator,
            force_mute: moderator,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Standard and URL-safe base64 in any mixture, padded or not: SDKs of different languages send all of them.
pub(crate) fn base64_any(text: &str) -> Option<Vec<u8>> {
    const INDIFFERENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    let standard: String = text
        .chars()
        .map(|c| {
            if c == '-' {
                '+'
            } else if c == '_' {
                '/'
            } else {
                c
            }
        })
        .collect();
    INDIFFERENT.decode(standard).ok()
}

#[cfg(test)]
mod tests;
