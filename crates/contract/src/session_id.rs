//! Session ids, byte for byte in the form that the vendor's server SDKs decode when they make a token.
//!
//! ```text
//! id   = "1_" base64url( body ), without "="
//! body = "1" ~ project ~ location ~ createdMs ~ random ~ p2p ~ tail
//! ```
//! The body says which project owns the session and whether it was created as relayed. It proves nothing: the store
//! decides whether a session exists. Ids in older forms (a date in words, a decimal fraction) decode too.

use std::net::Ipv4Addr;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::project::ProjectId;
use crate::token::base64_any;
use crate::wire::MediaMode;

/// Server SDKs refuse longer ids.
pub const SESSION_ID_BYTES_MAX: usize = 255;

/// Everything a new id is made of; `random` must come from a cryptographic source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSessionId<'a> {
    pub project: &'a ProjectId,
    pub location: Option<Ipv4Addr>,
    pub created_ms: u64,
    pub random: [u8; 18],
    pub media_mode: MediaMode,
}

impl NewSessionId<'_> {
    pub fn encode(&self) -> String {
        let location = self.location.map(|address| address.to_string()).unwrap_or_default();
        let random = STANDARD.encode(self.random);
        let p2p = match self.media_mode {
            MediaMode::Relayed => "P",
            MediaMode::Routed => "",
        };
        let body = format!("1~{}~{location}~{}~{random}~{p2p}~~", self.project, self.created_ms);
        format!("1_{}", URL_SAFE_NO_PAD.encode(body))
    }
}

/// What an id says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodedSessionId {
    pub project: ProjectId,
    pub media_mode: MediaMode,
    /// Absent in ids of the oldest form.
    pub created_ms: Option<u64>,
}

/// `None`: not a session id of any known form.
pub fn decode(id: &str) -> Option<DecodedSessionId> {
    if id.len() > SESSION_ID_BYTES_MAX {
        return None;
    }
    let encoded = id.strip_prefix("1_").or_else(|| id.strip_prefix("2_"))?;
    let body = String::from_utf8(base64_any(encoded)?).ok()?;
    let fields: Vec<&str> = body.split('~').collect();
    let [version, project, _location, created, _random, p2p, ..] = fields[..] else {
        return None;
    };
    if version != "1" {
        return None;
    }
    Some(DecodedSessionId {
        project: ProjectId::parse(project)?,
        media_mode: if p2p == "P" { MediaMode::Relayed } else { MediaMode::Routed },
        created_ms: created.parse().ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTED: &str = "1_MX4xMjM0NTY3OH5-MTcwMDAwMDAwMDAwMH5BYkNkRWZHaElqS2xNbk9wUXJTdFV2V3h-fn4";
    const RELAYED: &str = "1_MX4xMjM0NTY3OH5-MTcwMDAwMDAwMDAwMH5BYkNkRWZHaElqS2xNbk9wUXJTdFV2V3h-UH5-";
    const APPLICATION: &str = "1_MX4xMTExMTExMS0yMjIyLTQzMzMtODQ0NC01NTU1NTU1NTU1NTV-fjE3MDAwMDAwMDAwMDB-QWJDZEVmR2hJaktsTW5PcFFyU3RVdld4fn5-";

    fn random() -> [u8; 18] {
        STANDARD.decode("AbCdEfGhIjKlMnOpQrStUvWx").unwrap().try_into().unwrap()
    }

    #[test]
    fn ids_equal_the_vendors_worked_examples_to_the_byte() {
        let examples = [
            ("12345678", MediaMode::Routed, ROUTED),
            ("12345678", MediaMode::Relayed, RELAYED),
            ("11111111-2222-4333-8444-555555555555", MediaMode::Routed, APPLICATION),
        ];
        for (project, media_mode, expected) in examples {
            let project = ProjectId::parse(project).unwrap();
            let id = NewSessionId {
                project: &project,
                location: None,
                created_ms: 1_700_000_000_000,
                random: random(),
                media_mode,
            };
            assert_eq!(id.encode(), expected);
            assert_eq!(
                decode(expected),
                Some(DecodedSessionId { project, media_mode, created_ms: Some(1_700_000_000_000) })
            );
        }
    }

    #[test]
    fn a_location_is_carried_and_the_longest_id_stays_within_what_sdks_accept() {
        let project = ProjectId::parse("11111111-2222-4333-8444-555555555555").unwrap();
        let id = NewSessionId {
            project: &project,
            location: Some(Ipv4Addr::new(203, 113, 255, 254)),
            created_ms: u64::MAX,
            random: [255; 18],
            media_mode: MediaMode::Relayed,
        };
        let encoded = id.encode();
        assert!(encoded.len() <= SESSION_ID_BYTES_MAX, "{}", encoded.len());
        let body = URL_SAFE_NO_PAD.decode(&encoded[2..]).unwrap();
        assert!(String::from_utf8(body).unwrap().contains("~203.113.255.254~"));
    }

    #[test]
    fn ids_of_the_oldest_form_decode() {
        let old = format!("1_{}", STANDARD.encode("1~12345678~127.0.0.1~Mon Mar 17 00:41:31 PDT 2014~0.9~P~"));
        let decoded = decode(&old).unwrap();
        assert_eq!((decoded.media_mode, decoded.created_ms), (MediaMode::Relayed, None));
    }

    #[test]
    fn what_is_no_session_id_is_refused() {
        let long = format!("1_{}", "A".repeat(SESSION_ID_BYTES_MAX));
        let other_version = format!("1_{}", STANDARD.encode("2~12345678~~1~r~~~"));
        for wrong in ["", "1234", "1_", "1_!!!!", "3_MX4xMjM0NTY3OH5-", "1_MX4xMjM0NTY3OH5-", &long, &other_version] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
