-- Which projects a key was used in, so that a list of its requests is not looked for where there are none.
CREATE INDEX keys_by_name ON daily_keys (key_id, project);
