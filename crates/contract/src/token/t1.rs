//! T1 tokens: `T1==` and base64 of `partner_id=…&sig=<hex HMAC-SHA1>:<data>`, data a URL query string.
//!
//! The signature covers the data byte for byte as received; SDKs order the parameters differently.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::claims::{ClaimsDraft, TokenClaims};
use super::{TokenRefusal, base64_any, form};
use crate::project::{ProjectId, ProjectKey};

pub struct T1 {
    project_id: ProjectId,
    signature: Vec<u8>,
    data: Vec<u8>,
}

impl T1 {
    /// `encoded`: what follows `T1==`.
    pub fn parse(encoded: &str) -> Result<Self, TokenRefusal> {
        let expected = "T1== and base64 of partner_id=<key>&sig=<signature>:<data>";
        let wrong = |got: &str| TokenRefusal::malformed(expected, got);
        let bytes = base64_any(encoded).ok_or_else(|| wrong("no base64 after T1=="))?;
        let sig_at = find(&bytes, b"sig=").ok_or_else(|| wrong("no sig"))?;
        let colon = sig_at + find(&bytes[sig_at..], b":").ok_or_else(|| wrong("no : after sig"))?;
        let head = std::str::from_utf8(&bytes[..colon]).map_err(|_| wrong("no text before the data"))?;

        let field = |name| form::pairs(head).find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let partner_id = field("partner_id").ok_or_else(|| wrong("no partner_id"))?;
        let signature =
            field("sig").and_then(|sig| form::hex(&sig)).ok_or_else(|| wrong("a sig that is not hexadecimal"))?;
        Ok(Self {
            project_id: ProjectId::parse(&partner_id).ok_or_else(|| wrong("a partner_id that is no API key"))?,
            signature,
            data: bytes[colon + 1..].to_vec(),
        })
    }

    pub fn project_id(&self) -> &ProjectId {
        &self.project_id
    }

    pub fn verify(&self, key: &ProjectKey) -> Result<TokenClaims, TokenRefusal> {
        let bad_signature = || TokenRefusal::BadSignature { project: self.project_id.to_string() };
        let ProjectKey::Secret(secret) = key else {
            return Err(TokenRefusal::malformed("a JWT signed RS256 for an application", "a T1 token"));
        };
        mac(secret).chain_update(&self.data).verify_slice(&self.signature).map_err(|_| bad_signature())?;

        let data = std::str::from_utf8(&self.data)
            .map_err(|_| TokenRefusal::claim("data", "a query string", "bytes that are no UTF-8"))?;
        let mut draft = ClaimsDraft::default();
        for (name, value) in form::pairs(data) {
            match &*name {
                "session_id" => draft.session_id = Some(value.into_owned()),
                "create_time" => draft.issued_at_s = whole_seconds("create_time", &value)?,
                "expire_time" => draft.expires_at_s = whole_seconds("expire_time", &value)?,
                "role" => draft.role = Some(value.into_owned()),
                "connection_data" => draft.connection_data = Some(value.into_owned()),
                "initial_layout_class_list" => {
                    draft.layout_classes = value.split_whitespace().map(str::to_owned).collect()
                }
                "scope" => draft.scope = Some(value.into_owned()),
                "sandbox" => draft.sandbox = Some(value.into_owned().into()),
                _ => {}
            }
        }
        draft.complete(self.project_id.clone())
    }
}

/// `data` must already be a query string.
pub fn sign(project_id: &ProjectId, secret: &str, data: &str) -> String {
    let signature = mac(secret).chain_update(data).finalize().into_bytes();
    let hex: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("T1=={}", STANDARD.encode(format!("partner_id={project_id}&sig={hex}:{data}")))
}

fn mac(secret: &str) -> Hmac<Sha1> {
    Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length")
}

/// An empty value counts as absent.
fn whole_seconds(claim: &'static str, value: &str) -> Result<Option<u64>, TokenRefusal> {
    if value.is_empty() {
        return Ok(None);
    }
    // Some languages print a float.
    let whole = value.split_once('.').map_or(value, |(whole, _)| whole);
    whole.parse().map(Some).map_err(|_| TokenRefusal::claim(claim, "seconds since 1970", value))
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
