-- 1: a server's answer named this host for a redirect, which was not followed.
ALTER TABLE egress_log ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
