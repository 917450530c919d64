//! What survives a restart: projects and their keys, sessions, room names, and the event log of each call.
//!
//! Owns the SQLite file in the data directory. Must not know rooms, HTTP or media. Invariant: what a call returned `Ok` for
//! outlives the process; projects and sessions outlive a power cut too (`synchronous = FULL`).

mod event_log;

use std::fmt;
use std::path::Path;

use exedra_contract::project::{ProjectId, ProjectKey};
use exedra_contract::wire::MediaMode;
use exedra_contract::{Fault, faults};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

pub use event_log::{CallEvent, EventLog};

/// Readers and writers of the small tables together; the event log has its own connection.
const CONNECTIONS_MAX: u32 = 4;

#[derive(Clone)]
pub struct Store {
    pool: SqlitePool,
    pub events: EventLog,
}

/// The disk or the database refused. Internal: what it says may name files.
#[derive(Debug)]
pub struct StoreError(String);

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "store: {}", self.0)
    }
}

impl std::error::Error for StoreError {}

impl From<sqlx::Error> for StoreError {
    fn from(source: sqlx::Error) -> Self {
        Self(source.to_string())
    }
}

/// What a caller is told while the store cannot do this.
pub fn unavailable(operation: &'static str) -> impl Fn(StoreError) -> Fault {
    move |source| faults::store_unavailable(operation).because(source)
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: String,
    pub project_id: ProjectId,
    pub created_ms: u64,
    pub media_mode: MediaMode,
    /// JSON of the options that were given at creation.
    pub options: String,
}

impl Store {
    pub async fn open(data_dir: &Path) -> Result<Self, StoreError> {
        create_private_dir(data_dir).map_err(|source| StoreError(format!("data directory: {source}")))?;
        let options = SqliteConnectOptions::new()
            .filename(data_dir.join("exedra.sqlite"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true);
        let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS_MAX).connect_with(options.clone()).await?;
        sqlx::migrate!().run(&pool).await.map_err(|source| StoreError(source.to_string()))?;
        // A call's events survive the end of the process. They need not survive a power cut, which ends the call as well, and
        // waiting for the disk each time would make every participant wait.
        let events = EventLog::start(options.synchronous(SqliteSynchronous::Normal)).await?;
        Ok(Self { pool, events })
    }

    /// Waits until everything that was given to the event log is on disk, then closes the file.
    pub async fn close(&self) {
        self.events.close().await;
        self.pool.close().await;
    }

    /// Whether the store can be read at all, for `/readyz`.
    pub async fn check(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    pub async fn project_key(&self, id: &ProjectId) -> Result<Option<ProjectKey>, StoreError> {
        let row = sqlx::query("SELECT secret, public_key FROM projects WHERE id = ?")
            .bind(id.as_str())
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.and_then(|row| key_of(&row)))
    }

    /// The first OpenTok project, oldest first: the one of a development server.
    pub async fn first_project(&self) -> Result<Option<(ProjectId, String)>, StoreError> {
        let row =
            sqlx::query("SELECT id, secret FROM projects WHERE secret IS NOT NULL ORDER BY created_ms, id LIMIT 1")
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.and_then(|row| Some((ProjectId::parse(row.get("id"))?, row.get("secret")))))
    }

    /// Adds a project, or replaces the key of one that exists.
    pub async fn put_project(&self, id: &ProjectId, key: &ProjectKey, now_ms: u64) -> Result<(), StoreError> {
        let (secret, public_key) = match key {
            ProjectKey::Secret(secret) => (Some(secret), None),
            ProjectKey::PublicKeyPem(pem) => (None, Some(pem)),
        };
        sqlx::query(
            "INSERT INTO projects (id, secret, public_key, created_ms) VALUES (?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET secret = excluded.secret, public_key = excluded.public_key",
        )
        .bind(id.as_str())
        .bind(secret)
        .bind(public_key)
        .bind(now_ms as i64)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    pub async fn put_session(&self, session: &Session) -> Result<(), StoreError> {
        insert_session(session, &self.pool).await
    }

    pub async fn session(&self, id: &str) -> Result<Option<Session>, StoreError> {
        let row = sqlx::query("SELECT id, project_id, created_ms, media_mode, options FROM sessions WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| session_of(&row)).transpose()
    }

    /// The session that a room name means; `fresh` becomes it when the name is new.
    pub async fn session_of_room(&self, name: &str, fresh: &Session) -> Result<Session, StoreError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let row = sqlx::query(
            "SELECT s.id, s.project_id, s.created_ms, s.media_mode, s.options
             FROM room_names r JOIN sessions s ON s.id = r.session_id WHERE r.project_id = ? AND r.name = ?",
        )
        .bind(fresh.project_id.as_str())
        .bind(name)
        .fetch_optional(&mut *transaction)
        .await?;
        if let Some(row) = row {
            return session_of(&row);
        }
        insert_session(fresh, &mut *transaction).await?;
        sqlx::query("INSERT INTO room_names (project_id, name, session_id) VALUES (?, ?, ?)")
            .bind(fresh.project_id.as_str())
            .bind(name)
            .bind(&fresh.id)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(fresh.clone())
    }
}

async fn insert_session(
    session: &Session,
    executor: impl sqlx::Executor<'_, Database = sqlx::Sqlite>,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO sessions (id, project_id, created_ms, media_mode, options) VALUES (?, ?, ?, ?, ?)")
        .bind(&session.id)
        .bind(session.project_id.as_str())
        .bind(session.created_ms as i64)
        .bind(match session.media_mode {
            MediaMode::Routed => "routed",
            MediaMode::Relayed => "relayed",
        })
        .bind(&session.options)
        .execute(executor)
        .await?;
    Ok(())
}

fn key_of(row: &sqlx::sqlite::SqliteRow) -> Option<ProjectKey> {
    let secret: Option<String> = row.get("secret");
    let public_key: Option<String> = row.get("public_key");
    secret.map(ProjectKey::Secret).or(public_key.map(ProjectKey::PublicKeyPem))
}

fn session_of(row: &sqlx::sqlite::SqliteRow) -> Result<Session, StoreError> {
    let project: &str = row.get("project_id");
    Ok(Session {
        id: row.get("id"),
        project_id: ProjectId::parse(project).ok_or_else(|| StoreError("a session of no project".into()))?,
        created_ms: row.get::<i64, _>("created_ms") as u64,
        media_mode: match row.get("media_mode") {
            "relayed" => MediaMode::Relayed,
            _ => MediaMode::Routed,
        },
        options: row.get("options"),
    })
}

/// The file holds secrets: nobody but its owner may read it.
fn create_private_dir(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(test)]
mod tests;
