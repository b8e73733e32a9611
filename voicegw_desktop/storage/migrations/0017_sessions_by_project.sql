-- Sessions of two projects may have one name: each is a row of its own.
CREATE TABLE sessions_of_projects (
    id TEXT NOT NULL,
    project TEXT NOT NULL,
    started_at REAL NOT NULL,
    ended_at REAL NOT NULL,
    modalities TEXT NOT NULL DEFAULT '',
    cost_nanos INTEGER NOT NULL DEFAULT 0,
    total_cost_usd REAL GENERATED ALWAYS AS (cost_nanos / 1e9) VIRTUAL,
    unpriced INTEGER NOT NULL DEFAULT 0,
    request_count INTEGER NOT NULL DEFAULT 0,
    estimated INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id, project)
);

-- Sessions with requests or turns of a project that is not the row's.
CREATE TEMP TABLE mixed (id TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO mixed
SELECT s.id FROM (SELECT DISTINCT session_id, project FROM requests WHERE session_id IS NOT NULL) AS r
JOIN sessions AS s ON s.id = r.session_id AND s.project != r.project
UNION
SELECT s.id FROM (SELECT DISTINCT session_id, project FROM turns) AS t
JOIN sessions AS s ON s.id = t.session_id AND s.project != t.project;

-- What each project has in them.
CREATE TEMP TABLE shares AS
SELECT id, project, min(began) AS began, max(ended) AS ended, group_concat(DISTINCT modality) AS modalities,
    sum(nanos) AS nanos, sum(unpriced) AS unpriced, sum(requests) AS requests, sum(estimated) AS estimated
FROM (
    SELECT m.id, r.project, r.timestamp AS began, r.timestamp + coalesce(r.total_latency_ms, 0) / 1000 AS ended,
        r.modality, coalesce(r.cost_nanos, 0) AS nanos, r.cost_nanos IS NULL AS unpriced, 1 AS requests,
        substr(r.pricing_source, 1, 8) = 'estimate' AS estimated
    FROM mixed AS m CROSS JOIN requests AS r ON r.session_id = m.id
    UNION ALL
    SELECT m.id, t.project, t.started_at - t.speech_s,
        t.started_at + coalesce(nullif(t.first_audio_ms, 0), t.final_ms, 0) / 1000 + t.audio_s, NULL, 0, 0, 0, 0
    FROM mixed AS m CROSS JOIN turns AS t ON t.session_id = m.id
)
GROUP BY id, project;
CREATE UNIQUE INDEX temp.shares_by_session ON shares (id, project);

INSERT INTO sessions_of_projects (id, project, started_at, ended_at, modalities, cost_nanos, unpriced, request_count,
    estimated)
SELECT id, project, started_at, ended_at, modalities, cost_nanos, unpriced, request_count, estimated
FROM sessions WHERE id NOT IN (SELECT id FROM mixed);

-- Projects that were not named in the row.
INSERT INTO sessions_of_projects (id, project, started_at, ended_at, modalities, cost_nanos, unpriced, request_count,
    estimated)
SELECT h.id, h.project, h.began, h.ended, coalesce(h.modalities, ''), h.nanos, h.unpriced, h.requests, h.estimated
FROM shares AS h JOIN sessions AS s ON s.id = h.id AND s.project != h.project;

-- The project that was: it keeps what no request is left of, which was removed for its age.
INSERT INTO sessions_of_projects (id, project, started_at, ended_at, modalities, cost_nanos, unpriced, request_count,
    estimated)
SELECT s.id, s.project,
    CASE WHEN s.started_at < gone.before THEN s.started_at ELSE coalesce(own.began, s.started_at) END,
    CASE WHEN s.started_at < gone.before THEN coalesce(own.ended, min(s.ended_at, gone.before))
        ELSE coalesce(own.ended, s.ended_at) END,
    CASE WHEN s.started_at < gone.before THEN s.modalities ELSE coalesce(own.modalities, '') END,
    max(0, s.cost_nanos - others.nanos), max(0, s.unpriced - others.unpriced),
    max(0, s.request_count - others.requests), max(0, s.estimated - others.estimated)
FROM mixed AS m
JOIN sessions AS s ON s.id = m.id
JOIN (
    SELECT h.id, sum(h.nanos) AS nanos, sum(h.unpriced) AS unpriced, sum(h.requests) AS requests,
        sum(h.estimated) AS estimated
    FROM shares AS h JOIN sessions AS o ON o.id = h.id AND o.project != h.project GROUP BY h.id
) AS others ON others.id = m.id
LEFT JOIN shares AS own ON own.id = s.id AND own.project = s.project
JOIN (SELECT coalesce(max(before), 0) AS before FROM forgotten WHERE kind IN ('requests', 'turns')) AS gone;

DROP TABLE shares;
DROP TABLE mixed;
DROP TABLE sessions;
ALTER TABLE sessions_of_projects RENAME TO sessions;
CREATE INDEX sessions_by_time ON sessions (started_at);
CREATE INDEX sessions_by_project ON sessions (project, started_at);
CREATE INDEX sessions_by_end ON sessions (ended_at);
