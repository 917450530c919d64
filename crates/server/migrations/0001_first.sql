-- Who may make tokens. Exactly one of secret (OpenTok project) and public_key (Vonage application, PEM) is set.
CREATE TABLE projects (
    id         TEXT    PRIMARY KEY NOT NULL,
    secret     TEXT,
    public_key TEXT,
    created_ms INTEGER NOT NULL,
    CHECK ((secret IS NULL) <> (public_key IS NULL))
) STRICT;

-- Sessions never expire.
CREATE TABLE sessions (
    id         TEXT    PRIMARY KEY NOT NULL,
    project_id TEXT    NOT NULL REFERENCES projects (id),
    created_ms INTEGER NOT NULL,
    media_mode TEXT    NOT NULL CHECK (media_mode IN ('routed', 'relayed')),
    -- The options of the creating request that later features read, as JSON.
    options    TEXT    NOT NULL
) STRICT;

-- Development only: a room name means one session.
CREATE TABLE room_names (
    project_id TEXT NOT NULL REFERENCES projects (id),
    name       TEXT NOT NULL,
    session_id TEXT NOT NULL REFERENCES sessions (id),
    PRIMARY KEY (project_id, name)
) STRICT, WITHOUT ROWID;

-- What happened in each call, in order; never changed, never deleted here.
CREATE TABLE call_events (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id TEXT    NOT NULL,
    at_ms      INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    body       TEXT    NOT NULL
) STRICT;

CREATE INDEX call_events_of_session ON call_events (session_id, id);
