//! Who may join: the token first, then the project, then the session. The order is the order of the answers: a page with
//! placeholders everywhere is told that it is not authenticated, not that its session id looks wrong.

use exedra_contract::project::{ProjectId, ProjectKey};
use exedra_contract::token::{TokenClaims, TokenRefusal, UnverifiedToken};
use exedra_contract::{Fault, faults, session_id, wire};

use crate::clock;
use crate::node::Node;
use crate::sandbox::Scope;
use crate::store::{Session, unavailable};

/// A client whose token was verified, and the session it may enter.
#[derive(Debug)]
pub struct Admitted {
    pub session: Session,
    pub claims: TokenClaims,
    /// In a sandbox: whose rules apply to the client.
    pub sandbox: Option<Vec<Scope>>,
}

pub async fn admit(node: &Node, join: &wire::Join) -> Result<Admitted, Fault> {
    if node.is_shutting_down() {
        return Err(faults::server_shutting_down());
    }
    let token = UnverifiedToken::parse(&join.token)?;
    let key = project_key(node, token.project_id()).await?;
    let claims = token.verify(&key, clock::now_s())?;
    if let Some(project_id) = &join.project_id {
        claims.check_project(project_id)?;
    }
    claims.check_session(&join.session_id)?;
    let decoded = session_id::decode(&join.session_id)
        .ok_or_else(|| faults::session_id_invalid("it is not in the form of the ids that this server makes"))?;
    if decoded.project != claims.project_id {
        let (expected, got) = (decoded.project.to_string(), claims.project_id.to_string());
        return Err(TokenRefusal::WrongProject { expected, got }.into());
    }
    let session = node.store.session(&join.session_id).await.map_err(unavailable("read session"))?;
    let session = session
        .filter(|session| session.project_id == claims.project_id)
        .ok_or_else(|| faults::session_not_found(&*join.session_id))?;
    let token = node.arm(&claims.project_id, &join.token, &claims.sandbox, claims.expires_at_s)?;
    let sandbox = token.map(|token| vec![token, Scope::Session(session.id.clone())]);
    Ok(Admitted { session, claims, sandbox })
}

/// What the project's tokens are signed with.
pub async fn project_key(node: &Node, id: &ProjectId) -> Result<ProjectKey, Fault> {
    let key = node.store.project_key(id).await.map_err(unavailable("read project"))?;
    key.ok_or_else(|| TokenRefusal::UnknownProject { project: id.to_string() }.into())
}
