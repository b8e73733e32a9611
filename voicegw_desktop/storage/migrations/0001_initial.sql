-- Requests, what they add up to, what people manage from screens, and the log of who changed it.
CREATE TABLE requests (
    id TEXT PRIMARY KEY,
    timestamp REAL NOT NULL,
    modality TEXT NOT NULL,
    model_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    project TEXT NOT NULL,
    input_units REAL NOT NULL DEFAULT 0,
    output_units REAL NOT NULL DEFAULT 0,
    cost_nanos INTEGER,
    cost_usd REAL GENERATED ALWAYS AS (cost_nanos / 1e9) VIRTUAL,
    pricing_source TEXT NOT NULL DEFAULT 'unknown',
    ttfb_ms REAL,
    total_latency_ms REAL,
    status TEXT NOT NULL,
    fallback_from TEXT,
    error_message TEXT,
    metadata TEXT,
    session_id TEXT,
    wire TEXT,
    wanted TEXT,
    key_id TEXT,
    gateway_ms REAL
);
CREATE INDEX requests_by_time ON requests (timestamp);
CREATE INDEX requests_by_project ON requests (project, timestamp);
CREATE INDEX requests_by_session ON requests (session_id, timestamp) WHERE session_id IS NOT NULL;

CREATE TABLE daily_costs (
    day INTEGER NOT NULL,
    project TEXT NOT NULL,
    provider TEXT NOT NULL,
    model_id TEXT NOT NULL,
    modality TEXT NOT NULL,
    requests INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    fallbacks INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,
    cost_nanos INTEGER NOT NULL,
    input_units REAL NOT NULL,
    output_units REAL NOT NULL,
    PRIMARY KEY (day, project, provider, model_id, modality)
) WITHOUT ROWID;

CREATE TABLE daily_latency (
    day INTEGER NOT NULL,
    project TEXT NOT NULL,
    provider TEXT NOT NULL,
    model_id TEXT NOT NULL,
    modality TEXT NOT NULL,
    metric TEXT NOT NULL,
    bucket INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (day, project, provider, model_id, modality, metric, bucket)
) WITHOUT ROWID;

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    started_at REAL NOT NULL,
    ended_at REAL NOT NULL,
    modalities TEXT NOT NULL DEFAULT '',
    cost_nanos INTEGER NOT NULL DEFAULT 0,
    total_cost_usd REAL GENERATED ALWAYS AS (cost_nanos / 1e9) VIRTUAL,
    unpriced INTEGER NOT NULL DEFAULT 0,
    request_count INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX sessions_by_time ON sessions (started_at);

CREATE TABLE managed_providers (
    provider_id TEXT PRIMARY KEY,
    provider_type TEXT NOT NULL,
    api_key_encrypted TEXT,
    base_url TEXT,
    extra_config TEXT NOT NULL DEFAULT '{}',
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    project TEXT
);

CREATE TABLE managed_models (
    model_id TEXT PRIMARY KEY,
    modality TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    model_name TEXT NOT NULL,
    display_name TEXT,
    default_language TEXT,
    default_voice TEXT,
    extra_config TEXT NOT NULL DEFAULT '{}',
    enabled INTEGER NOT NULL DEFAULT 1,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL
);

CREATE TABLE managed_projects (
    project_id TEXT PRIMARY KEY,
    name TEXT,
    description TEXT NOT NULL DEFAULT '',
    daily_budget REAL,
    budget_action TEXT NOT NULL DEFAULT 'warn',
    default_stack TEXT,
    stt_model TEXT,
    llm_model TEXT,
    tts_model TEXT,
    tags TEXT NOT NULL DEFAULT '[]',
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL
);

CREATE TABLE config_audit_log (
    id INTEGER PRIMARY KEY,
    timestamp REAL NOT NULL,
    entity_type TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    action TEXT NOT NULL,
    changes_json TEXT NOT NULL DEFAULT '{}',
    source TEXT NOT NULL
);
