-- Moments (Unix seconds) before which details are gone, by what they are of: their sums stay.
CREATE TABLE forgotten (
    kind TEXT PRIMARY KEY,
    before REAL NOT NULL
) STRICT;

-- Sessions that nothing is left of are found by when they ended.
CREATE INDEX sessions_by_end ON sessions (ended_at);
