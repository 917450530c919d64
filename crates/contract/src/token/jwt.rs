//! Signed JSON tokens: HS256 with the secret of an OpenTok project, RS256 with the key of a Vonage application.
//!
//! Which of the two it must be follows from the project the token names, never from the token's own `alg`.

use jsonwebtoken::crypto;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde::Deserialize;
use serde_json::{Map, Value};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::claims::{ClaimsDraft, TokenClaims, sandbox_rules};
use super::{TokenRefusal, base64_any, form};
use crate::project::{ProjectId, ProjectKey};
use crate::sandbox;

pub struct Jwt {
    project_id: ProjectId,
    algorithm: String,
    /// `header.payload` as received: what the signature covers.
    signed: String,
    signature: String,
    payload: Map<String, Value>,
    /// One SDK puts `ist` here instead of into the payload.
    ist_in_header: Option<String>,
}

/// The payload of a JWT whose signature was right.
pub struct VerifiedJwt<'a>(&'a Jwt);

impl Jwt {
    pub fn parse(text: &str) -> Result<Self, TokenRefusal> {
        #[derive(Deserialize)]
        struct Header {
            alg: String,
            #[serde(default)]
            ist: Option<String>,
        }
        let wrong = |got: &str| TokenRefusal::malformed("a T1 token or a signed JWT", got);
        let mut parts = text.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong("neither T1== nor three parts joined by dots"));
        };
        let read = |part| base64_any(part);
        let header_json: Header = read(header)
            .and_then(|json| serde_json::from_slice(&json).ok())
            .ok_or_else(|| wrong("a header that is no JSON with alg"))?;
        let payload_json: Map<String, Value> = read(payload)
            .and_then(|json| serde_json::from_slice(&json).ok())
            .ok_or_else(|| wrong("a payload that is no JSON object"))?;

        let project = text_of(&payload_json, "application_id")
            .or_else(|| text_of(&payload_json, "iss"))
            .ok_or_else(|| wrong("neither iss nor application_id"))?;
        Ok(Self {
            project_id: ProjectId::parse(&project)
                .ok_or_else(|| wrong("an iss or application_id that names no project"))?,
            algorithm: header_json.alg,
            signed: format!("{header}.{payload}"),
            signature: signature.trim_end_matches('=').to_owned(),
            payload: payload_json,
            ist_in_header: header_json.ist,
        })
    }

    pub fn project_id(&self) -> &ProjectId {
        &self.project_id
    }

    pub fn verify(&self, key: &ProjectKey) -> Result<VerifiedJwt<'_>, TokenRefusal> {
        let bad_signature = || TokenRefusal::BadSignature { project: self.project_id.to_string() };
        let (algorithm, name, key) = match key {
            ProjectKey::Secret(secret) => (Algorithm::HS256, "HS256", DecodingKey::from_secret(secret.as_bytes())),
            ProjectKey::PublicKeyPem(pem) => {
                let key = DecodingKey::from_rsa_pem(pem.as_bytes()).map_err(|_| bad_signature())?;
                (Algorithm::RS256, "RS256", key)
            }
        };
        if self.algorithm != name {
            return Err(TokenRefusal::claim("alg", name, &*self.algorithm));
        }
        match crypto::verify(&self.signature, self.signed.as_bytes(), &key, algorithm) {
            Ok(true) => Ok(VerifiedJwt(self)),
            Ok(false) | Err(_) => Err(bad_signature()),
        }
    }
}

impl VerifiedJwt<'_> {
    pub fn client_claims(&self, project_id: ProjectId) -> Result<TokenClaims, TokenRefusal> {
        let payload = &self.0.payload;
        if let Some(ist) = self.ist().filter(|ist| ist != "project") {
            return Err(TokenRefusal::claim("ist", "project", ist));
        }
        let draft = ClaimsDraft {
            session_id: text_of(payload, "session_id"),
            issued_at_s: self.issued_at_s()?,
            expires_at_s: self.expires_at_s()?,
            role: text_of(payload, "role"),
            connection_data: text_of(payload, "connection_data").or_else(|| text_of(payload, "data")),
            layout_classes: layout_classes(payload)?,
            scope: text_of(payload, "scope"),
            sandbox: payload.get("sandbox").cloned(),
        };
        draft.complete(project_id)
    }

    pub fn sandbox(&self) -> Result<Vec<sandbox::Rule>, TokenRefusal> {
        sandbox_rules(self.0.payload.get("sandbox"))
    }

    pub fn is_for_a_client(&self) -> bool {
        let payload = &self.0.payload;
        payload.contains_key("session_id")
            || text_of(payload, "scope").is_some_and(|scope| scope.contains("session.connect"))
    }

    pub fn ist(&self) -> Option<String> {
        text_of(&self.0.payload, "ist").or_else(|| self.0.ist_in_header.clone())
    }

    pub fn issued_at_s(&self) -> Result<Option<u64>, TokenRefusal> {
        Ok(seconds_of(&self.0.payload, "iat")?.or(seconds_of(&self.0.payload, "create_time")?))
    }

    pub fn expires_at_s(&self) -> Result<Option<u64>, TokenRefusal> {
        Ok(seconds_of(&self.0.payload, "exp")?.or(seconds_of(&self.0.payload, "expire_time")?))
    }
}

pub fn sign_hs256(payload: &Value, secret: &str) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload.to_string()));
    let signature = crypto::sign(signed.as_bytes(), &EncodingKey::from_secret(secret.as_bytes()), Algorithm::HS256)
        .expect("HMAC takes keys of any length");
    format!("{signed}.{signature}")
}

/// A string, or a number where SDKs send one for the other; `null` counts as absent.
fn text_of(payload: &Map<String, Value>, claim: &str) -> Option<String> {
    match payload.get(claim)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn seconds_of(payload: &Map<String, Value>, claim: &'static str) -> Result<Option<u64>, TokenRefusal> {
    let seconds = match payload.get(claim) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => {
            number.as_u64().or_else(|| number.as_f64().filter(|s| *s >= 0.0).map(|s| s as u64))
        }
        Some(Value::String(text)) => text.parse().ok(),
        Some(_) => None,
    };
    match seconds {
        Some(seconds) => Ok(Some(seconds)),
        None => Err(TokenRefusal::claim(claim, "seconds since 1970", payload[claim].to_string())),
    }
}

/// One string joined by spaces (URL-encoded by one SDK) or an array, under either of two names.
fn layout_classes(payload: &Map<String, Value>) -> Result<Vec<String>, TokenRefusal> {
    let classes = payload.get("initial_layout_class_list").or_else(|| payload.get("initial_layout_list"));
    match classes {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(joined)) => {
            let decoded = form::decode(joined).unwrap_or(joined.into());
            Ok(decoded.split_whitespace().map(str::to_owned).collect())
        }
        Some(Value::Array(items)) => Ok(items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()),
        Some(other) => {
            Err(TokenRefusal::claim("initial_layout_class_list", "a string or an array of strings", other.to_string()))
        }
    }
}
