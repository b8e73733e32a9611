-- Sums of years (yyyy), months (yyyymm) and thirds of months (yyyymm1: days 1 to 10, yyyymm2: to 20, yyyymm3: the rest),
-- of all days until the one that is told in `rolled`.
CREATE TABLE period_costs (
    period INTEGER NOT NULL,
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
    estimated INTEGER NOT NULL,
    PRIMARY KEY (period, project, provider, model_id, modality)
) WITHOUT ROWID;

-- Histograms of years, months, thirds and days (yyyymmdd); what is not in them yet waits in daily_latency.
-- Project '' is all of them together.
CREATE TABLE latency (
    period INTEGER NOT NULL,
    project TEXT NOT NULL,
    modality TEXT NOT NULL,
    model_id TEXT NOT NULL,
    counts BLOB NOT NULL,
    PRIMARY KEY (project, period, modality, model_id)
) WITHOUT ROWID;

CREATE TABLE rolled (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    until INTEGER NOT NULL
) STRICT;
INSERT INTO rolled VALUES (1, 0);

-- Reports of one provider, and of one key.
CREATE INDEX requests_by_provider ON requests (provider, timestamp);
CREATE INDEX requests_by_key ON requests (key_id, timestamp) WHERE key_id IS NOT NULL;
