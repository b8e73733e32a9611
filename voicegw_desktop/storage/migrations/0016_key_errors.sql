-- How many requests of each key failed on a day; NULL: not known, since some of the day's requests were removed before.
ALTER TABLE daily_keys ADD COLUMN errors INTEGER;

UPDATE daily_keys SET errors = 0 WHERE day > coalesce((
    SELECT CAST(strftime('%Y%m%d', CAST(before AS INTEGER), 'unixepoch', 'localtime') AS INTEGER)
    FROM forgotten WHERE kind = 'requests'
), 0);

-- the condition twice, for the index of what failed
UPDATE daily_keys SET errors = found.errors FROM (
    SELECT CAST(strftime('%Y%m%d', CAST(timestamp AS INTEGER), 'unixepoch', 'localtime') AS INTEGER) AS day,
        key_id, project, count(*) AS errors
    FROM requests WHERE status != 'success' AND status = 'error' AND key_id IS NOT NULL GROUP BY 1, 2, 3
) AS found
WHERE daily_keys.errors IS NOT NULL AND daily_keys.day = found.day AND daily_keys.key_id = found.key_id
    AND daily_keys.project = found.project;
