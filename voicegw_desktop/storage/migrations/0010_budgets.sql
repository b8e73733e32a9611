-- Budgets of keys and of the machine, by day, week and month.
ALTER TABLE managed_projects ADD COLUMN weekly_budget REAL;
ALTER TABLE managed_projects ADD COLUMN monthly_budget REAL;

CREATE TABLE managed_budgets (
    budget_id TEXT PRIMARY KEY,
    daily REAL,
    weekly REAL,
    monthly REAL,
    action TEXT,
    unpriced TEXT,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL
) STRICT;

-- What each key has spent on a day; daily_costs does not know keys.
CREATE TABLE daily_keys (
    day INTEGER NOT NULL,
    key_id TEXT NOT NULL,
    project TEXT NOT NULL,
    requests INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,
    cost_nanos INTEGER NOT NULL,
    estimated INTEGER NOT NULL,
    PRIMARY KEY (day, key_id, project)
) STRICT, WITHOUT ROWID;

INSERT INTO daily_keys
SELECT CAST(strftime('%Y%m%d', CAST(timestamp AS INTEGER), 'unixepoch', 'localtime') AS INTEGER), key_id, project,
    count(*), sum(cost_nanos IS NULL), coalesce(sum(cost_nanos), 0), sum(substr(pricing_source, 1, 8) = 'estimate')
FROM requests WHERE key_id IS NOT NULL GROUP BY 1, 2, 3;

-- How much of a budget was told of already, so that a command and a webhook hear it once, whichever program tells.
CREATE TABLE budget_told (
    scope TEXT NOT NULL,
    period TEXT NOT NULL,
    start INTEGER NOT NULL,
    budget_nanos INTEGER NOT NULL,
    percent INTEGER NOT NULL,
    PRIMARY KEY (scope, period)
) STRICT, WITHOUT ROWID;
