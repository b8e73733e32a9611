-- One row for each exchange of a conversation; the times are milliseconds since the end of the person's speech.
CREATE TABLE turns (
    id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL,
    project TEXT NOT NULL,
    started_at REAL NOT NULL,
    revision INTEGER NOT NULL,
    wire TEXT NOT NULL,
    recorded INTEGER NOT NULL,
    utterances INTEGER NOT NULL,
    speech_s REAL NOT NULL,
    endpoint_ms REAL,
    final_ms REAL,
    asked_ms REAL,
    first_token_ms REAL,
    first_clause_ms REAL,
    speak_ms REAL,
    first_audio_ms REAL,
    audio_s REAL NOT NULL,
    interrupted_ms REAL,
    talk_over_ms REAL NOT NULL,
    dead_air_ms REAL,
    false_starts INTEGER NOT NULL,
    tool_calls INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    fallbacks INTEGER NOT NULL,
    cost_nanos INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,
    stt TEXT,
    llm TEXT,
    tts TEXT,
    requests TEXT NOT NULL
) STRICT;

CREATE INDEX turns_by_session ON turns (session_id, started_at);
CREATE INDEX turns_by_time ON turns (started_at);
CREATE INDEX turns_by_project ON turns (project, started_at);

-- What was said in a turn, sealed with a key from the secret store; empty unless it is asked for.
CREATE TABLE transcripts (
    turn_id TEXT PRIMARY KEY,
    at REAL NOT NULL,
    sealed TEXT NOT NULL
) STRICT;

CREATE INDEX transcripts_by_time ON transcripts (at);

-- Reports of one project's sessions, one modality, one model, and of what did not succeed, which is rare.
CREATE INDEX sessions_by_project ON sessions (project, started_at);
CREATE INDEX requests_by_modality ON requests (modality, timestamp);
CREATE INDEX requests_by_model ON requests (model_id, timestamp);
CREATE INDEX requests_by_failure ON requests (status, timestamp) WHERE status != 'success';
