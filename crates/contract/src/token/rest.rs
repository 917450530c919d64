//! The tokens with which a customer's server calls the REST API (`X-OPENTOK-AUTH`, `Authorization: Bearer`).
//!
//! Any lifetime is accepted (SDKs send 3 minutes to 30 days); `jti` is neither required nor checked for repetition.

use serde_json::{Value, json};

use super::claims::check_time;
use super::{LIFETIME_S_DEFAULT, TOKEN_BYTES_MAX, TokenRefusal, jwt};
use crate::project::{ProjectId, ProjectKey};
use crate::sandbox;

pub struct RestToken(jwt::Jwt);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestClaims {
    pub project_id: ProjectId,
    /// `ist` is `account`: speaks for the whole account, not for one project.
    pub account: bool,
    pub expires_at_s: u64,
    /// Failures that the caller wants to see; only a sandbox project's may.
    pub sandbox: Vec<sandbox::Rule>,
}

impl RestToken {
    pub fn parse(text: &str) -> Result<Self, TokenRefusal> {
        if text.len() > TOKEN_BYTES_MAX {
            return Err(TokenRefusal::malformed(
                format!("at most {TOKEN_BYTES_MAX} bytes"),
                format!("{} bytes", text.len()),
            ));
        }
        jwt::Jwt::parse(text.trim()).map(Self)
    }

    pub fn project_id(&self) -> &ProjectId {
        self.0.project_id()
    }

    pub fn verify(&self, key: &ProjectKey, now_s: u64) -> Result<RestClaims, TokenRefusal> {
        let jwt = self.0.verify(key)?;
        // A client token of an OpenTok project is signed with the same secret. Every browser in a call holds one; it must
        // never open the REST API.
        if jwt.is_for_a_client() {
            return Err(TokenRefusal::claim("scope", "a token for the REST API", "a client token"));
        }
        let issued_at_s = jwt.issued_at_s()?;
        let expires_at_s = match (jwt.expires_at_s()?, issued_at_s) {
            (Some(expires_at_s), _) => expires_at_s,
            (None, Some(issued_at_s)) => issued_at_s.saturating_add(LIFETIME_S_DEFAULT),
            (None, None) => return Err(TokenRefusal::claim("exp", "exp or iat", "neither")),
        };
        check_time(issued_at_s, expires_at_s, now_s)?;
        let account = match jwt.ist().as_deref() {
            None | Some("project") => false,
            Some("account") => true,
            Some(other) => return Err(TokenRefusal::claim("ist", "project or account", other)),
        };
        Ok(RestClaims { project_id: self.project_id().clone(), account, expires_at_s, sandbox: jwt.sandbox()? })
    }

    /// Makes a token as an OpenTok server SDK would.
    pub fn sign(project_id: &ProjectId, secret: &str, issued_at_s: u64, lifetime_s: u64) -> String {
        Self::sign_with(project_id, secret, issued_at_s, lifetime_s, &Value::Null)
    }

    /// The same with rules of the sandbox.
    pub fn sign_with(
        project_id: &ProjectId,
        secret: &str,
        issued_at_s: u64,
        lifetime_s: u64,
        sandbox: &Value,
    ) -> String {
        let payload = json!({
            "iss": project_id.as_str(),
            "ist": "project",
            "iat": issued_at_s,
            "exp": issued_at_s + lifetime_s,
            "sandbox": sandbox,
        });
        jwt::sign_hs256(&payload, secret)
    }
}
