-- What left this machine: one row for each target outside it that a request was sent to.
CREATE TABLE egress_log (
    id TEXT PRIMARY KEY,
    at REAL NOT NULL,
    request TEXT NOT NULL,
    target TEXT NOT NULL,
    host TEXT NOT NULL,
    zone TEXT NOT NULL,
    project TEXT NOT NULL,
    modality TEXT NOT NULL,
    sent_bytes INTEGER NOT NULL,
    sent_s REAL NOT NULL
) STRICT;

CREATE INDEX egress_log_at ON egress_log (at);
