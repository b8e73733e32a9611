-- How many of the summed requests have an estimated amount; those from before this version are not counted.
ALTER TABLE daily_costs ADD COLUMN estimated INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN estimated INTEGER NOT NULL DEFAULT 0;
