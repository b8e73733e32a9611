-- Keys that let callers in, kept as hashes; IF NOT EXISTS because keys also work, and may have made it, without storage.
CREATE TABLE IF NOT EXISTS access_keys (
    key_id TEXT PRIMARY KEY,
    name TEXT NOT NULL DEFAULT '',
    project TEXT,
    scopes TEXT NOT NULL DEFAULT '',
    bearer_hash TEXT NOT NULL UNIQUE,
    created_at REAL NOT NULL,
    revoked_at REAL
) STRICT;
