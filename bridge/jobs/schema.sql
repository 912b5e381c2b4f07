-- What the daemon remembers. `application_id` is "step" in ASCII; `user_version` counts the changes of this file.
PRAGMA application_id = 0x73746570;
PRAGMA user_version = 1;

CREATE TABLE jobs (
    number INTEGER PRIMARY KEY, -- order of acceptance, and so of work
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'delivering', 'done', 'failed', 'cancelled')),
    stage TEXT NOT NULL DEFAULT '', -- as it stood when the job ended; while it runs, progress lives in memory
    fraction REAL NOT NULL DEFAULT 0,
    request TEXT NOT NULL, -- JSON, the fields that were given
    transport TEXT NOT NULL, -- JSON, the fields that the DAW said
    random_seed INTEGER NOT NULL,
    clips TEXT NOT NULL, -- JSON, [[name in the request, sha256], …]
    parent TEXT NOT NULL,
    reply_to TEXT NOT NULL,
    created REAL NOT NULL, -- seconds since 1970, as `started` and `finished`
    started REAL,
    finished REAL,
    attempts INTEGER NOT NULL DEFAULT 0,
    crashes INTEGER NOT NULL DEFAULT 0, -- worker processes that died over it
    manifests TEXT NOT NULL DEFAULT '{}', -- JSON, {variation: path}
    error_code TEXT NOT NULL DEFAULT '',
    error_text TEXT NOT NULL DEFAULT '',
    warnings TEXT NOT NULL DEFAULT '[]' -- JSON
) STRICT;

CREATE INDEX jobs_by_state ON jobs (state, number);

CREATE TABLE clip_bytes (
    sha256 TEXT PRIMARY KEY,
    data BLOB NOT NULL
) STRICT;

CREATE TABLE kept_clips (
    id TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL REFERENCES clip_bytes
) STRICT;
