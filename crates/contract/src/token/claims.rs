//! What a verified client token says, whatever its form; and how we make one ourselves.

use serde_json::{Value, json};

use super::{
    CLOCK_SKEW_S_MAX, CONNECTION_DATA_CHARS_MAX, LAYOUT_CLASSES_CHARS_MAX, LIFETIME_S_DEFAULT, LIFETIME_S_MAX, Role,
    TokenRefusal, form, jwt, t1,
};
use crate::project::ProjectId;
use crate::sandbox;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenClaims {
    pub project_id: ProjectId,
    pub session_id: String,
    pub role: Role,
    /// Becomes the `data` of the connection.
    pub connection_data: Option<String>,
    pub layout_classes: Vec<String>,
    pub issued_at_s: Option<u64>,
    pub expires_at_s: u64,
    /// Failures that the bearer wants to see; only a sandbox project's may.
    pub sandbox: Vec<sandbox::Rule>,
}

impl TokenClaims {
    /// The session a client wants to join must be the one its token was made for.
    pub fn check_session(&self, session_id: &str) -> Result<(), TokenRefusal> {
        if self.session_id == session_id {
            return Ok(());
        }
        Err(TokenRefusal::WrongSession { expected: session_id.to_owned(), got: self.session_id.clone() })
    }

    /// The project a page believes in must be the one that made the token.
    pub fn check_project(&self, project_id: &str) -> Result<(), TokenRefusal> {
        if self.project_id.as_str().eq_ignore_ascii_case(project_id) {
            return Ok(());
        }
        Err(TokenRefusal::WrongProject { expected: project_id.to_owned(), got: self.project_id.to_string() })
    }

    pub(super) fn check_time(&self, now_s: u64) -> Result<(), TokenRefusal> {
        check_time(self.issued_at_s, self.expires_at_s, now_s)?;
        let lifetime_s = self.expires_at_s.saturating_sub(self.issued_at_s.unwrap_or(now_s));
        if lifetime_s > LIFETIME_S_MAX + CLOCK_SKEW_S_MAX {
            return Err(TokenRefusal::LifetimeTooLong { lifetime_s });
        }
        Ok(())
    }
}

pub(super) fn check_time(issued_at_s: Option<u64>, expires_at_s: u64, now_s: u64) -> Result<(), TokenRefusal> {
    if now_s > expires_at_s.saturating_add(CLOCK_SKEW_S_MAX) {
        return Err(TokenRefusal::Expired { expired_at_s: expires_at_s, now_s });
    }
    match issued_at_s {
        Some(valid_from_s) if valid_from_s > now_s.saturating_add(CLOCK_SKEW_S_MAX) => {
            Err(TokenRefusal::NotYetValid { valid_from_s, now_s })
        }
        _ => Ok(()),
    }
}

/// The claims as they were found, before anything is required of them.
#[derive(Default)]
pub(super) struct ClaimsDraft {
    pub session_id: Option<String>,
    pub issued_at_s: Option<u64>,
    pub expires_at_s: Option<u64>,
    pub role: Option<String>,
    pub connection_data: Option<String>,
    pub layout_classes: Vec<String>,
    pub scope: Option<String>,
    pub sandbox: Option<Value>,
}

impl ClaimsDraft {
    pub fn complete(self, project_id: ProjectId) -> Result<TokenClaims, TokenRefusal> {
        if let Some(scope) = self.scope.filter(|scope| !scope.split_whitespace().any(|one| one == "session.connect")) {
            return Err(TokenRefusal::claim("scope", "session.connect", scope));
        }
        let role = match self.role.as_deref() {
            None | Some("") => Role::default(),
            Some(name) => Role::parse(name).ok_or_else(|| TokenRefusal::claim("role", Role::NAMES, name))?,
        };
        let expires_at_s = match (self.expires_at_s, self.issued_at_s) {
            (Some(expires_at_s), _) => expires_at_s,
            (None, Some(issued_at_s)) => issued_at_s.saturating_add(LIFETIME_S_DEFAULT),
            (None, None) => return Err(TokenRefusal::claim("exp", "exp or iat", "neither")),
        };
        let connection_data = self.connection_data.filter(|data| !data.is_empty());
        at_most("connection_data", CONNECTION_DATA_CHARS_MAX, connection_data.as_deref().unwrap_or(""))?;
        at_most("initial_layout_class_list", LAYOUT_CLASSES_CHARS_MAX, &self.layout_classes.join(" "))?;
        Ok(TokenClaims {
            project_id,
            session_id: self.session_id.ok_or_else(|| TokenRefusal::claim("session_id", "a session id", "nothing"))?,
            role,
            connection_data,
            layout_classes: self.layout_classes,
            issued_at_s: self.issued_at_s,
            expires_at_s,
            sandbox: sandbox_rules(self.sandbox.as_ref())?,
        })
    }
}

/// The claim is JSON as it is, or as text where a token has only text.
pub(super) fn sandbox_rules(claim: Option<&Value>) -> Result<Vec<sandbox::Rule>, TokenRefusal> {
    let wrong = |got: String| TokenRefusal::claim("sandbox", "an array of rules", got);
    let read =
        |rules: &Value| sandbox::read(rules).map_err(|problem| wrong(format!("{}: {}", problem.place, problem.reason)));
    match claim {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => read(&serde_json::from_str(text).map_err(|source| wrong(source.to_string()))?),
        Some(rules) => read(rules),
    }
}

fn at_most(claim: &'static str, chars_max: usize, value: &str) -> Result<(), TokenRefusal> {
    match value.chars().count() {
        count if count > chars_max => {
            Err(TokenRefusal::claim(claim, format!("at most {chars_max} characters"), format!("{count} characters")))
        }
        _ => Ok(()),
    }
}

/// A token to make: what the playground and the tests use. Customers make their own with the vendor's SDKs.
#[derive(Debug, Clone)]
pub struct NewClientToken<'a> {
    pub project_id: &'a ProjectId,
    pub session_id: &'a str,
    pub role: Role,
    pub connection_data: Option<&'a str>,
    pub issued_at_s: u64,
    pub lifetime_s: u64,
    pub nonce: &'a str,
    /// Rules of the sandbox; `null` for none.
    pub sandbox: Value,
}

impl NewClientToken<'_> {
    pub fn sign_jwt(&self, secret: &str) -> String {
        let mut payload = json!({
            "iss": self.project_id.as_str(),
            "ist": "project",
            "iat": self.issued_at_s,
            "exp": self.issued_at_s + self.lifetime_s,
            "session_id": self.session_id,
            "role": self.role.name(),
            "connection_data": self.connection_data,
            "nonce": self.nonce,
            "scope": "session.connect",
        });
        if !self.sandbox.is_null() {
            payload["sandbox"] = self.sandbox.clone();
        }
        jwt::sign_hs256(&payload, secret)
    }

    pub fn sign_t1(&self, secret: &str) -> String {
        let mut data = format!(
            "session_id={}&create_time={}&expire_time={}&role={}&nonce={}&connection_data={}",
            self.session_id,
            self.issued_at_s,
            self.issued_at_s + self.lifetime_s,
            self.role,
            form::encode(self.nonce),
            form::encode(self.connection_data.unwrap_or("")),
        );
        if !self.sandbox.is_null() {
            data += &format!("&sandbox={}", form::encode(&self.sandbox.to_string()));
        }
        t1::sign(self.project_id, secret, &data)
    }
}
