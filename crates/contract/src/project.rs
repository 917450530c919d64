//! Projects: the owners of sessions, and the keys that prove a token came from one.
//!
//! Two kinds exist side by side: an OpenTok project (numeric API key, shared secret) and a Vonage application (UUID, RSA
//! public key). Key material has no `Debug` and no `Display`: it cannot reach a log or an error.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An OpenTok API key or a Vonage application id, in canonical form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ProjectId {
    /// Decimal digits, no more than [`API_KEY_DIGITS_MAX`].
    ApiKey(String),
    /// Lower-case hyphenated UUID.
    Application(String),
}

pub const API_KEY_DIGITS_MAX: usize = 20;

impl ProjectId {
    pub fn parse(text: &str) -> Option<Self> {
        if (1..=API_KEY_DIGITS_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) {
            return Some(Self::ApiKey(text.to_owned()));
        }
        is_hyphenated_uuid(text).then(|| Self::Application(text.to_ascii_lowercase()))
    }

    pub fn as_str(&self) -> &str {
        match self {
            Self::ApiKey(id) | Self::Application(id) => id,
        }
    }
}

impl fmt::Display for ProjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for ProjectId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a project id is an API key (digits) or an application id (UUID)")
    }
}

impl From<ProjectId> for String {
    fn from(id: ProjectId) -> Self {
        match id {
            ProjectId::ApiKey(id) | ProjectId::Application(id) => id,
        }
    }
}

fn is_hyphenated_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// What verifies the tokens of one project.
#[derive(Clone)]
pub enum ProjectKey {
    /// The API secret of an OpenTok project; signs and verifies.
    Secret(String),
    /// The public key of a Vonage application: SubjectPublicKeyInfo or PKCS#1, PEM.
    PublicKeyPem(String),
}

impl fmt::Debug for ProjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secret(_) => "Secret(..)",
            Self::PublicKeyPem(_) => "PublicKeyPem(..)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_named_by_an_api_key_or_an_application_id() {
        assert_eq!(ProjectId::parse("12345678"), Some(ProjectId::ApiKey("12345678".into())));
        assert_eq!(
            ProjectId::parse("11111111-2222-4333-8444-55555555555A"),
            Some(ProjectId::Application("11111111-2222-4333-8444-55555555555a".into()))
        );
        for wrong in [
            "",
            "12a",
            "123456789012345678901",
            "11111111222243338444555555555555",
            "1111111g-2222-4333-8444-555555555555",
        ] {
            assert_eq!(ProjectId::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn key_material_cannot_be_printed() {
        let printed =
            format!("{:?} {:?}", ProjectKey::Secret("hunter2".into()), ProjectKey::PublicKeyPem("-----BEGIN".into()));
        assert!(!printed.contains("hunter2") && !printed.contains("BEGIN"));
    }
}
