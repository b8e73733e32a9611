-- An entry stands in the log from its first byte on; 0 until its stream has ended, and for ever after a kill.
ALTER TABLE egress_log ADD COLUMN finished INTEGER NOT NULL DEFAULT 1;
