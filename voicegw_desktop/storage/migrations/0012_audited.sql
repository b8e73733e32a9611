-- What the sums of a day were when they last agreed with its requests.
CREATE TABLE audited (
    day INTEGER PRIMARY KEY,
    mark TEXT NOT NULL
) STRICT;
